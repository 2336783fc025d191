"""How often a part of the page is said to have vanished that has not, and after how many
articles one is that has, on simulated years of the site.

    python benchmarks/drift.py [--years N] [--json]

The rule is the program's own; nothing is fetched.  45 articles a working day, eight parts,
each shown by the same share of all articles: independently of one another, or in clusters.
Every year of every part gives false alarms; at random places of it the part vanishes.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import at_least, at_most
from feedsvc.parse import vanished
from feedsvc.parse.drift import KNOWN, LEAST, WATCHED

A_DAY = 45
YEAR = 365 * A_DAY
SHARES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
TELLING = 0.5
"""From this share on a loss is to be told soon."""
SOON = 40
LOSSES = 3
"""Losses tried in a year of a part."""

Drawn = Iterator[bool]
"""Of each article in turn whether it shows the part."""


def independent(rng: random.Random, share: float) -> Drawn:
    while True:
        yield rng.random() < share


def by_section(rng: random.Random, share: float) -> Drawn:
    """Five sections, from one that shows the part hardly ever (or as a rule) to one of the
    opposite; they publish one to six articles at a time."""
    away = min(share, 1 - share)
    shares = [share + away * place for place in (-1, -0.5, 0, 0.5, 1)]
    while True:
        own = rng.choice(shares)
        for _ in range(rng.randint(1, 6)):
            yield rng.random() < own


def by_column(rng: random.Random, share: float) -> Drawn:
    """A fifth of the articles (fewer where more show the part) are columns that never show
    it, one to eight in a row."""
    columns = min(0.2, 1 - share)
    while True:
        row = rng.randint(1, 8)
        yield from (False for _ in range(row))
        for _ in range(round(row * (1 - columns) / columns)):
            yield rng.random() < share / (1 - columns)


def on_weekends(rng: random.Random, share: float) -> Drawn:
    """On Saturdays and Sundays a dozen articles, which show it a tenth as often."""
    weekend = 24 / (5 * A_DAY + 24)
    working = min(1, share / (1 - weekend + weekend / 10))
    while True:
        for day in range(7):
            usual, own = (A_DAY, working) if day < 5 else (12, working / 10)
            for _ in range(max(0, round(rng.gauss(usual, usual**0.5)))):
                yield rng.random() < own


def alike(rng: random.Random, share: float) -> Drawn:
    """A third of the articles are as the one before them."""
    shown = rng.random() < share
    while True:
        if rng.random() > 1 / 3:
            shown = rng.random() < share
        yield shown


KINDS: dict[str, Callable[[random.Random, float], Drawn]] = {
    "independent": independent,
    "by section": by_section,
    "by column": by_column,
    "on weekends": on_weekends,
    "alike": alike,
}


@dataclass(frozen=True, slots=True)
class Figures:
    """``alarms`` in each year, over all parts; ``told_after`` how many articles each loss."""

    kind: str
    share: float
    alarms: tuple[int, ...]
    told_after: tuple[int, ...]

    @property
    def soon(self) -> float:
        """The share of losses told within ``SOON`` articles."""
        return sum(after <= SOON for after in self.told_after) / len(self.told_after)


def is_told(year: str) -> bool:
    """What the program says after a year's last article; ``1`` shows the part, ``0`` lacks it."""
    newest = reversed(year[-KNOWN:])
    return bool(vanished((("keywords", ".keywords"),) if one == "1" else () for one in newest))


def alarms(year: str) -> int:
    """How often an alarm begins; the program is asked after every article that it could
    say anything about."""
    begun = 0
    for row in re.finditer(f"0{{{LEAST},}}", year):
        told = False
        for end in range(row.start() + LEAST, row.end() + 1):
            before, told = told, is_told(year[:end])
            begun += told and not before
    return begun


def told_after(past: str) -> int:
    """After how many articles it is told that the part has vanished; a row shorter than
    ``LEAST`` need not be asked about."""
    first = max(0, LEAST - (len(past) - len(past.rstrip("0"))))
    return next(lost for lost in range(first, 10 * SOON) if is_told(past + "0" * lost))


def measure(years: int, shares: tuple[float, ...] = SHARES) -> Iterator[Figures]:
    for kind, draw in KINDS.items():
        for share in shares:
            rng = random.Random(f"{kind} {share}")
            counted, after = [], []
            for _ in range(years):
                begun = 0
                for _ in WATCHED:
                    shown = draw(rng, share)
                    year = "".join("01"[next(shown)] for _ in range(YEAR))
                    begun += alarms(year)
                    places = [rng.randint(KNOWN, YEAR) for _ in range(LOSSES)]
                    after += [told_after(year[place - KNOWN : place]) for place in places]
                counted.append(begun)
            yield Figures(kind, share, tuple(counted), tuple(after))


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--years", type=int, default=10, help="of each kind (default: 10)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.years)
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
        return
    print(f"{arguments.years} years of {len(WATCHED)} parts each\n")
    print(
        f"{'':14}{'':7}{'false alarms a year':>24}{'a loss is told after, articles':>34}\n"
        f"{'articles':14}{'share':>7}{'mean':>15}{'most':>9}{'median':>14}{'most':>8}"
        f"{f'within {SOON}':>12}"
    )
    all_of_them: list[Figures] = []
    for one in found:
        all_of_them.append(one)
        print(
            f"{one.kind:14}{one.share:7.2f}{mean(one.alarms):15.2f}{max(one.alarms):9}"
            f"{median(one.told_after):14.0f}{max(one.told_after):8}{one.soon:12.1%}",
            flush=True,
        )
    most = max(mean(one.alarms) for one in all_of_them)
    soon = min(one.soon for one in all_of_them if one.share >= TELLING)
    print(f"\nfalse alarms a year, mean, worst line: {most:.2f}  {at_most(1).judged(most)}")
    print(
        f"losses told within {SOON} articles, shares from {TELLING}, worst line: {soon:.1%}  "
        f"{at_least(99, ' %').judged(100 * soon)}"
    )


if __name__ == "__main__":
    main()
