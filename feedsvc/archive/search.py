"""Finding articles by their words, and listing them, without opening their files.

Derived: ``.state/search.sqlite``, made from journal and records, brought up to date in
the same step as the index.  In: words and a :class:`Filter`.  Out: :class:`Found`,
newest first (by id, as the site numbers them) or best first.
How text becomes tokens is ``words``' question.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from feedsvc import regular, words
from feedsvc.archive import records
from feedsvc.archive.finding import Order
from feedsvc.archive.index import micros
from feedsvc.archive.journal import Journal, Place
from feedsvc.archive.layout import Layout
from feedsvc.archive.remake import Progress
from feedsvc.model import Record, Status
from feedsvc.recordjson import time_from_json, time_json
from feedsvc.text import visible

VERSION = 2
_VERSIONS = 16  # of one article, before the index takes them for one
_STEP = 500  # records a transaction while the whole is made
_SCHEMA = (
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # ``doc`` is the row of the article's newest text; times are microseconds since 1970.
    "CREATE TABLE article(id INTEGER PRIMARY KEY, doc INTEGER NOT NULL, at INTEGER NOT NULL,"
    " published TEXT NOT NULL, status TEXT NOT NULL, sections TEXT NOT NULL,"
    " reporters TEXT NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL,"
    " gone INTEGER NOT NULL, words BLOB NOT NULL)",
    # The text itself stands in the records: ``content=''`` keeps tokens alone.  SQLite
    # before 3.43 cannot delete from such a table, so a revised article gets a new row
    # and the row before is not joined any more.
    f"CREATE VIRTUAL TABLE text USING fts5(head, body, content='', tokenize=\"{words.TOKENIZER}\")",
)
_FIELDS = "a.id, a.url, a.title, a.published, a.status, a.sections, a.gone"
# Hits in headline, sub-headline and keywords count ten times those in the body.
_BEST = "bm25(text, 10.0, 1.0)"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles; what is ``None`` leaves all in.  ``since`` and ``until`` are
    times of publication, ``until`` left out; ``reporter`` is part of a name."""

    section: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    status: Status | None = None
    reporter: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One article, as lists show it."""

    id: int
    url: str
    title: str
    published_at: datetime
    status: Status
    sections: tuple[str, ...]
    gone: bool


class Search:
    """The index in one SQLite file, or in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def in_memory(cls) -> Search:
        search = cls(_connect(":memory:"))
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
                search = cls(_connect(str(path)))
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
                for name in ("", "-wal", "-shm"):
                    Path(f"{path}{name}").unlink(missing_ok=True)
        return None

    @classmethod
    def to_read(cls, folder: Path) -> Search | None:
        """The file as it stands; ``None`` where it is not there or not whole."""
        path = folder / "search.sqlite"
        with suppress(sqlite3.Error, OSError):
            regular.readable(path)
            # Beside a file of SQLite's that was closed, even a reader makes two more.
            writable = os.access(path, os.W_OK) and os.access(folder, os.W_OK)
            mode = "rw" if writable else "ro"
            search = cls(_connect(f"{path.absolute().as_uri()}?mode={mode}"))
            if search._version() == VERSION and search.made:
                return search
            search.close()
        return None

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
                ids.add(line.id)
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
        head = words.tokens("\n".join((record.title, record.subtitle, *record.keywords)))
        body = words.tokens("\n".join(visible(block) for block in record.body))
        said = blake2b(f"{head}\n{body}".encode(), digest_size=8).digest()
        first = doc = record.id * _VERSIONS
        row = self._connection.execute(
            "SELECT doc, words FROM article WHERE id=?", (record.id,)
        ).fetchone()
        if row:
            doc = row[0] if row[1] == said else min(row[0] + 1, first + _VERSIONS - 1)
        if not row or row[1] != said:
            self._rows("INSERT INTO text(rowid, head, body) VALUES(?,?,?)", (doc, head, body))
        self._rows(
            "INSERT OR REPLACE INTO article VALUES(?,?,?,?,?,?,?,?,?,?,?)",
            (
                record.id,
                doc,
                micros(record.published_at),
                time_json(record.published_at),
                record.access.status.value,
                f" {' '.join(record.sections)} ",
                "\n".join(record.reporters),
                record.title,
                record.url,
                record.gone_at is not None,
                said,
            ),
        )

    # Reading

    def find(self, text: str, which: Filter, how: Order, limit: int | None) -> Iterator[Found]:
        """Articles that hold all the words; every article where ``text`` is empty."""
        conditions, values = _conditions(which)
        bound = [-1 if limit is None else limit]
        way = "ASC" if how is Order.OLDEST else "DESC"
        if not text.strip():
            sql = f"SELECT {_FIELDS} FROM article a WHERE {conditions} ORDER BY a.id {way} LIMIT ?"
            return map(_found, self._connection.execute(sql, (*values, *bound)))
        asked = words.query(text)
        if not asked:
            return iter(())
        order = f"text.rowid {way}"
        if how is Order.BEST:
            order = f"{_BEST}, {order}"
        sql = (
            f"SELECT {_FIELDS} FROM text CROSS JOIN article a"
            f" ON a.id = text.rowid / {_VERSIONS} AND a.doc = text.rowid"
            f" WHERE text MATCH ? AND {conditions} ORDER BY {order} LIMIT ?"
        )
        return map(_found, self._connection.execute(sql, (asked, *values, *bound)))

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


def _conditions(which: Filter) -> tuple[str, tuple[object, ...]]:
    parts: list[str] = ["1"]
    values: list[object] = []
    for sql, value in (
        ("a.at >= ?", None if which.since is None else micros(which.since)),
        ("a.at < ?", None if which.until is None else micros(which.until)),
        ("a.status = ?", None if which.status is None else which.status.value),
        ("instr(a.sections, ?)", None if which.section is None else f" {which.section} "),
        ("instr(a.reporters, ?)", which.reporter),
    ):
        if value is not None:
            parts.append(sql)
            values.append(value)
    return " AND ".join(parts), tuple(values)


def _found(row: tuple[Any, ...]) -> Found:
    article_id, url, title, published, status, sections, gone = row
    return Found(
        article_id, url, title, time_from_json(published), Status(status),
        tuple(sections.split()), bool(gone),
    )  # fmt: skip


def _connect(name: str) -> sqlite3.Connection:
    return sqlite3.connect(
        name, uri=name.startswith("file:"), isolation_level=None, timeout=5,
        check_same_thread=False,
    )  # fmt: skip
