"""Whether the archive is what was written: every file read, every digest compared.

In: an archive folder; nothing is written and no lock is needed, another feedsvc may
write meanwhile.  Out: a :class:`Verdict` that names each damaged file, and what a
crash left for the next writer to complete.  Repairing is not its job.
"""

from __future__ import annotations

import hashlib
import mmap
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path

from feedsvc.archive import append, rawcheck
from feedsvc.archive.folder import Files, listed
from feedsvc.archive.images import fault_of
from feedsvc.archive.index import Index
from feedsvc.archive.journal import NOTHING, Journal, Line, Place
from feedsvc.archive.layout import Layout
from feedsvc.archive.pending import PendingFile
from feedsvc.archive.rawcheck import RawReport
from feedsvc.archive.records import from_json, to_json
from feedsvc.archive.spread import spread
from feedsvc.archive.state import State
from feedsvc.digest import digest, sha256
from feedsvc.errors import ArchiveError, ArchiveUnwritable
from feedsvc.model import Json, Record

Progress = Callable[[int, int], None]
"""Told how many bytes were read, and how many there are."""


_ALONE = 300_000_000  # bytes for which other processes are not worth their start
_UNREADABLE = "unreadable"
_NOTHING = bytes.fromhex(NOTHING.removeprefix("sha256:"))


