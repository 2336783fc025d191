"""Finding articles by their words, and listing them, without opening their files.

Derived, part of the index.  In: words and a :class:`Filter` (``catalogue.question`` reads them
from an address), and records to take in.  Out: :class:`Found` from the tables ``record`` and
``text``, newest first (by id, as the site numbers them) or best first.  How text becomes tokens
is ``words``' question; custom feeds look for the words of theirs in the same way
(``words.holds``).

Nobody waits for it: a record is taken in when it is kept, and where the index was lost the
texts follow some at a time (:meth:`Search.take`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import blake2b
from typing import Any

from feedsvc import words
from feedsvc.catalogue.access import IN_SECTION, where_access
from feedsvc.catalogue.state import State
from feedsvc.model import Record, Status
from feedsvc.moment import micros, time_of
from feedsvc.revisions import is_members, teaser
from feedsvc.text import visible

ROWS = 32
"""Rows of the full text that an article may have."""

FIELDS = "a.id, a.url, a.title, a.at, a.status, a.locked, a.sections, a.gone"


class Order(Enum):
    """In which articles are found: by id, as the site numbers them, or as they fit."""

    NEWEST = "newest first"
    OLDEST = "oldest first"
    BEST = "best first"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles; what is ``None`` leaves all in.  ``since`` and ``until`` are
    times of publication, ``until`` left out; ``access`` is a status, ``readable`` or
    ``locked``; ``reporter`` is part of a name.  ``shown``: words are looked for only in
    what may be read without a token, not in what was read as a member."""

    section: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    access: str | None = None
    reporter: str | None = None
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One article, as lists show it."""

    id: int
    url: str
    title: str
    published_at: datetime
    status: Status
    locked: bool
    sections: tuple[str, ...]
    gone: bool


def found(row: tuple[Any, ...]) -> Found:
    """From a row of :data:`FIELDS`."""
    article_id, url, title, at, status, locked, sections, gone = row
    return Found(
        article_id, url, title, time_of(at), Status(status), bool(locked),
        tuple(sections.split()), bool(gone),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selection:
    """What stands behind ``FROM``, with its values; ``id`` orders as the ids do."""

    rows: str
    values: tuple[object, ...]
    id: str
    is_full_text: bool

    @classmethod
    def of(
        cls, text: str, which: Filter, between: Callable[[Filter], tuple[int, int] | None]
    ) -> Selection | None:
        """The articles that hold the words; ``None`` where there can be none.  ``between``
        tells the lowest and the highest id that an article of the filter's time may have."""
        match = [f"{{head body}} : ({words.query(text)})"] if text.strip() else []
        if match and not words.terms(text):
            return None
        match += [f"by : ({one})" for one in _name(which.reporter)]
        conditions, values = _conditions(which)
        rows, own, factor = "record a", "a.id", 1
        if match:
            row = "a.shown" if which.shown else "a.doc"
            own, factor = "text.rowid", ROWS
            rows = f"text CROSS JOIN record a ON a.id = {own} / {ROWS} AND {row} = {own}"
            conditions, values = ["text MATCH ?", *conditions], [" AND ".join(match), *values]
        if which.since is not None or which.until is not None:
            ids = between(which)
            if ids is None:
                return None
            conditions.append(f"{own} BETWEEN ? AND ?")
            values += [ids[0] * factor, (ids[1] + 1) * factor - 1]
        rows = f"{rows} WHERE {' AND '.join(conditions)}"
        return cls(rows, tuple(values), own, is_full_text=bool(match))


def _name(reporter: str | None) -> list[str]:
    """A query that finds no fewer articles than the name: of one word, for others cannot
    be looked for inside of words."""
    name = words.folded(reporter or "")
    return [words.query(f'"{name}"')] if len(name) > 1 and name.isalpha() else []


def _conditions(which: Filter) -> tuple[list[str], list[object]]:
    access, given = where_access(which.access)
    parts, values = [access], list[object](given)
    for sql, value in (
        ("a.at >= ?", None if which.since is None else micros(which.since)),
        ("a.at < ?", None if which.until is None else micros(which.until)),
        (IN_SECTION, None if which.section is None else f" {which.section} "),
        ("instr(a.names, ?)", which.reporter and words.folded(which.reporter)),
    ):
        if value is not None:
            parts.append(sql)
            values.append(value)
    return parts, values


# Of one article, before the index takes them for one; as many rows follow of what
# everybody may read of it.
_VERSIONS = ROWS // 2
_SPAN = 1 << 41  # microseconds, some 25 days
_UPTO = "texts"
"""Up to which id the texts are taken in."""
_ALL = "all"
# Hits in headline, sub-headline and keywords count ten times those in the body.
_BEST = "bm25(text, 10.0, 1.0, 0.0)"


