"""What the archive tells, to a reader beside a writer or to the writer itself: see
:class:`Reading`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc import regular
from feedsvc.archive import records
from feedsvc.archive.damage import GONE, UNREADABLE, NotedDamage
from feedsvc.archive.digests import Digests
from feedsvc.archive.finding import Finding
from feedsvc.archive.images import Images
from feedsvc.archive.journal import Line
from feedsvc.archive.journaling import Indexed
from feedsvc.archive.learned import LearnedLayouts
from feedsvc.archive.notices import NoticesFile
from feedsvc.archive.pending import Leftovers, Pending, PendingFile
from feedsvc.archive.raw import RawPages
from feedsvc.catalogue.days import Days
from feedsvc.catalogue.index import NOTHING, KnownRecord
from feedsvc.catalogue.search import Filter, Found, Order
from feedsvc.catalogue.standing import Standings
from feedsvc.digestentry import DigestEntry
from feedsvc.errors import ArchiveError, ArchiveUnreadable, IndexMissing, RecordDamaged
from feedsvc.model import Event, FetchedPage, Picture, Record, Status

if TYPE_CHECKING:
    from feedsvc.archive.reindex import Progress
    from feedsvc.archive.verify import Verdict

Making = Callable[[str, int, int], None]
"""Told how far making something is: what (``index``, ``search index``), the records
read, and how many there are."""

Damaged = Callable[[RecordDamaged | ArchiveUnreadable], object]
"""Told of a record that cannot be read."""


class Reading(Indexed):
    """The reading half of :class:`~feedsvc.archive.archive.Archive`: no method writes into
    the folder, and none needs the lock."""

    def __init__(self, path: Path, *, raw: bool = True, making: Making | None = None) -> None:
        super().__init__(path)
        self._making = making
        self.raw = RawPages(self._tree.raw)
        self._keep_raw = raw
        self.images = Images(path)
        self.digests = Digests(self._tree.digests)
        self.learned = LearnedLayouts(self._tree, lambda: self.index)
        self._pending_file = PendingFile(self._tree.pending)
        self.notices = NoticesFile(self._tree.notices, self._journal)
        self._pending: dict[int, Pending] = {}
        self._own_notes: set[int] = set()
        self.repaired: tuple[str, ...] = ()
        """What the last writing put right when it began."""
        self._amiss: tuple[str, ...] = ()
        self.beside_gaps: frozenset[int] = frozenset()
        """The articles beside each gap in the journal that a lenient writer closed."""

    # Reading

    def path_of(self, article_id: int) -> Path:
        return self._tree.record(article_id)

    def get(self, article_id: int) -> Record | None:
        """The record.  ``RecordDamaged`` for a broken file, and where the journal names one
        that is gone."""
        try:
            found = records.read(self.path_of(article_id), article_id)
            if found is None and self._names_record(article_id):
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

    def _names_record(self, article_id: int) -> bool:
        with suppress(IndexMissing):
            line = self.index.line(article_id)
            return line is not None and line[0] != NOTHING
        return False

    def holds(self, mark: bytes) -> bool:
        """Whether these bytes stand in the file of any record, as it is; reads them all
        and needs no index."""
        for path in (self.path / "articles").glob("*/*.json"):
            with suppress(OSError):
                if mark in regular.read(path):
                    return True
        return False

    def digest_entries(self, name: str) -> Iterator[DigestEntry]:
        """The entries of a digest as they were made, the newest first.  Raises
        ``DigestDamaged``."""
        return self.digests.newest_first(name)

    def picture(self, file: str) -> Picture | None:
        """Type and size of a kept image; its beginning is read."""
        return self.images.picture(file)

    def known(self, ids: Iterable[int]) -> Mapping[int, KnownRecord]:
        """Those of the ids that are kept; no record file is opened."""
        return self.index.known(ids)

    def moved(self, ids: Iterable[int] | None = None) -> Mapping[int, datetime]:
        """Those of the ids (``None``: of all) that have no record because their page led
        to another id, and when it first did."""
        return self.index.moved(ids)

    def pending(self) -> tuple[Pending, ...]:
        """Articles found and not yet read, in the order found."""
        if not self._writing:
            return tuple(self._pending_file.read().values())
        return tuple(item for key, item in self._pending.items() if key not in self._own_notes)

    def has_marks(self, section: str) -> bool:
        """Whether any row of a section is remembered."""
        sql = "SELECT 1 FROM mark WHERE section=? LIMIT 1"
        return bool(self._reading_state().rows(sql, (section,)))

    def newest(self, limit: int, since: datetime, section: str | None = None) -> tuple[Record, ...]:
        """The newest ``limit`` by first_seen_at (backfilled ones: by published_at) and
        all whose time is not before ``since``; newest first.

        ``section`` is a code: only records that have it.
        """
        return self.whole(self.index.newest(limit, since, section))

    def newest_first(
        self, section: str | None = None, damaged: Damaged | None = None
    ) -> Iterator[Record]:
        """All records in the order of :meth:`newest`, one at a time.  What cannot be read is
        left out, here and in all lists; ``damaged`` is told of it."""
        for article_id in self.index.newest_first(section):
            yield from self.whole([article_id], damaged)

    def read(self, ids: Iterable[int]) -> Iterator[Record]:
        """These records, in this order; one that is not there is an ``ArchiveError``."""
        for article_id in ids:
            record = self.get(article_id)
            if record is None:
                raise self._gone(article_id)
            yield record

    def released(
        self, limit: int, since: datetime, damaged: Damaged | None = None
    ) -> tuple[Record, ...]:
        """Like :meth:`newest` by ``released_at``, of those that were released."""
        return self.whole(self.index.released(limit, since), damaged)

    def revised(
        self, limit: int, since: datetime, damaged: Damaged | None = None
    ) -> tuple[Record, ...]:
        """The same by the last change of the text, of those whose text changed."""
        return self.whole(self.index.revised(limit, since), damaged)

    def months(self) -> tuple[str, ...]:
        """The months (KST, ``2026-03``) in which an article was published, rising."""
        return tuple(month for month, _ in self.days.months())

    def month(self, month: str, damaged: Damaged | None = None) -> Iterator[Record]:
        """The records published in a month, rising; one at a time, for a month does
        not fit into a poll's memory."""
        for article_id in self.days.month(month):
            yield from self.whole([article_id], damaged)

    @property
    def standings(self) -> Standings:
        """As which entries articles stand in which feeds, as it was last published."""
        return Standings(self._memory_state())

    @property
    def days(self) -> Days:
        """Articles by the day of their publication: counts and lists."""
        return Days(self._reading_state())

    def resembling(self, record: Record, within: timedelta, limit: int = 20) -> tuple[int, ...]:
        """The ids of at most ``limit`` other records, published no further apart than
        ``within``, that share sentences with this one; those that share most first."""
        return tuple(self.index.resembling(record, within, limit))

    def locked(self) -> tuple[int, ...]:
        """The ids of the articles that are locked, rising."""
        index = self.index
        found = [*index.with_status(one for one in Status if one.locked)]
        for number in index.with_status([Status.UNKNOWN]):
            # A few, of which the record alone tells whether a notice of theirs says so.
            found += [one.id for one in self.whole([number]) if one.access.locked]
        return tuple(sorted(found))

    def find(
        self, text: str = "", which: Filter | None = None, *, limit: int | None = None,
        best: bool = False,
    ) -> tuple[Found, ...]:  # fmt: skip
        """Articles whose headline, sub-headline, keywords or body hold all the words of
        ``text`` (all articles where it is empty), newest first, or those it fits best."""
        return tuple(self.finding(text, which, Order.BEST if best else Order.NEWEST, limit=limit))

    def finding(
        self, text: str = "", which: Filter | None = None, how: Order = Order.NEWEST,
        *, limit: int | None = None,
    ) -> Iterator[Found]:  # fmt: skip
        """The same one after the other, for so many that nobody holds them all."""
        return self._finding.find(text, which or Filter(), how, limit)

    def count(self, text: str, which: Filter, most: int) -> int:
        """How many :meth:`finding` gives, counted up to ``most``."""
        return self._finding.count(text, which, most)

    @property
    def can_find(self) -> bool:
        """Whether there is a search index; without one :meth:`find` reads the records.
        :meth:`make_findable` makes it."""
        return self._finding.made() is not None

    @property
    def _finding(self) -> Finding:
        return Finding(self._tree, self._reading_state)

    def ids(self) -> Iterator[int]:
        """Every id kept, rising."""
        return self.index.ids()

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

    def raw_page(self, article_id: int) -> FetchedPage | None:
        """The last page kept of an article."""
        state = self._reading_state()
        if not self._writing and self.raw.unread(state):
            # A reader notes nothing beside a writer: what it finds stays in memory.
            state = state.copy()
        return self.raw.last(article_id, state)

    def raw_pages(
        self, tell: Callable[[str], None] | None = None
    ) -> Iterator[tuple[int, FetchedPage]]:
        """Every page kept with its article's id, month by month, oldest first, but for those
        that a layout was learned from and no record was read from.

        Raises ``ArchiveError`` at the first that is damaged, unless there is someone to
        ``tell``: then the others come all the same.
        """
        left = self._left() if self._writing else Leftovers(self._tree, self._waiting())
        taught = self.learned.only_taught()
        return (
            (article, page)
            for article, digest, page in self.raw.pages(left, tell)
            if not taught or records.page_key(article, digest) not in taught
        )

    def raw_members(
        self, ids: Iterable[int], name: str, at: datetime, tell: Callable[[str], None]
    ) -> Iterator[bytes]:
        """The pages of these articles as the parts of a WARC file called ``name``; what
        is damaged or gone is told of."""
        from feedsvc.archive import warc

        wanted, found = frozenset(ids), set[int]()
        left = Leftovers(self._tree, self._waiting())
        yield warc.info(name, at)
        for data, key in self.raw.members(wanted, left, tell):
            found.add(key)
            yield data
        self.tell_missing(wanted, found, tell)

    def tell_missing(
        self, ids: Iterable[int], found: Collection[int], tell: Callable[[str], None]
    ) -> None:
        """Tell of each article of which a page is named by its record and not ``found``
        (keys of pages)."""
        for one in sorted(ids):
            record = records.read(self.path_of(one), one, lenient=True)
            pages = records.claimed(record[0]) if record else ()
            if any(records.page_key(one, page) not in found for page in pages):
                tell(f"article {one}: a page of it that was kept is gone")

    def _waiting(self) -> Collection[int]:
        with suppress(ArchiveError):  # verify tells of it
            return self._pending_file.read()
        return ()

    def lines(self, *, newest_first: bool = False) -> Iterator[Line]:
        """Every journal line, oldest first unless told.  Raises ``ArchiveError``."""
        found = self._journal.backwards() if newest_first else self._journal.after(None)
        return (line for line, _ in found)

    def verify(self, progress: Progress | None = None) -> Verdict:
        """Read everything and compare every digest; needs no lock, writes nothing."""
        from feedsvc.archive.verify import verify  # a poll has no use for it

        return verify(self._tree, progress)

    def whole(self, ids: Iterable[int], damaged: Damaged | None = None) -> tuple[Record, ...]:
        """Those of these records that are there and can be read; ``damaged`` is told of the
        others."""
        found: list[Record] = []
        for article_id in ids:
            try:
                found += self.read([article_id])
            except UNREADABLE as error:
                if damaged is not None:
                    damaged(error)
        return tuple(found)

    def _left(self) -> Leftovers:
        return Leftovers(self._tree, self._pending)

    def _gone(self, article_id: int) -> RecordDamaged:
        return RecordDamaged(GONE, about=str(self.path_of(article_id)), advice=records.DAMAGE)
