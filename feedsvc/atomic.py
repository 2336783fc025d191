"""Replace a file so that a reader, a crash or a power cut sees the old bytes or
the new ones, never a part."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
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


def beside(path: Path, data: bytes) -> Path:
    """Write the file that :func:`put_in_place` will put at ``path``, hidden beside it and
    not yet flushed.  Its name is always the same, so that a kill leaves one at most; for
    one writer at a time.  Raises ``OSError``; nothing is then left."""
    make_folder(path.parent)
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(data)
        new.chmod(0o644)
    except BaseException:
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
        flushed = list(pool.map(_flush, files.values()))
    folders: dict[Path, None] = {}
    for (path, new), error in zip(files.items(), flushed, strict=True):
        try:
            if error is not None:
                raise error
            new.replace(path)
        except OSError as raised:
            new.unlink(missing_ok=True)
            yield path, raised
        else:
            folders[path.parent] = None
            yield path, None
    for folder in folders:
        sync_folder(folder)


def _flush(path: Path) -> OSError | None:
    try:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
    except OSError as error:
        return error
    return None


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
