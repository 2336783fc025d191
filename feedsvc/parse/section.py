"""Lists of the site's to rows: section pages of today's layout and the older one, the JSON
listing, the news flashes, a page of which nothing is known but that it links articles, and
the page-wide boxes ``곧 무료로 풀릴 기사`` and ``딜사이트 회원전용`` of any page.

In: a fetched page, the site, the clock.  Out: a ``SectionPage``, or rows.  Not its job: which
rows are new, or asking for the JSON listing when there are none.  Source: the site page, "URLs";
that a search lists rows like a section page's is a guess there.  Nobody has shown the class
names of the boxes, so a box is known by its heading and by the links that follow it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, Row, SectionPage, Status
from feedsvc.parse import reporters
from feedsvc.parse.dates import read_time, shown_time
from feedsvc.parse.document import (
    INSTEAD,
    ancestors,
    attribute,
    holding,
    joined,
    listed,
    siblings,
    under,
    words,
)
from feedsvc.parse.layout import BUILT_IN, TODAY, Layout, Selectors, any_of
from feedsvc.parse.outline import read_by
from feedsvc.parse.page import Links, opened, refusal
from feedsvc.parse.sight import remove_unseen
from feedsvc.site import Site

_NUMBER = re.compile(r"[0-9]{1,6}")
_FLASH = "li[id^=article_]"
_FLASH_ID = re.compile(r"article_([1-9][0-9]{0,11})")
_NO_HITS = re.compile(r"검색 ?(?:결과|된 기사)[가는이은]? ?(?:없|총 ?0 ?건|0 ?건)")
_FRAME = "header, nav, footer, aside"
"""Where every page links the same articles."""
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


def section(
    page: FetchedPage, site: Site, now: datetime, layouts: Sequence[Layout] = BUILT_IN
) -> SectionPage:
    """The rows and boxes of a section page.

    A section page without rows gives none (its rows may come by script: see
    :func:`listing`).  Raises ``LayoutUnknown`` or ``NotAnArticle`` for a page that is
    no section page of the site.
    """
    tree, links = opened(page, site)
    tree, layouts = read_by(tree, layouts)
    remove_unseen(tree.root)
    layout, rows = _fitting(tree, layouts, links, now)
    if layout is None:
        raise refusal(tree, links.about, "list of articles")
    return SectionPage(
        layout.name, rows, boxes_on(tree, links, now), _has_next(tree, links, layout)
    )


def _fitting(
    tree: LexborHTMLParser, layouts: Sequence[Layout], links: Links, now: datetime
) -> tuple[Layout | None, tuple[Row, ...]]:
    """The layout of a section page and its rows: one whose own rows stand, one that has some
    by the operator's selectors, one whose list stands and is empty."""
    read: list[tuple[Layout, tuple[Row, ...]]] = []
    for layout in layouts:
        rows = _rows(tree, layout, links, now)
        if rows and (layout.own is None or tree.css_first(any_of(layout.own.rows)) is not None):
            return layout, rows
        read.append((layout, rows))
    empty = (one for one in read if tree.css_first(any_of(one[0].listing + one[0].rows)))
    return next(chain((one for one in read if one[1]), empty), (None, ()))


def listing(
    page: FetchedPage, site: Site, now: datetime, layouts: Sequence[Layout] = BUILT_IN
) -> SectionPage:
    """The rows of the JSON listing: an object whose ``articlesHtml`` holds a section page's.

    Raises ``ParseError`` where it is not that.
    """
    answer, tree = listed(page)
    # The page that shows these rows is a section page.
    links = Links(site, site.section_url(None), page.final_url or page.url)
    remove_unseen(tree.root)
    _, rows = _fitting(tree, layouts, links, now)
    if not rows and tree.css_first("a[href*='/articles/']") is not None:
        raise ParseError(
            "the listing's rows are of no known layout", about=links.about, advice=INSTEAD
        )
    more = answer.get("hasNext")
    if not isinstance(more, bool):
        last = answer.get("last")
        more = not last if isinstance(last, bool) else len(rows) >= _asked(links, "size", 20)
    return SectionPage("json", rows, (), more)


def _rows(tree: LexborHTMLParser, layout: Layout, links: Links, now: datetime) -> tuple[Row, ...]:
    """The rows in order, each article once, with the codes of all its links."""
    found: dict[int, Row] = {}
    rows = (_row(node, layout, links, now) for node in tree.css(any_of(layout.rows)))
    for row in filter(None, rows):
        old = found.setdefault(row.id, row)
        if old is not row:
            codes = dict.fromkeys((*old.sections, *row.sections))
            found[row.id] = replace(old, sections=tuple(codes))
    return tuple(found.values())


def _row(node: LexborNode, layout: Layout, links: Links, now: datetime) -> Row | None:
    site = links.site
    # The row's link to its article; any link to one where the layout's own is gone.
    choices = [*_within(node, layout.row_link)]
    articles = ((one, links.article_id(one)) for one in choices or node.css("a[href]"))
    link, number = next((one for one in articles if one[1] is not None), (None, None))
    if link is None or number is None:
        return None
    times = (
        read_time(words(one), now, site.tz, alone=True) for one in _within(node, layout.row_time)
    )
    time = next(filter(None, times), None)
    bylines = (
        reporters.merged(*(reporters.names(words(one)) for one in node.css(selector)))
        for selector in layout.row_byline
    )
    return Row(
        number,
        site.article_url(number),
        _text(node, layout.row_title)
        or joined(link)
        or attribute(link, "title")
        or attribute(node.css_first("img[alt]"), "alt"),
        summary=_text(node, layout.row_summary),
        byline=", ".join(next(filter(None, bylines), ())),
        listed_at=time.at if time else None,
        sections=links.sections(link),
    )


