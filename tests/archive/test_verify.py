"""``verify`` finds every harm that can be done to a file, and nothing where none was."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.archive import Archive, Pending, rawscan
from feedsvc.archive.records import to_json
from feedsvc.archive.tree import Tree
from feedsvc.archive.verify import Verdict, _Reading
from feedsvc.model import Event, Image
from tests.archive.samples import NOW, edited, page, record

PICTURE = b"\x89PNG\r\n\x1a\n a picture of our own"
NAME = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five articles in two months, one of them revised, one with an image."""
    path = tmp_path_factory.mktemp("made") / "archive"
    archive = Archive(path)
    (path / "images" / NAME[:2]).mkdir(parents=True)
    (path / "images" / NAME[:2] / f"{NAME}.png").write_bytes(PICTURE)
    (path / "FORMAT").write_text("feedsvc-archive 1\n")
    shown = Image("https://e.kr/1.png", "", f"images/{NAME[:2]}/{NAME}.png")
    with archive.writing(NOW):
        for number in range(1, 6):
            at = NOW + timedelta(days=10 * number)
            archive.keep(record(number, images=(shown,)), Event.ADDED, at, page(number, at))
        later = NOW + timedelta(days=60)
        archive.keep(edited(record(2), "고친 제목", later), Event.REVISED, later, page(2, later))
    archive.close()
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "archive")


def harmed(path: Path) -> set[str]:
    """The files that verify names, by their path in the archive."""
    return {str(fault.path.relative_to(path)) for fault in verdict(path).faults}


def verdict(path: Path) -> Verdict:
    return Archive(path).verify()


def flip(path: Path, place: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


def test_an_archive_that_is_whole_is_found_so(path: Path) -> None:
    told: list[tuple[int, int]] = []
    found = Archive(path).verify(lambda done, total: told.append((done, total)))
    assert (found.faults, found.unfinished) == ((), ())
    assert (found.records, found.lines, found.pages, found.images) == (5, 6, 6, 1)
    assert told[-1][0] == told[-1][1] == found.size > 5000
    shutil.rmtree(path / ".state")
    assert harmed(path) == set()


def test_the_archive_kept_from_the_first_day_is_whole() -> None:
    found = verdict(Path(__file__).parent / "format-1")
    assert (found.faults, found.unfinished) == ((), ())


def test_a_new_archive_is_whole(tmp_path: Path) -> None:
    assert verdict(tmp_path / "none").records == 0


def test_nothing_is_written(path: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in path.rglob("*") if ".state" not in p.parts}
    flip(path / "articles/0000/1.json", 30)
    verdict(path)
    after = {p: p.stat().st_mtime_ns for p in path.rglob("*") if ".state" not in p.parts}
    assert {p for p in before if before[p] != after[p]} == {path / "articles/0000/1.json"}
    assert before.keys() == after.keys()


@pytest.mark.slow
def test_a_flipped_byte_anywhere_in_a_record(path: Path) -> None:
    file = path / "articles/0000/2.json"
    for place in range(0, file.stat().st_size, 29):
        flip(file, place, place % 8)
        assert harmed(path) == {"articles/0000/2.json"}, place
        flip(file, place, place % 8)
    assert harmed(path) == set()


@pytest.mark.slow
def test_a_flipped_bit_anywhere_in_raw_pages(path: Path) -> None:
    """Every bit of every byte: of the content, its checksums, the frames around it."""
    file = path / "raw/2026-04.warc.gz"
    whole = file.read_bytes()
    assert rawscan.check(whole).pages == 3
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= 1 << (place % 8)
        report = rawscan.check(bytes(data))
        assert report.faults or report.whole < len(whole), place
    rng = random.Random(4)
    for place in (0, 9, len(whole) - 1, *(rng.randrange(len(whole)) for _ in range(30))):
        flip(file, place, rng.randrange(8))
        assert harmed(path) == {"raw/2026-04.warc.gz"}, place
        file.write_bytes(whole)


def test_two_damaged_pages_are_both_named(path: Path) -> None:
    file = path / "raw/2026-04.warc.gz"
    flip(file, 300)
    flip(file, file.stat().st_size - 700)
    assert [fault.path for fault in verdict(path).faults] == [file, file]


@pytest.mark.parametrize("member", range(7))
def test_a_member_taken_out_of_raw_pages(path: Path, member: int) -> None:
    file = path / "raw/2026-04.warc.gz"
    data = file.read_bytes()
    starts = []
    at: int | None = rawscan.next_member(data, 0)
    while at is not None:
        starts.append(at)
        at = rawscan.next_member(data, at + 1)
    assert len(starts) == 7  # warcinfo, three pages
    ends = [*starts[1:], len(data)]
    file.write_bytes(data[: starts[member]] + data[ends[member] :])
    assert harmed(path) == {"raw/2026-04.warc.gz"}


def test_a_flipped_bit_anywhere_in_an_image(path: Path) -> None:
    name = f"images/{NAME[:2]}/{NAME}.png"
    for place in (0, 13, len(PICTURE) - 1):
        flip(path / name, place, place % 8)
        assert harmed(path) == {name}
        flip(path / name, place, place % 8)
    assert harmed(path) == set()


def test_a_cut_image(path: Path) -> None:
    name = f"images/{NAME[:2]}/{NAME}.png"
    (path / name).write_bytes(PICTURE[:-1])
    assert harmed(path) == {name}


def test_an_image_under_another_ending(path: Path) -> None:
    name = f"images/{NAME[:2]}/{NAME}"
    (path / f"{name}.png").rename(path / f"{name}.jpg")
    assert harmed(path) == {f"{name}.png", f"{name}.jpg"}


def test_an_image_that_no_record_names_beside_a_damaged_record(path: Path) -> None:
    """Only the damaged record may have named it, and only that one is to be mended."""
    data = b"GIF89a of our own"
    name = hashlib.sha256(data).hexdigest()
    (path / "images" / name[:2]).mkdir(exist_ok=True)
    stray = f"images/{name[:2]}/{name}.gif"
    (path / stray).write_bytes(data)
    assert harmed(path) == {stray}
    flip(path / "articles/0000/2.json", 30)
    assert harmed(path) == {"articles/0000/2.json"}
    assert verdict(path).unnamed == (stray,)


def test_an_image_that_is_gone(path: Path) -> None:
    name = f"images/{NAME[:2]}/{NAME}.png"
    (path / name).unlink()
    assert harmed(path) == {name}


def _removed(lines: list[bytes]) -> list[bytes]:
    return [lines[0], *lines[2:]]


def _changed(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b"added", b"noted"), *lines[2:]]


