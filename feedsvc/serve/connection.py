"""One connection: requests in, answers out, and only so much patience.

uvicorn's connection on httptools, with a deadline for each request and for a reader
that takes nothing, the refusals of RFC 9112 that the parser leaves to us, and a short
way: what the application can answer at once is written without a task of its own, which
takes longer than the rest together.  No route and no header of the application is known
here.
"""

import asyncio
import re
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from feedsvc.serve.response import Headers, Response, plain

HEAD_LIMIT = 16_384
"""Bytes of a request line with its headers; more is answered 431."""

URL_LIMIT = 8_000
"""Bytes of an address; more is answered 414 (RFC 9112, 3: no less than this)."""

IDLE = 15
"""Seconds that a connection may wait for its next whole request."""

GRACE = 3
"""Seconds after that, before it is cut off."""

STUCK = 30
"""Seconds that a reader may take nothing of an answer before it is cut off."""

SMALL = 65_536
"""Bytes of a body that are written in one piece; a longer one goes as the reader takes it."""

NO_REQUEST = 400, "This is no request that can be read."

_HOST = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]*|\[[0-9a-fA-F:.]+\])(?::\d*)?")
_METHOD = re.compile(rb"([\w!#$%&'*+.^`|~-]{1,64}) ", re.ASCII)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_KNOWN = frozenset(
    b"GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH COPY LOCK MKCOL MOVE PROPFIND "
    b"PROPPATCH UNLOCK PRI".split()
)
"""Methods that are answered 405, not 501, and that the parser knows."""

AtOnce = Callable[[bytes, str, bytes, Headers], Response | None]
"""Method, path, query and headers to an answer, or ``None`` where that takes a wait."""


class Crowd(ServerState):
    """uvicorn's list of connections, with a limit to it.

    When it is full the connection that has been idle longest makes room: those who
    open connections and say nothing cannot keep the others out.
    """

    def __init__(self, limit: int, report: Callable[[str], None], at_once: AtOnce) -> None:
        super().__init__()
        self.limit = limit
        self.at_once = at_once
        self.idle: dict[HttpToolsProtocol, None] = {}
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


