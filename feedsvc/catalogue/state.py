"""``.state``: an SQLite file of what is derived or may be forgotten.

The index (``catalogue.index``) with the words of each article (``catalogue.search``), in which
feeds each stands, and its entries as written (``catalogue.standing``); where raw pages lie, and
what was found damaged; what is remembered (``feedsvc.memory``), and what rows said when last
listed.  The folder may be deleted while no feedsvc runs; another version's index is dropped and
made again, what it remembered is taken over.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from feedsvc import atomic, memory, regular, words
from feedsvc.catalogue import database
from feedsvc.catalogue.database import Opened
from feedsvc.errors import THE_REST, ArchiveError, ArchiveUnwritable, unreadable

VERSION = 10

# What the versions before 8 remembered as texts: it is taken over.
_BY_KEYS = "CREATE TABLE memory(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"

_TOLD = "SELECT key, value FROM memory"

_SCHEMA = (
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE mark(section TEXT, id INTEGER, digest TEXT NOT NULL,"
    " PRIMARY KEY(section, id)) WITHOUT ROWID",
    *memory.SCHEMA,
    # Times are microseconds since 1970: the order of numbers is the order of times.
    # ``doc`` is the row of the article's newest text, ``shown`` that of what may be read
    # without a token, ``words`` a digest of both; none of them where the text is not taken in.
    "CREATE TABLE record(id INTEGER PRIMARY KEY, title TEXT NOT NULL, status TEXT NOT NULL,"
    " sections TEXT NOT NULL, digest TEXT NOT NULL,"
    " released INTEGER, revised INTEGER, sketch BLOB NOT NULL, locked INTEGER NOT NULL,"
    " subtitle TEXT NOT NULL, reporters TEXT NOT NULL, at INTEGER NOT NULL, url TEXT NOT NULL,"
    " gone INTEGER NOT NULL, names TEXT NOT NULL, doc INTEGER, shown INTEGER, words BLOB)",
    # When each record was published, and by what it is newer than others in a feed; section
    # '' lists every record.
    "CREATE TABLE published(section TEXT, at INTEGER, id INTEGER, newest INTEGER NOT NULL,"
    " PRIMARY KEY(section, at, id)) WITHOUT ROWID",
    # How many there are in each day (KST, as "2026-03-09"), month and in all
    # (feedsvc.catalogue.days).
    "CREATE TABLE tally(section TEXT, access TEXT, unit TEXT, period TEXT,"
    " count INTEGER NOT NULL, PRIMARY KEY(section, access, unit, period)) WITHOUT ROWID",
    # What the last journal line of each id says.
    "CREATE TABLE journaled(id INTEGER PRIMARY KEY, file TEXT NOT NULL, at INTEGER NOT NULL)",
    "CREATE TABLE raw(id INTEGER PRIMARY KEY, file TEXT NOT NULL, offset INTEGER NOT NULL)",
    # What was noticed to be wrong (feedsvc.archive.damage): of records, and raw pages that
    # records name and no file has.
    "CREATE TABLE amiss(id INTEGER PRIMARY KEY, what TEXT NOT NULL)",
    "CREATE TABLE unkept(key INTEGER PRIMARY KEY, id INTEGER NOT NULL)",
    # By which sentences a record is found again (feedsvc.text); its own row has
    # the same hashes, eight bytes each, so that they can be taken out again.
    "CREATE TABLE sketch(hash INTEGER, at INTEGER, id INTEGER,"
    " PRIMARY KEY(hash, at, id)) WITHOUT ROWID",
    # The text itself stands in the records: ``content=''`` keeps tokens alone.  SQLite
    # before 3.43 cannot delete from such a table, so a revised article gets a new row
    # and the row before is not joined any more.
    "CREATE VIRTUAL TABLE text USING"
    f" fts5(head, body, by, content='', tokenize=\"{words.TOKENIZER}\")",
    # Between which ids the articles of a time stand, as ids rise with the times: to leave
    # the others out unread.
    "CREATE TABLE span(time INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL)",
    # As which entries articles stand in which feeds (feedsvc.catalogue.standing), those
    # entries as they are written, and by what each feed was made.
    "CREATE TABLE standing(feed TEXT, article INTEGER, event TEXT, age INTEGER,"
    " published INTEGER NOT NULL, updated INTEGER NOT NULL,"
    " PRIMARY KEY(feed, article, event)) WITHOUT ROWID",
    "CREATE TABLE piece(article INTEGER, event TEXT, format TEXT, published INTEGER NOT NULL,"
    " data BLOB NOT NULL, PRIMARY KEY(article, event, format))",
    "CREATE TABLE feed(name TEXT PRIMARY KEY, rule TEXT NOT NULL, held INTEGER NOT NULL,"
    " previous TEXT, changed_at INTEGER)",
)
_BESIDE = "search.sqlite"
"""What an earlier version made beside it."""

_REMEMBERED = ("watch", "section", "page", "note", "mark", "meta")
_ALARMS = "key='head' OR (key>='pending:' AND key<'pending;')"
"""Of ``meta``, what tells that lines of the journal or of ``pending.jsonl`` are gone: no new
version may forget it."""

# The words' table has no content to be read.
_NO_WORDS = "SELECT name FROM sqlite_master WHERE type='table' AND name NOT GLOB 'text*'"

_SOME = 500

_OF_FEEDS = {
    "standing_age": "standing(feed, age, article)",
    "standing_published": "standing(feed, published, article)",
    "standing_lost": "standing(article) WHERE age IS NULL",
    "piece_published": "piece(published)",
}
INDEXES = {
    "record_released": "record(released) WHERE released IS NOT NULL",
    "record_revised": "record(revised) WHERE revised IS NOT NULL",
    "record_status": "record(status)",
    "published_id": "published(id)",
    "published_newest": "published(section, newest, id)",
    "journaled_moved": "journaled(id) WHERE file='moved'",
}
"""Made when the tables are full, where all of it is made again: that is quicker."""


class State:
    """One connection, shared by threads; ``kept`` is false for one in memory."""

    def __init__(
        self, connection: sqlite3.Connection, *, kept: bool, opened: Opened | None = None
    ) -> None:
        self._connection = connection
        self._opened = opened
        self._lock = threading.RLock()
        self.kept = kept
        self.was_broken = False
        """Whether it was made in place of one that nobody can read."""
        self.is_damaged = False
        """Whether SQLite met a page in it that it never wrote."""

    @classmethod
    def in_memory(cls, before: Path | None = None) -> State:
        """Nothing but what another version remembered in the folder ``before``, up to which line
        of the journal and what was pending among it."""
        state = cls(database.connect(":memory:"), kept=False)
        state._prepare()
        if before is not None:
            from feedsvc.memory import takeover

            try:
                with closing(database.to_read(before / "state.sqlite").connection) as old:
                    alarms = old.execute(f"SELECT key, value FROM meta WHERE {_ALARMS}").fetchall()
                    state.many("INSERT INTO meta VALUES(?,?)", alarms)
                    takeover.take_over(old.execute(_TOLD), memory.Memory(state.rows))
            except (OSError, sqlite3.Error) as error:
                state.was_broken = database.is_damage(error)
        return state

    @classmethod
    def to_write(cls, folder: Path, *, again: bool = False, doubted: bool = False) -> State:
        """The file, made or made again where it is missing, broken or of another
        version.  Only for the one who holds the lock.  ``again``: it was made again just now.
        ``doubted``: every page of it is looked at first.  Raises ``ArchiveUnwritable``."""
        path = folder / "state.sqlite"
        connection = None
        try:
            atomic.make_folder(folder)
            # SQLite's own mode for a new file takes less of the umask's word than ours.
            regular.made(path)
            connection = database.connect(str(path))
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            state = cls(connection, kept=True)
            if doubted and not state.is_sound():
                raise sqlite3.DatabaseError("damaged")
            if state._prepare():
                for name in (_BESIDE, *(f"{_BESIDE}{one}" for one in database.BESIDE)):
                    with suppress(OSError):
                        (folder / name).unlink(missing_ok=True)
            return state
        except (sqlite3.Error, OSError) as error:
            if connection is not None:
                connection.close()
            is_other = not isinstance(error, sqlite3.DatabaseError) or (
                isinstance(error, sqlite3.OperationalError) and not database.is_damage(error)
            )
            if again or is_other:
                raise _unwritable(error, str(path)) from error
        cls.drop(folder)
        state = cls.to_write(folder, again=True)
        state.was_broken = True
        return state

    @staticmethod
    def drop(folder: Path) -> None:
        """Leave nothing of a damaged one: who writes next makes it again."""
        with suppress(OSError):
            database.make_anew(folder / "state.sqlite")

    @classmethod
    def to_read(cls, folder: Path) -> State | None:
        """The file as it stands, or a copy of it where this user may not write beside it;
        ``None`` where it is missing, broken or of another version.  Raises
        ``ArchiveUnreadable`` where it cannot be read."""
        path = folder / "state.sqlite"
        try:
            opened = database.to_read(path)
        except (FileNotFoundError, NotADirectoryError, regular.NotRegular, sqlite3.Error):
            return None
        except OSError as error:
            raise unreadable(path, error) from error
        connection = opened.connection
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute("PRAGMA cache_size=-512")  # KB: a reader goes through much once
            connection.execute("SELECT count(*) FROM meta").fetchone()
        except sqlite3.Error:
            version = None
        if version != VERSION:
            connection.close()
            return None
        return cls(connection, kept=True, opened=opened)

    def is_sound(self) -> bool:
        """Whether each page of it can be what SQLite wrote, and each text is one.  Reads them
        all.  Raises ``ArchiveUnwritable`` where that cannot be told now."""
        try:
            for (name,) in self.rows(_NO_WORDS):
                deque(self.each(f"SELECT * FROM {name}", ()), maxlen=0)
            return self.rows("PRAGMA quick_check(1)") == [("ok",)]
        except ArchiveError:
            return False

    @property
    def size(self) -> int:
        """Its bytes."""
        return int(
            self.value("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        )

    @property
    def is_copy(self) -> bool:
        """Whether it, or what it was copied from, is a copy of the file (see ``database``)."""
        return self._opened is not None and self._opened.copied

    @property
    def is_current(self) -> bool:
        """Whether the file of which it is a copy still is as it was."""
        return self._opened is None or self._opened.is_current

    def copy(self) -> State:
        """The same content in memory."""
        with self._lock, self._translated():
            target = database.connect(":memory:")
            self._connection.backup(target)
            return State(target, kept=False, opened=self._opened)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement; its rows.  Raises ``ArchiveUnwritable``, ``ArchiveError``."""
        with self._lock, self._translated():
            return self._connection.execute(sql, values).fetchall()

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first value of a statement's first row; ``None`` where there is none."""
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

    def each(self, sql: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """The rows, some at a time: who needs a few leaves the rest unread."""
        with self._lock, self._translated():
            cursor = self._connection.execute(sql, values)
        while True:
            with self._lock, self._translated():
                some = cursor.fetchmany(_SOME)
            if not some:
                return
            yield from some

    def many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        with self._lock, self._translated():
            self._connection.executemany(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside, or none.  May be nested; the outermost counts."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            with self._translated():
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                with self._translated():
                    self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def roomy(self) -> Iterator[None]:
        """More memory than a poll takes, for much work: 32 MB."""
        before = self.value("PRAGMA cache_size")
        self.rows("PRAGMA cache_size=-32000")
        try:
            yield
        finally:
            self.rows(f"PRAGMA cache_size={before}")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is of one moment, whoever writes meanwhile."""
        with self._lock:
            self.rows("BEGIN")
            try:
                yield
            finally:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")

    def meta(self, key: str) -> str | None:
        value: str | None = self.value("SELECT value FROM meta WHERE key=?", (key,))
        return value

    def set_meta(self, key: str, value: str) -> None:
        self.rows("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not database.is_damage(error):
                raise _unwritable(error, ".state/state.sqlite") from error
            self.is_damaged |= database.is_damage(error)
            is_dropped = self.is_damaged and self.kept and self._opened is None
            raise ArchiveError(
                f"the index is damaged: {error}",
                about=".state/state.sqlite",
                advice="the next feedsvc poll makes it again"
                if is_dropped
                else "feedsvc archive verify --repair makes it again",
            ) from error

    def _prepare(self) -> bool:
        """Whether the tables had to be made."""
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == VERSION:
            return False
        from feedsvc.memory import takeover  # once in the life of an archive

        with self.transaction():
            found = self._connection.execute(
                "SELECT type, name, sql FROM sqlite_master"
                " WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            # An index can be made again; what is remembered, and has the same form, stays.
            kept = {sql for _, name, sql in found if name in _REMEMBERED} & {*_SCHEMA}
            by_keys = any(sql == _BY_KEYS for *_, sql in found)
            told = self._connection.execute(_TOLD).fetchall() if by_keys else []
            for kind, name, sql in found:
                if sql not in kept:
                    self._connection.execute(f'DROP {kind} IF EXISTS "{name}"')
            for statement in (*_SCHEMA, *memory.INDEXES):
                if statement not in kept:
                    self._connection.execute(statement)
            for name, columns in (_OF_FEEDS | INDEXES).items():
                self._connection.execute(f"CREATE INDEX {name} ON {columns}")
            self._connection.execute(f"DELETE FROM meta WHERE NOT ({_ALARMS})")
            takeover.take_over(told, memory.Memory(self.rows))
            self._connection.execute(f"PRAGMA user_version={VERSION}")
        return True


def _unwritable(error: Exception, about: str) -> ArchiveUnwritable:
    advice = "make room on the disk or mend its permissions"
    if isinstance(error, OSError):
        advice = regular.advice(error)
    elif sqlite_cause := _cause(about):
        # "unable to open database file" is all that SQLite says of it.
        error, advice = sqlite_cause, regular.advice(sqlite_cause)
    return ArchiveUnwritable(
        f"the index could not be written: {getattr(error, 'strerror', None) or error}",
        about=about,
        advice=f"{advice}{THE_REST}",
    )


def _cause(about: str) -> OSError | None:
    """Why a file cannot be opened to be written, if that is so."""
    try:
        os.close(regular.opened(Path(about), os.O_RDWR))
    except FileNotFoundError:
        return None
    except OSError as error:
        return error
    return None
