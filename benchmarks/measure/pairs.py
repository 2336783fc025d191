"""Two measurements by turns, compared pair by pair.

In: two functions that each answer one figure.  Out: their figures in pairs.

A machine that others use too drifts while it is measured on.  Two figures taken one
right after the other saw about the same machine, so what is compared is each pair,
and the median of the ratios is what counts, not the ratio of two medians.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

Measure = Callable[[], float]
"""Does the thing once and answers its figure (seconds, as a rule)."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the median and the greatest of some figures."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, figures: Iterable[float]) -> Spread:
        """``ValueError`` without any figure."""
        ordered = sorted(figures)
        if not ordered:
            raise ValueError("no figures to make a spread of")
        return cls(ordered[0], median(ordered), ordered[-1])


@dataclass(frozen=True, slots=True)
class Pairs:
    """What two measurements gave, in the order of the rounds."""

    first: tuple[float, ...]
    second: tuple[float, ...]

    @property
    def firsts(self) -> Spread:
        return Spread.of(self.first)

    @property
    def seconds(self) -> Spread:
        return Spread.of(self.second)

    @property
    def ratios(self) -> Spread:
        """How many times the second figure the first one is, pair by pair."""
        return Spread.of(a / b for a, b in zip(self.first, self.second, strict=True))

    @property
    def turned(self) -> Pairs:
        """The second before the first."""
        return Pairs(self.second, self.first)


def in_turns(first: Measure, second: Measure, rounds: int) -> Pairs:
    """Measure both ``rounds`` times: A B, A B, A B ….

    One round more goes before them and is thrown away: it fills the caches.
    """
    if rounds < 1:
        raise ValueError("at least one round is needed")
    first()
    second()
    taken = [(first(), second()) for _ in range(rounds)]
    return Pairs(tuple(a for a, _ in taken), tuple(b for _, b in taken))
