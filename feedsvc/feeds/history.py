"""The archived pages of a feed, month by month (RFC 5005, section 4).

In: the records that changed, or a source to build all of it from.  Out: pages below
``archive/{feed}/`` that link one another, each article in the month (KST) in which it
was published.  That month is over sooner or later, and then its pages change for a
revision alone; the month in which we first saw an article would move with a rebuilt
archive.  Of a month with a change only the pages from that on are read and written: a
month of ``all`` is more than a daemon should hold.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.feeds import archived, check
from feedsvc.feeds.archived import Key, Piece
from feedsvc.feeds.channel import Channel
from feedsvc.feeds.contents import Reader, Source
from feedsvc.feeds.entry import korean_time
from feedsvc.feeds.press import Press
from feedsvc.feeds.replace import FAILURES, Round
from feedsvc.model import Record

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
        try:
            with os.scandir(self.folder) as found:  # a Path for each would take ten times as long
                names = [
                    one.name.removesuffix(".atom") for one in found if one.name[-5:] == ".atom"
                ]
        except OSError:
            return []
        return sorted(filter(archived.place_of, names), key=_place)

    @property
    def begun(self) -> bool:
        """Whether its pages were ever built; a feed without articles has none."""
        return self.folder.is_dir()

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.atom"

    def pages(self, month: str) -> list[str]:
        return [name for name in self.names if name.startswith(month)]

    def whole(self, month: str) -> bool:
        """Whether no page of the month is missing in its middle."""
        names = self.pages(month)
        return names == [archived.name_of(month, number + 1) for number in range(len(names))]

    def from_where(self, names: Sequence[str], key: Key) -> int:
        """The place among the pages of a month from which on a change at ``key`` can
        move an entry: in the pages before, nothing that decides where they end changes.
        Raises ``OSError``, ``ValueError``."""
        older = 0
        for name in names:
            with _mapped(self.path(name)) as page:
                older += archived.oldest_of(page) < key
        return max(0, older - 1)

    def neighbours(self, name: str) -> tuple[str | None, str | None]:
        place = self.names.index(name)
        before = self.names[place - 1] if place else None
        after = self.names[place + 1] if place + 1 < len(self.names) else None
        return before, after


class History:
    """Builds the pages of several feeds in one round of publishing."""

    def __init__(
        self,
        source: Source,
        reader: Reader,
        press: Press,
        max_size: int,
        done: Round,
        *,
        withhold: bool = False,
        withdrawn: Collection[int] = (),
    ) -> None:
        """``withhold``: pages may hold what must not stand there any more, so that no
        entry of a locked article is taken from them; nor one of an article that was
        ``withdrawn``."""
        self._source = source
        self._reader = reader
        self._press = press
        self._max_size = max_size
        self._done = done
        self._withhold = withhold
        self._withdrawn = frozenset(withdrawn)
        self._rooms: dict[str, int] = {}

    def bring_up(
        self,
        shelves: Sequence[Shelf],
        changed: Collection[Record] | None,
        anew: Collection[str] = (),
    ) -> None:
        """Bring the pages up to records that changed (``None``: all may have); those of the
        feeds in ``anew`` are built from the source.

        What the source raises is raised; everything else is in ``Round.problems``.
        """
        new = [
            one for one in shelves if changed is None or one.channel.name in anew or not one.begun
        ]
        fit = [one for one in new if self._has_room(one)]
        if fit:
            self._build(fit)
        if not changed:
            return
        by_month: dict[str, list[Record]] = {}
        for record in changed:
            for month in {published[:7] for published, _ in keys_of(record)}:
                by_month.setdefault(month, []).append(record)
        for month, records in sorted(by_month.items()):
            for shelf in shelves:
                if shelf not in new:
                    self._add(shelf, month, records)

    def _has_room(self, shelf: Shelf) -> bool:
        """Whether its pages can be built; ``_rooms`` then says how large they may be."""
        try:
            self._rooms[shelf.channel.name] = archived.room(shelf.channel, self._max_size)
        except ValueError as error:
            self._done.failed(shelf.folder, error)  # a title that XML cannot hold
            return False
        return True

    def _add(self, shelf: Shelf, month: str, records: Sequence[Record]) -> None:
        """Bring one month of one feed up to these records."""
        keys = [key for record in records for key in keys_of(record) if key[0][:7] == month]
        names = shelf.pages(month)
        try:
            start = shelf.from_where(names, min(keys))
            wanted = [record for record in records if shelf.touched_by(record)]
            if not wanted and not _mention(map(shelf.path, names[start:]), records):
                return
            if not self._has_room(shelf):
                return
            if not shelf.whole(month):
                # A page was taken away: its articles are in the source alone.
                self._build([shelf], [month])
                return
            old = self._pieces(shelf, names[start:])
        except (OSError, ValueError) as error:
            self._done.failed(shelf.folder / f"{month}.atom", error)
            return
        kept = {**old}
        for record in records:
            kept.pop(record.id, None)
        for record, piece in self._made(shelf, month, wanted, old):
            kept[record.id] = piece
        self._write(shelf, month, kept, start)
        self._mend(shelf, month)

    def _pieces(self, shelf: Shelf, names: Iterable[str]) -> dict[int, Piece]:
        """The entries of pages.  Raises ``OSError``, ``ValueError``."""
        found: dict[int, Piece] = {}
        for name in names:
            page = self._done.read(shelf.path(name))
            found |= {one.id: one for one in archived.pieces_of(page)}
        return found

    def _readable(self, shelf: Shelf, month: str) -> dict[int, Piece]:
        """The entries of a month; none where they cannot be read: they are written over."""
        try:
            return self._pieces(shelf, shelf.pages(month))
        except (OSError, ValueError):
            return {}

    def _build(self, shelves: Sequence[Shelf], months: Iterable[str] | None = None) -> None:
        """Build months from the source, each record being read once for all feeds."""
        if months is None:
            standing = (_place(name)[0] for shelf in shelves for name in shelf.names)
            months = sorted({*self._source.months(), *standing})
        for month in months:
            old = [self._readable(shelf, month) for shelf in shelves]
            # An article that the source no longer knows stays, unless it was withdrawn: no
            # other reason is known to take it away.
            found = [
                {number: one for number, one in pieces.items() if self._may_stay(one)}
                for pieces in old
            ]
            for batch in _batches(self._source.month(month)):
                full = self._full(batch)
                # Each record for all feeds before the next: see custom.py.
                asked = [[shelf.touched_by(record) for shelf in shelves] for record in batch]
                for place, (shelf, before, pieces) in enumerate(
                    zip(shelves, old, found, strict=True)
                ):
                    for record in batch:
                        pieces.pop(record.id, None)
                    wanted = [one for one, said in zip(batch, asked, strict=True) if said[place]]
                    made = self._made(shelf, month, wanted, before, full)
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
        """Those of the feed's records that show in this month, as pieces."""

        def held() -> frozenset[str]:
            site = shelf.channel.site
            return shelf.held() | {site.guid(number) for number in old}

        shown = [
            record
            for record in records
            if month_of(record) == month and self._reader.shown(record, held)
        ]
        if full is None:
            written = self._press.articles("atom", [record.guid for record in shown])
            full = {one.id: one for one in map(archived.piece_of, written.values())}
        size = self._rooms[shelf.channel.name]
        found: list[tuple[Record, Piece]] = []
        for record in shown:
            before = old.get(record.id)
            piece = full.get(record.id) or (before if before and self._may_stay(before) else None)
            if piece is not None and len(piece.data) > size:
                short = self._press.short("atom", record.guid, self._reader.entry(record))
                piece = archived.piece_of(short)
            if piece is not None:
                found.append((record, piece))
        return found

    def _may_stay(self, piece: Piece) -> bool:
        """Whether an entry may be published as it stands."""
        if piece.id in self._withdrawn:
            return False
        return not (self._withhold and archived.is_locked(piece))

    def _full(self, records: Sequence[Record]) -> dict[int, Piece]:
        """Pieces by the numbers of their articles; one that cannot be written is left out."""
        entries = [entry for entry in map(self._reader.entry, records) if entry is not None]
        written = self._press.entries("atom", entries) if entries else {}
        return {one.id: one for one in map(archived.piece_of, written.values())}

    def _write(self, shelf: Shelf, month: str, pieces: Mapping[int, Piece], start: int = 0) -> None:
        """Write the pages of a month from the one at place ``start`` on."""
        try:
            size = self._rooms[shelf.channel.name]
            parts = archived.split(pieces.values(), size)
        except FAILURES as error:
            self._done.failed(shelf.folder / f"{month}.atom", error)
            return
        old = shelf.pages(month)[start:]
        new = [archived.name_of(month, start + number + 1) for number in range(len(parts))]
        shelf.names = sorted((set(shelf.names) - set(old)) | set(new), key=_place)
        # The last page first: an entry that moves on to it must not be missing from both.
        for name, part in reversed(list(zip(new, parts, strict=True))):
            document = archived.document(shelf.channel, name, *shelf.neighbours(name), part)
            put = self._put(shelf, name, document, len(part))
            if not put and not self._done.exists(shelf.path(name)):
                shelf.names.remove(name)  # nothing must link it
        for name in set(old) - set(new):
            self._done.remove(shelf.path(name))

    def _mend(self, shelf: Shelf, month: str | None) -> None:
        """Set the links of the pages beside a month, or of all pages, to their neighbours."""
        names = shelf.names
        if month is not None:
            own = frozenset(shelf.pages(month))
            places = [n for n, one in enumerate(names) if one in own]
            if places:
                names = names[max(0, places[0] - 1) : places[0]] + names[places[-1] + 1 :][:1]
            else:
                near = sum(_place(one)[0] < month for one in names)
                names = names[max(0, near - 1) : near + 1]
        for name in names:
            try:
                page = self._done.read(shelf.path(name))
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
        site = shelf.channel.site
        approve = partial(check.approve, suffix="atom", expected=count, authority=site.authority)
        return self._done.put(shelf.path(name), document, approve)


