"""The site calls everything something else: what the operator does about it, as
docs/running.md says ("The site changed"), through the real command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from feedsvc.model import Status
from feedsvc.parse.layout import LISTING_PARTS
from tests.cli.test_commands import Desk
from tests.poll.desk import piece
from tests.renaming import Renamed, names_in, selectors_for
from tests.standin import RelatedLink

ALL = names_in()
FULL: dict[str, Any] = {
    "keywords": ("반도체", "HBM"),
    "related": (RelatedLink(101, "한빛전자 101호 공장 착공"),),
    "split": (1,),
}


class Changing(Desk):
    site: Renamed

    def select(self, selectors: dict[str, Any]) -> None:
        self.configure()
        path = self.folder / "config.yaml"
        told = yaml.safe_load(path.read_text("utf-8"))
        told["site"]["selectors"] = selectors
        path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")

    def records(self) -> dict[int, Any]:
        found = {}
        for path in sorted((self.folder / "archive" / "articles").rglob("*.json")):
            record = json.loads(path.read_text("utf-8"))
            found[record["id"]] = record
        return found


@pytest.fixture
def changing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Changing]:
    with Renamed() as site:
        desk = Changing(site, tmp_path, capsys)
        desk.configure()
        yield desk


def test_the_documented_mend(changing: Changing) -> None:
    site = changing.site
    site.older = {90}
    site.publish(piece(90, **FULL))
    site.publish(piece(101, **FULL))
    site.publish(piece(102, status=Status.MEMBERS_ONLY, **FULL))
    assert changing("poll")[0] == 0
    site.names = ALL
    site.publish(piece(201, **FULL))
    site.publish(piece(202, status=Status.SOON_FREE, **FULL))
    before = changing.records()
    section = f"{changing.site.base_url}/categories/068000"
    assert changing("poll")[0] == 4

    # 1 and 2: the rows.
    code, out, err = changing("inspect", section, "--listing")
    assert code != 0
    assert "today   rows             0  .mnm-news" in out
    assert "no list of articles found" in err
    rows = selectors_for(ALL, parts=LISTING_PARTS)
    changing.select(rows)
    told = changing.json("inspect", section, "--listing")
    assert {one["id"] for one in told["rows"]} == {90, 101, 102, 201, 202}
    assert all(one["title"] and one["listed_at"] for one in told["rows"])
    assert told["selectors"]["rows"] == rows["rows"]
    assert told["tried"]["today"]["rows"] == {rows["rows"]: 5, ".mnm-news": 0}

    # New articles are held; the others' rows say what they said, so that none is asked for.
    changing.site.forget_requests()
    assert changing("poll")[0] == 1
    assert changing.records() == before
    waiting = (changing.folder / "archive" / "pending.jsonl").read_text()
    assert [json.loads(line)["id"] for line in waiting.splitlines()] == [202, 201]

    assert changing.site.count("/articles/*") == 2

    # 3: an article, which tells what is not found.
    article = f"{changing.site.base_url}/articles/201"
    code, out, err = changing("inspect", article)
    assert code != 0
    assert "today   body              0  .content-area" in out
    assert "before  body              0  article.article" in out
    assert "no article found" in err
    code, out, _ = changing("inspect", article, "--json")
    told = json.loads(out)
    assert "no article found" in told["error"]
    assert told["tried"]["today"]["title"] == {".read-news-title": 0}
    changing.select(selectors_for(ALL))
    told = changing.json("inspect", article)
    assert len(told["record"]["body"]) == 4
    assert told["record"]["keywords"] == ["반도체", "HBM"]
    (used,) = {told["selectors"]["title"]}
    assert told["tried"]["today"]["title"] == {used: 1, ".read-news-title": 0}
    shown = changing("inspect", article)[1]
    assert any(line.split()[-1:] == ["yours"] and used in line for line in shown.splitlines())

    # 4 and 5.
    assert changing("check")[0] == 0
    code, out, _ = changing("rebuild", "--reparse")
    assert code == 0
    assert changing("poll")[0] == 0
    after = changing.records()
    assert sorted(after) == [90, 101, 102, 201, 202]
    assert {number: after[number] for number in before} == before
    assert after[201]["subtitle"] == "201번째 증설 계획"
    assert [one["title"] for one in after[201]["related"]] == ["한빛전자 101호 공장 착공"]
    assert after[202]["access"]["status"] == "soon-free"
    assert (changing.folder / "archive" / "pending.jsonl").read_text() == ""

    # What was read before the change reads the same from the new pages.
    for number in (101, 102):
        code, out, _ = changing("refresh", str(number))
        assert (code, out) == (0, f"article {number}: unchanged\n")


def test_a_field_that_is_missing_is_shown_among_what_was_looked_for(changing: Changing) -> None:
    page = changing.folder / "101.html"
    page.write_text("<div class='read-news-title'>제목</div><div class='content-area'></div>")
    code, out, err = changing("inspect", str(page))
    assert code != 0
    assert "today   title             1  .read-news-title" in out
    assert "today   body              1  .content-area" in out
    assert "today   published_at      0  .nis-r-info-wrap" in out
    assert "headline and no text" in err
    assert len(err.splitlines()) == 1
    told = json.loads(changing("inspect", str(page), "--json")[1])
    assert told["tried"]["today"]["title"] == {".read-news-title": 1}


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    ("selectors", "said"),
    [
        ({"titel": ".x"}, "site.selectors.titel: unknown key; did you mean 'title'?"),
        ({"row_titel": ".x"}, "site.selectors.row_titel: unknown key; did you mean 'row_title'?"),
        (
            {"today": {"boddy": ".x"}},
            "site.selectors.today.boddy: unknown key; did you mean 'body'",
        ),
        ({"tody": {"body": ".x"}}, "site.selectors.tody: unknown key; did you mean 'today'?"),
        ({"byline": ".x"}, "site.selectors.byline: unknown key; did you mean 'row_byline'?"),
        ({"title": "h1["}, "site.selectors.title: 'h1[' is not a CSS selector"),
        ({"before": {"main": "a:has(b"}}, "site.selectors.before.main: 'a:has(b' is not a CSS sel"),
        ({"title": {"body": ".x"}}, "site.selectors.title: wanted text"),
        ({"today": ".x"}, "site.selectors.today: wanted a mapping"),
        ({"body": [".x"]}, "site.selectors.body: wanted text"),
        ({"body": ""}, "site.selectors.body: must not be empty"),
    ],
)
def test_a_selector_that_cannot_be_meant_is_refused_with_its_place(
    changing: Changing, selectors: dict[str, Any], said: str
) -> None:
    changing.select(selectors)
    code, _, err = changing("check")
    assert code == 2
    lines = (changing.folder / "config.yaml").read_text("utf-8").splitlines()
    key = said.partition(":")[0].rpartition(".")[2]
    number = max(n for n, line in enumerate(lines, 1) if line.strip().startswith(f"{key}:"))
    assert f"config.yaml:{number}: {said}" in err
