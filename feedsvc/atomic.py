"""Replace a file so that a reader, a crash or a power cut sees the old bytes or
the new ones, never a part.

A new file has the mode that the process's umask leaves it, one that is replaced keeps
its own.
"""

import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from feedsvc import regular


def write(path: Path, data: bytes, *, beside: Path | None = None) -> None:
    """Write beside (or in another folder of the same file system), flush, replace,
    flush the folder.

    Folders that are missing are made.  Raises ``OSError``; the old file then
    still stands and nothing is left beside it.
    """
    with making(path, beside=beside) as stream:
        stream.write(data)


@contextmanager
def making(
    path: Path, *, beside: Path | None = None, like: Path | None = None
) -> Iterator[BinaryIO]:
    """Like :func:`write`, for who writes the bytes one after the other.  A copy of another
    file gets the mode of that one: ``like``."""
    make_folder(path.parent)
    regular.require(path)  # a folder cannot be replaced, and a FIFO should not
    new = (beside or path.parent) / f".{path.name}.{secrets.token_hex(4)}.tmp"
    try:
        with _made(new, like or path) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _made(new: Path, path: Path) -> BinaryIO:
    """A new file, with the mode of the one whose place it will take."""
    before: int | None = None
    with suppress(FileNotFoundError):
        before = stat.S_IMODE(path.stat().st_mode)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    handle = os.open(new, flags, 0o666 if before is None else before)
    try:
        if before is not None and stat.S_IMODE(os.fstat(handle).st_mode) != before:
            os.fchmod(handle, before)
        return os.fdopen(handle, "wb")
    except BaseException:
        os.close(handle)
        raise


def beside(path: Path, data: bytes) -> Path:
    """Write the file that :func:`put_in_place` will put at ``path``, hidden beside it and
    not yet flushed.  Its name is always the same, so that a kill leaves one at most; for
    one writer at a time.  Raises ``OSError``; nothing is then left."""
    make_folder(path.parent)
    regular.require(path)
    new = path.with_name(f".{path.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()  # a kill left it, with the mode of that time
    try:
        with _made(new, path) as stream:
            stream.write(data)
    except BaseException:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    return new


def put_in_place(files: Mapping[Path, Path]) -> Iterator[tuple[Path, OSError | None]]:
    """Put files written by :func:`beside` (values) at their places (keys), in order.

    All are flushed before the first is put in place, at the same time: one flush takes
    about as long as four together.  Gives each place with the error that kept its file
    from it, if any.  The folders are flushed at the end.
    """
    if not files:
        return
    with ThreadPoolExecutor(max_workers=4) as pool:
        flushed = [pool.submit(_flush, new) for new in files.values()]
    folders: dict[Path, None] = {}
    for (path, new), flush in zip(files.items(), flushed, strict=True):
        try:
            flush.result()
            new.replace(path)
        except OSError as raised:
            new.unlink(missing_ok=True)
            yield path, raised
        else:
            folders[path.parent] = None
            yield path, None
    for folder in folders:
        sync_folder(folder)


def _flush(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def make_folder(path: Path) -> None:
    """Make a folder and those above it, each flushed in the one that holds it,
    so that a file in it is not lost with its folder in a power cut."""
    if path.is_dir():
        return
    regular.require_way(path)
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
