"""The faults that only a socket can show.

In: an answer that breaks.  Out: bytes, or none, on the connection.
"""

from __future__ import annotations

import socket
import struct
import time

from feedsvc.demo import server
from feedsvc.demo.server import SiteConnection
from tests.standin.faults import Answer, Fault

_NO_ANSWERS: dict[Fault | None, bytes] = {
    Fault.NO_HTTP: b"\0\xff\x1b[2J this is no HTTP\r\n\r\n",
    Fault.BAD_CHUNK: b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
}


class FaultyConnection(SiteConnection):
    """One that does what ``Answer.breaks`` says."""

    def reply(self, answer: server.SiteAnswer) -> None:
        breaks = answer.breaks if isinstance(answer, Answer) else None
        if breaks is Fault.READ_TIMEOUT:
            self._hold()
        elif breaks in _NO_ANSWERS:
            self.close_connection = True
            self.wfile.write(_NO_ANSWERS[breaks])
            self.wfile.flush()
        elif breaks in (Fault.TRUNCATED, Fault.RESET) and self.command != "HEAD":
            self.close_connection = True
            body = self.begin(answer)
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            if breaks is Fault.RESET:
                # Linger of zero turns the close into a reset (socket(7), SO_LINGER).
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                self.connection.close()
        else:
            super().reply(answer)

    def _hold(self) -> None:
        self.close_connection = True
        while True:
            time.sleep(0.05)
            try:
                if not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    return
            except BlockingIOError:
                continue
            except OSError:
                return
