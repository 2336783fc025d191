"""What is published, over HTTP (contract, section 6): :func:`app` and :class:`Server`.

In: the folder of published feeds, the archive, how polling goes.  Out: answers.
Serving reads and never writes; what a feed holds is decided in ``feeds``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.serve.application import Application
from feedsvc.serve.server import Listener

__all__ = ["Server", "app"]

_warn = logging.getLogger(__name__).warning


def app(
    config: Config,
    *,
    now: Callable[[], datetime],
    archive: Archive | None = None,
    polls: bool = False,
) -> Application:
    """The ASGI application.

    ``archive`` is one for reading (opened here if ``None``); ``polls``: this process is the
    daemon, which polls at the configured intervals.  Raises ``ArchiveError`` for an archive
    of a newer format.
    """
    if archive is None:  # an empty one is false
        archive = Archive(config.archive.path)
    return Application(config, now=now, archive=archive, polls=polls)


class Server:
    """The application on ``server.host`` and ``server.port`` (0: any free port)."""

    def __init__(
        self,
        config: Config,
        *,
        now: Callable[[], datetime],
        polls: bool = False,
        report: Callable[[str], None] = _warn,
    ) -> None:
        """``polls`` as in :func:`app`; ``report`` takes the one line that somebody should
        read (connections are full)."""
        self._archive = Archive(config.archive.path)
        self._listener = Listener(
            app(config, now=now, archive=self._archive, polls=polls),
            host=config.server.host,
            port=config.server.port,
            report=report,
        )

    @property
    def address(self) -> str:
        """``http://host:port`` once started."""
        return self._listener.address

    def bind(self) -> None:
        """Take the address, before :meth:`start`.  Raises ``CannotListen``."""
        self._listener.bind()

    def start(self) -> None:
        """Listen in a thread; returns when it does.  Raises ``FeedsvcError``."""
        self._listener.start()

    def stop(self) -> None:
        """End within seconds; may be called twice."""
        self._listener.stop()
        self._archive.close()

    def run_forever(self, started: Callable[[], None] = lambda: None) -> None:
        """Serve in the foreground until SIGTERM or SIGINT, then return; ``started`` is
        called when it listens."""
        try:
            self._listener.run_forever(started)
        finally:
            self._archive.close()
