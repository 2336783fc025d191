"""What is known about records without opening their files.  Derived: every row
comes from a record's file and the journal, and can be made again from them.

The place in the journal up to which it was made stands beside the rows, written
in the same transaction, so that it notices when it is behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from feedsvc.archive import records
from feedsvc.archive.journal import Journal, Line, Place
from feedsvc.archive.layout import Layout
from feedsvc.archive.state import State
from feedsvc.model import Record, Status
from feedsvc.sentences import sketch
from feedsvc.site import KST

_EPOCH = datetime(1970, 1, 1, tzinfo=KST) + timedelta(hours=9)
_TEXT = frozenset({"title", "subtitle", "body"})
_SOME = 500  # values in one statement; SQLite's own limit was 999 once

Progress = Callable[[int], None]
"""Told how many records were read, now and then."""


@dataclass(frozen=True, slots=True)
class Known:
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
        """The journal line up to which the rows are made."""
        value = self._state.meta("head")
        return Place(*json.loads(value)) if value else None

    def set_head(self, place: Place) -> None:
        self._state.set_meta("head", json.dumps([place.file, place.end, place.digest]))

    def put(self, record: Record) -> None:
        old = self._state.rows("SELECT sections, newest FROM record WHERE id=?", (record.id,))
        with self._state.transaction():
            for sections, newest in old:
                self._state.many(
                    "DELETE FROM listing WHERE section=? AND newest=? AND id=?",
                    [(code, newest, record.id) for code in ("", *sections.split())],
                )
            newest = micros(newest_key(record))
            released = record.access.released_at
            revised = revised_at(record)
            self._state.rows(
                "INSERT OR REPLACE INTO record VALUES(?,?,?,?,?,?,?,?)",
                (
                    record.id,
                    record.title,
                    record.access.status.value,
                    " ".join(record.sections),
                    record.digest,
                    newest,
                    None if released is None else micros(released),
                    None if revised is None else micros(revised),
                ),
            )
            self._state.many(
                "INSERT OR REPLACE INTO listing VALUES(?,?,?)",
                [(code, newest, record.id) for code in {"", *record.sections}],
            )
            month, at = f"{record.published_at.astimezone(KST):%Y-%m}", micros(record.published_at)
            self._state.rows("DELETE FROM published WHERE id=?", (record.id,))
            self._state.many(
                "INSERT OR REPLACE INTO published VALUES(?,?,?,?)",
                [(code, month, at, record.id) for code in {"", *record.sections}],
            )
            self._state.rows("DELETE FROM sketch WHERE id=?", (record.id,))
            self._state.many(
                "INSERT OR REPLACE INTO sketch VALUES(?,?,?)",
                [(one, at, record.id) for one in sketch(record.body)],
            )

    def put_line(self, article_id: int, file: str, at: datetime) -> None:
        self._state.rows(
            "INSERT OR REPLACE INTO journaled VALUES(?,?,?)", (article_id, file, micros(at))
        )

    def line(self, article_id: int) -> tuple[str, int] | None:
        """The file digest and time of an id's last journal line."""
        rows = self._state.rows("SELECT file, at FROM journaled WHERE id=?", (article_id,))
        return (str(rows[0][0]), int(rows[0][1])) if rows else None

    def known(self, ids: Iterable[int]) -> Mapping[int, Known]:
        wanted = list(dict.fromkeys(ids))
        found: dict[int, Known] = {}
        for start in range(0, len(wanted), _SOME):
            some = wanted[start : start + _SOME]
            for row in self._state.rows(
                "SELECT id, title, status, sections, digest FROM record"
                f" WHERE id IN ({','.join('?' * len(some))})",
                some,
            ):
                article_id, title, status, sections, digest = row
                found[article_id] = Known(
                    article_id, title, Status(status), tuple(sections.split()), digest
                )
        return MappingProxyType(found)

    def marks(self, section: str, ids: Iterable[int]) -> Mapping[int, str]:
        wanted = list(dict.fromkeys(ids))
        found: dict[int, str] = {}
        for start in range(0, len(wanted), _SOME):
            some = wanted[start : start + _SOME]
            rows = self._state.rows(
                "SELECT id, digest FROM mark"
                f" WHERE section=? AND id IN ({','.join('?' * len(some))})",
                (section, *some),
            )
            found.update(rows)
        return MappingProxyType(found)

    def newest(self, limit: int, since: datetime, section: str | None) -> list[int]:
        return self._first(
            "SELECT id, newest FROM listing WHERE section=? ORDER BY newest DESC, id DESC",
            (section or "",),
            limit,
            since,
        )

    def newest_first(self, section: str | None) -> Iterator[int]:
        """Every id in the order of :meth:`newest`, read some at a time."""
        newest, last = 2**63 - 1, 0
        while rows := self._state.rows(
            "SELECT newest, id FROM listing WHERE section=? AND (newest, id) < (?, ?)"
            " ORDER BY newest DESC, id DESC LIMIT ?",
            (section or "", newest, last, _SOME),
        ):
            for _, article_id in rows:
                yield int(article_id)
            newest, last = rows[-1]

    def released(self, limit: int, since: datetime) -> list[int]:
        return self._first(
            "SELECT id, released FROM record WHERE released IS NOT NULL"
            " ORDER BY released DESC, id DESC",
            (),
            limit,
            since,
        )

    def revised(self, limit: int, since: datetime) -> list[int]:
        return self._first(
            "SELECT id, revised FROM record WHERE revised IS NOT NULL"
            " ORDER BY revised DESC, id DESC",
            (),
            limit,
            since,
        )

    def months(self, section: str | None) -> list[str]:
        rows = self._state.rows(
            "WITH RECURSIVE known(month) AS ("
            " SELECT min(month) FROM published WHERE section=? UNION ALL"
            " SELECT (SELECT min(month) FROM published WHERE section=? AND month>known.month)"
            " FROM known WHERE known.month IS NOT NULL"
            ") SELECT month FROM known WHERE month IS NOT NULL",
            (section or "",) * 2,
        )
        return [str(row[0]) for row in rows]

    def month(self, month: str, section: str | None) -> list[int]:
        rows = self._state.rows(
            "SELECT id FROM published WHERE section=? AND month=? ORDER BY at, id",
            (section or "", month),
        )
        return [int(row[0]) for row in rows]

    def resembling(self, record: Record, within: timedelta, limit: int) -> list[int]:
        """The ids of other records published around the same time that share sentences
        with this one, those that share most first."""
        hashes = sketch(record.body)
        rows = self._state.rows(
            "SELECT id FROM sketch"
            f" WHERE hash IN ({','.join('?' * len(hashes))}) AND at BETWEEN ? AND ? AND id<>?"
            " GROUP BY id ORDER BY count(*) DESC, min(at), id LIMIT ?",
            (
                *hashes,
                micros(record.published_at - within),
                micros(record.published_at + within),
                record.id,
                limit,
            ),
        )
        return [int(row[0]) for row in rows]

    def with_status(self, statuses: Iterable[str]) -> list[int]:
        wanted = list(statuses)
        marks = ",".join("?" * len(wanted))
        rows = self._state.rows(
            f"SELECT id FROM record WHERE status IN ({marks}) ORDER BY id", tuple(wanted)
        )
        return [row[0] for row in rows]

    def ids(self) -> Iterator[int]:
        last = -1
        while rows := self._state.rows(
            "SELECT id FROM record WHERE id>? ORDER BY id LIMIT 10000", (last,)
        ):
            for (article_id,) in rows:
                yield article_id
            last = rows[-1][0]

    def count(self) -> int:
        return int(self._state.rows("SELECT count(*) FROM record")[0][0])

    def catch_up(self, journal: Journal, layout: Layout, *, lenient: bool = False) -> None:
        """Read again the records that the journal names behind :meth:`head`.

        Raises ``ArchiveError`` for a broken chain or, unless ``lenient``, record.
        """
        with self._state.transaction():
            last: Place | None = None
            lines: dict[int, Line] = {}
            for line, place in journal.after(self.head()):
                lines[line.id], last = line, place
            for line in lines.values():
                self.put_line(line.id, line.file, line.at)
                found = records.read(layout.record(line.id), line.id, lenient=lenient)
                if found:
                    self.put(found[0])
            if last is not None:
                self.set_head(last)

    def remake(
        self, journal: Journal, layout: Layout, progress: Progress | None = None,
        *, lenient: bool = False,
    ) -> None:  # fmt: skip
        """Make every row again from journal and records."""
        with self._state.transaction():
            for table in ("record", "listing", "published", "journaled", "sketch"):
                self._state.rows(f"DELETE FROM {table}")
            self._state.rows("DELETE FROM meta WHERE key='head'")
            last: Place | None = None
            for line, place in journal.after(None):
                self.put_line(line.id, line.file, line.at)
                last = place
            if last is not None:
                self.set_head(last)
            for number, (article_id, path) in enumerate(layout.records(), 1):
                found = records.read(path, article_id, lenient=lenient)
                if found:
                    self.put(found[0])
                if progress and number % 100 == 0:
                    progress(number)
            self._state.set_meta("made", "1")

    @property
    def made(self) -> bool:
        """Whether the rows were ever made from the whole archive."""
        return self._state.meta("made") is not None

    def _first(self, sql: str, values: tuple[str, ...], limit: int, since: datetime) -> list[int]:
        bound = micros(since)
        rows = self._state.first(sql, values, lambda n, row: n < limit or row[1] >= bound)
        return [int(row[0]) for row in rows]


def newest_key(record: Record) -> datetime:
    """The time by which a record is newer than another in a feed: when it was first
    seen, or of a backfilled one, when it was published (contract, section 5)."""
    return record.published_at if record.origin == "backfill" else record.first_seen_at


def revised_at(record: Record) -> datetime | None:
    """When the text last changed: a release or a new keyword is no revision of it."""
    times = [r.seen_at for r in record.revisions if _TEXT & set(r.changed)]
    return max(times, default=None)


def micros(at: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1)
