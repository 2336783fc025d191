"""One writer: the lock on an archive, and who holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedsvc.archive.append import unwritable
from feedsvc.errors import ArchiveLocked


@contextmanager
def held(path: Path, wait: float) -> Iterator[None]:
    """Hold the lock while inside; ``wait`` seconds at most for another to let go.

    The kernel drops a dead process's lock, so it is taken over without asking.
    Raises ``ArchiveLocked`` naming the holder's pid, ``ArchiveUnwritable``.
    """
    from filelock import FileLock, Timeout  # slow to import, and readers need none

    lock = FileLock(path, timeout=wait, mode=0o644)
    with unwritable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(poll_interval=0.02)
        except Timeout:
            raise ArchiveLocked(
                f"held by {_holder(path)}",
                about=str(path),
                advice="wait until it is done, or stop it",
            ) from None
    try:
        with unwritable(path):
            path.write_text(f"{os.getpid()}\n", "ascii")
        yield
    finally:
        lock.release()


def _holder(path: Path) -> str:
    try:
        pid = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        pid = ""
    return f"the feedsvc with pid {pid}" if pid.isdigit() else "another feedsvc"
