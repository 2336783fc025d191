"""When the entries of a digest are due.  Pure.

In: a digest's ``at`` and ``days``, a zone, two moments.  Out: the due times between them,
each with the name that its entry has: the date and the time of day in that zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

from feedsvc.config import DAYS, DigestConfig

_A_DAY = timedelta(days=1)


def due_times(
    digest: DigestConfig, zone: tzinfo, after: datetime, until: datetime
) -> Iterator[tuple[str, datetime]]:
    """Each name (``2026-11-25T0800``) and moment later than ``after``, up to ``until``.

    There is one a day at most.  Where clocks are set back, the first of two equal times
    counts; a time that they leave out in spring is as long after midnight as on other
    days: 02:30 is then 03:30.
    """
    at = time.fromisoformat(digest.at)
    day = after.astimezone(zone).date() - _A_DAY
    last = until.astimezone(zone).date() + _A_DAY
    while day <= last:
        if DAYS[day.weekday()] in digest.days:
            # Compared in UTC: within one zone Python compares what the clocks show.
            # By way of UTC: a time that clocks leave out becomes one that they show.
            moment = datetime.combine(day, at, zone).astimezone(UTC).astimezone(zone)
            if after.timestamp() < moment.timestamp() <= until.timestamp():
                yield f"{day}T{at:%H%M}", moment
        day += _A_DAY
