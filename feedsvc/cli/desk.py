"""What the commands that read the site need on their desk: archive and fetcher."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from feedsvc.fetch import Fetcher, Memory

if TYPE_CHECKING:
    from feedsvc.archive import Archive
    from feedsvc.config import Config


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

    return Archive(config.archive.path, raw=config.archive.raw)


@contextmanager
def fetching(config: Config, memory: Memory, *, probe: bool = True) -> Iterator[Fetcher]:
    """A fetcher that is closed at the end.  ``probe``: ask even a site that is being
    left alone after failures, as a poll by hand does."""
    from feedsvc.cycle import ready

    ready(config)
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
