"""Start and stop: the application on a socket, in a thread or in the foreground.

In: the configuration, a clock, where to report.  Out: a listening server that ends within
seconds.  uvicorn runs the application, on connections of ``connection``'s kind.  No route
and no header is known here.
"""

import asyncio
import contextlib
import errno
import logging
import resource
import signal
import socket
import threading
from collections.abc import Callable, Generator
from datetime import datetime
from types import FrameType
from typing import Any

import uvicorn

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.errors import CannotListen, FeedsvcError
from feedsvc.serve.application import Application
from feedsvc.serve.connection import IDLE, Connection, Crowd

GRACE = 3
"""Seconds that open answers get at the end."""

RESERVE = 128
"""File descriptors left for everything but connections."""

_warn = logging.getLogger("feedsvc.serve").warning


class _Uvicorn(uvicorn.Server):
    """uvicorn's server without its own signals, and asleep between requests."""

    def __init__(self, config: uvicorn.Config, crowd: Crowd, listening: threading.Event) -> None:
        super().__init__(config)
        self.server_state = crowd
        self._listening = listening
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._on_loop_error)
        await self.on_tick(0)
        self._listening.set()
        while not await self.on_tick(0):
            # A second: the date header is made anew that often.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    def ask_to_stop(self) -> None:
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
                self._loop.call_soon_threadsafe(self._wake.set)

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            crowd = self.server_state
            assert isinstance(crowd, Crowd)
            crowd.limit = max(1, len(crowd.connections))
            crowd.make_room(loop.time())
        elif not isinstance(error, ConnectionError):
            loop.default_exception_handler(context)


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
        """``polls`` as in :class:`Application`; ``report`` takes the one line that somebody
        should read (connections are full)."""
        self._config = config.server
        self._archive = Archive(config.archive.path)
        self._application = Application(config, now=now, archive=self._archive, polls=polls)
        self._report = report
        self._socket: socket.socket | None = None
        self._uvicorn: _Uvicorn | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    @property
    def address(self) -> str:
        """``http://host:port`` once started, as it can be opened from this machine."""
        if self._socket is None:
            raise RuntimeError("the server is not started")
        return self._address

    def start(self) -> None:
        """Listen in a thread; returns when it does.  Raises ``FeedsvcError``, of an address that
        cannot be had ``CannotListen``."""
        if self._thread is not None:
            raise RuntimeError("the server is started already")
        self._socket = bound(self._config.host, self._config.port)
        host, port = self._socket.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        self._address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        listening = threading.Event()
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                self._application,
                http=Connection,
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                timeout_keep_alive=IDLE,
                timeout_graceful_shutdown=GRACE,
            ),
            Crowd(
                max(16, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVE),
                self._report,
                self._application.at_once,
            ),
            listening,
        )
        self._thread = threading.Thread(
            target=self._run, args=(self._uvicorn, self._socket, listening), name="serve",
            daemon=True,
        )  # fmt: skip
        self._thread.start()
        listening.wait()
        self._raise_failure()

    def stop(self) -> None:
        """No new connections; open answers are finished or cut off within seconds.  May be
        called twice."""
        if self._uvicorn is not None and self._thread is not None:
            self._uvicorn.ask_to_stop()
            self._thread.join()
        elif self._socket is not None:
            self._socket.close()
        self._uvicorn = self._thread = self._socket = None
        self._archive.close()

    def run_forever(self, started: Callable[[], None] = lambda: None) -> None:
        """Serve in the foreground until SIGTERM or SIGINT, then return; ``started`` is
        called when it listens.  Main thread only."""
        asked = False

        def ask(number: int, frame: FrameType | None) -> None:
            nonlocal asked
            asked = True
            if self._uvicorn is not None:
                self._uvicorn.ask_to_stop()

        before = {one: signal.signal(one, ask) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.start()
            started()
            if self._thread is not None and not asked:
                self._thread.join()
            self._raise_failure()
        finally:
            self.stop()
            for number, earlier in before.items():
                signal.signal(number, earlier)

    def _run(self, server: _Uvicorn, listener: socket.socket, listening: threading.Event) -> None:
        try:
            server.run([listener])
        except BaseException as error:
            # It must reach the thread that waits; here nobody would see it.
            self._failure = error
        finally:
            listener.close()
            listening.set()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise FeedsvcError(
                f"the server ended: {self._failure!r}", advice="start it again"
            ) from self._failure


def bound(host: str, port: int) -> socket.socket:
    """A listening socket.  Raises ``CannotListen``."""
    try:
        family, _, _, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(
            where[:2],
            family=family,
            backlog=2048,
            dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6(),
        )
    except OSError as error:
        forbidden = "this user may not listen there", "set a server.port above 1023"
        said, advice = {
            errno.EADDRINUSE: (
                "the port is in use",
                "stop the program that listens there, or set another server.port",
            ),
            errno.EACCES: forbidden,
            errno.EPERM: forbidden,
        }.get(
            error.errno or 0,
            (
                f"cannot listen there: {error.strerror or error}",
                "set server.host to an address of this machine, such as 127.0.0.1",
            ),
        )
        raise CannotListen(said, about=f"server {host}:{port}", advice=advice) from error
