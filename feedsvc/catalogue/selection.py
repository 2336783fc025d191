"""Which articles a search selects, as SQL asks the index for them.

In: words and a :class:`Filter`.  Out: a :class:`Selection` from the tables ``record`` and
``text``, whose rows are :class:`Found`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from feedsvc import words
from feedsvc.memory import micros, time_of
from feedsvc.model import Status

ROWS = 32
"""Rows of the full text that an article may have."""

READABLE, LOCKED = "readable", "locked"
_ACCESS = {READABLE: "+a.status IN ('open', 'plus-first')", LOCKED: "a.locked"}

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
        rows = f"{rows} WHERE {' AND '.join(conditions or ['1'])}"
        return cls(rows, tuple(values), own, is_full_text=bool(match))


def _name(reporter: str | None) -> list[str]:
    """A query that finds no fewer articles than the name: of one word, for others cannot
    be looked for inside of words."""
    name = words.folded(reporter or "")
    return [words.query(f'"{name}"')] if len(name) > 1 and name.isalpha() else []


def _conditions(which: Filter) -> tuple[list[str], list[object]]:
    parts = [_ACCESS[which.access]] if which.access in _ACCESS else []
    values: list[object] = []
    for sql, value in (
        ("a.status = ?", None if which.access in _ACCESS else which.access),
        ("a.at >= ?", None if which.since is None else micros(which.since)),
        ("a.at < ?", None if which.until is None else micros(which.until)),
        (
            "instr(' ' || a.sections || ' ', ?)",
            None if which.section is None else f" {which.section} ",
        ),
        ("instr(a.names, ?)", which.reporter and words.folded(which.reporter)),
    ):
        if value is not None:
            parts.append(sql)
            values.append(value)
    return parts, values
