"""What kind of image some bytes are, by what they say themselves.

In: the bytes, or their beginning.  Out: a kind, and how large the image is.  An
address or a header may say anything; these few formats are told apart by their first
bytes, as every browser does.  SVG is none of them: it is a program as much as a picture.
"""

import base64
import re
import struct
from collections.abc import Callable, Mapping
from enum import Enum
from urllib.parse import unquote_to_bytes

HEAD = 1 << 16
"""Bytes from the beginning that :func:`pixels` looks at: where a JPEG's size stands
behind a longer preview, it is not known."""

LONGEST_DATA = 300_000
"""Characters of an address that holds the picture itself: in a feed it is sent anew with
every change of any entry."""

_SPECK = 2
_DATA = re.compile(r"data:[^,;]*+(?:;(?!base64,)[^,;]*+)*+(;\s?base64)?,(.*)", re.I | re.S)
# Frame headers: ITU T.81, table B.1, without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


class PictureKind(Enum):
    """The formats that are kept: the ending of their files, and their media type."""

    JPEG = ("jpg", "image/jpeg")
    PNG = ("png", "image/png")
    GIF = ("gif", "image/gif")
    WEBP = ("webp", "image/webp")
    AVIF = ("avif", "image/avif")

    @property
    def ending(self) -> str:
        return self.value[0]

    @property
    def media_type(self) -> str:
        return self.value[1]


_BEGINNINGS = {
    b"\xff\xd8\xff": PictureKind.JPEG,
    b"\x89PNG\r\n\x1a\n": PictureKind.PNG,
    b"GIF87a": PictureKind.GIF,
    b"GIF89a": PictureKind.GIF,
}
ENDINGS = tuple(kind.ending for kind in PictureKind)


def kind_of(data: bytes) -> PictureKind | None:
    """The kind of image, ``None`` for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PictureKind.WEBP
    if data[4:8] == b"ftyp" and _brands(data) & {b"avif", b"avis"}:
        return PictureKind.AVIF
    return next((kind for begin, kind in _BEGINNINGS.items() if data.startswith(begin)), None)


def pixels(head: bytes) -> tuple[int, int] | None:
    """Width and height as the first :data:`HEAD` bytes tell them; ``None`` where they
    do not, and for AVIF, whose boxes are not worth the reading."""
    read = _SIZES.get(kind_of(head))
    try:
        found = read(head) if read else None
    except (struct.error, IndexError):
        return None
    return found if found and all(0 < side < 1 << 20 for side in found) else None


def data_address(address: str) -> str | None:
    """A ``data:`` address (RFC 2397) of a picture, in one form; ``None`` for anything else:
    no picture, one of some pixels, one longer than :data:`LONGEST_DATA`."""
    match = _DATA.match(address.strip()) if len(address) <= 2 * LONGEST_DATA else None
    if match is None:
        return None
    try:
        data = unquote_to_bytes(match[2].encode("utf-8", "replace"))
        if match[1]:
            data = b"".join(data.split()).rstrip(b"=")
            data = base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
    except ValueError:
        return None
    kind, size = kind_of(data), pixels(data[:HEAD])
    # The size of an AVIF is not read; no pixel is as long as its header.
    if (
        kind is None
        or (size is None and kind is not PictureKind.AVIF)
        or (size and min(size) <= _SPECK)
    ):
        return None
    found = f"data:{kind.media_type};base64,{base64.b64encode(data).decode('ascii')}"
    return found if len(found) <= LONGEST_DATA else None


def _brands(data: bytes) -> set[bytes]:
    """The brands of an ISO file (ISO/IEC 14496-12, 4.3): its own, and what it fits."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    return {data[8:12], *(data[place : place + 4] for place in range(16, length, 4))}


def _jpeg(head: bytes) -> tuple[int, int] | None:
    place = 2
    while head[place] == 0xFF:
        marker = head[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker in _FRAMES:
            high, wide = struct.unpack_from(">HH", head, place + 5)
            return wide, high
        elif marker in _ALONE:
            place += 2
        else:
            place += 2 + struct.unpack_from(">H", head, place + 2)[0]
    return None


def _webp(head: bytes) -> tuple[int, int] | None:
    """RFC 9649: lossy, lossless and extended files."""
    chunk = head[12:16]
    if chunk == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        wide, high = struct.unpack_from("<HH", head, 26)
        return wide & 0x3FFF, high & 0x3FFF
    if chunk == b"VP8L" and head[20] == 0x2F:
        bits = struct.unpack_from("<I", head, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8X" and len(head) >= 30:
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    return None


_SIZES: Mapping[PictureKind | None, Callable[[bytes], tuple[int, int] | None]] = {
    PictureKind.PNG: lambda head: struct.unpack_from(">II", head, 16),  # RFC 2083, 4.1.1
    PictureKind.GIF: lambda head: struct.unpack_from("<HH", head, 6),
    PictureKind.WEBP: _webp,
    PictureKind.JPEG: _jpeg,
}