def _within(node: LexborNode, selectors: Selectors) -> Iterator[LexborNode]:
    """What the selectors find within a row, in their order."""
    return chain.from_iterable(map(node.css, selectors))


def _text(node: LexborNode, selectors: Selectors) -> str:
    return next(filter(None, map(joined, _within(node, selectors))), "")


def _asked(links: Links, name: str, default: int) -> int:
    """The number that the page's own address names in its query."""
    told = parse_qs(urlsplit(links.about).query).get(name, [""])[0]
    return int(told) if _NUMBER.fullmatch(told) else default


def _has_next(tree: LexborHTMLParser, links: Links, layout: Layout | None = None) -> bool:
    """Whether there is a next page: the mark of it, today's where no ``layout`` is known, or
    a link to the next number."""
    if tree.css_first(any_of((layout or TODAY).next_page)) is not None:
        return True
    if layout is not None:
        own, given = layout.own or layout, layout.given
        known = tree.css_first(any_of(own.listing + own.rows)) is not None
        if layout.ends if known else given is not None and given.next_page:
            return False
    # Of the older pages' own "next" nothing is known; a link to the next number is one.
    following = [str(_asked(links, "page", 1) + 1)]
    return any(
        parse_qs(urlsplit(links.address(link) or "").query).get("page") == following
        for link in tree.css("a[href*='page=']")
    )


def flashes(page: FetchedPage, site: Site, now: datetime) -> SectionPage:
    """The rows of the news flashes.  The clock time beside one has no date, so that it is
    no time: the article's page tells it.  Raises ``LayoutUnknown`` or ``NotAnArticle``."""
    tree, links = opened(page, site)
    remove_unseen(tree.root)
    rows: dict[int, Row] = {}
    for row in filter(None, (_flash(node, links, now) for node in tree.css(_FLASH))):
        rows.setdefault(row.id, row)
    if not rows:
        raise refusal(tree, links.about, "list of news flashes")
    return SectionPage(
        "newsflash", tuple(rows.values()), boxes_on(tree, links, now), _has_next(tree, links)
    )


def _flash(node: LexborNode, links: Links, now: datetime) -> Row | None:
    link = node.css_first("a.title[href]") or node.css_first("a[href]")
    address = (links.address(link) if link is not None else None) or ""
    named = _FLASH_ID.fullmatch(attribute(node, "id"))
    number = (
        links.site.flash_id(address)
        or links.site.article_id(address)
        or (int(named[1]) if named else None)
    )
    title = joined(node.css_first(".title")) or joined(link)
    if number is None or not title:
        return None
    at = shown_time(words(node.css_first("span.pub-date")), now, links.site.tz)
    return Row(number, links.site.flash_url(number), title, listed_at=at)


def linked(page: FetchedPage, site: Site, now: datetime, layout: Layout = TODAY) -> SectionPage:
    """What a page links of the site's articles, the frame around it left out; each once,
    with the longest text of its links.  Raises as :func:`flashes` where there is none, and
    the page does not say that nothing was found."""
    tree, links = opened(page, site)
    remove_unseen(tree.root)
    boxes = boxes_on(tree, links, now)
    passed = {row.id for row in boxes}
    around = {node.mem_id for node in tree.css(f"{_FRAME}, {any_of(layout.excluded)}")}
    rows: dict[int, Row] = {}
    for link in tree.css("a[href]"):
        number, title = links.article_id(link), joined(link) or attribute(link, "title")
        if number is None or not title or number in passed or under(link, around):
            continue
        _add(rows, Row(number, site.article_url(number), title, sections=links.sections(link)))
    if not rows and not _NO_HITS.search(words(tree.body)):
        raise refusal(tree, links.about, "list of articles")
    return SectionPage("links", tuple(rows.values()), boxes, _has_next(tree, links))


def _add(rows: dict[int, Row], row: Row) -> None:
    """Add a link's row; of several links to an article the longest text is its headline."""
    old = rows.setdefault(row.id, row)
    if len(row.title) > len(old.title):
        rows[row.id] = replace(old, title=row.title)


def boxes_on(tree: LexborHTMLParser, links: Links, now: datetime) -> tuple[Row, ...]:
    """The articles that the boxes list, once each, with the box's status as ``hint``."""
    rows: dict[int, Row] = {}
    root = tree.body or tree.root
    for head in holding(root, _SEARCHED)[:_MOST] if root is not None else ():
        text = joined(head) if head.tag not in _UNSEEN else ""
        hint = _hint(text) if len(text) <= _LONGEST_HEAD else None
        for link, number in _links_after(head, links) if hint else ():
            above = link.parent if number not in rows else None
            beside = words(above) if above is not None and len(above.css("a")) <= 2 else ""
            title = (
                joined(link) or attribute(link, "title") or attribute(link.css_first("img"), "alt")
            )
            _add(
                rows,
                Row(
                    number,
                    links.site.article_url(number),
                    title,
                    listed_at=shown_time(beside, now, links.site.tz),
                    sections=links.sections(link),
                    hint=hint,
                ),
            )
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
