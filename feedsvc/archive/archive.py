"""The public face of the archive: see :class:`Archive`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from feedsvc import atomic, regular, words
from feedsvc.archive import lock, records, recovery, salvage
from feedsvc.archive.append import unwritable
from feedsvc.archive.damage import OTHER, NotedDamage
from feedsvc.archive.finding import take_texts
from feedsvc.archive.journaling import Journaling
from feedsvc.archive.learned import number_of
from feedsvc.archive.pending import Pending
from feedsvc.archive.reading import Reading
from feedsvc.archive.reindex import Progress, reindex
from feedsvc.catalogue.index import NOTHING
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveShut, ArchiveUnwritable, RecordDamaged
from feedsvc.model import Event, FetchedPage, Record
from feedsvc.recordjson import sha256

_FEW = 200  # records whose texts are taken in by whoever comes first, in a moment


class Archive(Reading):
    """One archive folder.

    Reading needs no lock and may go on while another process writes; writing is
    done inside :meth:`writing`.  A folder that is missing or empty is a new archive;
    nothing is written into it before the first :meth:`writing`.

    What belongs together is asked of the one that has it: ``index`` and ``days`` (what is
    known without opening a record), ``standings`` (entries of feeds), ``finding`` (words),
    ``pending``, ``raw``, ``images``, ``digests``, ``learned`` (layouts), ``notices``,
    ``memory`` (what may be forgotten), ``quarantine`` (what is damaged put out of the way).

    Raises ``ArchiveError`` where the format is newer or unreadable.  Every method
    that opens files may raise ``ArchiveError`` (damage), every one that writes
    ``ArchiveUnwritable``.
    """

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
        ``patience`` is how long such a one is waited for.  Raises ``ArchiveLocked``, and
        ``ArchiveShut`` where it cannot begin.
        """
        with ExitStack() as stack:
            try:
                repaired = stack.enter_context(
                    self._opened(now, wait, patience, lenient=lenient, gives_way=gives_way)
                )
            except ArchiveUnwritable as error:
                raise ArchiveShut(error) from error
            yield repaired

    @contextmanager
    def _opened(
        self, now: datetime, wait: float, patience: float, *, lenient: bool, gives_way: bool
    ) -> Iterator[tuple[str, ...]]:
        if self._writing:
            raise RuntimeError("writing() inside writing()")
        with (
            lock.held(self.tree.lock, wait, gives_way=gives_way, patience=patience),
            self._dropping_what_is_damaged(),
        ):
            if not self.tree.check():
                with unwritable(self.tree.format):
                    self.tree.begin()
            self.close()
            self.beside_gaps = frozenset()
            told: list[str] = []
            if lenient:
                with unwritable(self.path):
                    done = salvage.salvage(self.tree)
                told, self.beside_gaps = done.told, frozenset(done.beside)
            state = self._state = State.to_write(self.tree.state, doubted=lenient)
            if lenient and state.was_broken:
                told = [*told, f"{self.tree.state}: the index was damaged, and is made again"]
            with unwritable(self.path):
                repaired = recovery.recover(
                    Journaling(self.tree, self._journal, state), self.raw, now,
                    self._progress("index"), lenient=lenient,
                )  # fmt: skip
            take_texts(state, self.tree, _FEW, None)
            self.repaired = (*told, *repaired)
            self._writing = True
            try:
                with self.pending.held(), self.memory.held():
                    yield self.repaired
                self.damage()
            finally:
                words.forget()
                self._writing = False

    @contextmanager
    def _dropping_what_is_damaged(self) -> Iterator[None]:
        """An index with a page that cannot be read would stop each poll at that place."""
        try:
            yield
        finally:
            if self._state is not None and self._state.is_damaged:
                self.close()
                State.drop(self.tree.state)

    def keep(
        self, record: Record, event: Event, at: datetime, page: FetchedPage | None = None
    ) -> None:
        """Keep a record: its page first, then the record, then the journal line.

        The record names its pages (``records.naming``), this one among them.  When it returns
        all of it is on the disk.  Raises ``ValueError`` for a record that could not be
        read back, ``RecordDamaged`` where another one stands than the journal says,
        ``ArchiveUnwritable``.
        """
        pages = records.claimed(record)
        old = self._as_journaled(record.id)
        if old is not None:
            pages = (*records.claimed(old), *pages)
            number = number_of(record)
            if number is not None and number != number_of(old):
                with unwritable(self.learned.root):
                    self.learned.keep_before(
                        number, record.id, regular.read(self.path_of(record.id))
                    )
        if page is not None and self._keep_raw:
            pages = (*pages, records.payload_digest(page.body))
        self._keep(records.naming(record, pages), event, at, page)

    def restore(self, record: Record, at: datetime) -> None:
        """Keep a record as it is, whatever stands in its place; ``repaired``."""
        self._keep(record, Event.REPAIRED, at, None)

    def _keep(self, record: Record, event: Event, at: datetime, page: FetchedPage | None) -> None:
        book, data = self._book, records.to_json(record)
        path = self.path_of(record.id)
        self.pending.note(record.id, record.url, at, record.sections)
        with unwritable(path):
            if page is not None and self._keep_raw:
                self.raw.add(record.id, page)
            atomic.write(path, data)
            book.record(record, data, event, at)

    def _as_journaled(self, article_id: int) -> Record | None:
        """The record that stands there, which is to be written over: it must be the one
        that the journal's last line of it names."""
        line = self._book.index.line(article_id)
        found = records.read(self.path_of(article_id), article_id)
        if found is None:
            if line is not None and line[0] != NOTHING:
                raise self._gone(article_id)
            return None
        if line is None and article_id in self.pending:
            return found[0]  # this process wrote it, and then could not write the line
        if line is None or line[0] != sha256(found[1]):
            NotedDamage(self._writing_state()).note(article_id, OTHER)
            raise RecordDamaged(OTHER, about=str(self.path_of(article_id)), advice=records.DAMAGE)
        return found[0]

    def withdraw(self, articles: Sequence[Record], at: datetime) -> None:
        """The layout that read these is undone: they are pending again, with what is known
        of when they were first seen.  Their raw pages stay; of one that has none a copy
        goes to ``.state/damaged``."""
        book = self._book
        self.pending.add(
            Pending(
                one.id, one.url, at, one.sections, one.title,
                first_seen_at=one.first_seen_at, origin=one.origin,
            )
            for one in articles
        )  # fmt: skip
        for record in articles:
            if not records.claimed(record):
                self.quarantine.put_aside(record.id)
            path = self.path_of(record.id)
            with unwritable(path):
                # The line first: what is gone before it would count as lost.
                book.line(at, Event.WITHDRAWN, record.id)
                path.unlink(missing_ok=True)
                atomic.sync_folder(path.parent)

    def put_back(self, number: int, article_id: int, at: datetime) -> Record:
        """Make a record what it was before a layout changed it; ``repaired``.  Raises
        ``ArchiveError`` where that is lost."""
        path = self.learned.before(number, article_id)
        found = records.read(path, article_id)
        if found is None:
            raise RecordDamaged("is gone", about=str(path), advice=records.DAMAGE)
        self.restore(found[0], at)
        return found[0]

    def give_up(self, article_id: int, url: str, at: datetime) -> Path | None:
        """Write down that a record is lost: ``repaired``, of no bytes.  The article is
        pending again; gives where the damaged file is kept, if there is one."""
        book = self._book
        self.pending.add([Pending(article_id, url, at)])
        copy, path = self.quarantine.put_aside(article_id), self.path_of(article_id)
        with unwritable(path):
            path.unlink(missing_ok=True)
            book.line(at, Event.REPAIRED, article_id)
        return copy

    def add_image(self, record: Record, at: datetime, data: bytes) -> str:
        """Keep an image of a record that is about to be kept; the path to name in it.

        The same image is kept once, whoever shows it.  Raises ``ValueError`` for bytes
        of no kind that is kept, ``FeedsvcError`` where its own place is taken.
        """
        self.pending.note(record.id, record.url, at, record.sections)
        with unwritable(self.tree.images):
            return self.images.add(data)

    def hold(self, article_id: int, page: FetchedPage) -> None:
        """Keep the raw page of an article that has no record yet, because nobody can
        read it today; where raw pages are kept at all."""
        if self._keep_raw:
            self.pending.note(article_id, page.url, page.fetched_at)
            with unwritable(self.tree.raw):
                self.raw.add(article_id, page)

    def move_away(self, article_id: int, url: str, at: datetime) -> None:
        """Journal, once, that an article's page led to another id.  Its record stays where
        there is one; else it is pending, to be asked for once more a day later: what sends
        one elsewhere for an hour must not cost an article."""
        book, record = self._book, self.get(article_id)
        digest = file = NOTHING
        if record is None:
            if book.index.moved([article_id]):
                return
            self.pending.add([Pending(article_id, url, at)])
        else:
            if self.memory.watch.of(article_id).moved_at is not None:
                return
            self.memory.watch.set(article_id, moved_at=at)
            if line := book.index.line(article_id):
                digest, file = record.digest, line[0]
        with unwritable(self.tree.journal):
            book.line(at, Event.MOVED, article_id, digest, file)

    def damage(self) -> tuple[str, ...]:
        """A line for each thing that is damaged or gone, as the last :meth:`writing` met it;
        ``archive verify`` looks at all there is."""
        if self._writing:
            self._amiss = NotedDamage(self._writing_state()).told(self.tree)
        layouts: list[str] = []
        self.learned.whole(lambda error: layouts.append(f"{error.about}: {error.message}"))
        return (*self.raw.damage(), *self._amiss, *layouts)

    def set_marks(self, section: str, marks: Mapping[int, str]) -> None:
        """Remember, by id, the digest of each row as a section (its name) listed it."""
        self._book.index.set_marks(section, marks)

    # The indexes

    def reindex(self, progress: Progress | None = None) -> None:
        """Make the indexes again from journal and records; inside :meth:`writing`.  Damaged
        records are left out, and raw pages held against what records name: :meth:`damage`
        tells."""
        reindex(
            self._writing_state(), self._journal, self.tree,
            progress or self._progress("index"), raw=self.raw.files(), anew=True,
        )  # fmt: skip
        self.make_findable()

    def make_findable(self, limit: int | None = None) -> None:
        """Go on making the search index, where it is not made, with ``limit`` records at
        most; inside :meth:`writing`."""
        take_texts(
            self._writing_state(), self.tree, limit,
            self._progress("search index") if limit is None else None,
        )  # fmt: skip

    def _progress(self, what: str) -> Progress | None:
        making = self._making
        return making and (lambda done, total: making(what, done, total))
