"""A table of typed rows, read and written by key.

In: a frozen dataclass (its fields are the columns, those without a default the key), and
what runs SQL.  Out: rows.  A value that is not what its column holds counts as forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_type_hints

from feedsvc.memory.times import micros, time_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Row = TypeVar("Row", bound=DataclassInstance)
else:
    Row = TypeVar("Row")

Run = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""A statement and its values; its rows."""

_DECLARED = {int: "INTEGER NOT NULL DEFAULT 0", str: "TEXT NOT NULL DEFAULT ''",
             bool: "INTEGER NOT NULL DEFAULT 0", datetime | None: "INTEGER"}  # fmt: skip


class Table(Generic[Row]):
    """The rows of one class.  ``run`` works on the database of the moment; without it what
    is known is all there is, and is forgotten with the process.

    Many rows are asked for again and again.  While the archive is held nobody else writes
    them, so that what was read or written once is known (:meth:`know`).
    """

    def __init__(self, row: type[Row], run: Run | None = None) -> None:
        self._row, self._run = row, run
        self._name = row.__name__.lower()
        self._kinds, self._key = _columns(row)
        self._is_key = " AND ".join(f'"{one}"=?' for one in self._key)
        self._columns = ", ".join(f'"{one}"' for one in self._kinds)
        self._known: dict[tuple[Any, ...], Row] | None = None if run else {}

    @property
    def schema(self) -> str:
        """The statement that makes the table."""
        columns = [f'"{one}" {_DECLARED.get(kind, "TEXT")}' for one, kind in self._kinds.items()]
        key = ", ".join(f'"{one}"' for one in self._key)
        return f"CREATE TABLE {self._name}({', '.join(columns)}, PRIMARY KEY({key})) WITHOUT ROWID"

    def know(self, known: bool) -> None:
        """From here on what was read is known, or must be read again."""
        if self._run is not None:
            self._known = {} if known else None

    def of(self, *key: Any) -> Row:
        """The row of a key; one that says nothing where there is none."""
        known, run = self._known, self._run
        if known is not None and key in known:
            return known[key]
        found = run and run(f"SELECT {self._columns} FROM {self._name} WHERE {self._is_key}", key)
        row = self._made(found[0]) if found else self._row(*key)
        if known is not None and run is not None:
            known[key] = row
        return row

    def having(self, column: str, until: datetime | None = None) -> list[Row]:
        """The rows that have a time there, ``until`` then at most, in the order of it."""
        if self._run is None:
            told = [(getattr(row, column), key, row) for key, row in (self._known or {}).items()]
            told = [one for one in told if one[0] is not None and (not until or one[0] <= until)]
            return [row for _, _, row in sorted(told, key=lambda one: one[:2])]
        sql = f'SELECT {self._columns} FROM {self._name} WHERE "{column}" IS NOT NULL'
        values = () if until is None else (micros(until),)
        limit = "" if until is None else f' AND "{column}"<=?'
        rows = self._run(f'{sql}{limit} ORDER BY "{column}", {", ".join(self._key)}', values)
        return [self._made(row) for row in rows]

    def set(self, *key: Any, **values: Any) -> None:
        """Change these columns of a row, and no others: another process may do so meanwhile.
        A row that says nothing any more is taken away."""
        before = self.of(*key)
        after = replace(before, **values)
        changed = [one for one in values if getattr(before, one) != getattr(after, one)]
        if not changed:
            return
        nothing = after == self._row(*key) and self._known is not None
        if self._run is not None and nothing:
            self._run(f"DELETE FROM {self._name} WHERE {self._is_key}", key)
        elif self._run is not None:
            names = ", ".join(f'"{one}"' for one in (*self._key, *changed))
            marks = ", ".join("?" * (len(key) + len(changed)))
            new = ", ".join(f'"{one}"=excluded."{one}"' for one in changed)
            self._run(
                f"INSERT INTO {self._name}({names}) VALUES({marks})"
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
        if self._run is not None:
            self._run(f'DELETE FROM {self._name} WHERE "{name}"=? AND at<?', (value, micros(at)))

    def _made(self, values: Sequence[Any]) -> Row:
        pairs = zip(self._kinds.items(), values, strict=True)
        told = {name: _told(kind, value) for (name, kind), value in pairs}
        return self._row(**{name: value for name, value in told.items() if value is not None})


@cache
def _columns(row: type[Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What each column holds, and which of them are the key."""
    key = tuple(one.name for one in fields(row) if one.default is MISSING)
    return get_type_hints(row), key


def _kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return micros(value)
    return json.dumps(value) if isinstance(value, tuple) else value


def _told(kind: Any, value: Any) -> Any:
    """A column's value, ``None`` where it is none of its kind."""
    try:
        if kind is bool:
            return bool(value)
        if kind is int or kind is str:
            return value if type(value) is kind else None
        if kind == datetime | None:
            return None if value is None else time_of(value)
        return None if value is None else tuple(int(one) for one in json.loads(value))
    except (ValueError, TypeError, OverflowError):
        return None
