"""Reading articles again at once, kept or not, because somebody asked: from the site, or from
the raw pages that are kept, with today's parser.

In: ids; or an archive with its raw pages.  Out: what became of each.  Of a raw page that reads
otherwise today the record is mended under its id, with its history; that is journaled as
``repaired`` and is no revision: the article did not change, our reading of it did.  Not its
job: when articles are looked at again by themselves (``recheck``).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial

from feedsvc import dedup, parse, recordjson
from feedsvc.archive import Archive
from feedsvc.archive.records import claimed, naming, page_key, payload_digest
from feedsvc.config import Config
from feedsvc.errors import ArchiveUnwritable, FeedsvcError
from feedsvc.feeds import Published
from feedsvc.fetch import Fetcher, is_site_wide
from feedsvc.model import Event, FetchedPage, ParsedArticle, Record, Row
from feedsvc.parse.generic import is_provisional
from feedsvc.poll.distribute import tell
from feedsvc.poll.guard import attempt
from feedsvc.poll.keeping import as_seen, had_session, keep_marked
from feedsvc.poll.layouts import Layouts
from feedsvc.poll.publishing import publish
from feedsvc.poll.read import ArticleReader
from feedsvc.revisions import is_members


@dataclass(frozen=True, slots=True)
class Refreshed:
    """One article: ``what`` is the journal's event or ``unchanged``, or the error."""

    id: int
    what: str
    error: FeedsvcError | None = None
    to: int | None = None
    """The article that its page led to, where it moved."""


def refresh(
    config: Config,
    archive: Archive,
    fetcher: Fetcher,
    clock: Callable[[], datetime],
    ids: Iterable[int],
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Refreshed], Published]:
    """Read these articles again now and publish what changed; an id that is not kept
    is read as a new article.

    Raises ``ArchiveLocked``, ``ArchiveError``, ``ArchiveUnwritable``.
    """
    reader = ArticleReader(config, archive, fetcher, clock)
    wanted = tuple(dict.fromkeys(ids))
    done: list[Refreshed] = []
    with archive.writing(clock(), wait=5):
        for number, article_id in enumerate(wanted):
            if progress:
                progress(number, len(wanted))
            one = _refresh(config, archive, reader, article_id)
            done.append(one)
            if one.error is not None and is_site_wide(one.error):
                break
        published = tell(config, archive, clock, publish(config, archive, clock(), {}))
    return done, published


def _refresh(config: Config, archive: Archive, reader: ArticleReader, one: int) -> Refreshed:
    record, error = attempt(partial(archive.get, one))
    if error is not None:
        return Refreshed(one, "failed", error)
    row = Row(one, config.site_of().article_url(one), "")
    read = partial(reader.read, row) if record is None else partial(reader.again, record)
    change, error = attempt(read)
    if change is None or error is not None:
        return Refreshed(one, "failed", error)
    if change.record.id != one:
        return Refreshed(one, str(Event.MOVED), to=change.record.id)
    return Refreshed(one, str(change.event) if change.event else "unchanged")


_READING = timedelta(minutes=10)
"""How long after its page was fetched an article is kept at most."""


@dataclass(slots=True)
class ReparseOutcome:
    """Articles by what became of them; ``failed`` names those that cannot be read,
    ``damaged`` the raw pages that are damaged or gone."""

    read: int = 0
    mended: int = 0
    added: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)


