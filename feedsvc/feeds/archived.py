"""The archived pages of a feed, month by month (RFC 5005, section 4).

In: rows of the catalogue.  Out: pages below ``archive/{feed}/`` that link one another, each
article in the month (KST) in which it was published.  That month is over sooner or later,
and then its pages change for a revision alone; the month in which we first saw an article
would move with a rebuilt archive.  Of a month with a change only the pages from that on are
written, one at a time: a month of ``all`` is more than a daemon should hold.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from feedsvc import atomic
from feedsvc.catalogue.standing import Standing
from feedsvc.errors import PublishError
from feedsvc.feeds import check, pieces
from feedsvc.feeds.channel import EPOCH, Channel
from feedsvc.feeds.entries import Entries
from feedsvc.feeds.folder import FAILURES, LONGEST_NAME, Round, names_in, place_of

Neighbours = tuple[str | None, str | None]
Start = tuple[datetime, int] | None
"""The first entry of a month that may read otherwise; ``None``: all of them."""


class Shelf:
    """The pages of one feed: ``names`` are those there are, oldest first; ``room`` is how many
    bytes the entries of a page may take.  Raises ``ValueError`` for a title that XML cannot
    hold."""

    def __init__(self, folder: Path, channel: Channel, max_size: int) -> None:
        from feedsvc.feeds import xml

        self.folder = folder
        self.channel = channel
        longest = channel.page_address(LONGEST_NAME)
        links = [(one, longest) for one in ("self", "prev-archive", "next-archive", "current")]
        self.room = max_size - len(xml.archived_page(channel, links, EPOCH))
        self.names = names_in(folder)
        self.linked = self.neighbours()
        """Between which others each page stands, as its file says."""

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.atom"

    def neighbours(self) -> dict[str, Neighbours]:
        """Between which others each page belongs."""
        beside = zip([None, *self.names], [*self.names[1:], None], strict=False)
        return dict(zip(self.names, beside, strict=False))

    def document(self, name: str, updated: datetime, parts: Sequence[bytes]) -> bytes:
        """The page ``name`` between its neighbours; ``parts`` are its entries, newest first."""
        from feedsvc.feeds import xml

        channel = self.channel
        links = [("self", channel.page_address(name)), ("current", channel.address("atom"))]
        beside = zip(("prev-archive", "next-archive"), self.neighbours()[name], strict=True)
        links += [(relation, channel.page_address(one)) for relation, one in beside if one]
        return pieces.joined(xml.archived_page(channel, links, updated), "atom", parts)


@dataclass(slots=True)
class Pages:
    """Writes the pages of several feeds in one round of publishing."""

    folder: Path
    max_size: int
    entries: Entries
    done: Round
    month_done: Callable[[], None]
    _shelves: dict[str, Shelf] = field(default_factory=dict)

    def bring_up(
        self, channels: Sequence[Channel], touched: Mapping[str, Mapping[str, Start] | None]
    ) -> None:
        """Bring these feeds up to the months that are ``touched``; ``None``: to all."""
        months: dict[str, list[tuple[Shelf, Start]]] = {}
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
                own = {*self.entries.table.months(channel.name)}
                starts = dict.fromkeys({*own, *(place_of(name)[0] for name in shelf.names)})
                shelf.names = sorted({*shelf.names, *own}, key=place_of)  # as they will be
            for month, start in starts.items():
                months.setdefault(month, []).append((shelf, start))
        for month, shelves in sorted(months.items()):
            for shelf, start in shelves:
                self._write(shelf, month, start)
            self.month_done()
        for shelf in self._shelves.values():
            self._link(shelf)
            if touched[shelf.channel.name] is None:
                try:
                    atomic.make_folder(shelf.folder)
                except OSError as error:
                    self.done.failed(shelf.folder, error)

    def _link(self, shelf: Shelf) -> None:
        """Write those pages again of which another one came to stand beside."""
        wrong = [
            name
            for name, beside in shelf.neighbours().items()
            if shelf.linked.get(name) != beside and shelf.path(name) not in self.done.broken
        ]
        for month in dict.fromkeys(place_of(name)[0] for name in wrong):
            self._write(shelf, month, None, only=wrong)

    def _write(
        self, shelf: Shelf, month: str, start: Start, only: Collection[str] | None = None
    ) -> None:
        """Write the pages of a month from the one on that holds ``start``."""
        try:
            rows = self._rows(shelf, month)
            parts = split([(row.article, size) for row, size in rows], shelf.room)
            numbers = range(1, len(parts) + 1)
            names = [f"{month}-{number}" if number > 1 else month for number in numbers]
            old = [name for name in shelf.names if name.startswith(month)]
            first = 0
            if start is not None and old[: len(names)] == names[: len(old)]:
                # In the pages before, nothing that decides where they end changes.
                oldest = (rows[part[0]][0] for part in parts)
                older = sum((one.published, one.article) < start for one in oldest)
                first = max(0, min(older, len(old)) - 1)
            if only is None:
                if old != names:
                    shelf.names = sorted({*shelf.names} - {*old} | {*names}, key=place_of)
                for name in {*old} - {*names}:
                    self.done.remove(shelf.path(name))
            # The last page first: an entry that moves on to it must not be missing from both.
            for place in reversed(range(first, len(parts))):
                if only is None or names[place] in only:
                    self._put(shelf, names[place], [rows[one][0] for one in parts[place]])
        except FAILURES as error:
            self.done.failed(shelf.path(month), error)

    def _rows(self, shelf: Shelf, month: str) -> list[tuple[Standing, int]]:
        """The articles of a month, and how large their entries are in a page."""
        table, name = self.entries.table, shelf.channel.name
        rows = table.month(name, month)
        missing = [row for row, size in rows if size is None]
        if missing:
            self.entries.write([row for row in missing if row.age is not None], ("atom",))
            rows = table.month(name, month)
            left = [row for row, size in rows if size is None]
            if self.entries.as_published(left, "atom"):
                rows = table.month(name, month)
        return [
            (row, size if size <= shelf.room else len(self.entries.short(row, "atom")))
            for row, size in rows
            if size is not None
        ]

    def _put(self, shelf: Shelf, name: str, rows: Sequence[Standing]) -> None:
        whole = self.entries.table.pieces((row.key for row in rows), "atom")
        parts = [
            piece if len(piece := whole[row.key]) <= shelf.room else self.entries.short(row, "atom")
            for row in reversed(rows)
        ]
        document = shelf.document(name, max(row.updated for row in rows), parts)
        authority = shelf.channel.site.authority
        approve = partial(check.approve, suffix="atom", expected=len(parts), authority=authority)
        if self.done.put(shelf.path(name), document, approve):
            shelf.linked[name] = shelf.neighbours()[name]
        elif not self.done.exists(shelf.path(name)):
            shelf.names.remove(name)  # nothing must link it


def split(sizes: Sequence[tuple[int, int]], size: int) -> list[list[int]]:
    """The entries of a month (article, bytes), the oldest first, in pages of at most ``size``
    bytes: places in ``sizes``.  A new article is added to the last page and leaves the others
    as they are.

    Raises ``PublishError`` for an entry that fits into no page.
    """
    found: list[list[int]] = []
    used = 0
    for place, (article, own) in enumerate(sizes):
        if own > size:
            raise PublishError(
                f"article {article} does not fit into an archived page",
                advice="raise feeds.max_size",
            )
        if not found or used + own > size:
            found.append([])
            used = 0
        found[-1].append(place)
        used += own
    return found
