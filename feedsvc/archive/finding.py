"""The search index beside the archive: kept up to date by the one who writes, asked by
anyone.

A poll never fails for it: where it cannot be written it is left behind, and catches up
when it can.  Nor does a poll wait for it: lost, it is made some records at a time, unless
somebody wants to search.  A reader writes nothing: what is missing it reads itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from enum import Enum
from heapq import merge
from itertools import chain, islice
from typing import TYPE_CHECKING

from feedsvc.archive import database, records
from feedsvc.archive.journal import Journal, Place
from feedsvc.archive.layout import Layout
from feedsvc.archive.remake import Progress
from feedsvc.errors import ArchiveError
from feedsvc.model import Record

if TYPE_CHECKING:
    from feedsvc.archive.search import Filter, Found, Search

_FEW = 200  # records that take a moment
_BEST_OF = 2000  # articles that are held against one another without an index


class Order(Enum):
    """In which articles are found: by id, as the site numbers them, or as they fit."""

    NEWEST = "newest first"
    OLDEST = "oldest first"
    BEST = "best first"


class Finding:
    """The index of one archive."""

    def __init__(self, layout: Layout, journal: Journal) -> None:
        self._layout = layout
        self._journal = journal
        self._writer: Search | None = None
        self._copy: Search | None = None

    @property
    def is_made(self) -> bool:
        """Whether an index of the whole archive lies on the disk."""
        found = self._to_read()
        if found is None:
            return False
        self._let_go(found)
        return True

    def _to_read(self) -> Search | None:
        """The index on the disk; a copy of it is made once for as long as it is true."""
        from feedsvc.archive.search import Search

        if self._copy is not None and self._copy.is_current:
            return self._copy
        found = Search.to_read(self._layout.state)
        self._copy = found if found is not None and found.is_copy else None
        return found

    def _let_go(self, found: Search) -> None:
        if not found.is_copy:
            found.close()

    def open(self) -> None:
        """Open it to write, up to the journal's end.  For the one who holds the lock.
        In a small archive it is made; in another :meth:`make` is left to others."""
        from feedsvc.archive.search import Search

        for _ in range(2):
            self.close()
            self._writer = Search.to_write(self._layout.state)
            if self._writer is None:
                return
            try:
                self._writer.catch_up(self._journal, self._layout)
                self._writer.make(self._layout, _FEW)
                return
            except ArchiveError:
                # Of another archive, or of this one before its journal was put back.
                self.forget()
            except sqlite3.Error:
                self.close()
                return

    def make(self, limit: int | None, progress: Progress | None) -> None:
        """Go on making it; ``limit`` is of records."""
        if self._writer is not None and not self._writer.made:
            try:
                self._writer.make(self._layout, limit, progress)
            except sqlite3.Error:
                self.close()

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
            database.make_anew(self._layout.state / "search.sqlite")

    def close(self) -> None:
        if self._writer is not None:
            with suppress(sqlite3.Error):
                self._writer.close()
            self._writer = None

    def find(self, text: str, which: Filter, how: Order, limit: int | None) -> Iterator[Found]:
        """See :meth:`Archive.finding`."""
        if self._writer is not None and self._writer.made:
            return self._writer.find(text, which, how, limit)
        on_disk = None if self._writer else self._to_read()
        if on_disk is not None:
            try:
                found = self._with_newer(on_disk, text, which, how, limit)
                first = list(islice(found, 1))
                return chain(first, found)
            except (sqlite3.Error, ArchiveError):
                self._let_go(on_disk)  # broken, or of another archive: the writer makes it again
        return self._reading_all(text, which, how, limit)

    def count(self, text: str, which: Filter, most: int) -> int:
        """How many :meth:`find` finds, counted up to ``most``."""
        if self._writer is None and (on_disk := self._to_read()):
            try:
                if self._journal.reached(on_disk.head()):
                    return on_disk.count(text, which, most)
            except (sqlite3.Error, ArchiveError):
                pass  # broken, or of another archive: the records tell
            finally:
                self._let_go(on_disk)
        return sum(1 for _ in self.find(text, which, Order.NEWEST, most))

    def _with_newer(
        self, on_disk: Search, text: str, which: Filter, how: Order, limit: int | None
    ) -> Iterator[Found]:
        """What the index finds, and what stands in the journal behind it."""
        from feedsvc.archive.search import Search

        with ExitStack() as stack:
            stack.callback(self._let_go, on_disk)
            head = on_disk.head()
            if self._journal.reached(head):
                yield from on_disk.find(text, which, how, limit)
                return
            named = (line.article for line, _ in self._journal.after(head))
            changed = {one for one in named if one is not None}
            with closing(Search.in_memory()) as newer:
                self._put_in(newer, changed)
                ours = newer.find(text, which, how, limit)
                more = None if limit is None else limit + len(changed)
                base = on_disk.find(text, which, how, more)
                older = (one for one in base if one.id not in changed)
                joined: Iterator[Found] = chain(ours, older)
                if how is not Order.BEST:
                    joined = merge(ours, older, key=_id, reverse=how is Order.NEWEST)
                yield from islice(joined, limit)

    def _reading_all(
        self, text: str, which: Filter, how: Order, limit: int | None
    ) -> Iterator[Found]:
        """Without an index: the records, some at a time.  The best are the best of the
        newest that hold the words."""
        from feedsvc.archive.search import Search

        if how is Order.BEST:
            found = self._reading_all(text, which, Order.NEWEST, _BEST_OF)
            with closing(Search.in_memory()) as search:
                self._put_in(search, (one.id for one in found))
                yield from search.find(text, which, how, limit)
            return
        left = limit
        step = -1 if how is Order.NEWEST else 1
        for folder in self._layout.folders()[::step]:
            ids = [article_id for article_id, _ in self._layout.within(folder)][::step]
            while ids and left != 0:
                some, ids = ids[:_FEW], ids[_FEW:]
                with closing(Search.in_memory()) as search:
                    self._put_in(search, some)
                    for one in search.find(text, which, how, left):
                        left = None if left is None else left - 1
                        yield one

    def _put_in(self, search: Search, ids: Iterable[int]) -> None:
        """Damaged records are left out."""
        for article_id in ids:
            found = records.read(self._layout.record(article_id), article_id, lenient=True)
            if found:
                search.put(found[0], None)


def _id(one: Found) -> int:
    return one.id
