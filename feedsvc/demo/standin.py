"""The stand-in site as one object: its faults and its log, over a loopback port.

In: articles, and what tests do to them.  Out: answers (``respond``), over a
loopback port after ``start``.  Not here: which address answers what (``routes``), HTML.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Self

from feedsvc.demo.articles import StandInArticle
from feedsvc.demo.faults import Answer, Fault, Headers, Rule, broken
from feedsvc.demo.routes import Routes
from feedsvc.demo.server import LoopbackServer
from feedsvc.site import KST


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request as the site saw it: ``at`` is ``time.monotonic()``, ``when`` the
    site's clock, ``status`` what was answered (0: nothing)."""

    at: float
    when: datetime
    method: str
    target: str
    headers: Headers
    status: int


class StandIn(Routes):
    """Dealsite on loopback, built from the site page."""

    def __init__(
        self,
        articles: Iterable[StandInArticle] | None = None,
        *,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(articles, now=now)
        self._rules: list[Rule] = []
        self._log: list[LoggedRequest] = []
        self._server: LoopbackServer | None = None

    @classmethod
    def demo(cls, now: datetime | None = None) -> StandIn:
        """One that holds the sample articles, the newest a few minutes before ``now``."""
        from feedsvc.demo.samples import sample_articles

        return cls(sample_articles(now or datetime.now(KST)))

    # -- running -----------------------------------------------------------

    def start(self, port: int = 0) -> Self:
        """Serve on 127.0.0.1; port 0 takes a free one.  ``OSError`` if it is taken."""
        if self._server is None:
            self._server = LoopbackServer(self.respond, port, lambda: self.now())
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

    # -- faults and log ----------------------------------------------------

    def fault(
        self, kind: Fault, path: str = "*", times: int | None = None, *, after: float = 2
    ) -> None:
        """Answer what matches a glob (on the target, or its path) with a fault, ``times``
        times; ``after`` is the Retry-After of a 429 in seconds.  The newest rule wins.

        ``Fault.REFUSED`` closes the port for everything, whatever ``path`` says."""
        with self._lock:
            self._rules.insert(0, Rule(kind, path, times, after))
        if kind is Fault.REFUSED and self._server:
            self._server.close()

    def clear_faults(self) -> None:
        """End every fault; a closed port opens again under the same number."""
        with self._lock:
            self._rules.clear()
        if self._server:
            self._server.open()

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request since the last ``forget_requests``, in order."""
        with self._lock:
            return list(self._log)

    def count(self, glob: str = "*") -> int:
        """How many requests' targets (or their paths) match a glob."""
        return sum(
            fnmatchcase(r.target, glob) or fnmatchcase(r.target.partition("?")[0], glob)
            for r in self.requests
        )

    def forget_requests(self) -> None:
        with self._lock:
            self._log.clear()

    def respond(self, method: str, target: str, headers: Headers = ()) -> Answer:
        """The whole site as a function: an answer for a request, faults included.

        ``target`` is the path with its query.  The body is not compressed, but for
        the gzip bomb; under HEAD it is what GET would have sent.  Every call is logged.
        """
        at = time.monotonic()
        with self._lock:
            when = self.now()
            good = self._conditional(self._route(method, target, headers, when), headers)
            rule = next((rule for rule in self._rules if rule.takes(target)), None)
            answer = good
            if rule:
                newest = -self._order[0][1] if self._order else 0
                answer = broken(rule, target, good, when, headers=headers, newest=newest)
            status = 0 if answer.breaks in (Fault.REFUSED, Fault.READ_TIMEOUT) else answer.status
            self._log.append(LoggedRequest(at, when, method, target, headers, status))
            return answer
