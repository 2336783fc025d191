"""What the commands that read the site need: clock, archive and fetcher."""

from __future__ import annotations

import atexit
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from feedsvc.errors import ClockWrong
from feedsvc.fetch import Fetcher
from feedsvc.memory import Memory

if TYPE_CHECKING:
    from feedsvc.archive import Archive, Making
    from feedsvc.config import Config

WORTH_A_BAR = 5000
"""Records."""


def clock_of(config: Config) -> Callable[[], datetime]:
    """The clock that everything below the command line is handed: whole seconds in
    the site's zone, as records keep them."""
    exact = exact_clock_of(config)
    return lambda: exact().replace(microsecond=0)


def exact_clock_of(config: Config) -> Callable[[], datetime]:
    """The same clock with its fractions, for what fetches: between two whole seconds
    may lie hardly any time, and the pace must know."""
    tz = config.site_of().tz
    return lambda: datetime.now(tz)


def open_archive(config: Config) -> Archive:
    """The configured archive.  Raises ``ArchiveError``."""
    from feedsvc.archive import Archive

    shown = _bars() if sys.stderr.isatty() else _lines(clock_of(config))
    return Archive(config.archive.path, raw=config.archive.raw, making=shown)


def _lines(clock: Callable[[], datetime]) -> Making:
    made: list[Making] = []

    def tell(what: str, done: int, total: int) -> None:
        from feedsvc.cli.progress import Telling  # nobody waits for a small archive

        if not made:
            made.append(Telling(clock))
        made[0](what, done, total)

    return tell


def _bars() -> Making:
    """A progress bar for each thing that is made anew, where it takes more than a moment."""
    shown: dict[str, tuple[ExitStack, Callable[[int, int], None]]] = {}

    def tell(what: str, done: int, total: int) -> None:
        if what not in shown and done < total and total > WORTH_A_BAR:
            from feedsvc.cli.progress import progress_bar

            stack = ExitStack()
            bar = stack.enter_context(progress_bar(f"making the {what} anew, once", rate=True))
            atexit.register(stack.close)  # stopped in the middle: the cursor comes back
            if bar is not None:
                shown[what] = stack, bar
        if what in shown:
            shown[what][1](done, total)
            if done == total:
                shown.pop(what)[0].close()

    return tell


@contextmanager
def fetching(config: Config, memory: Memory, *, probe: bool = True) -> Iterator[Fetcher]:
    """A fetcher that is closed at the end.  ``probe``: ask even a site that is being
    left alone after failures, as a poll by hand does.  Raises ``ClockWrong``, ``ConfigError``."""
    from feedsvc.health import impossible
    from feedsvc.poll import ready

    ready(config)
    if wrong := impossible(clock_of(config)()):
        raise ClockWrong(wrong)
    fetcher = Fetcher(
        config.site_of(),
        config.http,
        memory,
        clock=exact_clock_of(config),
        sleep=time.sleep,
        probe=probe,
        monotonic=time.monotonic,
    )
    with fetcher:
        yield fetcher
