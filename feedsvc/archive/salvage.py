"""The journal and ``pending.jsonl`` put right, for ``verify --repair``.

What is damaged is copied to ``.state/damaged``.  A line that can be proved is restored;
one that cannot be read is left out, and the chain is joined again behind it: from there
on each line names the digest of the line that now stands before it.  Records are not
looked at here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from feedsvc import atomic, regular
from feedsvc.archive import aside
from feedsvc.archive.crash import Leftovers
from feedsvc.archive.flipped import flipped_back
from feedsvc.archive.journal import Journal, Line
from feedsvc.archive.layout import Layout
from feedsvc.archive.notices import NoticesFile
from feedsvc.archive.pending import PendingFile
from feedsvc.errors import ArchiveError
from feedsvc.recordjson import sha256


@dataclass(slots=True)
class Salvaged:
    """A line for each thing that was done, and the articles beside each gap."""

    told: list[str] = field(default_factory=list)
    beside: set[int] = field(default_factory=set)


def salvage(layout: Layout) -> Salvaged:
    """For the one who holds the lock, before the archive is opened.  Raises ``OSError``."""
    done = Salvaged()
    _pending(layout, done)
    _notices(layout, done)
    try:
        pending = set(PendingFile(layout.pending).read())
    except ArchiveError:
        pending = set()
    _journal(layout, Leftovers(layout, pending), done)
    return done


def _pending(layout: Layout, done: Salvaged) -> None:
    path, file = layout.pending, PendingFile(layout.pending)
    if regular.kind(path):
        done.told.append(f"{path}: moved to {aside.moved(path, layout.state)}")
        return
    left = file.salvaged()
    if left is not None:
        copy = aside.copied(path, layout.state)
        file.replace(left.values())
        done.told.append(f"{path}: what is no line was left out; it is kept as {copy}")


def _notices(layout: Layout, done: Salvaged) -> None:
    path, file = layout.notices, NoticesFile(layout.notices)
    if regular.kind(path):
        done.told.append(f"{path}: moved to {aside.moved(path, layout.state)}")
    elif file.wrong():
        copy = aside.copied(path, layout.state)
        file.salvage()
        done.told.append(f"{path}: what is no line was left out; it is kept as {copy}")


def _journal(layout: Layout, left: Leftovers, done: Salvaged) -> None:
    journal = Journal(layout.journal)
    prev: str | None = None
    names = journal.names()
    for name in names:
        path = journal.path(name)
        if regular.kind(path):
            done.told.append(f"{path}: moved to {aside.moved(path, layout.state)}")
            continue
        data = regular.read(path)
        lines = data.splitlines(keepends=True)
        tail = b""
        if lines and not lines[-1].endswith(b"\n"):
            torn = lines.pop()
            if name == names[-1] and left.line(torn):
                tail = torn  # a crash left it: that is the next writer's to complete
        kept, prev = _joined([line[:-1] for line in lines], prev, done)
        whole = b"".join(line + b"\n" for line in kept) + tail
        if whole != data:
            copy = aside.copied(path, layout.state)
            if whole:
                atomic.write(path, whole)
            else:
                path.unlink()
            done.told.append(f"{path}: the chain was joined again; as it was it is kept as {copy}")


def _joined(
    lines: Sequence[bytes], prev: str | None, done: Salvaged
) -> tuple[list[bytes], str | None]:
    """The lines of one file as a chain behind ``prev``, and the digest of the last."""
    kept: list[bytes] = []
    gap = False
    for place, raw in enumerate(lines):
        line = _line(raw)
        if line is not None and place and raw == lines[place - 1]:
            continue  # the same line twice
        following = _line(lines[place + 1]) if place + 1 < len(lines) else None
        if following is not None and following.prev and sha256(raw) != following.prev:
            found = flipped_back(raw, following.prev)
            line = line if found is None else _line(found)
        if line is None:
            gap = True
            continue
        if line.prev != prev or gap:
            _note(line, done)
            line, gap = replace(line, prev=prev), False
        kept.append(line.to_bytes())
        prev = sha256(kept[-1])
    if gap and kept:
        _note(Line.from_bytes(kept[-1]), done)
    return kept, prev


def _note(line: Line, done: Salvaged) -> None:
    """A layout beside a gap needs no line: its file tells all that the journal does."""
    if line.article is not None:
        done.beside.add(line.article)


def _line(raw: bytes) -> Line | None:
    try:
        return Line.from_bytes(raw)
    except ValueError:
        return None
