"""``every: auto``: the requests of a day, spent in the hours that bring articles.

In: how many articles came in each hour of the week.  Out: how long to wait between
two polls in each of them.  Pure; where the counts come from is not its job.

Articles that come at ``a`` an hour wait half an interval each, so that polls ``p`` an
hour cost ``a / 2p`` hours of waiting.  For a given number of polls the mean wait is
least where ``p`` goes with the square root of ``a``.  A slightly steeper curve costs
that mean little and serves most articles sooner; one steeper still would let those of
the evening wait longer than fixed intervals do (see ``benchmarks/auto.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedsvc import health

HOURS = 7 * 24
"""Hours of a week; number 0 is Monday from midnight to one, by the site's clock."""

SHORTEST = timedelta(minutes=3)
LONGEST = health.AUTO

REQUESTS_PER_DAY = 144
"""As many as the default interval of ten minutes makes."""

_MOST = timedelta(hours=1) / SHORTEST
_LEAST = timedelta(hours=1) / LONGEST


@dataclass(frozen=True, slots=True)
class Week:
    """An interval for each of the :data:`HOURS` of a week."""

    intervals: tuple[timedelta, ...]

    def at(self, local: datetime) -> timedelta:
        """The interval at a time in the site's zone."""
        return self.intervals[hour_of(local)]


def hour_of(local: datetime) -> int:
    """The hour of the week of a time in the site's zone."""
    return local.weekday() * 24 + local.hour


def _expected(hour: int) -> float:
    """Articles expected in an hour of the week before anything is known: a business
    paper, written from 8 to 18 h on working days.  Counted as if they had been seen
    in two weeks, they matter less from week to week, and keep an hour without any, which
    may be chance, from being shut."""
    day, clock = divmod(hour, 24)
    if day < 5:
        return 2.0 if 8 <= clock < 18 else 0.3 if 6 <= clock < 22 else 0.08
    return 0.3 if 8 <= clock < 20 else 0.08


PRIOR = tuple(2 * _expected(hour) for hour in range(HOURS))

_STEEPNESS = 0.58
_LIKENESS = 10.0
"""How much the same hour of the other working days (or of the other day of the weekend)
counts: four weeks alone are too few to tell one Tuesday's hour from chance."""


def auto_intervals(counts: Sequence[int], requests_per_day: float = REQUESTS_PER_DAY) -> Week:
    """The intervals of a week from the articles that came in each of its hours.

    Every day gets ``requests_per_day`` polls (at most 480 and at least 12, by the
    bounds), however many articles it brings.  Raises ``ValueError`` for anything but
    168 counts that are not negative.
    """
    if len(counts) != HOURS or min(counts) < 0:
        raise ValueError("168 counts are wanted, one for each hour of the week, none negative")
    weights = [_articles(counts, hour) ** _STEEPNESS for hour in range(HOURS)]
    intervals: list[timedelta] = []
    for day in range(7):
        rates = _share(weights[day * 24 : day * 24 + 24], requests_per_day)
        intervals += [timedelta(hours=1 / rate) for rate in rates]
    return Week(tuple(intervals))


def _articles(counts: Sequence[int], hour: int) -> float:
    """What an hour of the week brings, as far as a few weeks can tell."""
    day, clock = divmod(hour, 24)
    alike = [counts[other * 24 + clock] for other in (range(5) if day < 5 else (5, 6))]
    seen = (counts[hour] + _LIKENESS * sum(alike) / len(alike)) / (1 + _LIKENESS)
    return seen + PRIOR[hour]


def _share(weights: Sequence[float], total: float) -> list[float]:
    """Polls an hour, in proportion to the weights within the bounds, ``total`` in all."""
    low, high = 0.0, _MOST / min(weights)
    for _ in range(60):
        scale = (low + high) / 2
        if sum(_bounded(scale * weight) for weight in weights) < total:
            low = scale
        else:
            high = scale
    return [_bounded(high * weight) for weight in weights]


def _bounded(rate: float) -> float:
    return min(_MOST, max(_LEAST, rate))
