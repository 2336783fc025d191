"""How many articles lie ahead of a walk back through a section: an estimate, for a
progress bar.  Pure.

In: the rows listed so far.  Out: a number.  Dates tell where a day ends the walk; else
ids do, which began near nought and rise with time (site page, "The site"): what is
listed of the ids gone through is taken to be listed of those below.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from feedsvc.model import Row


@dataclass(slots=True)
class Estimate:
    """``since`` is the day that ends the walk, if one does."""

    since: date | None
    rows: int = 0
    ids: tuple[int, int] = (0, 0)
    """Lowest and highest listed."""
    days: tuple[date, date] | None = None
    """Oldest and newest listed."""

    def saw(self, rows: Iterable[Row]) -> None:
        """Take note of a page's rows."""
        for row in rows:
            low, high = self.ids if self.rows else (row.id, row.id)
            self.ids = min(low, row.id), max(high, row.id)
            self.rows += 1
            if row.listed_at is not None:
                day = row.listed_at.date()
                old, new = self.days or (day, day)
                self.days = min(old, day), max(new, day)

    def left(self) -> int:
        """Rows ahead; 0 where nobody can tell yet."""
        low, high = self.ids
        if self.since is None:
            return round(self.rows * low / (high - low)) if high > low else 0
        if self.days is None:
            return 0
        old, new = self.days
        return round(self.rows * max(0, (old - self.since).days) / ((new - old).days or 1))
