"""A listening port on loopback whose connections a test answers itself, byte for byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Self


class Loopback:
    """Gives each connection to :meth:`serve` in a thread; leaving ends them all."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.stopping = threading.Event()
        self.opened: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def serve(self, connection: socket.socket) -> None:
        """Answer a connection; it is closed behind it, and an ``OSError`` is the end of it."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self.opened:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join()

    def _run(self, what: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=what, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self.opened.append(connection)
            self._run(self._meet, connection)

    def _meet(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.serve(connection)
            except OSError:
                return


def request_of(connection: socket.socket) -> bytes:
    """The head of the next request; empty where none comes any more."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        part = connection.recv(65_536)
        if not part:
            return b""
        data += part
    return data
