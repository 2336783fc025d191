"""The same story, once: a new or rewritten record against those around it.

In: a record about to be kept.  Out: the record, marked where it repeats an earlier
one, and the kept ones that repeat it.  What is the same story says ``dedup.similar``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from feedsvc.archive import Archive
from feedsvc.dedup import WITHIN, Change, duplicate
from feedsvc.errors import ArchiveError, ArchiveUnreadable
from feedsvc.model import Event, Record

_TEXT_EVENTS = (Event.ADDED, Event.REVISED, Event.RELEASED)


def once(archive: Archive, change: Change) -> tuple[Change, tuple[Record, ...]]:
    """The change with its record's ``duplicate_of``, and the records, marked anew, that
    turn out to repeat it: it was published before them and read after.  One that was
    withdrawn and is read again was first seen when it was first seen.

    Only a new record or one whose text or lock changed is looked at.
    """
    if change.event not in _TEXT_EVENTS:
        return change, ()
    record = change.record
    seen = archive.first_sight(record.id) if change.event is Event.ADDED else None
    if seen is not None and seen.first_seen_at is not None:
        origin = seen.origin or record.origin
        record = replace(record, first_seen_at=seen.first_seen_at, origin=origin)
    earlier: list[Record] = []
    later: list[Record] = []
    for other in _around(archive, record):
        repeated = duplicate(record, other)
        if repeated is record:
            earlier.append(other)
        elif repeated is other:
            later.append(other)
    first = min(earlier, key=lambda one: (one.published_at, one.id), default=None)
    # The first is named even where the one that was found repeats a still earlier one.
    original = None if first is None else first.duplicate_of or first.id
    marked = tuple(
        replace(one, duplicate_of=original or record.id)
        for one in later
        if one.duplicate_of is None or one.duplicate_of != (original or record.id)
    )
    return replace(change, record=replace(record, duplicate_of=original)), marked


def _around(archive: Archive, record: Record) -> Iterator[Record]:
    for article_id in archive.resembling(record, WITHIN):
        try:
            other = archive.get(article_id)
        except (ArchiveError, ArchiveUnreadable):
            continue  # ``archive verify`` tells of it; this article is none the worse
        if other is not None:
            yield other
