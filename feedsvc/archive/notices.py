"""``notices.jsonl``: what was told, to which notice, and since when it is configured.

In: what was told, a line each, on the disk before the next thing is told.  Out: how each
notice stands.  A notice is known by its name and a digest of its target, whose address is
a secret and stands nowhere.  What there is to be told, the journal tells; who is told it,
and how, is not this module's job.

Every so often a line says how all of them stand, and then those before it are not read any
more.  A last line without its newline is one that a crash cut off.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, takewhile
from pathlib import Path

from feedsvc import regular
from feedsvc.archive.append import LineFile
from feedsvc.archive.journal import Journal, Line
from feedsvc.catalogue.index import Place
from feedsvc.errors import ArchiveError
from feedsvc.model import Json
from feedsvc.recordjson import time_from_json, time_json

DAMAGE = (
    "feedsvc archive verify --repair leaves out what cannot be read; nobody is told anything "
    "until then"
)

_STANDING = b'"event": "configured", "notices": ['
_TAIL = 1 << 18
"""Bytes that are read first: hundreds of lines."""

_NEW = rb'"event": "new", "notice": "%s", "target": "%s", "id": (\d+)'
_ROOM = 1_000_000
"""Bytes free on the disk without which nothing is told, for it could not be written down."""

Lines = tuple[tuple[Line, str], ...]

ENTRIES = 30
"""Entries of a digest that are remembered one by one; so many before all are settled."""

Key = tuple[str, str]
"""A notice's name, and the digest of its target."""


@dataclass(frozen=True, slots=True)
class Told:
    """One line.  ``event`` is ``new``, ``released`` or ``revised``: an article (``id``) was
    told; ``digest``: a digest's entry (``entry``) was; ``trouble`` and ``ended``: a trouble
    (``entry`` is its key) was told, or is over; ``given-up``: one of these was not told, and
    is tried no more; ``failed`` and ``well``: from now on the target fails, or does not.
    ``line`` is the digest of the journal line that was the reason."""

    at: datetime
    event: str
    notice: str
    target: str
    id: int | None = None
    line: str | None = None
    entry: str | None = None

    def to_bytes(self) -> bytes:
        """The line with its newline."""
        values = {
            "at": time_json(self.at), "event": self.event, "notice": self.notice,
            "target": self.target, "id": self.id, "line": self.line, "entry": self.entry,
        }  # fmt: skip
        return _line({name: value for name, value in values.items() if value is not None})


@dataclass(frozen=True, slots=True)
class NoticeStanding:
    """How a notice stands.  All that was journaled up to the line with the digest ``place``
    (at ``until``) is settled, and so are the ``settled`` lines behind it.  ``quiet`` are the
    articles that waited to be read when it was first seen, at ``since``; ``open`` the
    troubles that go on and are settled, or of a digest the settled entries behind ``entry``,
    up to which all are.  The target fails since ``failing``.  ``on`` are the events that it
    was told of; empty: an earlier feedsvc did not write them down."""

    name: str
    target: str
    since: datetime
    place: str | None
    until: datetime
    settled: frozenset[str] = frozenset()
    quiet: frozenset[int] = frozenset()
    open: frozenset[str] = frozenset()
    entry: str = ""
    failing: datetime | None = None
    on: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return self.name, self.target

    def after(self, told: Told) -> NoticeStanding:
        """As it stands after this line."""
        if told.event == "failed":
            return replace(self, failing=self.failing or told.at)
        if told.event == "ended":
            return replace(self, open=self.open - {told.entry or ""})
        if told.event == "well":
            return replace(self, failing=None)
        if told.line is not None:
            return replace(self, settled=self.settled | {told.line})
        if told.entry is None:
            return self
        found = replace(self, open=self.open | {told.entry})
        if told.event != "digest" or len(found.open) <= ENTRIES:
            return found
        # The names are times: of a clock that was ahead for a while they come last.
        first = min(found.open)
        return replace(found, entry=max(self.entry, first), open=found.open - {first})

    def as_json(self) -> dict[str, Json]:
        return {
            "notice": self.name,
            "target": self.target,
            "since": time_json(self.since),
            "place": self.place,
            "until": time_json(self.until),
            "settled": [*sorted(self.settled)],
            "quiet": [*sorted(self.quiet)],
            "open": [*sorted(self.open)],
            "entry": self.entry,
            "failing": time_json(self.failing) if self.failing else None,
            "on": [*self.on],
        }


