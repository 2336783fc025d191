"""Learned layouts in the archive: kept, read, withdrawn; damaged, killed, mended."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.archive import Archive, KeptLayout, LayoutState
from feedsvc.archive.learned import from_bytes, number_of, to_bytes
from feedsvc.archive.tree import kind_of
from feedsvc.errors import ArchiveError
from feedsvc.model import Event, Record
from feedsvc.recordjson import sha256
from tests.archive.audit import audit, lines
from tests.archive.samples import NOW, edited, page, record
from tests.archive.test_crash import at_step

LATER = NOW + timedelta(days=1)
LAYOUT = KeptLayout(
    3,
    LayoutState.ADOPTED,
    LATER,
    LATER,
    {"parts": {"title": [".제목"], "body": ["#본문 > p"]}, "json": False},
    {"pages": [{"id": 1, "page": "sha1:A", "verdict": "exact"}], "when": "2026-03-10T09:00:00"},
)
OLD, CHANGED, ADDED = 1, 2, 3


def told(archive: Archive) -> tuple[list[KeptLayout], list[str]]:
    errors: list[ArchiveError] = []
    found = archive.learned.whole(errors.append)
    return list(found), [str(one) for one in errors]


def by_layout(one: Record) -> Record:
    return replace(one, sources=(*one.sources, ("layout", LAYOUT.name)))


def begin(path: Path) -> Archive:
    """Two articles from before the layout; it changed one of them and added another."""
    archive = Archive(path)
    with archive.writing(NOW):
        for number in (OLD, CHANGED):
            archive.keep(record(number), Event.ADDED, NOW, page(number))
    return archive


def adopt(archive: Archive) -> None:
    with archive.writing(LATER):
        archive.learned.keep(LAYOUT, LATER)
        old = archive.get(CHANGED)
        assert old is not None
        changed = by_layout(edited(old, "다른 제목", LATER))
        archive.keep(changed, Event.REVISED, LATER, page(CHANGED, LATER, b"new"))
        archive.keep(by_layout(record(ADDED)), Event.ADDED, LATER, page(ADDED, LATER))
        archive.pending.settle([CHANGED, ADDED])


def take_back(archive: Archive) -> None:
    later = LATER + timedelta(hours=1)
    with archive.writing(later):
        archive.learned.keep(replace(LAYOUT, state=LayoutState.UNDONE), later)
        if (changed := archive.get(CHANGED)) and number_of(changed) == 3:
            archive.put_back(3, CHANGED, later)
        if added := archive.get(ADDED):
            archive.withdraw([added], later)


def test_a_layout_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    assert from_bytes(to_bytes(LAYOUT)) == LAYOUT
    archive = begin(tmp_path / "a")
    adopt(archive)
    assert told(archive) == ([LAYOUT], [])
    assert told(Archive(tmp_path / "a")) == ([LAYOUT], [])
    text = archive.learned.path(3).read_text("utf-8")
    assert "- '#본문 > p'" in text  # for people to read
    assert archive.learned.next() == 4
    line = next(line for line in lines(archive.path) if line["event"] == "layout")
    assert line["id"] == 3
    assert line["file"] == line["digest"] == sha256(archive.learned.path(3).read_bytes())


def test_a_layout_is_no_article(tmp_path: Path) -> None:
    """Its number is an id too; nothing takes one for the other."""
    archive = begin(tmp_path / "a")
    head = archive.head()
    with archive.writing(LATER):
        archive.learned.keep(replace(LAYOUT, number=OLD), LATER)
    assert archive.changed_since(head) == ()
    assert archive.get(OLD) is not None
    assert archive.verify().faults == ()
    shutil.rmtree(archive.path / ".state")
    again = Archive(archive.path)
    with again.writing(LATER):
        again.reindex()
    assert again.verify().faults == ()
    assert told(again)[0][0].number == OLD
    assert {one.id for one in again.finding.find()} == {OLD, CHANGED}


def test_what_it_did_is_taken_back(tmp_path: Path) -> None:
    archive = begin(tmp_path / "a")
    before = archive.path_of(CHANGED).read_bytes()
    adopt(archive)
    first_seen = record(ADDED).first_seen_at
    head = archive.head()
    take_back(archive)
    assert archive.path_of(CHANGED).read_bytes() == before
    assert archive.get(ADDED) is None
    assert list(archive.index.ids()) == [OLD, CHANGED]
    assert {one.id for one in archive.finding.find()} == {OLD, CHANGED}
    assert archive.changed_since(head) is None  # everything is published anew
    (waiting,) = archive.pending.all()
    assert (waiting.id, waiting.first_seen_at, waiting.origin) == (ADDED, first_seen, "poll")
    assert waiting.sections == record(ADDED).sections
    assert archive.verify().faults == ()
    events = audit(archive.path)
    assert events == {
        OLD: ["added"],
        CHANGED: ["added", "revised", "repaired"],
        ADDED: ["added", "withdrawn"],
    }
    # And once more, and again without what is derived.
    again = record(ADDED, first_seen_at=first_seen)
    with archive.writing(LATER):
        assert archive.pending.first_sight(ADDED) == waiting
        archive.keep(again, Event.ADDED, LATER)
        archive.pending.settle([ADDED])
    assert archive.verify().faults == ()
    shutil.rmtree(archive.path / ".state")
    assert list(Archive(archive.path).index.ids()) == [OLD, CHANGED, ADDED]


def remove(path: Path) -> None:
    path.unlink()


def change(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace(".제목", ".다른"), "utf-8")


def spell_otherwise(path: Path) -> None:
    """The same values: the digest of the file is another all the same."""
    path.write_text(path.read_text("utf-8").replace("number: 3", "number:   3"), "utf-8")


def spoil(path: Path) -> None:
    path.write_bytes(b"\x00\xff: [")


def newer(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("format: 1", "format: 2"), "utf-8")


def fold(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "harm",
    [
        *(remove, change, fold),
        *(pytest.param(one, marks=pytest.mark.slow) for one in (spoil, newer, pipe)),
    ],
)
def test_a_damaged_layout_stops_nothing_and_is_named(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    archive = begin(tmp_path / "a")
    adopt(archive)
    path = archive.learned.path(3)
    harm(path)
    found, errors = told(archive)
    assert found == []
    (error,) = errors
    assert str(path) in error
    assert "not used" in error
    verdict = archive.verify()
    assert [fault.path for fault in verdict.faults] == [path]
    with archive.writing(LATER):
        archive.keep(record(9), Event.ADDED, LATER)
        assert archive.learned.next() == 4
    assert told(archive)[0] == []  # nobody took it for what a crash left
    assert [fault.path for fault in archive.verify().faults] == [path]
    with archive.writing(LATER, lenient=True):
        kept = archive.learned.lose(3, LATER)
    assert (kept is None) == (harm is remove)
    assert told(archive) == ([], [])
    assert archive.verify().faults == ()
    assert archive.learned.next() == 4


def test_an_older_copy_of_a_layout_is_not_used(tmp_path: Path) -> None:
    """One that was undone must not come back by a file that was put back."""
    archive = begin(tmp_path / "a")
    adopt(archive)
    path = archive.learned.path(3)
    older = path.read_bytes()
    take_back(archive)
    path.write_bytes(older)
    with archive.writing(LATER) as repaired:
        assert repaired == ()
    found, errors = told(archive)
    assert (found, len(errors)) == ([], 1)
    assert [fault.path for fault in archive.verify().faults] == [path]


def test_what_is_no_file_of_a_layout_is_alien(tmp_path: Path) -> None:
    archive = begin(tmp_path / "a")
    adopt(archive)
    for name in ("layouts/3.yaml", "layouts/0003.yml", "layouts/0003/x.json", "layouts/x/1.json"):
        assert kind_of(name) is None
        path = archive.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
        assert told(archive) == ([LAYOUT], [])
        assert [fault.path for fault in archive.verify().faults] == [path], name
        path.unlink()


def test_what_was_before_is_proved_by_the_journal(tmp_path: Path) -> None:
    archive = begin(tmp_path / "a")
    adopt(archive)
    path = archive.learned.before(3, CHANGED)
    assert archive.verify().faults == ()
    path.write_bytes(path.read_bytes().replace("새 공장".encode(), "헌 공장".encode()))
    assert [fault.path for fault in archive.verify().faults] == [path]


@pytest.mark.slow
@pytest.mark.parametrize("work", [adopt, take_back])
def test_a_kill_at_every_write(tmp_path: Path, work: Callable[[Archive], None]) -> None:
    """Never half a layout: it is there or it is not, each record is one of its two, and the
    next writer completes the rest."""
    begun = begin(tmp_path / "begun")
    if work is take_back:
        adopt(begun)
    begun.close()
    path = shutil.copytree(begun.path, tmp_path / "counted")
    undo = at_step(0, lambda name, args: None)
    try:
        work(Archive(path))
    finally:
        count = undo()
    assert count > 10
    notes: set[str] = set()
    for step in range(1, count + 1):
        path = shutil.copytree(begun.path, tmp_path / str(step))
        if (child := os.fork()) == 0:  # pragma: no cover
            try:
                at_step(step, lambda name, args: os._exit(9))
                work(Archive(path))
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9, step
        archive = Archive(path)
        assert archive.verify().faults == (), step
        with archive.writing(LATER) as repaired:
            notes.update(note.partition(": ")[2] for note in repaired)
        verdict = archive.verify()
        assert (verdict.faults, verdict.unfinished) == ((), ()), step
        found, errors = told(archive)
        assert errors == [], step
        assert all(one.number == 3 for one in found), step
        audit(path)
        work(archive)
        verdict = archive.verify()
        assert (verdict.faults, verdict.unfinished) == ((), ()), step
        assert {one.id for one in archive.finding.find()} == set(archive.index.ids()), step
        state = LayoutState.ADOPTED if work is adopt else LayoutState.UNDONE
        assert [one.state for one in told(archive)[0]] == [state], step
        assert (archive.get(ADDED) is None) == (work is take_back), step
        changed = archive.get(CHANGED)
        assert changed is not None
        assert (number_of(changed) is None) == (work is take_back), step
        archive.close()
    assert "journal line 'layout' written, a crash had cut it off" in notes
    if work is take_back:
        assert "removed, it was withdrawn and is read again" in notes
        assert "is again what it was before a layout changed it, written down" in notes
