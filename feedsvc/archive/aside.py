"""What is damaged is never thrown away: it goes to ``.state/damaged`` under a name of its
own.  For the one who holds the lock and was told to repair."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from feedsvc import atomic, regular


def copied(path: Path, state: Path) -> Path:
    """Copy a file there, with its mode; the copy.  Raises ``OSError``."""
    copy = _free(path, state)
    with regular.reading(path) as source, atomic.making(copy, like=path) as stream:
        shutil.copyfileobj(source, stream)
    return copy


def moved(path: Path, state: Path) -> Path:
    """Move a file, or whatever stands in its place, there; where it is now.  Raises
    ``OSError``."""
    target = _free(path, state)
    atomic.make_folder(target.parent)
    try:
        os.rename(path, target)  # noqa: PTH104 (a folder too, and never onto another)
    except OSError:
        if regular.kind(path):
            raise
        copied(path, state)  # .state lies on another file system
        path.unlink()
    atomic.sync_folder(path.parent)
    return target


def _free(path: Path, state: Path) -> Path:
    target, number = state / "damaged" / path.name, 1
    while target.exists():
        number += 1
        target = target.with_name(f"{path.stem}.{number}{path.suffix}")
    return target
