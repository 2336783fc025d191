"""Section pages to rows: today's layout, the older one, and the JSON listing.

In: a fetched page, the site, the clock.  Out: a ``SectionPage``.  Not its job:
which rows are new, or asking for the JSON listing when there are none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, Row, SectionPage
from feedsvc.parse import reporters
from feedsvc.parse.boxes import boxes_on
from feedsvc.parse.data import read_by
from feedsvc.parse.dates import read_time
from feedsvc.parse.document import attribute, joined, parsed, tree_of, words
from feedsvc.parse.layout import Layout, Selectors, any_of
from feedsvc.parse.layouts import BUILT_IN
from feedsvc.parse.links import Links
from feedsvc.parse.metadata import Metadata
from feedsvc.parse.pagekind import refusal
from feedsvc.parse.sight import remove_unseen
from feedsvc.site import Site

T = TypeVar("T")
_INSTEAD = "the section's own page is read instead"
_NUMBER = re.compile(r"[0-9]{1,6}")


def section(
    page: FetchedPage, site: Site, now: datetime, layouts: Sequence[Layout] = BUILT_IN
) -> SectionPage:
    """The rows and boxes of a section page.

    A section page without rows gives none (its rows may come by script: see
    :func:`listing`).  Raises ``LayoutUnknown`` or ``NotAnArticle`` for a page that is
    no section page of the site.
    """
    tree = tree_of(page)
    about = page.final_url or page.url
    links = Links.of(Metadata(tree), about, site)
    tree, layouts = read_by(tree, layouts)
    remove_unseen(tree.root)
    layout, rows = _fitting(tree, layouts, links, now)
    if layout is None:
        raise refusal(tree, about, "list of articles")
    return SectionPage(
        layout.name, rows, boxes_on(tree, links, now), _has_next(tree, layout, links, about)
    )


def _fitting(
    tree: LexborHTMLParser, layouts: Sequence[Layout], links: Links, now: datetime
) -> tuple[Layout | None, tuple[Row, ...]]:
    """The layout of a section page and its rows: one whose own rows stand, one that has some
    by the operator's selectors, one whose list stands and is empty."""
    read: list[tuple[Layout, tuple[Row, ...]]] = []
    for layout in layouts:
        rows = tuple(_rows(tree, layout, links, now))
        if rows and (layout.own is None or tree.css_first(any_of(layout.own.rows)) is not None):
            return layout, rows
        read.append((layout, rows))
    for layout, rows in read:
        if rows:
            return layout, rows
    for layout, _ in read:
        if tree.css_first(any_of(layout.listing + layout.rows)) is not None:
            return layout, ()
    return None, ()


def listing(
    page: FetchedPage, site: Site, now: datetime, layouts: Sequence[Layout] = BUILT_IN
) -> SectionPage:
    """The rows of the JSON listing: an object whose ``articlesHtml`` holds a section page's.

    Raises ``ParseError`` where it is not that.
    """
    about = page.final_url or page.url
    answer, tree = listed(page)
    # The page that shows these rows is a section page.
    links = Links(site, site.section_url(None))
    remove_unseen(tree.root)
    _, rows = _fitting(tree, layouts, links, now)
    if not rows and tree.css_first("a[href*='/articles/']") is not None:
        said = "the listing's rows are of no known layout"
        raise ParseError(said, about=about, advice=_INSTEAD)
    more = answer.get("hasNext")
    if not isinstance(more, bool):
        last = answer.get("last")
        more = not last if isinstance(last, bool) else len(rows) >= _size(about)
    return SectionPage("json", rows, (), more)


def is_listing(page: FetchedPage) -> bool:
    """Whether it is an answer of the JSON listing."""
    return page.text.lstrip()[:1] == "{"


def listed(page: FetchedPage) -> tuple[dict[str, object], LexborHTMLParser]:
    """The JSON listing's answer, and the tree of the rows in it; raises ``ParseError``."""
    about = page.final_url or page.url
    try:
        answer = json.loads(page.text, strict=False)
    except (ValueError, RecursionError) as error:
        raise ParseError("the listing is not JSON", about=about, advice=_INSTEAD) from error
    html = answer.get("articlesHtml") if isinstance(answer, dict) else None
    if not isinstance(html, str):
        raise ParseError("the listing has no articlesHtml", about=about, advice=_INSTEAD)
    return answer, parsed(html.replace("\0", "").encode("utf-8", "ignore"), about)


def _size(url: str) -> int:
    asked = parse_qs(urlsplit(url).query).get("size", ["20"])[0]
    return int(asked) if _NUMBER.fullmatch(asked) else 20


def _rows(tree: LexborHTMLParser, layout: Layout, links: Links, now: datetime) -> Iterator[Row]:
    """The rows in order, each article once, with the codes of all its links."""
    found: dict[int, Row] = {}
    for node in tree.css(any_of(layout.rows)):
        row = _row(node, layout, links, now)
        if row is None:
            continue
        old = found.get(row.id)
        if old is None:
            found[row.id] = row
        else:
            found[row.id] = replace(
                old, sections=tuple(dict.fromkeys((*old.sections, *row.sections)))
            )
    yield from found.values()


def _row(node: LexborNode, layout: Layout, links: Links, now: datetime) -> Row | None:
    site = links.site
    link, number = _link(node, layout, links)
    if link is None or number is None:
        return None
    title = _first(node, layout.row_title, joined) or joined(link) or attribute(link, "title")
    if not title:
        title = attribute(node.css_first("img[alt]"), "alt")
    code = links.section_code(link)
    time = _first(
        node, layout.row_time, lambda one: read_time(words(one), now, site.tz, alone=True)
    )
    return Row(
        number,
        site.article_url(number),
        title,
        summary=_first(node, layout.row_summary, joined) or "",
        byline=_byline(node, layout),
        listed_at=time.at if time else None,
        sections=(code,) if code else (),
    )


def _first(node: LexborNode, selectors: Selectors, read: Callable[[LexborNode], T]) -> T | None:
    """The first value that one of the selectors finds within a row."""
    for selector in selectors:
        for one in node.css(selector):
            value = read(one)
            if value:
                return value
    return None


def _byline(node: LexborNode, layout: Layout) -> str:
    for selector in layout.row_byline:
        found = reporters.merged(*(reporters.names(words(one)) for one in node.css(selector)))
        if found:
            return ", ".join(found)
    return ""


def _link(node: LexborNode, layout: Layout, links: Links) -> tuple[LexborNode | None, int | None]:
    """The row's link to its article; any link to one where the layout's own is gone."""
    choices = [link for selector in layout.row_link for link in node.css(selector)]
    for link in choices or node.css("a[href]"):
        number = links.article_id(link)
        if number is not None:
            return link, number
    return None, None


def _has_next(tree: LexborHTMLParser, layout: Layout, links: Links, url: str) -> bool:
    if tree.css_first(any_of(layout.next_page)) is not None:
        return True
    own, given = layout.own or layout, layout.given
    known = tree.css_first(any_of(own.listing + own.rows)) is not None
    if layout.ends if known else given is not None and given.next_page:
        return False
    # Of the older pages' own "next" nothing is known; a link to the next number is one.
    asked = parse_qs(urlsplit(url).query).get("page", ["1"])[0]
    following = int(asked) + 1 if _NUMBER.fullmatch(asked) else 2
    for link in tree.css("a[href*='page=']"):
        if parse_qs(urlsplit(links.address(link) or "").query).get("page") == [str(following)]:
            return True
    return False
