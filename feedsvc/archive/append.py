"""Add bytes to the end of a file so that they are on the disk when it returns."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from feedsvc import atomic
from feedsvc.errors import ArchiveUnwritable


def append(path: Path, data: bytes, offset: int) -> int:
    """Write ``data`` at ``offset``, flush file and folder, give back the new end.

    ``offset`` is the end of what is known to be whole: bytes behind it are what a
    failed write left, and are cut.  Raises ``OSError``; the file then ends at
    ``offset`` again if the disk allows even that.
    """
    atomic.make_folder(path.parent)
    made = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if os.fstat(handle).st_size > offset:
            os.ftruncate(handle, offset)
        try:
            os.lseek(handle, offset, os.SEEK_SET)
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            os.fsync(handle)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, offset)
            raise
    finally:
        os.close(handle)
    if made:
        atomic.sync_folder(path.parent)
    return offset + len(data)


def cut(path: Path, length: int) -> None:
    """Cut a file back to ``length`` bytes and flush it.  Raises ``OSError``."""
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.ftruncate(handle, length)
        os.fsync(handle)
    finally:
        os.close(handle)


def size(path: Path) -> int:
    """A file's length in bytes; 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@contextlib.contextmanager
def unwritable(about: Path) -> Iterator[None]:
    """Turns an ``OSError`` inside into ``ArchiveUnwritable`` with a way on."""
    try:
        yield
    except OSError as error:
        raise ArchiveUnwritable(
            f"could not be written: {error.strerror or error}",
            about=str(error.filename or about),
            advice="make room on the disk or mend its permissions; the next run completes the rest",
        ) from error
