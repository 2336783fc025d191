"""In which feeds a record stands, as which entry and how old it counts there.

In: records, the definitions of feeds, the rows of the last time.  Out: the rows of the
catalogue brought up to the records that changed, or to all there are, and which months of
which feeds they touch.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feedsvc.catalogue.standing import Standing, Standings
from feedsvc.feeds.definitions import Definition, FeedKind, age, is_released
from feedsvc.feeds.entries import BATCH, Entries, batches
from feedsvc.feeds.entry import RELEASED, korean_time
from feedsvc.model import Record
from feedsvc.moment import month_of
from feedsvc.revisions import as_it_was, changes

Oldest = dict[str, dict[str, tuple[datetime, int]]]
"""By feed and month, from which entry on its archived pages may read otherwise."""


def standings(
    record: Record, feeds: Iterable[Definition], *, hide_locked: bool
) -> Iterator[Standing]:
    """The rows of a record, whether it is a near-duplicate or not: who knows what is published
    leaves that out.  Raises ``ValueError`` for a record with a time without zone."""
    published, updated = korean_time(record.published_at), korean_time(record.updated_at)
    hidden = hide_locked and record.access.locked
    at = age(record, hide_locked=hide_locked)
    korean_time(at)
    for feed in () if hidden else feeds:
        if feed.kind is FeedKind.ARTICLES and feed.wanted(record):
            yield Standing(feed.name, record.id, "", at, published, updated)
    released_at = record.access.released_at
    if released_at is not None and is_released(record):
        yield Standing("released", record.id, RELEASED, released_at, published, updated)
    for change in () if hidden else changes(record):
        number, at = change.number, change.seen_at
        then = korean_time(as_it_was(record, number).published_at)
        yield Standing("revised", record.id, f"r{number}", at, then, at)


@dataclass(slots=True)
class Projection:
    """For one round of publishing; ``touched`` has the feeds and months of which a row was
    made, changed or taken away."""

    table: Standings
    feeds: Sequence[Definition]
    entries: Entries
    withdrawn: frozenset[int]
    hide_locked: bool
    touched: Oldest = field(default_factory=dict)

    def bring_up(self, records: Collection[Record]) -> None:
        """These records changed."""
        names = [one.name for one in self.feeds]
        ids = [record.id for record in records]
        self.table.drop_pieces(ids)
        for row in (*self.table.of(ids, names), *self._replaced(records, names)):
            months = self.touched.setdefault(row.feed, {})
            if not row.event:
                month, key = month_of(row.published), (row.published, row.article)
                months[month] = min(months.get(month, key), key)

    def make(self, names: Sequence[str], looked: Sequence[str]) -> None:
        """Make the rows of these feeds from all records; of those ``looked`` at, with what is
        published of articles that the source does not know."""
        seen: set[int] = set()
        for month in self.entries.source.months():
            for batch in batches(self.entries.source.month(month), BATCH):
                # Each record for all feeds before the next: see definitions.py.
                self._replaced(batch, names)
                seen.update(record.id for record in batch)
        damaged = self.entries.source.damaged_ids()
        with self.table.transaction():
            for article in set(self.table.articles(names)) - seen:
                if article in self.withdrawn:
                    self.table.replace([article], names, ())
                elif article not in damaged:
                    self.table.lose(article, names)
            known = seen | self.withdrawn
            for name in looked:
                self.table.add(self.entries.before.without_record(name, known, damaged))

    def _replaced(self, records: Collection[Record], names: Sequence[str]) -> list[Standing]:
        """The new rows of records in these feeds, in place of the old ones."""
        ids, rows = [record.id for record in records], list[Standing]()
        repeats = [record.id for record in records if record.duplicate_of is not None]
        stood = {(row.feed, row.article) for row in self.table.of(repeats, names) if not row.event}
        for record in records:
            months = _months(record) if record.id in repeats else ()
            rows += [
                row for row in self._rows(record)
                if row.feed in names
                # An entry once published is never withdrawn for being a near-duplicate.
                and (
                    row.event
                    or record.duplicate_of is None
                    or (row.feed, row.article) in stood
                    or self.entries.before.holds(row.feed, row.article, months)
                )
            ]  # fmt: skip
        self.table.replace(ids, names, rows)
        return rows

    def _rows(self, record: Record) -> list[Standing]:
        try:
            return list(standings(record, self.feeds, hide_locked=self.hide_locked))
        except (ValueError, TypeError):
            self.entries.entry(record)  # says what is wrong with it
            return []


def _months(record: Record) -> set[str]:
    """In which months the record was published, and before the site changed the time."""
    olds = (dict(one.old).get("published_at") for one in record.revisions)
    times = [datetime.fromisoformat(one) for one in olds if isinstance(one, str)]
    return {month_of(at) for at in (record.published_at, *times)}
