"""``feedsvc archive`` through the real command line, on an archive that was polled from
the stand-in."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.archive import Archive
from feedsvc.cli import execute
from feedsvc.model import Status
from tests.poll.desk import NOW, Desk, piece
from tests.standin import StandIn


class Shell:
    """The command line beside an archive."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.archive = folder / "archive"
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error of ``feedsvc archive …``."""
        code = execute(["archive", *arguments, "--config", str(self.folder / "config.yaml")])
        told = self._capsys.readouterr()
        return code, told.out, told.err

    def json(self, *arguments: str, code: int = 0) -> Any:
        got, out, err = self(*arguments, "--json")
        assert got == code, err
        return json.loads(out)

    def record(self, number: int) -> Path:
        return self.archive / "articles" / "0000" / f"{number}.json"

    def journal(self) -> list[tuple[str, int]]:
        lines = [
            json.loads(line)
            for path in sorted((self.archive / "journal").iterdir())
            for line in path.read_text().splitlines()
        ]
        return [(line["event"], line["id"]) for line in lines]


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles 101 to 107 without 104 and 105; 102 was locked and is open, 103 is
    locked, 106 was changed."""
    folder = tmp_path_factory.mktemp("polled")
    site = StandIn()
    site.boxes = False
    with site:
        desk = Desk(site, folder, feeds={"formats": ("json",)})
        site.now = desk.clock
        site.publish(piece(101, sections=("068000", "083000"), hours=30))
        site.publish(piece(102, status=Status.SOON_FREE, hours=5, reporters=("이서연",)))
        site.publish(piece(103, status=Status.MEMBERS_ONLY, hours=4))
        site.publish(piece(106, hours=3, keywords=("생물학자", "반도체")))
        site.publish(piece(107, hours=2, body=("<p>오픈AI와 합병을 논의했다.</p>",)))
        desk.poll()
        desk.later(hours=1)
        site.publish(piece(102, hours=5, reporters=("이서연",)))
        site.publish(piece(106, hours=3, title="고친 제목", keywords=("생물학자", "반도체")))
        desk.poll()
        base_url = site.base_url
    (folder / "config.yaml").write_text(
        f"site: {{base_url: '{base_url}'}}\n"
        "sections:\n"
        "  - {name: industry, title: 산업, code: '068000'}\n"
        "  - {name: finance, title: 금융, code: '083000'}\n"
        "  - {name: mna, title: 인수합병, code: '080000'}\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def archive(polled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    unread = shutil.ignore_patterns("public")
    return Shell(shutil.copytree(polled, tmp_path / "polled", ignore=unread), capsys)


def test_the_archive_is_as_the_tests_below_want_it(archive: Shell) -> None:
    assert sorted(archive.journal()) == [
        *(("added", number) for number in (101, 102, 103, 106, 107)),
        ("released", 102),
        ("revised", 106),
    ]


# verify


def test_a_whole_archive_verifies(archive: Shell) -> None:
    code, out, err = archive("verify")
    assert (code, err) == (0, "")
    assert out.startswith("5 records, 7 journal lines, 7 raw pages, 0 images, ")
    assert out.endswith("all is well\n")
    told = archive.json("verify")
    assert (told["records"], told["damaged"], told["unfinished"]) == (5, [], [])


def test_damage_is_named_and_is_exit_5(archive: Shell) -> None:
    data = archive.record(106).read_bytes()
    archive.record(106).write_bytes(data.replace(b'"poll"', b'"pull"'))
    (archive.archive / "notes.txt").write_text("x")
    code, out, err = archive("verify")
    assert code == 5
    assert f"damaged: {archive.record(106)}: damaged record: origin: 'pull'" in out
    assert f"damaged: {archive.archive / 'notes.txt'}: an alien file" in out
    assert "2 things are damaged; try --repair" in err
    assert len(err.splitlines()) == 1
    told = archive.json("verify", code=5)
    assert [one["id"] for one in told["damaged"]] == [106, None]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("number", [101, 102, 103, 106])
@pytest.mark.parametrize("harm", ["gone", "empty", "cut", "bit"])
def test_repair_restores_a_record_to_the_byte(archive: Shell, number: int, harm: str) -> None:
    """From the flipped bit, or from all its raw pages with the times in the journal."""
    path = archive.record(number)
    data = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        middle = len(data) // 2
        flipped = data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :]
        path.write_bytes({"empty": b"", "cut": data[:middle], "bit": flipped}[harm])
    code, out, _ = archive("verify", "--repair")
    assert code == 1, out
    assert f"repaired: {path}: restored" in out
    assert path.read_bytes() == data
    assert archive.journal()[-1] == ("repaired", number)
    assert archive("verify")[0] == 0
    aside = list((archive.archive / ".state" / "damaged").glob("*"))
    assert len(aside) == (0 if harm == "gone" else 1)
    with Archive(archive.archive).writing(NOW + timedelta(days=1)) as repaired:
        assert repaired == ()


