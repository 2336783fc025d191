"""A kill at every statement while ``.state`` is made anew, and again while that goes on: made
whole afterwards, the index says the same as one made undisturbed, and no file has changed."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from feedsvc.archive import Archive, Pending
from feedsvc.catalogue.state import State
from feedsvc.model import Event
from tests.archive.samples import NOW, edited, page, record

IDS = [folder * 1000 + number for folder in range(100, 106) for number in (1, 2, 7)]
LOST, BROKEN, WAITING, WORD = IDS[1], IDS[4], 110_000, "공장"
TABLES = "SELECT name FROM sqlite_master WHERE type='table' AND name NOT GLOB 'text*'"
"""But for the words, which are asked for by a search."""

AT_RANDOM = 100

pytestmark = pytest.mark.slow


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Articles in six folders and two months, some revised, one waiting; of one the record is
    gone, of one it is damaged, and what that says is part of the index."""
    path = tmp_path / "archive"
    archive = Archive(path)
    with archive.writing(NOW):
        for place, number in enumerate(IDS):
            at = NOW + timedelta(days=3 * place)
            archive.keep(record(number, published_at=at), Event.ADDED, at, page(number, at))
        for number in IDS[::4]:
            at = NOW + timedelta(days=60)
            archive.keep(edited(record(number), "고친 제목", at), Event.REVISED, at)
        archive.pending.add([Pending(WAITING, f"https://dealsite.co.kr/articles/{WAITING}", NOW)])
    archive.close()
    archive.path_of(LOST).unlink()
    archive.path_of(BROKEN).write_bytes(b"{")
    lose(path)
    make(path, anew=False)
    return path


def lose(path: Path) -> None:
    shutil.rmtree(path / ".state", ignore_errors=True)


def make(path: Path, *, anew: bool) -> None:
    """What the next writer does, or ``feedsvc rebuild``."""
    archive = Archive(path)
    with archive.writing(NOW):
        if anew:
            archive.reindex()
        archive.make_findable()
    archive.close()


def killed(work: Callable[[], None], stop: int = 0, after: float | None = None) -> bool:
    """Whether a process that works was killed before it was done: at its ``stop``-th
    statement, or ``after`` so many seconds."""
    child = os.fork()
    if child == 0:  # pragma: no cover
        with suppress(BaseException):
            count_down(stop)
            work()
        os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def count_down(stop: int) -> None:  # pragma: no cover
    """Die in place of the ``stop``-th statement of this process."""
    left = stop

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args)

        return call

    for name in ("rows", "many"):
        setattr(State, name, counted(getattr(State, name)))


def says(path: Path) -> dict[str, Any]:
    """All that the index says, and what is found by it."""
    with closing(sqlite3.connect(path / ".state/state.sqlite")) as state:
        found: dict[str, Any] = {
            table: sorted(state.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for (table,) in state.execute(TABLES).fetchall()
        }
        assert state.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    archive = Archive(path)
    found["words"] = [one.id for one in archive.finding.find(WORD)]
    found["alike"] = [
        archive.index.resembling(one, timedelta(days=9)) for one in archive.newest_first()
    ]
    found["waiting"] = [one.id for one in archive.pending.all()]
    archive.close()
    return found


def files(path: Path) -> dict[str, str]:
    return {
        one.relative_to(path).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in sorted(path.rglob("*"))
        if one.is_file() and ".state" not in one.parts and one.name != ".lock"
    }


@pytest.mark.parametrize("anew", [False, True], ids=["state-lost", "rebuild"])
def test_a_kill_at_every_statement_changes_nothing(path: Path, anew: bool) -> None:
    whole, stood, head = says(path), files(path), Archive(path).head()
    assert [one for one, *_ in whole["amiss"]] == [LOST, BROKEN]
    rng = random.Random(20260310)
    made = shutil.copytree(path / ".state", path.parent / "made")
    work, kills, stop = partial(make, path, anew=anew), 0, 1
    while True:
        lose(path)
        if anew:
            shutil.copytree(made, path / ".state")
        if not killed(work, stop):
            break
        kills += 1
        with suppress(sqlite3.Error):
            kills += killed(partial(make, path, anew=False), rng.randint(1, 60))
        check(path, whole, stood, head)
        stop += 1
    assert kills >= 300


def test_a_kill_at_any_moment_changes_nothing(path: Path) -> None:
    whole, stood, head = says(path), files(path), Archive(path).head()
    begun = time.monotonic()
    lose(path)
    make(path, anew=False)
    span, rng = time.monotonic() - begun, random.Random(20260310)
    for _ in range(AT_RANDOM):
        lose(path)
        for _ in range(2):  # and again where it was stopped
            killed(partial(make, path, anew=False), after=rng.random() * span)
        check(path, whole, stood, head)


def check(path: Path, whole: dict[str, Any], stood: dict[str, str], head: str | None) -> None:
    """Nothing is lost, new or twice, before the next writer and after it."""
    reader = Archive(path)
    assert set(reader.index.ids()) == {*IDS} - {LOST, BROKEN}
    assert reader.changed_since(head) == ()
    reader.close()
    make(path, anew=False)
    assert says(path) == whole
    assert files(path) == stood
    archive = Archive(path)
    faults = archive.verify().faults
    assert {fault.id for fault in faults} == {LOST, BROKEN}
    archive.close()
