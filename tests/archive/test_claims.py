"""Which raw pages there must be: the records tell, so that a loss is seen without .state,
and none is seen where none is."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from feedsvc import health
from feedsvc.archive import Archive, records
from feedsvc.config import Config
from feedsvc.model import Event
from feedsvc.poll.repair import mend
from feedsvc.poll.reread import reparse
from tests.archive.audit import audit
from tests.archive.samples import NOW, edited, page, record
from tests.poll.desk import SECTIONS, Begun, Desk, piece
from tests.standin import StandIn

DAY = timedelta(days=1)


def told(path: Path) -> list[str]:
    return [
        f"{fault.path.relative_to(path)}: {fault.what}" for fault in Archive(path).verify().faults
    ]


def filled(path: Path, *, raw: bool = True) -> Archive:
    archive = Archive(path, raw=raw)
    with archive.writing(NOW):
        for number in (1, 2, 3):
            body = f"page {number}".encode()
            archive.keep(record(number), Event.ADDED, NOW, page(number, NOW, body))
    archive.close()
    return archive


def test_a_record_names_the_pages_that_were_kept_of_it(tmp_path: Path) -> None:
    archive = filled(tmp_path)
    later = NOW + DAY
    with archive.writing(later):
        archive.keep(
            edited(record(2), "새 제목", later), Event.REVISED, later, page(2, later, b"b")
        )
        archive.keep(replace(record(3), keywords=("새",)), Event.NOTED, later)
    one, two, three = (archive.get(number) for number in (1, 2, 3))
    assert one is not None
    assert two is not None
    assert three is not None
    assert records.claimed(one) == (records.payload_digest(b"page 1"),)
    assert records.claimed(two) == tuple(map(records.payload_digest, (b"page 2", b"b")))
    assert records.claimed(three) == (records.payload_digest(b"page 3"),)
    # As WARC writes it.
    assert records.payload_digest(b"") == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
    assert told(tmp_path) == []


@pytest.mark.parametrize("state", [True, False])
def test_without_raw_nothing_is_missed(tmp_path: Path, state: bool) -> None:
    filled(tmp_path, raw=False)
    if not state:
        shutil.rmtree(tmp_path / ".state")
    assert told(tmp_path) == []


def test_raw_may_be_turned_off_and_on(tmp_path: Path) -> None:
    filled(tmp_path)
    for number, raw in ((4, False), (5, True), (6, False)):
        archive = Archive(tmp_path, raw=raw)
        with archive.writing(NOW):
            archive.keep(record(number), Event.ADDED, NOW, page(number, NOW))
            change = replace(record(1), keywords=(str(number),))
            archive.keep(change, Event.NOTED, NOW, page(1, NOW, f"{number}".encode()))
        archive.close()
    shutil.rmtree(tmp_path / ".state")
    assert told(tmp_path) == []
    (tmp_path / "raw/2026-03.warc.gz").unlink()
    assert told(tmp_path) == ["raw: pages that were kept are gone, of 1, 2, 3, 5"]


def test_an_archive_of_an_earlier_version_misses_nothing(tmp_path: Path) -> None:
    path = shutil.copytree(Path(__file__).parent / "format-1", tmp_path / "archive")
    shutil.rmtree(path / "raw")
    shutil.rmtree(path / ".state", ignore_errors=True)
    assert told(path) == []
    archive = Archive(path)
    with archive.writing(NOW + 9 * DAY) as repaired:
        assert repaired == ()
        assert archive.damage() == ()
    archive.close()
    assert told(path) == []


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    site = StandIn()
    site.boxes = False
    with site:
        feeds = {"formats": ("atom",)}
        made = Desk(site, tmp_path_factory.mktemp("polled"), sections=SECTIONS[:1], feeds=feeds)
        site.now = made.clock
        site.publish(piece(101, hours=3))
        site.publish(piece(102, hours=2))
        made.poll()
        yield Begun(made)


@pytest.fixture
def desk(polled: Begun, tmp_path: Path) -> Desk:
    """Two articles are kept, a third may come."""
    return polled.in_folder(tmp_path)


def test_a_file_moved_out_of_raw_is_told_until_that_is_written_down(desk: Desk) -> None:
    path = desk.folder / "archive"
    file = path / "raw/2026-03.warc.gz"
    file.rename(desk.folder / "elsewhere")
    for number in (103, 104):
        desk.later(hours=1)
        desk.site.publish(piece(number, hours=0))
        desk.poll()
        assert told(path) == [f"raw/{file.name}: the file is gone: {size(desk)} bytes of pages"]
    assert not file.exists(), "it may come back"
    assert troubles(desk) == [
        (health.Kind.ARCHIVE, f"{file}: is gone: {size(desk)} bytes of pages")
    ]
    beside = path / "raw/2026-03-2.warc.gz"
    archive = desk.archive()
    assert sorted(dict(archive.raw.pages())) == [103, 104]
    assert len(mend(desk.config, archive, desk.now)) == 2
    assert desk.journal()[-2:] == [("repaired", 101), ("repaired", 102)]
    archive.close()
    assert told(path) == []
    shutil.rmtree(path / ".state")
    assert told(path) == []
    desk.later(hours=1)
    desk.site.publish(piece(105, hours=0))
    desk.poll()
    assert troubles(desk) == []
    assert sorted(dict(desk.archive().raw.pages())) == [103, 104, 105]
    assert b"\0" * 20 not in beside.read_bytes()
    audit(path)


def troubles(desk: Desk) -> list[tuple[health.Kind, str]]:
    archive = desk.archive()
    found = health.health(desk.config, archive.memory, desk.now).reasons
    archive.close()
    return [(one.kind, one.text.partition("; ")[0]) for one in found]


def size(desk: Desk) -> int:
    return (desk.folder / "elsewhere").stat().st_size


def test_put_back_after_polls_it_is_whole_again(desk: Desk) -> None:
    """The damaged file was left alone, so that a copy may take its place."""
    path = desk.folder / "archive"
    file = path / "raw/2026-03.warc.gz"
    data = file.read_bytes()
    file.write_bytes(data[:-30])
    desk.later(hours=1)
    desk.site.publish(piece(103, hours=0))
    desk.poll()
    assert file.read_bytes() == data[:-30]
    file.write_bytes(data)
    assert told(path) == []
    desk.later(hours=1)
    desk.site.publish(piece(104, hours=0))
    desk.poll()
    assert [number for number, _ in desk.archive().raw.pages()] == [101, 102, 103, 104]
    assert told(path) == []


def test_reading_older_pages_again_takes_nothing_away(desk: Desk) -> None:
    """The newest page of a revised article is lost: the one before it is not its text."""
    path = desk.folder / "archive"
    older = (path / "raw/2026-03.warc.gz").read_bytes()
    desk.later(hours=2)
    desk.site.edit(101, title="고친 제목")
    desk.poll()
    (path / "raw/2026-03.warc.gz").write_bytes(older)
    for forget in (False, True):
        if forget:
            shutil.rmtree(path / ".state")
        archive = desk.archive()
        with archive.writing(desk.now):
            archive.reindex()
            outcome = reparse(desk.config, archive, desk.now)
            kept = archive.get(101)
        archive.close()
        assert (outcome.mended, outcome.failed) == (0, {})
        assert outcome.damaged == ["article 101: a page of it that was kept is gone"]
        assert kept is not None
        assert kept.title == "고친 제목"


def test_the_word_of_state_cuts_nothing(desk: Desk) -> None:
    """Of another day or another archive, it says that pages end where none does."""
    path = desk.folder / "archive"
    data = (path / "raw/2026-03.warc.gz").read_bytes()
    for end in (10, len(data) // 2, len(data) - 7):
        archive = desk.archive()
        with archive.writing(desk.now):
            archive._writing_state().set_meta("raw:2026-03.warc.gz", str(end))
        archive.close()
        desk.later(minutes=1)
        with desk.archive().writing(desk.now) as repaired:
            assert repaired == ()
        assert (path / "raw/2026-03.warc.gz").read_bytes() == data
        assert told(path) == []


def test_files_are_in_the_order_in_which_they_were_begun(tmp_path: Path) -> None:
    names = ["2026-03.warc.gz", "2026-03-2.warc.gz", "2026-03-10.warc.gz", "2026-04.warc.gz"]
    archive = Archive(tmp_path)
    archive.tree.raw.mkdir()
    for name in (*reversed(names), "._2026-03.warc.gz", "2026-03-1.warc.gz", "x.warc.gz"):
        (archive.tree.raw / name).write_bytes(b"")
    assert [path.name for path in archive.raw.files()] == names


# What is truly lost


def members(path: Path) -> list[bytes]:
    """The gzip members of a file: that of the file itself, then two a page."""
    data, found = path.read_bytes(), []
    while data:
        member = zlib.decompressobj(wbits=31)
        member.decompress(data)
        found.append(data[: len(data) - len(member.unused_data)])
        data = member.unused_data
    return found


def bad(member: bytes) -> bytes:
    half = len(member) // 2
    return member[:half] + bytes([member[half] ^ 255]) + member[half + 1 :]


def mended(path: Path) -> tuple[list[int], list[str]]:
    """What ``verify --repair`` does: the articles that it writes a loss down of, and all
    that it tells."""
    archive = Archive(path)
    before = len(list(archive.lines()))
    told_of = list(mend(Config.model_validate({}), archive, NOW + DAY))
    lines = list(archive.lines())[before:]
    archive.close()
    assert {line.event for line in lines} <= {Event.REPAIRED}
    assert told(path) == []
    audit(path)
    return [line.id for line in lines], told_of


FAST = {
    (0, "bad", True, True), (0, "taken out", False, False), (3, "bad", False, True),
    (3, "taken out", True, False), (6, "bad", True, False), (6, "taken out", False, True),
}  # fmt: skip
"""Of each two things that may come together every pair."""


@pytest.mark.parametrize(
    ("which", "how", "state", "claims"),
    [
        pytest.param(*one, marks=() if one in FAST else pytest.mark.slow)
        for one in product(range(7), ("bad", "taken out"), (True, False), (True, False))
    ],
)
def test_one_bad_member_costs_one_article_its_page(
    tmp_path: Path, which: int, how: str, state: bool, claims: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """With and without .state; named by the records, or of a feedsvc that did not name it."""
    if not claims:
        monkeypatch.setattr(records, "naming", lambda record, pages: record)
    filled(tmp_path)
    monkeypatch.undo()
    file = tmp_path / "raw/2026-03.warc.gz"
    parts = members(file)
    parts[which : which + 1] = [bad(parts[which])] if how == "bad" else []
    file.write_bytes(b"".join(parts))
    if not state:
        shutil.rmtree(tmp_path / ".state")
    lost, told_of = mended(tmp_path)
    of = {1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3}.get(which)
    pages = {number for number, _ in Archive(tmp_path).raw.pages()}
    assert pages == {1, 2, 3} - {of}
    if claims or state:
        assert lost == ([of] if of else [])
    assert set(lost) <= {of}
    assert sum("written down" in line for line in told_of) == len(lost)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("2026-02.warc.gz", False),
        ("2026-03-7.warc.gz", True),
        ("march.warc.gz", True),
        ("2026-03.warc.gz.bak", False),
        pytest.param("2026-02.warc.gz", True, marks=pytest.mark.slow),
        pytest.param("2026-03-7.warc.gz", False, marks=pytest.mark.slow),
        pytest.param("march.warc.gz", False, marks=pytest.mark.slow),
        pytest.param("2026-03.warc.gz.bak", True, marks=pytest.mark.slow),
    ],
)
def test_a_file_that_only_bears_another_name_is_no_loss(
    tmp_path: Path, name: str, state: bool
) -> None:
    filled(tmp_path)
    file = tmp_path / "raw/2026-03.warc.gz"
    data = file.read_bytes()
    file.rename(file.with_name(name))
    if not state:
        shutil.rmtree(tmp_path / ".state")
    lost, _ = mended(tmp_path)
    assert lost == []
    assert sorted(number for number, _ in Archive(tmp_path).raw.pages()) == [1, 2, 3]
    (only,) = (tmp_path / "raw").iterdir()
    assert only.read_bytes() == data


def test_a_page_that_stands_elsewhere_too_is_not_lost(tmp_path: Path) -> None:
    """Of two copies one is damaged, and one lies under a name of its own."""
    filled(tmp_path)
    file = tmp_path / "raw/2026-03.warc.gz"
    parts = members(file)
    file.with_name("copy.gz").write_bytes(b"".join(parts[:3]))
    file.write_bytes(b"".join((parts[0], bad(parts[1]), *parts[2:])))
    lost, told_of = mended(tmp_path)
    assert lost == []
    assert f"{tmp_path}/raw/2026-03-2.warc.gz: it lay there as copy.gz" in told_of
    assert sorted(number for number, _ in Archive(tmp_path).raw.pages()) == [1, 2, 3]


def test_a_file_of_somebody_else_is_left_where_it_lies(tmp_path: Path) -> None:
    filled(tmp_path)
    file = tmp_path / "raw/2026-03.warc.gz"
    other = tmp_path / "raw/other.warc.gz"
    other.write_bytes(file.read_bytes())  # pages that all are there
    (tmp_path / "raw/notes.txt").write_bytes(b"x" * 100)
    parts = members(file)
    archive = Archive(tmp_path)
    mend(Config.model_validate({}), archive, NOW + DAY)
    archive.close()
    assert other.exists()
    assert members(file) == parts
