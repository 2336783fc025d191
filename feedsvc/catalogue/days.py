"""Articles by the day of their publication: how many, and which; no record is opened.

Derived, part of the index.  In: a :class:`State`.  Out: counts a day or a month, and
:class:`Listed`, by section and by access.  A list of any length is read from where a page
of it begins: the counts tell which days these are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from feedsvc.catalogue.state import State
from feedsvc.memory import micros, time_of
from feedsvc.model import Status
from feedsvc.site import KST

READABLE, LOCKED = "readable", "locked"

Tally = tuple[str, str, str, str]
"""What is counted: section (``""``: every record), access (``""``, a status,
``READABLE``, ``LOCKED``), unit, period."""

_DAY, _MONTH, _ALL = "day", "month", "all"
_SAID = "r.title, r.subtitle, r.status, r.locked, r.sections, r.reporters"
_FIELDS = f"p.id, p.at, p.day, {_SAID}"

_STATUSES = {one.value: one for one in Status}  # a list has fifty: half of Status(value)'s time

Happened = Literal["released", "revised"]

_HAPPENED: Mapping[Happened, str] = {
    "released": "r.released IS NOT NULL AND NOT r.locked",
    # A release is no revision.
    "revised": "r.revised IS NOT NULL AND r.revised IS NOT r.released",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One article, as lists show it; ``day`` (``2026-03-09``) is in Korean time."""

    id: int
    at: datetime
    day: str
    title: str
    subtitle: str
    status: Status
    locked: bool
    sections: tuple[str, ...]
    reporters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Which:
    """Which articles: those of a section (a code, ``None``: all), of an access (a status,
    ``readable``, ``locked``; ``None``: all), of a ``period``: a day, or a month."""

    section: str | None = None
    access: str | None = None
    period: str = ""


def day_of(at: datetime) -> str:
    return at.astimezone(KST).date().isoformat()


def tallies(status: Status, days: Iterable[tuple[str, str]], *, locked: bool) -> tuple[Tally, ...]:
    """Where a record is counted; ``days`` are pairs of section and day."""
    kinds = ["", status.value]
    if locked:
        kinds.append(LOCKED)
    elif status in (Status.OPEN, Status.PLUS_FIRST):
        kinds.append(READABLE)
    return tuple(
        (section, kind, unit, period)
        for section, day in days
        for kind in kinds
        for unit, period in ((_DAY, day), (_MONTH, day[:7]), (_ALL, ""))
    )


def take(state: State, counted: Counter[Tally], way: int) -> None:
    """Count records in (``way`` 1) or out (-1)."""
    state.many(
        "INSERT INTO tally VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET count=count+excluded.count",
        [(*one, way * number) for one, number in counted.items()],
    )
    if way < 0:
        key = "section=? AND access=? AND unit=? AND period=?"
        state.many(f"DELETE FROM tally WHERE {key} AND count<=0", list(counted))


