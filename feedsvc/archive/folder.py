"""What lies in the archive's folder, each file sorted by what its path says it is.

In: the folder.  Out: :class:`Files`.  Only names and sizes are looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
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
_RECORD = re.compile(r"(0|[1-9]\d{0,11})\.json")
_TEMPORARY = re.compile(r"(?:.*/)?\..*\.tmp")


@dataclass(slots=True)
class Files:
    """What lies in the archive's folder, by what it is: of records the ids; sizes in
    bytes."""

    records: list[int] = field(default_factory=list)
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
        if folder.parent == root / "articles":
            names = _without_records(folder, names, found)
        for name in names:
            path = folder / name
            _sort_in(path, path.relative_to(root).as_posix(), found)
    found.records.sort()
    found.raw.sort()
    return found


def _walk(root: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    for folder, folders, names in os.walk(root):
        yield Path(folder), folders, names


def _without_records(folder: Path, names: list[str], found: Files) -> list[str]:
    """Takes in the records of one folder; there may be a million in all."""
    left = []
    for name in names:
        match = _RECORD.fullmatch(name)
        if match and f"{int(match[1]) // 1000:04d}" == folder.name:
            found.records.append(int(match[1]))
            with suppress(FileNotFoundError):
                found.size += os.stat(f"{folder}/{name}").st_size  # noqa: PTH116 (quick)
        else:
            left.append(name)
    return left


def _sort_in(path: Path, name: str, found: Files) -> None:
    if _RAW.fullmatch(name):
        found.raw.append(path)
    elif is_image(name):
        found.images.append(path)
    elif _TEMPORARY.fullmatch(name):
        found.temporary.append(path)
    elif name not in _TOP and not _JOURNAL.fullmatch(name):
        found.alien.append(path)
    if name not in _TOP:
        found.size += append.size(path)
