"""Whether the learned layouts, and the records that they changed, are what was written.

In: the files of ``layouts/`` and the journal.  Out: :class:`Judged`.  Nothing is written,
and another feedsvc may write meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from feedsvc import regular
from feedsvc.archive.journal import NOTHING, Journal, Place
from feedsvc.archive.layout import Layout
from feedsvc.archive.learned import read_file
from feedsvc.errors import ArchiveError
from feedsvc.recordjson import sha256


@dataclass(slots=True)
class Judged:
    """Each damaged file and what is wrong with it; what a crash left, in words."""

    faults: list[tuple[Path, str]] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)


def judge(
    layout: Layout, journal: Journal, paths: Iterable[Path], named: Mapping[int, bytes],
    end: Place | None,
) -> Judged:  # fmt: skip
    """``named``: the digest in each layout's last line, as far as ``end``."""
    found = Judged()
    paths = set(paths)
    files = {number: f"sha256:{digest.hex()}" for number, digest in named.items()}
    with suppress(ArchiveError):  # named already
        for line, _ in journal.after(end):  # written meanwhile
            if line.article is None:
                files[line.id] = line.file
    gone = {layout.layouts / f"{one:04d}.yaml" for one, file in files.items() if file != NOTHING}
    for path in sorted(paths | gone):
        if path.suffix == ".yaml":
            _layout(path, files.get(int(path.stem)), journal, found)
    _befores({path for path in paths if path.suffix == ".json"}, journal, found)
    return found


def _layout(path: Path, named: str | None, journal: Journal, found: Judged) -> None:
    try:
        data, kept = read_file(path)
    except FileNotFoundError:
        found.faults.append((path, "the layout is gone"))
        return
    except OSError as error:
        found.faults.append((path, f"cannot be read: {error.strerror or error}"))
        return
    file = sha256(data)
    if file == named:
        return
    if kept is None:
        found.faults.append((path, "damaged: no layout as it was written"))
        return
    with suppress(ArchiveError):
        if not any(one.article is None and one.file == file for one, _ in journal.backwards()):
            found.unfinished.append(f"{path}: its journal line is not written yet")
            return
    found.faults.append((path, "the layout is not what the journal's last line of it names"))


def _befores(paths: set[Path], journal: Journal, found: Judged) -> None:
    """Each is proved by a line that the journal has of the record as it was."""
    if not paths:
        return
    ids = {int(path.stem) for path in paths}
    known: set[tuple[int, str]] = set()
    with suppress(ArchiveError):
        known = {(one.id, one.file) for one, _ in journal.backwards() if one.article in ids}
    for path in sorted(paths):
        try:
            file = sha256(regular.read(path))
        except OSError as error:
            found.faults.append((path, f"cannot be read: {error.strerror or error}"))
            continue
        if (int(path.stem), file) not in known:
            found.faults.append((path, "no record as the journal ever named it"))
