"""Kinds and sizes of images, by their bytes alone."""

from __future__ import annotations

import random
import struct

import pytest

from feedsvc.demo.images import picture
from feedsvc.picture import HEAD, PictureKind, kind_of, pixels

JPEG, PNG = picture("/a.jpg"), picture("/a.png")
GIF = b"GIF87a" + struct.pack("<HH", 300, 200) + b"\0\0\0;"
LOSSLESS = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f" + struct.pack("<I", 299 | 199 << 14) + bytes(8)
LOSSY = b"RIFF\x30\0\0\0WEBPVP8 \x24\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack(
    "<HH", 300, 200 | 1 << 14
)
EXTENDED = b"RIFF\x30\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0" + b"\x2b\x01\0" + b"\xc7\0\0"
AVIF = b"\0\0\0\x20ftypmif1\0\0\0\0mif1miafavifMA1B\0\0\0\x08meta"


def with_preview(size: int) -> bytes:
    """A JPEG with that many bytes of application data before its frame."""
    parts = [JPEG[:2]]
    while size > 0:
        length = min(size, 60_000)
        parts.append(b"\xff\xe1" + struct.pack(">H", length + 2) + bytes(length))
        size -= length
    return b"".join([*parts, JPEG[2:]])


@pytest.mark.parametrize(
    ("data", "kind", "size"),
    [
        (JPEG, PictureKind.JPEG, (96, 64)),
        (JPEG[:2] + b"\xff" + JPEG[2:], PictureKind.JPEG, (96, 64)),  # a fill byte
        (with_preview(50_000), PictureKind.JPEG, (96, 64)),
        (with_preview(100_000), PictureKind.JPEG, None),
        (PNG, PictureKind.PNG, (96, 64)),
        (GIF, PictureKind.GIF, (300, 200)),
        (LOSSLESS, PictureKind.WEBP, (300, 200)),
        (LOSSY, PictureKind.WEBP, (300, 200)),
        (EXTENDED, PictureKind.WEBP, (300, 200)),
        (b"RIFF\x30\0\0\0WEBPANIM", PictureKind.WEBP, None),
        (AVIF, PictureKind.AVIF, None),
        (b"GIF89a\0\0\0\0", PictureKind.GIF, None),
        (b"RIFF\x24\0\0\0WAVEfmt ", None, None),
        (b"BM\x36\0\0\0", None, None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None, None),
        (b"", None, None),
    ],
)
def test_kind_and_size(data: bytes, kind: PictureKind | None, size: tuple[int, int] | None) -> None:
    assert kind_of(data) is kind
    assert pixels(data[:HEAD]) == size


def test_whatever_the_bytes_are_there_is_an_answer() -> None:
    rng = random.Random(5)
    for whole in (JPEG, PNG, GIF, LOSSLESS, LOSSY, EXTENDED, AVIF, with_preview(300)):
        for end in range(0, min(len(whole), 700), 3):
            pixels(whole[:end])
        for _ in range(500):
            data = bytearray(whole[:600])
            for _ in range(rng.randint(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            found = pixels(bytes(data))
            assert found is None or min(found) > 0
