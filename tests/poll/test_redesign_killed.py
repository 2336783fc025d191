"""Killed while a redesign is learned: it goes on or begins anew, never half a layout."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.archive.learned import number_of
from tests.archive.audit import audit
from tests.archive.test_crash import at_step
from tests.poll.redesigned import HELD, Redesigned, begun, fresh, meet

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redesigned]:
    """A redesign of which the next poll learns."""
    with begun(tmp_path_factory.mktemp("before"), 40) as before:
        desk = before.in_folder(tmp_path_factory.mktemp("met"))
        meet(desk, "renamed")
        yield desk


def polled(desk: Redesigned, step: int) -> tuple[int, int]:
    """A poll in a process that dies at a write to the disk (0: at none); how it ended, and
    how many writes there were."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        code = 1
        try:
            undo = at_step(step, lambda name, args: os._exit(9))
            desk.poll()
            os.write(tell, str(undo()).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(tell)
    with os.fdopen(told) as pipe:
        count = int(pipe.read() or 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), count


def test_a_kill_at_any_moment(met: Redesigned, tmp_path: Path) -> None:
    site, at = met.site, met.now

    def copy(name: str) -> Redesigned:
        folder = shutil.copytree(met.folder, tmp_path / name)
        made = Redesigned(site, folder, at, sections=met.sections, parts=met.parts)
        site.now = made.clock
        return made

    code, count = polled(copy("counted"), 0)
    assert (code, count > 60) == (0, True)
    new = {one.id for one in fresh(HELD)}
    for step in (3, *range(20, count, max(1, count // 9))):
        desk = copy(str(step))
        assert polled(desk, step)[0] == 9, step
        for turn in range(3):
            desk.later(minutes=10)
            desk.poll()
            if turn == 0:
                # It is whole or not there: what reads by it is what it was proved for.
                archive = desk.archive()
                damaged: list[object] = []
                layouts = archive.learned.whole(damaged.append)
                assert (damaged, len(layouts) <= 1) == ([], True), step
                archive.close()
                desk.is_well()
        assert len(desk.layouts()) == 1, step
        assert new <= set(desk.ids()), step
        assert desk.waiting() == [], step
        events = audit(desk.folder / "archive")
        assert all(events[one] == ["added"] for one in new), step
        archive = desk.archive()
        assert [*map(number_of, archive.whole(new))] == [1] * len(new), step
        archive.close()
        desk.is_well()
