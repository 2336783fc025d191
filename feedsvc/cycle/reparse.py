"""The raw pages read again with today's parser.

In: an archive with its raw pages.  Out: records as today's rules read them, ids and
history unchanged; a record that reads the same is not touched.  What is mended this
way is journaled as ``repaired`` and is no revision: the article did not change, our
reading of it did.  The network is not asked.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedsvc import dedup, parse, recordjson
from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.cycle.republished import once
from feedsvc.errors import FeedsvcError
from feedsvc.model import Event, FetchedPage, ParsedArticle, Record, Row
from feedsvc.parse.generic import is_provisional

log = logging.getLogger("feedsvc.reparse")


@dataclass(slots=True)
class ReparseOutcome:
    """Articles by what became of them; ``failed`` names those that cannot be read."""

    read: int = 0
    mended: int = 0
    added: int = 0
    failed: dict[int, str] = field(default_factory=dict)


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
    outcome = ReparseOutcome()
    left = Counter(article_id for article_id, _ in archive.raw_pages())
    total, lesser = len(left), set()
    for article_id, page in archive.raw_pages():
        left[article_id] -= 1
        if left[article_id]:
            continue
        if progress:
            progress(outcome.read, total)
        outcome.read += 1
        old = archive.get(article_id)
        try:
            article = _parse(config, page, old)
        except FeedsvcError as error:
            outcome.failed[article_id] = str(error)
            continue
        if old is None:
            change, repeating = once(archive, dedup.compare(None, article, now=page.fetched_at))
            archive.keep(change.record, Event.ADDED, now)
            for record in repeating:
                archive.keep(record, Event.NOTED, now)
            outcome.added += 1
        elif not is_provisional(old) and dedup.shows_less(old, article):
            lesser.add(article_id)
        else:
            outcome.mended += _mend(archive, old, article, now)
    for article_id, article in _whole_pages(config, archive, lesser):
        old = archive.get(article_id)
        if old is not None:
            text = replace(article, access=old.access)
            outcome.mended += _mend(archive, old, text, now)
    return outcome


def _parse(config: Config, page: FetchedPage, old: Record | None) -> ParsedArticle:
    row = None
    if old is not None:
        row = Row(old.id, old.url, old.title, listed_at=old.published_at, sections=old.sections)
    selectors = config.site.selectors
    return parse.article(page, config.site_of(), page.fetched_at, row=row, selectors=selectors)


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
    config: Config, archive: Archive, ids: Collection[int]
) -> Iterator[tuple[int, ParsedArticle]]:
    """For each id the last page that showed the article whole."""
    found: dict[int, ParsedArticle] = {}
    if ids:
        for article_id, page in archive.raw_pages():
            if article_id not in ids:
                continue
            try:
                article = _parse(config, page, archive.get(article_id))
            except FeedsvcError:
                continue
            if not article.access.locked:
                found[article_id] = article
    yield from found.items()
