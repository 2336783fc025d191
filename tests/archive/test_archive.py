"""The archive as its callers use it, in a real folder."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.archive import Archive, KnownRecord, Pending
from feedsvc.archive.journal import Journal
from feedsvc.archive.recovery import event_of
from feedsvc.catalogue import index
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError, ArchiveLocked, ArchiveUnwritable
from feedsvc.model import Access, Event, Image, Row, Status
from feedsvc.site import KST
from tests.archive.audit import audit, lines
from tests.archive.samples import NOW, as_kept, edited, page, record

DAY = timedelta(days=1)


def filled(path: Path, ids: Iterable[int] = range(1, 6)) -> Archive:
    archive = Archive(path)
    with archive.writing(NOW):
        for article_id in ids:
            archive.keep(record(article_id), Event.ADDED, NOW, page(article_id))
    return archive


@pytest.fixture(scope="module")
def kept_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("five")
    filled(path).close()
    return path


@pytest.fixture
def archive(kept_once: Path, tmp_path: Path) -> Archive:
    """Five articles, each with its page."""
    return Archive(shutil.copytree(kept_once, tmp_path, dirs_exist_ok=True))


# Format


@pytest.mark.parametrize("inside", [(), (".gitkeep",), (".lock", ".state")])
def test_an_empty_folder_is_a_new_archive(tmp_path: Path, inside: tuple[str, ...]) -> None:
    for name in inside:
        (tmp_path / name).touch()
    (tmp_path / ".state").unlink(missing_ok=True)
    archive = Archive(tmp_path)
    assert (len(archive), archive.head(), archive.pending.all()) == (0, None, ())
    assert archive.changed_since(None) == ()
    assert not (tmp_path / "FORMAT").exists()
    with archive.writing(NOW):
        pass
    assert (tmp_path / "FORMAT").read_text() == "feedsvc-archive 1\n"


def test_reading_a_missing_archive_makes_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "none")
    assert archive.get(1) is None
    assert archive.newest(1, NOW) == ()
    assert archive.raw.last(1) is None
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [("feedsvc-archive 2\n", "install a newer"), ("", "should be"), ("\0\xff", "should be")],
)
def test_another_format_is_refused(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "FORMAT").write_text(line)
    with pytest.raises(ArchiveError, match=told) as caught:
        Archive(tmp_path)
    assert caught.value.exit_code == 5
    assert "FORMAT" in str(caught.value)


def test_records_without_a_format_are_refused(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "FORMAT").unlink()
    with pytest.raises(ArchiveError, match="no FORMAT"):
        Archive(tmp_path)


def test_the_archive_kept_from_the_first_day_opens(tmp_path: Path) -> None:
    path = shutil.copytree(Path(__file__).parent / "format-1", tmp_path / "archive")
    archive = Archive(path)
    assert list(archive.index.ids()) == [999, 117013, 1234567]
    first = archive.get(117013)
    assert first is not None
    assert first == edited(record(117013), "고친 제목", NOW + DAY)
    raw = archive.raw.last(117013)
    assert raw is not None
    assert raw.body.decode() == "<html>기사 본문</html>"
    assert [pending.id for pending in archive.pending.all()] == [117014]
    with archive.writing(NOW + 2 * DAY) as repaired:
        assert repaired == ()
    assert audit(path) == {999: ["added"], 117013: ["added", "revised"], 1234567: ["added"]}


# Keeping


def test_where_a_record_stands(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    assert archive.path_of(117013) == tmp_path / "articles/0117/117013.json"
    assert archive.path_of(7) == tmp_path / "articles/0000/7.json"
    assert archive.path_of(12345678) == tmp_path / "articles/12345/12345678.json"


def test_what_is_kept_is_read_again(archive: Archive, tmp_path: Path) -> None:
    assert archive.get(3) == as_kept(record(3), page(3))
    assert list(archive.index.ids()) == [1, 2, 3, 4, 5]
    known = archive.index.known([3, 99])
    assert dict(known) == {
        3: KnownRecord(3, record(3).title, Status.PLUS_FIRST, ("068000",), record(3).digest)
    }
    assert audit(tmp_path) == {n: ["added"] for n in range(1, 6)}


def test_the_journal_is_a_chain_over_the_months(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    april = datetime(2026, 4, 1, 0, 0, tzinfo=KST)
    with archive.writing(NOW):
        archive.keep(record(1), Event.ADDED, april - timedelta(microseconds=1))
        archive.keep(record(2), Event.ADDED, april)
        archive.keep(record(3), Event.ADDED, NOW)  # the clock went back a month
    names = [path.name for path in sorted((tmp_path / "journal").iterdir())]
    assert names == ["2026-03.jsonl", "2026-04.jsonl"]
    assert [line["id"] for line in lines(tmp_path)] == [1, 2, 3]
    assert len((tmp_path / "journal/2026-03.jsonl").read_bytes().splitlines()) == 1
    assert list(lines(tmp_path)[0]) == ["at", "event", "id", "digest", "file", "prev"]


def test_without_raw_no_page_is_kept(tmp_path: Path) -> None:
    archive = Archive(tmp_path, raw=False)
    with archive.writing(NOW):
        archive.keep(record(1), Event.ADDED, NOW, page(1))
    assert not (tmp_path / "raw").exists()
    assert archive.raw.last(1) is None


def test_a_record_that_could_not_be_read_back_is_not_kept(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writing(NOW), pytest.raises(ValueError, match="surrogate"):
        archive.keep(record(1, title="\ud800"), Event.ADDED, NOW)
    assert archive.get(1) is None
    assert archive.head() is None


def test_writing_outside_of_writing_is_a_bug(archive: Archive) -> None:
    with pytest.raises(RuntimeError, match="inside writing"):
        archive.keep(record(1), Event.NOTED, NOW)
    with archive.writing(NOW), pytest.raises(RuntimeError), archive.writing(NOW):
        pass


# Raw pages


def test_a_page_comes_back_as_it_was_less_its_secrets(archive: Archive, tmp_path: Path) -> None:
    bodies = [bytes(range(256)) * 999, b""]
    with archive.writing(NOW):
        for body in bodies:
            archive.keep(record(1), Event.NOTED, NOW, page(1, NOW + DAY * 40, body))
            kept = archive.raw.last(1)
            sent = page(1, NOW + DAY * 40, body)
            assert kept == replace(
                sent, headers=sent.headers[:3], request_headers=sent.request_headers[:1]
            )
    for path in (tmp_path / "raw").iterdir():
        assert (
            b"secret"
            not in subprocess.run(
                ["gzip", "-dc", str(path)], capture_output=True, check=True
            ).stdout
        )
    assert [number for number, _ in archive.raw.pages()] == [1, 2, 3, 4, 5, 1, 1]
    audit(tmp_path)


def test_pages_are_found_again_when_state_is_lost(archive: Archive, tmp_path: Path) -> None:
    with archive.writing(NOW):
        archive.keep(record(2), Event.NOTED, NOW, page(2, NOW + DAY * 40, b"new"))
    archive.close()
    shutil.rmtree(tmp_path / ".state")
    for begin in (False, True):
        if begin:
            with archive.writing(NOW) as repaired:
                assert repaired == ()
        found = archive.raw.last(2)
        assert found is not None
        assert found.body == b"new"
        found = archive.raw.last(3)
        assert found is not None
        assert found.body == page(3).body


def test_a_damaged_page_is_named(tmp_path: Path) -> None:
    archive = filled(tmp_path, range(1, 2))
    (path,) = (tmp_path / "raw").iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="damaged raw pages") as caught:
        archive.raw.last(1)
    assert str(path) in str(caught.value)


# What stands in line


def test_pending_outlives_the_run_until_settled(tmp_path: Path) -> None:
    row = Row(7, "u", "제목", "요약", "", NOW, ("068000",), Status.SOON_FREE)
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        archive.pending.add([Pending.of(row, NOW), Pending(8, "v", NOW)])
        archive.pending.add([Pending(7, "u", NOW + DAY, ("083000",), title="새 제목")])
    again = Archive(tmp_path)
    seven, eight = again.pending.all()
    assert seven == Pending(7, "u", NOW, ("068000", "083000"), "새 제목", "", NOW, Status.SOON_FREE)
    assert seven.row.sections == ("068000", "083000")
    assert eight.row == Row(8, "v", "")
    with again.writing(NOW):
        again.pending.settle([7])
        assert [one.id for one in again.pending.all()] == [8]
    assert [one.id for one in archive.pending.all()] == [8]


def test_keeping_leaves_nothing_in_line(tmp_path: Path) -> None:
    assert filled(tmp_path).pending.all() == ()


def test_a_line_in_pending_that_is_none_is_named(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "pending.jsonl").write_text("{}\n")
    with pytest.raises(ArchiveError, match=r"pending\.jsonl: line 1"):
        archive.pending.all()


# Which are newest


def test_newest_is_a_number_and_a_time(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        for number in range(1, 11):
            seen = NOW - number * DAY
            code = "068000" if number % 2 else "083000"
            archive.keep(record(number, first_seen_at=seen, sections=(code,)), Event.ADDED, NOW)
        # Seen last of all, published long ago.
        archive.keep(
            record(20, first_seen_at=NOW, origin="backfill", published_at=NOW - 100 * DAY),
            Event.ADDED,
            NOW,
        )

    def newest(limit: int, days: float, section: str | None = None) -> list[int]:
        return [one.id for one in archive.newest(limit, NOW - days * DAY, section)]

    assert newest(2, 0) == [1, 2]
    assert newest(2, 4) == [1, 2, 3, 4]
    assert newest(2, 2.5, "068000") == [1, 3]
    assert newest(1, 5, "083000") == [2, 4]
    assert newest(99, 0)[-1] == 20
    assert newest(5, 0, "000000") == []


def test_a_record_that_moves_is_listed_where_it_is(tmp_path: Path) -> None:
    archive = filled(tmp_path, range(1, 2))
    with archive.writing(NOW):
        archive.keep(record(1, sections=("083000", "089000")), Event.NOTED, NOW)
    assert archive.newest(1, NOW, "068000") == ()
    assert [one.id for one in archive.newest(1, NOW, "089000")] == [1]
    assert len(archive.newest(9, NOW)) == 1


def test_released_and_revised_go_by_their_own_times(archive: Archive) -> None:
    free = Access(Status.OPEN, released_at=NOW + DAY)
    with archive.writing(NOW):
        archive.keep(record(2, access=free), Event.RELEASED, NOW + DAY)
        archive.keep(edited(record(3), "새 제목", NOW + 2 * DAY), Event.REVISED, NOW + 2 * DAY)
        archive.keep(edited(record(1), "새 제목", NOW + 3 * DAY), Event.REVISED, NOW + 3 * DAY)
    assert archive.index.happened("released", NOW) == [2]
    assert archive.index.happened("revised", NOW) == [1, 3]
    assert archive.index.happened("revised", NOW + 3 * DAY) == [1]


def test_what_changed_since(archive: Archive, tmp_path: Path) -> None:
    head = archive.head()
    assert archive.changed_since(head) == ()
    with archive.writing(NOW):
        archive.keep(record(9), Event.ADDED, NOW + 40 * DAY)
        archive.keep(record(2, keywords=()), Event.NOTED, NOW + 40 * DAY)
    reader = Archive(tmp_path)
    assert reader.changed_since(head) == (2, 9)
    assert reader.changed_since(reader.head()) == ()
    assert reader.changed_since(None) == (1, 2, 3, 4, 5, 9)
    assert reader.changed_since("sha256:0") is None
    assert reader.changed_since("") is None


# State


def test_marks_and_memory_are_remembered(archive: Archive, tmp_path: Path) -> None:
    with archive.writing(NOW):
        assert not archive.index.has_marks("industry")
        archive.set_marks("industry", {1: "a", 2: "b"})
        archive.set_marks("industry", {1: "c"})
        archive.memory.page.set("etag", etag="x")
    again = Archive(tmp_path)
    assert dict(again.index.marks("industry", [1, 2, 3])) == {1: "c", 2: "b"}
    assert dict(again.index.marks("finance", [1])) == {}
    assert again.index.has_marks("industry")
    assert again.memory.page.of("etag").etag == "x"
    assert again.memory.page.of("other").etag == ""


def _gone(state: Path) -> None:
    shutil.rmtree(state)


def _alien(state: Path) -> None:
    for path in state.iterdir():
        path.unlink()
    (state / "state.sqlite").write_bytes(b"no database" * 100)


def _other_version(state: Path) -> None:
    connection = sqlite3.connect(state / "state.sqlite")
    connection.execute("DROP TABLE meta")
    connection.execute("CREATE TABLE newer(x)")
    connection.execute("PRAGMA user_version=99")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("harm", [_gone, _alien, _other_version])
def test_the_index_comes_back_by_itself(
    archive: Archive, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    with archive.writing(NOW):
        archive.keep(edited(record(3), "새 제목", NOW + DAY), Event.REVISED, NOW + DAY)
    archive.close()
    harm(tmp_path / ".state")
    reader = Archive(tmp_path)
    assert reader.index.happened("revised", NOW) == [3]
    assert len(reader) == 5
    with archive.writing(NOW) as repaired:
        assert repaired == ()
        assert archive.index.known([3])[3].title == "새 제목"
        archive.keep(record(6), Event.ADDED, NOW)
    audit(tmp_path)


def test_an_index_that_is_behind_catches_up(archive: Archive, tmp_path: Path) -> None:
    archive.close()
    shutil.copytree(tmp_path / ".state", tmp_path.parent / "older")
    with archive.writing(NOW):
        archive.keep(record(6, sections=("083000",)), Event.ADDED, NOW + 40 * DAY)
    archive.close()
    shutil.rmtree(tmp_path / ".state")
    shutil.move(tmp_path.parent / "older", tmp_path / ".state")
    reader = Archive(tmp_path)
    assert list(reader.index.ids()) == [1, 2, 3, 4, 5, 6]
    assert [one.id for one in reader.newest(1, NOW, "083000")] == [6]
    with archive.writing(NOW) as repaired:
        assert repaired == ()
        assert len(archive) == 6


def test_reindex_tells_how_far_it_is(tmp_path: Path) -> None:
    archive = filled(tmp_path, (1, 2, 3, 1001, 2001))
    told: list[tuple[int, int]] = []
    with archive.writing(NOW):
        archive.reindex(lambda done, total: told.append((done, total)))
    assert told == [(0, 5), (3, 5), (4, 5), (5, 5)]
    assert len(archive) == 5


def test_a_reader_sees_what_another_process_writes_meanwhile(tmp_path: Path) -> None:
    writer, reader = filled(tmp_path), Archive(tmp_path)
    assert len(reader) == 5
    with writer.writing(NOW):
        writer.keep(record(6), Event.ADDED, NOW)
        assert reader.index.known([6])
        assert reader.get(6) == record(6)
    assert [one.id for one in reader.newest(1, NOW + DAY)] == [6]


def test_a_reader_before_the_first_write_sees_it_come(tmp_path: Path) -> None:
    reader = Archive(tmp_path / "new")
    assert len(reader) == 0
    filled(tmp_path / "new")
    assert len(reader) == 5


def test_a_reader_between_journal_line_and_index_row(archive: Archive, tmp_path: Path) -> None:
    archive.close()
    data = (json.dumps(lines(tmp_path)[-1] | {"prev": archive.head(), "event": "noted"})).encode()
    with (tmp_path / "journal/2026-03.jsonl").open("ab") as stream:
        stream.write(data[:50])
    reader = Archive(tmp_path)
    assert len(reader) == 5
    with (tmp_path / "journal/2026-03.jsonl").open("ab") as stream:
        stream.write(data[50:] + b"\n")
    assert len(reader) == 5
    assert reader.changed_since(archive.head()) == ()
    before = (tmp_path / ".state/state.sqlite").read_bytes()
    assert len(Archive(tmp_path)) == 5
    assert (tmp_path / ".state/state.sqlite").read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_archive_that_may_only_be_read_opens(tmp_path: Path) -> None:
    filled(tmp_path / "a").close()
    folders = [tmp_path / "a", tmp_path / "a/.state"]
    for folder in folders:
        folder.chmod(0o555)
    (tmp_path / "a/.state/state.sqlite").chmod(0o444)
    try:
        assert len(Archive(tmp_path / "a")) == 5
        with pytest.raises(ArchiveUnwritable), Archive(tmp_path / "a").writing(NOW):
            pass
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_threads_may_read_at_once(tmp_path: Path) -> None:
    archive = filled(tmp_path)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(archive.newest(9, NOW)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [5] * 8


def test_threads_that_find_it_shut_open_it_once(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one closes what another reads by then, and calls the index damaged."""
    plain, opened, meeting = State.to_read, list[State | None](), threading.Barrier(2)

    def to_read(folder: Path) -> State | None:
        with suppress(threading.BrokenBarrierError):
            meeting.wait(0.1)
        opened.append(plain(folder))
        return opened[-1]

    monkeypatch.setattr(State, "to_read", to_read)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: len(archive.newest(9, NOW)), range(2)))
    assert found == [5, 5]
    assert len(opened) == 1


