"""``every: auto``: the requests of a day, spent in the hours that bring articles.

In: how many articles came in each hour of the week, which the archive tells of the last four
weeks.  Out: how long to wait between two polls in each of them.  The counts are derived: kept
in the memory for a day, and made again whenever they are lost.

Articles that come at ``a`` an hour wait half an interval each, so that polls ``p`` an
hour cost ``a / 2p`` hours of waiting.  For a given number of polls the mean wait is
least where ``p`` goes with the square root of ``a``.  A slightly steeper curve costs
that mean little and serves most articles sooner; one steeper still would let those of
the evening wait longer than fixed intervals do (see ``benchmarks/auto.py``).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from feedsvc import health
from feedsvc.archive import Archive
from feedsvc.errors import ArchiveError
from feedsvc.memory import Note, Topic
from feedsvc.model import Event

HOURS = 7 * 24
"""Hours of a week; number 0 is Monday from midnight to one, by the site's clock."""

SHORTEST = timedelta(minutes=3)
LONGEST = health.AUTO

REQUESTS_PER_DAY = 144
"""As many as the default interval of ten minutes makes."""

SPAN = timedelta(weeks=4)
GOOD_FOR = timedelta(days=1)

_OLDER_ENDS = 50

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
    return Week(
        tuple(
            timedelta(hours=1 / rate)
            for day in range(7)
            for rate in _share(weights[day * 24 : day * 24 + 24], requests_per_day)
        )
    )


def _articles(counts: Sequence[int], hour: int) -> float:
    """What an hour of the week brings, as far as a few weeks can tell."""
    day, clock = divmod(hour, 24)
    alike = [counts[other * 24 + clock] for other in (range(5) if day < 5 else (5, 6))]
    return (counts[hour] + _LIKENESS * sum(alike) / len(alike)) / (1 + _LIKENESS) + PRIOR[hour]


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


def articles_by_hour(archive: Archive, now: datetime) -> tuple[int, ...]:
    """The counts kept in the memory; counted anew where they are a day old.

    ``now`` is in the site's zone.  Raises ``ArchiveError``, ``ArchiveUnwritable``.
    """
    counts = _recalled(archive.memory.note.of(Topic.HOURS, ""), now)
    if counts is None:
        counts = count_articles(archive, now)
        archive.memory.note.set(Topic.HOURS, "", at=now, text=json.dumps(counts))
    return counts


def count_articles(archive: Archive, now: datetime) -> tuple[int, ...]:
    """Articles that polls of the last four weeks found, by the hour they were published.

    The hour in which one was found says when we asked, not when the site published.
    """
    since = now - SPAN
    found = {
        line.id
        for line in takewhile(lambda line: line.at >= since, archive.lines(newest_first=True))
        if line.event is Event.ADDED
    }
    counts = [0] * HOURS
    older = 0
    # Ids rise with time: once they are all too old, the rest was backfilled and need
    # not be opened, be it a hundred thousand records.
    for article_id in sorted(found, reverse=True):
        try:
            record = archive.get(article_id)
        except ArchiveError:
            continue  # a damaged record is for "archive verify" to tell
        if record is None or not since <= record.published_at <= now:
            older += 1
            if older >= _OLDER_ENDS:
                break
            continue
        older = 0
        if record.origin == "poll":
            counts[hour_of(record.published_at.astimezone(now.tzinfo))] += 1
    return tuple(counts)


def _recalled(kept: Note, now: datetime) -> tuple[int, ...] | None:
    """The counts that were noted, unless they are old, of the future or damaged."""
    try:
        counts = tuple(json.loads(kept.text))
    except (ValueError, TypeError):
        return None
    fresh = kept.at is not None and timedelta() <= now - kept.at < GOOD_FOR
    sound = len(counts) == HOURS and all(type(one) is int and one >= 0 for one in counts)
    return counts if fresh and sound else None
