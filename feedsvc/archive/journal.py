"""The journal: what happened to each record, a line an event, as a chain.

In: events, in the order they happened.  Out: lines, and whether the chain holds.
Which event it was is not decided here.

A line is on the disk before ``.state`` is told of it, so the place that ``.state``
remembers may be behind the journal and is never ahead of it, unless the journal
was cut or changed.  A last line without its newline is one that a crash cut off:
nobody was told that it was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from feedsvc import regular
from feedsvc.archive import append
from feedsvc.archive.records import DAMAGE
from feedsvc.catalogue.index import Place
from feedsvc.errors import ArchiveError, unreadable
from feedsvc.model import Event
from feedsvc.moment import month_of
from feedsvc.recordjson import sha256, time_from_json, time_json

_NAME = re.compile(r"\d{4}-\d\d\.jsonl")
_BLOCK = 1 << 16
_KEYS = ("at", "event", "id", "digest", "file", "prev")


@dataclass(frozen=True, slots=True)
class Line:
    """One event.  ``digest`` is the record's, ``file`` that of its file's bytes,
    ``prev`` that of the line before (``None`` in the very first).  The ``id`` of a
    ``layout`` event is a layout's number, and no article's."""

    at: datetime
    event: Event
    id: int
    digest: str
    file: str
    prev: str | None

    @property
    def article(self) -> int | None:
        """The article that it is about; ``None`` in the line of a layout."""
        return None if self.event is Event.LAYOUT else self.id

    @property
    def of_record(self) -> dict[int, bytes]:
        """What it says of the file of a record, by its id."""
        if self.article is None:
            return {}
        return {self.article: bytes.fromhex(self.file.removeprefix("sha256:"))}

    def to_bytes(self) -> bytes:
        """The line without its newline."""
        values = (time_json(self.at), self.event.value, self.id, self.digest, self.file, self.prev)
        return json.dumps(dict(zip(_KEYS, values, strict=True))).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Line:
        """Raises ``ValueError``."""
        value = json.loads(data)
        if not isinstance(value, dict) or tuple(value) != _KEYS:
            raise ValueError(f"keys are not {', '.join(_KEYS)}")
        at, event, article_id, digest, file, prev = value.values()
        texts = (at, event, digest, file, prev or "")
        if not all(isinstance(text, str) for text in texts) or type(article_id) is not int:
            raise ValueError("a value is of the wrong type")
        return cls(time_from_json(at), Event(event), article_id, digest, file, prev)


class Journal:
    """The files of ``journal/``, oldest first by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        with _readable(self._folder):
            names = regular.names(self._folder)
        return sorted(filter(_NAME.fullmatch, names))

    def path(self, name: str) -> Path:
        return self._folder / name

    def reached(self, place: Place | None) -> bool:
        """Whether nothing stands behind a place, by names and lengths alone."""
        for name in reversed(self.names()):
            if length := _size(self.path(name)):
                return place is not None and (name, length) == (place.file, place.end)
        return place is None

    def size(self) -> int:
        """Bytes of all files: three lines are about a kilobyte."""
        return sum(_size(self.path(name)) for name in self.names())

    def tail(self) -> Place | None:
        """The place of the last whole line, ``None`` in an empty journal."""
        return next((place for _, place in self.backwards()), None)

    def torn(self) -> tuple[Path, int] | None:
        """A file whose last line a crash cut off, and the length of what is whole."""
        for path in map(self.path, reversed(self.names())):
            if length := _size(path):
                whole = _whole(path, length)
                return None if whole == length else (path, whole)
        return None

    def append(
        self, at: datetime, event: Event, article_id: int, digest: str, file: str,
        after: Place | None,
    ) -> Place:  # fmt: skip
        """Write one line behind ``after``, the last one, and flush it.

        A clock that went back a month does not reorder the chain: the newest file
        goes on.  Raises ``OSError``.
        """
        line = Line(at, event, article_id, digest, file, after.digest if after else None)
        data = line.to_bytes()
        name = f"{month_of(at)}.jsonl"
        if after and after.file >= name:
            name = after.file
        start = after.end if after and after.file == name else 0
        end = append.append(self.path(name), data + b"\n", start)
        return Place(name, end, sha256(data))

    def after(self, place: Place | None) -> Iterator[tuple[Line, Place]]:
        """Every line behind a place (``None``: all of them), oldest first.

        A last line that a crash cut off, or another process is just writing, is
        left out.  Raises ``ArchiveError`` where the chain is broken, and where
        the line that ends at ``place`` is no longer there.
        """
        names = self.names()
        prev: str | None = None
        if place is not None:
            self.hold(place)
            prev = place.digest
            names = [name for name in names if name >= place.file]
        for name in names:
            path = self.path(name)
            offset = place.end if place and place.file == name else 0
            with _opened(path) as stream:
                stream.seek(offset)
                for raw in stream:
                    if not raw.endswith(b"\n"):
                        if name == names[-1]:
                            return
                        raise damaged(path, offset, "the line has no end")
                    line = _parse(path, offset, raw[:-1])
                    if line.prev != prev:
                        raise damaged(path, offset, "the chain is broken before this line")
                    offset += len(raw)
                    prev = sha256(raw[:-1])
                    yield line, Place(name, offset, prev)

    def backwards(self) -> Iterator[tuple[Line, Place]]:
        """Every whole line, newest first; the chain is not checked."""
        for name in reversed(self.names()):
            path = self.path(name)
            for raw, end in _lines_backwards(path):
                yield _parse(path, end - len(raw) - 1, raw), Place(name, end, sha256(raw))

    def hold(self, place: Place) -> None:
        """Raises ``ArchiveError`` unless a line of that digest ends at that place."""
        path = self.path(place.file)
        if place.file in self.names() and _size(path) >= place.end:
            raw, _ = next(_lines_backwards(path, place.end), (b"", 0))
            if sha256(raw) == place.digest:
                return
        raise ArchiveError(
            "the newest line that .state remembers is gone: the journal was cut or changed",
            about=str(path),
            advice="restore it from a copy, or, if it is lost, write that down with "
            "feedsvc archive verify --repair",
        )


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

    def take(self, number: int, raw: bytes) -> None:
        """Take in a whole line, without its newline."""
        try:
            line = Line.from_bytes(raw)
            files = self.files if line.article is not None else self.layouts
            files[line.id] = bytes.fromhex(line.file.removeprefix("sha256:"))
            if number == 1:
                self.first = line.prev
            elif line.prev != self.last:
                self.faults.append(f"the chain is broken before line {number}")
                return
            if line.to_bytes() != raw:
                self.faults.append(f"line {number} is not as it was written")
        except ValueError as error:
            self.faults.append(f"line {number} is damaged: {error}")
        finally:
            self.last = sha256(raw)
            self.size += len(raw) + 1
            self.lines = number


