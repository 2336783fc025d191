"""Telling the one who waits that an index is made anew: how long, and that it is once.

In: how far :class:`~feedsvc.archive.Archive` is, now and then.  Out: log lines, for work
that takes longer than a moment.  The clock is handed in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

log = logging.getLogger("feedsvc.cycle")

_MOMENT = timedelta(seconds=2)


class Telling:
    """Handed to an archive as its ``making``."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._begun: dict[str, tuple[datetime, int]] = {}
        self._told: set[str] = set()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = self._clock()
        began, before = self._begun.setdefault(what, (now, done))
        took = now - began
        if what not in self._told and took >= _MOMENT and before < done < total:
            self._told.add(what)
            left = took / (done - before) * (total - done)
            log.warning(
                "making the %s of %d records anew, once: about %s more", what, total, words(left)
            )
        if done == total and what in self._told:
            self._told.discard(what)
            log.warning("the %s is made: %s", what, words(took))
        if done == total:
            self._begun.pop(what, None)


def words(time: timedelta) -> str:
    """``40 s`` or ``3 min``."""
    seconds = time.total_seconds()
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
