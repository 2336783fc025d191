"""The articles by day, narrowed by what the address says; what it cannot say is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.archive import Archive
from feedsvc.config import Config, CustomFeedConfig, FeedsConfig, SectionConfig
from feedsvc.model import Access, Event, Marker, Record, Revision, Scope, Status
from feedsvc.poll import publish
from feedsvc.serve import app
from feedsvc.site import guid
from tests.serve.conftest import NOW, SECRET, Ask, Reply, ask_of, record, settings

BROWSER = {"Accept": "text/html"}
CODES = {"industry": "068000", "mna": "080000"}
NOTICE = Marker(Status.UNKNOWN, Scope.ARTICLE, "준회원 열람 불가", True)


def article(number: int, **changes: Any) -> Record:
    return record(
        id=number, guid=guid(number), url=f"https://dealsite.co.kr/articles/{number}",
        **({"title": f"기사 {number}"} | changes),
    )  # fmt: skip


def configured(folder: Path, **server: Any) -> Config:
    config = settings(folder, **server)
    sections = tuple(
        SectionConfig(name=name, title=title, code=CODES[name])
        for name, title in (("industry", "산업"), ("mna", "인수합병"))
    )
    news = SectionConfig(name="steel", title="철강", search="철강")
    custom = (CustomFeedConfig(name="chips", title="칩", any=("칩",)),)
    feeds = FeedsConfig(path=folder / "public", base_url=config.feeds.base_url, custom=custom)
    return config.model_copy(update={"sections": (*sections, news), "feeds": feeds})


STATUSES = {
    1: (Status.OPEN, ()), 2: (Status.PLUS_FIRST, ()), 3: (Status.SOON_FREE, ()),
    4: (Status.MEMBERS_ONLY, ()), 5: (Status.PLUS_ONLY, ()), 6: (Status.UNKNOWN, ()),
    7: (Status.UNKNOWN, (NOTICE,)),
}  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of today one article of each access, yesterday 60 of one section, one of which
    speaks of chips, and one of long ago."""
    folder = tmp_path_factory.mktemp("shelf")
    archive = Archive(folder / "archive")
    with archive.writing(NOW):
        for number, (status, markers) in STATUSES.items():
            archive.keep(article(number, access=Access(status, markers)), Event.ADDED, NOW)
        for number in range(100, 160):
            at = NOW - timedelta(days=1, minutes=number)
            body = ("<p>칩 이야기</p>",) if number == 130 else ("<p>본문</p>",)
            one = article(number, published_at=at, sections=("080000",), body=body)
            archive.keep(one, Event.ADDED, NOW)
        past = article(99, published_at=NOW.replace(year=2024), sections=(), title="옛 철강 기사")
        archive.keep(past, Event.ADDED, NOW)
    assert publish(configured(folder), archive, NOW, {}).problems == ()
    archive.close()
    return folder


@pytest.fixture(scope="module")
def ask(shelf: Path) -> Ask:
    return ask_of(app(configured(shelf), now=lambda: NOW))


@pytest.fixture
def kept(shelf: Path, tmp_path: Path) -> Path:
    """A shelf of one's own, to be changed."""
    return shutil.copytree(shelf, tmp_path / "kept")


def shown(reply: Reply) -> list[int]:
    assert reply.status == 200
    return [int(one) for one in re.findall(r'href="articles/(\d+)"', reply.body.decode())]


def days(reply: Reply) -> list[str]:
    found = re.findall(r'<h2 class="day">(.*?)</h2>', reply.body.decode())
    return [re.sub(r"<[^>]*>", "", one) for one in found]


def test_the_articles_are_listed_by_day_with_the_whole_days_counts(ask: Ask) -> None:
    first, second = ask("/"), ask("/", query="page=2")
    assert shown(first) == [7, 6, 5, 4, 3, 2, 1, *range(100, 143)]
    assert days(first) == ["오늘 3월 9일 (월) 7건", "어제 3월 8일 (일) 60건"]
    assert shown(second) == [*range(143, 160), 99]
    assert days(second) == ["어제 3월 8일 (일) 60건", "2024년 3월 9일 (토) 1건"]
    assert 'href="./?page=2" rel="next"' in first.body.decode()
    assert 'href="./" rel="prev"' in second.body.decode()
    assert 'rel="next"' not in second.body.decode()
    english = ask("/", {"Accept-Language": "en"})
    assert days(english)[0] == "Today, Mon 9 March 7"
    assert shown(ask("/", query="page=999999")) == []


@pytest.mark.parametrize("query", ["", "page=2", "section=industry", "access=open"])
def test_each_feeds_address_is_announced_once(ask: Ask, query: str) -> None:
    links = re.findall(r'<link rel="alternate".*?>', ask("/", query=query).body.decode())
    addresses = re.findall(r'href="(.*?)"', "".join(links))
    assert len(addresses) == len(links) == len({*addresses})
    assert "all.atom" in addresses
    assert any('title="딜사이트 (Atom)"' in one for one in links)


