"""Whether the raw pages are all there, and as they were written.

Each file is read to the bit (``rawcheck``).  How long it must be, ``.state`` remembers;
which pages there must be, the records name (``rawclaims``): what is gone with its file
and ``.state`` is missed all the same.
"""

from __future__ import annotations

import mmap
import os
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from feedsvc import regular
from feedsvc.archive import rawcheck, rawclaims, rawscan
from feedsvc.archive.crash import Leftovers
from feedsvc.archive.layout import Layout, is_raw
from feedsvc.archive.raw import noted_ends
from feedsvc.archive.rawcheck import RawReport
from feedsvc.archive.workers import in_workers
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError, ArchiveUnreadable, ArchiveUnwritable


class Claims:
    """The pages that records name, in a few bytes each."""

    def __init__(self) -> None:
        self._keys = array("Q")
        self._ids = array("q")

    def add(self, article_id: int, pages: Iterable[str]) -> None:
        for page in pages:
            self._keys.append(rawclaims.key(article_id, page))
            self._ids.append(article_id)

    def missing(self, found: Iterable[int]) -> tuple[int, ...]:
        """The articles of which a page is not among the keys that were found."""
        have = array("Q", sorted(found))

        def holds(key: int) -> bool:
            at = bisect_left(have, key)
            return at < len(have) and have[at] == key

        pairs = zip(self._ids, self._keys, strict=True)
        return tuple(sorted({article for article, key in pairs if not holds(key)}))


@dataclass(slots=True)
class RawVerdict:
    """What is damaged; ``torn`` are files that end in what a crash can leave."""

    faults: list[tuple[Path, str]] = field(default_factory=list)
    torn: list[Path] = field(default_factory=list)
    keys: array[int] = field(default_factory=lambda: array("Q"))
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Reading:
    """``rawcheck``'s report of a file and its length, or why it cannot be read; of a page
    half written at its end what can be told."""

    report: RawReport | None
    size: int
    error: str = ""
    article: int | None = None
    digest: str | None = None
    blank: bool = False

    def can_be_left(self, left: Leftovers, before: Iterable[int]) -> bool:
        """Whether a crash can have left what the file ends in; ``before`` are the keys of
        the pages in the files before."""

        def whole() -> set[int]:
            return {*before, *(self.report.keys if self.report else ())}

        return left.page(self.article, self.digest, whole, blank=self.blank)


def judge(
    layout: Layout, paths: Sequence[Path], pending: Callable[[], Collection[int]], *, alone: bool
) -> RawVerdict:
    """Read these files.  ``pending`` tells, when it is asked, which articles are."""
    found = RawVerdict()
    # Asked before the files are read: another feedsvc may add to them meanwhile.
    noted = _noted(layout)
    for path, reading in zip(paths, in_workers(_reading, paths, alone=alone), strict=True):
        found.size += reading.size
        _judge_one(layout, path, reading, noted.get(path.name), pending, found)
    for name, end in noted.items():
        path = layout.raw / name
        if end and is_raw(name) and path not in paths and not path.exists():
            found.faults.append((path, f"the file is gone: {end} bytes of pages"))
    return found


def _judge_one(
    layout: Layout, path: Path, reading: _Reading, noted: int | None,
    pending: Callable[[], Collection[int]], found: RawVerdict,
) -> None:  # fmt: skip
    if _is_written(reading) or reading.report is None:
        pass
    elif not reading.can_be_left(Leftovers(layout, pending()), found.keys):
        reading = _reading(path)  # another feedsvc may have been writing it
    report = reading.report
    if report is None:
        found.faults.append((path, f"cannot be read: {reading.error}"))
        return
    found.keys.extend(report.keys)
    found.faults += [(path, f"at byte {offset}: {what}") for offset, what in report.faults]
    if noted is not None and report.whole < noted and not report.faults:
        what = f"the pages behind byte {report.whole} were cut or changed"
        found.faults.append((path, what))
    elif report.torn:
        if reading.can_be_left(Leftovers(layout, pending()), found.keys):
            found.torn.append(path)
        else:
            what = f"the page behind byte {report.whole} was cut off"
            found.faults.append((path, what))


def _is_written(reading: _Reading) -> bool:
    return reading.report is not None and not reading.report.torn


def _reading(path: Path) -> _Reading:
    try:
        with regular.reading(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size == 0:
                return _Reading(rawcheck.check(b""), 0)
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                report = rawcheck.check(data)
                if not report.torn:
                    return _Reading(report, size)
                article, digest, _, _ = rawscan.beginning(data, report.whole)
                blank = rawscan.is_blank(data, report.whole)
                return _Reading(report, size, "", article, digest, blank)
    except OSError as error:
        return _Reading(None, 0, error.strerror or str(error))


def _noted(layout: Layout) -> dict[str, int]:
    """The length that .state remembers of each file."""
    with suppress(ArchiveError, ArchiveUnreadable, ArchiveUnwritable):
        state = State.to_read(layout.state)
        if state is not None:
            with closing(state):
                return noted_ends(state)
    return {}