def test_repair_says_where_a_restored_record_may_differ(archive: Shell) -> None:
    """The sections that listed it stand in no page, and here not in the index either."""
    archive.record(101).write_bytes(b"")
    shutil.rmtree(archive.archive / ".state")
    code, out, _ = archive("verify", "--repair")
    assert code == 1
    assert "may differ" in out
    told = json.loads(archive.record(101).read_text())
    assert told["title"] == "한빛전자 101호 공장 착공"
    assert archive("verify")[0] == 0


def test_what_cannot_be_restored_is_written_down_and_read_again(archive: Shell) -> None:
    archive.record(103).write_bytes(b"broken")
    archive.record(106).write_bytes(b"broken")
    shutil.rmtree(archive.archive / "raw")
    code, out, err = archive("verify", "--repair")
    assert (code, err) == (1, "")
    assert f"repaired: {archive.record(103)}: lost, and written down" in out
    assert "article 101: a page of it that was kept is lost, and written down" in out
    copy = archive.archive / ".state" / "damaged" / "103.json"
    assert copy.read_bytes() == b"broken"
    assert not archive.record(103).exists()
    assert archive.journal()[-5:] == [("repaired", one) for one in (103, 106, 101, 102, 107)]
    code, out, _ = archive("verify")
    assert code == 0, out
    waiting = (archive.archive / "pending.jsonl").read_text()
    assert {json.loads(line)["id"] for line in waiting.splitlines()} == {103, 106}


def test_repair_finds_pages_beside_damaged_ones(archive: Shell) -> None:
    archive.record(106).unlink()
    (raw,) = (archive.archive / "raw").iterdir()
    data = bytearray(raw.read_bytes())
    data[500] ^= 1
    raw.write_bytes(data)
    code, out, _ = archive("verify", "--repair")
    assert code == 1
    assert f"repaired: {archive.record(106)}" in out
    assert f"repaired: {raw}: 6 whole pages are left in it" in out
    assert json.loads(archive.record(106).read_text())["title"] == "고친 제목"


def test_a_damaged_record_that_is_also_pending_can_be_repaired(archive: Shell) -> None:
    data = archive.record(106).read_bytes()
    archive.record(106).write_bytes(b"{")
    at = NOW.isoformat()
    (archive.archive / "pending.jsonl").write_text(
        json.dumps(
            {"id": 106, "url": "u", "found_at": at, "sections": [], "title": "", "summary": "",
             "listed_at": None, "hint": None}
        ) + "\n"
    )  # fmt: skip
    assert archive("verify")[0] == 5
    assert archive("verify", "--repair")[0] == 1
    assert archive.record(106).read_bytes() == data


def test_repair_makes_the_index_again(archive: Shell) -> None:
    one = Archive(archive.archive)
    with one.writing(NOW):
        one._writing_state().rows("DELETE FROM record WHERE id=103")
    one.close()
    assert archive("verify")[0] == 5
    code, out, _ = archive("verify", "--repair")
    assert code == 1
    assert "the index was made again" in out
    assert archive("verify")[0] == 0


