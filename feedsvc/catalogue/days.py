"""Articles by the day of their publication: how many, and which; no record is opened.

Derived, part of the index.  In: a :class:`State`.  Out: counts a day or a month, and
:class:`Listed`, by section and by access.  A list of any length is read from where a page
of it begins: the counts tell which days these are.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from feedsvc.catalogue.access import IN_SECTION, where_access
from feedsvc.catalogue.record import ALL, DAY, MONTH, day_of
from feedsvc.catalogue.state import State
from feedsvc.model import Status
from feedsvc.moment import micros, time_of
from feedsvc.site import KST

_A_DAY = 24 * 3600 * 1_000_000
_SAID = "a.title, a.subtitle, a.status, a.locked, a.sections, a.reporters"
_COUNTED = "FROM tally WHERE section=? AND access=? AND unit=?"

_STATUSES = {one.value: one for one in Status}  # a list has fifty: half of Status(value)'s time

Happened = Literal["released", "revised"]

_HAPPENED: Mapping[Happened, str] = {
    "released": "a.released IS NOT NULL AND NOT a.locked",
    # A release is no revision.
    "revised": "a.revised IS NOT NULL AND a.revised IS NOT a.released",
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


def bounds(period: str) -> tuple[int, int]:
    """Where a day or a month (``2026-03``) begins and where it ends, as times are kept."""
    begin = datetime.fromisoformat(f"{period}-01"[:10]).replace(tzinfo=KST)
    if len(period) == 10:
        return micros(begin), micros(begin) + _A_DAY
    # Beyond the last month that there is no time to take the end from.
    return micros(begin), micros(begin) + _A_DAY * monthrange(begin.year, begin.month)[1]


class Days:
    """Rows in a :class:`State`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def count(self, which: Which = Which()) -> int:
        """How many articles there are."""
        unit = {0: ALL, 7: MONTH}.get(len(which.period), DAY)
        told = (which.section or "", which.access or "", unit, which.period)
        return int(self._state.value(f"SELECT count {_COUNTED} AND period=?", told) or 0)

    def months(self, which: Which = Which()) -> list[tuple[str, int]]:
        """The months that have any, rising, and how many."""
        return list(self._counts(which, MONTH, "~"))

    def days(self, which: Which, last: str = "") -> list[tuple[str, int]]:
        """The days of a month, or since a day on (to a ``last``), that have any, rising, and
        how many."""
        end = which.period if len(which.period) == 7 else last
        return list(self._counts(which, DAY, f"{end}~"))

    def _counts(
        self, which: Which, unit: str, below: str, way: str = "ASC"
    ) -> Iterator[tuple[str, int]]:
        return self._state.each(
            f"SELECT period, count {_COUNTED} AND period>=? AND period<? ORDER BY period {way}",
            (which.section or "", which.access or "", unit, which.period, below),
        )

    def page(self, which: Which, offset: int, limit: int) -> list[Listed]:
        """Some of the articles, newest first."""
        days: list[str] = []
        before = seen = 0  # articles on newer days than the first one of the page, and in all
        for day, count in self._counts(which, DAY, f"{which.period}~", "DESC"):
            if seen >= offset + limit:
                break
            if seen + count > offset:
                before = before if days else seen
                days.append(day)
            seen += count
        if not days:
            return []
        (begin, _), (_, end) = bounds(days[-1]), bounds(days[0])
        condition, values = where_access(which.access)
        return self._rows(
            f"SELECT p.id, p.at, {_SAID} FROM published p CROSS JOIN record a ON a.id=p.id"
            f" WHERE p.section=? AND p.at>=? AND p.at<? AND {condition}"
            " ORDER BY p.at DESC, p.id DESC LIMIT ? OFFSET ?",
            (which.section or "", begin, end, *values, limit, offset - before),
        )

    def of(self, ids: Sequence[int]) -> list[Listed]:
        """Those of the ids that are kept, the newest publication first."""
        return self._rows(
            f"SELECT a.id, a.at, {_SAID} FROM record a WHERE a.id IN ({','.join('?' * len(ids))})"
            " ORDER BY a.at DESC, a.id DESC",
            tuple(ids),
        )

    def happened(self, what: Happened, which: Which, offset: int, limit: int) -> list[Listed]:
        """Articles that were released, or whose text changed, the last one first; ``at`` and
        ``day`` are of that.  Of ``which`` the period does not count."""
        condition, values = _happened_to(which)
        return self._rows(
            f"SELECT a.id, a.{what}, {_SAID} FROM record a"
            f" WHERE {_HAPPENED[what]} AND {condition} ORDER BY a.{what} DESC, a.id DESC"
            " LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )

    def happened_on(self, what: Happened, which: Which, day: str) -> int:
        """How many these were on a day."""
        condition, values = _happened_to(which)
        return int(
            self._state.value(
                f"SELECT count(*) FROM record a WHERE {_HAPPENED[what]} AND {condition}"
                f" AND a.{what}>=? AND a.{what}<?",
                (*values, *bounds(day)),
            )
        )

    def beside(self, article_id: int, section: str) -> tuple[int | None, int | None]:
        """The articles of a section published before and after one of its own."""
        here = self._state.rows(
            "SELECT section, at, id FROM published WHERE id=? AND section=?", (article_id, section)
        )
        if not here:
            return None, None
        before, after = (
            self._state.value(
                f"SELECT id FROM published WHERE section=? AND (at, id) {sign} (?, ?)"
                f" ORDER BY at {way}, id {way} LIMIT 1",
                here[0],
            )
            for sign, way in (("<", "DESC"), (">", "ASC"))
        )
        return before, after

    def _rows(self, sql: str, values: Sequence[object]) -> list[Listed]:
        return list(map(_listed, self._state.rows(sql, values)))

    def month(self, month: str) -> list[int]:
        """The ids published in a month, rising by time."""
        sql = "SELECT id FROM published WHERE section='' AND at>=? AND at<? ORDER BY at, id"
        return [int(number) for (number,) in self._state.rows(sql, bounds(month))]


def _happened_to(which: Which) -> tuple[str, tuple[str, ...]]:
    condition, values = where_access(which.access)
    if which.section is None:
        return condition, values
    return f"{condition} AND {IN_SECTION}", (*values, f" {which.section} ")


def _listed(row: tuple[Any, ...]) -> Listed:
    number, kept, title, subtitle, status, locked, sections, reporters = row
    at = time_of(kept)
    return Listed(
        int(number), at, day_of(at), title, subtitle, _STATUSES[status], bool(locked),
        tuple(sections.split()), tuple(reporters.split("\n")) if reporters else (),
    )  # fmt: skip
