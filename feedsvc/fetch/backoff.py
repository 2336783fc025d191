"""How long the site as a whole is left alone after it failed, and a page that asked for it.

Kept over restarts; shown by ``status``.  Whether a failure is the whole site's is
not decided here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from feedsvc.memory import Memory, Topic

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
_FORGOTTEN = timedelta(days=7)


class BackOff:
    """``failures`` counts the times in a row that the site as a whole failed; while it is
    above nought the next request is a probe: one, without retries.  ``suspects`` counts
    the pages in a row that failed as they would if the whole site did.  ``pages`` are those
    that asked for more patience than a poll has, and have not answered well since: until when
    each is left alone."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        kept = memory.recall(Topic.BACK_OFF)
        self.failures = _count(kept.get("failures"))
        self.suspects = _count(kept.get("suspects"))
        self.why = str(kept.get("why") or "")
        self._until = memory.note.of(Topic.BACK_OFF, "").at
        self.pages = {one.url: one.rests_until for one in memory.page.having("rests_until")}

    def until(self, now: datetime) -> datetime | None:
        """When the next request may be made; ``None`` where it may be made now."""
        return _still(self._until, now)

    def page_until(self, url: str, now: datetime) -> datetime | None:
        """The same for one page."""
        return _still(self.pages.get(url), now)

    def page_rests(self, url: str, now: datetime, asked: float) -> None:
        """Leave one page alone for as long as it asked for (seconds), an hour at most."""
        for one in self._memory.page.having("rests_until", now - _FORGOTTEN):
            self.page_answered(one.url)
        self.pages[url] = until = now + min(LONGEST, timedelta(seconds=asked))
        self._memory.page.set(url, rests_until=until)

    def page_answered(self, url: str) -> None:
        """A page that was to be left alone answers well."""
        if self.pages.pop(url, None) is not None:
            self._memory.page.set(url, rests_until=None)

    def suspected(self, number: int) -> None:
        """Set the count of suspect failures."""
        if number != self.suspects:
            self.suspects = number
            self._keep()

    def failed(self, now: datetime, why: str, asked: float | None = None) -> None:
        """One more failure: leave the site alone for twice as long as last time, and as
        long as it asked for (``Retry-After``, seconds), an hour at most."""
        self.failures += 1
        delay = min(LONGEST, FIRST * 2 ** min(self.failures - 1, 10))
        if asked:
            delay = min(LONGEST, max(delay, timedelta(seconds=asked)))
        self._until, self.why, self.suspects = now + delay, why, 0
        self._keep()

    def cleared(self) -> None:
        """The site answers."""
        if self.failures or self.suspects:
            self.failures, self.suspects, self._until, self.why = 0, 0, None, ""
            self._keep()

    def _keep(self) -> None:
        self._memory.keep(
            Topic.BACK_OFF,
            at=self._until,
            failures=self.failures,
            suspects=self.suspects,
            why=self.why,
        )


def _still(until: datetime | None, now: datetime) -> datetime | None:
    if until is None or until <= now:
        return None
    # Further away than we ever set it: the clock was set back since.
    return None if until - now > LONGEST else until.astimezone(now.tzinfo)


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