def test_a_journal_that_was_cut_is_told_until_its_loss_is_written_down(archive: Shell) -> None:
    (path,) = (archive.archive / "journal").iterdir()
    first = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(first)
    code, out, _ = archive("verify")
    assert code == 5
    assert f"damaged: {path}: the newest line that .state remembers is gone" in out
    before = {number: archive.record(number).read_bytes() for number in (101, 102, 103, 106, 107)}
    code, out, err = archive("verify", "--repair")
    assert (code, err) == (1, ""), out
    assert archive("verify")[0] == 0
    assert before == {number: archive.record(number).read_bytes() for number in before}
    assert path.read_bytes().startswith(first)
    assert [event for event, _ in archive.journal()] == ["added"] + ["repaired"] * 4


@pytest.mark.slow
def test_the_chain_is_checked_by_hand_as_the_documentation_says(archive: Shell) -> None:
    """The commands of docs/archive.md, run as they stand there."""
    import re
    import subprocess

    if not (shutil.which("jq") and shutil.which("sha256sum")):
        pytest.skip("jq or sha256sum is not here")
    text = (Path(__file__).parents[2] / "docs/archive.md").read_text("utf-8")
    (script,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)

    def by_hand() -> str:
        done = subprocess.run(
            ["bash", "-c", script], cwd=archive.archive, capture_output=True, text=True
        )
        assert done.stderr == ""
        return done.stdout

    assert by_hand() == ""
    data = archive.record(103).read_bytes()
    archive.record(103).write_bytes(data + b"\n")
    assert "103" in by_hand()
    archive.record(103).write_bytes(data)
    (path,) = (archive.archive / "journal").iterdir()
    path.write_bytes(path.read_bytes().replace(b"added", b"noted", 1))
    assert "broken" in by_hand()
    assert hashlib.sha256(data).hexdigest() in path.read_text()


# ls, search, show


def ids(found: Any) -> list[int]:
    return [one["id"] for one in found]


def test_ls_lists_all_newest_first(archive: Shell) -> None:
    told = archive.json("ls")
    assert ids(told) == [107, 106, 103, 102, 101]
    assert list(told[0]) == ["id", "url", "title", "published_at", "status"]
    assert told[2]["status"] == "members-only"
    assert told[1]["title"] == "고친 제목"
    assert told[1]["published_at"].endswith("+09:00")
    assert ids(archive.json("ls", "--limit", "2")) == [107, 106]
    code, out, _ = archive("ls")
    assert code == 0
    assert len(out.splitlines()) == 6
    assert "고친 제목" in out


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--section", "finance"), [101]),
        (("--section", "083000"), [101]),
        (("--status", "members-only"), [103]),
        (("--since", "2026-03-10"), [107, 106, 103, 102]),
        (("--until", "2026-03-09"), [101]),
        (("--since", "2026-03-09", "--until", "2026-03-09"), [101]),
        (("--reporter", "이서연"), [102]),
        (("--reporter", "서연"), [102]),
    ],
)
def test_filters(archive: Shell, options: tuple[str, ...], found: list[int]) -> None:
    for command in (("ls",), ("search", "공장")):
        assert ids(archive.json(*command, *options)) == found, command


def test_a_section_that_nobody_knows_is_bad_usage(archive: Shell) -> None:
    code, _, err = archive("ls", "--section", "fiance")
    assert code == 2
    assert "industry, finance" in err


def test_search_finds_what_ls_would_list(archive: Shell) -> None:
    assert ids(archive.json("search", "합병")) == [107]
    assert ids(archive.json("search", "생물학")) == [106]
    assert ids(archive.json("search", "오픈", "AI")) == [107]
    assert ids(archive.json("search", "오픈 ai")) == [107]
    assert archive.json("search", "오픈AI", "공장", "생물학") == []
    assert ids(archive.json("search", "공장", "--limit", "2")) == [107, 106]
    assert archive.json("search", "...") == []
    assert ids(archive.json("search", "오픈AI와", "합병을")) == [107]
    assert archive.json("search", '"합병은"') == []
    assert ids(archive.json("search", "공장", "--status", "readable")) == [107, 106, 102, 101]
    assert ids(archive.json("search", "공장", "--status", "locked", "--best")) == [103]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["가" * 201], "what is searched for: is longer than 200 characters"),
        ([str(one) for one in range(21)], "what is searched for: has more than 20 words"),
        (["공장", "--section", "sport"], "section 'sport': is none of "),
    ],
)
def test_what_cannot_be_searched_for_is_named(archive: Shell, words: list[str], said: str) -> None:
    code, out, err = archive("search", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"feedsvc: {said}")


