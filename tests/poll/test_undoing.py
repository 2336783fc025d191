"""Several learned layouts taken back, in whatever order."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.archive import Archive, KeptLayout, LayoutState
from feedsvc.dedup import Change
from feedsvc.model import Event, Record
from feedsvc.poll.keeping import keep_marked
from feedsvc.poll.layouts import TakenBack, finish_undoing, take_back
from tests.archive.audit import audit
from tests.archive.samples import NOW, edited, page, record
from tests.archive.test_crash import at_step
from tests.archive.test_learned import ADDED, CHANGED, LAYOUT, OLD

FIRST, SECOND = LAYOUT, replace(LAYOUT, number=4)
AFTER = NOW + timedelta(days=9)


def read_by(one: Record, layout: KeptLayout | None) -> Record:
    named = [each for each in one.sources if each[0] != "layout"]
    return replace(one, sources=(*named, *([("layout", layout.name)] if layout else [])))


def edit(archive: Archive, number: int, title: str, by: KeptLayout | None, at: datetime) -> None:
    old = archive.get(number)
    assert old is not None
    made = page(number, at, title.encode())
    archive.keep(read_by(edited(old, title, at), by), Event.REVISED, at, made)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first layout changed an article and added one, the second changed both."""
    archive = Archive(tmp_path_factory.mktemp("both"))
    with archive.writing(NOW):
        for number in (OLD, CHANGED):
            archive.keep(record(number), Event.ADDED, NOW, page(number))
        at = NOW + timedelta(days=1)
        archive.learned.keep(FIRST, at)
        edit(archive, CHANGED, "첫째", FIRST, at)
        archive.keep(read_by(record(ADDED), FIRST), Event.ADDED, at, page(ADDED, at))
        at = NOW + timedelta(days=2)
        archive.learned.keep(SECOND, at)
        edit(archive, CHANGED, "둘째", SECOND, at)
        edit(archive, ADDED, "둘째", SECOND, at)
    archive.close()
    return archive.path


STORY = tuple(
    f"<p>{who}전자가 {n}분기에 설비 투자를 {n}조원으로 늘린다고 12일 밝혔다.</p>"
    for n, who in enumerate(("가람", "나래", "다온", "라온", "마루"), 1)
)


def copy_of(folder: Path, path: Path) -> Archive:
    return Archive(shutil.copytree(folder, path, dirs_exist_ok=True))


def undo(archive: Archive, number: int) -> TakenBack:
    with archive.writing(AFTER):
        (kept,) = (one for one in archive.learned.whole(lambda error: None) if one.number == number)
        return take_back(archive, kept, LayoutState.UNDONE, AFTER)


def is_as_before(archive: Archive) -> None:
    kept = archive.get(CHANGED)
    assert kept is not None
    assert (kept.title, kept.revisions) == (record(CHANGED).title, ())
    assert archive.get(ADDED) is None
    assert ADDED in [one.id for one in archive.pending.all()]
    layouts = archive.learned.whole(lambda error: None)
    assert all(one.state is LayoutState.UNDONE and one.taken_back_at for one in layouts)


@pytest.mark.parametrize("order", [(3, 4), (4, 3)])
def test_what_no_adopted_layout_reads_is_not_left(
    both: Path, tmp_path: Path, order: tuple[int, int]
) -> None:
    archive = copy_of(both, tmp_path)
    taken = [undo(archive, one) for one in order]
    assert {one for each in taken for one in each.withdrawn} == {ADDED}
    assert all(not each.left for each in taken)
    is_as_before(archive)
    audit(tmp_path)
    verdict = archive.verify()
    archive.close()
    assert (verdict.faults, verdict.unfinished) == ((), ())


