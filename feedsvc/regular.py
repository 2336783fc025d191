"""Opens what must be a regular file, and says what to do where that fails.

A FIFO where a file belongs is never waited for; a folder, a socket or a device is
named as what it is.  Whatever fails is an ``OSError`` that names its file.
"""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)
_MOVE = "move it away"
_RIGHT = "give the user who runs feedsvc the right to it"
_ADVICE = {
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.EROFS: "the disk is mounted read-only: name a folder that can be written",
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room on the disk, or have the quota raised",
    errno.EMFILE: "raise the limit of open files (ulimit -n, LimitNOFILE=)",
    errno.ENFILE: "close other programs: the machine's open files are used up",
    errno.ENOMEM: "give the process more memory",
    errno.EIO: "look at the disk (dmesg): it does not read or write",
    errno.EISDIR: f"a folder stands where a file belongs: {_MOVE}",
    errno.ENOTDIR: f"a file stands where a folder belongs: {_MOVE}",
    errno.EEXIST: f"a file stands where a folder belongs: {_MOVE}",
    errno.ENAMETOOLONG: "choose a shorter path",
    errno.ELOOP: "mend the symbolic links that lead to it",
    errno.ENOENT: "restore it, or look whether its folder is mounted",
}


class LeadsNowhere(OSError):
    """A symbolic link stands where a folder belongs, and nothing at its other end: most
    likely what it leads to is not mounted, and what is there is not to be taken for lost."""


class NotRegular(OSError):
    """Something else stands where a file belongs; ``strerror`` says what."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(errno.EINVAL, f"{what} stands where a file belongs", str(path))


def advice(error: OSError, otherwise: str = "look at the disk and the permissions") -> str:
    """What to do about a file that could not be opened, read or written."""
    if isinstance(error, LeadsNowhere):
        return "mount what it leads to, or mend the link"
    if isinstance(error, NotRegular):
        return _MOVE
    return _ADVICE.get(error.errno or 0, otherwise)


_PLACE = {errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ELOOP}


def is_of_the_place(error: OSError) -> bool:
    """Whether the fault is of that one place, so that what stands elsewhere can be written:
    not of the disk, or of the machine."""
    return isinstance(error, NotRegular) or error.errno in _PLACE


def require_way(path: Path) -> None:
    """Raises :class:`LeadsNowhere` for a symbolic link with nothing at its other end."""
    if path.is_symlink() and not path.exists():
        what = f"a symbolic link that leads nowhere ({path.readlink()})"
        raise LeadsNowhere(errno.ENOENT, what, str(path))


def names(folder: Path) -> list[str]:
    """What lies in a folder; nothing where none is.  Raises ``OSError``."""
    try:
        return os.listdir(folder)  # noqa: PTH208 (names alone)
    except FileNotFoundError:
        require_way(folder)
        return []


def kind(path: Path) -> str | None:
    """What stands at a path that is no regular file (``a FIFO``); ``None`` for a file
    and where nothing stands.  Raises ``OSError``."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    return None if stat.S_ISREG(mode) else _named(mode)


def require(path: Path) -> None:
    """Raises :class:`NotRegular` where something else than a file stands, ``OSError``."""
    found = kind(path)
    if found:
        raise NotRegular(path, found)


def readable(path: Path) -> None:
    """Raises what :func:`opened` would, and opens nothing.

    For files that a library locks: closing any descriptor of a file ends all the locks that
    this process has on it (POSIX), and with them what SQLite thinks of who else is there.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        require(path)
    if not may(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def may(path: Path, mode: int) -> bool:
    """Whether this process has these rights (``os.R_OK``, ``os.W_OK``) to a path; nobody
    may write to what is mounted read-only."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def shut(path: Path) -> OSError | None:
    """Why this process may write nothing there, if so: into a folder that stands or could be
    made, or to a file."""
    path = path.absolute()
    while not os.path.lexists(path):
        path = path.parent
    try:
        require_way(path)
    except OSError as error:
        return error
    if may(path, os.W_OK | (os.X_OK if path.is_dir() else 0)):
        return None
    number = errno.EROFS if os.statvfs(path).f_flag & os.ST_RDONLY else errno.EACCES
    return OSError(number, os.strerror(number), str(path))


def made(path: Path) -> None:
    """Makes an empty file where nothing stands, by the umask; one that is there is not
    opened (see :func:`readable`).  Raises ``OSError``."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    except FileExistsError:
        require(path)


def opened(path: Path, flags: int = os.O_RDONLY, mode: int = 0o666) -> int:
    """The descriptor of a regular file; who opens it never waits.  Raises ``OSError``."""
    try:
        handle = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    except OSError:
        require(path)  # a folder that was to be written, a socket, a FIFO without a reader
        raise
    found = os.fstat(handle).st_mode
    if not stat.S_ISREG(found):
        os.close(handle)
        raise NotRegular(path, _named(found))
    return handle


def reading(path: Path) -> BinaryIO:
    """A regular file, opened to be read.  Raises ``OSError``."""
    return os.fdopen(opened(path), "rb")


def read(path: Path) -> bytes:
    """The bytes of a regular file.  Raises ``OSError`` that names the file."""
    try:
        with reading(path) as stream:
            return stream.read()
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def size(path: Path) -> int:
    """A regular file's length in bytes; 0 where nothing stands.  Raises ``OSError``."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    if not stat.S_ISREG(found.st_mode):
        raise NotRegular(path, _named(found.st_mode))
    return found.st_size


def _named(mode: int) -> str:
    return next((name for holds, name in _KINDS if holds(mode)), "no file")
