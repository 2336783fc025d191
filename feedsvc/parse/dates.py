"""The forms in which the site writes a time, to aware times.

In: text that holds a time, the clock, the site's zone.  Out: the first time in it.
Source: the site page, "Section pages" and "The sample page".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

TOLERANCE = timedelta(days=1)
"""A time further ahead than this cannot be one of publication."""

# Texts are folded: there is one space at most.
_FULL = re.compile(
    r"(?<!\d)((?:19|20)\d\d) ?[.\-/년] ?(\d{1,2}) ?[.\-/월] ?(\d{1,2})(?!\d) ?[.일]?"
    r"(?: ?T? ?(?:\([월화수목금토일]\) ?)?(오전|오후)? ?(\d{1,2}) ?[:시] ?(\d{1,2})"
    r"(?: ?[:분] ?(\d{1,2}))?)?"
)
_DAY = r"(?<![\d.\-/])(\d{1,2})(?:[.\-/]|월 ?)(\d{1,2})일?"
_SHORT = re.compile(rf"{_DAY} (\d{{1,2}}):(\d{{2}})(?::(\d{{2}}))?(?!\d)")
_DAY_ALONE = re.compile(rf"{_DAY}(?![\d.\-/:])")
_AGO = re.compile(r"(?<![\d가-힣])(?:(\d{1,4}) ?(초|분|시간|일) ?전|방금|조금 ?전)(?![가-힣])")
_NEAR = re.compile(
    r"(?<![가-힣])(오늘|어제|그제|그저께) ?(?:(오전|오후) ?)?(\d{1,2}):(\d{2})(?::(\d{2}))?(?!\d)"
)
_UNITS = {"초": "seconds", "분": "minutes", "시간": "hours", "일": "days"}
_DAYS_BACK = {"오늘": 0, "어제": 1, "그제": 2, "그저께": 2}


@dataclass(frozen=True, slots=True)
class Shown:
    """A time read from a page; not ``sure`` where it was completed from the clock: without
    its year, without its hour, or told from now.  Read later it would be another."""

    at: datetime
    sure: bool


def read_time(text: str, now: datetime, tz: tzinfo, *, alone: bool = False) -> Shown | None:
    """The first time in a folded text, in ``tz``.

    A time without a year is of the latest year in which it is not more than a day
    ahead of ``now``.  ``alone``: the text stands where a time belongs, so that ``5분 전``
    and ``03-09`` are believed too.  ``None``: no time, no such day, or more than a day ahead.
    """
    full = _FULL.search(text)
    if full:
        year, month, day, half, hour, minute, second = full.groups()
        moment = _moment(
            int(year), int(month), int(day), _hours(hour, half), int(minute or 0),
            int(second or 0), tz,
        )  # fmt: skip
        believed = _believed(moment, now)
        return Shown(believed, hour is not None) if believed else None
    short = _SHORT.search(text)
    if short is None and alone:
        told = _told(text, now, tz)
        if told is not None:
            return Shown(told, sure=False)
        short = _DAY_ALONE.search(text)
    if short is None:
        return None
    month, day, hour, minute, second = (int(part or 0) for part in (*short.groups(), 0, 0, 0)[:5])
    this_year = now.astimezone(tz).year
    # Eight years back is as far as two 29ths of February lie apart (1896, 1904).
    for year in range(this_year + 1, this_year - 9, -1):
        moment = _believed(_moment(year, month, day, hour, minute, second, tz), now)
        if moment:
            return Shown(moment, sure=False)
    return None


def shown_time(text: str, now: datetime, tz: tzinfo) -> datetime | None:
    """The same, where it does not matter how surely it is known."""
    found = read_time(text, now, tz)
    return found.at if found else None


def _told(text: str, now: datetime, tz: tzinfo) -> datetime | None:
    """A time told from now: ``방금 전``, ``5분 전``, ``어제 09:27``; to the minute."""
    here = now.astimezone(tz).replace(second=0, microsecond=0)
    near = _NEAR.search(text)
    if near:
        day, half, hour, minute, second = near.groups()
        at = here.date() - timedelta(days=_DAYS_BACK[day])
        return _moment(
            at.year, at.month, at.day, _hours(hour, half), int(minute), int(second or 0), tz
        )
    ago = _AGO.search(text)
    if not ago:
        return None
    return here - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago[1] else here


def _hours(hour: str | None, half: str | None) -> int:
    hours = int(hour or 0)
    return hours % 12 + (12 if half == "오후" else 0) if half else hours


def machine_time(text: str, now: datetime, tz: tzinfo) -> datetime | None:
    """A time as metadata write it (ISO 8601); without an offset it is in ``tz``."""
    try:
        moment = datetime.fromisoformat(text.strip())
        aware = moment.astimezone(tz) if moment.tzinfo else moment.replace(tzinfo=tz)
    except (ValueError, OverflowError):
        return shown_time(text, now, tz)
    return _believed(aware, now)


def minute_of(match: re.Match[str], tz: tzinfo) -> datetime | None:
    """The time that five groups of a phrase give: year, month, day, hour, minute."""
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    return _moment(year, month, day, hour, minute, 0, tz)


def _moment(
    year: int, month: int, day: int, hour: int, minute: int, second: int, tz: tzinfo
) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=tz)
    except ValueError:
        return None


def _believed(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment - now <= TOLERANCE else None
