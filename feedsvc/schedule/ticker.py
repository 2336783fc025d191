"""What makes the daemon ask now and then: apscheduler with one job.

In: a function without arguments.  Out: calls of it, one at a time, in a thread.  What
is due is not decided here, so a beat may come late, early or once for many.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.base import BaseTrigger  # type: ignore[import-untyped]

EVERY = timedelta(seconds=10)
"""Between two beats."""

_JOB = "heartbeat"
_SHIFT = 2.0


class _FromNow(BaseTrigger):  # type: ignore[misc]
    """The next beat counts from now, whenever the last one was due.

    apscheduler's own interval counts on from the last: a clock that a start without
    network left in 1970 and that is then set would have it go through millions of beats.
    """

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return now + EVERY


class Ticker:
    """``steady`` gives seconds by a clock that nobody sets."""

    def __init__(self, beat: Callable[[], object], *, steady: Callable[[], float]) -> None:
        # It warns of every beat that comes while a poll still runs, which is no news.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._steady = steady
        self._offset = self._now() - steady()
        # Its defaults would drop a beat that is a second late, and never say so.
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": {"type": "threadpool", "max_workers": 1}},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_job(beat, _FromNow(), id=_JOB, next_run_time=datetime.now(UTC))

    def start(self) -> None:
        self._scheduler.start()

    def look_at_the_clock(self) -> bool:
        """Beat at once if the clock was set since the last look; whether it was.

        The scheduler waits for a time of day: set back by a year, it would wait a year.
        """
        offset = self._now() - self._steady()
        if abs(offset - self._offset) < _SHIFT:
            return False
        self._offset = offset
        self.beat_now()
        return True

    def beat_now(self) -> None:
        self._scheduler.modify_job(_JOB, next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """No more beats; one that is under way is not waited for."""
        self._scheduler.shutdown(wait=False)

    @staticmethod
    def _now() -> float:
        return datetime.now(UTC).timestamp()
