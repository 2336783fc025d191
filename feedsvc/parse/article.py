"""An article page to a ``ParsedArticle``.

In: a fetched page, the site, the clock, the row that listed it.  Out: every field
with the source that gave it; one parse of the HTML.  Not its job: what changed
since (``dedup``), whether to trust a field that is suddenly empty (``drift``).
"""

from collections.abc import Sequence
from datetime import datetime

from feedsvc.errors import FieldMissing
from feedsvc.model import FetchedPage, ParsedArticle, Row, Status
from feedsvc.parse import access, fields
from feedsvc.parse.blocks import Blocks
from feedsvc.parse.body import body_of
from feedsvc.parse.document import tree_of, under
from feedsvc.parse.fitting import Places, places_on
from feedsvc.parse.layout import BUILT_IN, Layout, any_of
from feedsvc.parse.outline import read_by
from feedsvc.parse.page import Links, Metadata, refusal
from feedsvc.parse.sight import remove_unseen, seen
from feedsvc.site import Site


def article(
    page: FetchedPage,
    site: Site,
    now: datetime,
    *,
    row: Row | None = None,
    layouts: Sequence[Layout] = BUILT_IN,
    everywhere: bool = False,
    nameless: bool = False,
) -> ParsedArticle:
    """What an article page says of its article.

    ``row`` is the line that listed it: the last source of the time, and evidence for a
    body that breaks off.  ``everywhere``: the markers of the rest of the page are told too.
    ``nameless``: a page that does not tell its id has 0.  Raises ``NotAnArticle``,
    ``LayoutUnknown`` or ``FieldMissing``, all of them ``ParseError``.
    """
    tree, layouts = read_by(tree_of(page), layouts)
    about = page.final_url or page.url
    places = places_on(tree, layouts)
    if places is None:
        raise refusal(tree, about, "article")
    meta = Metadata(tree)
    reading = fields.PageReading(tree, places, now, meta, Links.of(meta, about, site))
    layout, title_node, mains = places.layout, places.title, places.mains
    remove_unseen(
        (everywhere and tree.root) or places.block,
        mains if title_node is None else [*mains, title_node],
    )
    excluded = [*places.block.css(any_of(layout.excluded)), *places.others]
    title = fields.title_of(reading, title_node, {node.mem_id for node in excluded})
    reading.number = fields.number_of(reading, page, title, row, nameless)
    info_node, info_by, shown_at = fields.time_place(reading)
    areas, text_by = places.texts({node.mem_id for node in excluded})
    if text_by in layout.main and _is_withheld(places):
        areas = []
    inside = () if text_by in layout.main else {node.mem_id for node in areas}
    subtitle_nodes, subtitle_by = fields.subtitle_place(reading, inside)
    head = [node for node in (title_node, *subtitle_nodes, info_node) if node is not None]
    block = access.block_of(head, mains, areas, excluded)
    own, others, no_text = access.found_on(
        tree, block, layout, reading.links, reading.number, everywhere=everywhere
    )
    skipped = no_text | block.excluded | {node.mem_id for node in head}
    skipped |= fields.bylines_within(reading, areas)
    gathered = Blocks(reading.links.base, skipped)
    for area in areas:
        if not under(area, block.excluded):
            gathered.gather(area)
    body = body_of(gathered.found, site, text_by)
    status = access.access_of(
        own, others, body, summary=row.summary if row else "", reads_on=gathered.reads_on
    )
    if body.blocks:
        reading.found("body", text_by)
    elif not any(marker.counted for marker in status.markers) or status.status is Status.PLUS_FIRST:
        raise _no_text(page, layout, about)
    if body.images:
        reading.found("images", f"{text_by} img")
    if layout.learned:
        reading.found("layout", layout.name)
    reading.found("access", next((m.selector for m in status.markers if m.counted), text_by))
    published = fields.published_at_of(reading, shown_at, info_by, row)
    return ParsedArticle(
        id=reading.number,
        guid=site.guid(reading.number),
        url=site.canonical(page.final_url or page.url, reading.number),
        title=title,
        subtitle=fields.subtitle_of(reading, subtitle_nodes, subtitle_by, title),
        reporters=fields.reporters_of(reading, body, text_by, info_node, info_by),
        published_at=published.at,
        sections=fields.sections_of(reading, row),
        keywords=fields.keywords_of(reading),
        access=status,
        images=fields.images_of(reading, body),
        body=tuple(body.blocks),
        related=fields.related_of(reading, body, text_by),
        sources=tuple(reading.sources.items()),
        layout=layout.name,
        is_time_sure=published.sure,
    )


def _no_text(page: FetchedPage, layout: Layout, about: str) -> FieldMissing:
    message, advice = "the page has a headline and no text", fields.CHANGED.format("body")
    if any(not seen(one) for one in tree_of(page).css(any_of(layout.main + layout.body))):
        message = "the article's block is hidden on the page, and nothing else is its text"
        advice = "open it in a browser: what a visitor does not see is not published"
    return FieldMissing(message, about=about, advice=advice)


def _is_withheld(places: Places) -> bool:
    """Whether the places of the text are there and empty, and a notice beside them: then the
    rest of the main block is no text, but buttons."""
    layout = places.layout
    of_text = any_of(tuple(one for one in layout.body if one not in layout.main))
    return (
        places.block.css_first(of_text) is not None
        and places.block.css_first(any_of(layout.markers)) is not None
    )