LISTS: dict[str, list[int]] = {
    "section=industry": [7, 6, 5, 4, 3, 2, 1],
    "section=mna&page=2": [*range(150, 160)],
    "feed=all": [7, 6, 5, 4, 3, 2, 1, *range(100, 143)],
    "feed=industry": [7, 6, 5, 4, 3, 2, 1],
    "feed=chips": [130],
    "feed=all&section=industry": [7, 6, 5, 4, 3, 2, 1],
    "feed=mna&section=industry": [],
    "feed=chips&section=industry": [],
    "section=steel": [99],
    "feed=steel&access=locked": [],
    "access=readable&section=industry": [2, 1],
    "access=locked": [7, 5, 4, 3],
    "access=unknown": [7, 6],
    "access=members-only": [4],
    "section=&feed=&access=&page=&other=x": [7, 6, 5, 4, 3, 2, 1, *range(100, 143)],
}


@pytest.mark.parametrize("query", LISTS)
def test_an_address_names_a_list(ask: Ask, query: str) -> None:
    assert shown(ask("/", query=query)) == LISTS[query]


SUBSCRIBED = {
    "": "all.atom",
    "section=mna": "mna.atom",
    "feed=chips": "chips.atom",
    "feed=released": "released.atom",
    "access=locked": "search.atom?access=locked",
    "section=mna&access=open": "search.atom?section=mna&amp;access=open",
    "feed=all&section=mna": "mna.atom",
    "feed=mna&access=open": "search.atom?section=mna&amp;access=open",
}


@pytest.mark.parametrize("query", SUBSCRIBED)
def test_a_list_names_the_feed_that_holds_just_it(ask: Ask, query: str) -> None:
    page = ask("/", query=query).body.decode()
    line = re.search(r'<p class="subscribe"><span>이 목록 구독</span>(.*?)</p>', page)
    assert line is not None
    assert f'href="{SUBSCRIBED[query]}"' in line[1]
    address = re.findall(r'href="([^"]*)"', line[1])[0].replace("&amp;", "&")
    path, _, parameters = address.partition("?")
    feed = ask(f"/{path}", query=parameters)
    assert feed.status == 200
    held = {int(one) for one in re.findall(r"2018:articles/(\d+)</id>", feed.body.decode())}
    both = (ask("/", query=f"{query}&page={number}") for number in (1, 2))
    listed = {one for reply in both for one in shown(reply)}
    # A feed may hold fewer, never others.
    assert held == listed or (len(held) >= 50 and held < listed)


def test_where_no_feed_holds_just_the_list_the_nearest_is_named_as_that(ask: Ask) -> None:
    page = ask("/", query="feed=chips&access=open").body.decode()
    assert "가장 가까운 피드 구독" in page
    assert 'href="chips.atom"' in page


WRONG = {
    "/?section=nothing": "section", "/?feed=nothing": "feed", "/?access=closed": "access",
    "/?page=0": "page", "/?page=x": "page", "/?page=-1": "page", "/?page=9999999999": "page",
    "/?page=%EF%BC%91": "page", "/articles/1?compare=1": "compare",
    "/archive/?section=steel": "section", "/archive/all/2026-03?day=31": "day",
    "/archive/all/2026-03?page=x": "page", "/?" + "&".join(["a=b"] * 60): "?",
}  # fmt: skip


@pytest.mark.parametrize("address", WRONG)
def test_what_says_nothing_is_named(ask: Ask, address: str) -> None:
    path, _, query = address.partition("?")
    line = ask(path, query=query)
    assert line.status == 400
    assert line.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(line.body.splitlines()) == 1
    assert line.body.decode().startswith(f"{WRONG[address]}: ")
    for language, said in (("ko", "주소의 한 부분을 알 수 없습니다"), ("en", "says nothing")):
        page = ask(path, {**BROWSER, "Accept-Language": language}, query=query)
        assert page.status == 400
        assert said in page.body.decode()
        assert f"<p>{WRONG[address]}: " in page.body.decode()
        assert "nothing" not in page.body.decode().replace("says nothing", "")


def test_what_happened_is_listed_by_when_it_did(kept: Path) -> None:
    ask = ask_of(app(configured(kept), now=lambda: NOW))
    then = NOW - timedelta(days=2)
    free = article(3, access=Access(Status.OPEN, released_at=then))
    old = Revision(NOW - timedelta(minutes=5), (("title", "옛 제목"),))
    archive = Archive(kept / "archive")
    with archive.writing(NOW):
        archive.keep(free, Event.RELEASED, NOW)
        archive.keep(article(99, published_at=NOW.replace(year=2024), revisions=(old,)),
                     Event.REVISED, NOW)  # fmt: skip
    archive.close()
    released, revised = ask("/", query="feed=released"), ask("/", query="feed=revised")
    assert (shown(released), days(released)) == ([3], ["3월 7일 (토) 1건"])
    assert (shown(revised), days(revised)) == ([99], ["오늘 3월 9일 (월) 1건"])
    assert "11:55" in revised.body.decode()
    assert shown(ask("/", query="feed=released&access=locked")) == []
    assert shown(ask("/", query="feed=released&section=mna")) == []
    assert shown(ask("/", query="feed=released&section=industry")) == [3]


