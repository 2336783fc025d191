"""The stand-in site as one object: its faults and its log, over a loopback port.

In: articles, and what tests do to them.  Out: answers (``respond``), over a
loopback port after ``start``.  Not here: which address answers what (``routes``), HTML.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from feedsvc.demo import StandInArticle
from feedsvc.demo.server import Headers
from feedsvc.site import KST
from tests.standin.connection import FaultyConnection
from tests.standin.faults import Answer, Fault, Rule, broken
from tests.standin.routes import Routes
from tests.standin.samples import sample_articles


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


_OUTSIDE = {"_lock", "_port", "_server", "now"}
"""Of a stand-in's attributes those that are not what the site shows."""


class StandIn(Routes):
    """Dealsite on loopback, built from the site page."""

    connection = FaultyConnection

    def __init__(
        self,
        articles: Iterable[StandInArticle] | None = None,
        *,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(articles, now=now)
        self._rules: list[Rule] = []
        self._log: list[LoggedRequest] = []

    @classmethod
    def demo(cls, now: datetime | None = None) -> StandIn:
        """One that holds the sample articles, the newest a few minutes before ``now``."""
        return cls(sample_articles(now or datetime.now(KST)))

    def fault(
        self, kind: Fault, path: str = "*", times: int | None = None, *, after: float = 2
    ) -> None:
        """Answer what matches a glob (on the target, or its path) with a fault, ``times``
        times; ``after`` is the Retry-After of a 429 in seconds.  The newest rule wins.

        ``Fault.REFUSED`` closes the port for everything, whatever ``path`` says."""
        with self._lock:
            self._rules.insert(0, Rule(kind, path, times, after))
        if kind is Fault.REFUSED:
            self._hang_up()

    def clear_faults(self) -> None:
        """End every fault; a closed port opens again under the same number."""
        with self._lock:
            self._rules.clear()
        if self._port:
            self._listen()

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

    def remembered(self) -> dict[str, Any]:
        """All that it shows and has seen, for ``back_to``; the port and the clock are not of it."""
        return deepcopy({name: one for name, one in vars(self).items() if name not in _OUTSIDE})

    def back_to(self, remembered: dict[str, Any]) -> None:
        """Be again what it was, at the same port."""
        with self._lock:
            for name in vars(self).keys() - remembered.keys() - _OUTSIDE:
                delattr(self, name)
            vars(self).update(deepcopy(remembered))
        self._listen()

    def respond(self, method: str, target: str, headers: Headers = ()) -> Answer:
        """The whole site as a function: an answer for a request, faults included.

        ``target`` is the path with its query.  The body is not compressed, but for
        the gzip bomb; under HEAD it is what GET would have sent.  Every call is logged.
        """
        at = time.monotonic()
        with self._lock:
            when = self.now()
            routed = self._conditional(self._route(method, target, headers, when), headers)
            answer = Answer.of(routed)
            rule = next((rule for rule in self._rules if rule.takes(target)), None)
            if rule:
                newest = -self._order[0][1] if self._order else 0
                answer = broken(rule, target, answer, when, headers=headers, newest=newest)
            status = 0 if answer.breaks in (Fault.REFUSED, Fault.READ_TIMEOUT) else answer.status
            self._log.append(LoggedRequest(at, when, method, target, headers, status))
            return answer
