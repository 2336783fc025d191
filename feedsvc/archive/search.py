"""Finding articles by their words, and listing them, without opening their files.

Derived: ``.state/search.sqlite``, made from journal and records, brought up to date in
the same step as the index.  In: words and a :class:`Filter`.  Out: :class:`Found`,
newest first (by id, as the site numbers them) or best first.
How text becomes tokens is ``words``' question.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from feedsvc import regular, words
from feedsvc.archive import database, records
from feedsvc.archive.database import Opened
from feedsvc.archive.finding import Order
from feedsvc.archive.index import micros
from feedsvc.archive.journal import Journal, Place
from feedsvc.archive.layout import Layout
from feedsvc.archive.remake import Progress
from feedsvc.archive.selection import FIELDS, ROWS, Filter, Found, Selection, found
from feedsvc.errors import ArchiveError
from feedsvc.model import Event, Record
from feedsvc.recordjson import time_json
from feedsvc.teaser import is_members, teaser
from feedsvc.text import visible

__all__ = ["Filter", "Found", "Search"]

VERSION = 3
# Of one article, before the index takes them for one; as many rows follow of what
# everybody may read of it.
_VERSIONS = ROWS // 2
_SPAN = 1 << 41  # microseconds, some 25 days
_STEP = 500  # records a transaction while the whole is made
_SCHEMA = (
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # ``doc`` is the row of the article's newest text, ``shown`` that of what may be read
    # without a token; times are microseconds since 1970.
    "CREATE TABLE article(id INTEGER PRIMARY KEY, doc INTEGER NOT NULL, shown INTEGER NOT NULL,"
    " at INTEGER NOT NULL, published TEXT NOT NULL, status TEXT NOT NULL,"
    " locked INTEGER NOT NULL, sections TEXT NOT NULL, reporters TEXT NOT NULL,"
    " title TEXT NOT NULL, url TEXT NOT NULL, gone INTEGER NOT NULL, words BLOB NOT NULL)",
    "CREATE INDEX article_status ON article(status)",
    # Between which ids the articles of a time stand, as ids rise with the times: to leave
    # the others out unread.
    "CREATE TABLE span(time INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL)",
    # The text itself stands in the records: ``content=''`` keeps tokens alone.  SQLite
    # before 3.43 cannot delete from such a table, so a revised article gets a new row
    # and the row before is not joined any more.
    "CREATE VIRTUAL TABLE text USING"
    f" fts5(head, body, by, content='', tokenize=\"{words.TOKENIZER}\")",
)
# Hits in headline, sub-headline and keywords count ten times those in the body.
_BEST = "bm25(text, 10.0, 1.0, 0.0)"


class Search:
    """The index in one SQLite file, or in memory."""

    def __init__(self, connection: sqlite3.Connection, opened: Opened | None = None) -> None:
        self._connection = connection
        self._opened = opened

    @classmethod
    def in_memory(cls) -> Search:
        search = cls(database.connect(":memory:"))
        search._prepare()
        return search

    @classmethod
    def to_write(cls, folder: Path) -> Search | None:
        """The file, made again where it is missing, broken or of another version;
        ``None`` where the disk does not allow it: lists then work without it."""
        path = folder / "search.sqlite"
        for _ in range(2):
            with suppress(sqlite3.Error, OSError):
                regular.made(path)  # for its mode
                search = cls(database.connect(str(path)))
                try:
                    search._connection.execute("PRAGMA journal_mode=WAL")
                    search._connection.execute("PRAGMA synchronous=NORMAL")
                    search._connection.execute("PRAGMA cache_size=-512")  # KB: polls stay small
                    search._prepare()
                    return search
                except sqlite3.OperationalError:
                    search.close()
                    return None
                except sqlite3.Error:
                    search.close()
            with suppress(OSError):
                database.make_anew(path)
        return None

    @classmethod
    def to_read(cls, folder: Path) -> Search | None:
        """The file as it stands, or a copy of it where this user may not write beside it;
        ``None`` where it is not there or not whole."""
        with suppress(sqlite3.Error, OSError):
            opened = database.to_read(folder / "search.sqlite")
            search = cls(opened.connection, opened)
            if search._version() == VERSION and search.made:
                return search
            search.close()
        return None

    @property
    def is_copy(self) -> bool:
        """Whether it reads a copy of the file (see ``database``), which took a while."""
        return self._opened is not None and self._opened.copied is not None

    @property
    def is_current(self) -> bool:
        """Whether the file of which it is a copy still is as it was."""
        return self._opened is None or self._opened.is_current

    @property
    def made(self) -> bool:
        """Whether it holds the whole archive up to :meth:`head`."""
        return self._meta("made") is not None

    def head(self) -> Place | None:
        value = self._meta("head")
        return Place(*json.loads(value)) if value else None

    def close(self) -> None:
        self._connection.close()
        words.forget()

    # Writing

    def put(self, record: Record, place: Place | None) -> None:
        """Take in a record; ``place`` is the end of its journal line, if that is new."""
        with self._transaction():
            self._put(record)
            if place is not None:
                self._set_head(place)

    def catch_up(self, journal: Journal, layout: Layout) -> None:
        """Take in what was journaled since, made or not.  Damaged records are left out."""
        if self._meta("upto") is None:
            # What is journaled before it is made is behind this place, and taken in too.
            with self._transaction():
                tail = journal.tail()
                if tail is not None:
                    self._set_head(tail)
                self._set_meta("upto", "-1")
        if journal.reached(self.head()):
            return
        with self._transaction():
            last, ids = self.head(), set()
            for line, place in journal.after(last):
                if line.event is Event.WITHDRAWN:
                    # Its words cannot be taken out one by one.
                    raise ArchiveError("a record was withdrawn since: it is made anew")
                if line.article is not None:
                    ids.add(line.article)
                last = place
            for article_id in sorted(ids):
                found = records.read(layout.record(article_id), article_id, lenient=True)
                if found:
                    self._put(found[0])
            if last is not None:
                self._set_head(last)

    def make(
        self, layout: Layout, limit: int | None = None, progress: Progress | None = None
    ) -> None:
        """Go on where it was cut off, with ``limit`` records at most."""
        if self.made:
            return
        self._connection.execute("PRAGMA cache_size=-16000")
        folders, upto = layout.folders(), int(self._meta("upto") or -1)
        left = [folder for folder in folders if folder >= upto // 1000]
        total = layout.count(folders)
        done = total - layout.count(left)
        paths = (one for folder in left for one in layout.within(folder) if one[0] > upto)
        wanted = paths if limit is None else islice(paths, limit)
        while some := list(islice(wanted, _STEP)):
            with self._transaction():
                for article_id, path in some:
                    found = records.read(path, article_id, lenient=True)
                    if found:
                        self._put(found[0])
                self._set_meta("upto", str(some[-1][0]))
            done += len(some)
            if progress:
                progress(done, total)
        if next(paths, None) is None:
            with self._transaction():
                self._set_meta("made", "1")
        self._connection.execute("PRAGMA cache_size=-512")

    def _put(self, record: Record) -> None:
        cut = _Cut.of(record)
        open_cut = _Cut.of(teaser(record)) if is_members(record) else cut
        said = cut.digest if open_cut is cut else cut.digest + open_cut.digest
        first = doc = record.id * ROWS
        row = self._connection.execute(
            "SELECT doc, words FROM article WHERE id=?", (record.id,)
        ).fetchone()
        if row:
            doc = row[0] if row[1] == said else min(row[0] + 1, first + _VERSIONS - 1)
        shown = doc if open_cut is cut else doc + _VERSIONS
        if not row or row[1] != said:
            for place, one in {doc: cut, shown: open_cut}.items():
                self._rows(
                    "INSERT INTO text(rowid, head, body, by) VALUES(?,?,?,?)",
                    (place, one.head, one.body, one.by),
                )
        at = micros(record.published_at)
        if row:
            # INSERT OR REPLACE opens a savepoint, at which the full text is written out:
            # all of it, record by record, would take twice as long.
            self._rows("DELETE FROM article WHERE id=?", (record.id,))
        self._rows(
            "INSERT INTO article VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                record.id,
                doc,
                shown,
                at,
                time_json(record.published_at),
                record.access.status.value,
                record.access.locked,
                f" {' '.join(record.sections)} ",
                words.folded("\n".join(record.reporters)),
                record.title,
                record.url,
                record.gone_at is not None,
                said,
            ),
        )
        self._rows(
            "INSERT INTO span VALUES(?,?,?) ON CONFLICT(time)"
            " DO UPDATE SET low=min(low, excluded.low), high=max(high, excluded.high)",
            (at // _SPAN, record.id, record.id),
        )

    # Reading

    def find(self, text: str, which: Filter, how: Order, limit: int | None) -> Iterator[Found]:
        """Articles that hold all the words; every article where ``text`` is empty."""
        selection = Selection.of(text, which, self._between)
        if selection is None:
            return iter(())
        way = "ASC" if how is Order.OLDEST else "DESC"
        order = f"{selection.id} {way}"
        if how is Order.BEST and selection.is_full_text:
            order = f"{_BEST}, {order}"
        sql = f"SELECT {FIELDS} FROM {selection.rows} ORDER BY {order} LIMIT ?"
        values = (*selection.values, -1 if limit is None else limit)
        return map(found, self._connection.execute(sql, values))

    def count(self, text: str, which: Filter, most: int) -> int:
        """How many :meth:`find` finds, counted up to ``most``."""
        selection = Selection.of(text, which, self._between)
        if selection is None:
            return 0
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {selection.rows} LIMIT ?)"
        return int(self._rows(sql, (*selection.values, most))[0][0])

    def _between(self, which: Filter) -> tuple[int, int] | None:
        """The lowest and the highest id that an article of that time may have."""
        first = -(1 << 20) if which.since is None else micros(which.since) // _SPAN
        last = 1 << 20 if which.until is None else micros(which.until) // _SPAN
        sql = "SELECT min(low), max(high) FROM span WHERE time BETWEEN ? AND ?"
        ((low, high),) = self._rows(sql, (first, last))
        return None if low is None else (int(low), int(high))

    def _rows(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, values).fetchall()

    def _meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key=?", (key,))
        return str(rows[0][0]) if rows else None

    def _set_meta(self, key: str, value: str) -> None:
        self._rows("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))

    def _set_head(self, place: Place) -> None:
        self._set_meta("head", json.dumps([place.file, place.end, place.digest]))

    def _version(self) -> int:
        return int(str(self._rows("PRAGMA user_version")[0][0]))

    def _prepare(self) -> None:
        if self._version() == VERSION:
            return
        if self._rows("SELECT 1 FROM sqlite_master LIMIT 1"):
            raise sqlite3.DatabaseError("of another version")
        with self._transaction():
            for statement in _SCHEMA:
                self._rows(statement)
            self._rows(f"PRAGMA user_version={VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise


@dataclass(frozen=True, slots=True)
class _Cut:
    """A record's words as the index takes them, by column."""

    head: str
    body: str
    by: str

    @classmethod
    def of(cls, record: Record) -> _Cut:
        return cls(
            words.tokens("\n".join((record.title, record.subtitle, *record.keywords))),
            words.tokens("\n".join(visible(block) for block in record.body)),
            words.tokens("\n".join(record.reporters)),
        )

    @property
    def digest(self) -> bytes:
        said = "\n".join((self.head, self.body, self.by))
        return blake2b(said.encode(), digest_size=8).digest()
