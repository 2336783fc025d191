"""The stand-in of the site as one object, over a loopback port.

In: articles.  Out: answers (``respond``), over the port after ``start``.  Not here: which
address answers what (``routes``), HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Self

from feedsvc.demo.answers import Answer, Headers
from feedsvc.demo.articles import StandInArticle
from feedsvc.demo.routes import Routes
from feedsvc.demo.server import Connection, LoopbackServer


class DemoSite(Routes):
    """Dealsite on loopback, built from the site page."""

    connection: type[Connection] = Connection

    def __init__(
        self,
        articles: Iterable[StandInArticle] | None = None,
        *,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(articles, now=now)
        self._server: LoopbackServer | None = None

    def start(self, port: int = 0) -> Self:
        """Serve on 127.0.0.1; port 0 takes a free one.  ``OSError`` if it is taken."""
        if self._server is None:
            self._server = LoopbackServer(
                self.respond, port, lambda: self.now(), connection=self.connection
            )
            self._server.open()
        return self

    def stop(self) -> None:
        """End every connection and close the port; may be started again."""
        server, self._server = self._server, None
        if server:
            server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:{port}``; ``RuntimeError`` before ``start``."""
        if self._server is None:
            raise RuntimeError("the stand-in is not started: use it as a context manager")
        return f"http://127.0.0.1:{self._server.port}"

    def respond(self, method: str, target: str, headers: Headers = ()) -> Answer:
        """The whole site as a function: an answer for a request.

        ``target`` is the path with its query.  The body is not compressed; under HEAD it is
        what GET would have sent.
        """
        with self._lock:
            return self._route(method, target, headers, self.now())
