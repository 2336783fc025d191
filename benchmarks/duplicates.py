"""The same story, once: precision and recall on the labelled pairs, and the cost of
looking for an article's earlier publication among those of 30 and of 300 days.

    python benchmarks/duplicates.py [--articles N] [--json]

The pairs are those of the tests.  The articles of the days are drawn from the same
frames, 45 a day, so that each has many that share sentences with it: a harder month
than any newsroom's.  The index is the program's own, in memory; records are read from
their JSON as from their files.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import Spread, at_least, at_most
from benchmarks.measure.aims import line, machine
from feedsvc.archive.records import from_json, to_json
from feedsvc.catalogue.index import Index
from feedsvc.catalogue.state import State
from feedsvc.dedup import duplicate
from feedsvc.model import Record
from tests.dedup.pairs.frames import CHECKED, CHECKED_AGAIN, HELD_OUT, SEEN
from tests.dedup.pairs.labelled import Pair, filled, pairs, record, values

A_DAY = 45
FRAMES = (*SEEN, *CHECKED, *CHECKED_AGAIN, *HELD_OUT)
PARTS = {
    "seen": pairs(SEEN, each=4, seed=1),
    "checked": pairs((*CHECKED, *CHECKED_AGAIN), each=4, seed=2),
    "held out": pairs(HELD_OUT, each=8, seed=4),
}


def judged(part: Sequence[Pair]) -> dict[str, float]:
    """Pairs, and per cent precision and recall."""
    marked = [pair for pair in part if duplicate(pair.earlier, pair.later)]
    right = sum(pair.same for pair in marked)
    return {
        "pairs": len(part),
        "merged wrongly": len(marked) - right,
        "precision": 100 * right / len(marked) if marked else 100.0,
        "recall": 100 * right / sum(pair.same for pair in part),
    }


def written(days: int, rng: random.Random) -> list[Record]:
    """The articles of some days: a fourth is drawn from the frames, the rest tells
    things of its own in as many words."""
    found = []
    for number in range(days * A_DAY):
        title, body = filled(rng.choice(FRAMES), values(rng))
        if number % 4:
            body = ["".join(rng.sample(one, len(one))) + "다." for one in body]
        found.append(record(100000 + number, (title, body), hours=number * 24 / A_DAY))
    return found


def costs(days: int, looked_up: int, rng: random.Random) -> list[float]:
    """Milliseconds for each of the last articles of a series: found, read and compared."""
    index, files = Index(State.in_memory()), {}
    articles = written(days, rng)
    for one in articles:
        index.put(one)
        files[one.id] = to_json(one)
    taken = []
    for one in articles[::4][-looked_up:]:  # those of the frames: the others share nothing
        start = perf_counter()
        for other in index.resembling(one, timedelta(days=days), 20):
            duplicate(one, from_json(files[other]))
        taken.append((perf_counter() - start) * 1000)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=int, default=200, help="articles looked up")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    asked = parser.parse_args()
    figures = {name: judged(part) for name, part in PARTS.items()}
    spent = {days: costs(days, asked.articles, random.Random(days)) for days in (30, 300)}
    if asked.json:
        print(json.dumps({"pairs": figures, "milliseconds": spent}, indent=2))
        return
    machine()
    for name, told in figures.items():
        print(f"{name}: {told['pairs']:.0f} pairs, {told['merged wrongly']:.0f} merged wrongly")
        one = Spread.of((told["precision"],))
        line("precision", one, " %", at_least(100, " %"))
        line("recall", Spread.of((told["recall"],)), " %", at_least(95, " %"))
    print("looking one article up")
    short = Spread.of(spent[30])
    line("in 30 days", short, " ms")
    line("in 300 days", Spread.of(spent[300]), " ms", at_most(2 * short.median, " ms"))


if __name__ == "__main__":
    main()