def test_what_is_read_stays_open_when_a_newer_index_takes_its_place(archive: Archive) -> None:
    state, behind = archive.path / ".state", archive.path / "behind"
    shutil.copytree(state, behind)
    writer = Archive(archive.path)
    with writer.writing(NOW):
        writer.keep(record(6), Event.ADDED, NOW)
    writer.close()
    shutil.rmtree(state)
    behind.rename(state)
    made_here = archive.index  # behind the journal: its own copy, in memory
    assert made_here.known([6]).keys() == {6}
    with writer.writing(NOW):
        pass
    assert archive.index.known([6]).keys() == {6}
    assert made_here.known([6]).keys() == {6}


# Damage


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"format": 2}', b"[" * 99999])
def test_a_broken_record_is_named_with_a_way_on(archive: Archive, content: bytes) -> None:
    archive.path_of(3).write_bytes(content)
    with pytest.raises(ArchiveError) as caught:
        archive.get(3)
    assert str(archive.path_of(3)) in str(caught.value)
    assert "docs/archive.md" in str(caught.value)
    assert archive.get(2) == as_kept(record(2), page(2))


def test_a_record_in_the_file_of_another_is_damage(archive: Archive) -> None:
    shutil.copy(archive.path_of(2), archive.path_of(3))
    with pytest.raises(ArchiveError, match="2 in the file of 3"):
        archive.get(3)


