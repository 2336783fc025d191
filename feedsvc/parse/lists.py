"""Lists of the site's that are no section pages: its news flashes, and a page of which
nothing is known but that it links articles.

In: a fetched page, the site, the clock.  Out: a ``SectionPage``.  Source: the site page,
"URLs"; that a search lists rows like a section page's is a guess there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.model import FetchedPage, Row, SectionPage
from feedsvc.parse.boxes import boxes_on
from feedsvc.parse.dates import shown_time
from feedsvc.parse.document import attribute, joined, tree_of, words
from feedsvc.parse.fitting import under
from feedsvc.parse.layout import Layout, any_of
from feedsvc.parse.layout_today import TODAY
from feedsvc.parse.links import Links
from feedsvc.parse.metadata import Metadata
from feedsvc.parse.pagekind import refusal
from feedsvc.parse.sight import remove_unseen
from feedsvc.site import Site

FLASH = "li[id^=article_]"
_NUMBER = re.compile(r"article_([1-9][0-9]{0,11})")
_PAGE = re.compile(r"[0-9]{1,6}")
_NO_HITS = re.compile(r"검색 ?(?:결과|된 기사)[가는이은]? ?(?:없|총 ?0 ?건|0 ?건)")
_FRAME = "header, nav, footer, aside"
"""Where every page links the same articles."""


def flashes(page: FetchedPage, site: Site, now: datetime) -> SectionPage:
    """The rows of the news flashes.  The clock time beside one has no date, so that it is
    no time: the article's page tells it.  Raises ``LayoutUnknown`` or ``NotAnArticle``."""
    tree, links, about = _begun(page, site)
    rows: dict[int, Row] = {}
    for node in tree.css(FLASH):
        row = _flash(node, links, now)
        if row is not None:
            rows.setdefault(row.id, row)
    if not rows:
        raise refusal(tree, about, "list of news flashes")
    return SectionPage(
        "newsflash", tuple(rows.values()), boxes_on(tree, links, now), _has_next(tree, links, about)
    )


def _flash(node: LexborNode, links: Links, now: datetime) -> Row | None:
    link = node.css_first("a.title[href]") or node.css_first("a[href]")
    named = _NUMBER.fullmatch(attribute(node, "id"))
    number = int(named[1]) if named else None
    if link is not None:
        address = links.address(link) or ""
        told = links.site.flash_id(address)
        number = told or links.site.article_id(address) or number
    title = joined(node.css_first(".title")) or joined(link)
    if number is None or not title:
        return None
    at = shown_time(words(node.css_first("span.pub-date")), now, links.site.tz)
    return Row(number, links.site.flash_url(number), title, listed_at=at)


def linked(page: FetchedPage, site: Site, now: datetime, layout: Layout = TODAY) -> SectionPage:
    """What a page links of the site's articles, the frame around it left out; each once,
    with the longest text of its links.  Raises as :func:`flashes` where there is none, and
    the page does not say that nothing was found."""
    tree, links, about = _begun(page, site)
    boxes = boxes_on(tree, links, now)
    passed = {row.id for row in boxes}
    around = {node.mem_id for node in tree.css(f"{_FRAME}, {any_of(layout.excluded)}")}
    rows: dict[int, Row] = {}
    for link in tree.css("a[href]"):
        number, title = links.article_id(link), joined(link) or attribute(link, "title")
        if number is None or not title or number in passed or under(link, around):
            continue
        code = links.section_code(link)
        old = rows.get(number)
        if old is None:
            rows[number] = Row(
                number, site.article_url(number), title, sections=(code,) if code else ()
            )
        elif len(title) > len(old.title):
            rows[number] = replace(old, title=title)
    if not rows and not _NO_HITS.search(words(tree.body)):
        raise refusal(tree, about, "list of articles")
    return SectionPage("links", tuple(rows.values()), boxes, _has_next(tree, links, about))


def _begun(page: FetchedPage, site: Site) -> tuple[LexborHTMLParser, Links, str]:
    tree = tree_of(page)
    about = page.final_url or page.url
    links = Links.of(Metadata(tree), about, site)
    remove_unseen(tree.root)
    return tree, links, about


def _has_next(tree: LexborHTMLParser, links: Links, url: str) -> bool:
    """Whether there is a next page: today's mark of it, or a link to the next number."""
    if tree.css_first(any_of(TODAY.next_page)) is not None:
        return True
    asked = parse_qs(urlsplit(url).query).get("page", ["1"])[0]
    following = str(int(asked) + 1) if _PAGE.fullmatch(asked) else "2"
    return any(
        parse_qs(urlsplit(links.address(link) or "").query).get("page") == [following]
        for link in tree.css("a[href*='page=']")
    )
