"""An article page to a ``ParsedArticle``.

In: a fetched page, the site, the clock, the row that listed it.  Out: every field
with the source that gave it; one parse of the HTML.  Not its job: what changed
since (``dedup``), whether to trust a field that is suddenly empty (``drift``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc import weburl
from feedsvc.errors import FieldMissing, NotAnArticle
from feedsvc.model import FetchedPage, Image, ParsedArticle, Related, Row, Status
from feedsvc.parse import access, figures, keywords, reporters
from feedsvc.parse.blocks import NO_WORDS, Blocks
from feedsvc.parse.body import Body, body_of
from feedsvc.parse.boxes import boxes_on
from feedsvc.parse.data import told_by
from feedsvc.parse.dates import Shown, machine_time, read_time
from feedsvc.parse.document import attribute, joined, tree_of, words
from feedsvc.parse.fitting import Places, fitting, signed, under
from feedsvc.parse.layout import Layout, any_of
from feedsvc.parse.layouts import BUILT_IN
from feedsvc.parse.links import Links
from feedsvc.parse.metadata import Metadata, without_site_name
from feedsvc.parse.pagekind import refusal
from feedsvc.parse.sight import remove_unseen
from feedsvc.site import Site


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article page read once: the article, and what its page-wide boxes list."""

    article: ParsedArticle
    boxes: tuple[Row, ...]


@dataclass(slots=True)
class _Reading:
    """One page while it is read; ``sources`` fills up field by field."""

    tree: LexborHTMLParser
    places: Places
    site: Site
    now: datetime
    about: str
    meta: Metadata
    links: Links
    number: int = 0
    addresses: tuple[str, ...] = ()
    times: dict[int, Shown | None] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def found(self, name: str, source: str) -> None:
        self.sources.setdefault(name, source)


def article(
    page: FetchedPage,
    site: Site,
    now: datetime,
    *,
    row: Row | None = None,
    layouts: Sequence[Layout] = BUILT_IN,
) -> ParsedArticle:
    """What an article page says of its article.

    ``row`` is the line that listed it: the last source of the time, and evidence for a
    body that breaks off.  Raises ``NotAnArticle``, ``LayoutUnknown`` or
    ``FieldMissing``, all of them ``ParseError``.
    """
    reading = _begun(page, site, now, layouts)
    return _article(reading, page, row, everywhere=False)


def article_page(
    page: FetchedPage,
    site: Site,
    now: datetime,
    *,
    row: Row | None = None,
    layouts: Sequence[Layout] = BUILT_IN,
    nameless: bool = False,
) -> ArticlePage:
    """The same, with the markers of the rest of the page and the rows of its boxes out
    of the same parse.  ``nameless``: a page that does not tell its id has 0."""
    reading = _begun(page, site, now, layouts)
    return ArticlePage(
        _article(reading, page, row, everywhere=True, nameless=nameless),
        boxes_on(reading.tree, reading.links, now),
    )


def boxes(page: FetchedPage, site: Site, now: datetime) -> tuple[Row, ...]:
    """The articles that the page-wide boxes of any page list, with their hint."""
    tree = tree_of(page)
    remove_unseen(tree.root)
    return boxes_on(tree, Links.of(Metadata(tree), page.final_url or page.url, site), now)


def _begun(page: FetchedPage, site: Site, now: datetime, layouts: Sequence[Layout]) -> _Reading:
    tree = tree_of(page)
    about = page.final_url or page.url
    learned = [one for one in layouts if one.learned]
    if any(one.from_data for one in learned):
        told = told_by(tree)
        if told is not None:
            tree, layouts = told, [one for one in learned if one.from_data]
    layout = signed(tree, learned) if learned else None
    places = Places(tree, layout or layouts[0])
    if layout is None and not places.are_sure():
        layout = fitting(tree, layouts)
        if layout is None:
            raise refusal(tree, about, "article")
        places = Places(tree, layout)
    meta = Metadata(tree)
    return _Reading(tree, places, site, now, about, meta, Links.of(meta, about, site))