def test_a_record_that_is_gone_is_named(archive: Archive) -> None:
    archive.path_of(3).unlink()
    with pytest.raises(ArchiveError, match=r"3\.json: the record is gone"):
        archive.get(3)
    gone: list[Exception] = []
    assert [one.id for one in archive.whole([2, 3], gone.append)] == [2]
    (error,) = gone
    assert "3.json: the record is gone" in str(error)
    told: list[str] = []
    left = archive.newest_first(damaged=lambda error: told.append(error.about))
    assert 3 not in {one.id for one in left}
    assert told == [str(archive.path_of(3))]
    assert 3 not in {one.id for one in archive.newest(9, NOW)}


def _cut_tail(data: bytes) -> bytes:
    return b"".join(data.splitlines(keepends=True)[:-1])


def _changed_tail(data: bytes) -> bytes:
    return data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]


def _emptied(data: bytes) -> bytes:
    return b""


def test_a_cut_or_changed_tail_shows(tmp_path: Path) -> None:
    for number, harm in enumerate([_cut_tail, _changed_tail, _emptied]):
        path = tmp_path / str(number)
        archive = filled(path)
        journal = path / "journal/2026-03.jsonl"
        journal.write_bytes(harm(journal.read_bytes()))
        with pytest.raises(ArchiveError, match=r"cut or changed|damaged"), archive.writing(NOW):
            pytest.fail("it was opened for writing")  # pragma: no cover


