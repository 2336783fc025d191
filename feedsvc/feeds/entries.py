"""Entries as pieces, taken as they were written, or made of their records.

In: rows of the catalogue, the records behind them (a :class:`~feedsvc.feeds.definitions.Source`).
Out: pieces by their keys.  A record that makes no entry is left out and told of.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from feedsvc.catalogue.standing import Key, Standing, Standings
from feedsvc.errors import PublishError
from feedsvc.feeds import pieces
from feedsvc.feeds.definitions import Source
from feedsvc.feeds.entry import (
    RELEASED,
    entry_id,
    entry_of,
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
BATCH = 100


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
        for some in batches(rows, BATCH):
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
