"""Times as numbers and as text, and back: what is remembered has no other form of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from feedsvc.recordjson import time_from_json
from feedsvc.site import KST

_EPOCH = datetime(1970, 1, 1, tzinfo=KST) + timedelta(hours=9)


def micros(at: datetime) -> int:
    """Microseconds since 1970, UTC: the order of numbers is the order of times."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def time_of(at: int) -> datetime:
    """The time of :func:`micros`, Korean."""
    return _EPOCH + timedelta(microseconds=at)


def as_time(kept: object) -> datetime | None:
    """An aware time from its ISO form, else ``None``."""
    try:
        return time_from_json(str(kept or ""))
    except ValueError:
        return None
