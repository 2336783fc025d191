"""Times as a person gives them: ``2026-11-25``, ``2026-11-25T16:00``, ``today``,
``yesterday``, or ``3d`` and ``12h`` ago (contract, section 2).  And as ``.state`` keeps them.

In: text, and the time now, aware, in the site's zone; numbers.  Out: aware times in that zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from feedsvc.recordjson import time_from_json
from feedsvc.site import KST

WANTED = "wanted 2026-11-25, 2026-11-25T16:00, today, yesterday, 3d or 12h"

_DAY = timedelta(days=1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*", re.ASCII)
_AGO = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that was given: a whole day, or a point in time."""

    written: str

    @classmethod
    def of(cls, text: str) -> Moment:
        """As it was typed: ``3d ago`` is ``3d``."""
        return cls(text.strip().lower().removesuffix(" ago").rstrip())

    @property
    def moves(self) -> bool:
        """Whether it is another time tomorrow."""
        return self.written in ("today", "yesterday") or bool(_AGO.fullmatch(self.written))

    def begin(self, now: datetime) -> datetime:
        """The first moment that counts for ``--since``.  Raises ``ValueError``."""
        return self._at(now)

    def end(self, now: datetime) -> datetime:
        """The first moment that does not count any more for ``--until``: after the
        whole day where one is named.  Raises ``ValueError``."""
        return self._at(now, after_day=True)

    def _at(self, now: datetime, *, after_day: bool = False) -> datetime:
        day = {"today": now.date(), "yesterday": now.date() - _DAY}.get(self.written)
        if _DATE.fullmatch(self.written):
            day = date.fromisoformat(self.written)
        if day is not None:
            return datetime.combine(day + _DAY * after_day, time.min, now.tzinfo)
        if ago := _AGO.fullmatch(self.written):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        written = self.written.upper()
        if not _TIME.fullmatch(written):
            raise ValueError(WANTED)
        at = datetime.fromisoformat(written)
        return at.astimezone(now.tzinfo) if at.tzinfo else at.replace(tzinfo=now.tzinfo)


_EPOCH = datetime(1970, 1, 1, tzinfo=KST) + timedelta(hours=9)


def micros(at: datetime) -> int:
    """Microseconds since 1970, UTC, as times are kept: the order of numbers is theirs."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def time_of(at: int) -> datetime:
    """The time of :func:`micros`, Korean."""
    return _EPOCH + timedelta(microseconds=at)


def month_of(at: datetime) -> str:
    """The month (KST, ``2026-03``) of a time; the year has four digits, as ``%Y`` has not
    everywhere."""
    return at.astimezone(KST).isoformat()[:7]


def as_time(kept: object) -> datetime | None:
    """An aware time from its ISO form, else ``None``."""
    try:
        return time_from_json(str(kept or ""))
    except ValueError:
        return None
