"""Brings the rows of the catalogue up to the records that changed, or to all there are.

In: records, the definitions of feeds, the rows of the last time.  Out: rows, and which
months of which feeds they touch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from feedsvc.catalogue.standing import Standing, Standings
from feedsvc.feeds.definitions import Definitions
from feedsvc.feeds.entries import Entries
from feedsvc.feeds.entry import korean_time
from feedsvc.feeds.published_before import Before
from feedsvc.feeds.source import Source
from feedsvc.feeds.standings import standings
from feedsvc.model import Record

_BATCH = 100

Oldest = dict[str, dict[str, tuple[datetime, int]]]
"""By feed and month, from which entry on its archived pages may read otherwise."""


@dataclass(slots=True)
class Projection:
    """For one round of publishing; ``touched`` has the feeds and months of which a row was
    made, changed or taken away."""

    source: Source
    table: Standings
    definitions: Definitions
    entries: Entries
    before: Before
    withdrawn: frozenset[int]
    touched: Oldest = field(default_factory=dict)

    def bring_up(self, records: Collection[Record]) -> None:
        """These records changed."""
        names = [one.name for one in self.definitions.feeds]
        ids = [record.id for record in records]
        self.table.drop_pieces(ids)
        for row in (*self.table.of(ids, names), *self._replaced(records, names)):
            if row.event:
                self.touched.setdefault(row.feed, {})
                continue
            months = self.touched.setdefault(row.feed, {})
            month, key = f"{row.published:%Y-%m}", (row.published, row.article)
            months[month] = min(months.get(month, key), key)

    def make(self, names: Sequence[str], looked: Sequence[str]) -> None:
        """Make the rows of these feeds from all records; of those ``looked`` at, with what is
        published of articles that the source does not know."""
        seen: set[int] = set()
        for month in self.source.months():
            for batch in _batches(self.source.month(month)):
                # Each record for all feeds before the next: see custom.py.
                self._replaced(batch, names)
                seen.update(record.id for record in batch)
        damaged = self.source.damaged_ids()
        with self.table.transaction():
            for article in set(self.table.articles(names)) - seen:
                if article in self.withdrawn:
                    self.table.replace([article], names, ())
                elif article not in damaged:
                    self.table.lose(article, names)
            known = seen | self.withdrawn
            for name in looked:
                self.table.add(self.before.without_record(name, known, damaged))

    def _replaced(self, records: Collection[Record], names: Sequence[str]) -> list[Standing]:
        """The new rows of records in these feeds, in place of the old ones."""
        ids = [record.id for record in records]
        wanted, rows = {*names}, list[Standing]()
        stood: set[tuple[str, int]] | None = None
        for record in records:
            own = [row for row in self._rows(record) if row.feed in wanted]
            if record.duplicate_of is not None:
                # An entry once published is never withdrawn for it.
                if stood is None:
                    stood = {(row.feed, row.article) for row in self.table.of(ids, names)
                             if not row.event}  # fmt: skip
                months = _months(record)
                own = [
                    row for row in own
                    if row.event
                    or (row.feed, row.article) in stood
                    or self.before.holds(row.feed, row.article, months)
                ]  # fmt: skip
            rows += own
        self.table.replace(ids, names, rows)
        return rows

    def _rows(self, record: Record) -> list[Standing]:
        try:
            return list(standings(record, self.definitions))
        except (ValueError, TypeError):
            self.entries.entry(record)  # says what is wrong with it
            return []


def _months(record: Record) -> set[str]:
    """In which months the record was published, and before the site changed the time."""
    olds = (dict(one.old).get("published_at") for one in record.revisions)
    times = [datetime.fromisoformat(one) for one in olds if isinstance(one, str)]
    return {f"{korean_time(at):%Y-%m}" for at in (record.published_at, *times)}


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    left = iter(records)
    while batch := list(islice(left, _BATCH)):
        yield batch