def _place(name: str) -> tuple[str, int]:
    return archived.place_of(name) or ("", 0)


def month_of(record: Record) -> str:
    """The month whose page holds the record: of ``published_at``, in KST."""
    return f"{korean_time(record.published_at):%Y-%m}"


def keys_of(record: Record) -> set[Key]:
    """Where the record stands among those of its month, and where it stood before the
    site changed the time.  Raises ``ValueError`` for a record with a time without zone."""
    found = {(korean_time(record.published_at).isoformat(), record.id)}
    for revision in record.revisions:
        before = dict(revision.old).get("published_at")
        if isinstance(before, str):
            found.add((korean_time(datetime.fromisoformat(before)).isoformat(), record.id))
    return found


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, _BATCH)):
        yield batch


@contextmanager
def _mapped(path: Path) -> Iterator[mmap]:
    """A file's bytes, of which only those are read that are looked at."""
    with regular.reading(path) as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as page:
        yield page


def _mention(paths: Iterable[Path], records: Iterable[Record]) -> bool:
    """Whether one of the records stands in one of the pages."""
    marks = [f"<id>{record.guid}</id>".encode() for record in records]
    for path in paths:
        with _mapped(path) as page:
            if any(page.find(mark) >= 0 for mark in marks):
                return True
    return False