def test_the_header_has_a_mark_where_something_is_wrong(kept: Path) -> None:
    archive = Archive(kept / "archive")
    with archive.writing(NOW):
        for name in ("industry", "mna", "steel"):
            archive.memory.section.set(name, succeeded_at=NOW)
    archive.close()
    ways: list[tuple[Callable[[], Any], bool]] = [
        (lambda: NOW, False), (lambda: NOW + timedelta(days=2), True)
    ]  # fmt: skip
    for now, wrong in ways:
        ask = ask_of(app(configured(kept), now=now))
        for path in ("/", "/archive/", "/feeds", "/search", "/status", "/articles/1", "/nothing"):
            page = ask(path, BROWSER).body.decode()
            assert ('class="wrong"' in page) is wrong, path
    assert "부터)" in ask("/status").body.decode()


def test_a_stranger_is_shown_nothing_of_what_is_kept(kept: Path) -> None:
    ask = ask_of(app(configured(kept, tokens=(SECRET,)), now=lambda: NOW))
    for path in ("/", "/archive/", "/feeds", "/search", "/status", "/articles/1", "/nothing"):
        page = ask(path, BROWSER)
        assert page.status == 401
        assert "기사 1" not in page.body.decode()
        assert 'class="wrong"' not in page.body.decode()
        signed = ask(path, {**BROWSER, "Authorization": f"Bearer {SECRET}"})
        assert signed.status == (404 if path == "/nothing" else 200)


def test_a_locked_article_says_what_the_reader_can_do(ask: Ask) -> None:
    said = {
        1: None, 2: "먼저 실린 뒤 무료로", 3: "아직 무료로 풀리지 않은",
        4: "무료 회원으로 가입하면", 5: "구독하면", 6: None, 7: "원문에서 확인하세요",
    }  # fmt: skip
    for number, words in said.items():
        page = ask(f"/articles/{number}").body.decode()
        assert ('class="note access' in page) is (words is not None), number
        assert words is None or words in page
        assert ('class="flag locked"' in page) is (number in (3, 4, 5, 7))
    assert re.search(r'class="flag locked".*</svg>잠김</a>', ask("/articles/7").body.decode())


def test_an_article_leads_on(kept: Path) -> None:
    from feedsvc.model import Related

    archive = Archive(kept / "archive")
    with archive.writing(NOW):
        one = article(
            120, published_at=NOW - timedelta(days=1, minutes=120), sections=("080000",),
            keywords=("인수", "한빛 중공업"), reporters=("김 하늘",),
            related=(
                Related("있는 기사", "https://www.dealsite.co.kr/articles/5/080000"),
                Related("없는 기사", "https://dealsite.co.kr/articles/555"),
            ),
        )  # fmt: skip
        archive.keep(one, Event.NOTED, NOW)
    archive.close()
    page = ask_of(app(configured(kept), now=lambda: NOW))("/articles/120").body.decode()
    assert 'href=".././?section=mna"' in page
    assert 'href="../search?reporter=%EA%B9%80%20%ED%95%98%EB%8A%98"' in page
    assert 'href="../search?q=%22%ED%95%9C%EB%B9%9B%20' in page
    assert re.search(r'<a href="5" lang="ko">있는 기사</a></li>', page)
    assert re.search(r'articles/555" [^>]*>없는 기사</a> <span class="away">', page)
    assert re.search(r'<a href="121" rel="prev">', page)
    assert re.search(r'<a class="next" href="119" rel="next">', page)


def test_numbers_in_tables_stand_to_the_right(tmp_path: Path) -> None:
    cells = ("3,820", "-4.1%", "1조", "(12)", "기타", "2026년 3월", "-", "▲0.5%p", "")
    table = "".join(f"<td>{one}</td>" for one in cells)
    archive = Archive(tmp_path / "archive")
    with archive.writing(NOW):
        body = (f'<table><tbody><tr>{table}<td colspan="2">7</td></tr></tbody></table>',)
        archive.keep(article(1, body=body), Event.ADDED, NOW)
    archive.close()
    page = ask_of(app(settings(tmp_path), now=lambda: NOW))("/articles/1").body.decode()
    right = re.findall(r'<td class="number"[^>]*>([^<]*)</td>', page)
    assert right == ["3,820", "-4.1%", "1조", "(12)", "-", "▲0.5%p", "7"]
