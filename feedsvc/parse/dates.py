"""The forms in which the site writes a time, to aware times.

In: text that holds a time, the clock, the site's zone.  Out: the first time in it.
Source: the site page, "Section pages" and "The sample page".
"""

# ruff: noqa: E501 - Korean counts twice.

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import islice

TOLERANCE = timedelta(days=1)
"""A time further ahead than this cannot be one of publication."""

# Texts are folded: there is one space at most.
_HALF = r"오전|오후|[ap]\.?m(?:\b|\.)"
_CLOCK = (
    rf"(?:(?P<half>{_HALF}) ?)?(?P<hour>\d{{1,2}})(?: ?: ?(?P<minute>\d{{1,2}})(?: ?: ?(?P<second>\d{{1,2}}))?"
    rf"|시(?: ?(?P<minutes>\d{{1,2}})(?: ?분(?: ?(?P<seconds>\d{{1,2}})초?)?)?)?)(?!\d)(?: ?(?P<after>{_HALF}))?"
)
_THEN = r" ?(?:\([월화수목금토일]\)|[월화수목금토일]요일)? ?[T|/·,]? ?"
_FULL = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d) ?[.\-/년] ?(?P<month>\d{1,2}) ?[.\-/월] ?(?P<day>\d{1,2})(?!\d) ?[.일]?"
    rf"(?:{_THEN}{_CLOCK})?",
    re.IGNORECASE,
)
_WITH_OFFSET = re.compile(
    r"(?<!\d)\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)(?![\d:])"
)
_EDITED = re.compile(r"수정|업데이트|updated|modified", re.IGNORECASE)
# Of so many times on a line at most one is asked whether it is that of an edit.
_MOST = 6
_DAY = r"(?<![\d.\-/])(?P<month>\d{1,2})(?:[.\-/]|월 ?)(?P<day>\d{1,2})일?"
_SHORT = re.compile(rf"{_DAY} {_CLOCK}", re.IGNORECASE)
_DAY_ALONE = re.compile(rf"{_DAY}(?![\d.\-/:])")
# Where a time belongs: a year of two digits, no signs at all, the clock without a day.
_SHORT_YEAR = re.compile(
    rf"(?<![\w.\-/:])['’]?(?P<year>\d\d)[.\-/] ?(?P<month>\d\d)[.\-/] ?(?P<day>\d\d)(?!\d)\.?(?:{_THEN}{_CLOCK})?",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?<!\w)(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)"
    r"(?: ?(?P<hour>[0-2]\d):?(?P<minute>[0-5]\d)(?::?(?P<second>[0-5]\d))?)?(?!\w)"
)
_CLOCK_ALONE = re.compile(
    rf"(?<![\w.\-/:])(?={_HALF}|\d{{1,2}}(?::\d\d|시)){_CLOCK}(?![\w:])", re.IGNORECASE
)
_DIGIT = re.compile(r"\d")
_AGO = re.compile(
    r"(?<![\d가-힣])(?:(?:(\d{1,4}|(?:몇|한|일)(?= )) ?(초|분|시간|일|주일?|개월|달|년)|(하루)) ?전|방금(?: ?전)?|조금 ?전)(?![가-힣])"
)
_NEAR = re.compile(
    rf"(?<![가-힣])(?P<near>오늘|어제|그제|그저께)(?: ?{_CLOCK}|(?![가-힣\d]| ?\d))", re.IGNORECASE
)
_HOUR, _WHOLE_DAY = 3600, 86_400
_SECONDS = {
    "초": 1, "분": 60, "시간": _HOUR, "일": _WHOLE_DAY, "하루": _WHOLE_DAY, "주": 7 * _WHOLE_DAY,
    "주일": 7 * _WHOLE_DAY, "달": 30 * _WHOLE_DAY, "개월": 30 * _WHOLE_DAY, "년": 365 * _WHOLE_DAY,
}  # fmt: skip
_NUMERALS = {"몇": 0, "한": 1, "일": 1}
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
    with_offset = _WITH_OFFSET.search(text)
    others = (one.search(text) for one in ((_SHORT_YEAR, _COMPACT) if alone else ()))
    full = with_offset or _published(text) or next(filter(None, others), None)
    if full:
        believed = _believed(_of_iso(full[0], tz) if with_offset else _moment_of(full, tz), now)
        is_sure = with_offset is not None or full["hour"] is not None
        return Shown(believed, is_sure) if believed else None
    told = None
    short = _SHORT.search(text)
    if short is None and alone:
        short = _DAY_ALONE.search(text)
        told = _told(text, now, tz) or (_today(text, now, tz) if short is None else None)
    if told is None and short is not None:
        this_year = now.astimezone(tz).year
        # Eight years back is as far as two 29ths of February lie apart (1896, 1904).
        years = range(this_year + 1, this_year - 9, -1)
        moments = (_believed(_moment_of(short, tz, year), now) for year in years)
        told = next(filter(None, moments), None)
    return Shown(told, sure=False) if told else None


