"""The transport that is configured: requests, curl, or the one that chooses between them.

Each is imported when it is opened: a run needs one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from feedsvc.config import HttpConfig
from feedsvc.fetch.address import is_private_host
from feedsvc.fetch.transport import Transport
from feedsvc.memory import Memory
from feedsvc.site import Site


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
        from feedsvc.fetch.transport_auto import AutoTransport

        return AutoTransport(site.base_url, memory, clock, opened)
    return opened(http.transport)
