"""The bytes of an answer, decompressed as they arrive and never more than allowed.

In: chunks as they come off the wire.  Out: the body.  Neither transport's library
decompresses: both would hand out a bomb whole or take a cut stream for a full one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, Protocol

from feedsvc.fetch import failures

ACCEPT_ENCODING = "gzip, deflate, br"
_STEP = 65_536


class Stream(Protocol):
    """A content coding: pieces of at most 64 KB for a chunk; ``ended`` at its proper end."""

    ended: bool

    def pieces(self, data: bytes) -> Iterator[bytes]: ...


class Body:
    """Collects one body.

    ``limit`` counts bytes after decompression; a longer body raises ``TooLarge``,
    or is cut there when ``cut`` is set.
    """

    def __init__(self, url: str, coding: str, limit: int, *, cut: bool = False) -> None:
        self._url = url
        self._limit = limit
        self._cut = cut
        self._parts: list[bytes] = []
        self._size = 0
        self._on_wire = 0
        self._stream = _stream(url, coding)

    def feed(self, data: bytes) -> bool:
        """Take a chunk; ``False`` when a cut body is full.  Raises ``TooLarge``, ``Truncated``."""
        self._on_wire += len(data)
        # A stream of empty members grows on the wire and never in the body.
        if self._on_wire > self._limit + _STEP and not self._cut:
            raise failures.too_large(self._url, self._limit)
        try:
            for part in self._stream.pieces(data):
                self._parts.append(part)
                self._size += len(part)
                if self._size > self._limit:
                    if self._cut:
                        return False
                    raise failures.too_large(self._url, self._limit)
        except (zlib.error, OSError) as error:
            raise failures.truncated(self._url) from error
        return True

    def finish(self) -> bytes:
        """The whole body.  Raises ``Truncated`` where the compressed stream has no end."""
        if not self._cut and self._on_wire and not self._stream.ended:
            raise failures.truncated(self._url)
        return b"".join(self._parts)[: self._limit]


class _Identity:
    def __init__(self) -> None:
        self.ended = True

    def pieces(self, data: bytes) -> Iterator[bytes]:
        yield data


class _Zlib:
    """gzip (of several members too) and deflate, with and without zlib's header."""

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


def _stream(url: str, coding: str) -> Stream:
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return _Identity()
    if coding in ("gzip", "x-gzip", "deflate"):
        return _Zlib()
    if coding == "br":
        return _Brotli()
    raise failures.unknown_coding(url, coding)
