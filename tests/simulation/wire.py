"""A transport without sockets: ``StandIn.respond`` behind the fetcher.

In: an ``Ask`` and the site.  Out: an ``Answer``, or the error that the fault stands
for; bodies go through the same decompression and limits as off a wire.  Also the
place where a process is killed in the middle.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from feedsvc.errors import FetchError
from feedsvc.fetch import Answer, Ask, failures
from feedsvc.fetch.transport import BodyCollector, size_rule
from tests.standin import Fault, StandIn

TIMEOUT = timedelta(seconds=20)
TAKES = timedelta(milliseconds=300)
_CHUNK = 65_536

NETWORK: dict[str, Callable[[str], FetchError]] = {
    "name-not-found": failures.name_not_found,
    "refused": failures.refused,
    "tls-refused": lambda url: failures.tls_refused(url, "handshake failure", curl=False),
    "connect-timeout": lambda url: failures.connect_timeout(url, TIMEOUT.total_seconds()),
    "unreachable": lambda url: failures.unreachable(url, "No route to host"),
}
"""Faults on the way to the site, which no answer of the site can show."""


class Killed(BaseException):
    """The process is gone: nothing may catch this but the one who starts the next."""


class Wire:
    """See :class:`~feedsvc.fetch.transport.Transport`.

    ``pass_time`` moves the clock; ``network`` is a key of :data:`NETWORK` while that
    fault lasts; ``kill_in`` counts the requests until the process is killed.
    """

    def __init__(
        self, site: StandIn, clock: Callable[[], datetime], pass_time: Callable[[timedelta], None]
    ) -> None:
        self._site = site
        self._clock = clock
        self._pass_time = pass_time
        self.network: str | None = None
        self.kill_in: int | None = None
        self.started: list[datetime] = []
        """When each request left, for the pace."""

    def send(self, ask: Ask) -> Answer:
        if self.kill_in is not None:
            self.kill_in -= 1
            if self.kill_in < 0:
                self.kill_in = None
                raise Killed
        self.started.append(self._clock())
        if self.network is not None:
            self._pass_time(TIMEOUT if self.network == "connect-timeout" else TAKES)
            raise NETWORK[self.network](ask.url)
        self._pass_time(TAKES)
        parts = urlsplit(ask.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = self._site.respond("GET", target, ask.headers)
        if answer.breaks is Fault.REFUSED:
            raise failures.refused(ask.url)
        if answer.breaks is Fault.READ_TIMEOUT:
            self._pass_time(TIMEOUT)
            raise failures.read_timeout(ask.url, TIMEOUT.total_seconds())
        if answer.breaks is Fault.RESET:
            raise failures.broken(ask.url)
        if answer.breaks in (Fault.NO_HTTP, Fault.BAD_CHUNK):
            raise failures.malformed(ask.url, str(answer.breaks))
        if answer.breaks is Fault.TRUNCATED:
            raise failures.truncated(ask.url)
        limit, cut = size_rule(ask, answer.status)
        body = BodyCollector(ask.url, answer.header("content-encoding") or "", limit, cut=cut)
        for start in range(0, len(answer.body), _CHUNK):
            if not body.feed(answer.body[start : start + _CHUNK]):
                break
        return Answer(answer.status, answer.reason, answer.headers, body.finish())

    def close(self) -> None:
        """Nothing to close."""
