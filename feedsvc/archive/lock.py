"""One writer: the lock on an archive, and who holds it."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.archive.append import unwritable
from feedsvc.errors import ArchiveLocked

GIVING_WAY = "gives way"
"""Stands behind the pid of a holder that lets go of the lock in a moment, if only for
a moment: a backfill between two articles."""

PATIENCE = 30.0
"""Seconds that such a holder is waited for by everyone."""


@contextmanager
def held(
    path: Path,
    wait: float,
    *,
    gives_way: bool = False,
    patience: float = PATIENCE,
    advice: str = "wait until it is done, or stop it",
) -> Iterator[None]:
    """Hold the lock while inside; ``wait`` seconds at most for another to let go, and
    ``patience`` for one that ``gives_way``; ``advice`` is told where it did not.

    The kernel drops a dead process's lock, so it is taken over without asking.
    Raises ``ArchiveLocked`` naming the holder's pid, ``ArchiveUnwritable``.
    """
    from filelock import FileLock, Timeout  # slow to import, and readers need none

    with unwritable(path):
        atomic.make_folder(path.parent)
        handle = regular.opened(path, os.O_RDWR | os.O_CREAT)
        mode = stat.S_IMODE(os.fstat(handle).st_mode)  # the umask's to say, not the library's
        os.close(handle)
        lock = FileLock(path, timeout=wait, mode=mode)
        try:
            try:
                lock.acquire(poll_interval=0.02)
            except Timeout:
                if not _told(path).endswith(GIVING_WAY):
                    raise
                lock.acquire(timeout=max(0.0, patience - wait), poll_interval=0.02)
        except Timeout:
            pid = _living(path)
            by = f"the feedsvc with pid {pid}" if pid else "another program, such as a backup"
            raise ArchiveLocked(f"held by {by}", about=str(path), advice=advice) from None
    try:
        with unwritable(path):
            told = f"{os.getpid()} {GIVING_WAY}" if gives_way else str(os.getpid())
            path.write_text(f"{told}\n", "ascii")
        yield
    finally:
        if not gives_way:
            # Whoever holds it next without saying so (flock around a backup) is not us.
            with suppress(OSError):
                os.truncate(path, 0)
        lock.release()


def is_held(path: Path) -> bool:
    """Whether the process whose pid stands in the lock holds it now, asked without writing
    it; false where that cannot be told."""
    # The kernel is asked only where somebody lives who may hold it: to ask takes the lock
    # for a moment, and whoever starts in that moment would find it held.
    if not _living(path):
        return False
    with suppress(OSError), regular.reading(path) as stream:
        try:
            # Shared, so that two who look at the same time see no holder in each other.
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _living(path: Path) -> str:
    """The pid that stands in the lock, if that process lives."""
    pid = _told(path).partition(" ")[0]
    if not pid.isdigit():
        return ""
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return pid  # another user's
    except (ProcessLookupError, OverflowError):
        return ""
    return pid


def _told(path: Path) -> str:
    try:
        return regular.read(path).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
