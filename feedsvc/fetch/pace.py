"""The least time between two requests, over threads and over a restart.

Clock and sleep are handed in.  The time is counted from the end of one exchange to
the start of the next: counted from its start, a slow connection would let two
requests arrive closer together than they were sent.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from feedsvc.memory import Memory, Topic


class Pace:
    """Not for several threads at once: the fetcher's lock is held around it.

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
