"""Reading articles again at once, kept or not, because somebody asked.

In: ids.  Out: what became of each.  Not its job: when articles are looked at again
by themselves (``recheck``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError
from feedsvc.feeds import Published
from feedsvc.fetch import Fetcher, is_site_wide
from feedsvc.model import Event, Row
from feedsvc.poll.distribute import tell
from feedsvc.poll.guard import attempt
from feedsvc.poll.publishing import publish
from feedsvc.poll.read import ArticleReader


@dataclass(frozen=True, slots=True)
class Refreshed:
    """One article: ``what`` is the journal's event or ``unchanged``, or the error."""

    id: int
    what: str
    error: FeedsvcError | None = None
    to: int | None = None
    """The article that its page led to, where it moved."""


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    articles: tuple[Refreshed, ...]
    published: Published


def refresh(
    config: Config,
    archive: Archive,
    fetcher: Fetcher,
    clock: Callable[[], datetime],
    ids: Iterable[int],
    progress: Callable[[int, int], None] | None = None,
) -> RefreshOutcome:
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
    return RefreshOutcome(tuple(done), published)


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
