"""A simulated year: is every article kept, and what does it take?

    python benchmarks/year.py [--days 365] [--seed N] [--busy MINUTES] [--quiet MINUTES]

The month of ``tests/simulation`` over a longer time: the site publishes as Dealsite
does, every hour brings a fault, every night a new process, now and then a kill in the
middle, a lost ``.state``, an outage of more than a day.  Nothing sleeps; a year takes
some minutes.  Exit code 1 where an article is lost, kept twice or wrong.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.simulation import truth
from tests.simulation.world import World

MEMORY = Path("/dev/shm")


def checks(world: World) -> dict[str, str]:
    """Each thing that must hold, with what is wrong with it; empty where it holds."""
    archive = world.archive()
    asked: dict[str, Callable[[], None]] = {
        "every article is in the archive": lambda: truth.nothing_lost(world, archive),
        "none is there twice, every file is whole": lambda: truth.none_twice(world),
        "each says what the site said": lambda: truth.all_true(world, archive),
        "every release was seen": lambda: truth.releases_seen(world, archive),
        "the feeds are well-formed": lambda: truth.feeds_well_formed(world, archive),
        "two seconds lie between requests": lambda: truth.pace_kept(world),
    }
    found = {}
    for name, ask in asked.items():
        try:
            ask()
            found[name] = ""
        except AssertionError as error:
            found[name] = str(error) or "no"
    archive.close()
    return found


def measure(days: int, seed: int, busy: int, quiet: int) -> dict[str, Any]:
    """Live through the days; counts, checks, sizes in bytes, and the time it took."""
    began = time.monotonic()
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        world = World(
            Path(folder), seed, days, busy=timedelta(minutes=busy), quiet=timedelta(minutes=quiet)
        )
        world.run()
        report = world.report
        plain = ("seed", "days", "articles", "polls", "left_alone", "restarts", "kills")
        return {
            **{name: getattr(report, name) for name in plain},
            "faults": dict(report.faults),
            "requests": dict(report.requests),
            "requests_a_day": report.requests.total() / days,
            "checks": checks(world),
            "archive_bytes": sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file()),
            "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "seconds": time.monotonic() - began,
        }


def main() -> int:
    """Measure and print a report, or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--days", type=int, default=7, help="how long (default: 7)")
    parser.add_argument("--seed", type=int, default=1, help="which run (default: 1)")
    parser.add_argument("--busy", type=int, default=10, help="minutes between polls by day")
    parser.add_argument("--quiet", type=int, default=30, help="minutes between polls by night")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    logging.getLogger("feedsvc").setLevel(logging.CRITICAL)
    result = measure(arguments.days, arguments.seed, arguments.busy, arguments.quiet)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)
    return 1 if any(result["checks"].values()) else 0


def show(result: dict[str, Any]) -> None:
    requests, faults = result["requests"], result["faults"]
    print(f"{result['days']} days, seed {result['seed']}: {result['articles']:,} articles\n")
    print(f"polls                       {result['polls']:>10,}")
    print(f"left out, site left alone   {result['left_alone']:>10,}")
    print(f"restarts                    {result['restarts']:>10,}")
    print(f"kills in the middle         {result['kills']:>10,}")
    print(f"faults of {len(faults)} kinds          {sum(faults.values()):>10,}")
    print(f"requests                    {sum(requests.values()):>10,}")
    for kind, count in sorted(requests.items(), key=lambda pair: -pair[1]):
        print(f"  {kind:<26}{count:>10,}")
    print(f"requests a day              {result['requests_a_day']:>10,.0f}")
    print(f"archive and feeds           {result['archive_bytes'] / 1e6:>10,.1f} MB")
    print(f"peak memory, site included  {result['peak_memory_bytes'] / 1e6:>10,.1f} MB")
    print(f"took                        {result['seconds']:>10,.1f} s\n")
    for name, wrong in result["checks"].items():
        print(f"{'FAILED' if wrong else 'holds'}  {name}{': ' + wrong if wrong else ''}")


if __name__ == "__main__":
    sys.exit(main())
