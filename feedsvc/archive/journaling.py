"""The journal and the index that follows it, line by line: what is written goes through here.

A line is on the disk before the index is told of it, and the rows that it leads to are one
transaction with the place up to which the index was made.
"""

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
from feedsvc.model import Event, Record
from feedsvc.recordjson import sha256


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
