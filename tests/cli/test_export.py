"""``archive export``: a record a line, standard output, what a feed selects."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.cli import execute
from feedsvc.model import Status
from tests.cli.test_commands import Desk, configure
from tests.poll.desk import piece
from tests.standin import StandIn

CUSTOM = """\
feeds:
  formats: [json]
  custom:
    - {name: works, title: 공장, any: [104호], sections: [finance]}
    - {name: other, title: 다른, search: 102호}
"""


@pytest.fixture(scope="module")
def polled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StandIn, Path]]:
    site, folder = StandIn(), tmp_path_factory.mktemp("polled")
    site.boxes = False
    with site:
        site.publish(piece(101))
        site.publish(piece(102))
        site.publish(piece(103, sections=("083000",), status=Status.MEMBERS_ONLY))
        site.publish(piece(104, sections=("083000",)))
        configure(site, folder, CUSTOM)
        assert execute(["poll", "--config", str(folder / "config.yaml")]) == 0
        yield site, folder


@pytest.fixture
def polled(
    polled_once: tuple[StandIn, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Desk:
    site, folder = polled_once
    return Desk(site, shutil.copytree(folder, tmp_path, dirs_exist_ok=True), capsys)


def export(desk: Desk, *options: str) -> str:
    code, out, err = desk("archive", "export", "--to", "-", *options)
    assert code == 0, err
    assert "written to standard output" in err
    return out


def test_a_whole_record_a_line(polled: Desk) -> None:
    lines = export(polled, "--format", "jsonl").splitlines()
    assert len(lines) == 4
    for line in lines:
        told = json.loads(line)
        (file,) = (polled.folder / "archive/articles").rglob(f"{told['id']}.json")
        assert list(told.items()) == list(json.loads(file.read_text("utf-8")).items())


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("all", {101, 102, 103, 104}),
        ("industry", {101, 102}),
        ("finance", {103, 104}),
        ("works", {104}),
        ("other", {102}),
        ("released", set()),
        ("revised", set()),
    ],
)
def test_what_a_feed_selects(polled: Desk, name: str, ids: set[int]) -> None:
    told = export(polled, "--format", "jsonl", "--feed", name).splitlines()
    assert {json.loads(line)["id"] for line in told} == ids
    if ids:
        limited = export(polled, "--format", "jsonl", "--feed", name, "--limit", "1")
        assert len(limited.splitlines()) == 1


def test_released_and_revised_select_what_was(polled: Desk) -> None:
    before = polled.site.remembered()
    polled.site.release(103)
    polled.site.edit(101, title="고친 제목")
    assert polled("refresh", "101", "103")[0] == 0
    polled.site.back_to(before)
    for name, wanted in (("released", 103), ("revised", 101)):
        (line,) = export(polled, "--format", "jsonl", "--feed", name).splitlines()
        assert json.loads(line)["id"] == wanted


def test_a_feed_that_there_is_not(polled: Desk) -> None:
    code, out, err = polled("archive", "export", "--format", "csv", "--to", "-", "--feed", "works2")
    assert (code, out) == (2, "")
    assert "there are all, industry, finance, works, other, released, revised" in err


def test_a_table_names_reporters_and_sections_and_has_the_text_when_asked(polled: Desk) -> None:
    rows = list(csv.DictReader(io.StringIO(export(polled, "--format", "csv").lstrip("\ufeff"))))
    assert {row["id"]: row["section_names"] for row in rows} == {
        "101": "산업", "102": "산업", "103": "금융", "104": "금융",
    }  # fmt: skip
    assert {row["sections"] for row in rows} == {"068000", "083000"}
    assert {row["reporters"] for row in rows} == {"김하나"}
    assert "text" not in rows[0]
    told = export(polled, "--format", "csv", "--text", "--feed", "industry").lstrip("\ufeff")
    first = next(csv.DictReader(io.StringIO(told)))
    assert "공장의 첫째 단락이다." in first["text"]
    assert "\n\n" in first["text"]
    assert "<p>" not in first["text"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "markdown", "--to", "-"), "markdown makes a folder"),
        (("--format", "jsonl", "--to", "-", "--text"), "--text is for csv"),
    ],
)
def test_what_does_not_go_together(polled: Desk, options: tuple[str, ...], said: str) -> None:
    code, out, err = polled("archive", "export", *options)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.slow
def test_bytes_reach_a_pipe_as_they_are(polled: Desk) -> None:
    command = [sys.executable, "-m", "feedsvc", "archive", "export", "--to", "-", "--format"]
    for kind, begin in (("epub", b"PK"), ("warc", b"\x1f\x8b"), ("jsonl", b'{"format": 1')):
        done = subprocess.run(
            [*command, kind],
            cwd=polled.folder,
            env={"PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            check=True,
        )
        assert done.stdout.startswith(begin)
        assert b"4 articles written to standard output" in done.stderr
        if kind == "epub":
            assert zipfile.ZipFile(io.BytesIO(done.stdout)).testzip() is None
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*command, "jsonl"],
            cwd=polled.folder,
            env={"PYTHONPATH": str(Path.cwd())},
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert b"standard output could not be written: No space left" in done.stderr
