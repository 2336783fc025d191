"""What stands in a file of raw pages (``.warc.gz``): whole pages, other members, and what is
broken; and whether it is whole, down to the bit.

In: a file, and an offset at which a member begins (:func:`walk`), or all its bytes
(:func:`check`).  Out: all of it in order, each byte once, going on behind what is broken,
with only the beginnings of members in memory; or what is wrong in it, by offset, and where
what is whole ends.  A gzip checksum covers the content of a member and nothing around it, so
the ten bytes before the content and the unused bits behind it are held against what zlib
writes there.  Reading the pages is ``raw``'s job.
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from feedsvc import regular
from feedsvc.archive.records import page_key, payload_digest

ARTICLE = "Feedsvc-Article"  # WARC 1.1 leaves further named fields to us (section 4)
_BLOCK = 1 << 16
_HEAD = 8192
# RFC 1952, 2.3: no name, no time, best compression; the tenth byte is the system.
_BEGIN = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02"
_SYSTEMS = (3, 19)  # what zlib writes on Linux and on macOS
_STEP = 1 << 12
_TRAILER = 8


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes ``begin`` to ``end``."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class PageAt(Stretch):
    """A whole page: the member of the answer and that of the request."""

    article: int
    digest: str


@dataclass(frozen=True, slots=True)
class Broken(Stretch):
    """What is not whole.  ``torn``: the file ends inside of a page, or in blocks that
    were never filled, as after a crash; what can be told of that page stands beside."""

    what: str
    torn: bool = False
    article: int | None = None
    digest: str | None = None
    blank: bool = False


def walk(path: Path, start: int = 0) -> Iterator[Stretch]:
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


def read(path: Path, part: Stretch) -> bytes:
    """The bytes of a part of a file.  Raises ``OSError``."""
    with regular.reading(path) as stream:
        stream.seek(part.begin)
        return stream.read(part.end - part.begin)


def _whole(stream: BinaryIO, start: int) -> Iterator[Stretch]:
    """Whole pages and other members, up to the first thing that is neither."""
    answer: tuple[int, int, str] | None = None
    for begin, end, head in _heads(stream, start):
        named = _fields(head)
        kind, number = named.get("warc-type", ""), named.get(ARTICLE.lower(), "")
        if not head.startswith(b"WARC/"):
            return
        if answer is not None:
            if kind != "request" or number != str(answer[1]):
                return
            yield PageAt(answer[0], end, answer[1], answer[2])
            answer = None
        elif kind == "response" and _is_id(number):
            answer = begin, int(number), named.get("warc-payload-digest", "")
        elif kind == "request" and number:
            return
        else:
            yield Stretch(begin, end)


def _broken(data: mmap.mmap | bytes, at: int, size: int) -> Broken:
    """What is wrong at an offset, up to where the next page or member begins."""
    article, digest, ended, kind = beginning(data, at)
    answered = ended if kind == "response" else None
    following = next_member(data, answered or at + 1)
    if answered:
        # The answer is whole: what follows should have been its request.
        what = "a page without its request"
        torn = following is None and (answered >= size or is_torn(data, answered))
        return Broken(at, following or size, what, torn, article, digest)
    if following is not None:
        what = "a request without its page" if ended else "a broken page"
        return Broken(at, following, what, False, article, digest)
    torn = not ended and is_torn(data, at)
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
    with suppress(zlib.error):
        while not member.eof and place < len(data):
            head += member.decompress(data[place : place + _BLOCK])[: _HEAD - len(head)]
            place = min(place + _BLOCK, len(data))
        end = place - len(member.unused_data) if member.eof else None
    lines, whole, _ = head.partition(b"\r\n\r\n")
    named = _fields(lines if whole else lines.rpartition(b"\r\n")[0])
    number = named.get(ARTICLE.lower(), "")
    return (
        int(number) if _is_id(number) else None,
        named.get("warc-payload-digest"),
        end,
        named.get("warc-type", ""),
    )


def _heads(stream: BinaryIO, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Whole gzip members from an offset on: begin, end, the first bytes of content.
    Stops without a word at the first that is not whole."""
    stream.seek(start)
    begin, rest = start, b""
    with suppress(zlib.error):
        while True:
            member = zlib.decompressobj(wbits=31)
            head, used = b"", 0
            while not member.eof:
                data, rest = rest or stream.read(_BLOCK), b""
                if not data:
                    return
                while data:
                    head += member.decompress(data, _BLOCK)[: _HEAD - len(head)]
                    # At a member's end its unconsumed_tail is an old one.
                    left = member.unused_data if member.eof else member.unconsumed_tail
                    used += len(data) - len(left)
                    data = b"" if member.eof else left
            rest = member.unused_data
            yield begin, begin + used, head
            begin += used


def _fields(head: bytes) -> dict[str, str]:
    """A WARC record's named fields, names in lower case."""
    lines = head.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")
    return {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines[1:])
    }


def _is_id(number: str) -> bool:
    return number.isascii() and number.isdigit()


# To the bit


