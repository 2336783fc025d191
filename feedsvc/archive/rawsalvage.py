"""A damaged file of raw pages put right: what is whole in it stays, byte for byte.

A page of which only what surrounds it is damaged (a bit in a member's header, which no
checksum covers) is packed anew; its content is the same.  The damaged file goes to
``.state/damaged``.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.archive import aside, rawcheck
from feedsvc.archive.rawscan import Broken, PageAt, Part, walk


def salvage(path: Path, state: Path) -> Iterator[str]:
    """Put one file right, if it needs it; a line for what was done.  Raises ``OSError``."""
    if regular.kind(path):
        what = regular.kind(path)
        yield f"{path}: {what} that stood there was moved to {aside.moved(path, state)}"
        return
    if not path.exists() or not _needs_it(path):
        return
    copy = aside.copied(path, state)
    pages = lost = 0
    with regular.reading(copy) as source, atomic.making(path) as stream:
        for part in walk(copy):
            source.seek(part.begin)
            data = source.read(part.end - part.begin)
            whole = None if isinstance(part, Broken) else _sound(data, part)
            if whole is None:
                lost += 1
                continue
            stream.write(whole)
            pages += isinstance(part, PageAt)
    if not path.stat().st_size:
        path.unlink()
    yield (
        f"{path}: {pages} whole pages are left in it, {lost} places were damaged; "
        f"the damaged file is kept as {copy}"
    )


def _needs_it(path: Path) -> bool:
    data = regular.read(path)
    report = rawcheck.check(data)
    return bool(report.faults) or report.whole < len(data)


def _sound(data: bytes, part: Part) -> bytes | None:
    """The bytes, or the same content packed anew; ``None`` where that is not whole."""
    wanted = isinstance(part, PageAt)
    if _holds(data, wanted):
        return data
    with suppress(zlib.error, EOFError):
        packed = b"".join(_packed(data))
        return packed if _holds(packed, wanted) else None
    return None


def _holds(data: bytes, pages: int) -> bool:
    report = rawcheck.check(data)
    return not report.faults and report.whole == len(data) and report.pages == pages


def _packed(data: bytes) -> Iterator[bytes]:
    """Each member anew, as it is written."""
    while data:
        member = zlib.decompressobj(wbits=31)
        content = member.decompress(data)
        if not member.eof:
            raise EOFError("half a member")
        packing = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS + 16)
        yield packing.compress(content) + packing.flush()
        data = member.unused_data
