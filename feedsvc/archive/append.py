"""Add bytes to the end of a file so that they are on the disk when it returns; files of lines
that only grow.

A last line without its newline, and blocks of zeros that were given out and never filled
before the power went, are what a crash cut off.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.errors import THE_REST, ArchiveError, ArchiveUnwritable, unreadable


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
        with _opened(path, os.O_WRONLY | os.O_CREAT) as handle:
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
        if made:
            atomic.sync_folder(path.parent)
    return end + len(data)


def cut(path: Path, length: int) -> None:
    """Cut a file back to ``length`` bytes and flush it.  Raises ``OSError``."""
    with _named(path), _opened(path, os.O_WRONLY) as handle:
        os.ftruncate(handle, length)
        os.fsync(handle)


@contextlib.contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    handle = regular.opened(path, flags)
    try:
        yield handle
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


class LineFile:
    """A file of lines that are added one after the other.  What reads it raises
    ``ArchiveError`` where something else stands in its place, ``ArchiveUnreadable`` where it
    may not be opened; what writes raises ``OSError``."""

    begin = b""
    """How each of its lines begins: what begins otherwise, no crash has cut off."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def data(self, last: int | None = None) -> bytes:
        """The file, or its ``last`` bytes; nothing where there is none."""
        try:
            with regular.reading(self.path) as stream:
                if last is not None:
                    stream.seek(max(0, regular.size(self.path) - last))
                return stream.read()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise unreadable(self.path, error) from error

    def whole(self, data: bytes) -> bytes:
        """The whole lines of what it holds; what a crash cannot leave counts as a line."""
        tail = data[data.rfind(b"\n") + 1 :].rstrip(b"\0")
        if tail and not (tail.startswith(self.begin) or self.begin.startswith(tail)):
            return data
        data = data[: data.rfind(b"\n") + 1]
        zeros = data.find(b"\0")
        return data if zeros < 0 else data[: data.rfind(b"\n", 0, zeros) + 1]

    def torn(self) -> tuple[Path, int] | None:
        """The file and the length of what is whole, if a crash cut off its last line."""
        data = self.data()
        whole = len(self.whole(data))
        return None if whole == len(data) else (self.path, whole)

    def add_bytes(self, data: bytes) -> None:
        """Write whole lines behind the others, with one flush for all."""
        append(self.path, data, regular.size(self.path))
