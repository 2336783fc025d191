"""requests, and curl where the site refuses the TLS handshake of Python's clients.

Which of the two worked is remembered, and looked at again once a day.  There is one
switch in a run, at its first request: whoever refuses a client for its handshake does so
at once.  An answer, be it a firewall's page or a 403, is an answer, and what to do about
it is the operator's to choose (``http.transport``).  Our user agent is the same in both.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from feedsvc.errors import (
    Blocked,
    ConfigError,
    ConnectionBroken,
    FetchError,
    StatusRefused,
    TlsRefused,
)
from feedsvc.fetch.failures import IN_VAIN
from feedsvc.fetch.transport import Answer, Ask, Transport
from feedsvc.memory import Memory, Topic

DAY = timedelta(days=1)
"""So long what worked is used without another look."""


class AutoTransport:
    """One run's transport; see :class:`~feedsvc.fetch.transport.Transport`.

    ``opened`` makes the transport of a name, ``requests`` or ``curl``, and raises
    ``ConfigError`` where it is not installed.  Whoever sends asks :meth:`another_way` after
    a failure, and keeps the pace before it sends again.
    """

    def __init__(
        self,
        site: str,
        memory: Memory,
        clock: Callable[[], datetime],
        opened: Callable[[str], Transport],
    ) -> None:
        self._site = site
        self._note, self._of = memory.note, (Topic.TRANSPORT, "")
        self._clock = clock
        self._opened = opened
        self._requests: Transport | None = None
        self._curl: Transport | None = None
        kept = self._note.of(*self._of)
        at = kept.at
        # What another site's front end took says nothing.
        known = at is not None and kept.text == site
        self.by_curl = known and at is not None and at <= clock() < at + DAY
        self._looking = known and not self.by_curl
        self._sent = 0
        self._trying = False
        self._in_vain = False

    def send(self, ask: Ask) -> Answer:
        self._sent += 1
        answer = self._used().send(ask)
        if self._trying:
            self._trying = False
            self._note.set(*self._of, at=self._clock(), text=self._site)
        return answer

    def went_well(self) -> None:
        """A page of the site came: where requests got it at the look of the day, curl is
        not needed any more."""
        if self._looking and not self.by_curl:
            self._looking = False
            self._note.set(*self._of, at=None, text="")

    def another_way(self, error: FetchError, url: str) -> bool:
        """Whether the request that failed so shall be sent once more, by the other
        transport, which is the one in use from here on."""
        if self._trying:  # curl was no better
            self.by_curl = self._trying = self._looking = False
            self._in_vain = True
            return False
        if self._in_vain and _refused(error):
            error.advice = IN_VAIN
        if self.by_curl:
            if self._sent == 1 and _refused(error):
                self._note.set(*self._of, at=None, text="")  # the next run begins anew
            return False
        # What is asked again by the look of the day must not be lost by it.
        if not (self._sent == 1 and _refused(error)) and not (
            self._looking and (_refused(error) or _unwelcome(error))
        ):
            return False
        if not url.startswith("https:"):
            return False
        try:
            self._curl = self._curl or self._opened("curl")
        except ConfigError as missing:
            error.advice = missing.advice
            return False
        self.by_curl = self._trying = True
        return True

    def close(self) -> None:
        for one in (self._requests, self._curl):
            if one is not None:
                one.close()

    def _used(self) -> Transport:
        if self.by_curl:
            try:
                self._curl = self._curl or self._opened("curl")
            except ConfigError:  # taken out since it was remembered
                self.by_curl = False
            else:
                return self._curl
        self._requests = self._requests or self._opened("requests")
        return self._requests


def _refused(error: FetchError) -> bool:
    """Whether the client itself was refused, and not what it asked for: no handshake, or
    none of the answer.  A certificate that is not good is so for every client."""
    if isinstance(error, TlsRefused):
        return "certificate" not in error.message.lower()
    return isinstance(error, ConnectionBroken)


def _unwelcome(error: FetchError) -> bool:
    """Whether a front end answered instead of the site."""
    return isinstance(error, Blocked) or (isinstance(error, StatusRefused) and error.status == 403)
