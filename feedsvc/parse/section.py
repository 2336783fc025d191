"""Section pages to rows: today's layout, the older one, and the JSON listing.

In: a fetched page, the site, the clock.  Out: a ``SectionPage``.  Not its job:
which rows are new, or asking for the JSON listing when there are none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, Row, SectionPage
from feedsvc.parse import reporters
from feedsvc.parse.boxes import boxes_on
from feedsvc.parse.dates import read_time
from feedsvc.parse.document import attribute, joined, parsed, tree_of, words
from feedsvc.parse.layout import Layout, overridden
from feedsvc.parse.layout_dealsite import DEALSITE
from feedsvc.parse.layout_paxnet import PAXNET
from feedsvc.parse.links import Links
from feedsvc.parse.pagekind import refusal
from feedsvc.parse.sight import remove_unseen
from feedsvc.site import Site

LAYOUTS = (DEALSITE, PAXNET)
_NUMBER = re.compile(r"[0-9]{1,6}")


def section(
    page: FetchedPage, site: Site, now: datetime, selectors: Mapping[str, str] | None = None
) -> SectionPage:
    """The rows and boxes of a section page.

    A section page without rows gives none (its rows may come by script: see
    :func:`listing`).  Raises ``LayoutUnknown`` or ``NotAnArticle`` for a page that is
    no section page of the site.
    """
    tree = tree_of(page)
    about = page.final_url or page.url
    links = Links.of(tree, about, site)
    remove_unseen(tree.root)
    for known in LAYOUTS:
        layout = overridden(known, selectors or {})
        rows = tuple(_rows(tree, layout, links, now))
        if rows or tree.css_first(layout.listing) is not None:
            return SectionPage(
                layout.name, rows, boxes_on(tree, links, now), _has_next(tree, layout, links, about)
            )
    raise refusal(tree, about, "list of articles")


def listing(page: FetchedPage, site: Site, now: datetime) -> SectionPage:
    """The rows of the JSON listing: an object whose ``articlesHtml`` holds today's rows.

    Raises ``ParseError`` where it is not that.
    """
    about = page.final_url or page.url
    advice = "the section's own page is read instead"
    try:
        answer = json.loads(page.text, strict=False)
    except (ValueError, RecursionError) as error:
        raise ParseError("the listing is not JSON", about=about, advice=advice) from error
    html = answer.get("articlesHtml") if isinstance(answer, dict) else None
    if not isinstance(html, str):
        raise ParseError("the listing has no articlesHtml", about=about, advice=advice)
    tree = parsed(html.encode("utf-8", "ignore"), about)
    # The page that shows these rows is a section page.
    links = Links(site, site.section_url(None))
    remove_unseen(tree.root)
    rows = tuple(_rows(tree, DEALSITE, links, now))
    if html.strip() and not rows and tree.css_first("a[href*='/articles/']") is not None:
        raise ParseError("the listing's rows are of no known layout", about=about, advice=advice)
    more = answer.get("hasNext")
    if not isinstance(more, bool):
        last = answer.get("last")
        more = not last if isinstance(last, bool) else len(rows) >= _size(about)
    return SectionPage("json", rows, (), more)


def _size(url: str) -> int:
    asked = parse_qs(urlsplit(url).query).get("size", ["20"])[0]
    return int(asked) if _NUMBER.fullmatch(asked) else 20


def _rows(tree: LexborHTMLParser, layout: Layout, links: Links, now: datetime) -> Iterator[Row]:
    """The rows in order, each article once, with the codes of all its links."""
    found: dict[int, Row] = {}
    for node in tree.css(layout.row):
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
    title = joined(node.css_first(layout.row_title)) if layout.row_title else ""
    title = title or joined(link) or attribute(link, "title")
    if not title:
        title = attribute(node.css_first("img[alt]"), "alt")
    code = links.section_code(link)
    byline = ""
    for one in node.css(layout.row_info):
        told = joined(one)
        byline = ", ".join(reporters.names(told)) or byline
    time = None
    for one in node.css(layout.row_time):
        time = time or read_time(words(one), now, site.tz, alone=True)
    return Row(
        number,
        site.article_url(number),
        title,
        summary=joined(node.css_first(layout.row_summary)),
        byline=byline,
        listed_at=time.at if time else None,
        sections=(code,) if code else (),
    )


def _link(node: LexborNode, layout: Layout, links: Links) -> tuple[LexborNode | None, int | None]:
    """The row's link to its article; any link to one where the layout's own is gone."""
    choices: Sequence[LexborNode] = node.css(layout.row_link) or node.css("a[href]")
    for link in choices:
        number = links.article_id(link)
        if number is not None:
            return link, number
    return None, None


def _has_next(tree: LexborHTMLParser, layout: Layout, links: Links, url: str) -> bool:
    if tree.css_first(layout.following) is not None:
        return True
    if layout.name == DEALSITE.name:
        return False
    # Of the older pages' own "next" nothing is known; a link to the next number is one.
    asked = parse_qs(urlsplit(url).query).get("page", ["1"])[0]
    following = int(asked) + 1 if _NUMBER.fullmatch(asked) else 2
    for link in tree.css("a[href*='page=']"):
        if parse_qs(urlsplit(links.address(link) or "").query).get("page") == [str(following)]:
            return True
    return False
