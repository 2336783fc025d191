"""A damaged file of raw pages put right: what is whole in it stays, byte for byte.

A page of which only what surrounds it is damaged (a bit in a member's header, which no
checksum covers) is packed anew; its content is the same.  The damaged file goes to
``.state/damaged``.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.archive import aside, rawcheck, warc
from feedsvc.archive.bystanders import is_bystander
from feedsvc.archive.layout import is_raw, month
from feedsvc.archive.rawclaims import key
from feedsvc.archive.rawscan import Broken, PageAt, Part, walk


def found_again(
    folder: Path, wanted: Collection[int], have: Collection[int]
) -> Iterator[tuple[Path, str]]:
    """Give files that lie in ``raw/`` under a name of no file of pages one that is, where they
    hold pages of articles that are ``wanted`` and that no other file has (``have``: keys of
    ``rawclaims``): the new path, and a line for it.  Raises ``OSError``."""
    for name in sorted(regular.names(folder)):
        path = folder / name
        if is_raw(name) or is_bystander(name) or regular.kind(path):
            continue
        parts = (part for part in walk(path) if isinstance(part, PageAt))
        for part in parts:
            if part.article in wanted and key(part.article, part.digest) not in have:
                target = _free(path, part)
                path.rename(target)
                atomic.sync_folder(folder)
                yield target, f"{target}: it lay there as {name}"
                break


def _free(path: Path, part: Part) -> Path:
    """The name of a file whose first page that is missed is this one."""
    with regular.reading(path) as stream:
        stream.seek(part.begin)
        at = warc.read(stream.read(part.end - part.begin)).fetched_at
    target, number = path.with_name(f"{month(at)}.warc.gz"), 1
    while target.exists():
        number += 1
        target = path.with_name(f"{month(at)}-{number}.warc.gz")
    return target


def salvage(path: Path, state: Path, lost: set[tuple[int, str]]) -> Iterator[str]:
    """Put one file right, if it needs it; a line for what was done.  ``lost`` gets article
    and payload digest of each page that is not whole, as far as they can be told.  Raises
    ``OSError``."""
    if regular.kind(path):
        what = regular.kind(path)
        yield f"{path}: {what} that stood there was moved to {aside.moved(path, state)}"
        return
    if not path.exists() or not _needs_it(path):
        return
    copy = aside.copied(path, state)
    pages = damaged = 0
    with regular.reading(copy) as source, atomic.making(path) as stream:
        for part in walk(copy):
            source.seek(part.begin)
            data = source.read(part.end - part.begin)
            whole = None if isinstance(part, Broken) else _sound(data, part)
            if whole is None:
                damaged += 1
                if isinstance(part, (Broken, PageAt)) and part.article is not None:
                    lost.add((part.article, part.digest or ""))
                continue
            stream.write(whole)
            pages += isinstance(part, PageAt)
    if not path.stat().st_size:
        path.unlink()
    yield (
        f"{path}: {pages} whole pages are left in it, {damaged} places were damaged; "
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
