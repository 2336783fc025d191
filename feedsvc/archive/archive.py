"""The public face of the archive: see :class:`Archive`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc import atomic, regular
from feedsvc.archive import aside, lock, rawclaims, records, recovery
from feedsvc.archive.append import unwritable
from feedsvc.archive.crash import Leftovers
from feedsvc.archive.finding import Finding, Order
from feedsvc.archive.images import Images, is_image
from feedsvc.archive.index import Index, Known
from feedsvc.archive.journal import NOTHING, Journal, Line, Place
from feedsvc.archive.layout import Layout, is_raw
from feedsvc.archive.pending import Pending, PendingFile, forget, joined, remember
from feedsvc.archive.raw import RawPages
from feedsvc.archive.remake import Progress, remake
from feedsvc.archive.state import Memory, State
from feedsvc.digest import sha256
from feedsvc.errors import ArchiveError, ArchiveUnreadable, IndexMissing, RecordDamaged
from feedsvc.model import Event, FetchedPage, Picture, Record, Status

if TYPE_CHECKING:
    from feedsvc.archive.search import Filter, Found
    from feedsvc.archive.verify import Progress as BytesRead
    from feedsvc.archive.verify import Verdict

Making = Callable[[str, int, int], None]
"""Told how far making something is: what (``index``, ``search index``), the records
read, and how many there are."""

_SMALL = 16 << 20
"""Bytes of the journal of an archive that a reader indexes in memory, if it must: some
50,000 lines, which takes seconds."""


Damaged = Callable[[ArchiveError], object]
"""Told of a record that cannot be read."""


class Archive:
    """One archive folder.

    Reading needs no lock and may go on while another process writes; writing is
    done inside :meth:`writing`.  A folder that is missing or empty is a new archive;
    nothing is written into it before the first :meth:`writing`.

    Raises ``ArchiveError`` where the format is newer or unreadable.  Every method
    that opens files may raise ``ArchiveError`` (damage), every one that writes
    ``ArchiveUnwritable``.
    """

    def __init__(self, path: Path, *, raw: bool = True, making: Making | None = None) -> None:
        self.path = path
        self._making = making
        self._layout = Layout(path)
        self._journal = Journal(self._layout.journal)
        self._raw = RawPages(self._layout.raw)
        self._keep_raw = raw
        self._images = Images(path)
        self._pending_file = PendingFile(self._layout.pending)
        self._state: State | None = None
        self._writing = False
        self._pending: dict[int, Pending] = {}
        self._own_notes: set[int] = set()
        self._copy_of: Place | None = None
        self._repaired: tuple[str, ...] = ()
        self._finding = Finding(self._layout, self._journal)
        self.beside_gaps: frozenset[int] = frozenset()
        """The articles beside each gap in the journal that a lenient writer closed."""
        self._unreadable: ArchiveUnreadable | None = None
        self.memory = Memory(lambda: self._remembering())
        self._layout.check()

    # Writing

    @contextmanager
    def writing(
        self, now: datetime, wait: float = 0, *, lenient: bool = False, gives_way: bool = False,
        patience: float = lock.PATIENCE,
    ) -> Iterator[tuple[str, ...]]:  # fmt: skip
        """Hold the archive's lock; what a crash had cut off is completed first.

        Gives one line for each thing that was put right, for the log.  ``wait`` is
        how many seconds another writer is waited for.  ``lenient`` is for the one who
        mends: journal and pending are put right first, and damaged records passed over.
        ``gives_way`` tells the others to wait: the lock is let go of in a moment;
        ``patience`` is how long such a one is waited for.  Raises ``ArchiveLocked``.
        """
        if self._writing:
            raise RuntimeError("writing() inside writing()")
        with lock.held(self._layout.lock, wait, gives_way=gives_way, patience=patience):
            if not self._layout.check():
                with unwritable(self._layout.format):
                    self._layout.begin()
            self._close()
            self.beside_gaps = frozenset()
            told: list[str] = []
            if lenient:
                from feedsvc.archive.salvage import salvage

                with unwritable(self.path):
                    done = salvage(self._layout)
                told, self.beside_gaps = done.told, frozenset(done.beside)
            state = self._state = State.to_write(self._layout.state)
            with unwritable(self.path):
                repaired = recovery.recover(
                    self._layout, self._journal, self._raw, state, now,
                    self._progress("index"), lenient=lenient,
                )  # fmt: skip
                repaired = (*told, *repaired)
                self._pending = self._pending_file.read()
            self._finding.open()
            self._own_notes = set()
            self._repaired = repaired
            self._writing = True
            try:
                with self.memory.held():
                    yield repaired
                self.settle(self._own_notes)
            finally:
                self._finding.close()
                self._writing = False

    def keep(
        self, record: Record, event: Event, at: datetime, page: FetchedPage | None = None
    ) -> None:
        """Keep a record: its page first, then the record, then the journal line.

        The record names its pages (``rawclaims``), this one among them.  When it returns
        all of it is on the disk.  Raises ``ValueError`` for a record that could not be
        read back, ``RecordDamaged`` where another one stands than the journal says,
        ``ArchiveUnwritable``.
        """
        pages = rawclaims.claimed(record)
        old = self._as_journaled(record.id)
        if old is not None:
            pages = (*rawclaims.claimed(old), *pages)
        if page is not None and self._keep_raw:
            pages = (*pages, rawclaims.payload_digest(page.body))
        self._keep(rawclaims.naming(record, pages), event, at, page)

    def restore(self, record: Record, at: datetime) -> None:
        """Keep a record as it is, whatever stands in its place; ``repaired``."""
        self._keep(record, Event.REPAIRED, at, None)

    def _keep(self, record: Record, event: Event, at: datetime, page: FetchedPage | None) -> None:
        state = self._writing_state()
        data = records.to_json(record)
        path = self.path_of(record.id)
        self._note(record.id, record.url, at, record.sections)
        with unwritable(path):
            if page is not None and self._keep_raw:
                self._raw.add(record.id, page, state, self._left())
            atomic.write(path, data)
            place = recovery.write_line(
                self._layout, self._journal, Index(state), state, record, data, event, at
            )
        self._finding.put(record, place)

    def _as_journaled(self, article_id: int) -> Record | None:
        """The record that stands there, which is to be written over: it must be the one
        that the journal's last line of it names."""
        line = Index(self._writing_state()).line(article_id)
        found = records.read(self.path_of(article_id), article_id)
        named = line is not None and line[0] != NOTHING
        if found is None:
            if named:
                raise self._gone(article_id)
            return None
        if line is None and article_id in self._pending:
            return found[0]  # this process wrote it, and then could not write the line
        if line is None or line[0] != sha256(found[1]):
            raise RecordDamaged(
                "the record is not what the journal's last line of it names",
                about=str(self.path_of(article_id)),
                advice=records.DAMAGE,
            )
        return found[0]

    def _gone(self, article_id: int) -> RecordDamaged:
        about = str(self.path_of(article_id))
        return RecordDamaged("the record is gone", about=about, advice=records.DAMAGE)

    def give_up(self, article_id: int, url: str, at: datetime) -> Path | None:
        """Write down that a record is lost: ``repaired``, of no bytes.  The article is
        pending again; gives where the damaged file is kept, if there is one."""
        state, index = self._writing_state(), Index(self._writing_state())
        self.add_pending([Pending(article_id, url, at)])
        copy = self.put_aside(article_id)
        path = self.path_of(article_id)
        with unwritable(path):
            self.clear(path)
            path.unlink(missing_ok=True)
            place = self._journal.append(
                at, Event.REPAIRED, article_id, NOTHING, NOTHING, index.head()
            )
            with state.transaction():
                index.drop(article_id)
                index.put_line(article_id, Event.REPAIRED, NOTHING, at)
                index.set_head(place)
        self._finding.forget()
        self._finding.open()
        return copy

    def add_image(self, record: Record, at: datetime, data: bytes) -> str:
        """Keep an image of a record that is about to be kept; the path to name in it.

        The same image is kept once, whoever shows it.  Raises ``ValueError`` for bytes
        of no kind that is kept.
        """
        self._writing_state()
        self._note(record.id, record.url, at, record.sections)
        with unwritable(self._layout.images):
            return self._images.add(data)

    def hold(self, article_id: int, page: FetchedPage) -> None:
        """Keep the raw page of an article that has no record yet, because nobody can
        read it today; where raw pages are kept at all."""
        state = self._writing_state()
        if self._keep_raw:
            self._note(article_id, page.url, page.fetched_at, ())
            with unwritable(self._layout.raw):
                self._raw.add(article_id, page, state, self._left())

    def add_pending(self, items: Iterable[Pending]) -> None:
        """Note articles that are about to be read; one flush for all."""
        state = self._writing_state()
        items = list(items)
        with unwritable(self._layout.pending):
            self._pending_file.add(items)
        for item in items:
            self._pending[item.id] = joined(self._pending.get(item.id), item)
        remember(state, (self._pending[item.id] for item in items))

    def _note(self, article_id: int, url: str, at: datetime, sections: tuple[str, ...]) -> None:
        """The note by which is found what a crash leaves before the journal's line."""
        if article_id not in self._pending:
            self.add_pending([Pending(article_id, url, at, sections)])
            self._own_notes.add(article_id)

    def _left(self) -> Leftovers:
        return Leftovers(self._layout, self._pending)

    def move_away(self, article_id: int, url: str, at: datetime) -> None:
        """Journal, once, that an article's page led to another id.  Its record stays where
        there is one; else it is pending, to be asked for once more a day later: what sends
        one elsewhere for an hour must not cost an article."""
        state = self._writing_state()
        index, line = Index(state), None
        record = self.get(article_id)
        if record is None:
            if index.moved([article_id]):
                return
            self.add_pending([Pending(article_id, url, at)])
        else:
            line = index.line(article_id)
            if self.memory.get(f"moved:{article_id}"):
                return
            self.memory.put(f"moved:{article_id}", at.isoformat())
        digest, file = (record.digest, line[0]) if record and line else (NOTHING, NOTHING)
        with unwritable(self._layout.journal):
            place = self._journal.append(at, Event.MOVED, article_id, digest, file, index.head())
            with state.transaction():
                index.put_line(article_id, Event.MOVED, file, at)
                index.set_head(place)

    def repaired(self) -> tuple[str, ...]:
        """What the last :meth:`writing` put right when it began."""
        return self._repaired

    def damage(self) -> tuple[str, ...]:
        """A line for each file that a writer left alone because it is damaged, as the last
        :meth:`writing` met it; ``archive verify`` looks at all of them."""
        return self._raw.damage()

    def settle(self, ids: Iterable[int]) -> None:
        """These are pending no longer: read and kept, or not worth reading again."""
        state = self._writing_state()
        gone = set(ids)
        left = {key: item for key, item in self._pending.items() if key not in gone}
        if len(left) == len(self._pending):
            return
        forget(state, gone)
        with unwritable(self._layout.pending):
            self._pending_file.replace(left.values())
        self._pending = left
        self._own_notes -= gone

    def set_marks(self, section: str, marks: Mapping[int, str]) -> None:
        """Remember, by id, the digest of each row as a section (its name) listed it."""
        state = self._writing_state()
        with state.transaction():
            state.many(
                "INSERT OR REPLACE INTO mark VALUES(?,?,?)",
                [(section, article_id, digest) for article_id, digest in marks.items()],
            )

    def reindex(self, progress: Progress | None = None, *, lenient: bool = False) -> None:
        """Make the indexes again from journal and records; inside :meth:`writing`.
        ``lenient`` leaves damaged records out instead of raising."""
        progress = progress or self._progress("index")
        state = self._writing_state()
        remake(state, self._journal, self._layout, progress, lenient=lenient, anew=True)
        self._finding.forget()
        self._finding.open()
        self.make_findable()

    def make_findable(self, limit: int | None = None) -> None:
        """Go on making the search index, where it is not made, with ``limit`` records at
        most; inside :meth:`writing`."""
        self._writing_state()
        self._finding.make(limit, self._progress("search index") if limit is None else None)

    def put_aside(self, article_id: int) -> Path | None:
        """Copy a record's file into ``.state/damaged`` before it is written over."""
        self._writing_state()
        path = self.path_of(article_id)
        with unwritable(path):
            return aside.copied(path, self._layout.state) if path.is_file() else None

    def put_image_aside(self, file: str) -> Path:
        """Move an image that no record names, or that is damaged, into ``.state/damaged``."""
        self._writing_state()
        path = self.path / file
        with unwritable(path):
            return aside.moved(path, self._layout.state)

    def clear(self, path: Path) -> None:
        """Move what stands where a file belongs, and is none, into ``.state/damaged``."""
        with unwritable(path):
            if regular.kind(path):
                aside.moved(path, self._layout.state)

    def is_image(self, path: Path) -> bool:
        """Whether a path is one that an image can have."""
        return is_image(path.relative_to(self.path).as_posix())

    def is_raw(self, path: Path) -> bool:
        """Whether a path is one that a file of raw pages can have."""
        return path.parent == self._layout.raw and is_raw(path.name)

    def salvage_raw(self, paths: Iterable[Path]) -> tuple[tuple[str, ...], frozenset[int]]:
        """Put files of raw pages right: what is whole in them stays, byte for byte, the
        damaged files go to ``.state/damaged``, and all of them are read again.  Tells of
        each, and of which articles ``.state`` remembers a page that is gone with it;
        inside :meth:`writing`."""
        from feedsvc.archive.rawsalvage import salvage

        state, paths = self._writing_state(), list(paths)
        lost = self._raw.noted_and_gone(paths, state)
        with unwritable(self._layout.raw):
            told = [line for path in paths for line in salvage(path, self._layout.state)]
            self._raw.forget(state)
        return tuple(told), lost

    def raw_keys(self) -> frozenset[int]:
        """The keys (``rawclaims``) of all whole pages."""
        return self._raw.keys()

    # Reading

    def path_of(self, article_id: int) -> Path:
        return self._layout.record(article_id)

    def get(self, article_id: int) -> Record | None:
        """The record, from its file.  A broken file is ``RecordDamaged``, and so is none
        where the journal names one."""
        found = records.read(self.path_of(article_id), article_id)
        if found is None and self._names_record(article_id):
            raise self._gone(article_id)
        return found[0] if found else None

    def _names_record(self, article_id: int) -> bool:
        with suppress(IndexMissing):
            line = self._index().line(article_id)
            return line is not None and line[0] != NOTHING
        return False

    def image(self, file: str) -> bytes | None:
        """The bytes of a kept image by its path in a record, ``None`` if it is not there."""
        return self._images.read(file)

    def holds_image(self, file: str) -> bool:
        """Whether a kept image is there, whole; all of it is read."""
        return self._images.holds(file)

    def picture(self, file: str) -> Picture | None:
        """Type and size of a kept image; its beginning is read."""
        return self._images.picture(file)

    def known(self, ids: Iterable[int]) -> Mapping[int, Known]:
        """Those of the ids that are kept; no record file is opened."""
        return self._index().known(ids)

    def moved(self, ids: Iterable[int] | None = None) -> Mapping[int, datetime]:
        """Those of the ids (``None``: of all) that have no record because their page led
        to another id, and when it first did."""
        return self._index().moved(ids)

    def dated(self) -> Iterator[tuple[int, datetime]]:
        """Every id kept, rising, and when its article was published; no record is opened."""
        return self._index().dated()

    def pending(self) -> tuple[Pending, ...]:
        """Articles found and not yet read, in the order found."""
        if not self._writing:
            return tuple(self._pending_file.read().values())
        return tuple(item for key, item in self._pending.items() if key not in self._own_notes)

    def marks(self, section: str, ids: Iterable[int]) -> Mapping[int, str]:
        """Those of the digests set by :meth:`set_marks` for a section, by id."""
        return self._index().marks(section, ids)

    def has_marks(self, section: str) -> bool:
        """Whether any row of a section is remembered."""
        sql = "SELECT 1 FROM mark WHERE section=? LIMIT 1"
        return bool(self._reading_state().rows(sql, (section,)))

    def newest(self, limit: int, since: datetime, section: str | None = None) -> tuple[Record, ...]:
        """The newest ``limit`` by first_seen_at (backfilled ones: by published_at) and
        all whose time is not before ``since``; newest first.

        ``section`` is a code: only records that have it.
        """
        return self._records(self._index().newest(limit, since, section))

    def newest_first(
        self, section: str | None = None, damaged: Damaged | None = None
    ) -> Iterator[Record]:
        """All records in the order of :meth:`newest`, one at a time.  ``damaged`` is told of
        those that cannot be read, which are left out; without it they raise."""
        for article_id in self._index().newest_first(section):
            yield from self._records([article_id], damaged)

    def read(self, ids: Iterable[int]) -> Iterator[Record]:
        """These records, in this order; one that is not there is an ``ArchiveError``."""
        for article_id in ids:
            yield from self._records([article_id])

    def released(
        self, limit: int, since: datetime, damaged: Damaged | None = None
    ) -> tuple[Record, ...]:
        """Like :meth:`newest` by ``released_at``, of those that were released."""
        return self._records(self._index().released(limit, since), damaged)

    def revised(
        self, limit: int, since: datetime, damaged: Damaged | None = None
    ) -> tuple[Record, ...]:
        """The same by the last change of the text, of those whose text changed."""
        return self._records(self._index().revised(limit, since), damaged)

    def months(self, section: str | None = None) -> tuple[str, ...]:
        """The months (KST, ``2026-03``) in which an article was published, rising;
        ``section`` as in :meth:`newest`."""
        return tuple(self._index().months(section))

    def month(
        self, month: str, section: str | None = None, damaged: Damaged | None = None
    ) -> Iterator[Record]:
        """The records published in a month, rising; one at a time, for a month does
        not fit into a poll's memory."""
        for article_id in self._index().month(month, section):
            yield from self._records([article_id], damaged)

    def resembling(self, record: Record, within: timedelta, limit: int = 20) -> tuple[int, ...]:
        """The ids of at most ``limit`` other records, published no further apart than
        ``within``, that share sentences with this one; those that share most first."""
        return tuple(self._index().resembling(record, within, limit))

    def locked(self) -> tuple[int, ...]:
        """The ids of the articles that are locked, rising."""
        index = self._index()
        found = [*index.with_status(one for one in Status if one.locked)]
        for number in index.with_status([Status.UNKNOWN]):
            # A few, of which the record alone tells whether a notice of theirs says so.
            record = self.get(number)
            if record is not None and record.access.locked:
                found.append(number)
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
        from feedsvc.archive.search import Filter  # a poll that finds nothing needs it not

        return self._finding.find(text, which or Filter(), how, limit)

    @property
    def can_find(self) -> bool:
        """Whether there is a search index; without one :meth:`find` reads record after
        record, until it has found enough.  :meth:`make_findable` makes it."""
        return self._finding.is_made

    def ids(self) -> Iterator[int]:
        """Every id kept, rising."""
        return self._index().ids()

    def __len__(self) -> int:
        return self._index().count()

    def head(self) -> str | None:
        """The digest of the newest journal line; ``None`` in a new archive."""
        place = self._journal.tail()
        return place.digest if place else None

    def changed_since(self, head: str | None) -> tuple[int, ...] | None:
        """The ids in journal lines behind ``head``, rising; ``None`` where no such
        line is found: everything may have changed.  ``None`` is the head of a new
        archive; ``""`` is no head, unless nothing was ever journaled."""
        if head == "":
            return None if self._journal.tail() else ()
        ids: set[int] = set()
        for line, place in self._journal.backwards():
            if place.digest == head:
                return tuple(sorted(ids))
            ids.add(line.id)
            if line.prev == head:  # ``None`` is before the very first line
                return tuple(sorted(ids))
        return () if head is None and not ids else None

    def raw_page(self, article_id: int) -> FetchedPage | None:
        """The last page kept of an article."""
        state = self._reading_state()
        if not self._writing and not self._raw.is_noted(state):
            # A reader notes nothing beside a writer: what it finds stays in memory.
            state = state.copy()
        kept = self._raw.find(article_id, state)
        return self._raw.read(kept) if kept else None

    def raw_pages(
        self, tell: Callable[[str], None] | None = None
    ) -> Iterator[tuple[int, FetchedPage]]:
        """Every page kept with its article's id, month by month, oldest first.

        Raises ``ArchiveError`` at the first that is damaged, unless there is someone to
        ``tell``: then the others come all the same.
        """
        left = self._left() if self._writing else Leftovers(self._layout, self._waiting())
        return ((article, page) for article, _, page in self._raw.pages(left, tell))

    def raw_members(
        self, ids: Iterable[int], name: str, at: datetime, tell: Callable[[str], None]
    ) -> Iterator[bytes]:
        """The pages of these articles as the parts of a WARC file called ``name``; what
        is damaged or gone is told of."""
        from feedsvc.archive import warc

        wanted, found = frozenset(ids), set[int]()
        left = Leftovers(self._layout, self._waiting())
        first = warc.info(name, at)
        for data, key in self._raw.members(wanted, name, first, left, tell):
            if key is not None:
                found.add(key)
            yield data
        self.tell_missing(wanted, found, tell)

    def tell_missing(
        self, ids: Iterable[int], found: Collection[int], tell: Callable[[str], None]
    ) -> None:
        """Tell of each article of which a page is named by its record and not ``found``
        (keys of ``rawclaims``)."""
        for one in sorted(ids):
            record = records.read(self.path_of(one), one, lenient=True)
            pages = rawclaims.claimed(record[0]) if record else ()
            if any(rawclaims.key(one, page) not in found for page in pages):
                tell(f"article {one}: a page of it that was kept is gone")

    def _waiting(self) -> Collection[int]:
        try:
            return self._pending_file.read()
        except ArchiveError:
            return ()  # verify tells of it

    def close(self) -> None:
        """Let go of the index; the archive opens it again when asked."""
        self._close()

    def lines(self) -> Iterator[Line]:
        """Every journal line, oldest first.  Raises ``ArchiveError``."""
        return (line for line, _ in self._journal.after(None))

    def verify(self, progress: BytesRead | None = None) -> Verdict:
        """Read everything and compare every digest; needs no lock, writes nothing."""
        from feedsvc.archive.verify import verify  # a poll has no use for it

        return verify(self._layout, progress)

    # The index behind it

    def _records(self, ids: Iterable[int], damaged: Damaged | None = None) -> tuple[Record, ...]:
        found = []
        for article_id in ids:
            try:
                record = self.get(article_id)
                if record is None:
                    raise self._gone(article_id)
                found.append(record)
            except ArchiveError as error:
                if damaged is None:
                    raise
                damaged(error)
        return tuple(found)

    def _index(self) -> Index:
        return Index(self._reading_state())

    def _writing_state(self) -> State:
        if not self._writing or self._state is None:
            raise RuntimeError("the archive is written inside writing() only")
        return self._state

    def _reading_state(self) -> State:
        """The index, up to the journal's end.

        A reader never writes the index on the disk: it could get ahead of a journal
        line that the writer has not flushed yet.  What it misses it adds to a copy, or,
        where that would be large, leaves out for the moment that the writer takes.
        Raises ``IndexMissing`` where making it would take more than seconds.
        """
        state = self._memory_state()
        index = Index(state)
        if self._writing or (index.made and self._journal.reached(index.head())):
            return state
        if self._journal.size() > _SMALL:
            if index.made:
                return state
            raise IndexMissing(
                "its index is missing or being made anew",
                about=str(self.path),
                advice="the next feedsvc poll makes it; what is published is served meanwhile",
            )
        if state.kept:
            self._copy_of = index.head()
            state = state.copy()
            self._close()
        recovery.bring_up(state, self._journal, self._layout)
        self._state = state
        return state

    def _remembering(self) -> State:
        """What is remembered.  An index can be made again, this cannot: who may not read
        it is told so.  Raises ``ArchiveUnreadable``."""
        state = self._memory_state()
        if not state.kept and self._unreadable is not None:
            raise self._unreadable
        return state

    def _memory_state(self) -> State:
        """What is derived, whether there is an index or not."""
        if self._writing:
            return self._writing_state()
        if self._state is None or not self._state.kept:
            self._open_to_read()
        if self._state is None:
            self._state = State.in_memory()
        return self._state

    def _progress(self, what: str) -> Progress | None:
        making = self._making
        return making and (lambda done, total: making(what, done, total))

    def _open_to_read(self) -> None:
        """The index on the disk in place of none, or of a copy made of an older one."""
        try:
            on_disk = State.to_read(self._layout.state)
        except ArchiveUnreadable as error:
            self._unreadable = error
            return
        self._unreadable = None
        if on_disk is None:
            return
        if self._state is not None and Index(on_disk).head() == self._copy_of:
            on_disk.close()
            return
        self._close()
        self._state = on_disk

    def _close(self) -> None:
        if self._state is not None:
            self._state.close()
            self._state = None
