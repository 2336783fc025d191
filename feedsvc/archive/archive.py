"""The public face of the archive: see :class:`Archive`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc import atomic
from feedsvc.archive import lock, records, recovery
from feedsvc.archive.append import unwritable
from feedsvc.archive.finding import Finding, Order
from feedsvc.archive.images import Images
from feedsvc.archive.index import Index, Known
from feedsvc.archive.journal import NOTHING, Journal, Line, Place
from feedsvc.archive.layout import Layout
from feedsvc.archive.pending import Pending, PendingFile, joined
from feedsvc.archive.raw import RawPages
from feedsvc.archive.remake import Progress, remake
from feedsvc.archive.state import Memory, State
from feedsvc.digest import sha256
from feedsvc.errors import ArchiveError, IndexMissing
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
        self.memory = Memory(lambda: self._memory_state())
        self._layout.check()

    # Writing

    @contextmanager
    def writing(
        self, now: datetime, wait: float = 0, *, lenient: bool = False, gives_way: bool = False,
        patience: float = lock.PATIENCE,
    ) -> Iterator[tuple[str, ...]]:  # fmt: skip
        """Hold the archive's lock; what a crash had cut off is completed first.

        Gives one line for each thing that was put right, for the log.  ``wait`` is
        how many seconds another writer is waited for.  ``lenient`` passes over damaged
        records and pages instead of raising, for the one who mends them.  ``gives_way``
        tells the others to wait: the lock is let go of in a moment; ``patience`` is how
        long such a one is waited for.  Raises ``ArchiveLocked``.
        """
        if self._writing:
            raise RuntimeError("writing() inside writing()")
        with lock.held(self._layout.lock, wait, gives_way=gives_way, patience=patience):
            if not self._layout.check():
                with unwritable(self._layout.format):
                    self._layout.begin()
            self._close()
            state = self._state = State.to_write(self._layout.state)
            with unwritable(self.path):
                repaired = recovery.recover(
                    self._layout, self._journal, self._raw, state, now,
                    self._progress("index"), lenient=lenient,
                )  # fmt: skip
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

        When it returns all of it is on the disk.  Raises ``ValueError`` for a record
        that could not be read back, ``ArchiveUnwritable``.
        """
        state = self._writing_state()
        data = records.to_json(record)
        path = self.path_of(record.id)
        self._note(record, at)
        with unwritable(path):
            if page is not None and self._keep_raw:
                self._raw.add(record.id, page, state)
            atomic.write(path, data)
            index = Index(state)
            place = recovery.write_line(self._journal, index, state, record, data, event, at)
        self._finding.put(record, place)

    def add_image(self, record: Record, at: datetime, data: bytes) -> str:
        """Keep an image of a record that is about to be kept; the path to name in it.

        The same image is kept once, whoever shows it.  Raises ``ValueError`` for bytes
        of no kind that is kept.
        """
        self._writing_state()
        self._note(record, at)
        with unwritable(self._layout.images):
            return self._images.add(data)

    def hold(self, article_id: int, page: FetchedPage) -> None:
        """Keep the raw page of an article that has no record yet, because nobody can
        read it today; where raw pages are kept at all."""
        state = self._writing_state()
        if self._keep_raw:
            with unwritable(self.path_of(article_id)):
                self._raw.add(article_id, page, state)

    def add_pending(self, items: Iterable[Pending]) -> None:
        """Note articles that are about to be read; one flush for all."""
        self._writing_state()
        items = list(items)
        with unwritable(self._layout.pending):
            self._pending_file.add(items)
        for item in items:
            self._pending[item.id] = joined(self._pending.get(item.id), item)

    def _note(self, record: Record, at: datetime) -> None:
        """The note by which is found what a crash leaves before the journal's line."""
        if record.id not in self._pending:
            self.add_pending([Pending(record.id, record.url, at, record.sections)])
            self._own_notes.add(record.id)

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

    def settle(self, ids: Iterable[int]) -> None:
        """These are pending no longer: read and kept, or not worth reading again."""
        self._writing_state()
        gone = set(ids)
        left = {key: item for key, item in self._pending.items() if key not in gone}
        if len(left) == len(self._pending):
            return
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
        if not path.is_file():
            return None
        data = path.read_bytes()
        copy = self._layout.state / "damaged" / f"{article_id}.{sha256(data)[7:15]}.json"
        with unwritable(copy):
            atomic.write(copy, data)
        return copy

    def put_image_aside(self, file: str) -> Path:
        """Move an image that no record names into ``.state/damaged``."""
        self._writing_state()
        path = self.path / file
        copy = self._layout.state / "damaged" / path.name
        with unwritable(copy):
            atomic.write(copy, path.read_bytes())
            path.unlink()
        return copy

    # Reading

    def path_of(self, article_id: int) -> Path:
        return self._layout.record(article_id)

    def get(self, article_id: int) -> Record | None:
        """The record, from its file.  A broken file is an ``ArchiveError``."""
        found = records.read(self.path_of(article_id), article_id)
        return found[0] if found else None

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

    def newest_first(self, section: str | None = None) -> Iterator[Record]:
        """All records in the order of :meth:`newest`, one at a time."""
        for article_id in self._index().newest_first(section):
            yield from self._records([article_id])

    def read(self, ids: Iterable[int]) -> Iterator[Record]:
        """These records, in this order; one that is not there is an ``ArchiveError``."""
        for article_id in ids:
            yield from self._records([article_id])

    def released(self, limit: int, since: datetime) -> tuple[Record, ...]:
        """Like :meth:`newest` by ``released_at``, of those that were released."""
        return self._records(self._index().released(limit, since))

    def revised(self, limit: int, since: datetime) -> tuple[Record, ...]:
        """The same by the last change of the text, of those whose text changed."""
        return self._records(self._index().revised(limit, since))

    def months(self, section: str | None = None) -> tuple[str, ...]:
        """The months (KST, ``2026-03``) in which an article was published, rising;
        ``section`` as in :meth:`newest`."""
        return tuple(self._index().months(section))

    def month(self, month: str, section: str | None = None) -> Iterator[Record]:
        """The records published in a month, rising; one at a time, for a month does
        not fit into a poll's memory."""
        for article_id in self._index().month(month, section):
            yield from self._records([article_id])

    def resembling(self, record: Record, within: timedelta, limit: int = 20) -> tuple[int, ...]:
        """The ids of at most ``limit`` other records, published no further apart than
        ``within``, that share sentences with this one; those that share most first."""
        return tuple(self._index().resembling(record, within, limit))

    def locked(self) -> tuple[int, ...]:
        """The ids of the articles that are locked, rising."""
        return tuple(self._index().with_status(one for one in Status if one.locked))

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

    def raw_pages(self) -> Iterator[tuple[int, FetchedPage]]:
        """Every page kept with its article's id, month by month, oldest first."""
        return self._raw.pages()

    def raw_members(self, ids: Iterable[int], name: str, at: datetime) -> Iterator[bytes]:
        """The pages of these articles as the parts of a WARC file called ``name``."""
        return self._raw.members(frozenset(ids), name, at)

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

    def _records(self, ids: Iterable[int]) -> tuple[Record, ...]:
        found = []
        for article_id in ids:
            record = self.get(article_id)
            if record is None:
                raise ArchiveError(
                    "the record is gone",
                    about=str(self.path_of(article_id)),
                    advice=records.DAMAGE,
                )
            found.append(record)
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

    def _memory_state(self) -> State:
        """What is remembered, whether there is an index or not."""
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
        on_disk = State.to_read(self._layout.state)
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
