"""Fetch: an address of the site to a page, or to "not modified", or to an error with a name.

In: addresses, the ``http`` part of the configuration, a memory, a clock, a sleep.
Out: :class:`~feedsvc.model.FetchedPage`.  Nothing is parsed, archived or logged here.
"""

from feedsvc.fetch.backoff import BackOff
from feedsvc.fetch.fetcher import Fetcher, NotModified, is_site_wide
from feedsvc.fetch.transport import Answer, Ask, Transport
from feedsvc.fetch.way import USER_AGENT

__all__ = [
    "USER_AGENT",
    "Answer",
    "Ask",
    "BackOff",
    "Fetcher",
    "NotModified",
    "Transport",
    "is_site_wide",
    "transport_form",
]
