"""The archived pages of a feed, month by month (RFC 5005, section 4).

In: the records that changed, or a source to build all of it from.  Out: pages below
``archive/{feed}/`` that link one another, each article in the month (KST) in which it
was published.  That month is over sooner or later, and then its pages change for a
revision alone; the month in which we first saw an article would move with a rebuilt
archive.  Only months with a change are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

from feedsvc import atomic
from feedsvc.errors import PublishError
from feedsvc.feeds import archived, check
from feedsvc.feeds.archived import Piece
from feedsvc.feeds.channel import Channel
from feedsvc.feeds.contents import Reader, Source
from feedsvc.feeds.entry import korean_time, shortened
from feedsvc.feeds.replace import FAILURES, Round
from feedsvc.model import Record
from feedsvc.site import guid

# Entries turned into pieces at a time; feedgen holds each as a tree until it is written.
_BATCH = 100


@dataclass
class Shelf:
    """The pages of one feed.  ``touched_by`` tells whether a record shows in the feed,
    ``held`` the ids in its subscription documents."""

    folder: Path
    channel: Channel
    touched_by: Callable[[Record], bool]
    held: Callable[[], frozenset[str]]

    @cached_property
    def names(self) -> list[str]:
        """The pages there are, oldest first."""
        return sorted(
            (path.stem for path in self.folder.glob("*.atom") if archived.place_of(path.stem)),
            key=_place,
        )

    @property
    def begun(self) -> bool:
        """Whether its pages were ever built; a feed without articles has none."""
        return self.folder.is_dir()

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.atom"

    def pages(self, month: str) -> list[str]:
        return [name for name in self.names if _place(name)[0] == month]

    def whole(self, month: str) -> bool:
        """Whether no page of the month is missing in its middle."""
        names = self.pages(month)
        return names == [archived.name_of(month, number + 1) for number in range(len(names))]

    def pieces(self, month: str) -> dict[int, Piece]:
        """The entries of a month.  Raises ``OSError``, ``ValueError``."""
        found: dict[int, Piece] = {}
        for name in self.pages(month):
            found |= {one.id: one for one in archived.pieces_of(self.path(name).read_bytes())}
        return found

    def neighbours(self, name: str) -> tuple[str | None, str | None]:
        place = self.names.index(name)
        before = self.names[place - 1] if place else None
        after = self.names[place + 1] if place + 1 < len(self.names) else None
        return before, after


class History:
    """Builds the pages of several feeds in one round of publishing."""

    def __init__(self, source: Source, reader: Reader, max_size: int, done: Round) -> None:
        self._source = source
        self._reader = reader
        self._max_size = max_size
        self._done = done
        self._rooms: dict[str, int] = {}

    def bring_up(self, shelves: Sequence[Shelf], changed: Collection[Record] | None) -> None:
        """Bring the pages up to records that changed (``None``: all may have).

        What the source raises is raised; everything else is in ``Round.problems``.
        """
        shelves = [one for one in shelves if self._has_room(one)]
        new = [one for one in shelves if changed is None or not one.begun]
        if new:
            self._build(new)
        if not changed:
            return
        by_month: dict[str, list[Record]] = {}
        for record in changed:
            for month in months_of(record):
                by_month.setdefault(month, []).append(record)
        for month, records in sorted(by_month.items()):
            for shelf in shelves:
                if shelf not in new:
                    self._add(shelf, month, records)

    def _has_room(self, shelf: Shelf) -> bool:
        try:
            self._rooms[shelf.channel.name] = archived.room(shelf.channel, self._max_size)
        except ValueError as error:
            self._done.failed(shelf.folder, error)  # a title that XML cannot hold
            return False
        return True

    def _add(self, shelf: Shelf, month: str, records: Sequence[Record]) -> None:
        """Bring one month of one feed up to these records."""
        try:
            wanted = any(shelf.touched_by(record) for record in records)
            if not wanted and not _mentions(shelf, month, records):
                return
            if not shelf.whole(month):
                # A page was taken away: its articles are in the source alone.
                self._build([shelf], [month])
                return
            old = shelf.pieces(month)
        except (OSError, ValueError) as error:
            self._done.failed(shelf.folder / f"{month}.atom", error)
            return
        kept = {**old}
        for record in records:
            kept.pop(record.id, None)
        for record, piece in self._made(shelf, month, records, old):
            kept[record.id] = piece
        self._write(shelf, month, kept)
        self._mend(shelf, month)

    def _build(self, shelves: Sequence[Shelf], months: Iterable[str] | None = None) -> None:
        """Build months from the source, each record being read once for all feeds."""
        for month in self._source.months() if months is None else months:
            old = [_readable(shelf, month) for shelf in shelves]
            # An article that the source no longer knows stays: no reason is known to
            # take it away.
            found = [dict(pieces) for pieces in old]
            for batch in _batches(self._source.month(month)):
                full = self._full(shelves[0].channel, batch)
                for shelf, before, pieces in zip(shelves, old, found, strict=True):
                    for record in batch:
                        pieces.pop(record.id, None)
                    made = self._made(shelf, month, batch, before, full)
                    pieces.update({record.id: piece for record, piece in made})
            for shelf, pieces in zip(shelves, found, strict=True):
                self._write(shelf, month, pieces)
        for shelf in shelves:
            try:
                atomic.make_folder(shelf.folder)
            except OSError as error:
                self._done.failed(shelf.folder, error)
            self._mend(shelf, None)

    def _made(
        self,
        shelf: Shelf,
        month: str,
        records: Iterable[Record],
        old: Mapping[int, Piece],
        full: Mapping[int, Piece] | None = None,
    ) -> list[tuple[Record, Piece]]:
        """The records that show in this month of the feed, as pieces."""

        def held() -> frozenset[str]:
            return shelf.held() | {guid(number) for number in old}

        shown = [
            record
            for record in records
            if month_of(record) == month
            and shelf.touched_by(record)
            and self._reader.shown(record, held)
        ]
        if full is None:
            full = self._full(shelf.channel, shown)
        size = self._rooms[shelf.channel.name]
        found: list[tuple[Record, Piece]] = []
        for record in shown:
            piece = full.get(record.id) or old.get(record.id)
            if piece is not None and len(piece.data) > size:
                entry = self._reader.entry(record)
                if entry is not None:
                    (piece,) = archived.made(shelf.channel, [shortened(entry)])
            if piece is not None:
                found.append((record, piece))
        return found

    def _full(self, channel: Channel, records: Sequence[Record]) -> dict[int, Piece]:
        """Pieces by id; a record that XML cannot hold is left out, with a problem."""
        entries = {record.id: self._reader.entry(record) for record in records}
        made = [entry for entry in entries.values() if entry is not None]
        try:
            return {piece.id: piece for piece in archived.made(channel, made)}
        except ValueError as error:
            if len(records) == 1:
                problem = PublishError(
                    f"no archived entry can be made of this record: {error}",
                    about=f"article {records[0].id}",
                    advice="it is left out of the archived pages; run 'feedsvc archive verify'",
                )
                self._reader.problems.append(problem)
                return {}
        return {
            key: one for record in records for key, one in self._full(channel, [record]).items()
        }

    def _write(self, shelf: Shelf, month: str, pieces: Mapping[int, Piece]) -> None:
        try:
            size = self._rooms[shelf.channel.name]
            parts = archived.split(pieces.values(), size)
        except FAILURES as error:
            self._done.failed(shelf.folder / f"{month}.atom", error)
            return
        old = shelf.pages(month)
        new = [archived.name_of(month, number + 1) for number in range(len(parts))]
        shelf.names = sorted((set(shelf.names) - set(old)) | set(new), key=_place)
        # The last page first: an entry that moves on to it must not be missing from both.
        for name, part in reversed(list(zip(new, parts, strict=True))):
            document = archived.document(shelf.channel, name, *shelf.neighbours(name), part)
            if not self._put(shelf, name, document, len(part)) and not shelf.path(name).exists():
                shelf.names.remove(name)  # nothing must link it
        for name in set(old) - set(new):
            self._done.remove(shelf.path(name))

    def _mend(self, shelf: Shelf, month: str | None) -> None:
        """Set the links of the pages beside a month, or of all pages, to their neighbours."""
        names = shelf.names
        if month is not None:
            places = [n for n, one in enumerate(names) if one in shelf.pages(month)]
            if places:
                names = names[max(0, places[0] - 1) : places[0]] + names[places[-1] + 1 :][:1]
            else:
                near = sum(_place(one)[0] < month for one in names)
                names = names[max(0, near - 1) : near + 1]
        for name in names:
            try:
                page = shelf.path(name).read_bytes()
                links = archived.links_of(page[:4096])
                before, after = shelf.neighbours(name)
                wanted = {
                    "self": shelf.channel.page_address(name),
                    "current": shelf.channel.address("atom"),
                }
                if before:
                    wanted["prev-archive"] = shelf.channel.page_address(before)
                if after:
                    wanted["next-archive"] = shelf.channel.page_address(after)
                if links != wanted:
                    pieces = archived.pieces_of(page)
                    document = archived.document(shelf.channel, name, before, after, pieces)
                    self._put(shelf, name, document, len(pieces))
            except FAILURES as error:
                self._done.failed(shelf.path(name), error)

    def _put(self, shelf: Shelf, name: str, document: bytes, count: int) -> bool:
        approve = partial(check.approve, suffix="atom", expected=count)
        return self._done.put(shelf.path(name), document, approve)


def _place(name: str) -> tuple[str, int]:
    return archived.place_of(name) or ("", 0)


def month_of(record: Record) -> str:
    """The month whose page holds the record: of ``published_at``, in KST."""
    return f"{korean_time(record.published_at):%Y-%m}"


def months_of(record: Record) -> set[str]:
    """That month, and the ones it was in before the site changed the time."""
    old = (dict(revision.old).get("published_at") for revision in record.revisions)
    found = {str(value)[:7] for value in old if isinstance(value, str)}
    return {month_of(record), *filter(re.compile(r"\d{4}-\d\d").fullmatch, found)}


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, _BATCH)):
        yield batch


def _readable(shelf: Shelf, month: str) -> dict[int, Piece]:
    """The entries of a month; none where they cannot be read: they are written over."""
    try:
        return shelf.pieces(month)
    except (OSError, ValueError):
        return {}


def _mentions(shelf: Shelf, month: str, records: Iterable[Record]) -> bool:
    """Whether one of the records stands in the month's pages."""
    marks = [f"<id>{guid(record.id)}</id>".encode() for record in records]
    pages = (shelf.path(name).read_bytes() for name in shelf.pages(month))
    return any(mark in page for page in pages for mark in marks)
