"""The commands that run until they are told to stop: ``feedsvc run``, the daemon with its signals
and its server, and ``serve``, the server alone."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from queue import Empty
from typing import TYPE_CHECKING

import click

from feedsvc import __version__
from feedsvc.cli import context
from feedsvc.cli.options import with_common_options
from feedsvc.cli.signals import queued
from feedsvc.errors import ArchiveLocked, FeedsvcError

if TYPE_CHECKING:
    from datetime import datetime

    from feedsvc.archive import Archive
    from feedsvc.config import Config
    from feedsvc.schedule.daemon import Daemon
    from feedsvc.serve import Server

log = logging.getLogger("feedsvc.run")

GRACE = 8.0
"""Seconds that the article in hand gets when the daemon is told to stop."""

LOOK_EVERY = 10.0
"""Seconds between two looks at whether the clock was set."""

TRY_EVERY = 0.5
"""Seconds between two looks at whether the archive is free."""


@click.command("run")
@click.option("--no-serve", is_flag=True, help="Poll only; serve nothing.")
@with_common_options
def run(no_serve: bool) -> int:
    """Poll the sections on schedule and serve the feeds, until it is told to stop.

    Where a poll, a rebuild or a backup holds the archive, what is published is served and
    polling begins as soon as it is free.  SIGTERM and SIGINT finish the article in hand
    and exit within 10 seconds; SIGHUP reads the configuration again.
    """
    config = context.start("info")
    context.named_sections(config)

    from feedsvc.archive.lock import held
    from feedsvc.schedule.daemon import Daemon
    from feedsvc.schedule.ticker import Ticker

    steady = steady_clock()
    archive = context.open_archive(config)
    # Between polls the archive is free for a poll by hand; a second daemon is kept
    # out by a lock of its own.
    lock = config.archive.path / ".state" / "run.lock"
    with (
        queued() as signals,
        held(lock, 0, advice="'feedsvc run' is running already; stop it first"),
    ):
        start = Start(archive, context.clock_of(config))
        free = start.tried()
        daemon = Daemon(config, archive, clock=context.exact_clock_of(config), steady=steady)
        server = None if no_serve else _serving(config)
        log.info("feedsvc %s runs: %s", __version__, _what_runs(config, server))
        ticker = Ticker(daemon.heartbeat, steady=steady)
        try:
            beating = False
            while True:
                free = free or start.tried()
                if free and not beating:
                    ticker.start()
                    beating = True
                try:
                    number = signals.get(timeout=LOOK_EVERY if beating else TRY_EVERY)
                except Empty:
                    if beating and ticker.look_at_the_clock():
                        log.info("the clock was set; what is due is worked out again")
                    continue
                if number != signal.SIGHUP:
                    break
                server = _read_again(daemon, server)
                if beating:
                    ticker.beat_now()
            since = time.monotonic()
            log.info("told to stop")
            daemon.stop()
            if beating:
                ticker.stop()
        finally:
            if server is not None:
                server.stop()
        if not daemon.idle(max(0.0, GRACE - (time.monotonic() - since))):
            log.warning("the article in hand is dropped; it is read after the next start")
            # End although a thread hangs in a read: all that is on the disk is whole.
            logging.shutdown()
            os._exit(0)
        archive.close()
    return 0


class Start:
    """Whether the archive can be written, looked at until it can: what a crash cut off is
    then completed.  It may be held by a poll, a rebuild or a backup, for hours."""

    def __init__(self, archive: Archive, clock: Callable[[], datetime]) -> None:
        self._archive = archive
        self._clock = clock
        self._waits = False

    def tried(self) -> bool:
        """Look again, for a second at most; true once it was free.  Raises ``ArchiveError``,
        ``ArchiveUnwritable``."""
        try:
            with self._archive.writing(self._clock(), patience=1.0) as repaired:
                for note in repaired:
                    log.warning("%s", note)
        except ArchiveLocked as error:
            if not self._waits:
                log.warning(
                    "%s: %s; what is published is served, and polling begins when it is free",
                    error.about,
                    error.message,
                )
            self._waits = True
            return False
        if self._waits:
            log.info("the archive is free; polling begins")
        return True


def steady_clock() -> Callable[[], float]:
    """Seconds by a clock that nobody sets and, where there is one, that counts suspend."""
    number = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic if number is None else lambda: time.clock_gettime(number)


def _serving(config: Config) -> Server:
    """A started server.  Raises ``FeedsvcError``."""
    from feedsvc.serve import Server

    server = Server(config, now=context.clock_of(config), polls=True)
    server.start()
    return server


def _what_runs(config: Config, server: Server | None) -> str:
    where = f", feeds at {server.address}/" if server else ""
    return f"{len(config.sections)} sections{where}"


def _read_again(daemon: Daemon, server: Server | None) -> Server | None:
    """Take a changed configuration; where anything about it is wrong, go on with the old."""
    old = daemon.config
    try:
        config = context.load_config()
        daemon.check(config)
    except FeedsvcError as error:
        for line in error.lines:
            log.error("the configuration was read again and is not taken: %s", line)
        return server
    if config == old:
        log.info("the configuration was read again: nothing changed")
        return server
    if server is not None:
        server.stop()
        try:
            server = _serving(config)
        except FeedsvcError as error:
            log.error("the configuration was read again and is not taken: %s", error)
            try:
                return _serving(old)
            except FeedsvcError as again:
                log.error("the feeds are not served any more: %s", again)
                return None
    daemon.configure(config)
    log.info("the configuration was read again: %s", _what_runs(config, server))
    return server


@click.command("serve")
@with_common_options
def serve() -> None:
    """Serve the published feeds until it is told to stop."""
    config = context.start("info")

    from feedsvc.serve import Server

    log = logging.getLogger("feedsvc.serve")
    server = Server(config, now=context.clock_of(config))
    server.run_forever(
        lambda: log.info("feedsvc %s serves what is published at %s/", __version__, server.address)
    )
    log.info("told to stop; nothing is served any more")
