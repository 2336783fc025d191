"""A site on real sockets of which one path answers with any bytes.

In: a stand-in, a glob and the bytes.  Out: a port.  Connections are closed after each
answer, so that nothing waits for bytes that never come.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Self

from tests.standin import StandIn


class OddSite(StandIn):
    """The stand-in behind a front that says ``says`` where a path matches ``struck``."""

    struck = ""
    says = b""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, suppress(OSError):
                    connection.settimeout(5)
                    self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65_536)
            if not part:
                return
            data += part
        target = data.split(b" ", 2)[1].decode("latin-1")
        lines = data.decode("latin-1").split("\r\n")[1:]
        headers = tuple(
            (k, v.strip()) for k, colon, v in (ln.partition(":") for ln in lines) if colon
        )
        if self.struck and fnmatchcase(target.partition("?")[0], self.struck):
            connection.sendall(self.says)
        else:
            answer = self.respond("GET", target, headers)
            head = f"HTTP/1.1 {answer.status} {answer.reason}\r\nConnection: close\r\n"
            head += "".join(f"{key}: {value}\r\n" for key, value in answer.headers)
            connection.sendall(head.encode("latin-1") + b"\r\n" + answer.body)
        connection.shutdown(socket.SHUT_WR)
        # Until the other side has taken everything: a close at once would be a reset.
        connection.settimeout(0.1)
        while connection.recv(65_536):
            pass
