"""One hop to the site: an :class:`Ask` in, an :class:`Answer` out, its body decompressed as it
arrives and never more than allowed.

No redirects, no retries, no pace, no judgement: these are the fetcher's.  There are
requests, curl, the one that chooses between them, and the tests' fake.  Neither library
decompresses: both would hand out a bomb whole or take a cut stream for a full one.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import certifi

from feedsvc import __version__
from feedsvc.errors import Malformed
from feedsvc.fetch import failures

USER_AGENT = f"feedsvc/{__version__} (+https://github.com/feedsvc/feedsvc)"

DEADLINE_FACTOR = 3
"""A whole answer may take this many times ``http.timeout``, so that a server that
sends a byte now and then cannot hold us for ever."""

REST = 262_144
"""Bytes read of an answer that is not a success: enough to know a firewall page."""

ACCEPT_ENCODING = "gzip, deflate, br"
_UNASKED = frozenset({"zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip"})
"""Codings that HTTP knows and nobody asked for: what came in one cannot be read."""

_MOST = 4
"""Codings on top of each other; more are no page but a trap."""

_STEP = 65_536


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
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


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


def collecting(ask: Ask, status: int, length: str, coding: str) -> BodyCollector:
    """What takes in an answer's body; ``length`` and ``coding`` are its headers' values.

    Raises ``TooLarge`` where the length alone is too much, ``Malformed``.
    """
    limit, cut = size_rule(ask, status)
    digits = length.strip()
    told = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0
    if told > limit and not cut:
        raise failures.too_large(ask.url, limit)
    return BodyCollector(ask.url, coding, limit, cut=cut)


def ca_bundle() -> str:
    """The certificates that both transports trust.  Not what libcurl was built for: a
    wheel's looks where another distribution keeps them."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()


class BodyCollector:
    """Collects one body.

    ``coding`` is the value of ``Content-Encoding``: codings in the order in which they were
    applied.  A token that is no coding (``aws-chunked``, ``utf-8``, ``none``) changes
    nothing, as in browsers.  ``limit`` counts bytes after decompression; a longer body
    raises ``TooLarge``, or is cut there when ``cut`` is set.  Raises ``Malformed`` for a
    coding that was not asked for.
    """

    def __init__(self, url: str, coding: str, limit: int, *, cut: bool = False) -> None:
        self._url = url
        self._coding = coding.strip()[:80]
        self._limit = limit
        self._cut = cut
        self._parts: list[bytes] = []
        self._size = 0
        self._streams = _streams(url, coding)
        self._taken = [0] * (len(self._streams) + 1)

    def feed(self, data: bytes) -> bool:
        """Take a chunk; ``False`` when a cut body is full.  Raises ``TooLarge``, ``Malformed``."""
        try:
            for part in self._decoded(data, 0):
                self._parts.append(part)
                self._size += len(part)
                if self._size > self._limit:
                    if self._cut:
                        return False
                    raise failures.too_large(self._url, self._limit)
        except (zlib.error, OSError) as error:
            raise Malformed(
                f"the answer is not in the coding that it names ({self._coding})",
                about=self._url,
                advice=failures.AGAIN,
            ) from error
        return True

    def finish(self) -> bytes:
        """The whole body.  Raises ``Truncated`` where the compressed stream has no end."""
        for taken, stream in zip(self._taken, self._streams, strict=False):
            if not self._cut and taken and not stream.ended:
                raise failures.truncated(self._url)
        return b"".join(self._parts)[: self._limit]

    def _decoded(self, data: bytes, layer: int) -> Iterator[bytes]:
        self._taken[layer] += len(data)
        # A stream of empty members grows on the way in and never in the body.
        if self._taken[layer] > self._limit + _STEP and not self._cut:
            raise failures.too_large(self._url, self._limit)
        if layer == len(self._streams):
            yield data
            return
        for piece in self._streams[layer].pieces(data):
            yield from self._decoded(piece, layer + 1)


class _Zlib:
    """gzip (of several members too) and deflate, with and without zlib's header: pieces of at
    most 64 KB for a chunk; ``ended`` at its proper end."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(47)
        self._started = False
        self.ended = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self.ended:
                if data[:1] != b"\x1f":  # padding after the last member
                    return
                self._inflate = zlib.decompressobj(47)
                self.ended = False
            yield self._piece(data)
            self.ended = self._inflate.eof
            data = self._inflate.unused_data if self.ended else self._inflate.unconsumed_tail

    def _piece(self, data: bytes) -> bytes:
        try:
            return self._inflate.decompress(data, _STEP)
        except zlib.error:
            if self._started:
                raise
            # Many servers send deflate without the header that RFC 9110 asks for.
            self._inflate = zlib.decompressobj(-15)
            return self._inflate.decompress(data, _STEP)
        finally:
            self._started = True


class _Brotli:
    """The same of brotli."""

    def __init__(self) -> None:
        import brotli  # type: ignore[import-untyped]  # ships no types

        self._inflate: Any = brotli.Decompressor()
        self._error: type[Exception] = brotli.error
        self.ended = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self.ended:
            return
        try:
            piece = self._inflate.process(data, output_buffer_limit=_STEP)
            # Output may be left when all input is taken: only an empty piece is the end.
            while piece:
                yield piece
                piece = self._inflate.process(b"", output_buffer_limit=_STEP)
        except self._error as error:
            raise OSError("brotli") from error
        self.ended = self._inflate.is_finished()


def _streams(url: str, coding: str) -> list[_Zlib | _Brotli]:
    """One for each layer, the outermost first."""
    streams: list[_Zlib | _Brotli] = []
    for token in reversed(coding.lower().split(",")):
        token = token.strip()
        if token in ("gzip", "x-gzip", "deflate"):
            streams.append(_Zlib())
        elif token == "br":
            streams.append(_Brotli())
        if token in _UNASKED or len(streams) > _MOST:
            raise Malformed(
                f"the answer came in a coding that was not asked for ({coding.strip()[:80]})",
                about=url,
                advice="the site or a proxy on the way is at fault",
            )
    return streams
