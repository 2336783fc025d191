"""One hop to the site: an :class:`Ask` in, an :class:`Answer` out.

No redirects, no retries, no pace, no judgement: these are the fetcher's.  There are
requests, curl, the one that chooses between them, and the tests' fake.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol

import certifi

from feedsvc import __version__
from feedsvc.fetch import failures
from feedsvc.fetch.body import Body

USER_AGENT = f"feedsvc/{__version__} (+https://github.com/feedsvc/feedsvc)"

DEADLINE_FACTOR = 3
"""A whole answer may take this many times ``http.timeout``, so that a server that
sends a byte now and then cannot hold us for ever."""

REST = 262_144
"""Bytes read of an answer that is not a success: enough to know a firewall page."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A GET request: every header that is sent, but Host and Connection.

    ``max_size`` counts decompressed bytes; with ``cut`` a longer body is cut there
    instead of refused.
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    max_size: int
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The site's answer; ``body`` is decompressed and whole (cut to :data:`REST` bytes
    where ``status`` is no success).  Header names compare without case."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class Transport(Protocol):
    """Called by one thread at a time.

    ``send`` raises the :class:`~feedsvc.errors.Unreachable` kinds, ``Truncated``,
    ``Malformed``, ``TooLarge``, and ``OffSite`` where the name leads to a private address:
    whatever the site sends, no other error.
    """

    def send(self, ask: Ask) -> Answer: ...

    def close(self) -> None: ...


def size_rule(ask: Ask, status: int) -> tuple[int, bool]:
    """How much of a body is read, and whether a longer one is cut."""
    if 200 <= status < 300:
        return ask.max_size, ask.cut
    return min(REST, ask.max_size), True


def collecting(ask: Ask, status: int, length: str, coding: str) -> Body:
    """What takes in an answer's body; ``length`` and ``coding`` are its headers' values.

    Raises ``TooLarge`` where the length alone is too much, ``Malformed``.
    """
    limit, cut = size_rule(ask, status)
    digits = length.strip()
    told = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0
    if told > limit and not cut:
        raise failures.too_large(ask.url, limit)
    return Body(ask.url, coding, limit, cut=cut)


def ca_bundle() -> str:
    """The certificates that both transports trust.  Not what libcurl was built for: a
    wheel's looks where another distribution keeps them."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()