def _spaced(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b'": ', b'":  ', 1), *lines[2:]]


def _swapped(lines: list[bytes]) -> list[bytes]:
    return [lines[1], lines[0], *lines[2:]]


def _cut(lines: list[bytes]) -> list[bytes]:
    return lines[:-1]


def _last_changed(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-1], lines[-1].replace(b"revised", b"noted")]


def _doubled(lines: list[bytes]) -> list[bytes]:
    return [*lines, lines[-1]]


def _garbage(lines: list[bytes]) -> list[bytes]:
    return [lines[0], b"\xff{\n", *lines[2:]]


@pytest.mark.parametrize(
    "harm", [_removed, _changed, _spaced, _swapped, _cut, _last_changed, _doubled, _garbage]
)
@pytest.mark.parametrize("state", [True, False], ids=["", "state-lost"])
def test_a_harmed_journal(
    path: Path, harm: Callable[[list[bytes]], list[bytes]], state: bool
) -> None:
    if not state:
        shutil.rmtree(path / ".state")
        if harm is _last_changed:
            pytest.skip("nothing but .state proves the last line of all")
    names = sorted((path / "journal").iterdir())
    lines = [line for name in names for line in name.read_bytes().splitlines(keepends=True)]
    for name in names[:-1]:
        name.unlink()
    names[-1].write_bytes(b"".join(lines))
    names[-1].write_bytes(b"".join(harm(lines)))
    faults = verdict(path).faults
    assert any("journal" in fault.path.parts or "journal" in fault.what for fault in faults), faults


@pytest.mark.slow
def test_a_flipped_bit_anywhere_in_the_journal(path: Path) -> None:
    for file in sorted((path / "journal").iterdir()):
        for place in range(0, file.stat().st_size, 19):
            flip(file, place, place % 8)
            assert harmed(path), (file, place)
            flip(file, place, place % 8)
    assert harmed(path) == set()


def test_a_journal_file_that_is_gone(path: Path) -> None:
    first = min((path / "journal").iterdir())
    first.unlink()
    assert harmed(path)


def test_a_record_that_is_gone(path: Path) -> None:
    (path / "articles/0000/3.json").unlink()
    (fault,) = verdict(path).faults
    assert (fault.path, fault.what, fault.id) == (
        path / "articles/0000/3.json", "the record is gone", 3,
    )  # fmt: skip


def test_an_older_state_of_a_record_put_back(path: Path) -> None:
    (path / "articles/0000/2.json").write_bytes(
        (path / "articles/0000/1.json").read_bytes().replace(b'"id": 1,', b'"id": 2,')
    )
    assert harmed(path) == {"articles/0000/2.json"}


@pytest.mark.parametrize(
    "name",
    [
        "articles/0000/notes.txt",
        "articles/0000/01.json",
        "articles/0001/1.json",
        "articles/1.json",
        "articles/0000/.1.json.x.tmp",
        "raw/copy.warc.gz",
        "journal/2026-03.jsonl.bak",
        "images/ab/ab.jpg",
        f"images/{NAME}.png",
        f"images/{NAME[:2]}/{NAME}.svg",
        f"images/{NAME[:2]}/.{NAME}.png.x.tmp",
        "thing",
        "more/thing",
    ],
)
def test_an_alien_file(path: Path, name: str) -> None:
    (path / name).parent.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(b"x")
    assert harmed(path) == {name if not name.startswith("more") else "more"}


