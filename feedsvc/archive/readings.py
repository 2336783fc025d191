"""What ``verify`` reads in other processes: a file of the journal, a folder of records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from feedsvc import regular
from feedsvc.archive.journal import Line
from feedsvc.archive.layout import Layout
from feedsvc.archive.rawclaims import claimed
from feedsvc.archive.records import from_json, to_json
from feedsvc.model import Json, Record
from feedsvc.recordjson import digest, sha256

UNREADABLE = "unreadable"


@dataclass(slots=True)
class JournalPart:
    """One file of the journal: what is wrong inside of it, and its two ends of the
    chain.  ``files`` has the digest that the last line of an id names, ``layouts`` those
    of learned layouts, ``torn`` the beginning of a last line."""

    first: str | None = UNREADABLE
    last: str = ""
    lines: int = 0
    size: int = 0
    torn: bytes | None = None
    faults: list[str] = field(default_factory=list)
    files: dict[int, bytes] = field(default_factory=dict)
    layouts: dict[int, bytes] = field(default_factory=dict)


def journal_part(path: Path) -> JournalPart:
    """Reading goes on behind a broken line."""
    part = JournalPart()
    try:
        with regular.reading(path) as stream:
            for number, raw in enumerate(stream, 1):
                if not raw.endswith(b"\n"):
                    part.torn = raw
                    break
                _take(part, number, raw[:-1])
    except OSError as error:
        part.faults.append(f"cannot be read: {error.strerror or error}")
    return part


def _take(part: JournalPart, number: int, raw: bytes) -> None:
    try:
        line = Line.from_bytes(raw)
        files = part.files if line.article is not None else part.layouts
        files[line.id] = bytes.fromhex(line.file.removeprefix("sha256:"))
        if number == 1:
            part.first = line.prev
        elif line.prev != part.last:
            part.faults.append(f"the chain is broken before line {number}")
            return
        if line.to_bytes() != raw:
            part.faults.append(f"line {number} is not as it was written")
    except ValueError as error:
        part.faults.append(f"line {number} is damaged: {error}")
    finally:
        part.last = sha256(raw)
        part.size += len(raw) + 1
        part.lines = number


Reading = tuple[int, bytes, int, tuple[str, ...] | None, tuple[str, ...]]
"""Of a record: id, SHA-256, length, the images that it names (``None`` for what cannot be
read or is no record of that id), the raw pages that it names."""


def records_of(layout: Layout, ids: Sequence[int]) -> list[Reading]:
    found: list[Reading] = []
    for article_id in ids:
        names: tuple[str, ...] | None = None
        pages: tuple[str, ...] = ()
        data = b""
        with suppress(OSError, ValueError, RecursionError):
            data = regular.read(layout.record(article_id))
            record = from_json(data)
            if record.id == article_id:
                names, pages = tuple(images_of(record)), claimed(record)
        found.append((article_id, hashlib.sha256(data).digest(), len(data), names, pages))
    return found


def as_written(record: Record, data: bytes) -> bool:
    """Whether these are bytes that feedsvc writes, of a text that its digest proves."""
    own = digest(record.title, record.subtitle, record.body)
    return own == record.digest and to_json(record) == data


def images_of(record: Record) -> Iterator[str]:
    """The local copies that a record, or a revision of it, points at."""
    yield from (image.file for image in record.images if image.file)
    for revision in record.revisions:
        images: Json = dict(revision.old).get("images")
        for one in images if isinstance(images, list) else ():
            if isinstance(one, dict) and isinstance(one.get("file"), str):
                yield str(one["file"])
