"""``feedsvc digest`` through the real command line."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from feedsvc.cli import execute
from feedsvc.site import KST
from tests.poll.newsdesk import LOCK, MORNING, Newsdesk

CONFIG = """\
sections:
  - {name: industry, title: 산업, code: "068000"}
  - {name: finance, title: 금융, code: "083000"}
feeds:
  base_url: https://feeds.example.org/
  digests:
    - {name: morning, title: 아침 브리핑, at: "08:00"}
"""
NOW = datetime.now(KST).replace(microsecond=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A digest that was made yesterday, and what came since."""
    folder = tmp_path_factory.mktemp("digest")
    (folder / "config.yaml").write_text(CONFIG, "utf-8")
    due = (NOW - timedelta(days=2)).replace(hour=8, minute=0, second=0)
    desk = Newsdesk(folder, digests=({**MORNING, "days": ("mon", "tue", "wed", "thu", "fri", "sat",
                                                        "sun")},))  # fmt: skip
    desk.publish(due - timedelta(hours=5))
    desk.keep(1, due - timedelta(hours=4))
    desk.publish(due)
    desk.keep(2, due + timedelta(hours=1), title="*별표* [괄호] & <꺾쇠>")
    desk.keep(3, due + timedelta(hours=2), access=LOCK, sections=("083000",))
    desk.keep(4, due + timedelta(hours=3), origin="backfill")
    return folder


def told(
    folder: Path, capsys: pytest.CaptureFixture[str], *options: str, code: int = 0
) -> tuple[str, str]:
    assert execute(["digest", *options, "--config", str(folder / "config.yaml")]) == code
    found = capsys.readouterr()
    return found.out, found.err


def ids(text: str) -> list[int]:
    return [one["id"] for group in json.loads(text)["groups"] for one in group["articles"]]


def test_by_itself_what_is_new_since_the_last_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = told(folder, capsys, "morning", "--format", "json")
    assert ids(out) == [2, 3]
    values = json.loads(out)
    assert (values["articles"], values["locked"]) == (2, 1)
    article = values["groups"][0]["articles"][0]
    assert article["link"] == article["url"] == "https://dealsite.co.kr/articles/2"
    assert list((folder / "archive/digests/morning").glob("*.json")) != []


def test_any_window(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ids(told(folder, capsys, "morning", "--since", "9d", "--format", "json")[0]) == [1, 2, 3]
    day = f"{NOW - timedelta(days=2):%Y-%m-%d}"
    early = "morning", "--since", day, "--until", f"{day}T08:00", "--format", "json"
    assert ids(told(folder, capsys, *early)[0]) == [1]
    none = told(folder, capsys, "morning", "--since", "today", "--format", "json")[0]
    assert ids(none) == []


def test_html_is_a_document_of_its_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = told(folder, capsys, "morning", "--format", "html")
    assert out.startswith('<!DOCTYPE html>\n<html lang="ko">')
    assert '<a href="https://dealsite.co.kr/articles/2">*별표* [괄호] &amp; &lt;꺾쇠&gt;</a>' in out
    plain = out.removeprefix("<!DOCTYPE html>").replace('<meta charset="utf-8">', "")
    ElementTree.fromstring(plain.replace("<br>", ""))


def test_markdown_says_what_it_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = told(folder, capsys, "morning")
    assert "## 산업 (1)" in out
    assert (
        r"- [\*별표\* \[괄호\] & \<꺾쇠\>](<https://dealsite.co.kr/articles/2>)\
  2의 부제"
        in out
    )
    assert "[\\[회원전용\\] " in out


def test_nothing_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {one: one.stat().st_mtime_ns for one in (folder / "archive").rglob("*.json*")}
    told(folder, capsys, "morning", "--since", "9d")
    assert {one: one.stat().st_mtime_ns for one in (folder / "archive").rglob("*.json*")} == before


def test_what_there_is_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, err = told(folder, capsys, "evening", code=2)
    assert err == "feedsvc: no digest is named 'evening'; there are morning\n"
    for since, until in (("1d", "2d"), ("today", "yesterday")):
        _, err = told(folder, capsys, "morning", "--since", since, "--until", until, code=2)
        assert err == "feedsvc: --until lies before --since\n"
    told(folder, capsys, "morning", "--since", "today", "--until", "today")
    _, err = told(folder, capsys, "morning", "--since", "2999-01-01", code=2)
    assert err == "feedsvc: --since lies in the future\n"


def test_export_takes_a_digest_for_a_feed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = "--format", "jsonl", "--to", "-", "--feed", "morning"
    assert execute(["archive", "export", *options, "--config", str(folder / "config.yaml")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [1]