def _article(
    reading: _Reading,
    page: FetchedPage,
    row: Row | None,
    *,
    everywhere: bool,
    nameless: bool = False,
) -> ParsedArticle:
    tree, places, site = reading.tree, reading.places, reading.site
    layout, title_node, mains = places.layout, places.title, places.mains
    reading.number = _number(reading, page, nameless)
    spared = mains if title_node is None else [*mains, title_node]
    remove_unseen((everywhere and tree.root) or places.block, spared)
    subtitle_node, subtitle_by = _subtitle_place(reading)
    info_node, info_by = places.first("published_at", lambda node: bool(_shown_at(reading, node)))
    excluded = places.block.css(any_of(layout.excluded))
    areas, text_by = places.texts({node.mem_id for node in excluded})
    if text_by in layout.main and _is_withheld(places):
        areas = []
    title = _title(reading, title_node, {node.mem_id for node in excluded})
    head = [node for node in (title_node, subtitle_node, info_node) if node is not None]
    block = access.block_of(head, mains, areas, excluded)
    found = access.found_on(
        tree, block, layout, reading.links, reading.number, everywhere=everywhere
    )
    skipped = block.excluded | found.skipped | {node.mem_id for node in head}
    gathered = Blocks(reading.links.base, skipped)
    for area in areas:
        if not under(area, block.excluded):
            gathered.gather(area)
    body = body_of(gathered.found, site, text_by)
    status = access.access_of(
        found, body, summary=row.summary if row else "", reads_on=gathered.reads_on
    )
    if body.blocks:
        reading.found("body", text_by)
    elif not any(marker.counted for marker in status.markers) or status.status is Status.PLUS_FIRST:
        raise FieldMissing(
            "the page has a headline and no text",
            about=reading.about,
            advice="the site may have changed its layout; set site.selectors.body",
        )
    if body.images:
        reading.found("images", f"{text_by} img")
    if layout.learned:
        reading.found("layout", layout.name)
    reading.found("access", next((m.selector for m in status.markers if m.counted), text_by))
    published = _published_at(reading, info_node, info_by, row)
    return ParsedArticle(
        id=reading.number,
        guid=site.guid(reading.number),
        url=site.canonical(page.final_url or page.url, reading.number),
        title=title,
        subtitle=_subtitle(reading, subtitle_node, subtitle_by, title),
        reporters=_reporters(reading, body, text_by),
        published_at=published.at,
        sections=_sections(reading, row),
        keywords=_keywords(reading),
        access=status,
        images=_images(reading, body),
        body=tuple(body.blocks),
        related=_related(reading, body, text_by),
        sources=tuple(reading.sources.items()),
        layout=layout.name,
        is_time_sure=published.sure,
    )


def _number(reading: _Reading, page: FetchedPage, nameless: bool) -> int:
    site = reading.site
    base = reading.links.base
    said = dict.fromkeys(weburl.absolute(one, base) or "" for one in reading.meta.canonical)
    own = [number for one in said if (number := site.id_of_page(one)) is not None]
    reading.addresses = tuple(dict.fromkeys((page.url, page.final_url, *said)))
    for one in dict.fromkeys((page.final_url, page.url)):
        number = site.id_of_page(one)
        if number is None:
            continue
        if own and number not in own:
            raise NotAnArticle(
                f"the page says that it is article {own[0]}, not {number}",
                about=reading.about,
                advice="it is asked for again at the next poll",
            )
        reading.found("id", "address")
        return number
    if nameless and not own:
        return 0
    if not own:
        raise FieldMissing(
            "no address on the page tells the article's id",
            about=reading.about,
            advice="name the saved file after the id, such as 117013.html",
        )
    reading.found("id", "link[rel=canonical]")
    return own[0]


def _title(reading: _Reading, node: LexborNode | None, excluded: Collection[int]) -> str:
    # Any page may bear an h1; metadata prove that it is the headline.
    source = reading.places.title_by
    doubted = source.startswith("h1")
    og = without_site_name(reading.meta.meta("og:title")) if doubted else ""
    told = joined(node, excluded)
    if told and not (og and told not in og and og not in told):
        reading.found("title", source)
        return told
    for source, value in (
        ("json-ld:headline", reading.meta.said("headline")),
        ("og:title", og or without_site_name(reading.meta.meta("og:title"))),
        ("title", without_site_name(joined(reading.tree.css_first("title")))),
    ):
        if value:
            reading.found("title", source)
            return value
    raise FieldMissing(
        "the article has no headline",
        about=reading.about,
        advice="the site may have changed its layout; set site.selectors.title",
    )


def _is_withheld(places: Places) -> bool:
    """Whether the places of the text are there and empty, and a notice beside them: then the
    rest of the main block is no text, but buttons."""
    layout = places.layout
    of_text = any_of(tuple(one for one in layout.body if one not in layout.main))
    return (
        places.block.css_first(of_text) is not None
        and places.block.css_first(any_of(layout.markers)) is not None
    )


def _subtitle_place(reading: _Reading) -> tuple[LexborNode | None, str]:
    """The sub-headline's element and its selector; what links other articles is none."""
    for selector, nodes in reading.places.each("subtitle", inside=True):
        for node in nodes:
            if words(node) not in NO_WORDS and not _lists_others(reading, node):
                return node, selector
    return None, ""


