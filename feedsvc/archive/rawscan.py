"""What stands in a file of raw pages: whole pages, other members, and what is broken.

In: a file, and an offset at which a member begins.  Out: all of it in order, each byte
once; reading goes on behind what is broken.  Only the beginnings of members are kept
in memory.  Whether every bit is as it was written is ``rawcheck``'s question.
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from feedsvc import regular
from feedsvc.archive import rawcheck

ARTICLE = "Feedsvc-Article"  # WARC 1.1 leaves further named fields to us (section 4)
_BLOCK = 1 << 16
_HEAD = 8192
_ANSWER, _REQUEST = "response", "request"


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes ``begin`` to ``end``."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class PageAt(Part):
    """A whole page: the member of the answer and that of the request."""

    article: int
    digest: str


@dataclass(frozen=True, slots=True)
class Broken(Part):
    """What is not whole.  ``torn``: the file ends inside of a page, or in blocks that
    were never filled, as after a crash; what can be told of that page stands beside."""

    what: str
    torn: bool = False
    article: int | None = None
    digest: str | None = None
    blank: bool = False


def walk(path: Path, start: int = 0) -> Iterator[Part]:
    """All that stands behind an offset.  Raises ``OSError``."""
    with regular.reading(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size <= start:
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            at = start
            while at < size:
                begin = at
                for part in _whole(stream, at):
                    yield part
                    at = part.end
                if at >= size:
                    return
                broken = _broken(data, at, size)
                yield broken
                at = broken.end
                assert at > begin


def _whole(stream: BinaryIO, start: int) -> Iterator[Part]:
    """Whole pages and other members, up to the first thing that is neither."""
    answer: tuple[int, int, str] | None = None
    for begin, end, head in _heads(stream, start):
        named = fields(head)
        kind, number = named.get("warc-type", ""), named.get(ARTICLE.lower(), "")
        if not head.startswith(b"WARC/"):
            return
        if answer is not None:
            if kind != _REQUEST or number != str(answer[1]):
                return
            yield PageAt(answer[0], end, answer[1], answer[2])
            answer = None
        elif kind == _ANSWER and number.isascii() and number.isdigit():
            answer = begin, int(number), named.get("warc-payload-digest", "")
        elif kind == _REQUEST and number:
            return
        else:
            yield Part(begin, end)


def _broken(data: mmap.mmap | bytes, at: int, size: int) -> Broken:
    """What is wrong at an offset, up to where the next page or member begins."""
    article, digest, ended, kind = beginning(data, at)
    following = rawcheck.next_member(data, (ended or at) if ended and kind == _ANSWER else at + 1)
    if ended and kind == _ANSWER:
        # The answer is whole: what follows should have been its request.
        what = "a page without its request"
        if following is None:
            torn = ended >= size or rawcheck.is_torn(data, ended)
            return Broken(at, size, what, torn, article, digest)
        return Broken(at, following, what, False, article, digest)
    if following is not None:
        what = "a request without its page" if ended else "a broken page"
        return Broken(at, following, what, False, article, digest)
    torn = not ended and rawcheck.is_torn(data, at)
    what = "a page half written" if torn else "no page"
    return Broken(at, size, what, torn, article, digest, is_blank(data, at))


def is_blank(data: mmap.mmap | bytes, at: int) -> bool:
    """Whether nothing but zeros follows."""
    return not bytes(data[at:]).strip(b"\0")


def beginning(data: mmap.mmap | bytes, at: int) -> tuple[int | None, str | None, int | None, str]:
    """Of the member at an offset, as far as it can be read: the article, the payload's
    digest, where it ends if it is whole, and its kind."""
    member = zlib.decompressobj(wbits=31)
    head, place, end = b"", at, None
    try:
        while not member.eof and place < len(data):
            head += member.decompress(data[place : place + _BLOCK])[: _HEAD - len(head)]
            place = min(place + _BLOCK, len(data))
        end = place - len(member.unused_data) if member.eof else None
    except zlib.error:
        pass
    lines, whole, _ = head.partition(b"\r\n\r\n")
    named = fields(lines if whole else lines.rpartition(b"\r\n")[0])
    number = named.get(ARTICLE.lower(), "")
    article = int(number) if number.isascii() and number.isdigit() else None
    return article, named.get("warc-payload-digest"), end, named.get("warc-type", "")


def _heads(stream: BinaryIO, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Whole gzip members from an offset on: begin, end, the first bytes of content.
    Stops without a word at the first that is not whole."""
    stream.seek(start)
    begin = start
    rest = b""
    while True:
        member = zlib.decompressobj(wbits=31)
        head = b""
        used = 0
        while not member.eof:
            data = rest or stream.read(_BLOCK)
            rest = b""
            if not data:
                return
            try:
                while data:
                    content = member.decompress(data, _BLOCK)
                    head += content[: _HEAD - len(head)]
                    # At a member's end its unconsumed_tail is an old one.
                    left = member.unused_data if member.eof else member.unconsumed_tail
                    used += len(data) - len(left)
                    data = b"" if member.eof else left
            except zlib.error:
                return
        rest = member.unused_data
        yield begin, begin + used, head
        begin += used


def fields(head: bytes) -> dict[str, str]:
    """A WARC record's named fields, names in lower case."""
    lines = head.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
