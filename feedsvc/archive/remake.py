"""Make the index from nothing, in an archive of any size: ``.state`` was lost.

In: journal, records, a :class:`State`.  Out: every row of ``index``.  Who is stopped in
the middle goes on there the next time: a step is one transaction, and which was the last
stands in ``meta``.  Rows are added in the order of their keys, and what has no such order
is sorted first, so that the whole takes minutes for a million records, not hours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice

from feedsvc.archive import records
from feedsvc.archive.index import Index, Rows, rows_of
from feedsvc.archive.journal import Journal
from feedsvc.archive.layout import Layout
from feedsvc.archive.spread import spread
from feedsvc.archive.state import INDEXES, State

Progress = Callable[[int, int], None]
"""Told how many records were read, and how many there are."""

_KEY = "remaking"
_ALONE = 20_000  # records for which other processes are not worth their start
_LINES = 20_000  # of the journal, in one step
_PARTS = 8  # of the hashes, by size: what is sorted at once stays small
_PART = (1 << 63) // _PARTS
_TABLES = ("record", "listing", "published", "journaled", "sketch", "tally")


def remake(
    state: State, journal: Journal, layout: Layout, progress: Progress | None = None,
    *, lenient: bool = False, anew: bool = False,
) -> None:  # fmt: skip
    """Go on where it was stopped, or begin; ``anew`` begins in any case.

    Raises ``ArchiveError`` for a broken chain or, unless ``lenient``, record.
    """
    if anew or state.meta(_KEY) is None:
        _begin(state)
    with state.roomy():
        _take_lines(state, journal)
        _take_records(state, layout, progress or (lambda done, total: None), lenient=lenient)
        _sort_sketches(state)
    _end(state)


def _begin(state: State) -> None:
    with state.transaction():
        for table in _TABLES:
            state.rows(f"DELETE FROM {table}")
        for name in INDEXES:
            state.rows(f"DROP INDEX IF EXISTS {name}")
        state.rows("DROP TABLE IF EXISTS unsorted")
        state.rows("CREATE TABLE unsorted(hash INTEGER, at INTEGER, id INTEGER)")
        state.rows("DELETE FROM meta WHERE key IN ('head', 'made')")
        _reached(state, "folder", -1)


def _take_lines(state: State, journal: Journal) -> None:
    """The journal, which tells itself how far it was taken in."""
    index = Index(state)
    lines = journal.after(index.head())
    while some := list(islice(lines, _LINES)):
        with state.transaction():
            index.put_lines(line for line, _ in some)
            index.set_head(some[-1][1])


def _take_records(state: State, layout: Layout, progress: Progress, *, lenient: bool) -> None:
    what, done = _stage(state)
    if what != "folder":
        return
    index = Index(state)
    folders = layout.folders()
    left = [number for number in folders if number > done]
    total = layout.count(folders)
    read = total - layout.count(left)
    progress(read, total)
    work = partial(_rows, layout, lenient)
    many = spread(work, left, alone=total - read < _ALONE)
    for number, rows in zip(left, many, strict=True):
        with state.transaction():
            index.put_rows(rows)
            hashes = (row for one in rows for row in one.sketch)
            state.many("INSERT INTO unsorted VALUES(?,?,?)", hashes)
            _reached(state, "folder", number)
        read += len(rows)
        progress(read, total)


def _rows(layout: Layout, lenient: bool, folder: int) -> list[Rows]:
    found = (records.read(path, one, lenient=lenient) for one, path in layout.within(folder))
    return [rows_of(one[0]) for one in found if one]


def _sort_sketches(state: State) -> None:
    what, done = _stage(state)
    for part in range(done + 1 if what == "part" else 0, _PARTS):
        with state.transaction():
            state.rows(
                "INSERT INTO sketch SELECT DISTINCT hash, at, id FROM unsorted"
                " WHERE hash BETWEEN ? AND ? ORDER BY hash, at, id",
                (part * _PART, (part + 1) * _PART - 1),
            )
            _reached(state, "part", part)


def _end(state: State) -> None:
    with state.transaction():
        state.rows("DROP TABLE unsorted")
        for name, columns in INDEXES.items():
            state.rows(f"CREATE INDEX {name} ON {columns}")
        state.rows("DELETE FROM meta WHERE key=?", (_KEY,))
        state.set_meta("made", "1")


def _reached(state: State, what: str, number: int) -> None:
    state.set_meta(_KEY, f"{what} {number}")


def _stage(state: State) -> tuple[str, int]:
    what, _, number = (state.meta(_KEY) or "").partition(" ")
    return what, int(number)
