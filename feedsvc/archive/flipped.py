"""One bit that flipped on a disk, found by the digest of what was there."""

from __future__ import annotations

import hashlib

_MOST_BITS = 1 << 17  # a file of 16 KB; trying takes time by the square of its length


def flipped_back(data: bytes, digest: str) -> bytes | None:
    """The bytes with the one bit turned back that makes their SHA-256 the digest;
    ``None`` where no one bit does, or there are too many to try."""
    if not data or len(data) * 8 > _MOST_BITS:
        return None
    wanted = bytes.fromhex(digest.removeprefix("sha256:"))
    before = hashlib.sha256()
    for place, value in enumerate(data):
        rest = data[place + 1 :]
        for bit in range(8):
            tried = before.copy()
            tried.update(bytes([value ^ (1 << bit)]) + rest)
            if tried.digest() == wanted:
                return data[:place] + bytes([value ^ (1 << bit)]) + rest
        before.update(data[place : place + 1])
    return None
