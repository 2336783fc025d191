"""What is known about records without opening their files.  Derived: every row
comes from a record's file and the journal, and can be made again from them.

The place in the journal up to which it was made stands beside the rows, written
in the same transaction, so that it notices when it is behind.
"""

import json
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, takewhile
from types import MappingProxyType
from typing import Any, Literal

from feedsvc.catalogue.database import ANY, all_of
from feedsvc.catalogue.record import RecordRows, Tally, day_of, rows_of, tallies
from feedsvc.catalogue.search import Search
from feedsvc.catalogue.state import State
from feedsvc.model import Record, Status
from feedsvc.moment import micros, time_of
from feedsvc.recordjson import sha256
from feedsvc.text import sketch

NOTHING = sha256(b"")
"""What a journal line names as the file of an article that has no record (any more)."""

MOVED = "moved"
"""In place of that, of one whose page led to another id before it was ever read."""

_LAYOUT = "layout:"
_OLD = "SELECT sketch, status, locked, words FROM record WHERE id=?"
_SOME = 500  # rows at a time


@dataclass(frozen=True, slots=True)
class Place:
    """The end of a journal line: its file's name, the offset behind its newline, its digest."""

    file: str
    end: int
    digest: str


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """What the index says of a record."""

    id: int
    title: str
    status: Status
    sections: tuple[str, ...]
    digest: str


