"""The journal and the index that follows it, line by line: what is written goes through here.

For the one who holds the lock: a line is on the disk before the index is told of it, and the
rows that it leads to are one transaction with the place up to which the index was made.  And
for the one who reads: ``.state`` as it stands and the journal come to a :class:`State` that is
up to the journal's end, whether it lies on the disk or was made in memory.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feedsvc.archive import records
from feedsvc.archive.damage import GONE, UNREADABLE, NotedDamage
from feedsvc.archive.journal import Journal, Line
from feedsvc.archive.learned import KeptLayout, LayoutState
from feedsvc.archive.reindex import Progress, reindex, take_lines
from feedsvc.archive.tree import Tree
from feedsvc.catalogue.index import NOTHING, Index, Place
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveUnreadable, IndexMissing
from feedsvc.memory import Memory
from feedsvc.model import Event, Record
from feedsvc.recordjson import sha256

_SMALL = 16 << 20
"""Bytes of the journal of an archive that a reader indexes in memory, if it must: some
50,000 lines, which takes seconds."""

_COPIED = 64 << 20
"""Bytes of an index that a reader copies into memory, to add what it lacks."""


@dataclass(frozen=True, slots=True)
class Journaling:
    tree: Tree
    journal: Journal
    state: State

    @property
    def index(self) -> Index:
        return Index(self.state)

    def bring_up(
        self, progress: Progress | None = None, *, raw: Sequence[Path] | None = None
    ) -> None:
        """Make the index again if it was never made, else catch up if it is behind; see
        ``reindex`` for ``raw``."""
        if not self.index.made:
            reindex(self.state, self.journal, self.tree, progress, raw=raw)
        if not self.journal.reached(self.index.head()):
            self.catch_up()

    def record(self, record: Record, data: bytes, event: Event, at: datetime) -> None:
        """The line of a record whose file, on the disk, has these bytes."""
        self.line(at, event, record.id, record.digest, sha256(data), record)

    def learned(self, kept: KeptLayout | int, file: str, at: datetime) -> None:
        """The line of a learned layout whose file is on the disk, or of the number of
        one that is lost.  Its ``digest`` is the file's while pages are read by it."""
        number = kept if isinstance(kept, int) else kept.number
        read_by = not isinstance(kept, int) and kept.state is LayoutState.ADOPTED
        self.line(at, Event.LAYOUT, number, file if read_by else NOTHING, file)

    def line(
        self, at: datetime, event: Event, number: int, digest: str = NOTHING,
        file: str = NOTHING, record: Record | None = None,
    ) -> None:  # fmt: skip
        """A line, then its rows.  Without a ``record`` the article has none any more, but for
        one that moved."""
        index = self.index
        if not self.journal.reached(index.head()):
            # A line was written and its row was not: the disk was full in between.
            self.catch_up()
        head = index.head()
        line = Line(at, event, number, digest, file, head.digest if head else None)
        place = self.journal.append(at, event, number, digest, file, head)
        with self.state.transaction():
            if record is not None:
                self.put(record)
            elif event not in (Event.MOVED, Event.LAYOUT):
                self.drop(number)
            take_lines(index, [line])
            index.set_head(place)

    def put(self, record: Record) -> None:
        """The rows of a record that is as it should be."""
        with self.state.transaction():
            self.index.put(record)
            NotedDamage(self.state).well(record.id, record)

    def drop(self, article_id: int) -> None:
        """The article has no record any more."""
        self.index.drop(article_id)
        NotedDamage(self.state).well(article_id, None)

    def catch_up(self) -> None:
        """Read again the records that the journal names behind the index's head; of one that
        cannot be read the rows stay as they are.  Raises ``ArchiveError`` for a broken chain.
        """
        index, damage = self.index, NotedDamage(self.state)
        with self.state.transaction():
            last: Place | None = None
            lines: dict[tuple[bool, int], Line] = {}
            for line, place in self.journal.after(index.head()):
                lines[line.article is None, line.id], last = line, place
            take_lines(index, lines.values())
            for line in lines.values():
                if line.article is None:
                    continue
                withdrawn, path = line.event is Event.WITHDRAWN, self.tree.record(line.id)
                try:
                    found = None if withdrawn else records.read(path, line.id)
                except UNREADABLE as error:
                    damage.note(line.id, error.message)
                    continue
                if found:
                    self.put(found[0])
                elif withdrawn or line.file == NOTHING:
                    self.drop(line.id)
                else:
                    damage.note(line.id, GONE)
            if last is not None:
                index.set_head(last)


class Indexed:
    """An archive's folder and the index of it, for one who reads or writes.

    Raises ``ArchiveError`` where the format is newer or unreadable.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = Tree(path)
        self._journal = Journal(self.tree.journal)
        self._state: State | None = None
        self._writing = False
        self._copy_of: Place | None = None
        self._unreadable: ArchiveUnreadable | None = None
        self._opening = threading.RLock()
        self.memory = Memory(lambda sql, values: self._remembering().rows(sql, values))
        self.tree.check()

    def close(self) -> None:
        """Let go of the index; the archive opens it again when asked."""
        if self._state is not None:
            self._state.close()
            self._state = None

    @property
    def index(self) -> Index:
        """What is known of records without opening them.  Raises ``IndexMissing``."""
        return Index(self._reading_state())

    @property
    def _book(self) -> Journaling:
        return Journaling(self.tree, self._journal, self._writing_state())

    def _writing_state(self) -> State:
        if not self._writing or self._state is None:
            raise RuntimeError("the archive is written inside writing() only")
        return self._state

    def _reading_state(self) -> State:
        """The index, up to the journal's end.

        A reader never writes the index on the disk: it could get ahead of a journal
        line that the writer has not flushed yet.  What it misses it adds to a copy, or,
        where that would be large, leaves out for the moment that the writer takes.
        Raises ``IndexMissing`` where making it would take more than seconds.
        """
        with self._opening:
            state = self._memory_state()
            index = Index(state)
            if self._writing or (index.made and self._journal.reached(index.head())):
                return state
            if index.made and state.kept and state.size > _COPIED:
                return state
            if self._journal.size() > _SMALL:
                if index.made:
                    return state
                raise IndexMissing(
                    "its index is missing or being made anew",
                    about=str(self.path),
                    advice="the next feedsvc poll makes it; what is published is served meanwhile",
                )
            if state.kept:
                self._copy_of = index.head()
                state = state.copy()
            Journaling(self.tree, self._journal, state).bring_up()
            self._state = state
            return state

    def _remembering(self) -> State:
        """What is remembered.  An index can be made again, this cannot: who may not read
        it is told so.  Raises ``ArchiveUnreadable``."""
        state = self._memory_state()
        if not state.kept and self._unreadable is not None:
            raise self._unreadable
        return state

    def _memory_state(self) -> State:
        """What is derived, whether there is an index or not."""
        if self._writing:
            return self._writing_state()
        with self._opening:
            if (
                self._state is None
                or not self._state.is_current
                or not (self._state.kept or self._state.is_copy)
            ):
                self._open_to_read()
            if self._state is None:
                self._state = State.in_memory(self.tree.state)
            return self._state

    def _open_to_read(self) -> None:
        """The index on the disk in place of none, or of a copy made of an older one.  What
        it takes the place of another thread may still read: the last one closes it."""
        try:
            on_disk = State.to_read(self.tree.state)
        except ArchiveUnreadable as error:
            self._unreadable = error
            return
        self._unreadable = None
        if on_disk is None:
            return
        made_here = self._state is not None and not self._state.is_copy
        if not (made_here and Index(on_disk).head() == self._copy_of):
            self._state = on_disk
