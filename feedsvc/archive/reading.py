"""What the archive tells, to a reader beside a writer or to the writer itself: see
:class:`Reading`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc import regular
from feedsvc.archive import records
from feedsvc.archive.damage import GONE, UNREADABLE, NotedDamage
from feedsvc.archive.digests import Digests
from feedsvc.archive.finding import Finding
from feedsvc.archive.images import Images
from feedsvc.archive.indexed import Indexed
from feedsvc.archive.journal import Line
from feedsvc.archive.learned import LearnedLayouts
from feedsvc.archive.notices import NoticesFile
from feedsvc.archive.pending import PendingArticles
from feedsvc.archive.raw import RawPages
from feedsvc.archive.salvage import Quarantine
from feedsvc.catalogue.days import Days
from feedsvc.catalogue.index import NOTHING
from feedsvc.catalogue.standing import Standings
from feedsvc.errors import ArchiveUnreadable, IndexMissing, RecordDamaged
from feedsvc.model import Event, Record, Status

if TYPE_CHECKING:
    from feedsvc.archive.reindex import Progress
    from feedsvc.archive.verify import Verdict

Making = Callable[[str, int, int], None]
"""Told how far making something is: what (``index``, ``search index``), the records
read, and how many there are."""

Damaged = Callable[[RecordDamaged | ArchiveUnreadable], object]
"""Told of a record that cannot be read."""


class Reading(Indexed):
    """The reading half of :class:`~feedsvc.archive.archive.Archive`: none of its methods needs
    the lock.  What a writer meets damaged is noted in ``.state``; nothing else is written."""

    def __init__(self, path: Path, *, raw: bool = True, making: Making | None = None) -> None:
        super().__init__(path)
        self._making = making
        self.pending = PendingArticles(self.tree, self._writing_state)
        self.learned = LearnedLayouts(self.tree, lambda: self.index, lambda: self._book.learned)
        self.raw = RawPages(self.tree, self._reading_state, self.pending, self.learned.only_taught)
        self._keep_raw = raw
        self.images = Images(path)
        self.digests = Digests(self.tree.digests)
        self.notices = NoticesFile(self.tree.notices, self._journal)
        self.finding = Finding(self.tree, self._reading_state)
        self.quarantine = Quarantine(self.tree, self.raw, self._writing_state)
        self.repaired: tuple[str, ...] = ()
        """What the last writing put right when it began."""
        self._amiss: tuple[str, ...] = ()
        self.beside_gaps: frozenset[int] = frozenset()
        """The articles beside each gap in the journal that a lenient writer closed."""

    # Reading

    def path_of(self, article_id: int) -> Path:
        return self.tree.record(article_id)

    def get(self, article_id: int) -> Record | None:
        """The record.  ``RecordDamaged`` for a broken file, and where the journal names one
        that is gone."""
        try:
            found = records.read(self.path_of(article_id), article_id)
            if found is None:
                with suppress(IndexMissing):
                    line = self.index.line(article_id)
                    if line is not None and line[0] != NOTHING:
                        raise self._gone(article_id)
        except UNREADABLE as error:
            if self._writing:  # told until it is mended
                NotedDamage(self._writing_state()).note(article_id, error.message)
            raise
        return found[0] if found else None

    def damaged_ids(self) -> frozenset[int]:
        """The articles of which it was noticed that their records cannot be read."""
        with suppress(IndexMissing):
            return NotedDamage(self._reading_state()).damaged_ids()
        return frozenset()

    def holds(self, mark: bytes) -> bool:
        """Whether these bytes stand in the file of any record, as it is; reads them all
        and needs no index."""
        for path in (self.path / "articles").glob("*/*.json"):
            with suppress(OSError):
                if mark in regular.read(path):
                    return True
        return False

    def newest(self, limit: int, since: datetime, section: str | None = None) -> tuple[Record, ...]:
        """The newest ``limit`` by first_seen_at (backfilled ones: by published_at) and
        all whose time is not before ``since``; newest first.

        ``section`` is a code: only records that have it.
        """
        return tuple(self.whole(self.index.newest(limit, since, section)))

    def newest_first(
        self, section: str | None = None, damaged: Damaged | None = None
    ) -> Iterator[Record]:
        """All records in the order of :meth:`newest`, one at a time.  What cannot be read is
        left out, here and in all lists; ``damaged`` is told of it."""
        return self.whole(self.index.newest_first(section), damaged)

    @property
    def standings(self) -> Standings:
        """As which entries articles stand in which feeds, as it was last published."""
        return Standings(self._memory_state())

    @property
    def days(self) -> Days:
        """Articles by the day of their publication: counts and lists."""
        return Days(self._reading_state())

    def locked(self) -> tuple[int, ...]:
        """The ids of the articles that are locked, rising."""
        index = self.index
        found = [*index.with_status(one for one in Status if one.locked)]
        for number in index.with_status([Status.UNKNOWN]):
            # A few, of which the record alone tells whether a notice of theirs says so.
            found += [one.id for one in self.whole([number]) if one.access.locked]
        return tuple(sorted(found))

    def __len__(self) -> int:
        return self.days.count()

    def head(self) -> str | None:
        """The digest of the newest journal line; ``None`` in a new archive."""
        place = self._journal.tail()
        return place.digest if place else None

    def changed_since(self, head: str | None) -> tuple[int, ...] | None:
        """The ids in journal lines behind ``head``, rising; ``None`` where no such
        line is found, or a record was withdrawn since: everything may have changed.
        ``None`` is the head of a new archive; ``""`` is no head, unless nothing was
        ever journaled."""
        if head == "":
            return None if self._journal.tail() else ()
        ids: set[int] = set()
        for line, place in self._journal.backwards():
            if place.digest == head:
                return tuple(sorted(ids))
            if line.event is Event.WITHDRAWN:
                return None
            if line.article is not None:
                ids.add(line.article)
            if line.prev == head:  # ``None`` is before the very first line
                return tuple(sorted(ids))
        return () if head is None and not ids else None

    def lines(self, *, newest_first: bool = False) -> Iterator[Line]:
        """Every journal line, oldest first unless told.  Raises ``ArchiveError``."""
        found = self._journal.backwards() if newest_first else self._journal.after(None)
        return (line for line, _ in found)

    def verify(self, progress: Progress | None = None, *, every_page: bool = False) -> Verdict:
        """Read everything and compare every digest; needs no lock, writes nothing."""
        from feedsvc.archive.verify import verify  # a poll has no use for it

        return verify(self.tree, progress, every_page=every_page)

    def whole(self, ids: Iterable[int], damaged: Damaged | None = None) -> Iterator[Record]:
        """Those of these records that are there, in this order, one at a time; ``damaged`` is
        told of those that cannot be read."""
        for article_id in ids:
            try:
                record = self.get(article_id)
            except UNREADABLE as error:
                if damaged is not None:
                    damaged(error)
                continue
            if record is not None:
                yield record

    def _gone(self, article_id: int) -> RecordDamaged:
        return RecordDamaged(GONE, about=str(self.path_of(article_id)), advice=records.DAMAGE)
