"""Printed lines: a spread, and an aim beside the figure it is held against.

A missed aim is printed and no error: whoever runs a benchmark wants the figures, and
a busy machine is no bug.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

from benchmarks.measure.pairs import Spread


@dataclass(frozen=True, slots=True)
class Aim:
    """A bound that a figure should keep to."""

    bound: float
    is_floor: bool
    unit: str = ""

    def is_met(self, figure: float) -> bool:
        return figure >= self.bound if self.is_floor else figure <= self.bound

    def judged(self, figure: float) -> str:
        """``aim: at most 2.5 x, met``."""
        word = "at least" if self.is_floor else "at most"
        return (
            f"aim: {word} {self.bound:g}{self.unit}, {'met' if self.is_met(figure) else 'missed'}"
        )


def at_least(bound: float, unit: str = "") -> Aim:
    return Aim(bound, True, unit)


def at_most(bound: float, unit: str = "") -> Aim:
    return Aim(bound, False, unit)


def line(label: str, spread: Spread, unit: str = "", aim: Aim | None = None) -> None:
    """Print a spread: its median, its least and greatest, and the aim its median is
    held against."""
    figures = f"{_short(spread.median)}{unit}  ({_short(spread.low)} to {_short(spread.high)})"
    print(f"  {label:<42} {figures:<38}{aim.judged(spread.median) if aim else ''}".rstrip())


def machine() -> None:
    """Print on what the figures were taken."""
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}; median (least to greatest)"
    )


def _short(figure: float) -> str:
    """Three digits that count, never in powers of ten."""
    places = 0 if abs(figure) >= 100 else 1 if abs(figure) >= 10 else 2
    return f"{figure:,.{places}f}"
