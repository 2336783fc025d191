"""An archive's folder with the index that a reader finds there, or must do without.

In: ``.state`` as it stands, and the journal.  Out: a :class:`State` that is up to the
journal's end, whether it lies on the disk or was made in memory; what is remembered.
"""

import threading
from pathlib import Path

from feedsvc.archive.journal import Journal
from feedsvc.archive.journaling import Journaling
from feedsvc.archive.tree import Tree
from feedsvc.catalogue.index import Index, Place
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError, ArchiveUnreadable, IndexMissing
from feedsvc.memory import Memory

_SMALL = 16 << 20
"""Bytes of the journal of an archive that a reader indexes in memory, if it must: some
50,000 lines, which takes seconds."""

_COPIED = 64 << 20
"""Bytes of an index that a reader copies into memory, to add what it lacks."""


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
        self._stuck: tuple[Place | None, int] | None = None
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
            here = (index.head(), self._journal.size())
            if index.made and here == self._stuck:
                return state
            copy = state
            if state.kept:
                self._copy_of, copy = here[0], state.copy()
            try:
                Journaling(self.tree, self._journal, copy).bring_up()
            except ArchiveError:
                if not index.made:
                    raise
                self._stuck = here  # no copy for each request
                return state  # what lies behind is for who writes, or verifies, to tell
            self._state = copy
            return copy

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
            if self._state is not None and self._state.is_damaged:
                self._state = None
            return
        made_here = self._state is not None and not self._state.is_copy
        if not (made_here and Index(on_disk).head() == self._copy_of):
            self._state = on_disk