def test_what_is_written_down_as_lost_is_damaged_no_more(archive: Archive) -> None:
    archive.path_of(3).write_bytes(b"{")
    with archive.writing(NOW):
        archive.reindex()
        assert any("3.json" in line for line in archive.damage())
        archive.give_up(3, record(3).url, NOW)
        assert archive.damage() == ()
    with archive.writing(NOW):
        assert archive.damage() == ()


def test_a_broken_chain_shows_when_the_index_is_made(archive: Archive, tmp_path: Path) -> None:
    archive.close()
    shutil.rmtree(tmp_path / ".state")
    journal = tmp_path / "journal/2026-03.jsonl"
    first, second, *rest = journal.read_bytes().splitlines(keepends=True)
    for harmed in ([second, first, *rest], [first, *rest], [first, b"{}\n", *rest]):
        journal.write_bytes(b"".join(harmed))
        with pytest.raises(ArchiveError, match="damaged journal at byte"):
            len(Archive(tmp_path))


def test_zeros_that_a_power_cut_leaves_are_cut(archive: Archive, tmp_path: Path) -> None:
    for name in ("journal/2026-03.jsonl", "pending.jsonl", "raw/2026-03.warc.gz"):
        with (tmp_path / name).open("ab") as stream:
            stream.write(b"\0" * 4096)
    with archive.writing(NOW) as repaired:
        assert len(repaired) == 3
        assert archive.repaired == repaired
        archive.keep(record(6), Event.ADDED, NOW, page(6))
    assert audit(tmp_path)[6] == ["added"]