def read_part(path: Path) -> JournalPart:
    """A whole file of the journal.  Reading goes on behind a broken line."""
    part = JournalPart()
    try:
        with regular.reading(path) as stream:
            for number, raw in enumerate(stream, 1):
                if not raw.endswith(b"\n"):
                    part.torn = raw
                    break
                part.take(number, raw[:-1])
    except OSError as error:
        part.faults.append(f"cannot be read: {error.strerror or error}")
    return part


def _whole(path: Path, length: int) -> int:
    """How much of a file is whole lines.  A crash can leave, where a line should
    be, its beginning, or blocks of zeros that were given out and never filled."""
    with _opened(path) as stream:
        start = max(0, length - _BLOCK)
        stream.seek(start)
        data = stream.read(length - start)
    while data:
        whole = data.rfind(b"\n") + 1
        if whole == 0 and start > 0:
            raise damaged(path, start, "a line of more than 64 KB")
        data = data[:whole]
        begin = data.rfind(b"\n", 0, max(whole - 1, 0)) + 1
        if b"\0" not in data[begin:]:
            break
        data = data[:begin]
    return start + len(data)


def _lines_backwards(path: Path, end: int | None = None) -> Iterator[tuple[bytes, int]]:
    """Whole lines of a file, last first, each with the offset behind its newline."""
    limit = _size(path) if end is None else end
    if limit == 0:
        return
    limit = _whole(path, limit)
    with _opened(path) as stream:
        rest = b""
        start = limit
        while start > 0:
            step = min(_BLOCK, start)
            start -= step
            stream.seek(start)
            rest = stream.read(step) + rest
            while (cut := rest.rfind(b"\n", 0, len(rest) - 1)) >= 0:
                yield rest[cut + 1 : -1], start + len(rest)
                rest = rest[: cut + 1]
        if rest:
            yield rest[:-1], len(rest)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unreadable(path, error) from error


def _opened(path: Path) -> BinaryIO:
    with _readable(path):
        return regular.reading(path)


def _size(path: Path) -> int:
    with _readable(path):
        return regular.size(path)


def _parse(path: Path, offset: int, raw: bytes) -> Line:
    try:
        return Line.from_bytes(raw)
    except ValueError as error:
        raise damaged(path, offset, str(error)) from error


def damaged(path: Path, offset: int, what: str) -> ArchiveError:
    return ArchiveError(f"damaged journal at byte {offset}: {what}", about=str(path), advice=DAMAGE)