@pytest.mark.parametrize("stride", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_it_goes_on_wherever_it_is_killed(both: Path, tmp_path: Path, stride: int) -> None:
    begun = copy_of(both, tmp_path / "begun")
    undo(begun, FIRST.number)
    begun.close()
    step, done = 0, False
    while not done:
        step += stride
        folder = shutil.copytree(tmp_path / "begun", tmp_path / str(step))
        child = os.fork()
        if child == 0:  # pragma: no cover
            try:
                at_step(step, lambda name, args: os._exit(9))
                undo(Archive(folder), SECOND.number)
                os._exit(0)
            finally:
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, 9)
        done = code == 0
        archive = Archive(folder)
        with archive.writing(AFTER):
            finish_undoing(archive, AFTER)
        _, second = archive.learned.whole(lambda error: None)
        if second.state is LayoutState.UNDONE:
            is_as_before(archive)
        verdict = archive.verify()
        archive.close()
        assert (verdict.faults, verdict.unfinished) == ((), ()), step
    assert step > 10


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("order", [(3, 4), (4, 3)])
def test_layouts_that_read_an_article_by_turns(
    both: Path, tmp_path: Path, order: tuple[int, int]
) -> None:
    archive = copy_of(both, tmp_path)
    with archive.writing(NOW):
        for number in (CHANGED, ADDED):
            edit(archive, number, "셋째", FIRST, NOW + timedelta(days=3))
            edit(archive, number, "넷째", SECOND, NOW + timedelta(days=4))
    for one in order:
        undo(archive, one)
    is_as_before(archive)
    verdict = archive.verify()
    archive.close()
    assert (verdict.faults, verdict.unfinished) == ((), ())


def test_what_was_read_without_it_in_between_is_not_lost(tmp_path: Path) -> None:
    """The site went back, the article was edited, and the site changed again."""
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        archive.keep(record(CHANGED), Event.ADDED, NOW, page(CHANGED))
        archive.learned.keep(FIRST, NOW)
        for day, (title, by) in enumerate((("첫째", FIRST), ("본디", None), ("셋째", FIRST)), 1):
            edit(archive, CHANGED, title, by, NOW + timedelta(days=day))
    assert undo(archive, FIRST.number) == TakenBack((), (CHANGED,))
    kept = archive.get(CHANGED)
    assert kept is not None
    assert kept.title == "본디"
    verdict = archive.verify()
    archive.close()
    assert (verdict.faults, verdict.unfinished) == ((), ())
    audit(tmp_path)


@pytest.mark.parametrize("ids", [(1, 2, 3, 4), (4, 3, 2, 1)], ids=["rising", "falling"])
def test_who_repeats_what_is_withdrawn_repeats_the_next(
    tmp_path: Path, ids: tuple[int, ...]
) -> None:
    """Of one story four times, three weeks between each and the next, the learned layout
    read the first: what repeats it is marked as if it had never been."""
    first, *others = (
        record(one, body=STORY, published_at=NOW + timedelta(days=21 * place))
        for place, one in enumerate(ids)
    )
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        archive.learned.keep(FIRST, NOW)
        for one in (read_by(first, FIRST), *others):
            keep_marked(archive, Change(one, Event.ADDED), NOW, page(one.id))
        assert {one.duplicate_of for one in kept_of(archive, others)} == {first.id}
    assert undo(archive, FIRST.number).withdrawn == (first.id,)
    second, *later = kept_of(archive, others)
    assert second.duplicate_of is None
    assert [one.duplicate_of for one in later] == [second.id] * len(later)
    verdict = archive.verify()
    archive.close()
    assert (verdict.faults, verdict.unfinished) == ((), ())


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_anywhere_none_is_left_to_repeat_what_is_withdrawn(
    tmp_path: Path, stride: int
) -> None:
    begun = Archive(tmp_path / "begun")
    first, *others = (
        record(one, body=STORY, published_at=NOW + timedelta(days=one)) for one in (1, 2, 3)
    )
    with begun.writing(NOW):
        begun.learned.keep(FIRST, NOW)
        for one in (read_by(first, FIRST), *others):
            keep_marked(begun, Change(one, Event.ADDED), NOW, page(one.id))
    begun.close()
    assert {one.duplicate_of for one in kept_of(begun, others)} == {first.id}
    step, done = 0, False
    while not done:
        step += stride
        folder = shutil.copytree(tmp_path / "begun", tmp_path / str(step))
        child = os.fork()
        if child == 0:  # pragma: no cover
            try:
                at_step(step, lambda name, args: os._exit(9))
                undo(Archive(folder), FIRST.number)
                os._exit(0)
            finally:
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, 9)
        done = code == 0
        archive = Archive(folder)
        with archive.writing(AFTER):
            finish_undoing(archive, AFTER)
        if archive.get(first.id) is None:
            assert [one.duplicate_of for one in kept_of(archive, others)] == [None, 2], step
        archive.close()
    assert step > 10


def kept_of(archive: Archive, ids: Iterable[Record]) -> list[Record]:
    return [one for each in ids if (one := archive.get(each.id))]