@dataclass(frozen=True, slots=True)
class Fault:
    """One damaged file.  ``id`` is set where a record is damaged or missing,
    ``derived`` where the file can be made again from the others."""

    path: Path
    what: str
    id: int | None = None
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was read and what is wrong.  ``unfinished`` is no damage: a crash left it,
    or another feedsvc is writing, and the next poll completes it.  ``unnamed`` are the
    images, by their path in the archive, that no record which can be read names."""

    records: int
    lines: int
    pages: int
    images: int
    size: int
    faults: tuple[Fault, ...]
    unfinished: tuple[str, ...]
    unnamed: tuple[str, ...] = ()


@dataclass(slots=True)
class _JournalPart:
    """One file of the journal: what is wrong inside of it, and its two ends of the
    chain.  ``files`` has the digest that the last line of an id names."""

    first: str | None = _UNREADABLE
    last: str = ""
    lines: int = 0
    size: int = 0
    torn: bool = False
    faults: list[str] = field(default_factory=list)
    files: dict[int, bytes] = field(default_factory=dict)


def verify(layout: Layout, progress: Progress | None = None) -> Verdict:
    """Read everything.  Raises ``ArchiveError`` only where the journal's files cannot
    be opened at all."""
    return _Reading(layout, progress or (lambda done, total: None)).verdict()


class _Reading:
    """One reading of an archive."""

    def __init__(self, layout: Layout, progress: Progress) -> None:
        self._layout = layout
        self._journal = Journal(layout.journal)
        self._progress = progress
        self._faults: list[Fault] = []
        self._unfinished: list[str] = []
        self._files: dict[int, bytes] = {}  # the digest that the last line of an id names
        self._lines = 0
        self._read = 0
        self._told = 0
        self._size = 0

    def verdict(self) -> Verdict:
        found = listed(self._layout.root)
        self._size = found.size
        self._alone = found.size < _ALONE
        end = self._check_journal()
        pending = self._pending()
        wanted: dict[str, int] = {}
        doubtful = [*self._check_records(found.records, wanted), *self._missing(found.records)]
        pages = self._check_raw(found.raw)
        for path in found.images:
            try:
                self._check_image(path)
            except OSError as error:
                what = f"cannot be read: {error.strerror or error}"
                self._faults.append(Fault(path, what))
        self._judge(doubtful, pending, end, wanted)
        have = {path.relative_to(self._layout.root).as_posix() for path in found.images}
        for name, article_id in wanted.items():
            if name not in have and not (self._layout.root / name).is_file():
                what = f"the image of article {article_id} is missing"
                self._faults.append(Fault(self._layout.root / name, what))
        unnamed = self._unnamed(found.images, wanted, end, bool(pending))
        self._check_stray(found, pending)
        self._check_state(end)
        self._progress(self._size, self._size)
        return Verdict(
            len(found.records), self._lines, pages, len(found.images), self._read,
            tuple(self._faults), tuple(self._unfinished), unnamed,
        )  # fmt: skip

    # The journal

    def _check_journal(self) -> Place | None:
        """Every line; a broken one is named, and reading goes on behind it."""
        names = self._journal.names()
        paths = [self._journal.path(name) for name in names]
        prev: str | None = None
        end: Place | None = None
        for path, part in zip(paths, spread(_journal_part, paths, alone=self._alone), strict=True):
            if part.lines and part.first != _UNREADABLE and part.first != prev:
                self._faults.append(Fault(path, "the chain is broken before line 1"))
            self._faults += [Fault(path, what) for what in part.faults]
            if part.torn and path == paths[-1]:
                self._unfinished.append(f"{path}: the last line is half written")
            elif part.torn:
                self._faults.append(Fault(path, "the last line has no end"))
            self._take(part.files)
            self._lines += part.lines
            self._count(part.size)
            if part.lines:
                prev = part.last
                end = Place(path.name, part.size, part.last)
        return end

    def _take(self, files: Mapping[int, bytes]) -> None:
        """What later lines say of the files of records, or that there is none any more."""
        self._files.update(files)
        for article_id, of_file in files.items():
            if of_file == _NOTHING:
                self._files.pop(article_id, None)

    def _pending(self) -> set[int]:
        file = PendingFile(self._layout.pending)
        try:
            if file.torn():
                self._unfinished.append(f"{self._layout.pending}: the last line is half written")
            return set(file.read())
        except ArchiveError as error:
            self._faults.append(Fault(self._layout.pending, error.message))
            return set()

    # Records

    def _check_records(self, ids: Sequence[int], wanted: dict[str, int]) -> Iterator[int]:
        """The ids of records that are not the bytes that the journal names, or no records."""
        folders = [list(some) for _, some in groupby(ids, lambda one: one // 1000)]
        work = partial(_records_of, self._layout)
        for found in spread(work, folders, alone=self._alone):
            for article_id, of_file, size, names in found:
                self._count(size)
                if names is None or of_file != self._files.get(article_id):
                    yield article_id
                else:
                    wanted.update((name, article_id) for name in names)

    def _holds(self, article_id: int, wanted: dict[str, int]) -> bool:
        ((_, of_file, _, names),) = _records_of(self._layout, [article_id])
        if names is None or of_file != self._files.get(article_id):
            return False
        wanted.update((name, article_id) for name in names)
        return True

    def _missing(self, ids: Iterable[int]) -> list[int]:
        return sorted(self._files.keys() - set(ids))

    def _judge(
        self,
        doubtful: Iterable[int],
        pending: set[int],
        end: Place | None,
        wanted: dict[str, int],
    ) -> None:
        """Say of each record that did not hold what it is: written meanwhile by
        another feedsvc, not completed yet, or damaged."""
        doubtful = list(doubtful)
        if not doubtful:
            return
        try:
            for line, _ in self._journal.after(end):
                self._take({line.id: _digest(line)})
            pending |= set(PendingFile(self._layout.pending).read())
        except ArchiveError:
            pass  # named already, or a line that is just being written
        for article_id in doubtful:
            if not self._holds(article_id, wanted):
                self._judge_one(article_id, self._layout.record(article_id), pending, wanted)

    def _judge_one(
        self, article_id: int, path: Path, pending: set[int], wanted: dict[str, int]
    ) -> None:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            if article_id in self._files:
                self._faults.append(Fault(path, "the record is gone", article_id))
            return
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            self._faults.append(Fault(path, what, article_id))
            return
        try:
            record = from_json(data)
            if record.id != article_id:
                raise ValueError(f"id: {record.id} in the file of {article_id}")
        except (ValueError, RecursionError) as error:
            self._faults.append(Fault(path, f"damaged record: {error}", article_id))
            return
        if article_id in pending and _as_written(record, data):
            self._unfinished.append(f"{path}: its journal line is not written yet")
            wanted.update((name, article_id) for name in _images(record))
        elif article_id in self._files:
            what = "the record is not what the journal's last line of it names"
            self._faults.append(Fault(path, what, article_id))
        else:
            self._faults.append(Fault(path, "a record that the journal does not know"))

    # What lies beside them

    def _check_raw(self, paths: Sequence[Path]) -> int:
        """How many pages there are."""
        # Asked before the files are read: another feedsvc may add to them meanwhile.
        noted = [self._noted(path) for path in paths]
        pages = 0
        reports = spread(_raw_report, paths, alone=self._alone)
        for path, known, (report, size, error) in zip(paths, noted, reports, strict=True):
            self._count(size)
            if report is None:
                self._faults.append(Fault(path, f"cannot be read: {error}"))
            else:
                self._judge_raw(path, report, known)
                pages += report.pages
        return pages

    def _judge_raw(self, path: Path, report: RawReport, noted: int | None) -> None:
        for offset, what in report.faults:
            self._faults.append(Fault(path, f"at byte {offset}: {what}"))
        if noted is not None and report.whole < noted and not report.faults:
            what = f"the pages behind byte {report.whole} were cut or changed"
            self._faults.append(Fault(path, what))
        elif report.torn:
            self._unfinished.append(f"{path}: the last page is half written")

    def _noted(self, path: Path) -> int | None:
        """The length that .state remembers of a file of raw pages."""
        state = State.to_read(self._layout.state)
        if state is None:
            return None
        try:
            noted = state.meta(f"raw:{path.name}")
        finally:
            state.close()
        return int(noted) if noted is not None else None

    def _check_image(self, path: Path) -> None:
        data = path.read_bytes()
        self._count(len(data))
        fault = fault_of(path, data)
        if fault is not None:
            self._faults.append(Fault(path, fault))

    def _unnamed(
        self, images: Iterable[Path], wanted: Mapping[str, int], end: Place | None, waiting: bool
    ) -> tuple[str, ...]:
        """The images that no record names.  Where a record cannot be read, or was written
        meanwhile by another feedsvc, it may name them."""
        names = {path.relative_to(self._layout.root).as_posix() for path in images}
        unnamed = sorted(names - wanted.keys())
        if not unnamed:
            return ()
        later: dict[str, int] = {}
        with suppress(ArchiveError):  # named already
            for article_id in {line.id for line, _ in self._journal.after(end)}:
                self._holds(article_id, later)
        unnamed = [name for name in unnamed if name not in later]
        if waiting:
            self._unfinished += [f"{name}: an image that no record names yet" for name in unnamed]
        elif not any(fault.id is not None for fault in self._faults):
            what = "an image that no record names"
            self._faults += [Fault(self._layout.root / name, what) for name in unnamed]
        return tuple(unnamed)

    def _check_stray(self, found: Files, pending: set[int]) -> None:
        root = self._layout.root
        swept = {root, self._layout.images, *(self._layout.record(one).parent for one in pending)}
        for path in found.temporary:
            if not path.exists():
                continue  # another feedsvc has just put it in place
            if path.parent in swept:
                self._unfinished.append(f"{path}: a file half written")
            else:
                self._faults.append(Fault(path, "a temporary file that nobody finished"))
        self._faults += [Fault(path, "an alien file") for path in found.alien]

    def _check_state(self, end: Place | None) -> None:
        """Whether the index says what journal and records say."""
        path = self._layout.state / "state.sqlite"
        state = State.to_read(self._layout.state)
        if state is None:
            return  # deleted or of another version: made again by the next writer
        try:
            with state.snapshot():
                index = Index(state)
                head = index.head()
                if head is not None and not self._remembers(head):
                    return
                if not index.made or not self._journal.reached(head):
                    return  # behind: the next writer catches up
                self._take_newer(end, head)
                held = 0
                differs = False
                for article_id, file in index.files():
                    held += 1
                    of_line = self._files.get(article_id)
                    differs |= of_line is None or file != f"sha256:{of_line.hex()}"
                odd = set(index.odd())
        except ArchiveUnwritable:
            return  # locked for a moment by another feedsvc
        except (ArchiveError, sqlite3.Error, ValueError, TypeError) as error:
            self._faults.append(Fault(path, f"the index is damaged: {error}", derived=True))
            return
        finally:
            state.close()
        gone = {fault.id for fault in self._faults if fault.id is not None}
        if differs or held != len(self._files) or odd - gone:
            what = "the index does not say what the journal says"
            self._faults.append(Fault(path, what, derived=True))

    def _take_newer(self, end: Place | None, head: Place | None) -> None:
        """The lines written while this was reading, which the index knows too."""
        if end == head:
            return
        for line, place in self._journal.after(end):
            self._take({line.id: _digest(line)})
            if place == head:
                return

    def _remembers(self, head: Place) -> bool:
        """Whether the newest line that .state remembers is still in the journal."""
        try:
            self._journal.hold(head)
        except ArchiveError as error:
            self._faults.append(Fault(Path(error.about), error.message))
            return False
        return True

    def _count(self, size: int) -> None:
        self._read += size
        if self._read - self._told > 1 << 20:
            self._told = self._read
            self._progress(min(self._read, self._size), self._size)


def _digest(line: Line) -> bytes:
    return bytes.fromhex(line.file.removeprefix("sha256:"))


def _journal_part(path: Path) -> _JournalPart:
    part = _JournalPart()
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
            if not raw.endswith(b"\n"):
                part.torn = True
                break
            try:
                line = Line.from_bytes(raw[:-1])
                part.files[line.id] = _digest(line)
                if number == 1:
                    part.first = line.prev
                elif line.prev != part.last:
                    part.faults.append(f"the chain is broken before line {number}")
                    continue
                if line.to_bytes() != raw[:-1]:
                    part.faults.append(f"line {number} is not as it was written")
            except ValueError as error:
                part.faults.append(f"line {number} is damaged: {error}")
            finally:
                part.last = sha256(raw[:-1])
                part.size += len(raw)
                part.lines = number
    return part


def _records_of(
    layout: Layout, ids: Sequence[int]
) -> list[tuple[int, bytes, int, tuple[str, ...] | None]]:
    """Of each record: id, SHA-256, length, and the images it names; ``None`` for what
    cannot be read or is no record of that id."""
    found: list[tuple[int, bytes, int, tuple[str, ...] | None]] = []
    for article_id in ids:
        names: tuple[str, ...] | None = None
        data = b""
        with suppress(OSError, ValueError, RecursionError):
            data = layout.record(article_id).read_bytes()
            record = from_json(data)
            if record.id == article_id:
                names = tuple(_images(record))
        found.append((article_id, hashlib.sha256(data).digest(), len(data), names))
    return found


def _raw_report(path: Path) -> tuple[RawReport | None, int, str]:
    """What :mod:`rawcheck` says of a file, the file's length, or why it cannot be read."""
    try:
        with path.open("rb") as stream:
            size = append.size(path)
            if size == 0:
                return rawcheck.check(b""), 0, ""
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return rawcheck.check(data), size, ""
    except OSError as error:
        return None, 0, error.strerror or str(error)


def _as_written(record: Record, data: bytes) -> bool:
    """Whether these are bytes that feedsvc writes, of a text that its digest proves."""
    own = digest(record.title, record.subtitle, record.body)
    return own == record.digest and to_json(record) == data


def _images(record: Record) -> Iterator[str]:
    """The local copies that a record, or a revision of it, points at."""
    yield from (image.file for image in record.images if image.file)
    for revision in record.revisions:
        images: Json = dict(revision.old).get("images")
        for one in images if isinstance(images, list) else ():
            if isinstance(one, dict) and isinstance(one.get("file"), str):
                yield str(one["file"])
