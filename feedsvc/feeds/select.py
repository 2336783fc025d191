"""Which records a feed holds, and in what order (contract, section 5).  Pure.

In: records the archive thinks are new enough, more than needed being welcome.
Out: the ones that the feed shows.  How they read is ``entry.py``'s question,
how many of them fit into a file ``documents.py``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from feedsvc.catalogue.rows import seen
from feedsvc.model import Record

__all__ = ["KEPT_FOR", "age", "counted", "newest", "seen", "shown"]

T = TypeVar("T")

KEPT_FOR = timedelta(days=3)
"""Whatever was first seen within this time stays, however much it is."""


def age(record: Record, *, hide_locked: bool) -> datetime:
    """What a record goes by among the newest.  Where locked articles are hidden, a feed that
    left one out until its release first shows it then."""
    released_at = record.access.released_at if hide_locked else None
    return max(seen(record), released_at or seen(record))


def counted(at: datetime, published: datetime, now: datetime) -> datetime:
    """The time that counts for when a record was seen.

    One that lies ahead was noted by a clock that was wrong, and counts as now: the record
    stays among those of the last three days.  Among these it goes by its publication, or it
    would keep what is surely newer out of a small file until the clock has caught up.
    """
    return at if at <= now else min(now, max(published, now - KEPT_FOR))


def newest(
    items: Iterable[T],
    entries: int,
    now: datetime,
    age: Callable[[T], tuple[datetime, int]],
) -> list[T]:
    """The newest ``entries`` items and all of the last three days, newest first.

    ``age`` gives the time an item goes by, one in the future counting as now, and, for
    ties, a number.
    """
    since = now - KEPT_FOR

    def counts(one: T) -> tuple[datetime, int]:
        at, number = age(one)
        return min(at, now), number

    ranked = sorted(items, key=counts, reverse=True)
    return [one for place, one in enumerate(ranked) if place < entries or age(one)[0] >= since]


def shown(record: Record, *, hide_locked: bool, published: Callable[[], frozenset[str]]) -> bool:
    """Whether an article feed gives the record an entry.

    A near-duplicate gets none, but an entry once published is never withdrawn for
    it: ``published`` tells the ids that the feed holds now, and is asked only
    where it matters.
    """
    if hide_locked and record.access.locked:
        return False
    return record.duplicate_of is None or record.guid in published()