def reparse(
    config: Config,
    archive: Archive,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> ReparseOutcome:
    """Read the last page kept of each article again; the caller holds the lock.

    Where that page shows less than the record holds (a later lock), the last page
    that showed it all gives the text.  A page without a record, held while the
    layout was unknown, becomes a record.  Raises ``ArchiveError``,
    ``ArchiveUnwritable``.
    """
    outcome, layouts = ReparseOutcome(), Layouts(config, archive)
    doubtful = cache(partial(had_session, config, archive))
    left: Counter[int] = Counter()
    seen: set[int] = set()
    for article_id, page in archive.raw.pages(outcome.damaged.append):
        left[article_id] += 1
        seen.add(page_key(article_id, payload_digest(page.body)))
    archive.raw.tell_missing(archive.index.ids(), seen, outcome.damaged.append)
    total, lesser = len(left), set()
    # What is damaged was told of at the first reading.
    for article_id, page in archive.raw.pages(lambda line: None):
        left[article_id] -= 1
        if left[article_id]:
            continue
        if progress:
            progress(outcome.read, total)
        outcome.read += 1
        try:
            old = archive.get(article_id)
            if old is not None and not _is_of(page, old, seen):
                continue
            article = _parse(config, layouts, page, old)
            if old is None:
                _add(archive, *as_seen(article, page, doubtful), page, now)
                outcome.added += 1
            elif page.seen_as == "member" and old.access.seen_as == "guest":
                lesser.add(article_id)  # the record's text is what guests were shown
            elif is_members(old) and (page.seen_as == "member" or not article.access.locked):
                # Read with the reader's own session, which meets no lock where guests do.
                outcome.mended += _mend(archive, old, replace(article, access=old.access), now)
            elif not is_provisional(old) and dedup.shows_less(old, article):
                lesser.add(article_id)
            else:
                outcome.mended += _mend(archive, old, article, now)
        except ArchiveUnwritable:
            raise
        except FeedsvcError as error:
            outcome.failed[article_id] = str(error)
    for article_id, article in _whole_pages(config, layouts, archive, lesser).items():
        old = archive.get(article_id)
        if old is not None:
            outcome.mended += _mend(archive, old, replace(article, access=old.access), now)
    return outcome


def _is_of(page: FetchedPage, old: Record, seen: Collection[int]) -> bool:
    """Whether the last page that is left is one that the record was read from: where a
    later one is lost, or was not kept, it would take away what was read since."""
    pages = claimed(old)
    if pages:
        return page_key(old.id, pages[-1]) in seen
    changed = (*(one.seen_at for one in old.revisions), old.access.released_at)
    return page.fetched_at + _READING >= max(filter(None, changed), default=page.fetched_at)


def _add(
    archive: Archive, article: ParsedArticle, seen_as: str, page: FetchedPage, now: datetime
) -> None:
    change = dedup.compare(None, article, now=page.fetched_at, seen_as=seen_as)
    named = naming(change.record, (payload_digest(page.body),))
    keep_marked(archive, replace(change, record=named), now)


def _parse(
    config: Config, layouts: Layouts, page: FetchedPage, old: Record | None
) -> ParsedArticle:
    row = None
    if old is not None:
        row = Row(old.id, old.url, old.title, listed_at=old.published_at, sections=old.sections)
    site, at = config.site_of(), page.fetched_at
    article = parse.article(page, site, at, row=row, layouts=layouts.all())
    layouts.check(article, page, site)
    return article


def _mend(archive: Archive, old: Record, article: ParsedArticle, now: datetime) -> bool:
    """Keep the record with what the parser sees today; tells whether it differs."""
    new = dedup.mended(old, article)
    if is_provisional(old):
        new = replace(new, updated_at=now)  # readers have the other text
    # As their files spell them, for where a marker stood is not kept; other selectors
    # that give the same values mend nothing.
    if recordjson.as_json(replace(new, sources=old.sources)) == recordjson.as_json(old):
        return False
    archive.keep(new, Event.REPAIRED, now)
    return True


def _whole_pages(
    config: Config, layouts: Layouts, archive: Archive, ids: Collection[int]
) -> dict[int, ParsedArticle]:
    """For each id the last page that showed the article whole."""
    found: dict[int, ParsedArticle] = {}
    for article_id, page in archive.raw.pages(lambda line: None) if ids else ():
        if article_id in ids:
            with suppress(FeedsvcError):
                old = archive.get(article_id)
                if old is not None and old.access.seen_as == "guest" and page.seen_as == "member":
                    continue
                article = _parse(config, layouts, page, old)
                if not article.access.locked:
                    found[article_id] = article
    return found
