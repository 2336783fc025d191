"""What the archive has and what it has not: every id accounted for, and its size.

In: an archive to read.  Out: :class:`Gaps` and :class:`Stats`.  An id without a record
was never seen, unless its page led to another id, as the journal tells, or ``backfill``
asked for it and the site said that it has no such article: that is noted in ``.state``
and counts as gone.  Time and room go by the records, not by how large an id is.
"""

import os
from bisect import bisect_left
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feedsvc import regular
from feedsvc.archive.archive import Archive
from feedsvc.catalogue.search import Order
from feedsvc.moment import month_of
from feedsvc.site import KST

KEPT, LOCKED, GONE, MOVED, NEVER = "kept", "locked", "gone", "moved", "never seen"

LEAP = 100_000
LEAP_A_DAY = 1_000
"""An id is beyond all reason that stands further above the next lower one than this, and
than this many for each day between their articles: the site has used up some 80 ids a day,
170,000 in all."""

ENOUGH = 5
"""Records below an id from which on they alone tell whether it is beyond all reason."""

_KNOWN = 169_832, datetime(2026, 10, 1, tzinfo=KST)
"""An id of the site, and when it was used up."""

_FEW = 50  # ids that may be beyond all reason


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
    has no record falls into the month of the next lower one that has one, or, below all of
    them, of the lowest."""

    month: str
    kept: int
    locked: int
    gone: int
    moved: int
    never_seen: int

    @property
    def percentage(self) -> float:
        """How much of the month's ids is accounted for: all but those never seen."""
        known = self.kept + self.locked + self.gone + self.moved
        return 100 * known / (known + self.never_seen)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Every id from the lowest accounted for to the highest, in runs, and those that moved or
    are gone far from all others; ``beyond`` are those that are kept and left out, for they
    stand far above all others."""

    runs: tuple[Run, ...]
    months: tuple[Month, ...]
    beyond: tuple[int, ...] = ()
    lowest: int | None = None
    highest: int | None = None

    def count(self, what: str) -> int:
        return sum(len(run) for run in self.runs if run.what == what)


@dataclass(frozen=True, slots=True)
class Accounted:
    """Of the ids from the lowest kept to the highest, but for those beyond all reason, how
    many are ``known``: kept, gone or moved."""

    lowest: int
    highest: int
    known: int

    @property
    def percentage(self) -> float:
        return min(100.0, 100 * self.known / (self.highest - self.lowest + 1))


@dataclass(frozen=True, slots=True)
class Stats:
    """How much there is; sizes in bytes by part of the archive, articles by status, month and
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
    reckoning = _Reckoning(_without(archive))
    for one in archive.finding.find(how=Order.OLDEST):
        what = GONE if one.gone else LOCKED if one.status.locked else KEPT
        reckoning.take(one.id, one.published_at, what)
    return reckoning.gaps()


def accounted(archive: Archive) -> Accounted | None:
    """The sum of :func:`gaps` at a price that does not grow with the archive; ``None`` for an
    empty one.  An id that nothing above but a few is beyond."""
    ends = archive.index.ends(_FEW)
    if ends is None:
        return None
    lowest, top = ends
    below = archive.days.count() - len(top)
    last = next(
        (place for place in range(1, len(top)) if _is_beyond(top[place - 1], top[place],
                                                             below + place)),
        len(top),
    )  # fmt: skip
    without = [number for number, _ in _without(archive)]
    highest = top[last - 1][0]
    lowest = min((one for one in without if lowest - LEAP <= one < lowest), default=lowest)
    highest = max((one for one in without if highest < one <= highest + LEAP), default=highest)
    known = below + last + sum(lowest <= one <= highest for one in without)
    return Accounted(lowest, highest, known)


def never_seen(archive: Archive) -> tuple[tuple[Run, ...], tuple[int, ...]]:
    """The runs of ids never seen, newest first, and the ids beyond all reason, as
    :func:`gaps` has them; no search index is asked.  Raises ``ArchiveError``."""
    reckoning = _Reckoning(_without(archive))
    for article_id, at in archive.index.dated():
        reckoning.take(article_id, at, KEPT)
    found = reckoning.gaps()
    return tuple(run for run in reversed(found.runs) if run.what == NEVER), found.beyond


