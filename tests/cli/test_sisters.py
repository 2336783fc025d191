"""Two sites on one system, each with ids of its own, polled beside each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from feedsvc.cli import execute
from feedsvc.config import SITES, default_text, load
from feedsvc.model import Status
from tests.poll.desk import piece
from tests.standin import Answer, Headers, StandIn, page, redirect

ID = re.compile(r"tag:([^,]+),2018:([^\"<>\s]+)")


class Elsewhere(StandIn):
    """One whose article 102 has moved to ``there``; with ``prints`` rows and redirects
    lead to the page for printing."""

    there = ""
    prints = False

    def respond(self, method: str, target: str, headers: Headers = ()) -> Answer:
        if self.prints:
            return self._printed(method, target, headers)
        answer = super().respond(method, target, headers)
        if target.startswith("/articles/102") and self.there:
            location = ("Location", f"{self.there}/articles/102")
            return Answer(302, "Found", (location, ("Content-Length", "0")), b"")
        return answer

    def _printed(self, method: str, target: str, headers: Headers) -> Answer:
        if target.startswith("/articles/") and "/print/" not in target:
            return redirect(target.replace("/articles/", "/articles/print/"))
        answer = super().respond(method, target.replace("/print/", "/"), headers)
        if target.startswith("/categories/"):
            body = answer.body.decode().replace('"/articles/', '"/articles/print/')
            return page(200, body)
        return answer


@dataclass
class House:
    """A site, and the service that polls it."""

    site: Elsewhere
    folder: Path
    authority: str | None
    code: str
    formats: str = "atom"

    def __call__(self, *arguments: str) -> int:
        return execute(["--config", str(self.folder / "config.yaml"), *arguments])

    def configure(self) -> None:
        self.folder.mkdir(exist_ok=True)
        code = f", code: '{self.code}'" if self.code else ""
        authority = f", authority: {self.authority}" if self.authority else ""
        (self.folder / "config.yaml").write_text(
            f"site: {{base_url: '{self.site.base_url}'{authority}}}\n"
            f"sections:\n  - {{name: first, title: 첫째{code}}}\n"
            "http: {delay: 0s, timeout: 20s, retries: 0}\n"
            f"feeds: {{formats: [{self.formats}]}}\n",
            encoding="utf-8",
        )

    def published(self) -> dict[str, str]:
        """Every text file below ``public``, but the compressed copies."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_text("utf-8")
            for path in sorted((self.folder / "public").rglob("*"))
            if path.is_file() and path.suffix in (".rss", ".atom", ".json", ".opml", ".html")
        }

    def record(self, number: int) -> dict[str, object]:
        path = self.folder / f"archive/articles/0000/{number}.json"
        read: dict[str, object] = json.loads(path.read_text("utf-8"))
        return read


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[tuple[House, House]]:
    """dealsite.co.kr and its Plus sister, with articles of the same numbers."""
    with ExitStack() as stack:
        made = []
        for name, authority, code in (
            ("dealsite", None, "068000"),
            ("plus", "dealsiteplus.co.kr", "002062"),
        ):
            site = Elsewhere()
            site.boxes = False
            stack.enter_context(site)
            for number in (101, 102, 103):
                status = Status.MEMBERS_ONLY if number == 103 else Status.OPEN
                site.publish(
                    piece(number, title=f"{name} {number}호", sections=(code,), status=status)
                )
            house = House(site, tmp_path / name, authority, code)
            house.configure()
            made.append(house)
        yield made[0], made[1]


@pytest.mark.slow
def test_the_same_numbers_are_other_articles_in_every_feed(houses: tuple[House, House]) -> None:
    for house in houses:
        house.formats = "rss, atom, json"
        house.configure()
        assert house("poll") == 0
        house.site.release(103)
        house.site.edit(101, body=("<p>다시 쓴 첫 단락이다.</p>", "<p>다시 쓴 둘째이다.</p>"))
        assert house("refresh", "101", "103") == 0
        # A feed that lost its state, and one that is made from nothing.
        assert house("rebuild") == 0
    ids = []
    for house, authority in zip(houses, ("dealsite.co.kr", "dealsiteplus.co.kr"), strict=True):
        files = house.published()
        found = {name: ID.findall(text) for name, text in files.items()}
        feeds = {name for name in found if name.endswith((".rss", ".atom", ".json"))}
        assert {f"public/{one}.{kind}" for one in ("all", "first", "released", "revised", "status")
                for kind in ("rss", "atom", "json")} <= feeds  # fmt: skip
        assert any(name.startswith("public/archive/all/") for name in feeds)
        told = {pair for pairs in found.values() for pair in pairs}
        assert {one for one, _ in told} == {authority}
        names = {path for _, path in told}
        assert {"articles/101", "articles/103#released", "articles/101#r1", "feeds/all"} <= names
        ids.append({f"tag:{one},2018:{path}" for one, path in told})
    assert not ids[0] & ids[1]
    plus = houses[1].published()["public/all.atom"]
    assert "<name>딜사이트 플러스</name>" in plus
    assert houses[1].record(101)["guid"] == "tag:dealsiteplus.co.kr,2018:articles/101"


def test_a_section_that_is_known_has_its_name_though_nobody_configured_it(
    houses: tuple[House, House],
) -> None:
    _, plus = houses
    plus.site.edit(101, sections=("025073",))
    plus.code = "025073"
    plus.configure()
    assert plus("poll") == 0
    label = '<category term="025073" scheme="urn:feedsvc:section" label="{}"/>'
    assert label.format("첫째") in plus.published()["public/all.atom"]
    plus.code = ""  # not polled any more: its title is gone, its name is not
    plus.configure()
    assert plus("rebuild") == 0
    assert label.format("건설·부동산") in plus.published()["public/all.atom"]


