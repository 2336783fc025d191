"""Whether the index in ``.state`` says what the journal says: ``verify``'s look at it.

In: what the journal's lines say of each record's file.  Out: faults: an index that is
damaged or says something else, and a journal that is without the newest line that
``.state`` remembers.  An index that is behind, missing or not for this user to read is
no fault: the files tell all that they can.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

from feedsvc import regular
from feedsvc.archive.journal import Journal
from feedsvc.archive.tree import Tree
from feedsvc.catalogue.index import NOTHING, Index, Place
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError, ArchiveUnreadable, ArchiveUnwritable

_SMALL = 256 << 20
"""Bytes of an index that are read in a moment: some 40,000 records."""

_NO_BYTES = bytes.fromhex(NOTHING.removeprefix("sha256:"))


def faults(
    tree: Tree, journal: Journal, files: dict[int, bytes], end: Place | None,
    gone: Collection[int], *, every_page: bool,
) -> Iterator[tuple[Path, str, bool]]:  # fmt: skip
    """Each file and what is wrong with it, and whether it can be made again from the others.

    ``files`` has the digest of each record's file up to the line that ends at ``end``,
    and gets those of newer lines; ``gone`` are the records that are damaged or missing.
    Of a large index ``every_page`` is looked at only if asked: the files are what counts."""
    path = tree.state / "state.sqlite"
    try:
        what = regular.kind(path)
        state = State.to_read(tree.state) or State.in_memory(tree.state)
    except (OSError, ArchiveUnreadable):
        return
    if what is not None:
        yield path, f"{what} stands where a file belongs: move it away", False
    try:
        with closing(state), state.snapshot():
            index = Index(state)
            head = index.head()
            try:
                if head is not None:
                    journal.hold(head)
            except ArchiveError as error:
                yield Path(error.about), error.message, False
                return
            looked_at = every_page or state.size <= _SMALL
            if state.was_broken or (looked_at and not state.is_sound()):
                yield path, "the index is damaged", True
                return
            if not index.made or not journal.reached(head):
                return  # behind, deleted or of another version: the next writer catches up
            # The lines written while the files were read, which the index knows too.
            for line, place in journal.after(end) if end != head else ():
                take(files, line.of_record)
                if place == head:
                    break
            same = [
                one in files and file == f"sha256:{files[one].hex()}" for one, file in index.files()
            ]
            odd = {*index.unknown(), *index.missing()}
    except ArchiveUnwritable:
        return  # locked for a moment by another feedsvc
    except (ArchiveError, sqlite3.Error, ValueError, TypeError) as error:
        yield path, f"the index is damaged: {error}", True
        return
    if not all(same) or len(same) != len(files) or odd - set(gone):
        yield path, "the index does not say what the journal says", True


def take(files: dict[int, bytes], later: dict[int, bytes]) -> None:
    """Take in what later lines say of the files of records, or that there is none any more."""
    files.update(later)
    for article_id, of_file in later.items():
        if of_file == _NO_BYTES:
            del files[article_id]