class _Reckoning:
    """Goes up through the records.  ``without`` are the ids that have none for a known
    reason: those near the records belong to what is accounted for, below the lowest record
    and above the highest too, and those far from them are named alone."""

    def __init__(self, without: tuple[tuple[int, str], ...]) -> None:
        self._without = without
        self._runs: list[Run] = []
        self._months: dict[str, Counter[str]] = {}
        self._beyond: list[int] = []
        self._lowest: int | None = None
        self._last: tuple[int, datetime] | None = None
        self._month = ""
        self._taken = 0

    def take(self, article_id: int, at: datetime, what: str) -> None:
        here = article_id, at
        if self._beyond or (self._last and _is_beyond(self._last, here, self._taken)):
            self._beyond.append(article_id)
            return
        month = month_of(at)
        if self._last is None:
            self._month = month
            self._lowest = start = min(
                (one for one, _ in self._without if article_id - LEAP <= one < article_id),
                default=article_id,
            )
        else:
            start = self._last[0] + 1
        self._add(*_between(start, article_id - 1, self._without))
        self._month = month
        self._add(Run(article_id, article_id, what))
        self._last = here
        self._taken += 1

    def gaps(self) -> Gaps:
        highest = self._last[0] if self._last else None
        if highest is not None:
            top = max(
                (one for one, _ in self._without if highest < one <= highest + LEAP),
                default=highest,
            )
            self._add(*_between(highest + 1, top, self._without))
            highest = top
        inside = range(self._lowest or 0, (highest or 0) + 1) if self._last else range(0)
        far = [Run(one, one, why) for one, why in self._without if one not in inside]
        runs: list[Run] = []
        for run in sorted((*self._runs, *far), key=lambda run: run.first):
            _add(runs, run)
        return Gaps(
            tuple(runs),
            tuple(
                Month(name, count[KEPT], count[LOCKED], count[GONE], count[MOVED], count[NEVER])
                for name, count in sorted(self._months.items())
            ),
            tuple(self._beyond),
            self._lowest,
            highest,
        )

    def _add(self, *runs: Run) -> None:
        for run in runs:
            _add(self._runs, run)
            self._months.setdefault(self._month, Counter())[run.what] += len(run)


def is_leap(lower: tuple[int, datetime], higher: tuple[int, datetime]) -> bool:
    """Whether an id, with the time of its article, stands beyond all reason above another."""
    days = max(0, (higher[1] - lower[1]).days)
    return higher[0] - lower[0] > LEAP + LEAP_A_DAY * days


def _is_beyond(lower: tuple[int, datetime], here: tuple[int, datetime], taken: int) -> bool:
    """Whether an id stands beyond all reason above the next lower one, which is the
    ``taken``-th.  A few records tell nothing of what ids there are: above those, it must be
    beyond what is known of the site too."""
    return is_leap(lower, here) and (taken >= ENOUGH or is_leap(_KNOWN, here))


def _without(archive: Archive) -> tuple[tuple[int, str], ...]:
    """The ids that have no record for a reason that is known, rising, and the reason."""
    known = dict.fromkeys((one.id for one in archive.memory.watch.having("given_up_at")), GONE)
    return tuple(sorted((known | dict.fromkeys(archive.index.moved(), MOVED)).items()))


def stats(archive: Archive) -> Stats:
    """Count everything; no record is opened.  Raises ``ArchiveError``."""
    first: datetime | None = None
    last: datetime | None = None
    status: Counter[str] = Counter()
    month: Counter[str] = Counter()
    section: Counter[str] = Counter()
    for one in archive.finding.find():
        at = one.published_at
        first, last = min(first or at, at), max(last or at, at)
        status[one.status.value] += 1
        month[month_of(at)] += 1
        section.update(one.sections)
    return Stats(
        articles=status.total(),
        first=first,
        last=last,
        by_status=tuple(status.most_common()),
        by_month=tuple(sorted(month.items())),
        by_section=tuple(section.most_common()),
        events=tuple(Counter(line.event.value for line in archive.lines()).most_common()),
        sizes=tuple((name, _size(archive.path / name)) for name in archive.tree.parts()),
    )


def _between(first: int, last: int, without: tuple[tuple[int, str], ...]) -> list[Run]:
    """The runs of ids without a record; ``without`` rises."""
    runs: list[Run] = []
    start = first
    begin, end = (bisect_left(without, (one, "")) for one in (first, last + 1))
    for one, why in without[begin:end]:
        if start < one:
            _add(runs, Run(start, one - 1, NEVER))
        _add(runs, Run(one, one, why))
        start = one + 1
    if start <= last:
        _add(runs, Run(start, last, NEVER))
    return runs


def _add(runs: list[Run], run: Run) -> None:
    if runs and runs[-1].what == run.what and runs[-1].last + 1 == run.first:
        runs[-1] = Run(runs[-1].first, run.last, run.what)
    else:
        runs.append(run)


def _size(part: Path) -> int:
    if part.is_file():
        return regular.size(part)
    size = 0
    for place, _, names in os.walk(part):
        for name in names:
            with suppress(FileNotFoundError):
                size += os.stat(f"{place}/{name}").st_size  # noqa: PTH116 (quick)
    return size
