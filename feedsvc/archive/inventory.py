"""What lies in the archive's folder, each file sorted by what its path says it is.

In: the folder.  Out: :class:`Files`.  Only names and sizes are looked at.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from feedsvc.archive import append
from feedsvc.archive.bystanders import is_bystander
from feedsvc.archive.digests import is_digest
from feedsvc.archive.images import is_image
from feedsvc.archive.layout import RAW_NAME, order
from feedsvc.archive.learned import is_layout
from feedsvc.errors import unreadable

# What belongs into the archive's folder; an archive may be kept in git.
_TOP = {
    "FORMAT",
    "pending.jsonl",
    "notices.jsonl",
    ".lock",
    ".gitkeep",
    ".gitignore",
    ".gitattributes",
}
_FOLDERS = {"articles", "raw", "images", "journal", "digests", "layouts", ".state", ".git"}
_UNREAD = {".state", ".git"}
_FILES = {"FORMAT", "pending.jsonl", "notices.jsonl", ".lock"}
_RAW = re.compile(rf"raw/{RAW_NAME}")
_JOURNAL = re.compile(r"journal/\d{4,}-\d\d\.jsonl")
_RECORD = re.compile(r"(0|[1-9]\d{0,11})\.json")
_RECORD_PATH = re.compile(r"articles/(\d{4,})/(0|[1-9]\d{0,11})\.json")
_TEMPORARY = re.compile(r"(?:.*/)?\..*\.tmp")


@dataclass(slots=True)
class Files:
    """What lies in the archive's folder, by what it is: of records the ids; sizes in
    bytes.  ``bystanders`` are left by systems and editors.  A folder or a FIFO where a file belongs
    is sorted as that file."""

    records: list[int] = field(default_factory=list)
    raw: list[Path] = field(default_factory=list)
    images: list[Path] = field(default_factory=list)
    digests: list[Path] = field(default_factory=list)
    layouts: list[Path] = field(default_factory=list)
    alien: list[Path] = field(default_factory=list)
    temporary: list[Path] = field(default_factory=list)
    bystanders: list[Path] = field(default_factory=list)
    size: int = 0


def listed(root: Path) -> Files:
    """Every file below the archive's folder, sorted by what its path says it is.
    Raises ``ArchiveUnreadable``."""
    found = Files()
    for folder, folders, names in os.walk(root, onerror=_stop):
        place = Path(folder)
        left, inside = [], []
        for name in folders:
            path = place / name
            if is_bystander(name):
                found.bystanders.append(path)
            elif is_file_name(path.relative_to(root).as_posix()):
                _sort_in(path, path.relative_to(root).as_posix(), found)
            elif place == root and name not in _FOLDERS:
                found.alien.append(path)
            elif not (place == root and name in _UNREAD):
                inside.append(name)
        folders[:] = sorted(inside)
        left = _without_records(place, names, found) if place.parent == root / "articles" else names
        for name in left:
            path = place / name
            _sort_in(path, path.relative_to(root).as_posix(), found)
    found.records.sort()
    found.raw.sort(key=lambda path: order(path.name))
    return found


def _stop(error: OSError) -> None:
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        raise unreadable(Path(error.filename or ""), error)


def _without_records(folder: Path, names: list[str], found: Files) -> list[str]:
    """Takes in the records of one folder; there may be a million in all."""
    left = []
    for name in names:
        match = _RECORD.fullmatch(name)
        if match and f"{int(match[1]) // 1000:04d}" == folder.name:
            found.records.append(int(match[1]))
            with suppress(OSError):
                found.size += os.stat(f"{folder}/{name}").st_size  # noqa: PTH116 (quick)
        else:
            left.append(name)
    return left


def is_file_name(name: str) -> bool:
    """Whether a path below ``archive/`` is one that a file of the archive can have."""
    return (
        name in _FILES
        or is_image(name)
        or is_digest(name)
        or is_layout(name)
        or any(form.fullmatch(name) for form in (_RAW, _JOURNAL))
        or _is_record(name)
    )


def _is_record(name: str) -> bool:
    match = _RECORD_PATH.fullmatch(name)
    return match is not None and match[1] == f"{int(match[2]) // 1000:04d}"


def _sort_in(path: Path, name: str, found: Files) -> None:
    if is_bystander(path.name):
        found.bystanders.append(path)
        return
    if _is_record(name):
        found.records.append(int(path.stem))  # a folder in its place
    elif _RAW.fullmatch(name):
        found.raw.append(path)
    elif is_image(name):
        found.images.append(path)
    elif is_digest(name):
        found.digests.append(path)
    elif is_layout(name):
        found.layouts.append(path)
    elif _TEMPORARY.fullmatch(name):
        found.temporary.append(path)
    elif name not in _TOP and not _JOURNAL.fullmatch(name):
        found.alien.append(path)
    if name not in _TOP:
        with suppress(OSError):
            found.size += append.size(path)
