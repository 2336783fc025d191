"""A digest is made once, whenever the process dies: killed before each of its steps."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from feedsvc.site import KST
from tests.poll.newsdesk import MORNING, Newsdesk

pytestmark = pytest.mark.slow

DUE = datetime(2026, 11, 25, 8, tzinfo=KST)
NIGHT = {**MORNING, "name": "night", "at": "07:00", "feeds": ("finance", "all")}

# Counts what reaches the disk, and dies before one of these steps as by SIGKILL.
VICTIM = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from tests.poll.test_digest_killed import DUE, desk_in

last, steps = int(sys.argv[2]), 0

def counted(function):
    def step(*args, **kwargs):
        global steps
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return step

desk = desk_in(Path(sys.argv[1]))
os.fsync = counted(os.fsync)
os.rename = counted(os.rename)
os.unlink = counted(os.unlink)
Path.replace = counted(Path.replace)
Path.unlink = counted(Path.unlink)
Path.mkdir = counted(Path.mkdir)
done = desk.publish(DUE)
assert done.problems == (), done.problems
print(steps)
"""


def desk_in(folder: Path) -> Newsdesk:
    return Newsdesk(folder, (MORNING, NIGHT), {"formats": ("json",)})


def run(folder: Path, last: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", VICTIM, str(folder), str(last)]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


def test_each_entry_once_wherever_it_is_killed(tmp_path: Path) -> None:
    start = tmp_path / "start"
    desk = desk_in(start)
    desk.keep(1, DUE.replace(day=23))
    desk.publish(DUE.replace(day=24, hour=6))
    for number in range(2, 8):
        code = "083000" if number % 2 else "068000"
        desk.keep(number, DUE.replace(day=24, hour=7 + number), sections=(code,))
    whole = tmp_path / "whole"
    shutil.copytree(start, whole)
    done = run(whole, 0)
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout)
    assert steps > 12
    wanted = desk_in(whole)
    files, feeds = wanted.files(), {name: wanted.published(name) for name in ("morning", "night")}
    assert len(files) == 2
    kills = 0
    for last in range(1, steps + 1):
        folder = tmp_path / f"{last}"
        shutil.copytree(start, folder)
        killed = run(folder, last)
        assert killed.returncode == -9, killed.stderr
        kills += 1
        left = desk_in(folder)
        assert all(files[name] == data for name, data in left.files().items())
        assert left.archive().verify().faults == ()
        assert left.publish(DUE.replace(minute=10)).problems == ()
        assert left.files() == files, last
        assert {name: left.published(name) for name in feeds} == feeds
        assert left.archive().verify().unfinished == ()
        shutil.rmtree(folder)
    assert kills >= 24
