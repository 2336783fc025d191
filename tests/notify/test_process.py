"""A program never outlasts its time, nor does anything that it started."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from feedsvc.notify import OutOfTime, Patience


def python(text: str) -> tuple[str, ...]:
    return sys.executable, "-S", "-c", text


IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(30)"


def test_what_it_prints_and_how_it_ends() -> None:
    with Patience(20) as patience:
        ended = patience.run(python("print(input())"), b"line\n", 10, heard=True)
        assert (ended.code, ended.output) == (0, b"line\n")
        assert patience.run(python("raise SystemExit(3)"), b"", 10).code == 3


def test_one_that_reads_nothing_takes_no_harm() -> None:
    with Patience(20) as patience:
        assert patience.run(python("pass"), b"x" * 3_000_000, 10).code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "import time; time.sleep(30)",
        IGNORES,
        f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {IGNORES!r}])",
        "import os, time; os.close(0); time.sleep(30)",
    ],
)
def test_one_that_hangs_is_ended(text: str) -> None:
    begun = time.monotonic()
    with Patience(20) as patience:
        assert patience.run(python(text), b"x" * 1_000_000, 0.4).code is None
    assert time.monotonic() - begun < 3


@pytest.mark.slow
def test_the_time_for_all_ends_the_one_that_runs_and_begins_no_other() -> None:
    begun = time.monotonic()
    with Patience(0.4) as patience:
        with pytest.raises(OutOfTime):
            patience.run(python(IGNORES), b"", 30)
        with pytest.raises(OutOfTime):
            patience.run(python("pass"), b"", 30)
    assert time.monotonic() - begun < 3


@pytest.mark.slow
def test_what_it_leaves_running_is_ended_too(tmp_path: Path) -> None:
    late = tmp_path / "late"
    child = f"import time, pathlib; time.sleep(0.7); pathlib.Path({str(late)!r}).touch()"
    text = f"import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {child!r}])"
    with Patience(20) as patience:
        assert patience.run(python(text), b"", 10).code == 0
    time.sleep(1)
    assert not late.exists()
