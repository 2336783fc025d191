"""Fetch: an address of the site to a page, or to "not modified", or to an error with a name.

In: addresses, the ``http`` part of the configuration, a memory, a clock, a sleep.
Out: :class:`~feedsvc.model.FetchedPage`.  Nothing is parsed, archived or logged here.
"""

from feedsvc.fetch.fetcher import Fetcher, NotModified, is_site_wide
from feedsvc.fetch.patience import BackOff
from feedsvc.fetch.transport import USER_AGENT, Answer, Ask, Transport

__all__ = [
    "USER_AGENT",
    "Answer",
    "Ask",
    "BackOff",
    "Fetcher",
    "NotModified",
    "Transport",
    "is_site_wide",
    "transport_requests",
]
