"""Whether the index in ``.state`` says what the journal says.

In: what the journal's lines say of each record's file.  Out: faults: an index that is
damaged or says something else, and a journal that is without the newest line that
``.state`` remembers.  An index that is behind, missing or not for this user to read is
no fault: the files tell all that they can.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path

from feedsvc import regular
from feedsvc.archive.index import Index
from feedsvc.archive.journal import NOTHING, Journal, Line, Place
from feedsvc.archive.layout import Layout
from feedsvc.archive.verdict import Fault
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError, ArchiveUnreadable, ArchiveUnwritable

NO_BYTES = bytes.fromhex(NOTHING.removeprefix("sha256:"))
"""The digest of the file of an article that has no record."""


def judge(
    layout: Layout, journal: Journal, files: dict[int, bytes], end: Place | None,
    gone: Collection[int],
) -> list[Fault]:  # fmt: skip
    """``files`` has the digest of each record's file up to the line that ends at ``end``,
    and gets those of newer lines; ``gone`` are the records that are damaged or missing."""
    path = layout.state / "state.sqlite"
    faults: list[Fault] = []
    try:
        what = regular.kind(path)
        state = State.to_read(layout.state)
    except (OSError, ArchiveUnreadable):
        return faults
    if what is not None:
        faults.append(Fault(path, f"{what} stands where a file belongs: move it away"))
    if state is None:
        return faults  # deleted or of another version: made again by the next writer
    try:
        with state.snapshot():
            index = Index(state)
            head = index.head()
            try:
                if head is not None:
                    journal.hold(head)
            except ArchiveError as error:
                return [*faults, Fault(Path(error.about), error.message)]
            if not index.made or not journal.reached(head):
                return faults  # behind: the next writer catches up
            _take_newer(journal, files, end, head)
            held = 0
            differs = False
            for article_id, file in index.files():
                held += 1
                of_line = files.get(article_id)
                differs |= of_line is None or file != f"sha256:{of_line.hex()}"
            odd = set(index.odd())
    except ArchiveUnwritable:
        return faults  # locked for a moment by another feedsvc
    except (ArchiveError, sqlite3.Error, ValueError, TypeError) as error:
        return [*faults, Fault(path, f"the index is damaged: {error}", derived=True)]
    finally:
        state.close()
    if differs or held != len(files) or odd - set(gone):
        what = "the index does not say what the journal says"
        faults.append(Fault(path, what, derived=True))
    return faults


def take(files: dict[int, bytes], later: Mapping[int, bytes]) -> None:
    """Take in what later lines say of the files of records, or that there is none any more."""
    files.update(later)
    for article_id, of_file in later.items():
        if of_file == NO_BYTES:
            files.pop(article_id, None)


def of_record(line: Line) -> dict[int, bytes]:
    """What a line says of the file of a record, by its id."""
    if line.article is None:
        return {}
    return {line.article: bytes.fromhex(line.file.removeprefix("sha256:"))}


def _take_newer(
    journal: Journal, files: dict[int, bytes], end: Place | None, head: Place | None
) -> None:
    """The lines written while the files were read, which the index knows too."""
    if end == head:
        return
    for line, place in journal.after(end):
        take(files, of_record(line))
        if place == head:
            return
