"""The journal and the index that follows it, line by line: what is written goes through here.

For the one who holds the lock: a line is on the disk before the index is told of it, and the
rows that it leads to are one transaction with the place up to which the index was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feedsvc.archive.index import Index
from feedsvc.archive.journal import NOTHING, Journal, Line
from feedsvc.archive.layout import Layout
from feedsvc.archive.learned import KeptLayout, LayoutState
from feedsvc.archive.reindex import Progress, reindex
from feedsvc.catalogue.state import State
from feedsvc.model import Event, Record
from feedsvc.recordjson import sha256


@dataclass(frozen=True, slots=True)
class Journaling:
    layout: Layout
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
            reindex(self.state, self.journal, self.layout, progress, raw=raw)
        if not self.journal.reached(self.index.head()):
            self.index.catch_up(self.journal, self.layout)

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
            index.catch_up(self.journal, self.layout)
        head = index.head()
        line = Line(at, event, number, digest, file, head.digest if head else None)
        place = self.journal.append(at, event, number, digest, file, head)
        with self.state.transaction():
            if record is not None:
                index.put(record)
            elif event not in (Event.MOVED, Event.LAYOUT):
                index.drop(number)
            index.put_lines([line])
            index.set_head(place)
