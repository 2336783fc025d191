"""Whether the archive is what was written: every file read, every digest compared.

In: an archive folder; nothing is written and no lock is needed, another feedsvc may
write meanwhile.  Out: a :class:`Verdict` that names each damaged file, and what a
crash left for the next writer to complete.  Repairing is not its job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from itertools import groupby
from pathlib import Path

from feedsvc import regular
from feedsvc.archive import indexverdict, rawverdict
from feedsvc.archive.crash import Leftovers
from feedsvc.archive.digests import Digests
from feedsvc.archive.images import fault_of
from feedsvc.archive.indexverdict import NO_BYTES, of_record, take
from feedsvc.archive.inventory import Files, listed
from feedsvc.archive.journal import Journal, Place
from feedsvc.archive.layout import Layout
from feedsvc.archive.layoutverdict import judge as judge_layouts
from feedsvc.archive.notices import NoticesFile
from feedsvc.archive.pending import PendingFile, remembered
from feedsvc.archive.rawverdict import Claims
from feedsvc.archive.readings import (
    UNREADABLE,
    JournalPart,
    as_written,
    images_of,
    journal_part,
    records_of,
)
from feedsvc.archive.records import from_json
from feedsvc.archive.recovery import is_older, is_put_back, lost_pending, was_withdrawn
from feedsvc.archive.reindex import Progress
from feedsvc.archive.verdict import Fault, Verdict, some
from feedsvc.archive.workers import in_workers
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError, ArchiveUnreadable, ArchiveUnwritable
from feedsvc.model import Record

_ALONE = 300_000_000  # bytes for which other processes are not worth their start


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
        self._layouts: dict[int, bytes] = {}  # the same of a learned layout's number
        self._claims = Claims()
        self._wrong_images: set[str] = set()
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
        self._judge(doubtful, pending, end, wanted)
        pages, unkept = self._check_raw(found.raw)
        for path in found.images:
            try:
                self._check_image(path)
            except OSError as error:
                self._wrong_image(path, f"cannot be read: {error.strerror or error}")
        have = {path.relative_to(self._layout.root).as_posix() for path in found.images}
        for name, article_id in wanted.items():
            if name not in have and not (self._layout.root / name).is_file():
                what = f"the image of article {article_id} is missing"
                self._wrong_image(self._layout.root / name, what)
        unnamed = self._unnamed(found.images, wanted, end, bool(pending))
        self._check_notices()
        self._faults += [Fault(*one) for one in Digests(self._layout.digests).faults(found.digests)]
        judged = judge_layouts(self._layout, self._journal, found.layouts, self._layouts, end)
        self._faults += [Fault(*one) for one in judged.faults]
        self._unfinished += judged.unfinished
        self._check_stray(found, pending)
        gone = {fault.id for fault in self._faults if fault.id is not None}
        for fault in indexverdict.judge(self._layout, self._journal, self._files, end, gone):
            if fault.derived or all(one.path != fault.path for one in self._faults):
                self._faults.append(fault)
        self._progress(self._size, self._size)
        return Verdict(
            len(found.records), self._lines, pages, len(found.images), self._read,
            tuple(self._faults), tuple(self._unfinished), unnamed,
            tuple(sorted(self._wrong_images & wanted.keys())), unkept, tuple(found.bystanders),
        )  # fmt: skip

    # The journal

    def _check_journal(self) -> Place | None:
        """Every line; a broken one is named, and reading goes on behind it."""
        names = self._journal.names()
        paths = [self._journal.path(name) for name in names]
        prev: str | None = None
        end: Place | None = None
        for path, part in zip(
            paths, in_workers(journal_part, paths, alone=self._alone), strict=True
        ):
            if part.lines and part.first != UNREADABLE and part.first != prev:
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
        if Leftovers(self._layout, self._pending_now()).line(torn):
            return True
        with suppress(OSError):
            return torn not in regular.read(path)[-len(torn) - 1 :]  # written by now
        return False

    def _pending_now(self) -> set[int]:
        with suppress(ArchiveError, ArchiveUnreadable):
            return set(PendingFile(self._layout.pending).read())
        return set()

    def _pending(self) -> set[int]:
        path = self._layout.pending
        lost = self._lost_pending()
        file = PendingFile(path)
        try:
            if file.torn():
                self._unfinished.append(f"{path}: the last line is half written")
            found = set(file.read())
        except (ArchiveError, ArchiveUnreadable) as error:
            self._faults.append(Fault(path, error.message))
            return set()
        lost = (lost - found) & self._lost_pending()
        if lost:
            what = f"articles that were pending are gone from it: {some(lost)}"
            self._faults.append(Fault(path, what, derived=True))
        return found

    def _check_notices(self) -> None:
        path = self._layout.notices
        file = NoticesFile(path)
        try:
            if file.torn():
                self._unfinished.append(f"{path}: the last line is half written")
            if wrong := file.wrong():
                self._faults.append(Fault(path, wrong))
        except (ArchiveError, ArchiveUnreadable) as error:
            self._faults.append(Fault(path, error.message))

    def _lost_pending(self) -> set[int]:
        """What .state remembers as pending and does not stand there: no more than an
        alarm, and the next writer finds it again."""
        with suppress(ArchiveError, ArchiveUnreadable, ArchiveUnwritable):
            state = State.to_read(self._layout.state)
            if state is not None:
                with closing(state):
                    known = remembered(state)
                return {one.id for one in lost_pending(self._layout, known, self._pending_now())}
        return set()

    # Records

    def _check_records(self, ids: Sequence[int], wanted: dict[str, int]) -> Iterator[int]:
        """The ids of records that are not the bytes that the journal names, or no records."""
        folders = [list(some) for _, some in groupby(ids, lambda one: one // 1000)]
        work = partial(records_of, self._layout)
        for found in in_workers(work, folders, alone=self._alone):
            for article_id, of_file, size, names, pages in found:
                self._count(size)
                if names is None or of_file != self._files.get(article_id):
                    yield article_id
                else:
                    wanted.update((name, article_id) for name in names)
                    self._claims.add(article_id, pages)

    def _holds(self, article_id: int, wanted: dict[str, int]) -> bool:
        ((_, of_file, _, names, pages),) = records_of(self._layout, [article_id])
        if names is None or of_file != self._files.get(article_id):
            return False
        wanted.update((name, article_id) for name in names)
        self._claims.add(article_id, pages)
        return True

    def _missing(self, ids: Iterable[int]) -> list[int]:
        gone = self._files.keys() - set(ids)
        return sorted(one for one in gone if self._files[one] != NO_BYTES)

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
                take(self._files, of_record(line))
            pending |= set(PendingFile(self._layout.pending).read())
        except (ArchiveError, ArchiveUnreadable):
            pass  # named already, or a line that is just being written
        for article_id in doubtful:
            if not self._holds(article_id, wanted):
                self._judge_one(article_id, self._layout.record(article_id), pending, wanted)

    def _judge_one(
        self, article_id: int, path: Path, pending: set[int], wanted: dict[str, int]
    ) -> None:
        try:
            data = regular.read(path)
        except FileNotFoundError:
            if self._files.get(article_id, NO_BYTES) != NO_BYTES:
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
        if article_id in pending and self._is_unfinished(record, data):
            self._unfinished.append(f"{path}: its journal line is not written yet")
            wanted.update((name, article_id) for name in images_of(record))
        elif self._files.get(article_id, NO_BYTES) != NO_BYTES:
            what = "the record is not what the journal's last line of it names"
            self._faults.append(Fault(path, what, article_id))
        else:
            self._faults.append(Fault(path, "a record that the journal does not know", article_id))

    def _is_unfinished(self, record: Record, data: bytes) -> bool:
        """Whether a crash can have left the record of a pending article so.  Where its file
        was once so, an older copy was put back, unless a layout is being undone."""
        if not as_written(record, data):
            return False
        with suppress(ArchiveError, ArchiveUnreadable):
            if is_older(self._journal, record.id, data):
                withdrawn = was_withdrawn(self._journal, record.id)
                return withdrawn or is_put_back(self._layout, record.id, data)
        return True

    # What lies beside them

    def _check_raw(self, paths: Sequence[Path]) -> tuple[int, tuple[int, ...]]:
        """How many pages there are, and the articles of which some are gone."""
        found = rawverdict.judge(self._layout, paths, self._pending_now, alone=self._alone)
        self._count(found.size)
        self._faults += [Fault(path, what) for path, what in found.faults]
        self._unfinished += [f"{path}: the last page is half written" for path in found.torn]
        unkept = self._claims.missing(found.keys)
        if unkept and not found.faults:
            what = f"pages that were kept are gone, of {some(unkept)}"
            self._faults.append(Fault(self._layout.raw, what))
        return len(found.keys), unkept

    def _check_image(self, path: Path) -> None:
        data = regular.read(path)
        self._count(len(data))
        fault = fault_of(path, data)
        if fault is not None:
            self._wrong_image(path, fault)

    def _wrong_image(self, path: Path, what: str) -> None:
        self._faults.append(Fault(path, what))
        self._wrong_images.add(path.relative_to(self._layout.root).as_posix())

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
            for line, _ in self._journal.after(end):
                if line.article is not None:
                    self._holds(line.article, later)
        unnamed = [name for name in unnamed if name not in later]
        if waiting:
            self._unfinished += [f"{name}: an image that no record names yet" for name in unnamed]
        elif not any(fault.id is not None for fault in self._faults):
            what = "an image that no record names"
            self._faults += [Fault(self._layout.root / name, what) for name in unnamed]
        return tuple(unnamed)

    def _check_stray(self, found: Files, pending: set[int]) -> None:
        root = self._layout.root
        swept = {
            root,
            self._layout.images,
            *self._layout.digests.glob("*/"),
            self._layout.layouts,
            *self._layout.layouts.glob("*/"),
            *(self._layout.record(one).parent for one in pending),
        }
        for path in found.temporary:
            if not path.exists():
                continue  # another feedsvc has just put it in place
            if path.parent in swept:
                self._unfinished.append(f"{path}: a file half written")
            else:
                self._faults.append(Fault(path, "a temporary file that nobody finished"))
        self._faults += [Fault(path, "an alien file") for path in found.alien]
        for path in (self._layout.format, self._layout.lock):
            with suppress(OSError):
                if (what := regular.kind(path)) is not None:
                    self._faults.append(Fault(path, f"{what} stands where a file belongs"))

    def _count(self, size: int) -> None:
        self._read += size
        if self._read - self._told > 1 << 20:
            self._told = self._read
            self._progress(min(self._read, self._size), self._size)
