"""In which feeds a record stands, as which entry and how old it counts there; and entries as
pieces, taken as they were written, or made of their records.

In: records (a :class:`~feedsvc.feeds.definitions.Source`), the definitions of feeds, the rows
of the last time.  Out: the rows of the catalogue brought up to the records that changed, or to
all there are, and which months of which feeds they touch; pieces by their keys.  A record that
makes no entry is left out and told of.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from feedsvc.catalogue.standing import Key, Standing, Standings
from feedsvc.errors import PublishError
from feedsvc.feeds import pieces
from feedsvc.feeds.definitions import Definition, FeedKind, Source, age, is_released
from feedsvc.feeds.entry import (
    RELEASED,
    entry_id,
    entry_of,
    korean_time,
    released_entry,
    revised_entry,
    shortened,
)
from feedsvc.feeds.folder import Before
from feedsvc.model import Entry, Record
from feedsvc.revisions import as_it_was, changes
from feedsvc.site import Site

T = TypeVar("T")

# Entries written at a time; feedgen holds each as a tree until it is written.
_BATCH = 100


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


@dataclass(slots=True)
class Entries:
    """For one round of publishing.  ``site`` is whose the articles are, ``titles`` those of
    sections by code, ``fresh`` the records that are at hand; ``problems`` collects what could
    not be written."""

    source: Source
    site: Site
    table: Standings
    before: Before
    titles: Mapping[str, str]
    formats: Sequence[str]
    fresh: Mapping[int, Record]
    problems: list[PublishError] = field(default_factory=list)

    def pieces(self, rows: Collection[Standing], suffix: str) -> dict[Key, bytes]:
        """The pieces of these rows; fewer where one cannot be written."""
        found = self.table.pieces((one.key for one in rows), suffix)
        missing = [one for one in rows if one.key not in found]
        if missing:
            # One that is shown is shown in every format.
            self.write(missing, self.formats)
            found |= self.table.pieces((one.key for one in missing), suffix)
            damaged = self.source.damaged_ids()
            unread = [row for row in missing if row.article in damaged and row.key not in found]
            found |= self.as_published(unread, suffix)
        return found

    def as_published(self, rows: Iterable[Standing], suffix: str) -> dict[Key, bytes]:
        """Pieces of entries that cannot be written now, as they stand in what was published:
        no reason is known to take them away."""
        stood = {row.key: (row, self.before.piece(row, suffix)) for row in rows}
        found = {key: piece for key, (_, piece) in stood.items() if piece is not None}
        self.table.put_pieces(suffix, found, {key: stood[key][0].published for key in found})
        return found

    def write(self, rows: Sequence[Standing], formats: Iterable[str]) -> None:
        """Write the entries of these rows."""
        formats = tuple(dict.fromkeys(formats))
        for some in batches(rows, _BATCH):
            made = self._made(some)
            published = {one.key: one.published for one in some}
            for suffix in formats:
                there = self.table.pieces(made, suffix)
                wanted = {key: one for key, one in made.items() if key not in there}
                written = self._written(suffix, list(wanted.values()))
                by_key = {key: written[one.id] for key, one in wanted.items() if one.id in written}
                self.table.put_pieces(suffix, by_key, published)

    def short(self, row: Standing, suffix: str) -> bytes:
        """The piece of an entry without its body.  Raises ``ValueError``."""
        for entry in self._made([row]).values():
            return pieces.made(suffix, [shortened(entry)])[entry.id]
        raise ValueError("no entry can be made of it")

    def _made(self, rows: Sequence[Standing]) -> dict[Key, Entry]:
        numbers = dict.fromkeys(one.article for one in rows)
        records = {number: self.fresh[number] for number in numbers if number in self.fresh}
        damaged = self.source.damaged_ids()
        old = [number for number in numbers if number not in records and number not in damaged]
        records |= {record.id: record for record in (self.source.read(old) if old else ())}
        made = {one.key: self._of(records.get(one.article), one.event) for one in rows}
        return {
            key: entry
            for key, entry in made.items()
            # What bears the id of another article would stand in its place.
            if entry is not None and entry.id == entry_id(self.site.guid(key[0]), key[1])
        }

    def _of(self, record: Record | None, event: str) -> Entry | None:
        if record is None:
            return None
        if event in ("", RELEASED):
            entry = self.entry(record)
            return released_entry(entry) if entry and event else entry
        change = next((one for one in changes(record) if f"r{one.number}" == event), None)
        entry = self.entry(as_it_was(record, change.number)) if change else None
        return revised_entry(entry, change) if entry and change else None

    def entry(self, record: Record) -> Entry | None:
        """The record's entry, made anew; ``None`` and a problem where that fails."""
        try:
            return entry_of(record, self.titles, self.source.picture)
        except (ValueError, TypeError, KeyError) as error:
            self._tell("no entry can be made of this record", error, record.id)
            return None

    def _written(self, suffix: str, entries: Sequence[Entry]) -> dict[str, bytes]:
        """Entries as pieces by their ids, fewer where one cannot be written."""
        try:
            return pieces.made(suffix, entries) if entries else {}
        except ValueError as error:
            if len(entries) > 1:
                return {k: v for one in entries for k, v in self._written(suffix, [one]).items()}
            number = entries[0].id.rpartition("/")[2]
            self._tell("no entry can be written of this record", error, number)
            return {}

    def _tell(self, what: str, error: Exception, number: object) -> None:
        problem = PublishError(
            f"{what}: {error}",
            about=f"article {number}",
            advice="it is left out of the feeds; run 'feedsvc archive verify'",
        )
        if str(problem) not in map(str, self.problems):
            self.problems.append(problem)


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
                month, key = f"{row.published:%Y-%m}", (row.published, row.article)
                months[month] = min(months.get(month, key), key)

    def make(self, names: Sequence[str], looked: Sequence[str]) -> None:
        """Make the rows of these feeds from all records; of those ``looked`` at, with what is
        published of articles that the source does not know."""
        seen: set[int] = set()
        for month in self.entries.source.months():
            for batch in batches(self.entries.source.month(month), _BATCH):
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
    return {f"{korean_time(at):%Y-%m}" for at in (record.published_at, *times)}
