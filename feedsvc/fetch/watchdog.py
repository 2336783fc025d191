"""A limit on how long one request may take in all, whatever its answer drips.

In: how many seconds, and what to do when they are over.  One thread serves all the
requests of a transport, because one for each costs more than parsing a page's rows.
No clock is read: the thread naps for the time allowed and looks whether the request
that was under way when it lay down still is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Watchdog:
    """``with watchdog:`` around a request; ``bite`` is called where it lasts longer than
    ``seconds``: at once where the last one is that long ago, after twice the time at
    the latest.  One request at a time."""

    def __init__(self, seconds: float, bite: Callable[[], None]) -> None:
        self.seconds = seconds
        self._bite = bite
        self._bed = threading.Condition()
        self._under_way: object | None = None
        self._watching = False
        self._closed = False

    def __enter__(self) -> Watchdog:
        with self._bed:
            self._under_way = object()
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._bed:
            self._under_way = None

    def close(self) -> None:
        """Let the thread go."""
        with self._bed:
            self._closed = True
            self._bed.notify()

    def _watch(self) -> None:
        with self._bed:
            while True:
                before = self._under_way
                self._bed.wait(self.seconds)
                if self._closed or self._under_way is None:
                    self._watching = False
                    return
                if self._under_way is before:
                    self._bite()
