"""An article page that no layout fits, read by a generic extractor (trafilatura, the
extra ``feedsvc[fallback]``).

In: a page and the row that listed it.  Out: an article that makes do until the layout's
rules are mended: its text may lack a part or hold one too many, so its access status is
``unknown`` and its ``sources`` say where the text comes from.  Nobody asks for it where
a layout reads the page.
"""

from datetime import datetime
from html import escape
from importlib.util import find_spec

from feedsvc.errors import FieldMissing, NotAnArticle
from feedsvc.model import Access, FetchedPage, ParsedArticle, Record, Row, Status
from feedsvc.parse import reporters
from feedsvc.parse.blocks import Block
from feedsvc.parse.body import body_of
from feedsvc.parse.dates import machine_time
from feedsvc.parse.document import joined, tree_of
from feedsvc.parse.page import Metadata, without_site_name
from feedsvc.site import Site
from feedsvc.text import fold

SOURCE = "trafilatura"
LEAST = 100
"""Characters of text; less is a menu or a notice as often as an article."""


def installed() -> bool:
    """Whether the extra is there."""
    return find_spec(SOURCE) is not None


def is_provisional(record: Record) -> bool:
    """Whether a record was made here, and a layout's reading is to take its place."""
    return ("body", SOURCE) in record.sources


def provisional(page: FetchedPage, site: Site, now: datetime, row: Row) -> ParsedArticle:
    """The article as far as it can be told.  Raises ``ParseError`` where headline, time
    or text cannot be, or the page is another's."""
    import trafilatura

    about = page.final_url or page.url
    tree = tree_of(page)
    meta = Metadata(tree)
    for said in (*meta.canonical, page.final_url):
        if site.article_id(said) not in (None, row.id):
            raise NotAnArticle(f"the page is another article, asked for was {row.id}", about=about)
    found = trafilatura.extract(page.text, url=about, favor_precision=True, include_comments=False)
    lines = [line for one in (found or "").splitlines() if (line := fold(one))]
    heads = [joined(node) for node in tree.css("title, h1, h2, h3")] + [meta.meta("og:title")]
    if row.id not in map(site.article_id, meta.canonical) and not any(
        row.title and row.title.rstrip(".…") in head for head in heads
    ):
        # An error page, a notice: they have texts too.
        raise NotAnArticle("the page does not say that it is this article", about=about)
    titles = {
        "json-ld:headline": meta.said("headline"),
        "og:title": without_site_name(meta.meta("og:title")),
        "listing": row.title,
    }
    times = {
        "json-ld:datePublished": meta.said("datePublished"),
        "article:published_time": meta.meta("article:published_time"),
    }
    title_from, title = next((one for one in titles.items() if one[1]), ("", ""))
    read = {name: machine_time(value, now, site.tz) for name, value in times.items() if value}
    known = ((name, at) for name, at in {**read, "listing": row.listed_at}.items() if at)
    time_from, published_at = next(known, ("", None))
    # Datelines, notices and the copyright line are cut as from any other text.
    body = body_of(
        [Block("text", escape(line, quote=False), line) for line in lines if line != title],
        site,
        SOURCE,
    )
    if not title or published_at is None or sum(map(len, body.blocks)) < LEAST:
        raise FieldMissing("no headline, time or text was found on the page", about=about)
    byline = meta.authors or meta.meta("article:author") or row.byline
    sources = {"title": title_from, "published_at": time_from, "body": SOURCE, "access": SOURCE}
    return ParsedArticle(
        id=row.id,
        guid=site.guid(row.id),
        url=site.article_url(row.id),
        title=title,
        subtitle="",
        reporters=reporters.merged(body.reporters, reporters.names(byline)),
        published_at=published_at,
        sections=row.sections,
        keywords=(),
        access=Access(Status.UNKNOWN),
        images=(),
        body=tuple(body.blocks),
        related=(),
        sources=tuple(sources.items()),
        layout=SOURCE,
        is_time_sure=time_from != "listing",
    )