class Connection(HttpToolsProtocol):
    """See the module."""

    server_state: Crowd

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None
        self._unread = 0
        self._head = 0
        self._in_head = False
        self._answered = False
        self._between = True
        self._begun = b""
        self._refusal = NO_REQUEST
        self._refused = False
        self.server_state.make_room(self.loop.time())
        super().connection_made(transport)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return  # read and dropped, so that the refusal arrives
        self._head += len(data)
        if self._between:
            data = _encoded(data)
        if not self._in_head:
            self._begun = data
        super().data_received(data)
        if self._refused or not self._in_head:
            pass
        elif len(self.url) > URL_LIMIT:
            self._refuse(414, "The address is too long.")
        elif self._head > HEAD_LIMIT:
            self._refuse(431, "The head of the request is too long.")
        if self.cycle is not None and not self.cycle.response_complete:
            self._expect_nothing()

    def send_400_response(self, msg: str) -> None:
        """What the parser, or one of the methods below, would not take."""
        method = _METHOD.match(self._begun)
        if self._refusal is NO_REQUEST and method and method[1] not in _KNOWN:
            self._refusal = 501, "This method is not known here."
        self._refuse(*self._refusal)

    def _refuse(self, status: int, said: str) -> None:
        """Answer, close, and read on for a moment: who is still sending would lose the
        answer otherwise."""
        self._refused = True
        if self.cycle is not None and not self.cycle.response_complete:
            # An earlier request is being answered; what comes after it gets no answer.
            self.cycle.keep_alive = False
            return
        answer = plain(status, said)
        fields = (*self.server_state.default_headers, *answer.headers, (b"connection", b"close"))
        self.transport.write(_head_of(status, fields) + b"\r\n" + answer.body)
        self.transport.write_eof()
        self._set_deadline(GRACE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._answered, self._between = True, False, False

    def on_headers_complete(self) -> None:
        self._in_head = False
        method = self.parser.get_method()
        if refusal := self._judge(method):
            self._refusal = refusal
            raise ValueError("the parser stops, and says so")
        self._head = 0
        if self.transport.is_closing():
            self._answered = True
        elif not self._answer_at_once():
            if self.url == b"*" or method == b"CONNECT":  # no address that could be taken apart
                self.url = b"/*"
            super().on_headers_complete()

    def _judge(self, method: bytes) -> tuple[int, str] | None:
        """What is wrong with a head that could be read (RFC 9112, 2.3, 3.2 and 5)."""
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1"):
            return 400, "HTTP/1.1 and HTTP/1.0 are spoken here."
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and version == "1.1"):
            return 400, "A request names its host once."
        if hosts and not _HOST.fullmatch(hosts[0]):
            return 400, "The host that the request names is none."
        if self.url == b"*" and method in (b"GET", b"HEAD"):
            return NO_REQUEST
        codings = b",".join(value for name, value in self.headers if name == b"transfer-encoding")
        if codings and codings.rpartition(b",")[2].strip().lower() != b"chunked":
            return NO_REQUEST  # RFC 9112, 6.1: nobody can say where its body ends
        if len(self.url) > URL_LIMIT:
            return 414, "The address is too long."
        # Only where much came in at once can a whole head be too long.
        if self._head > HEAD_LIMIT:
            size = sum(len(name) + len(value) + 4 for name, value in self.headers)
            if len(self.url) + size > HEAD_LIMIT:
                return 431, "The head of the request is too long."
        return None

    def on_body(self, body: bytes) -> None:
        if not self._answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._between = True
        if not self._answered:
            super().on_message_complete()

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

    def _answer_at_once(self) -> bool:
        """Write what the application answers at once, unless an earlier answer is still
        on its way or the reader does not keep up."""
        url = self.url
        if (
            (self.cycle is not None and not self.cycle.response_complete)
            or self.flow.write_paused
            or self.expect_100_continue
            or b"%" in url
            or not url.startswith(b"/")
            or not url.isascii()
            or self.parser.should_upgrade()
        ):
            return False
        method = self.parser.get_method()
        path, _, query = url.partition(b"?")
        answer = self.server_state.at_once(method, path.decode("ascii"), query, tuple(self.headers))
        if answer is None or len(answer.body) > SMALL:
            return False
        self._answered = True
        stays = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        parts = [
            _head_of(answer.status, answer.headers),
            *(b"%b: %b\r\n" % field for field in self.server_state.default_headers),
            b"\r\n" if stays else b"connection: close\r\n\r\n",
            b"" if method == b"HEAD" else answer.body,
        ]
        self.server_state.total_requests += 1
        self.transport.write(b"".join(parts))
        if stays:
            self._await_request()
        else:
            self.transport.close()
        return True

    def _await_request(self) -> None:
        """From now on a whole request is awaited: bytes that trickle buy no time."""
        self.server_state.idle.pop(self, None)
        self.server_state.idle[self] = None
        self._unread = 0
        self._set_deadline(IDLE + GRACE)

    def _expect_nothing(self) -> None:
        self.server_state.idle.pop(self, None)
        self._due = None

    def _set_deadline(self, seconds: float) -> None:
        self._due = self.loop.time() + seconds
        # One timer that looks again: to set and cancel one a request takes longer.
        if self._timer is None or self._timer.when() > self._due:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self.loop.call_at(self._due, self._look_at_deadline)

    def _look_at_deadline(self) -> None:
        self._timer = None
        if self._due is None:
            return
        if self._due > self.loop.time():
            self._timer = self.loop.call_at(self._due, self._look_at_deadline)
            return
        unread = self.transport.get_write_buffer_size()
        if unread and unread != self._unread:
            # Slow, but it still reads.
            self._unread = unread
            self._set_deadline(STUCK)
        elif unread or self._in_head:
            self.transport.abort()
        else:
            self.transport.close()


def _encoded(data: bytes) -> bytes:
    """The beginning of a request, its address percent-encoded as it should have come: some
    programs send it as a person typed it (``/search?q=매각``)."""
    if data.isascii() or not data.startswith((b"GET /", b"HEAD /")):
        return data
    line, end, rest = data.partition(b"\n")
    return _BEYOND_ASCII.sub(lambda sign: b"%%%02X" % ord(sign[0]), line) + end + rest


@lru_cache(maxsize=1024)
def _head_of(status: int, headers: Headers) -> bytes:
    """Status line and header fields; the same few answers are given again and again."""
    lines = [b"HTTP/1.1 %d %b" % (status, HTTPStatus(status).phrase.encode("ascii"))]
    lines += [b"%b: %b" % field for field in headers]
    return b"\r\n".join(lines) + b"\r\n"