def test_the_event_that_a_crash_cut_off() -> None:
    old = record(1)
    last = int(NOW.timestamp() * 1e6)
    later = NOW + DAY
    assert event_of(old, None) is Event.ADDED
    assert event_of(edited(old, "새", later), last) is Event.REVISED
    released = replace(old, access=Access(Status.OPEN, released_at=later), updated_at=later)
    assert event_of(released, last) is Event.RELEASED
    assert event_of(replace(old, gone_at=later), last) is Event.GONE
    assert event_of(replace(old, sections=("1",)), last) is Event.NOTED


def test_a_journal_longer_than_a_block_is_read_backwards(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    place = None
    for number in range(500):
        place = journal.append(NOW, Event.ADDED, number, "d" * 71, "f" * 71, place)
    assert [line.id for line, _ in journal.backwards()] == list(range(499, -1, -1))
    assert [line.id for line, _ in journal.after(None)] == list(range(500))
    assert journal.tail() == place


# One writer

_HOLD = """
import sys
from pathlib import Path
from feedsvc.archive import Archive
from tests.archive.samples import NOW
with Archive(Path(sys.argv[1])).writing(NOW):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.slow
def test_one_writer_and_the_other_is_told_whose(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(ArchiveLocked, match=f"pid {holder.pid}") as caught,
            archive.writing(NOW),
        ):
            pytest.fail("two writers")  # pragma: no cover
        assert caught.value.exit_code == 3
        assert len(archive) == 0  # reading goes on
        holder.kill()
    with archive.writing(NOW):  # a dead process's lock is taken over
        assert (tmp_path / ".lock").read_text().strip() == str(os.getpid())


@pytest.mark.slow
def test_a_writer_waits_when_asked_to(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        threading.Timer(0.2, holder.stdin.close).start()
        with archive.writing(NOW, wait=20):
            assert archive.pending.all() == ()


def test_two_archives_in_one_process_are_two_writers(tmp_path: Path) -> None:
    with (
        Archive(tmp_path).writing(NOW),
        pytest.raises(ArchiveLocked, match=str(os.getpid())),
        Archive(tmp_path).writing(NOW),
    ):
        pass  # pragma: no cover


# Images


def png(name: str) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + name.encode()


def test_an_image_is_kept_once_and_flushed_before_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path / "archive")
    with archive.writing(NOW):
        file = archive.add_image(record(1), NOW, png("a"))
        path = archive.path / file
        before = path.stat().st_mtime_ns
        assert archive.add_image(record(2), NOW, png("a")) == file
        assert path.stat().st_mtime_ns == before
        assert sorted(p.name for p in path.parent.iterdir()) == [path.name]
        # Who had put it there may not have lived to flush it.
        flushed: list[str] = []
        monkeypatch.setattr("feedsvc.atomic.sync_folder", lambda p: flushed.append(p.name))
        archive.add_image(record(3), NOW, png("a"))
        assert flushed == [path.parent.name, "images", "archive"]
    assert archive.images.read(file) == png("a")
    assert archive.images.holds(file)
    assert archive.images.picture(file) is not None


def test_a_damaged_image_is_written_anew(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    with archive.writing(NOW):
        file = archive.add_image(record(1), NOW, png("a"))
        (archive.path / file).write_bytes(png("b"))
        assert not archive.images.holds(file)
        assert archive.add_image(record(1), NOW, png("a")) == file
    assert archive.images.read(file) == png("a")


@pytest.mark.parametrize("data", [b"<svg/>", b"", b"<html>"])
def test_only_images_are_kept(tmp_path: Path, data: bytes) -> None:
    archive = Archive(tmp_path / "archive")
    with archive.writing(NOW), pytest.raises(ValueError, match="no image"):
        archive.add_image(record(1), NOW, data)
    assert not (archive.path / "images").exists()


@pytest.mark.parametrize(
    "file", ["FORMAT", "images/../FORMAT", "../secret.png", "/etc/passwd", "images/ab/ab.png", ""]
)
def test_a_record_names_no_image_elsewhere(tmp_path: Path, file: str) -> None:
    archive = Archive(tmp_path / "archive")
    with archive.writing(NOW):
        pass
    (tmp_path / "secret.png").write_bytes(png("secret"))
    assert archive.images.read(file) is None
    assert archive.images.picture(file) is None
    assert not archive.images.holds(file)


def test_half_an_image_is_swept_away(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    with archive.writing(NOW):
        file = archive.add_image(record(1), NOW, png("a"))
        archive.keep(record(1, images=(Image("u", "", file),)), Event.ADDED, NOW)
    half = archive.path / "images/.abc.png.x1.tmp"
    half.write_bytes(b"half")
    assert archive.verify().unfinished == (f"{half}: a file half written",)
    with archive.writing(NOW) as repaired:
        assert repaired == (f"{half}: removed, a file half written",)
    assert (archive.verify().faults, archive.verify().unfinished) == ((), ())


def test_newest_first_goes_through_all_of_them(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    assert list(archive.newest_first()) == []
    with archive.writing(NOW):
        for n in range(1, 8):
            seen = NOW - n % 3 * DAY
            sections = ("068000",) if n % 2 else ("083000",)
            one = replace(record(n), first_seen_at=seen, sections=sections)
            archive.keep(one, Event.ADDED, NOW)
    whole = archive.newest(99, NOW)
    assert list(archive.newest_first()) == list(whole)
    odd = [one for one in whole if one.id % 2]
    assert list(archive.newest_first("068000")) == odd
    assert [one.id for one in archive.whole([5, 99, 2])] == [5, 2]


def test_newest_first_reads_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_SOME", 2)
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        for n in range(1, 8):
            archive.keep(replace(record(n), first_seen_at=NOW), Event.ADDED, NOW)
    assert [one.id for one in archive.newest_first()] == [7, 6, 5, 4, 3, 2, 1]
