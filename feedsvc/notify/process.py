"""Programs that must not outlast the time allowed, nor leave anything behind.

In: a command and its standard input.  Out: its exit code, or that it was too slow.  Each
runs in a process group of its own, which is killed as a whole: a program that ignores a
polite signal ends all the same, and so do its children.  No clock is read: a timer does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_POLITE = 0.3
"""Seconds between the polite signal and the other one."""


class OutOfTime(Exception):
    """The time for all was over before this one was begun, or had its own."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The exit code (``None``: it was too slow and was killed; negative: by which signal it
    ended), and what it printed, where that was asked for."""

    code: int | None
    output: bytes = b""


class Patience:
    """``with Patience(14) as patience``: seconds for all programs that are run inside."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.over = False

    def __enter__(self) -> Patience:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def run(
        self,
        command: Sequence[str],
        data: bytes,
        limit: float,
        *,
        folder: Path | None = None,
        environ: Mapping[str, str] | None = None,
        heard: bool = False,
        loud: bool = False,
    ) -> Ended:
        """Run a command for ``limit`` seconds at most.  ``heard``: what it prints is wanted;
        ``loud``: its error output goes where ours goes.  Raises ``OSError`` where it cannot
        be started, :class:`OutOfTime`."""
        if self.over:
            raise OutOfTime
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if heard else subprocess.DEVNULL,
            stderr=None if loud else subprocess.DEVNULL,
            cwd=folder,
            env=environ,
            start_new_session=True,
        )
        with self._lock:
            self._process = process
            if self.over:
                _kill(process, signal.SIGKILL)
        output = b""
        slow = False
        try:
            output = process.communicate(data, timeout=limit)[0] or b""
        except subprocess.TimeoutExpired:
            slow = True
        finally:
            with self._lock:
                self._process = None
                killed = process.returncode == -signal.SIGKILL
                cut = self.over and killed and not slow
            _end(process)
        if cut:
            raise OutOfTime
        return Ended(None if slow else process.returncode, output)

    def _expire(self) -> None:
        with self._lock:
            self.over = True
            if self._process is not None:
                _kill(self._process, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it, and all that it started and that still runs."""
    if process.returncode is None:
        _kill(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLITE)
    _kill(process, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)  # one that the kernel cannot end is left to it
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _kill(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
