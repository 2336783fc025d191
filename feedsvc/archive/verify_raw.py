"""Whether the raw pages are all there, and as they were written: ``verify``'s look at them.

Each file is read to the bit (``rawscan.check``).  How long it must be, ``.state`` remembers;
which pages there must be, the records name (``records.claimed``): what is gone with its file
and ``.state`` is missed all the same.
"""

from __future__ import annotations

import mmap
import os
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from feedsvc import regular
from feedsvc.archive import rawscan
from feedsvc.archive.damage import holds
from feedsvc.archive.pending import Leftovers
from feedsvc.archive.rawscan import Broken, RawReport, walk
from feedsvc.archive.records import page_key
from feedsvc.archive.tree import Tree, is_raw
from feedsvc.archive.workers import in_workers


class Claims:
    """The pages that records name, in a few bytes each."""

    def __init__(self) -> None:
        self._keys = array("Q")
        self._ids = array("q")

    def add(self, article_id: int, pages: Iterable[str]) -> None:
        for page in pages:
            self._keys.append(page_key(article_id, page))
            self._ids.append(article_id)

    def missing(self, found: Iterable[int]) -> tuple[int, ...]:
        """The articles of which a page is not among the keys that were found."""
        have = array("Q", sorted(found))
        pairs = zip(self._ids, self._keys, strict=True)
        return tuple(sorted({article for article, key in pairs if not holds(have, key)}))


@dataclass(slots=True)
class RawVerdict:
    """What is damaged; ``torn`` are files that end in what a crash can leave."""

    faults: list[tuple[Path, str]] = field(default_factory=list)
    torn: list[Path] = field(default_factory=list)
    keys: array[int] = field(default_factory=lambda: array("Q"))
    size: int = 0


def judge(
    tree: Tree, paths: Sequence[Path], noted: Mapping[str, int],
    pending: Callable[[], Collection[int]], *, alone: bool,
) -> RawVerdict:  # fmt: skip
    """Read these files.  ``noted`` are the lengths that .state remembers; ``pending`` tells,
    when it is asked, which articles are."""
    found = RawVerdict()

    def is_left(path: Path, report: RawReport) -> bool:
        """Whether a crash can have left what the file ends in, or it is written by now."""
        left = Leftovers(tree, pending())
        return all(
            part.torn
            and left.page(
                part.article, part.digest, lambda: {*found.keys, *report.keys}, blank=part.blank
            )
            for part in walk(path, report.whole)
            if isinstance(part, Broken)
        )

    for path, (report, size, error) in zip(
        paths, in_workers(_read, paths, alone=alone), strict=True
    ):
        found.size += size
        if report is not None and report.torn and not is_left(path, report):
            report, _, error = _read(path)  # another feedsvc may have been writing it
        if report is None:
            found.faults.append((path, f"cannot be read: {error}"))
            continue
        found.keys.extend(report.keys)
        found.faults += [(path, f"at byte {offset}: {what}") for offset, what in report.faults]
        if report.whole < noted.get(path.name, 0) and not report.faults:
            what = f"the pages behind byte {report.whole} were cut or changed"
            found.faults.append((path, what))
        elif report.torn and is_left(path, report):
            found.torn.append(path)
        elif report.torn:
            found.faults.append((path, f"the page behind byte {report.whole} was cut off"))
    for name, end in noted.items():
        path = tree.raw / name
        if end and is_raw(name) and path not in paths and not path.exists():
            found.faults.append((path, f"the file is gone: {end} bytes of pages"))
    return found


def _read(path: Path) -> tuple[RawReport | None, int, str]:
    """What stands in a file and its length, or why it cannot be read."""
    try:
        with regular.reading(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size == 0:
                return rawscan.check(b""), 0, ""
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return rawscan.check(data), size, ""
    except OSError as error:
        return None, 0, error.strerror or str(error)
