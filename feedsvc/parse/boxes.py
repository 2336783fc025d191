"""The page-wide boxes that list locked articles.

In: a tree.  Out: a row for each article that the boxes ``곧 무료로 풀릴 기사`` and
``딜사이트 회원전용`` link.  Nobody has shown their class names, so a box is known by
its heading and by the links that follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.model import Row, Status
from feedsvc.parse.dates import shown_time
from feedsvc.parse.document import ancestors, attribute, holding, joined, words
from feedsvc.parse.links import Links
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


def boxes_on(tree: LexborHTMLParser, links: Links, now: datetime) -> tuple[Row, ...]:
    """The articles that the boxes list, once each, with the box's status as ``hint``."""
    rows: dict[int, Row] = {}
    root = tree.body or tree.root
    heads = holding(root, _SEARCHED) if root is not None else []
    for head in heads[:_MOST]:
        hint = _hint(head)
        if hint is None:
            continue
        for link in _links_after(head, links):
            number = links.article_id(link)
            if number is None:
                continue
            title = (
                joined(link) or attribute(link, "title") or attribute(link.css_first("img"), "alt")
            )
            code = links.section_code(link)
            old = rows.get(number)
            if old is None:
                rows[number] = Row(
                    number,
                    links.site.article_url(number),
                    title,
                    listed_at=_time_beside(link, now, links.site),
                    sections=(code,) if code else (),
                    hint=hint,
                )
            elif len(title) > len(old.title):
                rows[number] = replace(old, title=title)
    return tuple(row for row in rows.values() if row.title)


def _hint(head: LexborNode) -> Status | None:
    if head.tag in _UNSEEN:
        return None
    text = joined(head)
    if len(text) > _LONGEST_HEAD:
        return None
    return next((kind for kind, shape in _HEADS.items() if shape.search(text)), None)


def _links_after(head: LexborNode, links: Links) -> list[LexborNode]:
    """The links of the smallest element around a heading that has any after it.

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
    return list(_beside(below, links))


def _following(above: LexborNode, head: LexborNode, links: Links) -> Iterator[LexborNode]:
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
        elif node.tag == "a" and links.article_id(node) is not None:
            yield node


def _begins_another(node: LexborNode) -> bool:
    if node.tag in _OTHER_HEADS and node.css_first("a") is None:
        parent = node.parent
        return parent is None or parent.tag not in ("a", "li")
    return node.tag not in ("p", "li", "ul") and _hint_of_text(node) is not None


def _hint_of_text(node: LexborNode) -> Status | None:
    text = node.text(deep=False)
    return next((kind for kind, shape in _HEADS.items() if shape.search(text)), None)


def _beside(node: LexborNode, links: Links) -> Iterator[LexborNode]:
    following = node.next
    while following is not None:
        if following.is_element_node:
            if (
                _begins_another(following)
                or following.css_first("h1, h2, h3, h4, h5, h6") is not None
            ):
                return
            found = [one for one in following.css("a") if links.article_id(one) is not None]
            if found:
                yield from found
                return
        following = following.next


def _has_twin(node: LexborNode) -> bool:
    """Whether a sibling of the same kind and first class stands beside it."""
    kind = (node.tag, attribute(node, "class").split()[:1])
    for step in ("next", "prev"):
        one = getattr(node, step)
        while one is not None:
            if one.is_element_node and (one.tag, attribute(one, "class").split()[:1]) == kind:
                return True
            one = getattr(one, step)
    return False


def _time_beside(link: LexborNode, now: datetime, site: Site) -> datetime | None:
    parent = link.parent
    if parent is None or len(parent.css("a")) > 2:
        return None
    return shown_time(words(parent), now, site.tz)