class NoticesFile(LineFile):
    """The file.  Everything raises ``ArchiveError`` where something else stands in its place
    or a line cannot be read, ``ArchiveUnreadable`` where it may not be opened."""

    def __init__(self, path: Path, journal: Journal | None = None) -> None:
        super().__init__(path)
        self._journal = journal

    def read(self) -> dict[Key, NoticeStanding]:
        """How each notice stood when the last line was written."""
        data, begin = self._from_standing(_TAIL)
        if begin == 0:  # it stands further up, or is the first line
            data, begin = self._from_standing(None)
        found: dict[Key, NoticeStanding] = {}
        for raw in data[begin:].split(b"\n")[:-1]:
            line = self._parsed(raw)
            if not isinstance(line, Told):
                found = dict(line)
            elif standing := found.get((line.notice, line.target)):
                found[standing.key] = standing.after(line)
        return found

    def _from_standing(self, last: int | None) -> tuple[bytes, int]:
        """The whole lines in the ``last`` bytes, and where the newest begins that says how all
        notices stand."""
        data = self.whole(self.data(last))
        return data, data.rfind(b"\n", 0, max(0, data.rfind(_STANDING))) + 1

    def journaled(self, place: str | None) -> Lines | None:
        """The journal lines behind the one with the digest ``place`` (``None``: all), oldest
        first, each with its own; ``None`` where there is no such line (any more)."""
        count = 0
        for line, at in self._backwards():
            if at.digest == place:
                break
            count += 1
            if line.prev == place:  # ``None`` is before the very first line
                break
        else:
            if place is not None or count:
                return None
        return _oldest_first(islice(self._backwards(), count))

    def journaled_after(self, time: datetime) -> Lines:
        """The newest journal lines down to the first that was written then or before."""
        return _oldest_first(takewhile(lambda pair: pair[0].at > time, self._backwards()))

    def _backwards(self) -> Iterator[tuple[Line, Place]]:
        return self._journal.backwards() if self._journal else iter(())

    def last(self, limit: int) -> list[Told]:
        """The last lines of what was told, the newest first."""
        lines = self.whole(self.data(_TAIL)).split(b"\n")
        if len(lines) > 1 and regular.size(self.path) > _TAIL:
            del lines[0]  # the end of a line that begins further up
        found = (self._parsed(raw) for raw in reversed(lines) if raw)
        return list(islice((one for one in found if isinstance(one, Told)), limit))

    def told_new(self, key: Key) -> frozenset[int]:
        """Every article that was ever told to a notice as new."""
        name, target = (re.escape(part.encode()) for part in key)
        return frozenset(int(one[1]) for one in re.finditer(_NEW % (name, target), self.data()))

    def lines(self) -> int:
        """Lines since the one that says how all notices stand."""
        data = self.data(_TAIL)
        return data[max(0, data.rfind(_STANDING)) :].count(b"\n")

    def require_room(self) -> None:
        """Before anything is told: whether it could be written down.  Raises ``OSError``."""
        if shutil.disk_usage(self.path.parent).free < _ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        if self.path.exists():
            os.close(regular.opened(self.path, os.O_WRONLY))

    def add(self, told: Iterable[Told]) -> None:
        """Write lines and flush them.  Raises ``OSError``."""
        self.add_bytes(b"".join(one.to_bytes() for one in told))

    def stand(self, at: datetime, standings: Iterable[NoticeStanding]) -> None:
        """Write down how all of them stand: those, and no others, are configured."""
        notices: list[Json] = [one.as_json() for one in standings]
        self.add_bytes(_line({"at": time_json(at), "event": "configured", "notices": notices}))

    def wrong(self) -> str | None:
        """The first line that cannot be read, in words; ``None`` where all can."""
        for number, raw in enumerate(self._lines(), 1):
            if isinstance(why := _read(raw), str):
                return f"line {number} is none of notices.jsonl: {why}"
        return None

    def salvaged(self) -> bytes | None:
        """What can be read of a file with lines that cannot; ``None`` where all can."""
        lines = self._lines()
        kept = [raw for raw in lines if not isinstance(_read(raw), str)]
        return None if len(kept) == len(lines) else b"".join(raw + b"\n" for raw in kept)

    def _lines(self) -> list[bytes]:
        return self.whole(self.data()).split(b"\n")[:-1]

    def _parsed(self, raw: bytes) -> Told | Mapping[Key, NoticeStanding]:
        found = _read(raw)
        if isinstance(found, str):
            raise ArchiveError(
                f"a line is none of notices.jsonl: {found}", about=str(self.path), advice=DAMAGE
            )
        return found


def _oldest_first(newest: Iterable[tuple[Line, Place]]) -> Lines:
    return tuple(reversed([(line, at.digest) for line, at in newest]))


def _read(raw: bytes) -> Told | Mapping[Key, NoticeStanding] | str:
    """What a line says, or why it cannot be read."""
    try:
        return _parse(raw)
    except KeyError as error:
        return f"{error.args[0]} is missing"
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        return str(error) or type(error).__name__


def _line(values: Mapping[str, Json]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def _parse(raw: bytes) -> Told | dict[Key, NoticeStanding]:
    value = json.loads(raw)
    if value["event"] == "configured":
        if not isinstance(value["notices"], list):
            raise ValueError("notices is no list")
        return {one.key: one for one in _standings(value["notices"])}
    event, notice, target = (_text(value[name]) for name in ("event", "notice", "target"))
    article = value.get("id")
    if article is not None and type(article) is not int:
        raise ValueError("id is no number")
    line, entry = (value.get(name) and _text(value[name]) for name in ("line", "entry"))
    return Told(time_from_json(value["at"]), event, notice, target, article, line, entry)


def _standings(values: Iterable[Mapping[str, Json]]) -> Iterator[NoticeStanding]:
    for one in values:
        settled, quiet, open_, failing = (
            one[name] for name in ("settled", "quiet", "open", "failing")
        )
        if not isinstance(settled, list) or not isinstance(quiet, list):
            raise ValueError("settled and quiet are lists")
        on = one.get("on", [])
        if not isinstance(open_, list) or not isinstance(on, list):
            raise ValueError("open and on are lists")
        yield NoticeStanding(
            _text(one["notice"]),
            _text(one["target"]),
            time_from_json(_text(one["since"])),
            _text(one["place"]) if one["place"] is not None else None,
            time_from_json(_text(one["until"])),
            frozenset(map(_text, settled)),
            frozenset(number for number in quiet if isinstance(number, int)),
            frozenset(map(_text, open_)),
            _text(one["entry"]),
            time_from_json(_text(failing)) if failing is not None else None,
            tuple(map(_text, on)),
        )


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise ValueError("a value is no text")
    return value
