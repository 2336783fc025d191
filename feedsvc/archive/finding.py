"""The search index beside the archive: kept up to date by the one who writes, asked by
anyone.

A poll never fails for it: where it cannot be written it is left behind, and catches up
when it can.  A reader adds what it misses in memory and writes nothing.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from feedsvc.archive import records
from feedsvc.archive.journal import Journal, Place
from feedsvc.archive.layout import Layout
from feedsvc.errors import ArchiveError
from feedsvc.model import Record

if TYPE_CHECKING:
    from feedsvc.archive.search import Filter, Found, Search

Progress = Callable[[int], None]


class Finding:
    """The index of one archive."""

    def __init__(self, layout: Layout, journal: Journal) -> None:
        self._layout = layout
        self._journal = journal
        self._writer: Search | None = None
        self._own: Search | None = None
        self._lock = threading.Lock()

    @property
    def is_made(self) -> bool:
        """Whether an index of the whole archive lies on the disk."""
        from feedsvc.archive.search import Search

        found = Search.to_read(self._layout.state)
        if found is None:
            return False
        found.close()
        return True

    def open(self, progress: Progress | None = None) -> None:
        """Open it to write, up to the journal's end.  For the one who holds the lock."""
        from feedsvc.archive.search import Search

        for _ in range(2):
            self.close()
            self._writer = Search.to_write(self._layout.state)
            if self._writer is None:
                return
            try:
                self._writer.bring_up(self._journal, self._layout, progress)
                return
            except ArchiveError:
                # Of another archive, or of this one before its journal was put back.
                self.forget()
            except sqlite3.Error:
                self.close()
                return

    def put(self, record: Record, place: Place) -> None:
        """Take in a record that was kept; ``place`` is the end of its journal line."""
        if self._writer is not None:
            try:
                self._writer.put(record, place)
            except sqlite3.Error:
                self.close()  # what is missing from here on is taken in by the next

    def forget(self) -> None:
        """Make it from nothing when it is opened next."""
        self.close()
        with suppress(OSError):
            for name in ("", "-wal", "-shm"):
                (self._layout.state / f"search.sqlite{name}").unlink(missing_ok=True)

    def close(self) -> None:
        if self._writer is not None:
            with suppress(sqlite3.Error):
                self._writer.close()
            self._writer = None

    def find(self, text: str, which: Filter, *, limit: int | None, best: bool) -> tuple[Found, ...]:
        """See :meth:`Archive.find`."""
        from feedsvc.archive.search import Search

        if self._writer is not None:
            return tuple(self._writer.find(text, which, limit=limit, best=best))
        on_disk = Search.to_read(self._layout.state)
        if on_disk is not None:
            try:
                return self._with_newer(on_disk, text, which, limit=limit, best=best)
            except (sqlite3.Error, ArchiveError):
                pass  # broken, or of another archive: the writer makes it again
            finally:
                on_disk.close()
        with self._lock:
            if self._own is None:
                self._own = Search.in_memory()
            self._own.bring_up(self._journal, self._layout)
            return tuple(self._own.find(text, which, limit=limit, best=best))

    def _with_newer(
        self, on_disk: Search, text: str, which: Filter, *, limit: int | None, best: bool
    ) -> tuple[Found, ...]:
        """What the index finds, and what stands in the journal behind it."""
        from feedsvc.archive.search import Search

        head = on_disk.head()
        if self._journal.reached(head):
            return tuple(on_disk.find(text, which, limit=limit, best=best))
        changed = {line.id for line, _ in self._journal.after(head)}
        newer = Search.in_memory()
        try:
            for article_id in changed:
                found = records.read(self._layout.record(article_id), article_id, lenient=True)
                if found:
                    newer.put(found[0], None)
            more = None if limit is None else limit + len(changed)
            base = on_disk.find(text, which, limit=more, best=best)
            base = [one for one in base if one.id not in changed]
            joined = newer.find(text, which, limit=limit, best=best) + base
        finally:
            newer.close()
        if not best:
            joined.sort(key=lambda one: one.id, reverse=True)
        return tuple(joined[:limit])
