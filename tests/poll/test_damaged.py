"""One record that cannot be read costs the others nothing, and what was published of it
stays; what is lost is told although ``.state`` was deleted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feedsvc import health
from feedsvc.cli import execute
from feedsvc.model import Event, Status
from feedsvc.poll.repair import mend
from tests.faults.harms import no_longer_than
from tests.poll.desk import SECTIONS, Begun, Desk, piece
from tests.poll.newsdesk import article
from tests.standin import StandIn

BAD = 102

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    """Three articles; the second was revised, and was locked once."""
    site = StandIn()
    site.boxes = False
    with site:
        folder = tmp_path_factory.mktemp("damaged")
        made = Desk(site, folder, sections=SECTIONS[:1])
        site.now = made.clock
        for number in (101, BAD, 103):
            status = Status.MEMBERS_ONLY if number == BAD else Status.OPEN
            site.publish(piece(number, hours=110 - number, status=status))
        made.poll()
        made.later(hours=2)
        site.edit(BAD, status=Status.OPEN)
        made.poll()
        made.later(hours=2)
        site.edit(BAD, title="고친 제목")
        made.poll()
        assert ids(made, "released") == ids(made, "revised") == [BAD]
        (folder / "config.yaml").write_text(
            f"site: {{base_url: '{site.base_url}'}}\n"
            "sections:\n  - {name: industry, title: 산업, code: '068000'}\n"
            "http: {delay: 0s, timeout: 20s, retries: 0}\n",
            encoding="utf-8",
        )
        yield Begun(made)


@pytest.fixture
def desk(begun: Begun, tmp_path: Path) -> Desk:
    return begun.in_folder(tmp_path)


@pytest.fixture
def call(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The real command line, at the desk's time."""
    for clock in ("clock_of", "exact_clock_of"):
        monkeypatch.setattr(f"feedsvc.cli.context.{clock}", lambda config: desk.clock)

    def execute_it(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with no_longer_than(60):
            code = execute([*words, "--config", str(desk.folder / "config.yaml")])
        told = capsys.readouterr()
        return code, told.out, told.err

    return execute_it


def ids(desk: Desk, feed: str) -> list[int]:
    names = [item["id"].partition("#")[0] for item in desk.feed(feed)]
    return [int(name.rpartition("/")[2]) for name in names]


def file_of(desk: Desk, number: int = BAD) -> Path:
    return desk.folder / "archive" / "articles" / "0000" / f"{number}.json"


def harm(path: Path, how: str) -> None:
    data = path.read_bytes()
    path.unlink()
    if how == "cut":
        path.write_bytes(data[:-30])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a FIFO":
        os.mkfifo(path)
    elif how == "a folder":
        path.mkdir()


def troubles(desk: Desk) -> list[str]:
    return [one.text for one in desk.health().reasons if one.kind is health.Kind.ARCHIVE]


def but_of_times(published: dict[str, tuple[bytes, int]]) -> dict[str, tuple[bytes, int]]:
    """What stays although the derived state is lost: nobody knows any more whether members'
    texts were published, so that what tells of the time when it was locked is taken away
    until the record can be asked."""
    times = ("public/revised.", "public/index.html")  # of which the index page tells
    return {name: one for name, one in published.items() if not name.startswith(times)}


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("state", [True, False], ids=["state", "no state"])
@pytest.mark.parametrize("how", ["cut", "empty", "a FIFO", "a folder", "gone"])
def test_the_others_are_read_published_and_indexed(
    desk: Desk, call: Call, how: str, state: bool
) -> None:
    path = file_of(desk)
    data, before = path.read_bytes(), desk.published()
    harm(path, how)
    if not state:
        shutil.rmtree(desk.folder / "archive" / ".state")
    assert call("poll")[0] == (0 if state else 1)  # with its state nobody asks for the record
    for words in (("rebuild",), ("rebuild", "--reparse")):
        code, _, err = call(*words)
        assert code == 1
        assert f"{path}: " in err
        assert "feedsvc archive verify --repair" in err
        if state:
            assert desk.published() == before, "nothing of it is withdrawn, nothing else changes"
        else:
            assert desk.published().items() >= but_of_times(before).items()
    assert set(desk.archive().index.ids()) == {101, 103}
    desk.later(hours=1)
    desk.site.publish(piece(104, hours=0))
    code, _, err = call("poll")
    assert code == 1
    assert f"{path}: " in err
    assert ids(desk, "all") == ids(desk, "industry") == [104, 103, BAD, 101]
    assert ids(desk, "released") == [BAD]
    assert not state or ids(desk, "revised") == [BAD]
    for suffix in ("rss", "atom"):
        assert "고친 제목" in (desk.folder / f"public/all.{suffix}").read_text("utf-8")
    (text,) = troubles(desk)
    assert text.startswith(f"{path}: ")
    code, out, _ = call("status")
    assert (code, str(path) in out) == (0, True)
    code, out, _ = call("check")
    assert (code, f"archive: {text}\n" in out) == (1, True)
    # Put back from a copy it is as if nothing had been.
    if path.is_dir():
        path.rmdir()
    elif path.exists():
        path.unlink()
    path.write_bytes(data)
    assert call("poll")[0] == 0
    assert troubles(desk) == []
    assert call("check")[0] == 0
    assert set(desk.archive().index.ids()) == {101, BAD, 103, 104}
    assert call("rebuild")[0] == 0
    assert ids(desk, "all") == [104, 103, BAD, 101]
    assert call("archive", "verify")[0] == 0


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("state", [False, True], ids=["no state", "state"])
def test_repaired_it_is_told_no_more(desk: Desk, call: Call, state: bool) -> None:
    harm(file_of(desk), "cut")
    before = desk.published()
    if not state:
        shutil.rmtree(desk.folder / "archive" / ".state")
    code, _, err = call("poll")
    # With its state nobody asks for the record.
    assert (code, f"{file_of(desk)}: " in err) == ((0, False) if state else (1, True))
    assert call("rebuild")[0] == 1
    assert desk.published().items() >= but_of_times(before).items()
    assert call("archive", "verify", "--repair")[0] == 1
    assert call("poll")[0] == 0
    assert troubles(desk) == []
    assert call("rebuild")[0] == 0
    assert ids(desk, "all") == [103, BAD, 101]


def test_a_format_that_was_never_published_and_a_document_of_somebody_else(
    desk: Desk, call: Call
) -> None:
    """There no entry can stay; the others are published."""
    harm(file_of(desk), "cut")
    (desk.folder / "public/all.rss").unlink()
    (desk.folder / "public/all.json").write_text("{}")
    assert call("rebuild")[0] == 1
    assert ids(desk, "all") == [103, 101]
    rss = (desk.folder / "public/all.rss").read_text("utf-8")
    assert rss.count("<item>") == 2
    atom = (desk.folder / "public/all.atom").read_text("utf-8")
    assert atom.count("<entry>") == 3


def test_many_are_counted_and_stop_nothing(desk: Desk, call: Call) -> None:
    numbers = range(201, 213)
    archive = desk.archive()
    with archive.writing(desk.now):
        for number in numbers:
            archive.keep(article(number, desk.now), Event.ADDED, desk.now)
    archive.close()
    desk.poll()
    before = desk.published()
    for number in numbers:
        harm(file_of(desk, number), "empty")
    code, _, err = call("rebuild")
    assert code == 1
    assert "nor are these records as they should be: 206, 207, 208, 209, 210 and 2 more" in err
    assert desk.published() == before
    desk.site.publish(piece(300, hours=0))
    assert call("poll")[0] == 1
    assert set(ids(desk, "all")) == {101, BAD, 103, *numbers, 300}


def test_a_members_text_does_not_stay_when_tokens_go(tmp_path: Path) -> None:
    site = StandIn()
    site.boxes = False
    with site:
        tokens = {"server": {"tokens": ("a-long-enough-token",)}}
        desk = Desk(site, tmp_path, sections=SECTIONS[:1])
        desk.parts = {"server": desk.config.server.model_copy(update=tokens["server"])}
        desk.feeds["formats"] = ("json",)
        site.now = desk.clock
        for number in (101, BAD):
            site.publish(piece(number, status=Status.MEMBERS_ONLY))
        desk.poll()
        harm(file_of(desk), "cut")
        desk.parts = {}
        desk.later(hours=1)
        desk.poll()
        assert ids(desk, "all") == [101]


def test_beside_other_releases_and_changes_its_own_stay(desk: Desk, call: Call) -> None:
    """In feeds whose entries are all made anew."""
    harm(file_of(desk), "cut")
    desk.later(hours=1)
    desk.site.edit(101, title="새로 고친 제목")
    desk.later(hours=1)
    desk.poll()
    assert ids(desk, "revised") == [101, BAD]
    assert call("rebuild")[0] == 1
    assert ids(desk, "revised") == [101, BAD]
    assert ids(desk, "released") == [BAD]
    atom = (desk.folder / "public/revised.atom").read_text("utf-8")
    assert atom.index("articles/101#r1") < atom.index(f"articles/{BAD}#r1")


def test_an_export_names_it_though_no_index_has_it(desk: Desk, call: Call) -> None:
    harm(file_of(desk), "cut")
    assert call("rebuild")[0] == 1
    for kind in ("jsonl", "csv", "warc"):
        to = desk.folder / kind
        code, _, err = call("archive", "export", "--format", kind, "--to", str(to))
        assert code == 1, kind
        assert f"feedsvc: left out: {file_of(desk)}: damaged record" in err, kind
        assert to.stat().st_size > 0, kind


def test_search_lists_the_others_and_refresh_reads_them(desk: Desk, call: Call) -> None:
    harm(file_of(desk), "cut")
    code, out, err = call("archive", "search", "공장")
    assert code == 1
    assert [f"\n{number}  " in f"\n{out}" for number in (101, 103)] == [True, True]
    assert f"feedsvc: {file_of(desk)}: damaged record" in err
    code, out, err = call("refresh", "101", str(BAD), "103")
    assert code == 1
    assert str(file_of(desk)) in out + err


def test_a_list_says_what_no_index_has_any_more(desk: Desk, call: Call) -> None:
    lists = (("search", "공장"), ("search", "공장", "--json"), ("ls",))
    for words in lists:
        assert call("archive", *words)[0] == 0, words
    harm(file_of(desk), "cut")
    shutil.rmtree(desk.folder / "archive" / ".state")
    assert call("rebuild")[0] == 1
    for words in lists:
        code, out, err = call("archive", *words)
        assert code == 1, words
        assert "101" in out, words
        assert err.startswith(f"feedsvc: left out: {file_of(desk)}: damaged record"), words
        assert len(err.splitlines()) == 1, words


# What is lost while .state is


def test_raw_pages_that_are_gone_are_told_without_state(desk: Desk, call: Call) -> None:
    folder = desk.folder / "archive"
    raw = folder / "raw/2026-03.warc.gz"
    raw.rename(desk.folder / "elsewhere")
    shutil.rmtree(folder / ".state")
    for _ in range(2):
        code, _, err = call("poll")
        assert code == 1
        assert troubles(desk)[0].startswith(
            f"{folder / 'raw'}: pages that were kept are gone, of 101, 102, 103; "
        )
        desk.later(days=1)
    assert "pages that were kept are gone, of 101, 102, 103" in err
    (desk.folder / "elsewhere").rename(raw)
    assert call("poll")[0] == 0
    assert troubles(desk) == []


def test_raw_pages_that_are_written_down_as_lost_are_told_no_more(desk: Desk, call: Call) -> None:
    folder = desk.folder / "archive"
    (folder / "raw/2026-03.warc.gz").write_bytes(b"")
    shutil.rmtree(folder / ".state")
    assert call("poll")[0] == 1
    assert call("archive", "verify", "--repair")[0] == 1
    assert call("poll")[0] == 0
    assert troubles(desk) == []


def test_lines_of_the_journal_that_are_gone_are_told_without_state(desk: Desk, call: Call) -> None:
    folder = desk.folder / "archive"
    journal = folder / "journal/2026-03.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    for left, told in ((2, "a record that the journal does not know"), (4, "is not what")):
        journal.write_bytes(b"".join(lines[:left]))
        shutil.rmtree(folder / ".state")
        code, _, err = call("poll")
        assert code == 1
        assert told in err
        assert any(told in one for one in troubles(desk))
    journal.write_bytes(b"".join(lines))
    assert call("poll")[0] == 0
    assert troubles(desk) == []


def test_an_archive_that_is_well_is_told_nothing_of(desk: Desk, call: Call) -> None:
    shutil.rmtree(desk.folder / "archive" / ".state")
    assert call("poll")[0] == 0
    assert call("rebuild")[0] == 0
    assert troubles(desk) == []
    archive = desk.archive()
    assert (archive.damaged_ids(), mend(desk.config, archive, desk.now)) == (frozenset(), ())


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("published", [False, True])
def test_each_poll_that_ends_with_1_for_damage_says_so(
    desk: Desk, call: Call, *, published: bool
) -> None:
    shutil.rmtree(desk.folder / "archive" / ".state")
    shutil.rmtree(desk.folder / "public")
    assert call("rebuild")[0] == 0
    harm(file_of(desk), "cut")
    if not published:  # the poll meets it while it publishes, else as it looks at what is kept
        shutil.rmtree(desk.folder / "public")
        desk.later(days=1)
    for _ in range(2):
        code, _, err = call("poll")
        assert code == 1
        assert f"{file_of(desk)}: " in err
        assert len(err.splitlines()) == 1
