"""Pictures made in code: a small real PNG or JPEG for any path.

In: a path.  Out: bytes that a picture viewer opens, the same for the same path.
"""

import struct
import zlib
from functools import lru_cache

_TYPES = {"png": "image/png", "gif": "image/gif", "webp": "image/webp", "svg": "image/svg+xml"}


def content_type(path: str) -> str:
    return _TYPES.get(path.rpartition(".")[2], "image/jpeg")


@lru_cache(maxsize=512)
def picture(path: str) -> bytes:
    """The picture at a path: PNG where it ends so, else JPEG."""
    seed = zlib.crc32(path.encode())
    return _png(seed) if path.endswith(".png") else _jpeg(seed)


def _png(seed: int, width: int = 96, height: int = 64) -> bytes:
    """8-bit RGB stripes (PNG, RFC 2083)."""
    red, green, blue = seed & 255, seed >> 8 & 255, seed >> 16 & 255
    line = b"\0" + bytes(
        value for x in range(width) for value in (red, (green + x) & 255, (blue + 2 * x) & 255)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"tEXt", b"Comment\0feedsvc stand-in " + str(seed).encode())
        + chunk(b"IDAT", zlib.compress(line * height))
        + chunk(b"IEND", b"")
    )


def _jpeg(seed: int, blocks_wide: int = 12, blocks_high: int = 8) -> bytes:
    """Baseline grey JPEG (ITU T.81) in which each 8x8 block is one tone."""
    bits: list[str] = []
    last = 0
    for block in range(blocks_wide * blocks_high):
        tone = (seed >> block % 24 & 127) - 64
        difference, last = tone - last, tone
        size = abs(difference).bit_length()
        value = difference if difference > 0 else difference + (1 << size) - 1
        # Code words are four bits, the size itself; the AC table knows "end of block" only.
        bits.append(f"{size:04b}" + (f"{value:0{size}b}" if size else "") + "0")
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    data = bytes(int(stream[at : at + 8], 2) for at in range(0, len(stream), 8))

    def segment(marker: int, payload: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload

    dc_table = bytes([0x00, 0, 0, 0, 12, *([0] * 12), *range(12)])
    ac_table = bytes([0x10, 1, *([0] * 15), 0])
    frame = struct.pack(">BHHBBBB", 8, blocks_high * 8, blocks_wide * 8, 1, 1, 0x11, 0)
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
        + segment(0xFE, b"feedsvc stand-in " + str(seed).encode())
        + segment(0xDB, bytes([0, *([8] * 64)]))
        + segment(0xC0, frame)
        + segment(0xC4, dc_table)
        + segment(0xC4, ac_table)
        + segment(0xDA, bytes([1, 1, 0x00, 0, 63, 0]))
        + data.replace(b"\xff", b"\xff\x00")
        + b"\xff\xd9"
    )
