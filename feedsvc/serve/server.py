"""Start and stop: the application on a socket, in a thread or in the foreground.

In: an ASGI application, an address, where to report.  Out: a listening server that
ends within seconds.  uvicorn does HTTP; this module keeps its connections few
enough and their patience short.  No route and no header is known here.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import resource
import signal
import socket
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from feedsvc.errors import FeedsvcError

HEAD_LIMIT = 16_384
"""Bytes of a request line with its headers; more is answered 400."""

IDLE = 15
"""Seconds that a connection may wait for its next whole request."""

STUCK = 30
"""Seconds that a reader may take nothing of an answer before it is cut off."""

GRACE = 3
"""Seconds that open answers get at the end."""

RESERVE = 128
"""File descriptors left for everything but connections."""


class Crowd(ServerState):
    """uvicorn's list of connections, with a limit to it.

    When it is full the connection that has been idle longest makes room: those who
    open connections and say nothing cannot keep the others out.
    """

    def __init__(self, limit: int, report: Callable[[str], None]) -> None:
        super().__init__()
        self.limit = limit
        self.idle: dict[H11Protocol, None] = {}
        self._report = report
        self._reported = -60.0

    def make_room(self, now: float) -> None:
        """``now`` is the loop's time; the fullness is reported once a minute."""
        if len(self.connections) < self.limit:
            return
        longest = next(iter(self.idle), None)
        if longest is not None:
            del self.idle[longest]
            self.connections.discard(longest)
            longest.transport.abort()
        if now - self._reported >= 60:
            self._reported = now
            self._report(
                f"server: {self.limit} connections are open, which is all that fit; those idle"
                " longest are closed; raise the limit of open files (ulimit -n) if they are wanted"
            )


class Connection(H11Protocol):
    """uvicorn's connection with a deadline for the request and for the reader."""

    server_state: Crowd

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._deadline: asyncio.TimerHandle | None = None
        self._unread = 0
        self.server_state.make_room(self.loop.time())
        super().connection_made(transport)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._expect_nothing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle is None or self.cycle.response_complete:
            self._await_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = 0
        self._set_deadline(STUCK)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self not in self.server_state.idle:
            self._expect_nothing()

    def _await_request(self) -> None:
        """From now on a whole request is awaited: bytes that trickle buy no time."""
        self.server_state.idle[self] = None
        self._unread = 0
        self._set_deadline(IDLE + GRACE)

    def _expect_nothing(self) -> None:
        self.server_state.idle.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _set_deadline(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._on_deadline)

    def _on_deadline(self) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread and unread != self._unread:
            # Slow, but it still reads.
            self._unread = unread
            self._set_deadline(STUCK)
        else:
            self.transport.abort()


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


class Listener:
    """One application on one address."""

    def __init__(
        self, application: Any, *, host: str, port: int, report: Callable[[str], None]
    ) -> None:
        self._host = host
        self._port = port
        self._report = report
        self._application = application
        self._socket: socket.socket | None = None
        self._uvicorn: _Uvicorn | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    @property
    def address(self) -> str:
        """``http://host:port`` as it can be opened from this machine, no slash at the end."""
        if self._socket is None:
            raise RuntimeError("the server is not started")
        return self._address

    def start(self) -> None:
        """Listen, in a thread.  Raises ``FeedsvcError`` where the address cannot be had."""
        if self._thread is not None:
            raise RuntimeError("the server is started already")
        self._socket = bound(self._host, self._port)
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
                h11_max_incomplete_event_size=HEAD_LIMIT,
            ),
            Crowd(max(16, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVE), self._report),
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
        """No new connections; open answers are finished or cut off within seconds."""
        if self._uvicorn is not None and self._thread is not None:
            self._uvicorn.ask_to_stop()
            self._thread.join()
        self._uvicorn = self._thread = self._socket = None

    def run_forever(self) -> None:
        """Listen until SIGTERM or SIGINT; main thread only."""

        asked = False

        def ask(number: int, frame: FrameType | None) -> None:
            nonlocal asked
            asked = True
            if self._uvicorn is not None:
                self._uvicorn.ask_to_stop()

        before = {one: signal.signal(one, ask) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.start()
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
    """A listening socket.  Raises ``FeedsvcError``."""
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
        about = f"server {host}:{port}"
        if error.errno == errno.EADDRINUSE:
            raise FeedsvcError(
                "the port is in use",
                about=about,
                advice="stop the program that listens there, or set another server.port",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise FeedsvcError(
                "this user may not listen there",
                about=about,
                advice="set a server.port above 1023",
            ) from error
        raise FeedsvcError(
            f"cannot listen there: {error.strerror or error}",
            about=about,
            advice="set server.host to an address of this machine, such as 127.0.0.1",
        ) from error
