"""The archived pages of a feed, month by month (RFC 5005, section 4).

In: rows of the catalogue.  Out: pages below ``archive/{feed}/`` that link one another, each
article in the month (KST) in which it was published.  That month is over sooner or later,
and then its pages change for a revision alone; the month in which we first saw an article
would move with a rebuilt archive.  Of a month with a change only the pages from that on are
written, one at a time: a month of ``all`` is more than a daemon should hold.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from feedsvc import atomic
from feedsvc.catalogue.standing import Standing, Standings
from feedsvc.feeds import archived, check
from feedsvc.feeds.channel import Channel
from feedsvc.feeds.entries import Entries
from feedsvc.feeds.published_before import Before
from feedsvc.feeds.replace import FAILURES, Round

Neighbours = tuple[str | None, str | None]
Starts = Mapping[str, tuple[datetime, int] | None]
"""By month, the first entry that may read otherwise; ``None``: all of them."""


class Shelf:
    """The pages of one feed: ``names`` are those there are, oldest first; ``room`` is how many
    bytes the entries of a page may take.  Raises ``ValueError`` for a title that XML cannot
    hold."""

    def __init__(self, folder: Path, channel: Channel, max_size: int) -> None:
        self.folder = folder
        self.channel = channel
        self.room = archived.room(channel, max_size)
        self.names = names_in(folder)
        self.linked = {name: self.neighbours(name) for name in self.names}
        """Between which others each page stands, as its file says."""

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.atom"

    def neighbours(self, name: str) -> Neighbours:
        place = self.names.index(name)
        before = self.names[place - 1] if place else None
        after = self.names[place + 1] if place + 1 < len(self.names) else None
        return before, after


def names_in(folder: Path) -> list[str]:
    """The pages in the folder of a feed, oldest first."""
    try:
        with os.scandir(folder) as found:  # a Path for each would take ten times as long
            names = [one.name.removesuffix(".atom") for one in found if one.name[-5:] == ".atom"]
    except OSError:
        return []
    return sorted(filter(archived.place_of, names), key=_place)


@dataclass(slots=True)
class Pages:
    """Writes the pages of several feeds in one round of publishing."""

    folder: Path
    max_size: int
    table: Standings
    entries: Entries
    before: Before
    done: Round
    month_done: Callable[[], None]
    _shelves: dict[str, Shelf] = field(default_factory=dict)

    def bring_up(self, channels: Sequence[Channel], touched: Mapping[str, Starts | None]) -> None:
        """Bring these feeds up to the months that are ``touched``; ``None``: to all."""
        months: dict[str, list[tuple[Shelf, tuple[datetime, int] | None]]] = {}
        for channel in channels:
            if channel.name not in touched:
                continue
            try:
                shelf = Shelf(self.folder / channel.name, channel, self.max_size)
            except ValueError as error:
                self.done.failed(self.folder / channel.name, error)
                continue
            self._shelves[channel.name] = shelf
            starts = touched[channel.name]
            if starts is None:
                standing = (_place(name)[0] for name in shelf.names)
                own = {*self.table.months(channel.name)}
                starts = dict.fromkeys({*own, *standing})
                shelf.names = sorted({*shelf.names, *own}, key=_place)  # as they will be
            for month, start in starts.items():
                months.setdefault(month, []).append((shelf, start))
        for month, shelves in sorted(months.items()):
            for shelf, start in shelves:
                self._attempt(shelf, month, start)
            self.month_done()
        for shelf in self._shelves.values():
            self._link(shelf)
            if touched[shelf.channel.name] is None:
                try:
                    atomic.make_folder(shelf.folder)
                except OSError as error:
                    self.done.failed(shelf.folder, error)

    def _attempt(self, shelf: Shelf, month: str, start: tuple[datetime, int] | None) -> None:
        try:
            self._write(shelf, month, start)
        except FAILURES as error:
            self.done.failed(shelf.path(month), error)

    def _link(self, shelf: Shelf) -> None:
        """Write those pages again of which another one came to stand beside."""
        wrong = [
            name
            for name in shelf.names
            if shelf.linked.get(name) != shelf.neighbours(name)
            and shelf.path(name) not in self.done.broken
        ]
        for month in dict.fromkeys(_place(name)[0] for name in wrong):
            try:
                self._write(shelf, month, None, only=wrong)
            except FAILURES as error:
                self.done.failed(shelf.path(month), error)

    def _write(
        self,
        shelf: Shelf,
        month: str,
        start: tuple[datetime, int] | None,
        only: Collection[str] | None = None,
    ) -> None:
        """Write the pages of a month from the one on that holds ``start``.  Raises what
        ``FAILURES`` names."""
        rows = self._rows(shelf, month)
        parts = archived.split([(row.article, size) for row, size in rows], shelf.room)
        names = [archived.name_of(month, number + 1) for number in range(len(parts))]
        old = [name for name in shelf.names if _place(name)[0] == month]
        first = 0
        if start is not None and old[: len(names)] == names[: len(old)]:
            # In the pages before, nothing that decides where they end changes.
            oldest = (rows[part[0]][0] for part in parts)
            older = sum((one.published, one.article) < start for one in oldest)
            first = max(0, min(older, len(old)) - 1)
        if only is None:
            shelf.names = sorted({*shelf.names} - {*old} | {*names}, key=_place)
            for name in {*old} - {*names}:
                self.done.remove(shelf.path(name))
        # The last page first: an entry that moves on to it must not be missing from both.
        for place in reversed(range(first, len(parts))):
            if only is None or names[place] in only:
                self._put(shelf, names[place], [rows[one][0] for one in parts[place]])

    def _rows(self, shelf: Shelf, month: str) -> list[tuple[Standing, int]]:
        """The articles of a month, and how large their entries are in a page."""
        name = shelf.channel.name
        rows = self.table.month(name, month)
        missing = [row for row, size in rows if size is None]
        if missing:
            known = [row for row in missing if row.age is not None]
            self.entries.write(known, ("atom",))
            written = {row.key: size for row, size in self.table.month(name, month)}
            for row in missing:
                # No reason is known to take away what cannot be written now.
                piece = self.before.piece(row, "atom") if written[row.key] is None else None
                if piece is not None:
                    self.table.put_pieces("atom", {row.key: piece}, {row.key: row.published})
                    written[row.key] = len(piece)
            rows = [(row, written[row.key]) for row, _ in rows]
        return [(row, self._fit(row, size, shelf.room)) for row, size in rows if size is not None]

    def _fit(self, row: Standing, size: int, room: int) -> int:
        return size if size <= room else len(self.entries.short(row, "atom"))

    def _put(self, shelf: Shelf, name: str, rows: Sequence[Standing]) -> None:
        whole = self.table.pieces((row.key for row in rows), "atom")
        parts = [
            piece if len(piece := whole[row.key]) <= shelf.room else self.entries.short(row, "atom")
            for row in reversed(rows)
        ]
        updated = max(row.updated for row in rows)
        beside = shelf.neighbours(name)
        document = archived.document(shelf.channel, name, *beside, updated, parts)
        authority = shelf.channel.site.authority
        approve = partial(check.approve, suffix="atom", expected=len(parts), authority=authority)
        if self.done.put(shelf.path(name), document, approve):
            shelf.linked[name] = beside
        elif not self.done.exists(shelf.path(name)):
            shelf.names.remove(name)  # nothing must link it


def _place(name: str) -> tuple[str, int]:
    return archived.place_of(name) or ("", 0)
