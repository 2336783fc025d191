"""What ``.state`` knows of lines that are gone outlives another version's; and who only reads
goes on beside a damaged journal."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from unittest import mock

import pytest

from feedsvc.archive import Archive, Pending, verify_index
from feedsvc.catalogue import state
from feedsvc.catalogue.state import VERSION, State
from feedsvc.cli import execute
from feedsvc.errors import ArchiveError, ArchiveUnwritable
from feedsvc.model import Event
from tests.archive.samples import NOW, record

IDS = (1, 2, 3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three articles, and one that waits; ``before`` is how it was with two."""
    path = tmp_path / "archive"
    archive = Archive(path)
    for number in IDS:
        if number == IDS[-1]:
            archive.close()
            shutil.copytree(path, tmp_path / "before")
        with archive.writing(NOW):
            archive.keep(record(number), Event.ADDED, NOW)
    with archive.writing(NOW):
        archive.pending.add([Pending(4, "https://dealsite.co.kr/articles/4", NOW)])
    archive.close()
    return path


def made_by(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path / ".state/state.sqlite")) as connection:
        connection.execute(f"PRAGMA user_version={version}")


def an_older_copy(path: Path) -> None:
    for name in ("journal", "articles"):
        shutil.rmtree(path / name)
        shutil.copytree(path.parent / "before" / name, path / name)


def cut(path: Path) -> None:
    (file,) = (path / "journal").glob("*.jsonl")
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))


def without_pending(path: Path) -> None:
    (path / "pending.jsonl").unlink()


@pytest.mark.parametrize("version", [VERSION - 4, VERSION - 1, VERSION])
@pytest.mark.parametrize("harm", [an_older_copy, cut])
def test_a_journal_without_its_newest_line_is_told_whoever_made_the_state(
    path: Path, version: int, harm: Callable[[Path], None]
) -> None:
    made_by(path, version)
    harm(path)
    for _ in range(2):  # what was told once is told again
        archive = Archive(path)
        assert any("newest line" in fault.what for fault in archive.verify().faults)
        with pytest.raises(ArchiveError, match="cut or changed"), archive.writing(NOW):
            pass
        archive.close()


@pytest.mark.parametrize("version", [VERSION - 4, VERSION - 1, VERSION])
def test_what_was_pending_is_found_again_whoever_made_the_state(path: Path, version: int) -> None:
    made_by(path, version)
    without_pending(path)
    archive = Archive(path)
    assert any("pending are gone" in fault.what for fault in archive.verify().faults)
    with archive.writing(NOW) as told:
        assert any("are pending again" in line for line in told)
    assert [one.id for one in archive.pending.all()] == [4]
    archive.close()


def test_a_whole_archive_raises_no_alarm_whoever_made_the_state(path: Path) -> None:
    made_by(path, VERSION - 1)
    archive = Archive(path)
    assert archive.verify().faults == ()
    with archive.writing(NOW) as told:
        assert told == ()
    assert archive.verify().faults == ()
    assert [*archive.index.ids()] == [*IDS]
    archive.close()
    state = State.to_read(path / ".state")
    assert state is not None
    assert {str(key) for (key,) in state.rows("SELECT key FROM meta")} >= {"head", "made"}
    state.close()