def test_nothing_of_one_appears_in_the_other(houses: tuple[House, House]) -> None:
    dealsite, plus = houses
    there = dealsite.site.base_url
    plus.site.there = there  # it redirects to the sister's article of the same number
    link = f'<p>앞서 <a href="{there}/articles/103">딜사이트</a>가 쓴 기사이다. 둘째 문장이다.</p>'
    plus.site.edit(101, body=(link, "<p>둘째 단락이다.</p>"))
    for number in (102, 103):
        dealsite.site.edit(number, title="남의 기사")
    dealsite.site.forget_requests()
    assert plus("poll") == 1  # article 102 leads away, and is told
    assert dealsite.site.requests == []
    files = plus.published()
    assert not any("남의 기사" in text for text in files.values())
    assert "plus 101호" in files["public/all.atom"]
    assert "articles/102<" not in files["public/all.atom"]
    pending = (plus.folder / "archive/pending.jsonl").read_text("utf-8")
    assert {json.loads(line)["id"] for line in pending.splitlines()} == {102}
    # The link stands in the text as it is: it leads to the sister.
    assert f'href="{there}/articles/103"' in str(plus.record(101)["body"])


def test_the_page_for_printing_is_the_article(houses: tuple[House, House]) -> None:
    """[seen] ``/articles/print/{id}`` on the Plus site: as a row's link, and as what an
    article's address leads to."""
    _, plus = houses
    plus.site.prints = True
    assert plus("poll") == 0
    for number in (101, 102, 103):
        record = plus.record(number)
        assert record["guid"] == f"tag:dealsiteplus.co.kr,2018:articles/{number}"
        assert record["url"] == f"{plus.site.base_url}/articles/{number}"
        assert record["sections"] == ["002062"]
    journal = "".join(path.read_text() for path in (plus.folder / "archive/journal").iterdir())
    assert '"moved"' not in journal
    before = plus.published()
    assert plus("poll") == 0
    assert plus.published() == before


def test_an_archive_belongs_to_one_authority(
    houses: tuple[House, House], capsys: pytest.CaptureFixture[str]
) -> None:
    dealsite, _ = houses
    assert dealsite("poll") == 0
    before = dealsite.published()
    capsys.readouterr()
    dealsite.authority = "dealsiteplus.co.kr"
    dealsite.configure()
    for command in (["poll"], ["check"], ["rebuild"], ["status"], ["archive", "ls"], ["backfill"]):
        assert dealsite(*command) == 2, command
        told = capsys.readouterr().err
        assert "config.yaml:1: site.authority: " in told
        assert "'authority: dealsite.co.kr'" in told  # the line to add
        assert told.count("\n") == 1
    assert dealsite.published() == before

    # What it says to do is what helps; so does the line where it stood by default.
    for authority in ("dealsite.co.kr", None):
        dealsite.authority = authority
        dealsite.configure()
        assert dealsite("poll") == 0
        assert dealsite.published() == before


def test_what_the_authority_must_not_refuse(
    houses: tuple[House, House], capsys: pytest.CaptureFixture[str]
) -> None:
    _, plus = houses
    # An empty archive, one without records, records that cannot be read: nothing says whose.
    (plus.folder / "archive/articles/0000").mkdir(parents=True)
    (plus.folder / "archive/FORMAT").write_text("feedsvc-archive 1\n")
    assert plus("check") == 0
    assert plus("poll") == 0
    (plus.folder / "archive/articles/0000/1.json").write_bytes(b"\0" * 100)
    (plus.folder / "archive/articles/0000/2.json").mkdir()
    capsys.readouterr()
    plus("check")
    assert "authority" not in capsys.readouterr().err
    # The damaged ones do not hide what the others say.
    plus.authority = None
    plus.configure()
    assert plus("check") == 2
    assert "'authority: dealsiteplus.co.kr'" in capsys.readouterr().err


@pytest.mark.parametrize("name", SITES)
def test_init_writes_a_configuration_for_each_of_the_sites(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name / "config.yaml"
    assert execute(["--config", str(path), "init", "--site", name]) == 0
    assert execute(["--config", str(path), "check"]) == 0
    read = load(path, {})
    assert read.site_of().base_url == f"https://{SITES[name].host}"
    assert read.site_of().authority == SITES[name].host
    assert read.site_of().hosts == {SITES[name].host, *SITES[name].aliases}
    assert read.feeds.title == SITES[name].name
    codes = {one.code or "": one.title for one in read.sections}
    assert codes == (SITES[name].sections or {"": "전체 기사"})
    assert len({one.name for one in read.sections}) == len(read.sections)
    assert read.feeds.base_url == f"http://127.0.0.1:{read.server.port}/"
    # All else is the default, described line by line in the same words.
    usual = default_text().splitlines()
    lines = path.read_text("utf-8").splitlines()
    head = lines.index("http:")
    assert len([line for line in lines[head:] if line not in usual]) <= 3


def test_init_for_all_of_them_gives_each_a_port_of_its_own() -> None:
    ports = {re.findall(r"^  port: (\d+)", default_text(one), re.MULTILINE)[0] for one in SITES}
    assert len(ports) == len(SITES)


def test_init_does_not_know_other_sites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.yaml"
    assert execute(["--config", str(path), "init", "--site", "other"]) == 2
    assert not path.exists()
    assert "plus" in capsys.readouterr().err
