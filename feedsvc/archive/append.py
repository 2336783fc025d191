"""Add bytes to the end of a file so that they are on the disk when it returns."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.errors import THE_REST, ArchiveError, ArchiveUnwritable
from feedsvc.regular import size

__all__ = ["append", "cut", "size", "unwritable"]


def append(path: Path, data: bytes, end: int) -> int:
    """Write ``data`` at the end of a file that is known to be whole and ``end`` bytes
    long, flush file and folder, give back the new end.

    A file of another length is left as it is: ``ArchiveError``, for what is written
    behind bytes that nobody has looked at may never be read again.  Raises ``OSError``;
    the file then ends at ``end`` again if the disk allows even that.
    """
    atomic.make_folder(path.parent)
    made = not path.exists()
    with _named(path):
        handle = regular.opened(path, os.O_WRONLY | os.O_CREAT)
        try:
            found = os.fstat(handle).st_size
            if found != end:
                raise ArchiveError(
                    f"is {found} bytes long and was {end}: something else changed it",
                    about=str(path),
                    advice="feedsvc archive verify tells what is left of it",
                )
            try:
                os.lseek(handle, end, os.SEEK_SET)
                view = memoryview(data)
                while view:
                    view = view[os.write(handle, view) :]
                os.fsync(handle)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(handle, end)
                raise
        finally:
            os.close(handle)
        if made:
            atomic.sync_folder(path.parent)
    return end + len(data)


def cut(path: Path, length: int) -> None:
    """Cut a file back to ``length`` bytes and flush it.  Raises ``OSError``."""
    with _named(path):
        handle = regular.opened(path, os.O_WRONLY)
        try:
            os.ftruncate(handle, length)
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """What fails inside names its file."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


@contextlib.contextmanager
def unwritable(about: Path) -> Iterator[None]:
    """Turns an ``OSError`` inside into ``ArchiveUnwritable`` with a way on."""
    try:
        yield
    except OSError as error:
        raise ArchiveUnwritable(
            f"could not be written: {error.strerror or error}",
            about=str(error.filename or about),
            advice=f"{regular.advice(error)}{THE_REST}",
        ) from error
