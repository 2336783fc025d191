"""Whether the archive is what was written: every file read, every digest compared, and
whether the index in ``.state`` says what the journal says.

In: an archive folder; nothing is written and no lock is needed, another feedsvc may
write meanwhile.  Out: a :class:`Verdict` that names each damaged file, and what a
crash left for the next writer to complete.  Repairing is not its job.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from feedsvc import regular
from feedsvc.archive import learned, records, verify_index, verify_raw
from feedsvc.archive.append import LineFile
from feedsvc.archive.damage import GONE, OTHER, UNKNOWN
from feedsvc.archive.digests import Digests
from feedsvc.archive.images import fault_of
from feedsvc.archive.journal import UNREADABLE, Journal, JournalPart, read_part
from feedsvc.archive.learned import UNWRITTEN
from feedsvc.archive.notices import NoticesFile
from feedsvc.archive.pending import Leftovers, Pending, PendingFile, remembered
from feedsvc.archive.raw import noted_ends
from feedsvc.archive.recovery import is_older, is_put_back, lost_pending, was_withdrawn
from feedsvc.archive.reindex import Progress
from feedsvc.archive.tree import Files, Tree, listed
from feedsvc.archive.verify_index import take
from feedsvc.archive.workers import in_workers
from feedsvc.catalogue.index import Place
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError, ArchiveUnreadable, ArchiveUnwritable
from feedsvc.model import Record

T = TypeVar("T")

_ALONE = 300_000_000  # bytes for which other processes are not worth their start


@dataclass(frozen=True, slots=True)
class Fault:
    """One damaged file.  ``id`` is set where a record is damaged or missing, ``derived``
    where the file can be made again from the others."""

    path: Path
    what: str
    id: int | None = None
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was read and what is wrong.  ``unfinished`` is no damage: a crash left it,
    or another feedsvc is writing, and the next poll completes it.  ``unnamed`` are the
    images, by their path in the archive, that no record which can be read names;
    ``unshown`` those that are gone or damaged and that a record names; ``unkept`` the
    articles of which a raw page is gone.  ``bystanders`` are what systems and editors
    leave: no part of the archive, and no harm to it."""

    records: int
    lines: int
    pages: int
    images: int
    size: int
    faults: tuple[Fault, ...]
    unfinished: tuple[str, ...]
    unnamed: tuple[str, ...] = ()
    unshown: tuple[str, ...] = ()
    unkept: tuple[int, ...] = ()
    bystanders: tuple[Path, ...] = ()


def verify(tree: Tree, progress: Progress | None = None, *, every_page: bool = False) -> Verdict:
    """Read everything; of a large index ``every_page`` only if asked.  Raises ``ArchiveError``
    only where the journal's files cannot be opened at all."""
    return _Reading(tree, progress or (lambda done, total: None)).verdict(every_page=every_page)