def test_search_marks_its_hits(archive: Shell) -> None:
    code, out, _ = archive("search", "합병")
    assert code == 0
    assert "오픈AI와 «합병»을 논의했다." in out


def test_show_prints_an_article_or_its_file(archive: Shell) -> None:
    code, out, _ = archive("show", "102")
    assert code == 0
    assert out.startswith(
        "한빛전자 102호 공장 착공\n102번째 증설 계획\n이서연  2026-03-10 13:00  http"
    )
    assert "released 2026-03-10 19:00" in out
    assert "102호 공장의 넷째 단락이다." in out
    code, out, _ = archive("show", "102", "--json")
    assert out.encode() == archive.record(102).read_bytes()
    code, _, err = archive("show", "104")
    assert code == 1
    assert "article 104: is not in the archive" in err


def test_show_diff(archive: Shell) -> None:
    code, out, _ = archive("show", "106", "--diff")
    assert code == 0
    head, line = out.splitlines()
    assert head.startswith("r1  2026-03-10 19:00  title")
    assert line == "  [-한빛전자-]{+고친+} [-106호 공장 착공-]{+제목+}"
    (told,) = archive.json("show", "106", "--diff")
    assert told["difference"] == [
        "<p><del>한빛전자</del><ins>고친</ins> <del>106호 공장 착공</del><ins>제목</ins></p>"
    ]
    assert archive("show", "101", "--diff")[1] == "never changed\n"


