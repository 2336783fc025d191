"""``pending.jsonl``: articles found and not yet read, written down before the first
of them is read, so that a walk cut short leaves no hole.

It is also the archive's write-ahead note: a record that a crash left without its
journal line stands here, so that nobody has to search the whole archive for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.archive import append
from feedsvc.archive.records import DAMAGE
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError, unreadable
from feedsvc.model import Row, Status
from feedsvc.recordjson import time_from_json, time_json


@dataclass(frozen=True, slots=True)
class Pending:
    """An article that was found and is to be read: the row that listed it, and when.

    Of one that was withdrawn also when its record was first seen, and where that came from.
    """

    id: int
    url: str
    found_at: datetime
    sections: tuple[str, ...] = ()
    title: str = ""
    summary: str = ""
    listed_at: datetime | None = None
    hint: Status | None = None
    first_seen_at: datetime | None = None
    origin: str | None = None

    @classmethod
    def of(cls, row: Row, found_at: datetime) -> Pending:
        return cls(
            row.id, row.url, found_at, row.sections, row.title, row.summary, row.listed_at, row.hint
        )

    @property
    def row(self) -> Row:
        """The row again, its byline left out."""
        return Row(
            self.id,
            self.url,
            self.title,
            self.summary,
            listed_at=self.listed_at,
            sections=self.sections,
            hint=self.hint,
        )


class PendingFile:
    """The file; one line an article, the later line of an id adding to the earlier."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[int, Pending]:
        """By id, in the order found; a last line that a crash cut off is left out.

        Raises ``ArchiveError`` for any other line that cannot be read.
        """
        data = self._data()
        found: dict[int, Pending] = {}
        for number, line in enumerate(data[: _whole(data)].splitlines(), 1):
            item = _item(line)
            if isinstance(item, Exception):
                raise ArchiveError(
                    f"line {number} is no pending article: {item!r}",
                    about=str(self._path),
                    advice=DAMAGE,
                ) from item
            found[item.id] = joined(found.get(item.id), item)
        return found

    def salvaged(self) -> dict[int, Pending] | None:
        """What can be read of a file with lines that cannot; ``None`` where all can."""
        items = [_item(line) for line in self._data().splitlines()]
        if not any(isinstance(item, Exception) for item in items):
            return None
        found: dict[int, Pending] = {}
        for item in items:
            if isinstance(item, Pending):
                found[item.id] = joined(found.get(item.id), item)
        return found

    def torn(self) -> tuple[Path, int] | None:
        """The file and the length of what is whole, if a crash cut off its last line."""
        data = self._data()
        whole = _whole(data)
        return None if whole == len(data) else (self._path, whole)

    def _data(self) -> bytes:
        try:
            return regular.read(self._path)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise unreadable(self._path, error) from error

    def add(self, items: Iterable[Pending]) -> None:
        """One append and one flush for all.  Raises ``OSError``."""
        data = b"".join(_to_json(item) for item in items)
        if data:
            append.append(self._path, data, append.size(self._path))

    def replace(self, items: Iterable[Pending]) -> None:
        """The file holds these and no other.  Raises ``OSError``."""
        atomic.write(self._path, b"".join(_to_json(item) for item in items))


_BEGIN = b'{"id": '
_REMEMBERED = "pending:"


def remember(state: State, items: Iterable[Pending]) -> None:
    """Note in ``.state`` too what is pending: only an alarm, should the file be lost."""
    rows = [(f"{_REMEMBERED}{item.id}", _to_json(item).decode()) for item in items]
    if rows:
        with state.transaction():
            state.many("INSERT OR REPLACE INTO meta VALUES(?,?)", rows)


def forget(state: State, ids: Iterable[int]) -> None:
    with state.transaction():
        state.many("DELETE FROM meta WHERE key=?", [(f"{_REMEMBERED}{one}",) for one in ids])


def remembered(state: State) -> dict[int, Pending]:
    """By id, what was pending when ``.state`` was last told."""
    rows = state.rows("SELECT value FROM meta WHERE key >= 'pending:' AND key < 'pending;'")
    items = (_item(str(value).encode()) for (value,) in rows)
    return {item.id: item for item in items if isinstance(item, Pending)}


def _item(line: bytes) -> Pending | Exception:
    try:
        return _from_json(line)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return error


def _whole(data: bytes) -> int:
    """How much of the file is whole lines; what a crash cannot leave counts as a line."""
    tail = data[data.rfind(b"\n") + 1 :].rstrip(b"\0")
    if tail and not (tail.startswith(_BEGIN) or _BEGIN.startswith(tail)):
        return len(data)
    data = data[: data.rfind(b"\n") + 1]
    zeros = data.find(b"\0")  # blocks given out and never filled before the power went
    return len(data) if zeros < 0 else data.rfind(b"\n", 0, zeros) + 1


def joined(before: Pending | None, after: Pending) -> Pending:
    """The same article found again: today's row, every section, the first time."""
    if before is None:
        return after
    return replace(
        after,
        found_at=min(before.found_at, after.found_at),
        sections=tuple(dict.fromkeys((*before.sections, *after.sections))),
        listed_at=after.listed_at or before.listed_at,
        hint=after.hint or before.hint,
        first_seen_at=before.first_seen_at or after.first_seen_at,
        origin=before.origin or after.origin,
    )


def _to_json(item: Pending) -> bytes:
    values = {
        "id": item.id,
        "url": item.url,
        "found_at": time_json(item.found_at),
        "sections": list(item.sections),
        "title": item.title,
        "summary": item.summary,
        "listed_at": time_json(item.listed_at) if item.listed_at else None,
        "hint": item.hint.value if item.hint else None,
    }
    if item.first_seen_at is not None:
        values |= {"first_seen_at": time_json(item.first_seen_at), "origin": item.origin}
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def _from_json(line: bytes) -> Pending:
    value = json.loads(line)
    seen, origin = value.get("first_seen_at"), value.get("origin")
    return Pending(
        id=int(value["id"]),
        url=str(value["url"]),
        found_at=time_from_json(value["found_at"]),
        sections=tuple(str(code) for code in value["sections"]),
        title=str(value["title"]),
        summary=str(value["summary"]),
        listed_at=time_from_json(value["listed_at"]) if value["listed_at"] else None,
        hint=Status(value["hint"]) if value["hint"] else None,
        first_seen_at=time_from_json(seen) if seen else None,
        origin=str(origin) if origin else None,
    )
