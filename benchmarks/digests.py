"""What tells of the same thing: precision and recall on the labelled headlines, and the
cost of a digest's entry.

    python benchmarks/digests.py [--articles N] [--json]

The headlines are those of the tests (``tests/dedup/topics``): pairs of one event, and pairs
of two events of one company or of one kind.  The articles of the window have headlines
drawn from them, so that many are near one another.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import Spread, at_least
from benchmarks.measure.aims import line, machine
from feedsvc.dedup import compare, stories
from feedsvc.dedup.topic import alike
from feedsvc.model import Record
from feedsvc.site import Site
from tests.dedup.articles import ARTICLE, NOW
from tests.dedup.topics.labelled import judged, pairs

PARTS = ("tuned", "checked", "heldout")
SITE = Site.at("https://dealsite.co.kr")


def window(count: int) -> list[Record]:
    """So many articles of one window."""
    titles = list(dict.fromkeys(pair.one for name in PARTS for pair in pairs(name)))
    found = []
    for number in range(count):
        at = NOW + timedelta(minutes=10 * number)
        title = f"{titles[number % len(titles)]}{'' if number < len(titles) else number}"
        article = replace(ARTICLE, id=100000 + number, title=title, published_at=at)
        found.append(compare(None, article, now=at).record)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=int, default=45, help="articles in the window")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    asked = parser.parse_args()
    figures = {name: judged(pairs(name), alike) for name in PARTS}
    records = window(asked.articles)
    taken = []
    for _ in range(5):
        start = perf_counter()
        stories(records, SITE)
        taken.append((perf_counter() - start) * 1000)
    if asked.json:
        told = {
            name: {"pairs": one.pairs, "joined wrongly": one.wrong,
                   "precision": 100 * one.precision, "recall": 100 * one.recall}
            for name, one in figures.items()
        }  # fmt: skip
        print(json.dumps({"pairs": told, "milliseconds": taken}, indent=2))
        return
    machine()
    for name, one in figures.items():
        print(f"{name}: {one.pairs} pairs, {one.wrong} joined wrongly")
        line("precision", Spread.of((100 * one.precision,)), " %", at_least(98, " %"))
        line("recall", Spread.of((100 * one.recall,)), " %", at_least(80, " %"))
    print(f"grouping {asked.articles} articles")
    line("of one window", Spread.of(taken), " ms")


if __name__ == "__main__":
    main()
