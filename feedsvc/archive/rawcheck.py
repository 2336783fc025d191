"""Whether a file of raw pages is whole, down to the bit.

In: the bytes of a ``.warc.gz`` file.  Out: what is wrong in it, by offset, and where
what is whole ends.  A gzip checksum covers the content of a member and nothing around
it, so the ten bytes before the content and the unused bits behind it are held against
what zlib writes there.  Reading the pages is ``raw``'s job.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import dataclass
from mmap import mmap

from feedsvc.archive.rawclaims import key

# RFC 1952, 2.3: no name, no time, best compression; the tenth byte is the system.
_BEGIN = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02"
_SYSTEMS = (3, 19)  # what zlib writes on Linux and on macOS
_STEP = 1 << 12
_TRAILER = 8


@dataclass(frozen=True, slots=True)
class RawReport:
    """What was found in one file; ``whole`` is the end of its last whole page, and
    ``torn`` tells that what follows is the beginning of a page and nothing else.
    ``keys`` are those of its whole pages (``rawclaims``)."""

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


def check(data: mmap | bytes) -> RawReport:
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
            if following is None:
                torn = is_torn(data, at)
                if not torn:
                    faults.append((at, str(error)))
                break
            faults.append((at, str(error)))
            answer, at = None, following
            continue
        systems.setdefault(data[at + 9], []).append(at)
        if kind == "response":
            if answer:
                faults.append((answer[0], "a page without its request"))
            answer = (at, article, payload)
        elif kind == "request":
            if answer is None or answer[1] != article:
                if not (faults and faults[-1][0] >= whole):
                    faults.append((at, "a request without its page"))
            else:
                if article.isascii() and article.isdigit():
                    keys.append(key(int(article), answer[2]))
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


def next_member(data: mmap | bytes, start: int) -> int | None:
    """Where the next whole WARC record behind an offset begins."""
    while (start := data.find(_BEGIN[:4], start)) >= 0:
        try:
            content, _ = _member(data, start)
        except (_Bad, _Short):
            start += 1
            continue
        if content.startswith(b"WARC/"):
            return start
        start += 1
    return None


def is_torn(data: mmap | bytes, at: int) -> bool:
    """Whether the rest of a file is the beginning of a member, or blocks that were given
    out and never filled before the power went."""
    try:
        _member(data, at)
    except _Short:
        return True
    except _Bad:
        return not bytes(data[at:]).strip(b"\0")  # given out and never filled
    return False


def _member(data: mmap | bytes, at: int) -> tuple[bytes, int]:
    """The content of the gzip member at an offset, and where it ends."""
    size = len(data)
    begin = data[at : at + 10]
    if begin[:9] != _BEGIN[: len(begin)] or (len(begin) == 10 and begin[9] not in _SYSTEMS):
        raise _Bad("not the header of a member")
    inflate = zlib.decompressobj(wbits=31)
    earlier = (at, inflate.copy())
    latest = earlier
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


def _padded(data: mmap | bytes, start: int, state: zlib._Decompress, end: int) -> bool:
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
    head, _, rest = content.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    if not lines[0].startswith("WARC/"):
        raise _Bad("no WARC record in a member")
    pairs = (line.partition(":") for line in lines[1:])
    fields = {name.lower(): value.strip() for name, _, value in pairs}
    if not rest.endswith(b"\r\n\r\n") or fields.get("content-length") != str(len(rest) - 4):
        raise _Bad("not of the length that the WARC record names")
    block = rest[:-4]
    kind = fields.get("warc-type", "")
    if kind in ("response", "request"):
        _hold(fields, "warc-block-digest", block)
        _hold(fields, "warc-payload-digest", block.partition(b"\r\n\r\n")[2])
    return kind, fields.get("feedsvc-article", ""), fields.get("warc-payload-digest", "")


def _hold(fields: dict[str, str], name: str, data: bytes) -> None:
    digest = "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()
    if fields.get(name) != digest:
        raise _Bad(f"the {name} does not hold")