@pytest.mark.slow
def test_show_diff_is_in_colour_on_a_terminal(archive: Shell) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "feedsvc", "archive", "show", "106", "--diff"]
    done = subprocess.run(
        [*command, "--config", str(archive.folder / "config.yaml")],
        stdout=theirs,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(theirs)
    out = b""
    with suppress(OSError):  # the terminal is closed
        while data := os.read(ours, 65536):
            out += data
    os.close(ours)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "\x1b[31m한빛전자\x1b[0m\x1b[32m고친\x1b[0m" in out.decode()
    assert "[-" not in out.decode()


def test_a_lost_search_index_comes_back(archive: Shell) -> None:
    index = archive.archive / ".state" / "state.sqlite"
    shutil.rmtree(archive.archive / ".state")
    assert ids(archive.json("search", "합병")) == [107]
    assert index.exists()
    index.unlink()
    with Archive(archive.archive).writing(NOW):
        assert ids(archive.json("search", "합병")) == [107]  # somebody else writes


# gaps, stats


def test_gaps_account_for_every_id(archive: Shell) -> None:
    told = archive.json("gaps")
    assert (told["lowest"], told["highest"]) == (101, 107)
    assert told["counts"] == {"kept": 4, "locked": 1, "gone": 0, "moved": 0, "never_seen": 2}
    assert told["beyond"] == []
    assert [(run["first"], run["last"], run["what"]) for run in told["runs"]] == [
        (101, 102, "kept"),
        (103, 103, "locked"),
        (104, 105, "never seen"),
        (106, 107, "kept"),
    ]
    (month,) = told["months"]
    assert month == {
        "month": "2026-03", "kept": 4, "locked": 1, "gone": 0, "moved": 0, "never_seen": 2,
        "percentage": 71.4,
    }  # fmt: skip
    code, out, _ = archive("gaps")
    assert code == 0
    assert "104-105" in out
    assert out.endswith("4 kept, 1 locked, 0 gone, 0 moved, 2 never seen\n")
    assert len(archive.json("gaps", "--limit", "1")["runs"]) == 1


def test_gone_is_what_was_taken_away_and_what_never_was(archive: Shell) -> None:
    from dataclasses import replace

    from feedsvc.model import Event

    one = Archive(archive.archive)
    with one.writing(NOW):
        record = one.get(101)
        assert record is not None
        one.keep(replace(record, gone_at=NOW), Event.GONE, NOW)
        one.memory.watch.set(104, given_up_at=NOW)
    one.close()
    told = archive.json("gaps")
    assert [(run["first"], run["last"], run["what"]) for run in told["runs"]] == [
        (101, 101, "gone"),
        (102, 102, "kept"),
        (103, 103, "locked"),
        (104, 104, "gone"),
        (105, 105, "never seen"),
        (106, 107, "kept"),
    ]
    assert told["months"][0]["percentage"] == 85.7


def test_stats_count(archive: Shell) -> None:
    told = archive.json("stats")
    assert told["articles"] == 5
    assert told["by_status"] == {"open": 4, "members-only": 1}
    assert told["by_section"]["083000"] == 1
    assert told["events"] == {"added": 5, "revised": 1, "released": 1}
    assert told["bytes"]["articles"] == sum(
        path.stat().st_size for path in archive.archive.glob("articles/*/*")
    )
    code, out, _ = archive("stats")
    assert code == 0
    assert "금융" in out


def test_stats_tell_each_part_that_is_there_and_no_other(archive: Shell) -> None:
    (archive.archive / "notes.txt").write_text("not the archive's")
    (archive.archive / "pending.jsonl").write_text("{}\n")
    kept = archive.archive / "digests/morning/2026-03-10T0800.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    told = archive.json("stats")["bytes"]
    there = {path.name for path in archive.archive.iterdir()}
    assert {*told} == there - {"notes.txt"}
    assert "layouts" not in told
    assert (told["digests"], told["pending.jsonl"], told["FORMAT"]) == (2, 3, 18)
    shown = re.findall(r"^on disk +(\S+) +[\d.]+ MB$", archive("stats")[1], re.MULTILINE)
    assert shown == list(told)


@pytest.mark.parametrize("command", [("ls", "--reporter", "없는이"), ("search", "zzz")])
def test_a_list_of_nothing_is_said_to_be_one(archive: Shell, command: tuple[str, ...]) -> None:
    assert archive(*command) == (0, "", "no article is found\n")
    assert archive(*command, "--json") == (0, "[]\n", "")
    shutil.rmtree(archive.archive)
    assert archive(*command) == (0, "", "no article is found\n")


@pytest.mark.parametrize(
    "command", [("ls",), ("search", "합병"), ("gaps",), ("stats",), ("verify",)]
)
def test_an_archive_with_nothing_in_it(archive: Shell, command: tuple[str, ...]) -> None:
    shutil.rmtree(archive.archive)
    assert archive(*command)[0] == 0
    archive.json(*command)
    assert not archive.archive.exists()


# export


@pytest.mark.parametrize(
    ("kind", "name", "holds"),
    [
        ("markdown", "notes", b"---\ntitle: "),
        ("csv", "table.csv", b"\xef\xbb\xbfid,"),
        ("jsonl", "records.jsonl", b'{"format": 1, "id": '),
        ("epub", "book.epub", b"PK"),
        ("warc", "some.warc.gz", b"\x1f\x8b"),
    ],
)
def test_export_writes_what_a_search_finds(
    archive: Shell, kind: str, name: str, holds: bytes
) -> None:
    target = archive.folder / name
    arguments = ("export", "공장", "--since", "2026-03-10", "--format", kind, "--to", str(target))
    code, out, _ = archive(*arguments)
    assert (code, out) == (0, f"4 articles written to {target}\n")
    file = next(target.rglob("*.md")) if kind == "markdown" else target
    assert file.read_bytes().startswith(holds)
    code, _, err = archive(*arguments)
    assert code == 2
    assert "exists already" in err