def _published(text: str) -> re.Match[str] | None:
    """The first full time that no word says is that of an edit, else the first."""
    first = None
    end = 0
    for found in islice(_FULL.finditer(text), _MOST):
        if not _EDITED.search(text, end, found.start()):
            return found
        first, end = first or found, found.end()
    return first


def shown_time(text: str, now: datetime, tz: tzinfo) -> datetime | None:
    """The same, where it does not matter how surely it is known."""
    found = read_time(text, now, tz)
    return found.at if found else None


def _told(text: str, now: datetime, tz: tzinfo) -> datetime | None:
    """A time told from now: ``방금 전``, ``5분 전``, ``어제 09:27``; to the minute."""
    here = now.astimezone(tz).replace(second=0, microsecond=0)
    near = _NEAR.search(text)
    if near:
        return _at_clock(near, here - timedelta(days=_DAYS_BACK[near["near"]]))
    ago = _AGO.search(text)
    if not ago:
        return None
    count, unit, one = ago.groups()
    number = _NUMERALS[count] if count in _NUMERALS else int(count or 1)
    return here - timedelta(seconds=number * _SECONDS[unit or one]) if unit or one else here


def _today(text: str, now: datetime, tz: tzinfo) -> datetime | None:
    """The last time that the clock showed what a text shows."""
    clock = _CLOCK_ALONE.search(text)
    if clock is None or _DIGIT.search(text[: clock.start()] + text[clock.end() :]):
        return None  # a date in a form of its own, rather
    here = now.astimezone(tz)
    at = _at_clock(clock, here)
    return at - timedelta(days=1) if at and at > here else at


def _at_clock(found: re.Match[str], day: datetime) -> datetime | None:
    """The time of a day that a text shows; midnight where it shows none."""
    return _moment(day.year, day.month, day.day, *_clock(found), day.tzinfo)


def _clock(found: re.Match[str]) -> tuple[int, int, int]:
    told = found.groupdict().get
    half = (told("half") or told("after") or "").lower()
    hour = int(told("hour") or 0)
    if half:
        hour = hour % 12 + (12 if half == "오후" or half[0] == "p" else 0)
    return (
        hour,
        int(told("minute") or told("minutes") or 0),
        int(told("second") or told("seconds") or 0),
    )


def _moment_of(found: re.Match[str], tz: tzinfo, year: int | None = None) -> datetime | None:
    """The time that named groups give; ``24:00`` is the next day's first."""
    hour, minute, second = _clock(found)
    year = int(found["year"]) if year is None else year
    is_next = (hour, minute, second) == (24, 0, 0)
    at = _moment(
        year if year > 99 else 2000 + year, int(found["month"]), int(found["day"]),
        0 if is_next else hour, minute, second, tz,
    )  # fmt: skip
    return at + timedelta(days=1) if at and is_next else at


def machine_time(text: str, now: datetime, tz: tzinfo) -> datetime | None:
    """A time as metadata write it (ISO 8601); without an offset it is in ``tz``."""
    moment = _of_iso(text, tz)
    return _believed(moment, now) if moment else shown_time(text, now, tz)


def _of_iso(text: str, tz: tzinfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(tz) if moment.tzinfo else moment.replace(tzinfo=tz)
    except (ValueError, OverflowError):
        return None


def minute_of(match: re.Match[str], tz: tzinfo) -> datetime | None:
    """The time that five groups of a phrase give: year, month, day, hour, minute."""
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    return _moment(year, month, day, hour, minute, 0, tz)


def _moment(
    year: int, month: int, day: int, hour: int, minute: int, second: int, tz: tzinfo | None
) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=tz)
    except ValueError:
        return None


def _believed(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment - now <= TOLERANCE else None
