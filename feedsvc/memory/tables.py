"""The four tables of what is remembered: their rows, and how these are read and written.

In: what runs SQL, or nothing.  Out: rows.  A row is a frozen dataclass: its fields are the
columns, those without a default the key; times are aware.  Each value may be lost at any
time; a row all of whose values are lost, or mean nothing any more, is none.

The text of a note is JSON where it is more than a word (:meth:`Memory.keep`): each topic has
one reader, which takes it apart where it is used, and twenty more tables would say no more.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_type_hints

from feedsvc.moment import micros, time_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Row = TypeVar("Row", bound=DataclassInstance)
else:
    Row = TypeVar("Row")

Run = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""A statement and its values; its rows."""

_DECLARED = {int: "INTEGER NOT NULL DEFAULT 0", str: "TEXT NOT NULL DEFAULT ''",
             bool: "INTEGER NOT NULL DEFAULT 0", datetime | None: "INTEGER"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Watch:
    """An article that is to be asked for again, or not; ``feedsvc.poll.recheck`` decides.

    ``next_at`` is the next look at one that is kept.  ``failed_since`` and ``failed_at`` are
    the first and the last try in a row that failed of one that is pending.  ``missing`` counts
    the answers in a row that there is no such page (404, 410), from ``missing_since`` on.
    ``given_up_at``: the site has no such article.  ``boxed_at``: since when the box of those
    that are soon free shows it.  ``moved_at``: when it was journaled that the page of one that
    is kept led to another id.  ``held`` is the digest of the page that was kept of one that
    cannot be read, ``doubt`` why the layout ``doubted_by`` is not believed about it.
    """

    id: int
    next_at: datetime | None = None
    failed_since: datetime | None = None
    failed_at: datetime | None = None
    missing_since: datetime | None = None
    missing: int = 0
    given_up_at: datetime | None = None
    boxed_at: datetime | None = None
    moved_at: datetime | None = None
    held: str = ""
    doubt: str = ""
    doubted_by: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """How reading a section goes.

    ``tried_at`` is the daemon's last attempt, ``cut_short`` whether that was, so that it is
    due.  ``succeeded_at`` is the last poll that read its page, ``deep_at`` the last one that
    went deeper.  ``expected_from`` is since when the daemon polls it, ``waits`` are those (s)
    between the last polls from outside; one of the two is known, or none.  Its rows stand in
    the JSON listing where ``by_listing``; ``page`` is where a backfill goes on.

    Of the last poll, ``polled_at``: counts, and its failure: ``error`` of the ``kind``, the
    ``times``-th in a row since ``failing_since``.
    """

    name: str
    tried_at: datetime | None = None
    cut_short: bool = False
    succeeded_at: datetime | None = None
    deep_at: datetime | None = None
    expected_from: datetime | None = None
    waits: tuple[int, ...] | None = None
    by_listing: bool = False
    page: int = 0
    polled_at: datetime | None = None
    rows: int = 0
    unchanged: bool = False
    new: int = 0
    revised: int = 0
    released: int = 0
    failed: int = 0
    error: str = ""
    kind: str = ""
    failing_since: datetime | None = None
    times: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A page by its address, as it was last dealt with: the site's validators and its bytes'
    SHA-256.  It is left alone until ``rests_until``.

    Of a robots.txt: its ``text``, as it was read at ``read_at``; when it was last ``tried_at``,
    and since when it has been out of reach.
    """

    url: str
    etag: str = ""
    modified: str = ""
    digest: str = ""
    rests_until: datetime | None = None
    read_at: datetime | None = None
    tried_at: datetime | None = None
    unreachable_since: datetime | None = None
    text: str = ""


class Topic(StrEnum):
    """What a note is about."""

    AGENDA = "agenda"  # how far the journal was when looks ahead were planned
    FAILING = "failing"  # new articles in a row that failed
    TOLD = "told"  # a line of the log, once a day
    TROUBLES = "troubles"  # what goes on and was noted, for the verdict on health
    STATUS = "status"  # what the status feed told
    EDITION = "edition"  # what was published
    DIGEST = "digest"  # what a digest was looked through for
    NOTICES = "notices"  # since when it is known which troubles go on
    NOTICE = "notice"  # when a target was tried, and what it could not be told
    HUB = "hub"  # what the hub is to be told of
    BUCKET = "bucket"  # what the bucket holds
    FIRST = "first"  # what the first walks of sections listed
    REDESIGN = "redesign"  # what failed, and when learning was tried
    ADOPTION = "adoption"  # articles that waited for a learned layout
    PROBATION = "probation"  # known articles that a learned layout was held against
    GAPS = "gaps"  # ids never seen that were asked for today
    HOURS = "hours"  # articles by hour of the week
    REQUEST = "request"  # when the site was last asked
    BACK_OFF = "back-off"  # how long the site is left alone
    TRANSPORT = "transport"  # which client the site takes
    CLOCK = "clock"  # how far the site's clock is from ours


@dataclass(frozen=True, slots=True)
class Note:
    """What was told, sent, met or tried: a time, and a text that is its topic's to read."""

    topic: str
    about: str
    at: datetime | None = None
    text: str = ""


class Table(Generic[Row]):
    """The rows of one class, read and written by key.  A value that is not what its column
    holds counts as forgotten.

    Many rows are asked for again and again.  While the archive is held nobody else writes
    them, so that what was read or written once is known (:meth:`know`).
    """

    def __init__(self, row: type[Row], run: Run) -> None:
        self._row, self._run = row, run
        self._name = row.__name__.lower()
        self._kinds, self._key = _columns(row)
        self._is_key = " AND ".join(f'"{one}"=?' for one in self._key)
        self._select = f"SELECT {', '.join(map(_quoted, self._kinds))} FROM {self._name} WHERE"
        self._known: dict[tuple[Any, ...], Row] | None = None

    def know(self, known: bool) -> None:
        """From here on what was read is known, or must be read again."""
        self._known = {} if known else None

    def of(self, *key: Any) -> Row:
        """The row of a key; one that says nothing where there is none."""
        if self._known is not None and key in self._known:
            return self._known[key]
        found = self._run(f"{self._select} {self._is_key}", key)
        row = self._made(found[0]) if found else self._row(*key)
        if self._known is not None:
            self._known[key] = row
        return row

    def having(self, column: str, until: datetime | None = None) -> list[Row]:
        """The rows that have a time there, ``until`` then at most, in the order of it."""
        limit, values = ("", ()) if until is None else (f' AND "{column}"<=?', (micros(until),))
        order = ", ".join(map(_quoted, (column, *self._key)))
        sql = f'{self._select} "{column}" IS NOT NULL{limit} ORDER BY {order}'
        return [self._made(row) for row in self._run(sql, values)]

    def set(self, *key: Any, **values: Any) -> None:
        """Change these columns of a row, and no others: another process may do so meanwhile.
        A row that says nothing any more is taken away."""
        before = self.of(*key)
        after = replace(before, **values)
        changed = [one for one in values if getattr(before, one) != getattr(after, one)]
        if not changed:
            return
        if after == self._row(*key) and self._known is not None:
            self._run(f"DELETE FROM {self._name} WHERE {self._is_key}", key)
        else:
            columns = ", ".join(map(_quoted, (*self._key, *changed)))
            marks = ", ".join("?" * (len(key) + len(changed)))
            new = ", ".join(f'"{one}"=excluded."{one}"' for one in changed)
            self._run(
                f"INSERT INTO {self._name}({columns}) VALUES({marks})"
                f" ON CONFLICT({', '.join(self._key)}) DO UPDATE SET {new}",
                (*key, *(_kept(getattr(after, one)) for one in changed)),
            )
        if self._known is not None:
            self._known[key] = after

    def put(self, row: Row) -> None:
        """Change a row to this one, where it differs."""
        values = {name: getattr(row, name) for name in self._kinds}
        self.set(*(values.pop(one) for one in self._key), **values)

    def forget_before(self, at: datetime, **key: str) -> None:
        """Take away the rows with this part of the key and an older time."""
        ((name, value),) = key.items()
        self._run(f'DELETE FROM {self._name} WHERE "{name}"=? AND at<?', (value, micros(at)))

    def _made(self, values: Sequence[Any]) -> Row:
        pairs = zip(self._kinds.items(), values, strict=True)
        told = {name: _told(kind, value) for (name, kind), value in pairs}
        return self._row(**{name: value for name, value in told.items() if value is not None})


class Memory:
    """The four tables, and notes as JSON objects."""

    def __init__(self, run: Run | None = None) -> None:
        run = run or _of_the_process()
        self.watch = Table(Watch, run)
        self.section = Table(Section, run)
        self.page = Table(Page, run)
        self.note = Table(Note, run)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The archive is held by this process for as long as this lasts: nobody else writes."""
        tables: tuple[Table[Any], ...] = (self.watch, self.section, self.page, self.note)
        for table in tables:
            table.know(True)
        try:
            yield
        finally:
            for table in tables:
                table.know(False)

    def recall(self, topic: Topic, about: str = "") -> dict[str, Any]:
        """The JSON object of a note; empty where there is none, or anything else."""
        try:
            value = json.loads(self.note.of(topic, about).text or "{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def keep(
        self, topic: Topic, about: str = "", at: datetime | None = None, **values: Any
    ) -> None:
        """Note a JSON object, and a time; neither takes the note away."""
        self.note.set(
            topic, about, at=at, text=json.dumps(values, ensure_ascii=False) if values else ""
        )


@cache
def _columns(row: type[Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What each column holds, and which of them are the key."""
    return get_type_hints(row), tuple(one.name for one in fields(row) if one.default is MISSING)


def _schema(row: type[Row]) -> str:
    """The statement that makes the table."""
    kinds, key = _columns(row)
    columns = [f'"{one}" {_DECLARED.get(kind, "TEXT")}' for one, kind in kinds.items()]
    return (
        f"CREATE TABLE {row.__name__.lower()}({', '.join(columns)},"
        f" PRIMARY KEY({', '.join(map(_quoted, key))})) WITHOUT ROWID"
    )


def _quoted(column: str) -> str:
    return f'"{column}"'


def _kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return micros(value)
    return json.dumps(value) if isinstance(value, tuple) else value


def _told(kind: Any, value: Any) -> Any:
    """A column's value, ``None`` where it is none of its kind."""
    try:
        if kind is int or kind is str:
            return value if type(value) is kind else None
        if value is None or kind is bool:
            return None if value is None else bool(value)
        return time_of(value) if kind == datetime | None else tuple(map(int, json.loads(value)))
    except (ValueError, TypeError, OverflowError):
        return None


def _of_the_process() -> Run:
    """Tables that nobody else sees."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for statement in (*SCHEMA, *INDEXES):
        connection.execute(statement)
    return lambda sql, values: connection.execute(sql, values).fetchall()


SCHEMA = (_schema(Watch), _schema(Section), _schema(Page), _schema(Note))

INDEXES = tuple(
    f"CREATE INDEX IF NOT EXISTS watch_{one} ON watch({one}) WHERE {one} IS NOT NULL"
    for one in ("next_at", "failed_since", "given_up_at", "boxed_at")
)
"""By which the rows are found that have a time there; most have not."""
