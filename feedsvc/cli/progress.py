"""Showing the one who waits how far it is: bars at a terminal, now and then a line in the log.

In: how much is done of how much.  Out: a bar on standard error; log lines, for work that
takes longer than a moment.  The clock is handed in.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

log = logging.getLogger(__name__)

_MOMENT = timedelta(seconds=2)


@contextmanager
def poll_bar() -> Iterator[Callable[[int, int, int], None] | None]:
    """The progress bar of a poll, on a terminal: how many of the articles found are read,
    and how many of them stand in the feeds already."""
    with progress_bar("reading the section pages") as bar:
        if bar is None:
            yield None
            return

        def tell(done: int, total: int, published: int) -> None:
            if total:  # else there is nothing to read
                there = f", {published} in the feeds" if published else ""
                bar(done, total, f"articles read{there}")

        yield tell


class Bar(Protocol):
    """Told how much is done of how much (0: nobody knows), and of what, if that changed."""

    def __call__(self, done: int, total: int, what: str | None = None, /) -> None: ...


@contextmanager
def progress_bar(what: str, *, rate: bool = False) -> Iterator[Bar | None]:
    """A progress bar on a terminal, nothing elsewhere; with ``rate`` how fast it goes
    and how long it will take."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns: list[ProgressColumn] = [TextColumn("{task.description}"), BarColumn()]
    columns.append(MofNCompleteColumn())
    if rate:
        columns += [TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TimeRemainingColumn()]
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task(what, total=None, rate="")

        def tell(done: int, total: int, what: str | None = None, /) -> None:
            speed = bar.tasks[task].speed
            shown = f"{speed * 60:.0f} a minute" if speed else ""
            bar.update(task, completed=done, total=total or None, rate=shown, description=what)

        yield tell


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
                "making the %s of %d records anew, once: about %s more",
                what,
                total,
                _in_words(left),
            )
        if done == total and what in self._told:
            self._told.discard(what)
            log.warning("the %s is made: %s", what, _in_words(took))
        if done == total:
            self._begun.pop(what, None)


def _in_words(time: timedelta) -> str:
    """``40 s`` or ``3 min``."""
    seconds = time.total_seconds()
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