class _Reading:
    """One reading of an archive."""

    def __init__(self, tree: Tree, progress: Progress) -> None:
        self._tree = tree
        self._journal = Journal(tree.journal)
        self._progress = progress
        self._faults: list[Fault] = []
        self._unfinished: list[str] = []
        self._files: dict[int, bytes] = {}  # the digest that the last line of an id names
        self._layouts: dict[int, bytes] = {}  # the same of a learned layout's number
        self._wanted: dict[str, int] = {}  # images, and which article names each
        self._claims = verify_raw.Claims()
        self._wrong_images: set[str] = set()
        self._lines = self._read = self._told = self._size = 0

    def verdict(self, *, every_page: bool = False) -> Verdict:
        found = listed(self._tree.root)
        self._size = found.size
        self._alone = found.size < _ALONE
        end = self._check_journal()
        pending = self._pending()
        gone = sorted(self._files.keys() - set(found.records))
        self._judge([*self._check_records(found.records), *gone], pending, end)
        pages, unkept = self._check_raw(found.of["raw"])
        unnamed = self._check_images(found.of["image"], end, bool(pending))
        notices = NoticesFile(self._tree.notices)
        with self._named(notices):
            self._check_end(notices)
            if what := notices.wrong():
                self._faults.append(Fault(notices.path, what))
        self._faults += [
            Fault(*one) for one in Digests(self._tree.digests).faults(found.of["digest"])
        ]
        self._check_layouts(found.of["layout"], end)
        self._check_stray(found, pending)
        damaged = {fault.id for fault in self._faults if fault.id is not None}
        for path, what, derived in verify_index.faults(
            self._tree, self._journal, self._files, end, damaged, every_page=every_page
        ):
            if derived or all(one.path != path for one in self._faults):
                self._faults.append(Fault(path, what, derived=derived))
        self._progress(self._size, self._size)
        return Verdict(
            len(found.records), self._lines, pages, len(found.of["image"]), self._read,
            tuple(self._faults), tuple(self._unfinished), unnamed,
            tuple(sorted(self._wrong_images & self._wanted.keys())), unkept,
            tuple(found.of["bystander"]),
        )  # fmt: skip

    # Files of lines

    def _check_journal(self) -> Place | None:
        """Every line; a broken one is named, and reading goes on behind it."""
        paths = [self._journal.path(name) for name in self._journal.names()]
        prev: str | None = None
        end: Place | None = None
        for path, part in zip(paths, in_workers(read_part, paths, alone=self._alone), strict=True):
            if part.lines and part.first not in (UNREADABLE, prev):
                self._faults.append(Fault(path, "the chain is broken before line 1"))
            self._faults += [Fault(path, what) for what in part.faults]
            if part.torn is not None and path == paths[-1] and self._can_be_left(path, part):
                self._unfinished.append(f"{path}: the last line is half written")
            elif part.torn is not None:
                self._faults.append(Fault(path, "the last line was cut off"))
            take(self._files, part.files)
            self._layouts.update(part.layouts)
            self._lines += part.lines
            self._count(part.size)
            if part.lines:
                prev = part.last
                end = Place(path.name, part.size, part.last)
        return end

    def _can_be_left(self, path: Path, part: JournalPart) -> bool:
        """Whether a crash can have left the beginning of a line, or it is being written."""
        torn = part.torn or b""
        if Leftovers(self._tree, self._pending_now()).line(torn):
            return True
        with suppress(OSError):
            return torn not in regular.read(path)[-len(torn) - 1 :]  # written by now
        return False

    @contextmanager
    def _named(self, file: LineFile) -> Iterator[None]:
        """Why a file of lines cannot be read is named."""
        try:
            yield
        except (ArchiveError, ArchiveUnreadable) as error:
            self._faults.append(Fault(file.path, error.message))

    def _check_end(self, file: LineFile) -> None:
        if file.torn():
            self._unfinished.append(f"{file.path}: the last line is half written")

    def _pending_now(self) -> set[int]:
        with suppress(ArchiveError, ArchiveUnreadable):
            return set(PendingFile(self._tree.pending).read())
        return set()

    def _pending(self) -> set[int]:
        lost, file = self._lost_pending(), PendingFile(self._tree.pending)
        with self._named(file):
            self._check_end(file)
            found = set(file.read())
            if lost := (lost - found) & self._lost_pending():
                what = f"articles that were pending are gone from it: {records.some(lost)}"
                self._faults.append(Fault(file.path, what, derived=True))
            return found
        return set()

    def _lost_pending(self) -> set[int]:
        """What .state remembers as pending and does not stand there: no more than an
        alarm, and the next writer finds it again."""
        known: dict[int, Pending] = _of_state(self._tree, remembered, {})
        return {one.id for one in lost_pending(self._tree, known, self._pending_now())}

    # Records

    def _check_records(self, ids: Sequence[int]) -> Iterator[int]:
        """The ids of records that are not the bytes that the journal names, or no records."""
        folders = [list(some) for _, some in groupby(ids, lambda one: one // 1000)]
        for found in in_workers(partial(_records_of, self._tree), folders, alone=self._alone):
            for one in found:
                self._count(one[2])
                if not self._takes_in(one):
                    yield one[0]

    def _takes_in(self, found: _Found) -> bool:
        """Whether a record is what the journal names; what it names itself is noted."""
        article_id, of_file, _, names, pages = found
        if names is None or of_file != self._files.get(article_id):
            return False
        self._wanted.update((name, article_id) for name in names)
        self._claims.add(article_id, pages)
        return True

    def _judge(self, doubtful: Collection[int], pending: set[int], end: Place | None) -> None:
        """Say of each record that did not hold what it is: written meanwhile by
        another feedsvc, not completed yet, or damaged."""
        if not doubtful:
            return
        with suppress(ArchiveError, ArchiveUnreadable):
            # What is damaged was named already, or is a line that is just being written.
            for line, _ in self._journal.after(end):
                take(self._files, line.of_record)
            pending |= set(PendingFile(self._tree.pending).read())
        for found in _records_of(self._tree, doubtful):
            if not self._takes_in(found):
                self._judge_one(found[0], self._tree.record(found[0]), pending)

    def _judge_one(self, article_id: int, path: Path, pending: set[int]) -> None:
        named = article_id in self._files
        try:
            data = regular.read(path)
            record = records.record_of(data, article_id)
        except FileNotFoundError:
            if not named:
                return
            what = GONE
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
        except (ValueError, RecursionError) as error:
            what = f"damaged record: {error}"
        else:
            if article_id in pending and self._is_unfinished(record, data):
                self._unfinished.append(f"{path}: {UNWRITTEN}")
                self._wanted.update((name, article_id) for name in records.images_of(record))
                return
            what = OTHER if named else UNKNOWN
        self._faults.append(Fault(path, what, article_id))

    def _is_unfinished(self, record: Record, data: bytes) -> bool:
        """Whether a crash can have left the record of a pending article so.  Where its file
        was once so, an older copy was put back, unless a layout is being undone."""
        if not records.as_written(record, data):
            return False
        with suppress(ArchiveError, ArchiveUnreadable):
            if is_older(self._journal, record.id, data):
                return was_withdrawn(self._journal, record.id) or is_put_back(
                    self._tree, record.id, data
                )
        return True

    # What lies beside them

    def _check_raw(self, paths: Sequence[Path]) -> tuple[int, tuple[int, ...]]:
        """How many pages there are, and the articles of which some are gone."""
        # Asked before the files are read: another feedsvc may add to them meanwhile.
        noted: dict[str, int] = _of_state(self._tree, noted_ends, {})
        found = verify_raw.judge(self._tree, paths, noted, self._pending_now, alone=self._alone)
        self._count(found.size)
        self._faults += [Fault(path, what) for path, what in found.faults]
        self._unfinished += [f"{path}: the last page is half written" for path in found.torn]
        unkept = self._claims.missing(found.keys)
        if unkept and not found.faults:
            what = f"pages that were kept are gone, of {records.some(unkept)}"
            self._faults.append(Fault(self._tree.raw, what))
        return len(found.keys), unkept

    def _check_images(
        self, paths: Sequence[Path], end: Place | None, waiting: bool
    ) -> tuple[str, ...]:
        """Each image, and those that records name and that are gone.  Gives the images that no
        record names.  Where a record cannot be read, or was written meanwhile by another
        feedsvc, it may name them."""
        for path in paths:
            try:
                data = regular.read(path)
                self._count(len(data))
                what = fault_of(path, data)
            except OSError as error:
                what = f"cannot be read: {error.strerror or error}"
            if what is not None:
                self._wrong_image(path, what)
        names = {path.relative_to(self._tree.root).as_posix() for path in paths}
        for name, article_id in self._wanted.items():
            path = self._tree.root / name
            if name not in names and not path.is_file():
                self._wrong_image(path, f"the image of article {article_id} is missing")
        unnamed = names - self._wanted.keys()
        with suppress(ArchiveError):  # named already
            for line, _ in self._journal.after(end) if unnamed else ():
                if line.article is not None:
                    self._takes_in(*_records_of(self._tree, [line.article]))
        found = sorted(unnamed - self._wanted.keys())
        if waiting:
            self._unfinished += [f"{name}: an image that no record names yet" for name in found]
        elif not any(fault.id is not None for fault in self._faults):
            what = "an image that no record names"
            self._faults += [Fault(self._tree.root / name, what) for name in found]
        return tuple(found)

    def _wrong_image(self, path: Path, what: str) -> None:
        self._faults.append(Fault(path, what))
        self._wrong_images.add(path.relative_to(self._tree.root).as_posix())

    def _check_layouts(self, paths: Sequence[Path], end: Place | None) -> None:
        for path, what in learned.faults(self._tree, self._journal, paths, self._layouts, end):
            if what == UNWRITTEN:
                self._unfinished.append(f"{path}: {what}")
            else:
                self._faults.append(Fault(path, what))

    def _check_stray(self, found: Files, pending: set[int]) -> None:
        root = self._tree.root
        swept = {
            root,
            self._tree.images,
            *self._tree.digests.glob("*/"),
            self._tree.layouts,
            *self._tree.layouts.glob("*/"),
            *(self._tree.record(one).parent for one in pending),
        }
        for path in found.of["temporary"]:
            if not path.exists():
                continue  # another feedsvc has just put it in place
            if path.parent in swept:
                self._unfinished.append(f"{path}: a file half written")
            else:
                self._faults.append(Fault(path, "a temporary file that nobody finished"))
        self._faults += [Fault(path, "an alien file") for path in found.of["alien"]]
        for path in (self._tree.format, self._tree.lock):
            with suppress(OSError):
                if (what := regular.kind(path)) is not None:
                    self._faults.append(Fault(path, f"{what} stands where a file belongs"))

    def _count(self, size: int) -> None:
        self._read += size
        if self._read - self._told > 1 << 20:
            self._told = self._read
            self._progress(min(self._read, self._size), self._size)


_Found = tuple[int, bytes, int, tuple[str, ...] | None, tuple[str, ...]]
"""Of a record: id, SHA-256, length, the images that it names (``None`` for what cannot be
read or is no record of that id), the raw pages that it names."""


def _records_of(tree: Tree, ids: Iterable[int]) -> list[_Found]:
    found: list[_Found] = []
    for article_id in ids:
        names: tuple[str, ...] | None = None
        pages: tuple[str, ...] = ()
        data = b""
        with suppress(OSError, ValueError, RecursionError):
            data = regular.read(tree.record(article_id))
            record = records.record_of(data, article_id)
            names, pages = tuple(records.images_of(record)), records.claimed(record)
        found.append((article_id, hashlib.sha256(data).digest(), len(data), names, pages))
    return found


def _of_state(tree: Tree, ask: Callable[[State], T], otherwise: T) -> T:
    """What ``.state`` remembers, where it can be read."""
    with (
        suppress(ArchiveError, ArchiveUnreadable, ArchiveUnwritable),
        closing(State.to_read(tree.state) or State.in_memory(tree.state)) as state,
    ):
        return ask(state)
    return otherwise
