"""A disk that fills up at every single write of a poll; a real one, .state and all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.archive.audit import audit
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
from tests.poll.desk import NOW
from tests.poll.test_images import illustrated


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RiggedDesk]:
    """Three articles read and published, five more waiting on the site."""
    site = RiggedSite()
    site.boxes = False
    with site, loopback_name():
        made = RiggedDesk(site, tmp_path / "before", NOW)
        site.now = made.clock
        made.images = True
        publish(made, BEFORE)
        assert made.polled() == (0, [])
        made.later(minutes=30)
        publish(made, DURING)
        for number in (*BEFORE, *DURING):  # an image of its own, and one that all show
            shown = illustrated(number, f"{number}.jpg", "shared.png")
            site.edit(number, body=(*site.article(number).body, *shown.body))
        made.later(minutes=40)  # a look at those that were read is due too
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


def fill(
    desk: RiggedDesk,
    folder: Path,
    number: int,
    full: Callable[[int], AbstractContextManager[Callable[[], int]]],
) -> int:
    """A poll on a copy of the desk's folder with a disk that fills up; then the next.
    Gives how many writes the first one came to."""
    desk.folder = folder
    stood = held(desk)
    with full(number) as count:
        code, log = desk.polled()
    told = count()
    after_check(desk, stood, code, log)
    if told >= number:
        assert code == 1
    return told


def after_check(desk: RiggedDesk, stood: set[str], code: int, log: list[str]) -> None:
    """What a full disk leaves: a clear line, whole files, nothing lost.  The next poll
    finds room, and brings all of it, once."""
    assert code in (0, 1, 4)
    assert (code == 0) == (log == []), log
    assert all(re.search("No space left|make room on the disk", line) for line in log), log
    assert stood <= held(desk), "an entry was withdrawn"
    archive = desk.archive()
    assert archive.verify().faults == ()
    archive.close()
    kept = desk.journal()

    code, log = desk.polled()
    assert code == 0
    assert not [line for line in log if re.search("No space left|make room on the disk", line)]
    archive = desk.archive()
    verdict = archive.verify()
    assert (verdict.faults, verdict.unfinished) == ((), ())
    assert verdict.images == len(BEFORE) + len(DURING) + 1
    for number in (*BEFORE, *DURING):
        record = archive.get(number)
        assert record is not None
        assert [image.file is not None for image in record.images] == [True, True]
    archive.close()
    assert desk.journal()[: len(kept)] == kept, "what was kept is lost"
    assert len(held(desk)) == len(BEFORE) + len(DURING)
    events = audit(desk.folder / "archive")
    assert events == {
        **{number: ["added", "revised"] for number in BEFORE},
        **{number: ["added"] for number in DURING},
    }


def copies(desk: RiggedDesk, tmp_path: Path) -> Iterator[Path]:
    """As many copies of the desk's folder as are asked for."""
    source, number = desk.folder, 0
    while True:
        number += 1
        folder = tmp_path / f"copy{number}"
        shutil.copytree(source, folder)
        yield folder
        shutil.rmtree(folder)


@pytest.mark.slow
def test_at_every_third_write(desk: RiggedDesk, tmp_path: Path) -> None:
    for place, folder in enumerate(copies(desk, tmp_path)):
        number = 1 + 3 * place
        if fill(desk, folder, number, full_from) < number:
            assert number > 100
            break


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


@contextmanager
def filled(disk: Path, number: int) -> Iterator[Callable[[], int]]:
    """A file takes all room that is left right before the ``number``-th write or flush,
    and is gone again afterwards; gives how many there were."""
    count, ballast, real_write = 0, disk / "ballast", os.write

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            nonlocal count
            count += 1
            if count == number:
                take_all(ballast, real_write)
            return real(*args)

        return call

    with ExitStack() as stack:
        stack.callback(ballast.unlink, missing_ok=True)
        for name in ("write", "fsync", "mkdir"):
            stack.enter_context(replaced(os, name, counted(getattr(os, name))))
        yield lambda: count


def take_all(ballast: Path, write: Callable[[int, bytes], int]) -> None:
    with ballast.open("wb") as stream, suppress(OSError):
        while True:
            write(stream.fileno(), bytes(4096))


@pytest.mark.slow
def test_a_disk_that_is_really_full_at_every_write(
    desk: RiggedDesk, tmp_path: Path, small_disk: Path
) -> None:
    """The kernel says no, to SQLite too: what was written before is there, nothing more
    goes on the disk until the poll has ended."""
    source, codes = desk.folder, set()
    for number in range(1, 1000):
        desk.folder = small_disk / "service"
        shutil.copytree(source, desk.folder)
        stood = held(desk)
        with filled(small_disk, number) as count:
            code, log = desk.polled()
        codes.add(code)
        after_check(desk, stood, code, log)
        shutil.rmtree(desk.folder)
        if count() < number:
            break
    assert number > 100
    assert codes == {0, 1, 4}


@pytest.mark.slow
def test_a_disk_that_is_really_full(desk: RiggedDesk, tmp_path: Path, small_disk: Path) -> None:
    """From no room at all to enough, in steps of 32 KB: here SQLite is hit too."""
    source, block, codes = desk.folder, 4096, set()
    for room in range(0, 480, 8):
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
        assert not [line for line in log if line.startswith("section")], log
        ballast.unlink()
        after_check(desk, stood, code, log)
        shutil.rmtree(desk.folder)
    assert codes == {0, 1, 4}
