"""The four tables of what is remembered, and where they stand: see :class:`Memory`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from feedsvc.memory.rows import Note, Page, Section, Topic, Watch
from feedsvc.memory.table import Run, Table

SCHEMA = tuple(Table(row).schema for row in (Watch, Section, Page, Note))

INDEXES = tuple(
    f"CREATE INDEX IF NOT EXISTS watch_{one} ON watch({one}) WHERE {one} IS NOT NULL"
    for one in ("next_at", "failed_since", "given_up_at", "boxed_at")
)
"""By which the rows are found that have a time there; most have not."""


class Memory:
    """The four tables, and notes as JSON objects."""

    def __init__(self, run: Run | None = None) -> None:
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
        text = json.dumps(values, ensure_ascii=False) if values else ""
        self.note.set(topic, about, at=at, text=text)