class Days:
    """Rows in a :class:`State`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def count(self, which: Which = Which()) -> int:
        """How many articles there are."""
        unit = {0: _ALL, 7: _MONTH}.get(len(which.period), _DAY)
        rows = self._state.rows(
            "SELECT count FROM tally WHERE section=? AND access=? AND unit=? AND period=?",
            (which.section or "", which.access or "", unit, which.period),
        )
        return int(rows[0][0]) if rows else 0

    def months(self, which: Which = Which()) -> list[tuple[str, int]]:
        """The months that have any, rising, and how many."""
        return self._counts(which, _MONTH, "~")

    def days(self, which: Which, last: str = "") -> list[tuple[str, int]]:
        """The days of a month, or since a day on (to a ``last``), that have any, rising, and
        how many."""
        end = which.period if len(which.period) == 7 else last
        return self._counts(which, _DAY, f"{end}~")

    def _counts(self, which: Which, unit: str, below: str) -> list[tuple[str, int]]:
        return self._state.rows(
            "SELECT period, count FROM tally WHERE section=? AND access=? AND unit=?"
            " AND period>=? AND period<? ORDER BY period",
            (which.section or "", which.access or "", unit, which.period, below),
        )

    def page(self, which: Which, offset: int, limit: int) -> list[Listed]:
        """Some of the articles, newest first."""
        if len(which.period) == 10:
            days, skipped = [which.period], offset
        else:
            days, skipped = self._days_from(which, offset, limit)
        if not days:
            return []
        condition, values = _condition(which.access)
        rows = self._state.rows(
            f"SELECT {_FIELDS} FROM published p CROSS JOIN record r ON r.id=p.id"
            f" WHERE p.section=? AND p.day BETWEEN ? AND ?{condition}"
            " ORDER BY p.day DESC, p.at DESC, p.id DESC LIMIT ? OFFSET ?",
            (which.section or "", days[-1], days[0], *values, limit, skipped),
        )
        return list(map(_listed, rows))

    def _days_from(self, which: Which, offset: int, limit: int) -> tuple[list[str], int]:
        """The days, falling, on which a page stands, and how many articles of the first
        of them stand before it."""
        days: list[str] = []
        before = seen = 0

        def wanted(number: int, row: tuple[Any, ...]) -> bool:
            nonlocal before, seen
            day, count = row
            if seen >= offset + limit:
                return False
            if seen + count > offset:
                if not days:
                    before = seen
                days.append(day)
            seen += count
            return True

        below = f"{which.period}~" if which.period else "~"
        self._state.first(
            "SELECT period, count FROM tally WHERE section=? AND access=? AND unit=?"
            " AND period>=? AND period<? ORDER BY period DESC",
            (which.section or "", which.access or "", _DAY, which.period, below),
            wanted,
        )
        return days, offset - before

    def of(self, ids: Sequence[int]) -> list[Listed]:
        """Those of the ids that are kept, the newest publication first."""
        marks = ",".join("?" * len(ids))
        rows = self._state.rows(
            f"SELECT {_FIELDS} FROM record r JOIN published p ON p.id=r.id AND p.section=''"
            f" WHERE r.id IN ({marks}) ORDER BY p.day DESC, p.at DESC, p.id DESC",
            tuple(ids),
        )
        return list(map(_listed, rows))

    def happened(self, what: Happened, which: Which, offset: int, limit: int) -> list[Listed]:
        """Articles that were released, or whose text changed, the last one first; ``at`` and
        ``day`` are of that.  Of ``which`` the period does not count."""
        condition, values = _happened_to(which)
        rows = self._state.rows(
            f"SELECT r.id, r.{what}, '', {_SAID} FROM record r"
            f" WHERE {_HAPPENED[what]}{condition} ORDER BY r.{what} DESC, r.id DESC"
            " LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        found = list(map(_listed, rows))
        return [replace(one, day=day_of(one.at)) for one in found]

    def happened_on(self, what: Happened, which: Which, day: str) -> int:
        """How many these were on a day."""
        condition, values = _happened_to(which)
        begin = datetime.fromisoformat(day).replace(tzinfo=KST)
        rows = self._state.rows(
            f"SELECT count(*) FROM record r WHERE {_HAPPENED[what]}{condition}"
            f" AND r.{what}>=? AND r.{what}<?",
            (*values, micros(begin), micros(begin + timedelta(days=1))),
        )
        return int(rows[0][0])

    def beside(self, article_id: int, section: str) -> tuple[int | None, int | None]:
        """The articles of a section published before and after one of its own."""
        here = self._state.rows(
            "SELECT section, day, at, id FROM published WHERE id=? AND section=?",
            (article_id, section),
        )
        found: list[int | None] = []
        for sign, way in (("<", "DESC"), (">", "ASC")):
            rows = here and self._state.rows(
                f"SELECT id FROM published WHERE section=? AND (day, at, id) {sign} (?, ?, ?)"
                f" ORDER BY day {way}, at {way}, id {way} LIMIT 1",
                here[0],
            )
            found.append(int(rows[0][0]) if rows else None)
        return found[0], found[1]

    def month(self, month: str, section: str | None) -> list[int]:
        """The ids published in a month, rising by time."""
        rows = self._state.rows(
            "SELECT id FROM published WHERE section=? AND day>=? AND day<? ORDER BY day, at, id",
            (section or "", month, f"{month}~"),
        )
        return [int(row[0]) for row in rows]


def _condition(access: str | None) -> tuple[str, tuple[str, ...]]:
    if access is None:
        return "", ()
    if access == LOCKED:
        return " AND r.locked", ()
    if access == READABLE:
        return " AND r.status IN (?,?)", (Status.OPEN.value, Status.PLUS_FIRST.value)
    return " AND r.status=?", (access,)


def _happened_to(which: Which) -> tuple[str, tuple[str, ...]]:
    condition, values = _condition(which.access)
    if which.section is None:
        return condition, values
    return f"{condition} AND instr(' ' || r.sections || ' ', ?)", (*values, f" {which.section} ")


def _listed(row: tuple[Any, ...]) -> Listed:
    number, at, day, title, subtitle, status, locked, sections, reporters = row
    return Listed(
        int(number), time_of(at), day, title, subtitle, _STATUSES[status], bool(locked),
        tuple(sections.split()), tuple(reporters.split("\n")) if reporters else (),
    )  # fmt: skip
