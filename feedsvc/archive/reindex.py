"""Make the index from nothing, in an archive of any size: ``.state`` was lost.

In: journal, records, a :class:`State`.  Out: every row of ``index``.  Who is stopped in
the middle goes on there the next time: a step is one transaction, and which was the last
stands in ``meta``.  Rows are added in the order of their keys, and what has no such order
is sorted first, so that the whole takes minutes for a million records, not hours.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from feedsvc.archive import records
from feedsvc.archive.damage import GONE, OTHER, UNKNOWN, UNREADABLE, NotedDamage, claims_of
from feedsvc.archive.journal import Journal, Line
from feedsvc.archive.tree import Tree
from feedsvc.catalogue.index import MOVED, NOTHING, Index
from feedsvc.catalogue.record import RecordRows, rows_of
from feedsvc.catalogue.state import INDEXES, State
from feedsvc.model import Event
from feedsvc.recordjson import sha256

Progress = Callable[[int, int], None]
"""Told how much was read, and how much there is: records, or bytes of files."""

_KEY = "remaking"
_ALONE = 20_000  # records for which other processes are not worth their start
_LINES = 20_000  # of the journal, in one step
_PARTS = 8  # of the hashes, by size: what is sorted at once stays small
_PART = (1 << 63) // _PARTS
_TABLES = (
    "record",
    "published",
    "journaled",
    "sketch",
    "tally",
    "amiss",
    "span",
)


def reindex(
    state: State, journal: Journal, tree: Tree, progress: Progress | None = None,
    *, raw: Sequence[Path] | None = None, anew: bool = False,
) -> None:  # fmt: skip
    """Go on where it was stopped, or begin; ``anew`` begins in any case.  What is not as
    journal and records say is noted (``amiss``); ``raw`` are the files of raw pages, where
    they are to be held against what the records name.

    Raises ``ArchiveError`` for a broken chain.
    """
    if anew or state.meta(_KEY) is None:
        _begin(state)
    with state.roomy():
        _take_journal(state, journal)
        _take_records(state, tree, progress or (lambda done, total: None))
        _sort_sketches(state)
    _end(state, raw)


def _begin(state: State) -> None:
    with state.transaction():
        for table in _TABLES:
            state.rows(f"DELETE FROM {table}")
        for name in INDEXES:
            state.rows(f"DROP INDEX IF EXISTS {name}")
        state.rows("INSERT INTO text(text) VALUES('delete-all')")
        state.rows("DROP TABLE IF EXISTS unsorted")
        state.rows("CREATE TABLE unsorted(hash INTEGER, at INTEGER, id INTEGER)")
        state.rows("DROP TABLE IF EXISTS claimed")
        state.rows("CREATE TABLE claimed(key INTEGER, id INTEGER)")
        state.rows(
            "DELETE FROM meta WHERE key IN ('head', 'made', 'texts')"
            " OR key BETWEEN 'layout:' AND 'layout:~'"
        )
        _reached(state, "folder", -1)


def take_lines(index: Index, lines: Collection[Line]) -> None:
    """What the index knows by the journal alone."""
    index.put_lines(
        (
            line.id,
            MOVED if line.event is Event.MOVED and line.file == NOTHING else line.file,
            line.at,
        )
        for line in lines
        if line.article is not None
    )
    for line in lines:
        if line.article is None:
            index.put_layout(line.id, line.file)


def _take_journal(state: State, journal: Journal) -> None:
    """The journal, which tells itself how far it was taken in."""
    index = Index(state)
    lines = journal.after(index.head())
    while some := list(islice(lines, _LINES)):
        with state.transaction():
            take_lines(index, [line for line, _ in some])
            index.set_head(some[-1][1])


def _take_records(state: State, tree: Tree, progress: Progress) -> None:
    from feedsvc.archive.workers import in_workers  # no poll starts processes

    what, done = _stage(state)
    if what != "folder":
        return
    index = Index(state)
    folders = tree.folders()
    left = [number for number in folders if number > done]
    total = tree.count(folders)
    read = total - tree.count(left)
    progress(read, total)
    amiss = NotedDamage(state)
    many = in_workers(partial(_read, tree), left, alone=total - read < _ALONE)
    for number, found in zip(left, many, strict=True):
        with state.transaction():
            index.put_rows(found.rows)
            state.many(
                "INSERT INTO unsorted VALUES(?,?,?)",
                (row for one in found.rows for row in one.sketch),
            )
            state.many("INSERT INTO claimed VALUES(?,?)", found.claims)
            named = index.files_of(number)
            other = {
                one: OTHER for one, file in found.files.items() if named.get(one, file) != file
            }
            for article_id, what in (other | found.unread).items():
                amiss.note(article_id, what)
            _reached(state, "folder", number)
        read += len(found.rows) + len(found.unread)
        progress(read, total)


@dataclass(slots=True)
class _Folder:
    """What stands in a folder of records: rows, the digest of each file, the keys of the raw
    pages that are named, and why others could not be read."""

    rows: list[RecordRows] = field(default_factory=list)
    files: dict[int, str] = field(default_factory=dict)
    claims: list[tuple[int, int]] = field(default_factory=list)
    unread: dict[int, str] = field(default_factory=dict)


def _read(tree: Tree, folder: int) -> _Folder:
    read = _Folder()
    for article_id, path in tree.within(folder):
        try:
            found = records.read(path, article_id)
        except UNREADABLE as error:
            read.unread[article_id] = error.message
            continue
        if found:
            read.rows.append(rows_of(found[0]))
            read.files[article_id] = sha256(found[1])
            read.claims += [(key, article_id) for key in claims_of(found[0])]
    return read


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


def _end(state: State, raw: Sequence[Path] | None) -> None:
    index, amiss = Index(state), NotedDamage(state)
    with state.transaction():
        odd = dict.fromkeys(index.missing(), GONE) | dict.fromkeys(index.unknown(), UNKNOWN)
        for article_id in odd.keys() - amiss.records().keys():
            amiss.note(article_id, odd[article_id])
        if raw is not None:
            amiss.look_for_pages(raw)
        state.rows("DROP TABLE claimed")
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