class Search:
    """Rows in a :class:`State`: ``text``, and what ``record`` says of them."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def made(self) -> bool:
        """Whether the texts of all records are taken in."""
        return self._state.meta(_UPTO) == _ALL

    def takes(self, article_id: int) -> bool:
        """Whether the text of a record that is kept is taken in at once: where what makes the index
        will not come to it."""
        upto = self._state.meta(_UPTO)
        return upto is not None and (upto == _ALL or article_id <= int(upto))

    def takes_all(self) -> None:
        """Every record that is put from now on is taken in."""
        self._state.set_meta(_UPTO, _ALL)

    def goes_on(self) -> int:
        """Behind which id the next texts are to be taken in; -1 where none is."""
        return int(self._state.meta(_UPTO) or -1)

    def take(self, records: Iterable[Record], upto: int) -> None:
        """Take in the texts of records, as far as rows of them are there; with them none up to
        this id is left."""
        with self._state.transaction():
            for record in records:
                for (before,) in self._state.rows(
                    "SELECT words FROM record WHERE id=?", (record.id,)
                ):
                    self.put(record, before)
            self._state.set_meta(_UPTO, str(upto))

    def put(self, record: Record, before: bytes | None) -> None:
        """Take in the text of a record whose row is there; ``before`` is what the row said of
        the text before."""
        cut = _cut(record)
        open_cut = _cut(teaser(record)) if is_members(record) else cut
        said = _digest(cut) if open_cut is cut else _digest(cut) + _digest(open_cut)
        first, last = record.id * ROWS, record.id * ROWS + _VERSIONS - 1
        # Rows outlive the record that they were of, if it was withdrawn.
        doc = self._state.value(
            "SELECT max(rowid) FROM text WHERE rowid BETWEEN ? AND ?", (first, last)
        )
        if doc is None:
            doc = first
        elif before != said:
            doc = min(doc + 1, last)
        shown = doc if open_cut is cut else doc + _VERSIONS
        self._state.rows(
            "UPDATE record SET doc=?, shown=?, words=? WHERE id=?", (doc, shown, said, record.id)
        )
        self._state.rows(
            "INSERT INTO span VALUES(?,?,?) ON CONFLICT(time)"
            " DO UPDATE SET low=min(low, excluded.low), high=max(high, excluded.high)",
            (micros(record.published_at) // _SPAN, record.id, record.id),
        )
        if before != said:
            # Last: each statement behind it that may fail has the full text written out.
            for place, one in {doc: cut, shown: open_cut}.items():
                self._state.rows(
                    "INSERT INTO text(rowid, head, body, by) VALUES(?,?,?,?)",
                    (place, *one),
                )

    def find(self, text: str, which: Filter, how: Order, limit: int | None) -> Iterator[Found]:
        """Articles that hold all the words; every article where ``text`` is empty."""
        selection = Selection.of(text, which, self._between)
        if selection is None:
            return iter(())
        order = f"{selection.id} {'ASC' if how is Order.OLDEST else 'DESC'}"
        if how is Order.BEST and selection.is_full_text:
            order = f"{_BEST}, {order}"
        sql = f"SELECT {FIELDS} FROM {selection.rows} ORDER BY {order} LIMIT ?"
        most = -1 if limit is None else limit
        return map(found, self._state.each(sql, (*selection.values, most)))

    def count(self, text: str, which: Filter, most: int) -> int:
        """How many :meth:`find` finds, counted up to ``most``."""
        selection = Selection.of(text, which, self._between)
        if selection is None:
            return 0
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {selection.rows} LIMIT ?)"
        return int(self._state.value(sql, (*selection.values, most)))

    def _between(self, which: Filter) -> tuple[int, int] | None:
        """The lowest and the highest id that an article of that time may have."""
        first = -(1 << 20) if which.since is None else micros(which.since) // _SPAN
        last = 1 << 20 if which.until is None else micros(which.until) // _SPAN
        ((low, high),) = self._state.rows(
            "SELECT min(low), max(high) FROM span WHERE time BETWEEN ? AND ?", (first, last)
        )
        return None if low is None else (int(low), int(high))


def _cut(record: Record) -> tuple[str, str, str]:
    """A record's words as the index takes them: what heads it, its body, its reporters."""
    return (
        words.tokens("\n".join((record.title, record.subtitle, *record.keywords))),
        words.tokens("\n".join(visible(block) for block in record.body)),
        words.tokens("\n".join(record.reporters)),
    )


def _digest(cut: tuple[str, str, str]) -> bytes:
    return blake2b("\n".join(cut).encode(), digest_size=8).digest()
