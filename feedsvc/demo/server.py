"""The stand-in on a loopback port: HTTP/1.1 over a function from request to :class:`SiteAnswer`.

In: that function.  Out: bytes on sockets.  Not here: which address answers what.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HTML = "text/html; charset=UTF-8"
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SiteAnswer:
    """One answer: ``body`` as it goes over the wire."""

    status: int
    reason: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Respond = Callable[[str, str, Headers], SiteAnswer]
_WORTH_PACKING = range(512, 5_000_001)


def page(
    status: int, body: str | bytes, content_type: str = HTML, *extra: tuple[str, str]
) -> SiteAnswer:
    """An answer with its content type and length set."""
    data = body.encode() if isinstance(body, str) else body
    headers = (("Content-Type", content_type), ("Content-Length", str(len(data))), *extra)
    return SiteAnswer(status, responses.get(status, "Unknown"), headers, data)


def error_page(status: int) -> SiteAnswer:
    """The site's own page for an error."""
    return page(
        status,
        '<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>딜사이트</title></head>'
        '<body><div id="wrap"><div class="error-page"><h1>페이지를 찾을 수 없습니다.</h1>'
        "<p>요청하신 페이지가 삭제되었거나 주소가 변경되었습니다. 주소를 다시 확인해 주세요.</p>"
        f'<p class="error-code">{status}</p><a href="/">홈으로</a></div></div></body></html>',
    )


@lru_cache(maxsize=64)
def packed(body: bytes) -> bytes:
    """The body gzipped, always to the same bytes."""
    return gzip.compress(body, 1, mtime=0)


class SiteConnection(BaseHTTPRequestHandler):
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

    def reply(self, answer: SiteAnswer) -> None:
        """Send an answer, whole."""
        self.wfile.write(self.begin(answer))
        self.wfile.flush()

    def begin(self, answer: SiteAnswer) -> bytes:
        """Send status and headers; the body that belongs behind them, gzipped where the client
        takes that and it is not yet encoded."""
        body, headers = answer.body, answer.headers
        takes = "gzip" in self.headers.get("Accept-Encoding", "").lower()
        if takes and len(body) in _WORTH_PACKING and not answer.header("content-encoding"):
            body = packed(body)
            kept = tuple(h for h in headers if h[0].lower() != "content-length")
            extra = (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
            headers = (*kept, *extra, ("Content-Length", str(len(body))))
        self.send_response(answer.status, answer.reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        return b"" if self.command == "HEAD" or answer.status == 304 else body


class Listener(ThreadingHTTPServer):
    """A socket on 127.0.0.1 on which threads of its own listen until ``close``; port 0 takes
    a free one.  ``OSError`` if the port is taken."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        respond: Respond,
        now: Callable[[], datetime],
        connection: type[SiteConnection],
    ) -> None:
        self.respond = respond
        self.now = now
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), connection)
        self.port: int = self.server_address[1]
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.02,), name="stand-in", daemon=True
        )
        self._thread.start()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is no news; a mistake of ours is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop listening and end every connection, waking each thread that waits on one."""
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
