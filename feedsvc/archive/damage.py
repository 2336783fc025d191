"""What is not as the journal and the records say, as far as it was noticed: an alarm that
is kept in ``.state`` until the files are right again.

Noticed is a record that cannot be read or is not what the journal names, when it is asked
for and when the index is made; and raw pages that records name and that are in no file,
when the index is made from nothing, for that alone reads everything.  ``verify`` looks at
all of it again, and this takes nothing away from what it finds.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from feedsvc.archive import records
from feedsvc.archive.rawscan import PageAt, walk
from feedsvc.archive.records import claimed, page_key, some
from feedsvc.archive.tree import Tree
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveUnreadable, RecordDamaged
from feedsvc.model import Record
from feedsvc.recordjson import sha256

UNREADABLE = (RecordDamaged, ArchiveUnreadable)
"""What one article's record fails with; the others are none the worse."""

GONE = "the record is gone"
OTHER = "the record is not what the journal's last line of it names"
UNKNOWN = "a record that the journal does not know"
_THERE = frozenset({OTHER, UNKNOWN})

_SHOWN = 5
_LOOKED = "raw-looked-at"
_ALONE = 300_000_000  # bytes of raw pages for which other processes are not worth their start
_HALF = 1 << 63  # SQLite's integers have a sign, keys have none
_STEP = 10_000


class NotedDamage:
    """Rows in a :class:`State`: ``amiss`` of records, ``unkept`` of raw pages."""

    def __init__(self, state: State) -> None:
        self._state = state

    def note(self, article_id: int, what: str) -> None:
        """A record cannot be read, or is not the one that it should be."""
        self._state.rows("INSERT OR REPLACE INTO amiss VALUES(?,?)", (article_id, what))

    def well(self, article_id: int, record: Record | None) -> None:
        """The record is right, or none is wanted any more; raw pages that it does not name
        are not missing."""
        self._state.rows("DELETE FROM amiss WHERE id=?", (article_id,))
        if rows := self._state.rows("SELECT key FROM unkept WHERE id=?", (article_id,)):
            named = set(claims_of(record)) if record else set()
            self._state.many(
                "DELETE FROM unkept WHERE key=?", [(one,) for (one,) in rows if one not in named]
            )

    def records(self) -> dict[int, str]:
        """What is wrong with which article's record, by rising id."""
        rows = self._state.rows("SELECT id, what FROM amiss ORDER BY id")
        return {int(article_id): str(what) for article_id, what in rows}

    def damaged_ids(self) -> frozenset[int]:
        """The articles whose records cannot be read."""
        return frozenset(one for one, what in self.records().items() if what not in _THERE)

    def pages(self) -> tuple[int, ...]:
        """The articles of which raw pages are missing, rising."""
        sql = "SELECT DISTINCT id FROM unkept ORDER BY id"
        return tuple(int(one) for (one,) in self._state.rows(sql))

    def look_for_pages(self, files: Sequence[Path]) -> None:
        """Note which of the pages in the table ``claimed`` are in none of these files."""
        self._state.rows("DELETE FROM unkept")
        last, have = 0, None
        while rows := self._state.rows(
            "SELECT rowid, key, id FROM claimed WHERE rowid>? ORDER BY rowid LIMIT ?", (last, _STEP)
        ):
            have = array("q", sorted(_keys_in(files))) if have is None else have
            self._state.many(
                "INSERT OR REPLACE INTO unkept VALUES(?,?)",
                [(one, article) for _, one, article in rows if not holds(have, one)],
            )
            last = rows[-1][0]
        self._state.set_meta(_LOOKED, json.dumps(_looks(files)))

    def look_again(self, tree: Tree, files: Sequence[Path], put: Callable[[Record], None]) -> None:
        """Look at what was amiss, for it may have been put back; ``put`` takes in a record
        that is as it should be."""
        for article_id in self.records():
            found = None
            with suppress(*UNREADABLE):
                found = records.read(tree.record(article_id), article_id)
            rows = self._state.rows("SELECT file FROM journaled WHERE id=?", (article_id,))
            if found is not None and rows and rows[0][0] == sha256(found[1]):
                put(found[0])
            elif found is None and not rows and not tree.record(article_id).exists():
                self.well(article_id, None)  # it was never of this archive
        if not self.pages():
            return
        looks, before = _looks(files), json.loads(self._state.meta(_LOOKED) or "{}")
        changed = [path for path in files if before.get(path.name) != looks.get(path.name)]
        if changed:
            with self._state.transaction():
                self._state.many(
                    "DELETE FROM unkept WHERE key=?", [(one,) for one in _keys_in(changed)]
                )
                self._state.set_meta(_LOOKED, json.dumps(looks))

    def told(self, tree: Tree) -> tuple[str, ...]:
        """A line for each thing; where there are many, which others there are."""
        found = self.records()
        lines = [f"{tree.record(one)}: {what}" for one, what in list(found.items())[:_SHOWN]]
        if len(found) > _SHOWN:
            rest = some(list(found)[_SHOWN:])
            lines.append(f"{tree.articles}: nor are these records as they should be: {rest}")
        if pages := self.pages():
            lines.append(f"{tree.raw}: pages that were kept are gone, of {some(pages)}")
        return tuple(lines)


def claims_of(record: Record) -> list[int]:
    """The keys of the raw pages that a record names, as SQLite's integers."""
    return [page_key(record.id, page) - _HALF for page in claimed(record)]


def keys_of(path: Path) -> array[int]:
    """The keys of the whole pages in a file; none of one that cannot be read, of which
    ``raw`` tells."""
    found = array("q")
    with suppress(OSError):
        found.extend(
            page_key(part.article, part.digest) - _HALF
            for part in walk(path)
            if isinstance(part, PageAt)
        )
    return found


def _keys_in(files: Sequence[Path]) -> array[int]:
    from feedsvc.archive.workers import in_workers

    size = sum(one[0] for one in _looks(files).values())
    found = array("q")
    for keys in in_workers(keys_of, files, alone=size < _ALONE):
        found.extend(keys)
    return found


def holds(have: array[int], wanted: int) -> bool:
    """Whether a number is among others that rise."""
    at = bisect_left(have, wanted)
    return at < len(have) and have[at] == wanted


def _looks(files: Sequence[Path]) -> dict[str, list[int]]:
    """Length and time of change by a file's name: what changes when it is put back."""
    found: dict[str, list[int]] = {}
    for path in files:
        with suppress(OSError):
            what = path.stat()
            found[path.name] = [what.st_size, what.st_mtime_ns]
    return found
