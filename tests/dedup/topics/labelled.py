"""Pairs of headlines, labelled: of one thing, or of two things of one group.

In: a file of groups (``tuned.txt``, ``heldout.txt``): ``= name``, then ``-`` before the
headlines of each thing that happened.  Within a group everything is alike but the thing:
the company, or what companies do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Pair:
    one: str
    other: str
    same: bool


def pairs(name: str) -> tuple[Pair, ...]:
    """The pairs of a file."""
    return tuple(_pairs(name))


def _pairs(name: str) -> Iterator[Pair]:
    for group in _groups(name):
        told = [(headline, number) for number, thing in enumerate(group) for headline in thing]
        for (one, first), (other, second) in combinations(told, 2):
            yield Pair(one, other, first == second)


def _groups(name: str) -> list[list[list[str]]]:
    found: list[list[list[str]]] = []
    for line in (_HERE / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("= "):
            found.append([])
        elif line == "-":
            found[-1].append([])
        elif line and not line.startswith("#"):
            found[-1][-1].append(line)
    return found


@dataclass(frozen=True, slots=True)
class Judged:
    """How often a judgement was right; ``wrong`` counts things that it took for one."""

    pairs: int
    wrong: int
    precision: float
    recall: float


def judged(given: Sequence[Pair], alike: Callable[[str, str], bool]) -> Judged:
    joined = [pair for pair in given if alike(pair.one, pair.other)]
    right = sum(pair.same for pair in joined)
    same = sum(pair.same for pair in given)
    return Judged(
        len(given), len(joined) - right, right / len(joined) if joined else 1.0, right / same
    )
