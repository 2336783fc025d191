"""What lies in the archive's folder, each file sorted by what its path says it is.

In: the folder.  Out: :class:`Files`.  Only names and sizes are looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from feedsvc.archive import append
from feedsvc.archive.images import is_image

# What belongs into the archive's folder; an archive may be kept in git.
_TOP = {"FORMAT", "pending.jsonl", ".lock", ".gitkeep", ".gitignore", ".gitattributes"}
_FOLDERS = {"articles", "raw", "images", "journal", ".state", ".git"}
_UNREAD = {".state", ".git"}
_RAW = re.compile(r"raw/\d{4,}-\d\d\.warc\.gz")
_JOURNAL = re.compile(r"journal/\d{4,}-\d\d\.jsonl")
_RECORD = re.compile(r"articles/(\d{4,})/(0|[1-9]\d{0,11})\.json")
_TEMPORARY = re.compile(r"(?:.*/)?\..*\.tmp")


@dataclass(slots=True)
class Files:
    """What lies in the archive's folder, by what it is; sizes in bytes."""

    records: list[tuple[int, Path]] = field(default_factory=list)
    raw: list[Path] = field(default_factory=list)
    images: list[Path] = field(default_factory=list)
    alien: list[Path] = field(default_factory=list)
    temporary: list[Path] = field(default_factory=list)
    size: int = 0


def listed(root: Path) -> Files:
    """Every file below the archive's folder, sorted by what its path says it is."""
    found = Files()
    for folder, folders, names in _walk(root):
        top = folder == root
        if top:
            found.alien += [folder / name for name in folders if name not in _FOLDERS]
            folders[:] = [name for name in folders if name in _FOLDERS - _UNREAD]
        folders.sort()
        for name in names:
            path = folder / name
            _sort_in(path, path.relative_to(root).as_posix(), found)
    found.records.sort()
    found.raw.sort()
    return found


def _walk(root: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    for folder, folders, names in os.walk(root):
        yield Path(folder), folders, names


def _sort_in(path: Path, name: str, found: Files) -> None:
    record = _RECORD.fullmatch(name)
    if record and record[1] == f"{int(record[2]) // 1000:04d}":
        found.records.append((int(record[2]), path))
    elif _RAW.fullmatch(name):
        found.raw.append(path)
    elif is_image(name):
        found.images.append(path)
    elif _TEMPORARY.fullmatch(name):
        found.temporary.append(path)
    elif name not in _TOP and not _JOURNAL.fullmatch(name):
        found.alien.append(path)
    if name not in _TOP:
        found.size += append.size(path)
