"""When a kept article is looked at again: soon after it was found, to catch
corrections, and for as long as it is locked, to see it released.

In: records, times, the configuration.  Out: ids that are due.  :func:`next_look` is
pure; :class:`Agenda` keeps its answers in ``.state`` and makes them again from the
archive when they are lost.  Not its job: the looking (see ``read``).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta

from feedsvc.archive import Archive
from feedsvc.model import Record, Status

LOOKS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""How long after it was found an article is read again (issue 3)."""

SHORTEST = timedelta(hours=1)
LONGEST = timedelta(days=1)
_KEY = "again"


def next_look(record: Record, looked_at: datetime, recheck_for: timedelta) -> datetime | None:
    """When to look again at an article last looked at then; ``None``: not any more.

    A locked one, or one that breaks off, is looked at at growing intervals: half
    its age, an hour at least and a day at most, until ``recheck_for`` has passed
    since it was found or changed.  A Dealsite Plus time that lies ahead is when a
    sold article may open, so it is looked at then.  Looks missed while nothing ran
    are one look.
    """
    if record.gone_at is not None:
        return None
    # What lies ahead was noted by a clock that has been set back since: when the article
    # was found, and changed, nobody knows, but not before it was published.
    found_at = record.first_seen_at
    if found_at > looked_at:
        found_at = min(record.published_at, looked_at)
    if record.access.locked or record.access.status is Status.UNKNOWN:
        since = max(one for one in (found_at, record.updated_at) if one <= looked_at)
        growing = looked_at + min(LONGEST, max(SHORTEST, (looked_at - since) / 2))
        times = [growing] if growing <= since + recheck_for else []
        if record.access.plus_first_at is not None:
            times.append(record.access.plus_first_at)
    elif record.origin == "poll":
        times = [found_at + wait for wait in LOOKS]
    else:
        times = []
    return min((time for time in times if time > looked_at), default=None)


class Agenda:
    """The looks ahead, by id.  Used while the archive's lock is held."""

    def __init__(self, archive: Archive, recheck_for: timedelta, now: datetime) -> None:
        self._archive = archive
        self._recheck_for = recheck_for
        self._looks: dict[int, datetime] = {}
        self._boxed: set[int] = set()
        kept = archive.memory.get(_KEY)
        told = json.loads(kept) if kept else {}
        planned_at = told.pop("at", None)
        self._saved = told
        self._now = now
        since = archive.changed_since(told["head"]) if told else None
        if planned_at is not None and datetime.fromisoformat(planned_at) > now:
            # By a clock that has been set back since: what it put off, or took for too old
            # to be looked at any more, is planned again too.
            since = None
        if since is None:
            # Lost: what lies ahead is planned again; what was missed is not made up
            # for, or a deleted .state would have every article read once more.
            for record in archive.newest(0, now - max(recheck_for, LOOKS[-1])):
                self.plan(record, now)
            return
        self._looks = {int(key): datetime.fromisoformat(at) for key, at in told["looks"].items()}
        self._boxed = set(told["boxed"])
        # Kept by a process that was killed before it saved the agenda.
        for record in archive.whole(since):
            self.plan(record, record.first_seen_at)

    def plan(self, record: Record, looked_at: datetime) -> None:
        """Put down the next look at a record that was looked at then."""
        at = next_look(record, looked_at, self._recheck_for)
        if at is None:
            self._looks.pop(record.id, None)
        else:
            self._looks[record.id] = at

    def postpone(self, record: Record, now: datetime, *, gone: bool, down: bool) -> None:
        """The look failed: try again after half the article's age, an hour at least and a
        day at most, as long as locked articles are looked at; ``gone`` (404, 410) after
        a day, until that is settled; where the site was ``down`` after an hour."""
        age = now - max(record.first_seen_at, record.updated_at)
        if gone or down:
            self._looks[record.id] = now + (LONGEST if gone else SHORTEST)
        elif age <= max(self._recheck_for, LOOKS[-1]):
            self._looks[record.id] = now + min(LONGEST, max(SHORTEST, age / 2))
        else:
            self._looks.pop(record.id, None)

    def saw_boxes(self, soon_free: Collection[int], now: datetime) -> None:
        """Take the hint of the box 곧 무료로 풀릴 기사: an article that has left it is due."""
        for article_id in self._boxed - set(soon_free):
            if article_id in self._looks:
                self._looks[article_id] = min(now, self._looks[article_id])
        self._boxed = set(soon_free)

    def due(self, now: datetime) -> tuple[int, ...]:
        """The ids to look at now, the longest waiting first."""
        ready = sorted((at, one) for one, at in self._looks.items() if at <= now)
        return tuple(one for _, one in ready)

    def next(self) -> datetime | None:
        """When the next look is due."""
        return min(self._looks.values(), default=None)

    def save(self) -> None:
        told = {
            "head": self._archive.head(),
            "looks": {str(one): at.isoformat() for one, at in sorted(self._looks.items())},
            "boxed": sorted(self._boxed),
        }
        if told != self._saved:
            kept = json.dumps({**told, "at": self._now.isoformat()})
            self._archive.memory.put(_KEY, kept)
            self._saved = told
