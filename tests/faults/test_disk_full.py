"""A disk that fills up at every single write of a poll; a real one, .state and all."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.archive.audit import audit
from tests.cycle.desk import NOW
from tests.faults.rig import (
    BEFORE,
    DURING,
    RiggedDesk,
    RiggedSite,
    held,
    loopback_name,
    publish,
    replaced,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RiggedDesk]:
    """Three articles read and published, five more waiting on the site."""
    site = RiggedSite()
    site.boxes = False
    with site, loopback_name():
        made = RiggedDesk(site, tmp_path / "before", NOW)
        site.now = made.clock
        publish(made, BEFORE)
        assert made.polled() == (0, [])
        made.later(minutes=30)
        publish(made, DURING)
        yield made


@contextmanager
def full_from(number: int) -> Iterator[Callable[[], int]]:
    """No room from the ``number``-th write or flush on; gives how many there were."""
    count = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            nonlocal count
            count += 1
            if count >= number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*args)

        return call

    with ExitStack() as stack:
        for name in ("write", "fsync", "mkdir"):
            stack.enter_context(replaced(os, name, counted(getattr(os, name))))
        yield lambda: count


def fill(desk: RiggedDesk, folder: Path, number: int) -> int:
    """A poll on a copy of the desk's folder with a disk that fills up; then the next.
    Gives how many writes the first one came to."""
    desk.folder = folder
    stood = held(desk)
    with full_from(number) as count:
        code, log = desk.polled()
    told = count()
    assert stood <= held(desk), "an entry was withdrawn"
    if told >= number:
        assert code == 1
        assert log
        assert all("No space left" in line for line in log)
    after_check(desk)
    return told


def after_check(desk: RiggedDesk) -> None:
    """The next poll finds room, and brings all of it."""
    code, log = desk.polled()
    assert code == 0
    assert not [line for line in log if "No space" in line]
    archive = desk.archive()
    assert set(archive.ids()) == {*BEFORE, *DURING}
    assert len(held(desk)) == len(BEFORE) + len(DURING)
    archive.close()
    audit(desk.folder / "archive")


def copies(desk: RiggedDesk, tmp_path: Path) -> Iterator[Path]:
    """As many copies of the desk's folder as are asked for."""
    source, number = desk.folder, 0
    while True:
        number += 1
        folder = tmp_path / f"copy{number}"
        shutil.copytree(source, folder)
        yield folder
        shutil.rmtree(folder)


def every(desk: RiggedDesk, tmp_path: Path, step: int) -> int:
    """Let the disk fill up at each ``step``-th write; gives how many writes a poll makes."""
    for number, folder in enumerate(copies(desk, tmp_path)):
        place = 1 + number * step
        if fill(desk, folder, place) < place:
            return place
    raise AssertionError("unreachable")


@pytest.mark.slow
def test_now_and_then(desk: RiggedDesk, tmp_path: Path) -> None:
    assert every(desk, tmp_path, 13) > 40


@pytest.mark.slow
def test_at_every_write(desk: RiggedDesk, tmp_path: Path) -> None:
    assert every(desk, tmp_path, 1) > 40


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, in memory; only root may mount one."""
    where = tmp_path / "disk"
    where.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "feedsvc-test", str(where)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the right to mount a file system")
    yield where
    subprocess.run(["umount", str(where)], check=True, capture_output=True)


@pytest.mark.slow
def test_a_disk_that_is_really_full(desk: RiggedDesk, tmp_path: Path, small_disk: Path) -> None:
    """From no room at all to enough, in steps of 16 KB: here SQLite is hit too."""
    source, block, codes = desk.folder, 4096, set()
    for room in range(0, 240, 4):
        desk.folder = small_disk / "service"
        shutil.copytree(source, desk.folder)
        ballast = small_disk / "ballast"
        left = os.statvfs(small_disk).f_bavail - room
        with ballast.open("wb") as stream:
            for _ in range(left):
                stream.write(bytes(block))
        stood = held(desk)
        code, log = desk.polled()
        codes.add(code)
        assert code in (0, 1), (room, log)
        assert (code == 0) == (log == []), (room, log)
        assert len([line for line in log if line.startswith("section")]) == 0, log
        ballast.unlink()
        assert stood <= held(desk)
        after_check(desk)
        shutil.rmtree(desk.folder)
    assert codes == {0, 1}
