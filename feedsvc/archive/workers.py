"""Work on many folders or files at once, where the machine has more than one core.

In: a function of a module and the things to call it with.  Out: its answers, in order.
The other processes only read: nothing is lost with them, and when this one is gone their
next answer finds nobody, and they end.  They are started anew, not forked, for the daemon
has threads.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from feedsvc.errors import FeedsvcError

T = TypeVar("T")
R = TypeVar("R")

_MOST = 4  # processes: more of them wait for the disk, and each takes 40 MB
_COMMAND = "from feedsvc.archive.workers import answer; answer()"


def in_workers(work: Callable[[T], R], items: Sequence[T], *, alone: bool) -> Iterator[R]:
    """The answers to all items; ``alone`` asks for no other process, as is best for
    little work.  What ``work`` raises is raised here, in its place."""
    many = min(_MOST, os.cpu_count() or 1, len(items))
    if alone or many < 2:
        yield from map(work, items)
        return
    others = [_started(work, items[number::many]) for number in range(many)]
    try:
        for number, item in enumerate(items):
            yield _received(others[number % many], work, item)
    finally:
        for other in others:
            if other is not None and other.stdout is not None:
                other.stdout.close()
                other.wait()


def _started(work: Callable[[T], R], items: Sequence[T]) -> subprocess.Popen[bytes] | None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        other = subprocess.Popen(
            [sys.executable, "-c", _COMMAND],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
        )  # fmt: skip
        assert other.stdin is not None
        with other.stdin as stream:
            pickle.dump((work, items), stream)
    except OSError:
        return None  # no memory, no process left: then it goes slower
    return other


def _received(other: subprocess.Popen[bytes] | None, work: Callable[[T], R], item: T) -> R:
    if other is None or other.stdout is None:
        return work(item)
    try:
        answer: R | FeedsvcError = pickle.load(other.stdout)
    except (EOFError, OSError, pickle.UnpicklingError):
        return work(item)  # it was killed, or met what is no FeedsvcError: so do we
    if isinstance(answer, FeedsvcError):
        raise answer
    return answer


def answer() -> None:
    """What another process does: the whole of its work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asked
    work, items = pickle.load(sys.stdin.buffer)
    stream = sys.stdout.buffer
    with suppress(BrokenPipeError):
        for item in items:
            try:
                found = work(item)
            except FeedsvcError as error:
                found = error
            pickle.dump(found, stream, protocol=pickle.HIGHEST_PROTOCOL)
            stream.flush()
        return
    os._exit(0)  # nobody reads any more: no word at the end either