def test_a_record_that_the_journal_does_not_know(path: Path) -> None:
    data = (path / "articles/0000/1.json").read_bytes()
    (path / "articles/0000/9.json").write_bytes(data.replace(b'"id": 1,', b'"id": 9,'))
    assert harmed(path) == {"articles/0000/9.json"}


def test_an_archive_kept_in_git_is_whole(path: Path) -> None:
    (path / ".git").mkdir()
    for name in (".git/config", ".gitignore", ".gitattributes", ".gitkeep"):
        (path / name).write_bytes(b"x")
    assert harmed(path) == set()


def test_an_index_that_says_something_else(path: Path) -> None:
    archive = Archive(path)
    with archive.writing(NOW):
        state = archive._writing_state()
        state.rows("UPDATE journaled SET file='sha256:00' WHERE id=3")
    archive.close()
    (fault,) = verdict(path).faults
    assert fault.path == path / ".state/state.sqlite"
    assert fault.derived


def test_what_a_crash_left_is_no_damage(path: Path) -> None:
    data = (path / "articles/0000/1.json").read_bytes()
    archive = Archive(path)
    with archive.writing(NOW):
        archive.pending.add([Pending(7, "https://dealsite.co.kr/articles/7", NOW)])
    (path / "articles/0000/7.json").write_bytes(to_json(record(7)))
    (path / "articles/0000/.7.json.abc.tmp").write_bytes(data[:50])
    for name, half in (
        ("journal/2026-05.jsonl", b'{"at"'),
        ("raw/2026-05.warc.gz", b"\x1f\x8b\x08\0\0\0\0\0\x02\x03abc"),
        ("pending.jsonl", b'{"id": 8, "ur'),
    ):
        with (path / name).open("ab") as stream:
            stream.write(half)
    found = verdict(path)
    assert found.faults == ()
    assert len(found.unfinished) == 5
    with Archive(path).writing(NOW) as repaired:
        assert len(repaired) == 5
    found = verdict(path)
    assert (found.faults, found.unfinished, found.records) == ((), (), 6)


def test_what_is_written_while_it_reads_is_no_damage(path: Path) -> None:
    """The writer's turn comes right after the journal was read."""
    archive = Archive(path)

    class Beside(_Reading):
        def _pending(self) -> set[int]:
            waiting = super()._pending()
            at = NOW + timedelta(days=70)
            with archive.writing(at):
                archive.keep(record(8), Event.ADDED, at, page(8, at))
                archive.keep(edited(record(1), "또 고친 제목", at), Event.REVISED, at)
            return waiting

    found = Beside(Tree(path), lambda done, total: None).verdict()
    assert found.faults == ()
    assert verdict(path).faults == ()


def test_a_broken_page_with_whole_ones_behind_it_is_never_cut(path: Path) -> None:
    """Without .state nothing tells how far the newest file was whole."""
    file = path / "raw/2026-05.warc.gz"
    at = NOW + timedelta(days=62)
    archive = Archive(path)
    with archive.writing(NOW):
        archive.keep(replace(record(1), keywords=()), Event.NOTED, at, page(1, at))
    archive.close()
    size = file.stat().st_size
    flip(file, 400)
    shutil.rmtree(path / ".state")
    archive = Archive(path)
    with archive.writing(NOW) as repaired:
        assert repaired == ()
        assert [line.partition(" behind")[0] for line in archive.damage()] == [
            f"{file}: a broken page"
        ]
        archive.keep(replace(record(1), keywords=("새",)), Event.NOTED, at, page(1, at, b"new"))
        kept = archive.raw.last(1)
    archive.close()
    assert kept is not None
    assert kept.body == b"new"
    assert file.stat().st_size == size
    assert (path / "raw/2026-05-2.warc.gz").exists()
    assert harmed(path) == {"raw/2026-05.warc.gz"}


def test_a_changed_record_that_is_pending_is_damage(path: Path) -> None:
    archive = Archive(path)
    with archive.writing(NOW):
        archive.pending.add([Pending(2, "https://dealsite.co.kr/articles/2", NOW)])
    file = path / "articles/0000/2.json"
    file.write_bytes(file.read_bytes().replace("고친".encode(), "거친".encode()))
    assert harmed(path) == {"articles/0000/2.json"}


def test_a_file_that_cannot_be_read_is_named(path: Path) -> None:
    (path / "raw/2026-04.warc.gz").unlink()
    (path / "raw/2026-04.warc.gz").symlink_to(path / "nothing")
    assert harmed(path) == {"raw/2026-04.warc.gz"}
