"""An entry of a digest as it is written down: articles by section, and their bytes.

In and out: :class:`DigestEntry` and the bytes of its file (docs/archive.md, "Digests").
Reading is strict, and the file names its own SHA-256: what is not as it was written is
refused.  Pure; where the files lie is the archive's job, how an entry reads is the feeds'.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedsvc.model import Json, Status
from feedsvc.recordjson import sha256, time_from_json

FORMAT = 1


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One article: ``subtitle`` and ``reporters`` may be empty.  ``event`` is what the feed
    shows of it: ``new``, ``released``, or ``r1``, ``r2`` … for a change of its text.
    ``same`` are later articles that tell of the same thing, each without any of its own."""

    id: int
    url: str
    title: str
    subtitle: str
    reporters: tuple[str, ...]
    published_at: datetime
    status: Status
    locked: bool
    event: str = "new"
    same: tuple[DigestLine, ...] = ()

    @property
    def key(self) -> str:
        """What must not come twice in a digest: ``117013``, ``117013#released``."""
        return f"{self.id}" if self.event == "new" else f"{self.id}#{self.event}"


@dataclass(frozen=True, slots=True)
class Group:
    """What one feed shows of one section: ``section`` is its code, if there is one."""

    feed: str
    section: str | None
    title: str
    lines: tuple[DigestLine, ...]


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """What the feeds of the digest ``name`` showed after ``since`` and until ``until``.
    ``at`` is its own name (``2026-11-25T0800``, in the site's zone), ``previous`` that of
    the entry before it."""

    name: str
    at: str
    id: str
    title: str
    since: datetime
    until: datetime
    groups: tuple[Group, ...]
    previous: str | None = None

    def lines(self) -> Iterator[DigestLine]:
        """Every article, also those below another one."""
        for group in self.groups:
            for line in group.lines:
                yield line
                yield from line.same

    @property
    def articles(self) -> int:
        return sum(1 for _ in self.lines())

    @property
    def locked(self) -> int:
        return sum(line.locked for line in self.lines())


def values_of(entry: DigestEntry) -> dict[str, Json]:
    """The entry as JSON values."""
    return {
        "format": FORMAT,
        "id": entry.id,
        "digest": entry.name,
        "at": entry.at,
        "title": entry.title,
        "since": entry.since.isoformat(),
        "until": entry.until.isoformat(),
        "previous": entry.previous,
        "articles": entry.articles,
        "locked": entry.locked,
        "groups": [
            {
                "feed": group.feed,
                "section": group.section,
                "title": group.title,
                "articles": [_line_json(line) for line in group.lines],
            }
            for group in entry.groups
        ],
    }


def to_bytes(entry: DigestEntry) -> bytes:
    """The bytes of its file."""
    values = values_of(entry)
    values["sha256"] = sha256(_written(values))
    return _written(values)


def from_bytes(data: bytes) -> DigestEntry:
    """The entry that was written as these bytes.  Raises ``ValueError``."""
    try:
        values = json.loads(data)
        if values["format"] != FORMAT:
            raise ValueError(f"format {values['format']!r} is not {FORMAT}")
        groups = tuple(
            Group(
                group["feed"],
                group["section"],
                group["title"],
                tuple(_line(one) for one in group["articles"]),
            )
            for group in values["groups"]
        )
        entry = DigestEntry(
            values["digest"], values["at"], values["id"], values["title"],
            time_from_json(str(values["since"])), time_from_json(str(values["until"])),
            groups, values["previous"],
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"not the entry of a digest: {type(error).__name__} {error}") from error
    if to_bytes(entry) != data:
        raise ValueError("it is not what was written (its sha256 says so)")
    return entry


def _written(values: dict[str, Json]) -> bytes:
    return (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode()


def _line_json(line: DigestLine) -> Json:
    return {
        "id": line.id,
        "url": line.url,
        "title": line.title,
        "subtitle": line.subtitle,
        "reporters": list(line.reporters),
        "published_at": line.published_at.isoformat(),
        "status": line.status.value,
        "locked": line.locked,
        "event": line.event,
        "same_story": [_line_json(one) for one in line.same],
    }


def _line(values: Mapping[str, Any]) -> DigestLine:
    """What is not of the type that it is made here is not what was written: it is refused."""
    return DigestLine(
        int(values["id"]),
        str(values["url"]),
        str(values["title"]),
        str(values["subtitle"]),
        tuple(map(str, values["reporters"])),
        time_from_json(str(values["published_at"])),
        Status(str(values["status"])),
        values["locked"] is True,
        str(values["event"]),
        tuple(map(_line, values["same_story"])),
    )
