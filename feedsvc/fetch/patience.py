"""How long the site is left in peace: between two requests, before another try, after it failed.

Kept over threads and over a restart; shown by ``status``.  Clock and sleep are handed in.
Whether a failure is the whole site's is not decided here.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from feedsvc.errors import (
    FetchError,
    Malformed,
    StatusRefused,
    TlsRefused,
    Truncated,
    Unreachable,
)
from feedsvc.memory import Memory, Topic

AGAIN = frozenset({429, 500, 502, 503, 504})
"""Statuses that may be gone in a moment; 403, 404 and 410 are answers."""

WAIT_AT_MOST = timedelta(minutes=2)
"""A longer ``Retry-After`` ends the try: the site is left alone until then."""

_FIRST_TRY = 2.0
_LONGEST_TRY = 60.0

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
_FORGOTTEN = timedelta(days=7)


class Pace:
    """The least time between two requests.  It is counted from the end of one exchange to the
    start of the next: counted from its start, a slow connection would let two requests arrive
    closer together than they were sent.

    Not for several threads at once: the fetcher's lock is held around it.

    ``sleep`` sleeps the whole time or raises; what it raises goes through.
    ``monotonic`` is a clock that nobody sets (``time.monotonic``): with it a jump
    of the wall clock within the process cannot bring two requests together.
    """

    def __init__(
        self,
        memory: Memory,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._note, self._of = memory.note, (Topic.REQUEST, "")
        self._clock = clock
        self._sleep = sleep
        self._monotonic = monotonic
        self._last = self._note.of(*self._of).at
        self._ticked: float | None = None

    def wait(self, delay: timedelta, more: float = 0.0) -> None:
        """Wait until a request may start: ``delay`` after the last, and ``more`` seconds
        from now at least.  What is about to start is written down first, so that
        a process killed in the middle counts too."""
        # A backfill and the daemon take turns: the other one may have asked last.
        other = self._note.of(*self._of).at
        if other is not None and (self._last is None or other > self._last):
            self._last, self._ticked = other, None
        seconds = max(more, self._left(delay.total_seconds()))
        if seconds > 0:
            self._sleep(seconds)
        self._last = self._clock()
        self._note.set(*self._of, at=self._last)

    def done(self) -> None:
        """The exchange is over: from here on the next one counts, another process's too."""
        self._last = self._clock()
        self._ticked = self._monotonic() if self._monotonic else None
        self._note.set(*self._of, at=self._last)

    def _left(self, delay: float) -> float:
        if self._last is None:
            return 0.0
        # A clock set back makes the last request lie ahead: then wait the whole delay, not more.
        left = min(delay, delay - (self._clock() - self._last).total_seconds())
        if self._monotonic is not None and self._ticked is not None:
            left = max(left, delay - (self._monotonic() - self._ticked))
        return left


class BackOff:
    """How long the site as a whole is left alone after it failed, and a page that asked for it.

    ``failures`` counts the times in a row that the site as a whole failed; while it is
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

    def suspected(self) -> None:
        """One more page failed as it would if the whole site did."""
        self.suspects += 1
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
    # Further away than we ever set it: the clock was set back since.
    rests = until is not None and now < until <= now + LONGEST
    return until.astimezone(now.tzinfo) if until and rests else None


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def worth_another(error: FetchError) -> bool:
    """Whether the same request may well succeed in a moment."""
    if isinstance(error, StatusRefused):
        return error.status in AGAIN and (error.retry_after or 0) <= WAIT_AT_MOST.total_seconds()
    # A certificate does not mend by itself within a minute, a dropped handshake may.
    if isinstance(error, TlsRefused):
        return "certificate" not in error.message.lower()
    return isinstance(error, (Unreachable, Truncated, Malformed))


def wants_peace(error: StatusRefused) -> bool:
    """Whether the site asks for more patience than fits into a poll."""
    return error.status == 429 or (
        error.status in AGAIN and (error.retry_after or 0) > WAIT_AT_MOST.total_seconds()
    )


def wait(attempt: int, error: FetchError, rng: random.Random) -> float:
    """Seconds before the next try; ``attempt`` counts the failures so far, from 1.

    Full jitter: anything between nothing and a bound that doubles, so that many
    readers of a site that was down do not come back in step.  Never less than the
    site asked for.
    """
    asked = error.retry_after or 0.0 if isinstance(error, StatusRefused) else 0.0
    return max(asked, rng.uniform(0, min(_LONGEST_TRY, _FIRST_TRY * 2 ** (attempt - 1))))