@pytest.mark.parametrize("harm", [cut, an_older_copy])
def test_who_reads_goes_on_beside_a_damaged_journal(
    path: Path, harm: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(path)
    archive = Archive(path)
    with mock.patch.object(State, "copy", autospec=True, side_effect=State.copy) as copy:
        for _ in range(2):
            assert [*archive.index.ids()] == [*IDS]
            assert [one.id for one in archive.finding.find("공장")] == [3, 2, 1]
    assert copy.call_count == 1
    archive.close()
    config = tmp_path / "config.yaml"
    config.write_text("sections: [{name: industry, title: 산업, code: '068000'}]\n", "utf-8")
    for command in (("ls",), ("search", "공장")):
        execute(["--config", str(config), "archive", *command])
        assert capsys.readouterr().out.count("한빛전자, 새") == len(IDS)


def test_what_cannot_be_looked_at_now_is_not_called_damaged(path: Path) -> None:
    state = State.to_read(path / ".state")
    assert state is not None
    assert state.is_sound()
    state._connection.set_progress_handler(lambda: 1, 1)  # SQLite is interrupted
    with pytest.raises(ArchiveUnwritable):
        state.is_sound()
    state._connection.set_progress_handler(None, 1)
    state.close()


def page_of(path: Path, of: str | float) -> None:
    """Overwrite a page of ``.state``: the first of a table, or at a part of the file."""
    state = path / ".state/state.sqlite"
    with closing(sqlite3.connect(state)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_master"))
    data = bytearray(state.read_bytes())
    page = roots[of] if isinstance(of, str) else int(len(data) // 4096 * of) + 1
    data[(page - 1) * 4096 : page * 4096] = bytes(4096)
    state.write_bytes(data)


@pytest.mark.parametrize("where", [0.1, 0.3, 0.5, 0.7, 0.9, "record", "watch", "text_data"])
def test_a_page_of_the_state_that_is_damaged_is_told_and_repaired(
    path: Path, where: str | float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page_of(path, where)
    config = tmp_path / "config.yaml"
    config.write_text("sections: [{name: industry, title: 산업, code: '068000'}]\n", "utf-8")
    archive = Archive(path)
    state = path / ".state/state.sqlite"
    told = [fault for fault in archive.verify().faults if fault.path == state]
    assert [fault.derived for fault in told] == [True]
    if where == "text_data":  # of a large one it is told by who meets it, and who repairs
        with mock.patch.object(verify_index, "_SMALL", 0):
            assert archive.verify().faults == ()
            assert archive.verify(every_page=True).faults
        assert execute(["--config", str(config), "archive", "search", "공장"]) == 5
        assert "feedsvc archive verify --repair" in capsys.readouterr().err
    archive.close()
    assert execute(["--config", str(config), "archive", "verify", "--repair"]) == 1
    archive = Archive(path)
    assert archive.verify().faults == ()
    with archive.writing(NOW):
        archive.keep(record(5), Event.ADDED, NOW)
    assert [*archive.index.ids()] == [*IDS, 5]
    assert [one.id for one in archive.finding.find("공장")] == [5, 3, 2, 1]
    archive.close()


def test_whatever_page_of_the_state_is_damaged_who_writes_makes_it_again(
    path: Path, tmp_path: Path
) -> None:
    harms: list[str | float] = ["record", "journaled", "text_data"]
    for where in harms + [random.random() for _ in range(5)]:
        one = tmp_path / str(where)
        shutil.copytree(path, one)
        page_of(one, where)
        archive = Archive(one)
        try:
            with archive.writing(NOW):
                archive.keep(record(5), Event.ADDED, NOW)
                assert 5 in archive.index.ids()
                assert [one.id for one in archive.finding.find("공장")] == [5, 3, 2, 1]
                assert isinstance(where, float)  # nothing of this looks at that page
        except ArchiveError:
            with archive.writing(NOW):
                if 5 not in archive.index.ids():
                    archive.keep(record(5), Event.ADDED, NOW)
        assert [*archive.index.ids()] == [*IDS, 5]
        assert [one.id for one in archive.finding.find("공장")] == [5, 3, 2, 1]
        archive.close()


def cut_in_half(path: Path) -> None:
    state = path / ".state/state.sqlite"
    os.truncate(state, state.stat().st_size // 2)


def first_page(path: Path) -> None:
    page_of(path, 0.0)


def no_text(table: str, column: str) -> Callable[[Path], None]:
    """The first byte of each text is one that no UTF-8 has."""

    def harm(path: Path) -> None:
        value = f"CAST(x'ff' || substr(CAST({column} AS BLOB), 2) AS TEXT)"
        with closing(sqlite3.connect(path / ".state/state.sqlite")) as connection, connection:
            connection.execute(f"UPDATE {table} SET {column}={value}")

    return harm


def older_and_damaged(path: Path) -> None:
    """Of the version that remembered texts, which are not to be read any more."""
    with closing(sqlite3.connect(path / ".state/state.sqlite")) as connection, connection:
        connection.execute(state._BY_KEYS)
        rows = [(f"poll:{n}:last", "2026-11-27T10:00:00+09:00") for n in range(500)]
        connection.executemany("INSERT INTO memory VALUES(?,?)", rows)
    page_of(path, "memory")
    made_by(path, 7)


@pytest.mark.parametrize(
    "harm",
    [
        cut_in_half, first_page, older_and_damaged, no_text("record", "title"),
        no_text("journaled", "file"), no_text("meta", "value"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("by", ["repair", "polls"])
def test_what_cannot_be_read_of_the_state_is_told_and_made_again(
    path: Path, harm: Callable[[Path], None], by: str, tmp_path: Path
) -> None:
    harm(path)
    archive = Archive(path)
    assert [fault.derived for fault in archive.verify(every_page=True).faults] == [True]
    archive.close()
    if by == "repair":
        config = tmp_path / "config.yaml"
        config.write_text("sections: [{name: industry, title: 산업, code: '068000'}]\n", "utf-8")
        assert execute(["--config", str(config), "archive", "verify", "--repair"]) == 1
    for _ in range(2):  # the first of them may meet it, and drop it
        with suppress(ArchiveError), archive.writing(NOW):
            assert [*archive.index.files(), *archive.index.known(IDS)]
    with archive.writing(NOW):
        archive.keep(record(5), Event.ADDED, NOW)
    assert archive.verify(every_page=True).faults == ()
    assert [*archive.index.ids()] == [*IDS, 5]
    archive.close()


def test_a_place_in_the_journal_that_is_none_has_the_index_made_again(path: Path) -> None:
    with closing(sqlite3.connect(path / ".state/state.sqlite")) as connection, connection:
        connection.execute("UPDATE meta SET value='{' WHERE key='head'")
    archive = Archive(path)
    assert archive.verify().faults == ()
    with archive.writing(NOW):
        archive.keep(record(5), Event.ADDED, NOW)
    assert archive.verify(every_page=True).faults == ()
    assert [*archive.index.ids()] == [*IDS, 5]
    assert [one.id for one in archive.finding.find("공장")] == [5, 3, 2, 1]
    archive.close()


def written(archive: Archive, do: Callable[[State], object]) -> None:
    with archive.writing(NOW):
        do(archive._writing_state())
        archive.keep(record(5), Event.ADDED, NOW)


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (lambda state: state.rows("INSERT INTO meta SELECT * FROM meta"), "UNIQUE"),
        (lambda state: state.rows("SELECT * FROM nowhere"), "no such table"),
        (lambda state: state.rows("SELECT ?"), "supplied"),
        (lambda state: state._connection.set_progress_handler(lambda: 1, 1), "interrupted"),
        (lambda state: state.close(), "closed"),
    ],
)
def test_what_is_no_damage_leaves_the_state_as_it_is(
    path: Path, do: Callable[[State], object], said: str
) -> None:
    before = (path / ".state/state.sqlite").stat().st_ino
    archive = Archive(path)
    with pytest.raises((ArchiveError, ArchiveUnwritable), match=said):
        written(archive, do)
    assert (path / ".state/state.sqlite").stat().st_ino == before
    assert archive.verify(every_page=True).faults == ()
    archive.close()


def test_who_reads_goes_on_when_a_damaged_index_is_dropped_and_made_again(path: Path) -> None:
    reader, writer = Archive(path), Archive(path)
    assert [*reader.index.ids()] == [*IDS]
    page_of(path, "text_data")
    with pytest.raises(ArchiveError):
        [*reader.finding.find("공장")]
    with pytest.raises(ArchiveError), writer.writing(NOW):
        writer.keep(record(5), Event.ADDED, NOW)
    assert 3 in [one.id for one in reader.finding.find("공장")]  # by an index in memory
    with writer.writing(NOW):
        writer.keep(record(6), Event.ADDED, NOW)
    with mock.patch.object(State, "copy") as copy:
        assert [one.id for one in reader.finding.find("공장")] == [*writer.index.ids()][::-1]
    assert not copy.called
    reader.close()
    writer.close()


def test_who_reads_goes_on_where_the_folder_cannot_be_looked_at(path: Path) -> None:
    archive = Archive(path)
    assert [*archive.index.ids()] == [*IDS]
    (path / ".state").rename(path / "away")
    (path / ".state").symlink_to(".state")
    assert [*archive.index.ids()] == [*IDS]
    archive.close()
