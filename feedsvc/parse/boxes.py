"""The page-wide boxes that list locked articles.

In: a page, or its tree.  Out: a row for each article that the boxes ``곧 무료로 풀릴 기사`` and
``딜사이트 회원전용`` link.  Nobody has shown their class names, so a box is known by
its heading and by the links that follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.model import FetchedPage, Row, Status
from feedsvc.parse.dates import shown_time
from feedsvc.parse.document import ancestors, attribute, holding, joined, siblings, words
from feedsvc.parse.page import Links, opened
from feedsvc.parse.sight import remove_unseen
from feedsvc.site import Site

_HEADS = {
    Status.SOON_FREE: re.compile(r"곧\s*무료로\s*풀릴\s*기사"),
    Status.MEMBERS_ONLY: re.compile(r"딜사이트\s*회원\s*전용"),
}
_SEARCHED = ("무료로 풀릴", "회원전용", "회원 전용")
_UNSEEN = frozenset({"script", "style", "title", "p"})
_STOPS = frozenset({"body", "html", "main", "article", "aside", "nav"})
_LONGEST_HEAD = 60
_HIGHEST = 4
_MOST = 60
_OTHER_HEADS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def boxes(page: FetchedPage, site: Site, now: datetime) -> tuple[Row, ...]:
    """The articles that the page-wide boxes of any page list, with their hint."""
    tree, links = opened(page, site)
    remove_unseen(tree.root)
    return boxes_on(tree, links, now)


def add(rows: dict[int, Row], row: Row) -> None:
    """Add a link's row; of several links to an article the longest text is its headline."""
    old = rows.setdefault(row.id, row)
    if len(row.title) > len(old.title):
        rows[row.id] = replace(old, title=row.title)


def boxes_on(tree: LexborHTMLParser, links: Links, now: datetime) -> tuple[Row, ...]:
    """The articles that the boxes list, once each, with the box's status as ``hint``."""
    rows: dict[int, Row] = {}
    root = tree.body or tree.root
    heads = holding(root, _SEARCHED) if root is not None else []
    for head in heads[:_MOST]:
        text = joined(head) if head.tag not in _UNSEEN else ""
        hint = _hint(text) if len(text) <= _LONGEST_HEAD else None
        for link, number in _links_after(head, links) if hint else ():
            title = (
                joined(link) or attribute(link, "title") or attribute(link.css_first("img"), "alt")
            )
            row = Row(
                number,
                links.site.article_url(number),
                title,
                listed_at=_time_beside(link, now, links.site),
                sections=links.sections(link),
                hint=hint,
            )
            add(rows, row)
    return tuple(row for row in rows.values() if row.title)


def _hint(text: str) -> Status | None:
    return next((kind for kind, shape in _HEADS.items() if shape.search(text)), None)


def _links_after(head: LexborNode, links: Links) -> list[tuple[LexborNode, int]]:
    """The links of the smallest element around a heading that has any after it, each with its
    article.

    The climb ends where boxes stand side by side: there an element beside the one we
    come from bears the same class.
    """
    below = head
    for number, above in enumerate(ancestors(head)):
        if number >= _HIGHEST or above.tag in _STOPS or above.tag == "p":
            break
        found = list(_following(above, head, links))
        if found:
            return found
        if _has_twin(above):
            break
        below = above
    # Heading and list may be siblings right under what holds all boxes.
    return _beside(below, links)


def _following(
    above: LexborNode, head: LexborNode, links: Links
) -> Iterator[tuple[LexborNode, int]]:
    """Article links within ``above`` that come after the heading and before another."""
    passed = False
    own = {head.mem_id, *(one.mem_id for one in ancestors(head))}
    for node in above.traverse():
        if node.mem_id == head.mem_id:
            passed = True
        elif not passed:
            continue
        elif node.mem_id not in own and _begins_another(node):
            return
        elif node.tag == "a" and (number := links.article_id(node)) is not None:
            yield node, number


def _begins_another(node: LexborNode) -> bool:
    if node.tag in _OTHER_HEADS and node.css_first("a") is None:
        return node.parent is None or node.parent.tag not in ("a", "li")
    return node.tag not in ("p", "li", "ul") and _hint(node.text(deep=False)) is not None


def _beside(node: LexborNode, links: Links) -> list[tuple[LexborNode, int]]:
    for one in siblings(node):
        if not one.is_element_node:
            continue
        if _begins_another(one) or one.css_first("h1, h2, h3, h4, h5, h6") is not None:
            break
        found = [(a, number) for a in one.css("a") if (number := links.article_id(a)) is not None]
        if found:
            return found
    return []


def _has_twin(node: LexborNode) -> bool:
    """Whether a sibling of the same kind and first class stands beside it."""
    kind = (node.tag, attribute(node, "class").split()[:1])
    return any(
        one.is_element_node and (one.tag, attribute(one, "class").split()[:1]) == kind
        for one in (*siblings(node), *siblings(node, back=True))
    )


def _time_beside(link: LexborNode, now: datetime, site: Site) -> datetime | None:
    parent = link.parent
    if parent is None or len(parent.css("a")) > 2:
        return None
    return shown_time(words(parent), now, site.tz)
