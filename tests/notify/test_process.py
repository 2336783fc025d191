"""A program never outlasts its time, nor does anything that it started."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from feedsvc.notify import OutOfTime, Patience


def python(text: str) -> tuple[str, ...]:
    return sys.executable, "-S", "-c", text


IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def test_what_it_prints_and_how_it_ends() -> None:
    with Patience(60) as patience:
        ended = patience.run(python("print(input())"), b"line\n", 60, heard=True)
        assert (ended.returncode, ended.stdout) == (0, b"line\n")
        assert patience.run(python("raise SystemExit(3)"), b"", 60).returncode == 3


def test_one_that_reads_nothing_takes_no_harm() -> None:
    with Patience(60) as patience:
        assert patience.run(python("pass"), b"x" * 3_000_000, 60).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "import time; time.sleep(60)",
        IGNORES,
        f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {IGNORES!r}])",
        "import os, time; os.close(0); time.sleep(60)",
    ],
)
def test_one_that_hangs_is_ended(text: str) -> None:
    begun = time.monotonic()
    with Patience(60) as patience, pytest.raises(subprocess.TimeoutExpired):
        patience.run(python(text), b"x" * 1_000_000, 0.4)
    assert time.monotonic() - begun < 20


@pytest.mark.slow
def test_the_time_for_all_ends_the_one_that_runs_and_begins_no_other() -> None:
    begun = time.monotonic()
    with Patience(0.4) as patience:
        with pytest.raises(OutOfTime):
            patience.run(python(IGNORES), b"", 60)
        with pytest.raises(OutOfTime):
            patience.run(python("pass"), b"", 60)
    assert time.monotonic() - begun < 20


@pytest.mark.slow
def test_what_it_leaves_running_is_ended_too(tmp_path: Path) -> None:
    held = tmp_path / "held"
    child = (
        f"import fcntl, time; held = open({str(held)!r}, 'w'); fcntl.flock(held, fcntl.LOCK_EX); "
        "print(flush=True); time.sleep(120)"
    )
    text = (
        "import subprocess, sys; "
        f"child = subprocess.Popen([sys.executable, '-S', '-c', {child!r}], "
        "stdout=subprocess.PIPE); child.stdout.readline()"
    )
    with Patience(60) as patience:
        assert patience.run(python(text), b"", 60).returncode == 0
    begun = time.monotonic()
    with held.open() as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)  # free when it has ended
    assert time.monotonic() - begun < 60
