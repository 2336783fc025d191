"""The SQLite file of ``.state``: opened to write, opened to read wherever they lie, and
made anew.

SQLite keeps what was written last in a log beside the file, and makes files of its own
even to read one.  Where this user may not write it therefore cannot be opened while
nobody else has it open: it is copied, with its log, into a temporary folder, and the copy
is read.  ``immutable=1`` on the file itself would be no way: a writer may come meanwhile.
"""

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from feedsvc import atomic, regular

ANY = "(SELECT value FROM json_each(?))"
"""What stands behind ``IN`` for any number of values: a statement takes so many and no more."""

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite makes beside a file."""

_TRIES = 5
"""Copies that are begun while somebody writes; then the file counts as one that cannot be
read now."""

Look = tuple[tuple[int, int, int] | None, ...]
"""What tells a file and its log from themselves after a change."""


class NotCopied(OSError):
    """It is there, and no copy of it could be made to be read.  A class of its own, for Python
    makes ``FileNotFoundError`` of an ``OSError`` with that number, and that means another thing."""

    def __init__(self, number: int | None, why: str) -> None:
        super().__init__(number, f"no copy of it can be made: {why}")


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection; ``look`` is how the file looked then, ``copied`` whether a copy is read."""

    connection: sqlite3.Connection
    path: Path
    look: Look
    copied: bool = False

    @property
    def is_current(self) -> bool:
        """Whether what it reads is what stands there: that file, and of a copy the same in it."""
        now = _look(self.path)
        if self.copied or now[0] is None or self.look[0] is None:
            return now == self.look
        return now[0][0] == self.look[0][0]


def is_damage(error: Exception) -> bool:
    """Whether it tells of something in the file that SQLite never wrote."""
    if isinstance(error, sqlite3.OperationalError):
        # The one that Python raises itself: a text is not UTF-8.
        return not hasattr(error, "sqlite_errorcode")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def all_of(values: Iterable[object]) -> str:
    """Values as they stand for the ``?`` of :data:`ANY`."""
    return json.dumps([*values])


def connect(
    name: str, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    return sqlite3.connect(
        name, uri=name.startswith("file:"), isolation_level=None, timeout=5,
        check_same_thread=False, factory=factory,
    )  # fmt: skip


def to_read(path: Path) -> Opened:
    """The file as it stands.  Raises ``OSError`` where this user may not read it or it can
    be neither opened nor copied, ``FileNotFoundError`` where nothing is there, and
    ``sqlite3.Error`` where it is broken."""
    regular.readable(path)
    look = _look(path)
    if regular.may(path, os.W_OK) and regular.may(path.parent, os.W_OK):
        return Opened(connect(f"{path.absolute().as_uri()}?mode=rw"), path, look)
    # Never without both: where the folder can be written, they would be made as this user's.
    if all(Path(f"{path}{name}").exists() for name in ("-wal", "-shm")):
        connection = connect(f"{path.absolute().as_uri()}?mode=ro")
        try:
            connection.execute("PRAGMA user_version").fetchone()
            return Opened(connection, path, look)
        except sqlite3.Error as error:
            connection.close()
            if not isinstance(error, sqlite3.OperationalError):
                raise  # else they have just been taken away
    try:
        for _ in range(_TRIES):
            if found := _copied(path):
                return found
    except OSError as error:
        regular.require(path)
        if not path.exists():
            raise
        raise NotCopied(error.errno, error.strerror or str(error)) from error
    raise NotCopied(errno.EBUSY, "another feedsvc writes it all the time")


def make_anew(path: Path) -> None:
    """An empty file in place of one that is not to be read any more, with its mode; what
    stands beside it goes first, for a log would be taken for the new file's.  Where nothing
    stands nothing is made.  Raises ``OSError``."""
    for name in BESIDE:
        Path(f"{path}{name}").unlink(missing_ok=True)
    if path.exists():
        atomic.write(path, b"")


class _Copy(sqlite3.Connection):
    """Closed when nobody uses it any more: one thread may take a newer copy while another
    still reads this one."""

    def __del__(self) -> None:
        self.close()


def _copied(path: Path) -> Opened | None:
    """A connection to a copy; ``None`` where the file changed meanwhile."""
    before = _look(path)
    with TemporaryDirectory(prefix="feedsvc-") as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        with suppress(FileNotFoundError):
            shutil.copyfile(f"{path}-wal", f"{copy}-wal")
        if _look(path) != before:
            return None
        uri = copy.as_uri()
        with closing(connect(f"{uri}?mode=rw")) as merged:
            merged.execute("PRAGMA journal_mode=DELETE")
        connection = connect(f"{uri}?mode=ro&immutable=1", _Copy)
        connection.execute("PRAGMA user_version").fetchone()
    # Open it stays what it is, though its name is gone: a kill leaves nothing behind.
    return Opened(connection, path, before, copied=True)


def _look(path: Path) -> Look:
    found: list[tuple[int, int, int] | None] = []
    for name in ("", "-wal"):
        try:
            what = Path(f"{path}{name}").stat()
        except OSError:
            found.append(None)
        else:
            found.append((what.st_ino, what.st_size, what.st_mtime_ns))
    return tuple(found)