def _lists_others(reading: _Reading, node: LexborNode) -> bool:
    child = node.first_child
    if child is not None and child.is_text_node and child.next is None:
        return False
    numbers = (reading.links.article_id(link) for link in node.css("a[href]"))
    return any(number not in (None, reading.number) for number in numbers)


def _subtitle(reading: _Reading, node: LexborNode | None, source: str, title: str) -> str:
    told = words(node)
    if told:
        reading.found("subtitle", source)
        return told
    # og:description is the text's beginning as often as the sub-headline: not used.
    told = reading.meta.said("alternativeHeadline")
    if told and told != title:
        reading.found("subtitle", "json-ld:alternativeHeadline")
        return told
    return ""


def _reporters(reading: _Reading, body: Body, text_by: str) -> tuple[str, ...]:
    by = f"{text_by} dateline"
    bylined: tuple[str, ...] = ()
    for selector, nodes in reading.places.each("reporters", inside=True):
        # One within another is read with it.
        numbers = {node.mem_id for node in nodes}
        outer = (node for node in nodes if not under(node, numbers))
        bylined = reporters.merged(*(reporters.names(words(node)) for node in outer))
        if bylined:
            by = selector
            break
    told = reporters.merged(bylined, body.reporters)
    if told:
        reading.found("reporters", by)
        return told
    for source, line in (
        ("json-ld:author", reading.meta.authors),
        ("article:author", reading.meta.meta("article:author")),
        ("meta[name=author]", reading.meta.meta("author")),
    ):
        told = reporters.names(line)
        if told:
            reading.found("reporters", source)
            return told
    return ()


def _shown_at(reading: _Reading, node: LexborNode | None) -> Shown | None:
    """The time that an element shows, or says in its attribute."""
    number = node.mem_id if node is not None else 0
    if number in reading.times:
        return reading.times[number]
    now, tz = reading.now, reading.site.tz
    found = read_time(words(node), now, tz, alone=True)
    if (found is None or not found.sure) and node is not None and node.attrs.get("datetime"):
        at = machine_time(attribute(node, "datetime"), now, tz)
        found = Shown(at, sure=True) if at else found
    reading.times[number] = found
    return found


def _published_at(
    reading: _Reading, node: LexborNode | None, selector: str, row: Row | None
) -> Shown:
    now, tz = reading.now, reading.site.tz
    found = _shown_at(reading, node)
    if found is not None and found.sure:
        reading.found("published_at", selector)
        return found
    for source, value in (
        ("json-ld:datePublished", reading.meta.said("datePublished")),
        ("article:published_time", reading.meta.meta("article:published_time")),
    ):
        at = machine_time(value, now, tz) if value else None
        if at is not None:
            reading.found("published_at", source)
            return Shown(at, sure=True)
    if found is not None:
        reading.found("published_at", selector)
        return found
    if row is not None and row.listed_at is not None:
        reading.found("published_at", "listing")
        return Shown(row.listed_at, sure=False)
    raise FieldMissing(
        "the article has no time of publication that can be true",
        about=reading.about,
        advice="the site may have changed its layout; set site.selectors.published_at",
    )


def _sections(reading: _Reading, row: Row | None) -> tuple[str, ...]:
    codes = [code for one in reading.addresses if (code := reading.site.section_code(one))]
    if codes:
        reading.found("sections", "address")
    if row is not None and row.sections:
        reading.found("sections", "listing")
    return tuple(dict.fromkeys((*(row.sections if row else ()), *codes)))


def _keywords(reading: _Reading) -> tuple[str, ...]:
    for selector, holders in reading.places.each("keywords"):
        found = keywords.chips(holders)
        if found:
            reading.found("keywords", selector)
            return found
    source, found = keywords.said(reading.meta)
    if found:
        reading.found("keywords", source)
    return found


def _images(reading: _Reading, body: Body) -> tuple[Image, ...]:
    """The cover first, if it stands in the metadata alone, then those of the body."""
    shown = tuple(dict.fromkeys(body.images))
    said = reading.meta.image
    cover = figures.cover_address(said, reading.links.base, reading.number) if said else None
    if cover is None or figures.is_shown(cover, (one.url for one in shown)):
        return shown
    reading.found("cover", "og:image")
    return (Image(cover), *shown)


def _related(reading: _Reading, body: Body, text_by: str) -> tuple[Related, ...]:
    found: dict[str, Related] = {}
    for selector, nodes in reading.places.each("related", inside=True):
        for node in nodes:
            title = joined(node) or attribute(node, "title")
            url = reading.links.address(node)
            if title and url and url.startswith("http") and title.lower() != "more":
                found.setdefault(url, Related(title, url))
        if found:
            reading.found("related", selector)
            break
    for link in body.related:
        if link.url not in found:
            reading.found("related", f"{text_by} a")
            found[link.url] = link
    return tuple(found.values())
