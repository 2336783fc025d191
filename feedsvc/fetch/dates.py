"""What the site's ``Date`` headers say of this machine's clock.

In: the site's answers, each with the time it came.  Out: how far the clock is ahead of the
site's.  One answer says little: a cache may have kept it, one server's clock may be wrong.
So the median of a poll's answers counts, and where they are few the last ones of the polls
before count too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

from feedsvc.fetch.retry import http_date
from feedsvc.fetch.transport import Answer
from feedsvc.memory import Memory, Topic

ENOUGH = 3
"""Answers from which a median can be told."""


class SiteDates:
    """Used under the fetcher's lock; remembers by how much the last answers differed (s)."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._seen: list[float] = []

    def saw(self, answer: Answer, now: datetime) -> None:
        """Take note of an answer that came now.  One that a cache gave (``Age``, RFC 9111,
        5.1) tells an older time, and is passed over."""
        date = http_date(answer.header("date") or "")
        if date is not None and (answer.header("age") or "0").strip() == "0":
            self._seen.append((now - date).total_seconds())

    def ahead(self) -> timedelta | None:
        """How far this machine's clock is ahead (behind: below nought); ``None`` where too
        little is known.  Remembers what was seen, for the next poll."""
        seen, before = self._seen, self._before()
        if len(seen) < ENOUGH:
            seen = [*before, *seen][-ENOUGH:]
        # In whole minutes: mostly there is nothing new to be written down.
        last = [60 * round(one / 60) for one in seen[-ENOUGH:]]
        if last != before:
            self._memory.keep(Topic.CLOCK, seconds=last)
        return timedelta(seconds=median(seen)) if len(seen) >= ENOUGH else None

    def _before(self) -> list[float]:
        kept = self._memory.recall(Topic.CLOCK).get("seconds", [])
        sound = isinstance(kept, list) and all(type(one) in (int, float) for one in kept)
        return [float(one) for one in kept] if sound else []
