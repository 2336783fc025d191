"""The stand-in on a loopback port: HTTP/1.1 over a function from request to ``Answer``.

In: that function.  Out: bytes on sockets.  Not here: what the answer is.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from feedsvc.demo.answers import Answer, Headers

Respond = Callable[[str, str, Headers], Answer]
_WORTH_PACKING = 512


@lru_cache(maxsize=64)
def packed(body: bytes) -> bytes:
    """The body gzipped, always to the same bytes."""
    return gzip.compress(body, 1, mtime=0)


class Connection(BaseHTTPRequestHandler):
    """A client's connection, with any number of requests."""

    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    # Headers and body leave in one write; without this the kernel may hold the end back.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Listener

    def do_GET(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if length.isdigit():
            self.rfile.read(int(length))
        asked = tuple(self.headers.items())
        self.reply(self.server.respond(self.command, self.path, asked))

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def date_time_string(self, timestamp: float | None = None) -> str:
        """``Date`` by the stand-in's clock."""
        return super().date_time_string(self.server.now().timestamp())

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: nobody should read of each request."""

    def reply(self, answer: Answer) -> None:
        """Send an answer, whole."""
        self.wfile.write(self.begin(answer))
        self.wfile.flush()

    def begin(self, answer: Answer) -> bytes:
        """Send status and headers; the body that belongs behind them."""
        body, headers = self._encoded(answer)
        self.send_response(answer.status, answer.reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        return b"" if self.command == "HEAD" or answer.status == 304 else body

    def _encoded(self, answer: Answer) -> tuple[bytes, Headers]:
        """The body gzipped where the client takes that and it is not yet encoded."""
        takes = "gzip" in self.headers.get("Accept-Encoding", "").lower()
        if not takes or len(answer.body) < _WORTH_PACKING or answer.header("content-encoding"):
            return answer.body, answer.headers
        if len(answer.body) > 5_000_000:
            return answer.body, answer.headers
        body = packed(answer.body)
        kept = tuple(h for h in answer.headers if h[0].lower() != "content-length")
        extra = (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
        return body, (*kept, *extra, ("Content-Length", str(len(body))))


class Listener(ThreadingHTTPServer):
    """A listening socket on 127.0.0.1 that can hang up on everybody."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        respond: Respond,
        now: Callable[[], datetime],
        connection: type[Connection],
    ) -> None:
        self.respond = respond
        self.now = now
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), connection)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Wake every thread that waits on a client."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is no news; a mistake of ours is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class LoopbackServer:
    """A listening port with its threads; ``close`` and ``open`` it as often as needed."""

    def __init__(
        self,
        respond: Respond,
        port: int = 0,
        now: Callable[[], datetime] | None = None,
        connection: type[Connection] = Connection,
    ) -> None:
        self._respond = respond
        self._now = now or (lambda: datetime.now(UTC))
        self._connection = connection
        self.port = port
        self._server: Listener | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Listen; the first time on a free port unless one was given. ``OSError`` if taken."""
        if self._server:
            return
        self._server = Listener(self.port, self._respond, self._now, self._connection)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="stand-in", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening and end every connection."""
        server, thread, self._server, self._thread = self._server, self._thread, None, None
        if server and thread:
            server.shutdown()
            thread.join()
            server.hang_up()
            server.server_close()
