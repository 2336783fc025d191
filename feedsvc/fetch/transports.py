"""The transport that is configured: requests, curl, or the one that chooses between them.

requests and curl are imported when they are opened: a run needs one of them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from feedsvc.config import HttpConfig
from feedsvc.errors import (
    Blocked,
    ConfigError,
    ConnectionBroken,
    FetchError,
    StatusRefused,
    TlsRefused,
)
from feedsvc.fetch.address import is_private_host
from feedsvc.fetch.failures import IN_VAIN
from feedsvc.fetch.transport import Answer, Ask, Transport
from feedsvc.memory import Memory, Topic
from feedsvc.site import Site

DAY = timedelta(days=1)
"""So long what worked is used without another look."""


def open_transport(
    http: HttpConfig, site: Site, memory: Memory, clock: Callable[[], datetime]
) -> Transport:
    """The configured transport.  Raises ``ConfigError`` where curl is asked for and pycurl
    is not installed."""
    seconds = http.timeout.total_seconds()
    private = is_private_host(site.base_url)

    def opened(name: str) -> Transport:
        if name == "curl":
            from feedsvc.fetch.transport_curl import CurlTransport

            return CurlTransport(site.base_url, timeout=seconds, allow_private=private)
        from feedsvc.fetch.transport_requests import RequestsTransport

        return RequestsTransport(site.base_url, timeout=seconds, allow_private=private)

    if http.transport == "auto":
        return AutoTransport(site.base_url, memory, clock, opened)
    return opened(http.transport)


class AutoTransport:
    """One run's transport: requests, and curl where the site refuses the TLS handshake of
    Python's clients; see :class:`~feedsvc.fetch.transport.Transport`.

    Which of the two worked is remembered, and looked at again once a day.  There is one switch
    in a run, at its first request: whoever refuses a client for its handshake does so at once.
    An answer, be it a firewall's page or a 403, is an answer, and what to do about it is the
    operator's to choose (``http.transport``).  Our user agent is the same in both.

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
        self._open: dict[str, Transport] = {}
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
        # The client itself was refused, and not what it asked for: no handshake, or none of the
        # answer.  A certificate that is not good is so for every client.
        dropped = isinstance(error, TlsRefused) and "certificate" not in error.message.lower()
        refused = dropped or isinstance(error, ConnectionBroken)
        if self._in_vain and refused:
            error.advice = IN_VAIN
        if self.by_curl:
            if self._sent == 1 and refused:
                self._note.set(*self._of, at=None, text="")  # the next run begins anew
            return False
        # What is asked again by the look of the day must not be lost by it, be it that a front
        # end answered instead of the site.
        unwelcome = isinstance(error, Blocked) or (
            isinstance(error, StatusRefused) and error.status == 403
        )
        begins = refused and self._sent == 1
        looks = self._looking and (refused or unwelcome)
        if not (begins or looks) or not url.startswith("https:"):
            return False
        try:
            self._at("curl")
        except ConfigError as missing:
            error.advice = missing.advice
            return False
        self.by_curl = self._trying = True
        return True

    def close(self) -> None:
        for one in self._open.values():
            one.close()

    def _used(self) -> Transport:
        if self.by_curl:
            try:
                return self._at("curl")
            except ConfigError:  # taken out since it was remembered
                self.by_curl = False
        return self._at("requests")

    def _at(self, name: str) -> Transport:
        if name not in self._open:
            self._open[name] = self._opened(name)
        return self._open[name]
