"""The stand-in on a loopback port: HTTP/1.1 over ``StandIn.respond``.

In: a function from request to ``Answer``.  Out: bytes on sockets, and the faults
that only a socket can show.  Not here: what the answer is.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from feedsvc.demo.faults import Answer, Fault, Headers, packed

Respond = Callable[[str, str, Headers], Answer]
_WORTH_PACKING = 512
_NO_ANSWERS: dict[Fault | None, bytes] = {
    Fault.NO_HTTP: b"\0\xff\x1b[2J this is no HTTP\r\n\r\n",
    Fault.BAD_CHUNK: b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
}


class LoopbackServer:
    """A listening port with its threads; ``close`` and ``open`` it as often as needed."""

    def __init__(
        self, respond: Respond, port: int = 0, now: Callable[[], datetime] | None = None
    ) -> None:
        self._respond = respond
        self._now = now or (lambda: datetime.now(UTC))
        self.port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Listen; the first time on a free port unless one was given. ``OSError`` if taken."""
        if self._server:
            return
        self._server = _Server(("127.0.0.1", self.port), self._respond, self._now)
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], respond: Respond, now: Callable[[], datetime]
    ) -> None:
        self.respond = respond
        self.now = now
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Connection)

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
        """Wake every thread that waits on a client or holds an answer back."""
        self.stopping.set()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is no news; a mistake of ours is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    # Headers and body leave in one write; without this the kernel may hold the end back.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def date_time_string(self, timestamp: float | None = None) -> str:
        """``Date`` by the stand-in's clock."""
        return super().date_time_string(self.server.now().timestamp())

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the stand-in keeps its own log."""

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if length.isdigit():
            self.rfile.read(int(length))
        asked = tuple(self.headers.items())
        answer = self.server.respond(self.command, self.path, asked)
        if answer.breaks is Fault.READ_TIMEOUT:
            self._hold()
            return
        if answer.breaks in _NO_ANSWERS:
            self.close_connection = True
            self.wfile.write(_NO_ANSWERS[answer.breaks])
            self.wfile.flush()
            return
        body, headers = self._encoded(answer)
        self.send_response(answer.status, answer.reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD" or answer.status == 304:
            self.wfile.flush()
            return
        if answer.breaks in (Fault.TRUNCATED, Fault.RESET):
            self.close_connection = True
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            if answer.breaks is Fault.RESET:
                # Linger of zero turns the close into a reset (socket(7), SO_LINGER).
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                self.connection.close()
            return
        self.wfile.write(body)
        self.wfile.flush()

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

    def _hold(self) -> None:
        self.close_connection = True
        while not self.server.stopping.wait(0.05):
            try:
                if not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    return
            except BlockingIOError:
                continue
            except OSError:
                return
