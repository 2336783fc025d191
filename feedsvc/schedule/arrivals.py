"""What the archive tells about when the site publishes: the counts behind ``every: auto``.

In: the archive and its memory.  Out: articles by hour of the week over the last four
weeks.  Derived: kept in the memory for a day, and made again whenever it is lost.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import takewhile

from feedsvc.archive import Archive
from feedsvc.errors import ArchiveError
from feedsvc.memory import Note, Topic
from feedsvc.model import Event
from feedsvc.schedule.auto import HOURS, hour_of

SPAN = timedelta(weeks=4)
GOOD_FOR = timedelta(days=1)

_OLDER_ENDS = 50


def articles_by_hour(archive: Archive, now: datetime) -> tuple[int, ...]:
    """The counts kept in the memory; counted anew where they are a day old.

    ``now`` is in the site's zone.  Raises ``ArchiveError``, ``ArchiveUnwritable``.
    """
    kept = _recalled(archive.memory.note.of(Topic.HOURS, ""), now)
    if kept is not None:
        return kept
    counts = count(archive, now)
    archive.memory.note.set(Topic.HOURS, "", at=now, text=json.dumps(counts))
    return counts


def count(archive: Archive, now: datetime) -> tuple[int, ...]:
    """Articles that polls of the last four weeks found, by the hour they were published.

    The hour in which one was found says when we asked, not when the site published.
    """
    since = now - SPAN
    recent = takewhile(lambda line: line.at >= since, archive.lines(newest_first=True))
    found = {line.id for line in recent if line.event is Event.ADDED}
    counts = [0] * HOURS
    older = 0
    # Ids rise with time: once they are all too old, the rest was backfilled and need
    # not be opened, be it a hundred thousand records.
    for article_id in sorted(found, reverse=True):
        try:
            record = archive.get(article_id)
        except ArchiveError:
            continue  # a damaged record is for "archive verify" to tell
        if record is None or not since <= record.published_at <= now:
            older += 1
            if older >= _OLDER_ENDS:
                break
            continue
        older = 0
        if record.origin == "poll":
            counts[hour_of(record.published_at.astimezone(now.tzinfo))] += 1
    return tuple(counts)


def _recalled(kept: Note, now: datetime) -> tuple[int, ...] | None:
    """The counts that were noted, unless they are old, of the future or damaged."""
    try:
        counts = tuple(json.loads(kept.text))
    except (ValueError, TypeError):
        return None
    fresh = kept.at is not None and timedelta() <= now - kept.at < GOOD_FOR
    sound = len(counts) == HOURS and all(type(one) is int and one >= 0 for one in counts)
    return counts if fresh and sound else None