class Index:
    """Rows in a :class:`State`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def head(self) -> Place | None:
        """The journal line up to which the rows are made; ``None`` also where that cannot be
        read any more."""
        value = self._state.meta("head")
        try:
            return Place(*json.loads(value)) if value else None
        except (ValueError, TypeError):
            return None

    def set_head(self, place: Place) -> None:
        self._state.set_meta("head", json.dumps([place.file, place.end, place.digest]))

    def forget(self) -> None:
        """Of another journal than there is: all is made again."""
        self._state.rows("DELETE FROM meta WHERE key IN ('head', 'made')")

    def drop(self, article_id: int) -> None:
        """The article has no record any more."""
        for *row, _ in self._state.rows(_OLD, (article_id,)):
            self._take_out(article_id, *row)
        self._state.rows("DELETE FROM record WHERE id=?", (article_id,))

    def put(self, record: Record) -> None:
        new = rows_of(record)
        old = self._state.rows(_OLD, (record.id,))
        with self._state.transaction():
            for *row, _ in old:
                self._take_out(record.id, *row)
            self.put_rows((new,))
            self._state.many("INSERT OR REPLACE INTO sketch VALUES(?,?,?)", new.sketch)
            search = Search(self._state)
            if search.takes(record.id):
                search.put(record, old[0][-1] if old else None)

    def _take_out(self, article_id: int, hashes: bytes, status: str, locked: int) -> None:
        listed = self._state.rows("SELECT section, at FROM published WHERE id=?", (article_id,))
        self._state.many(
            "DELETE FROM sketch WHERE hash=? AND at=? AND id=?",
            [
                (one, at, article_id)
                for (one,) in struct.iter_unpack("<q", hashes)
                for at in {at for _, at in listed}
            ],
        )
        days = [(code, day_of(time_of(at))) for code, at in listed]
        _count(self._state, Counter(tallies(Status(status), days, locked=bool(locked))), -1)
        self._state.rows("DELETE FROM published WHERE id=?", (article_id,))

    def put_rows(self, many: Sequence[RecordRows]) -> None:
        """Rows of records of which nothing stands there; all but their sketches."""
        for table, width, rows in (
            ("record", 18, [one.record for one in many]),
            ("published", 4, [row for one in many for row in one.published]),
        ):
            marks = ",".join("?" * width)
            self._state.many(f"INSERT OR REPLACE INTO {table} VALUES({marks})", rows)
        _count(self._state, Counter(chain.from_iterable(one.tally for one in many)), 1)

    def put_lines(self, lines: Iterable[tuple[int, str, datetime]]) -> None:
        """The journal's last line of each article: its file's digest, or :data:`MOVED`."""
        self._state.many(
            "INSERT OR REPLACE INTO journaled VALUES(?,?,?)",
            ((number, file, micros(at)) for number, file, at in lines),
        )

    def put_layout(self, number: int, file: str) -> None:
        """The digest of a learned layout's file, by its last line."""
        self._state.set_meta(f"{_LAYOUT}{number}", file)

    def layouts(self) -> dict[int, str]:
        """The digest of the file of each learned layout that was ever journaled."""
        rows = self._state.rows(
            "SELECT key, value FROM meta WHERE key>=? AND key<?", (_LAYOUT, f"{_LAYOUT}~")
        )
        return {int(str(key)[len(_LAYOUT) :]): str(file) for key, file in rows}

    def line(self, article_id: int) -> tuple[str, int] | None:
        """The file digest and time of an id's last journal line; ``None`` for one that
        moved before it was ever read."""
        rows = self._state.rows(
            "SELECT file, at FROM journaled WHERE id=? AND file<>?", (article_id, MOVED)
        )
        return (str(rows[0][0]), int(rows[0][1])) if rows else None

    def moved(self, ids: Iterable[int] | None = None) -> dict[int, datetime]:
        """Those of the ids (``None``: of all) that have no record because their page led
        to another one, and when it first did."""
        sql = f"SELECT id, at FROM journaled WHERE file='{MOVED}'"
        if ids is None:
            rows = self._state.rows(f"{sql} ORDER BY id")
        else:
            rows = self._state.rows(f"{sql} AND id IN {ANY}", (all_of(ids),))
        return {int(one): time_of(at) for one, at in rows}

    def dated(self) -> Iterator[tuple[int, datetime]]:
        """Every id kept, rising, and when its article was published."""
        return ((one, time_of(at)) for one, at in self._by_id("SELECT id, at FROM record WHERE 1"))

    def _by_id(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows by rising id, some at a time, whoever writes meanwhile."""
        sql, last = f"{sql} AND id>? ORDER BY id LIMIT 10000", -1
        while rows := self._state.rows(sql, (*values, last)):
            yield from rows
            last = rows[-1][0]

    def ends(self, limit: int) -> tuple[int, list[tuple[int, datetime]]] | None:
        """The lowest id kept, and the highest ones, rising, with the times of their articles."""
        lowest = self._state.value("SELECT min(id) FROM record")
        rows = self._state.rows("SELECT id, at FROM record ORDER BY id DESC LIMIT ?", (limit,))
        if lowest is None:
            return None
        return int(lowest), [(int(one), time_of(at)) for one, at in reversed(rows)]

    def known(self, ids: Iterable[int]) -> Mapping[int, KnownRecord]:
        """Those of the ids that are kept; no record file is opened."""
        rows = self._state.rows(
            f"SELECT id, title, status, sections, digest FROM record WHERE id IN {ANY}",
            (all_of(ids),),
        )
        return MappingProxyType(
            {
                one: KnownRecord(one, title, Status(status), tuple(sections.split()), digest)
                for one, title, status, sections, digest in rows
            }
        )

    def marks(self, section: str, ids: Iterable[int]) -> Mapping[int, str]:
        sql = f"SELECT id, digest FROM mark WHERE section=? AND id IN {ANY}"
        return MappingProxyType(dict(self._state.rows(sql, (section, all_of(ids)))))

    def set_marks(self, section: str, marks: Mapping[int, str]) -> None:
        """Remember, by id, the digest of each row as a section (its name) listed it."""
        with self._state.transaction():
            self._state.many(
                "INSERT OR REPLACE INTO mark VALUES(?,?,?)",
                [(section, article_id, digest) for article_id, digest in marks.items()],
            )

    def has_marks(self, section: str) -> bool:
        """Whether any row of a section is remembered."""
        sql = "SELECT 1 FROM mark WHERE section=? LIMIT 1"
        return self._state.value(sql, (section,)) is not None

    def newest(self, limit: int, since: datetime, section: str | None) -> list[int]:
        rows = self._state.each(
            "SELECT id, newest FROM published WHERE section=? ORDER BY newest DESC, id DESC",
            (section or "",),
        )
        bound = micros(since)
        wanted = takewhile(lambda one: one[0] < limit or one[1][1] >= bound, enumerate(rows))
        return [int(row[0]) for _, row in wanted]

    def newest_first(self, section: str | None) -> Iterator[int]:
        """Every id in the order of :meth:`newest`, read some at a time."""
        newest, last = 2**63 - 1, 0
        while rows := self._state.rows(
            "SELECT newest, id FROM published WHERE section=? AND (newest, id) < (?, ?)"
            " ORDER BY newest DESC, id DESC LIMIT ?",
            (section or "", newest, last, _SOME),
        ):
            yield from (int(article_id) for _, article_id in rows)
            newest, last = rows[-1]

    def happened(self, what: Literal["released", "revised"], since: datetime) -> list[int]:
        """The records that were released, or whose text changed the last time, not before
        ``since``; the newest such first."""
        return self._ids(
            f"SELECT id FROM record WHERE {what}>=? ORDER BY {what} DESC, id DESC", micros(since)
        )

    def resembling(self, record: Record, within: timedelta, limit: int = 20) -> list[int]:
        """The ids of at most ``limit`` other records, published no further apart than
        ``within``, that share sentences with this one; those that share most first."""
        hashes = sketch(record.body)
        return self._ids(
            "SELECT id FROM sketch"
            f" WHERE hash IN ({','.join('?' * len(hashes))}) AND at BETWEEN ? AND ? AND id<>?"
            " GROUP BY id ORDER BY count(*) DESC, min(at), id LIMIT ?",
            *hashes,
            micros(record.published_at - within),
            micros(record.published_at + within),
            record.id,
            limit,
        )

    def with_status(self, statuses: Iterable[str]) -> list[int]:
        sql = f"SELECT id FROM record WHERE status IN {ANY} ORDER BY id"
        return self._ids(sql, all_of(statuses))

    def ids(self) -> Iterator[int]:
        """Every id kept, rising."""
        return (one for (one,) in self._by_id("SELECT id FROM record WHERE 1"))

    def files(self) -> Iterator[tuple[int, str]]:
        """Every id that was journaled and has a record, rising, with the digest of its file."""
        sql = "SELECT id, file FROM journaled WHERE file NOT IN (?,?)"
        return ((int(one), str(file)) for one, file in self._by_id(sql, MOVED, NOTHING))

    def unknown(self) -> list[int]:
        """The ids of records that were never journaled."""
        return self._ids("SELECT id FROM record WHERE id NOT IN (SELECT id FROM journaled)")

    def missing(self) -> list[int]:
        """The ids of which the journal names a record and none is known."""
        return self._ids(
            "SELECT id FROM journaled"
            " WHERE file NOT IN (?,?) AND id NOT IN (SELECT id FROM record)",
            MOVED,
            NOTHING,
        )

    def files_of(self, folder: int) -> dict[int, str]:
        """By id, the digest of each record's file in a folder, as the journal has it."""
        rows = self._state.rows(
            "SELECT id, file FROM journaled WHERE id BETWEEN ? AND ?",
            (folder * 1000, folder * 1000 + 999),
        )
        return {int(article_id): str(file) for article_id, file in rows}

    @property
    def made(self) -> bool:
        """Whether the rows were ever made from the whole archive."""
        return self._state.meta("made") is not None

    def _ids(self, sql: str, *values: object) -> list[int]:
        return [int(one) for (one,) in self._state.rows(sql, values)]


def _count(state: State, counted: Counter[Tally], way: int) -> None:
    """Count records in (``way`` 1) or out (-1)."""
    state.many(
        "INSERT INTO tally VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET count=count+excluded.count",
        [(*one, way * number) for one, number in counted.items()],
    )
    if way < 0:
        state.many(
            "DELETE FROM tally WHERE section=? AND access=? AND unit=? AND period=? AND count<=0",
            list(counted),
        )
