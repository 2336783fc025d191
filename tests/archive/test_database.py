"""The databases of ``.state``: read where nothing may be written, and made anew."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from feedsvc import regular
from feedsvc.archive import Archive
from feedsvc.archive.tree import Tree
from feedsvc.catalogue import database
from feedsvc.cli import execute
from feedsvc.errors import ArchiveUnreadable
from feedsvc.model import Event
from tests.archive.samples import NOW, record

WORDS = (("status",), ("archive", "ls"), ("archive", "search", "공장"), ("archive", "gaps"),
         ("archive", "stats"), ("archive", "show", "3"))  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three articles, and something remembered."""
    path = tmp_path / "archive"
    archive = Archive(path)
    with archive.writing(NOW):
        for number in (1, 2, 3):
            archive.keep(record(number), Event.ADDED, NOW)
        archive.memory.note.set("said", "", text="first")
    archive.close()
    return path


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One who may write nothing, as far as this process is asked."""
    real = regular.may
    monkeypatch.setattr(regular, "may", lambda path, mode: mode == os.R_OK and real(path, mode))
    return monkeypatch


def said(archive: Archive) -> str:
    return archive.memory.note.of("said", "").text


def names(path: Path) -> set[str]:
    return {one.name for one in (path / ".state").iterdir()}


def test_a_reader_who_may_not_write_reads_a_copy_and_leaves_nothing(
    path: Path, reader: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = names(path)
    reader.setattr("tempfile.tempdir", str(tmp_path))
    archive = Archive(path)
    assert said(archive) == "first"
    assert archive.finding.made() is not None
    assert [one.id for one in archive.finding.find("공장")] == [3, 2, 1]
    assert list(archive.index.ids()) == [1, 2, 3]
    assert names(path) == before
    assert [one.name for one in tmp_path.iterdir()] == ["archive"]


def test_a_copy_is_made_again_when_the_file_has_changed_and_not_before(
    path: Path, reader: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    real = database._copied

    def counted(one: Path) -> database.Opened | None:
        made.append(one)
        return real(one)

    reader.setattr(database, "_copied", counted)
    looking = Archive(path)
    for _ in range(3):
        assert said(looking) == "first"
        assert len(looking) == len([*looking.finding.find()]) == 3
    assert sorted(one.name for one in made) == ["state.sqlite"]
    reader.undo()
    writer = Archive(path)
    with writer.writing(NOW):
        writer.keep(record(4), Event.ADDED, NOW)
        writer.memory.note.set("said", "", text="second")
    writer.close()
    reader.setattr(regular, "may", lambda path, mode: mode == os.R_OK)
    assert said(looking) == "second"
    assert len(looking) == len([*looking.finding.find()]) == 4


def test_what_stands_in_the_log_alone_is_read_too(path: Path, reader: pytest.MonkeyPatch) -> None:
    """As after a kill, or in a copy that was made while a poll ran."""
    state = path / ".state" / "state.sqlite"
    writer = sqlite3.connect(state, isolation_level=None)
    writer.execute("UPDATE note SET text='later' WHERE topic='said'")
    other = path.with_name("other")
    shutil.copytree(path, other)
    (other / ".state" / "state.sqlite-shm").unlink()
    assert (other / ".state" / "state.sqlite-wal").stat().st_size > 0
    assert said(Archive(other)) == "later"
    assert said(Archive(path)) == "later"  # and where both still lie there
    writer.close()


def test_a_journal_that_is_ahead_is_read_beside_the_copy(
    path: Path, reader: pytest.MonkeyPatch
) -> None:
    kept = shutil.copytree(path / ".state", path.with_name("kept"))
    reader.undo()
    writer = Archive(path)
    with writer.writing(NOW):
        writer.keep(record(4), Event.ADDED, NOW)
    writer.close()
    shutil.rmtree(path / ".state")
    kept.rename(path / ".state")
    reader.setattr(regular, "may", lambda path, mode: mode == os.R_OK)
    looking = Archive(path)
    assert len(looking) == len([*looking.finding.find()]) == 4
    assert said(looking) == "first"


def test_what_cannot_be_copied_is_told_and_never_taken_for_nothing(
    path: Path, reader: pytest.MonkeyPatch
) -> None:
    reader.setattr("tempfile.tempdir", str(path / "FORMAT"))  # no folder to make one in
    archive = Archive(path)
    with pytest.raises(ArchiveUnreadable, match="cannot be read"):
        said(archive)
    assert len(archive) == 3  # the files tell that


def test_a_file_that_is_written_all_the_time_is_told_so(
    path: Path, reader: pytest.MonkeyPatch
) -> None:
    reader.setattr(database, "_copied", lambda one: None)
    with pytest.raises(ArchiveUnreadable, match="another feedsvc writes it all the time"):
        said(Archive(path))


@pytest.mark.parametrize("how", ["broken", "another version", "rebuilt"])
def test_a_database_that_is_made_anew_keeps_its_mode(path: Path, how: str) -> None:
    file = path / ".state" / "state.sqlite"
    if how == "broken":
        file.write_bytes(b"no database, and long enough for a page" * 100)
    elif how == "another version":
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA user_version=999")
        connection.close()
    file.chmod(0o600)
    archive = Archive(path)
    with archive.writing(NOW):
        archive.reindex()
    archive.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.id for one in Archive(path).finding.find("공장")] == [3, 2, 1]


def test_what_is_kept_of_a_damaged_file_has_its_mode(path: Path) -> None:
    archive = Archive(path)
    file = Tree(path).record(2)
    file.chmod(0o600)
    with archive.writing(NOW):
        copy = archive.quarantine.put_aside(2)
    assert copy is not None
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


@pytest.fixture
def config(path: Path) -> Path:
    made = path.with_name("config.yaml")
    made.write_text("sections: [{name: every, title: 전체}]\n", encoding="utf-8")
    return made


def test_every_command_that_reads_does_so_where_it_may_not_write(
    config: Path, reader: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in WORDS:
        assert execute([*words, "--config", str(config)]) == 0, words
    told = capsys.readouterr()
    assert told.err == ""
    assert "3 articles kept" in told.out


@pytest.mark.slow
def test_every_command_that_reads_tells_the_truth_to_another_user(path: Path, config: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs the right to become another user")
    for place in (path, *path.parents):
        if place.stat().st_uid == 0 and place != Path("/"):
            place.chmod(place.stat().st_mode | 0o055)
    code = (
        "import contextlib, io, os, sys\n"
        "from feedsvc.cli import execute\n"
        f"words = {WORDS!r}\n"
        "config = ['--config', sys.argv[1]]\n"
        # What it needs is imported before it may read less: the interpreter may be root's.
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    for one in words: execute([*one, *config])\n"
        "os.setegid(65534); os.seteuid(65534)\n"
        "for one in words: print('##', *one, execute([*one, *config]), flush=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(config)], capture_output=True, text=True, timeout=180,
        check=True,
    )  # fmt: skip
    assert done.stderr == ""
    for words in WORDS:
        assert f"## {' '.join(words)} 0" in done.stdout
    assert "3 articles kept" in done.stdout
