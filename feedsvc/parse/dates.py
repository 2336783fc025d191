"""The forms in which the site writes a time, to aware times.

In: text that holds a time, the clock, the site's zone.  Out: the first time in it.
Source: the site page, "Section pages" and "The sample page".
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

TOLERANCE = timedelta(days=1)
"""A time further ahead than this cannot be one of publication."""

_FULL = re.compile(
    r"(?<!\d)((?:19|20)\d\d)\s*[.\-/년]\s*(\d{1,2})\s*[.\-/월]\s*(\d{1,2})(?!\d)\s*[.일]?"
    r"(?:\s*T?\s*(?:\([월화수목금토일]\)\s*)?(오전|오후)?\s*(\d{1,2})\s*[:시]\s*(\d{1,2})"
    r"(?:\s*[:분]\s*(\d{1,2}))?)?"
)
_SHORT = re.compile(r"(?<![\d.\-/])(\d{1,2})[.\-/](\d{1,2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?!\d)")


def shown_time(text: str, now: datetime, tz: tzinfo) -> datetime | None:
    """The first time in ``text``, in ``tz``.

    A time without a year is of the latest year in which it is not more than a day
    ahead of ``now``.  ``None``: no time, no such day, or more than a day ahead.
    """
    full = _FULL.search(text)
    if full:
        year, month, day, half, hour, minute, second = full.groups()
        hours = int(hour or 0)
        if half:
            hours = hours % 12 + (12 if half == "오후" else 0)
        return _believed(
            _moment(int(year), int(month), int(day), hours, int(minute or 0), int(second or 0), tz),
            now,
        )
    short = _SHORT.search(text)
    if not short:
        return None
    month, day, hour, minute, second = (int(part or 0) for part in short.groups())
    this_year = now.astimezone(tz).year
    # Eight years back is as far as two 29ths of February lie apart (1896, 1904).
    for year in range(this_year + 1, this_year - 9, -1):
        moment = _believed(_moment(year, month, day, hour, minute, second, tz), now)
        if moment:
            return moment
    return None


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
