"""How soon an article is found: ``every: auto`` beside a fixed interval that makes as
many requests a day, on simulated weeks of the site.

    python benchmarks/auto.py [--seeds N] [--json]

The schedule is the program's own; the clock is handed to it, nothing sleeps and
nothing is fetched.  A poll finds what was published before it.  In each run ``auto``
learns from four weeks drawn like the fifth, which is measured; "before it has learned"
is the first week of an installation.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from feedsvc.schedule import Turn, Week, auto_intervals, next_due
from feedsvc.schedule.auto import HOURS, hour_of
from feedsvc.site import KST

MONDAY = datetime(2026, 3, 2, tzinfo=KST)
WEEK = timedelta(days=7)

# Articles an hour.  Working days bring 45 in all, of which nine in ten from 8 to 18 h,
# spread evenly: a peak within these hours would only make it easier for auto.
WORKING = {
    **dict.fromkeys(range(24), 0.125),
    **dict.fromkeys((6, 7), 0.75),
    **dict.fromkeys(range(8, 18), 4.05),
    **dict.fromkeys(range(18, 22), 0.5),
}
WEEKEND = {**dict.fromkeys(range(24), 0.1), **dict.fromkeys(range(8, 20), 0.4)}


def published(rng: random.Random, start: datetime) -> list[datetime]:
    """The times of a week's articles from ``start``, a Monday: a Poisson process."""
    times = []
    for hour in range(HOURS):
        day, clock = divmod(hour, 24)
        rate = WORKING[clock] if day < 5 else WEEKEND[clock]
        at = rng.expovariate(rate)
        while at < 1:
            times.append(start + timedelta(hours=hour + at))
            at += rng.expovariate(rate)
    return times


def counted(times: Sequence[datetime]) -> list[int]:
    """How many articles came in each hour of the week."""
    counts = [0] * HOURS
    for time in times:
        counts[hour_of(time)] += 1
    return counts


def polls(every: timedelta | Week, start: datetime, end: datetime) -> list[datetime]:
    """When the schedule polls a section between two times."""
    times = [start]
    while times[-1] < end:
        at = next_due(times[-1], (Turn("all", every, times[-1]),))
        assert at is not None
        times.append(at)
    return times


def waits(times: Sequence[datetime], polled: Sequence[datetime]) -> list[float]:
    """Minutes from each publication to the poll that finds it."""
    return [(polled[bisect_right(polled, at)] - at) / timedelta(minutes=1) for at in times]


def measure(seeds: int) -> dict[str, dict[str, float]]:
    """Median, 95th percentile and requests a day by kind of schedule, over all seeds."""
    found: dict[str, list[float]] = {}
    requests: dict[str, int] = {}
    for seed in range(1, seeds + 1):
        rng = random.Random(seed)
        past = [at for week in range(4) for at in published(rng, MONDAY + week * WEEK)]
        start = MONDAY + 4 * WEEK
        articles = published(rng, start)
        for name, every in (
            ("every: 10m", timedelta(minutes=10)),
            ("every: auto, before it has learned", auto_intervals([0] * HOURS)),
            ("every: auto", auto_intervals(counted(past))),
        ):
            # A random beginning, so that no poll falls on the full hour by design.
            polled = polls(every, start - timedelta(minutes=rng.uniform(0, 120)), start + WEEK)
            found.setdefault(name, []).extend(waits(articles, polled))
            requests[name] = requests.get(name, 0) + sum(
                start <= at < start + WEEK for at in polled
            )
    return {
        name: {
            "median": median(minutes),
            "p95": quantiles(minutes, n=20)[-1],
            "mean": sum(minutes) / len(minutes),
            "requests_per_day": requests[name] / seeds / 7,
        }
        for name, minutes in found.items()
    }


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--seeds", type=int, default=50, help="how many runs (default: 50)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    result = measure(arguments.seeds)
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    print(f"Minutes from publication to being found; seeds 1 to {arguments.seeds}, a week each\n")
    print(f"{'':36}{'median':>8}{'95th %':>8}{'mean':>8}{'requests a day':>16}")
    for name, row in result.items():
        print(
            f"{name:36}{row['median']:8.1f}{row['p95']:8.1f}{row['mean']:8.1f}"
            f"{row['requests_per_day']:16.1f}"
        )
    fixed = result["every: 10m"]["median"]
    gain = 1 - result["every: auto"]["median"] / fixed
    print(f"\nmedian of auto: {gain:.0%} lower than at the fixed interval")


if __name__ == "__main__":
    main()
