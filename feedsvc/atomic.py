"""Replace a file so that a reader, a crash or a power cut sees the old bytes or
the new ones, never a part."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write(path: Path, data: bytes, *, beside: Path | None = None) -> None:
    """Write beside (or in another folder of the same file system), flush, replace,
    flush the folder.

    Folders that are missing are made.  Raises ``OSError``; the old file then
    still stands and nothing is left beside it.
    """
    make_folder(path.parent)
    handle, name = tempfile.mkstemp(
        prefix=f".{path.name}.", suffix=".tmp", dir=beside or path.parent
    )
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_if_changed(path: Path, data: bytes) -> bool:
    """Like :func:`write`, but a file that holds these bytes already is not
    touched.  Tells whether it wrote."""
    try:
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
    except FileNotFoundError:
        pass
    write(path, data)
    return True


def make_folder(path: Path) -> None:
    """Make a folder and those above it, each flushed in the one that holds it,
    so that a file in it is not lost with its folder in a power cut."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Flush a folder, so that names made or replaced in it outlive a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
