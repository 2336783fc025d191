"""The entries of each feed: the archive asked, the records chosen, the entries made.

In: a :class:`Source` of records, the configuration, the time.  Out: one
:class:`Contents` a feed.  One :class:`Reader` serves one round of publishing: it
asks the source once for what several feeds show, and makes an article's entry once.
How the entries are written down is not its job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from feedsvc.config import CustomFeedConfig, FeedsConfig, SectionConfig
from feedsvc.errors import PublishError
from feedsvc.feeds import select
from feedsvc.feeds.custom import belongs
from feedsvc.feeds.entry import entry_of, released_entry, revised_entry
from feedsvc.model import Entry, Picture, Record
from feedsvc.revisions import changes

# A custom feed looks for its words in this many of the newest records: about two
# months of the site, and as much as fits into memory beside everything else.
_DEEPEST = 2000

T = TypeVar("T")


class Source(Protocol):
    """What feeds need of the archive.  Each answer holds the newest ``limit`` records
    and, beyond them, all that are as new as ``since``; more does no harm."""

    def newest(self, limit: int, since: datetime, section: str | None = None) -> tuple[Record, ...]:
        """By ``first_seen_at`` (a backfilled record: ``published_at``); ``section`` is
        a code, ``None`` for every record."""

    def released(self, limit: int, since: datetime) -> tuple[Record, ...]:
        """Records that were released, by ``released_at``."""

    def revised(self, limit: int, since: datetime) -> tuple[Record, ...]:
        """Records that have revisions, by the ``seen_at`` of the last."""

    def months(self, section: str | None = None) -> tuple[str, ...]:
        """The months (KST, ``2026-03``) of the records' ``published_at``, rising."""

    def month(self, month: str, section: str | None = None) -> Iterator[Record]:
        """The records of a month, one at a time."""

    def picture(self, file: str) -> Picture | None:
        """What is known of a kept image, by its path in a record."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The same entries twice: ``ranked`` with the ones to keep first, where a file
    cannot hold them all; ``shown`` in the order of the feed."""

    ranked: tuple[Entry, ...]
    shown: tuple[Entry, ...]

    def first(self, count: int) -> tuple[Entry, ...]:
        """The ``count`` entries to keep, in the order of the feed."""
        if count >= len(self.ranked):
            return self.shown
        kept = {entry.id for entry in self.ranked[:count]}
        return tuple(entry for entry in self.shown if entry.id in kept)


class Reader:
    """Answers what each feed holds, for one round of publishing.

    ``problems`` collects the records that could not be made an entry of; they are
    left out, so that one of them does not hold up all the others.
    """

    def __init__(
        self,
        source: Source,
        feeds: FeedsConfig,
        sections: tuple[SectionConfig, ...],
        now: datetime,
    ) -> None:
        self.problems: list[PublishError] = []
        self._source = source
        self._feeds = feeds
        self._sections = sections
        self._now = now
        self._since = now - select.KEPT_FOR
        self._hide = feeds.locked == "hide"
        self._titles = {section.code: section.title for section in sections if section.code}
        self._entries: dict[int, Entry | None] = {}
        self._asked: dict[str | None, tuple[int, tuple[Record, ...]]] = {}

    def articles(self, code: str | None, held: Callable[[], frozenset[str]]) -> Contents:
        """The feed of a section; without a code, of every record.  ``held`` tells the
        ids that stand in the published feed."""
        return self._articles(code, held, lambda record: code is None or code in record.sections)

    def custom(self, feed: CustomFeedConfig, held: Callable[[], frozenset[str]]) -> Contents:
        """A feed of the user's own."""
        return self._articles(None, held, lambda record: belongs(record, feed, self._sections))

    def released(self) -> Contents:
        """Articles that stopped being locked, by the time that was seen."""

        def open_now(record: Record) -> bool:
            return record.access.released_at is not None and not record.access.locked

        chosen = self._chosen(self._looked_through(self._source.released, open_now), _released)
        entries = tuple(released_entry(entry) for entry in self._entries_of(chosen))
        return Contents(entries, entries)

    def revised(self) -> Contents:
        """Changes of articles' texts, by the time they were seen."""

        def changed(record: Record) -> bool:
            return not (self._hide and record.access.locked) and bool(changes(record))

        records = self._looked_through(self._source.revised, changed)
        pairs = [(record, change) for record in records for change in changes(record)]
        chosen = self._chosen(pairs, lambda pair: (pair[1].seen_at, pair[0].id))
        made = ((self._entry(record), change) for record, change in chosen)
        entries = tuple(revised_entry(entry, change) for entry, change in made if entry)
        return Contents(entries, entries)

    def _articles(
        self,
        code: str | None,
        held: Callable[[], frozenset[str]],
        wanted: Callable[[Record], bool],
    ) -> Contents:
        def shown(record: Record) -> bool:
            return wanted(record) and self.shown(record, held)

        records = self._looked_through(partial(self._newest, code=code), shown)
        if self._hide:
            # An article left out until its release may by then be too old to be among
            # the newest, and has never been shown.
            late = self._source.released(self._feeds.entries, self._since)
            records = list({one.id: one for one in (*records, *filter(shown, late))}.values())
        age = select.seen_or_released if self._hide else select.seen
        chosen = self._chosen(records, lambda record: (age(record), record.id))
        return Contents(self._entries_of(chosen), self._entries_of(select.by_published(chosen)))

    def _looked_through(
        self,
        ask: Callable[[int, datetime], tuple[Record, ...]],
        wanted: Callable[[Record], bool],
    ) -> list[Record]:
        """The newest records that are wanted: the source is asked for more of them
        until there are enough for a feed, or it has no more."""
        limit, deepest = self._feeds.entries, max(_DEEPEST, 2 * self._feeds.entries)
        while True:
            candidates = ask(limit, self._since)
            found = [record for record in candidates if wanted(record)]
            enough = len(found) >= self._feeds.entries
            if enough or len(candidates) < limit or limit >= deepest:
                return found
            limit = min(4 * limit, deepest)

    def _chosen(self, items: Iterable[T], age: Callable[[T], tuple[datetime, int]]) -> list[T]:
        return select.newest(items, self._feeds.entries, self._now, age)

    def _newest(self, limit: int, since: datetime, code: str | None) -> tuple[Record, ...]:
        asked, found = self._asked.get(code, (0, ()))
        if asked < limit:
            found = self._source.newest(limit, since, code)
            self._asked[code] = (limit, found)
        return found

    def _entries_of(self, records: Iterable[Record]) -> tuple[Entry, ...]:
        made = (self._entry(record) for record in records)
        return tuple(entry for entry in made if entry is not None)

    def shown(self, record: Record, held: Callable[[], frozenset[str]]) -> bool:
        """Whether article feeds give the record an entry; ``held`` as above."""
        return select.shown(record, hide_locked=self._hide, published=held)

    def entry(self, record: Record) -> Entry | None:
        """The record's entry, made anew; ``None`` and a problem where that fails."""
        try:
            return entry_of(record, self._titles, self._source.picture)
        except (ValueError, TypeError, KeyError) as error:
            problem = PublishError(
                f"no entry can be made of this record: {error}",
                about=f"article {record.id}",
                advice="it is left out of the feeds; run 'feedsvc archive verify'",
            )
            if str(problem) not in map(str, self.problems):
                self.problems.append(problem)
            return None

    def _entry(self, record: Record) -> Entry | None:
        if record.id not in self._entries:
            self._entries[record.id] = self.entry(record)
        return self._entries[record.id]


def _released(record: Record) -> tuple[datetime, int]:
    return record.access.released_at or select.seen(record), record.id
