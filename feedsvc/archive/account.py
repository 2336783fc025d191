"""What the archive has and what it has not: every id accounted for, and its size.

In: an archive to read.  Out: :class:`Gaps` and :class:`Stats`.  An id without a record
was never seen, unless ``backfill`` asked for it and the site said that it has no such
article: that is noted in ``.state`` and counts as gone.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feedsvc.archive.archive import Archive
from feedsvc.archive.finding import Order
from feedsvc.site import KST

KEPT, LOCKED, GONE, NEVER = "kept", "locked", "gone", "never seen"


@dataclass(frozen=True, slots=True)
class Run:
    """Ids one after the other of which the same is true; ``last`` included."""

    first: int
    last: int
    what: str

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Month:
    """The ids of a month (``2026-03``, by publication, Korean time).  An id that was
    never seen falls into the month of the next lower one that is kept."""

    month: str
    kept: int
    locked: int
    gone: int
    never_seen: int

    @property
    def percentage(self) -> float:
        """How much of the month's ids is accounted for: kept, locked or gone."""
        known = self.kept + self.locked + self.gone
        return 100 * known / (known + self.never_seen)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Every id from the lowest kept to the highest, in runs."""

    runs: tuple[Run, ...]
    months: tuple[Month, ...]

    def count(self, what: str) -> int:
        return sum(len(run) for run in self.runs if run.what == what)


@dataclass(frozen=True, slots=True)
class Stats:
    """How much there is; sizes in bytes by folder, articles by status, month and
    section, journal lines by event."""

    articles: int
    first: datetime | None
    last: datetime | None
    by_status: tuple[tuple[str, int], ...]
    by_month: tuple[tuple[str, int], ...]
    by_section: tuple[tuple[str, int], ...]
    events: tuple[tuple[str, int], ...]
    sizes: tuple[tuple[str, int], ...]


def gaps(archive: Archive) -> Gaps:
    """Account for every id; no record is opened.  Raises ``ArchiveError``."""
    none_there = archive.memory.numbers("no-article:")
    runs: list[Run] = []
    months: dict[str, Counter[str]] = {}
    before: int | None = None
    month = ""
    for one in archive.finding(how=Order.OLDEST):
        if before is not None:
            for run in _between(before + 1, one.id - 1, none_there):
                _add(runs, run)
                months[month][run.what] += len(run)
        month = f"{one.published_at.astimezone(KST):%Y-%m}"
        what = GONE if one.gone else LOCKED if one.status.locked else KEPT
        _add(runs, Run(one.id, one.id, what))
        months.setdefault(month, Counter())[what] += 1
        before = one.id
    return Gaps(
        tuple(runs),
        tuple(
            Month(name, count[KEPT], count[LOCKED], count[GONE], count[NEVER])
            for name, count in sorted(months.items())
        ),
    )


def stats(archive: Archive) -> Stats:
    """Count everything; no record is opened.  Raises ``ArchiveError``."""
    first: datetime | None = None
    last: datetime | None = None
    status: Counter[str] = Counter()
    month: Counter[str] = Counter()
    section: Counter[str] = Counter()
    for one in archive.finding():
        at = one.published_at
        first, last = min(first or at, at), max(last or at, at)
        status[one.status.value] += 1
        month[f"{at.astimezone(KST):%Y-%m}"] += 1
        section.update(one.sections)
    return Stats(
        articles=status.total(),
        first=first,
        last=last,
        by_status=tuple(status.most_common()),
        by_month=tuple(sorted(month.items())),
        by_section=tuple(section.most_common()),
        events=tuple(Counter(line.event.value for line in archive.lines()).most_common()),
        sizes=tuple(
            (name, _size(archive.path / name))
            for name in ("articles", "raw", "images", "journal", ".state")
        ),
    )


def _between(first: int, last: int, none_there: tuple[int, ...]) -> list[Run]:
    """The runs of ids without a record; ``none_there`` rises."""
    runs: list[Run] = []
    start = first
    for place in range(bisect_left(none_there, first), bisect_right(none_there, last)):
        one = none_there[place]
        if start < one:
            _add(runs, Run(start, one - 1, NEVER))
        _add(runs, Run(one, one, GONE))
        start = one + 1
    if start <= last:
        _add(runs, Run(start, last, NEVER))
    return runs


def _add(runs: list[Run], run: Run) -> None:
    if runs and runs[-1].what == run.what:
        runs[-1] = Run(runs[-1].first, run.last, run.what)
    else:
        runs.append(run)


def _size(folder: Path) -> int:
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                size += os.stat(f"{place}/{name}").st_size  # noqa: PTH116 (quick)
    return size