@dataclass(frozen=True, slots=True)
class RawReport:
    """What was found in one file; ``whole`` is the end of its last whole page, and
    ``torn`` tells that what follows is the beginning of a page and nothing else.
    ``keys`` are those of its whole pages (``records.page_key``)."""

    keys: tuple[int, ...]
    faults: tuple[tuple[int, str], ...]
    whole: int
    torn: bool

    @property
    def pages(self) -> int:
        return len(self.keys)


class _Bad(ValueError):
    """A member that is not what was written."""


class _Short(ValueError):
    """The bytes end inside of a member."""


def check(data: mmap.mmap | bytes) -> RawReport:
    """Every member's frame, checksum and WARC digests, and that pages are pairs."""
    size, at, whole, torn = len(data), 0, 0, False
    keys: list[int] = []
    faults: list[tuple[int, str]] = []
    systems: dict[int, list[int]] = {}
    answer: tuple[int, str, str] | None = None
    while at < size:
        try:
            content, end = _member(data, at)
            kind, article, payload = _warc(content)
        except (_Bad, _Short) as error:
            following = next_member(data, at + 1)
            torn = following is None and is_torn(data, at)
            if not torn:
                faults.append((at, str(error)))
            if following is None:
                break
            answer, at = None, following
            continue
        systems.setdefault(data[at + 9], []).append(at)
        if kind == "response":
            if answer:
                faults.append((answer[0], "a page without its request"))
            answer = (at, article, payload)
        elif kind == "request":
            if answer is not None and answer[1] == article:
                if _is_id(article):
                    keys.append(page_key(int(article), answer[2]))
            elif not (faults and faults[-1][0] >= whole):
                faults.append((at, "a request without its page"))
            answer = None
        if answer is None:
            whole = end
        at = end
    if answer is not None:
        torn = True  # a page whose request a crash cut off
    for system, places in systems.items():
        # An archive that moved between systems has pages, so members in pairs, of both.
        if len(systems) > 1 and len(places) == 1:
            faults.append((places[0], f"system {system} in the header of one member alone"))
    return RawReport(tuple(keys), tuple(sorted(faults)), whole, torn)


def next_member(data: mmap.mmap | bytes, start: int) -> int | None:
    """Where the next whole WARC record behind an offset begins."""
    while (start := data.find(_BEGIN[:4], start)) >= 0:
        with suppress(_Bad, _Short):
            if _member(data, start)[0].startswith(b"WARC/"):
                return start
        start += 1
    return None


def is_torn(data: mmap.mmap | bytes, at: int) -> bool:
    """Whether the rest of a file is the beginning of a member, or blocks that were given
    out and never filled before the power went."""
    try:
        _member(data, at)
    except _Short:
        return True
    except _Bad:
        return is_blank(data, at)
    return False


def _member(data: mmap.mmap | bytes, at: int) -> tuple[bytes, int]:
    """The content of the gzip member at an offset, and where it ends."""
    size = len(data)
    begin = data[at : at + 10]
    if begin[:9] != _BEGIN[: len(begin)] or (len(begin) == 10 and begin[9] not in _SYSTEMS):
        raise _Bad("not the header of a member")
    inflate = zlib.decompressobj(wbits=31)
    earlier = latest = (at, inflate.copy())
    parts, place = [], at
    try:
        while not inflate.eof:
            if place >= size:
                raise _Short("the file ends inside of a member")
            earlier, latest = latest, (place, inflate.copy())
            parts.append(inflate.decompress(data[place : place + _STEP]))
            place = min(place + _STEP, size)
    except zlib.error as error:
        raise _Bad(f"not as it was written: {error}") from error
    end = place - len(inflate.unused_data)
    start, state = latest if latest[0] < end - _TRAILER - 1 else earlier
    if _padded(data, start, state, end):
        raise _Bad("bits are set behind the content of a member")
    return b"".join(parts), end


def _padded(data: mmap.mmap | bytes, start: int, state: zlib._Decompress, end: int) -> bool:
    """Whether the highest set bit of the last byte means nothing: without it the
    content is the same.  zlib fills the last byte with zeros (RFC 1951, 3.1.1)."""
    last = end - _TRAILER - 1
    value = data[last]
    if not value:
        return False
    cleared = value & ~(1 << (value.bit_length() - 1))
    try:
        state.decompress(data[start:last])
        state.decompress(bytes([cleared]) + data[last + 1 : end])
    except zlib.error:
        return False
    return state.eof


def _warc(content: bytes) -> tuple[str, str, str]:
    """Kind, article and payload digest of a WARC record whose length and digests hold."""
    _, _, rest = content.partition(b"\r\n\r\n")
    if not content.startswith(b"WARC/"):
        raise _Bad("no WARC record in a member")
    named = _fields(content)
    if not rest.endswith(b"\r\n\r\n") or named.get("content-length") != str(len(rest) - 4):
        raise _Bad("not of the length that the WARC record names")
    block = rest[:-4]
    kind, payload = named.get("warc-type", ""), named.get("warc-payload-digest", "")
    if kind in ("response", "request"):
        if named.get("warc-block-digest") != payload_digest(block):
            raise _Bad("the warc-block-digest does not hold")
        if payload != payload_digest(block.partition(b"\r\n\r\n")[2]):
            raise _Bad("the warc-payload-digest does not hold")
    return kind, named.get(ARTICLE.lower(), ""), payload
