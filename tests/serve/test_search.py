"""The search page and any search as a feed, over HTTP."""

from __future__ import annotations

import gzip
import html
import os
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from feedsvc import config as configuration
from feedsvc import words
from feedsvc.archive import Archive
from feedsvc.catalogue.question import Question, question
from feedsvc.config import Config, SectionConfig
from feedsvc.feeds import pieces
from feedsvc.feeds.definitions import belongs
from feedsvc.model import Access, Event, Record, Status
from feedsvc.poll import publish
from feedsvc.serve import app, searching
from feedsvc.serve.searching import lines_for
from feedsvc.site import guid
from tests.feeds.rules import RULES
from tests.serve.conftest import NOW, SECRET, Ask, Reply, ask_of, record, settings

FORMATS = ("atom", "rss", "json")
SECTIONS = (
    SectionConfig(name="industry", title="산업", code="068000"),
    SectionConfig(name="no", title="인수 & 합병", code="080000"),
)
SECRETS = "비밀계약"
MANY = 30


def article(number: int, **changes: Any) -> Record:
    at = NOW - timedelta(hours=100 - number)
    values = {
        "id": number,
        "guid": guid(number),
        "url": f"https://dealsite.co.kr/articles/{number}",
        "title": f"한빛중공업 <투자> {number}",
        "subtitle": f"부제목 {number}",
        "published_at": at,
        "first_seen_at": at,
        "body": ("<p>누리호를 만든 한빛중공업은 공장을 지었다.</p>",),
    }
    return record(**(values | changes))


def kept() -> list[Record]:
    """Many open articles, and above them one of each kind."""
    member = Access(Status.MEMBERS_ONLY, seen_as="member")
    text = ("<p>한빛중공업의 첫 문단</p>", f"<p>{SECRETS} 둘째 문단</p>")
    return [
        *(article(number) for number in range(1, MANY + 1)),
        article(41, sections=("080000",), reporters=("김가영", "이나리")),
        article(42, access=Access(Status.MEMBERS_ONLY)),
        article(43, access=member, body=text),
        article(44, duplicate_of=41),
    ]


def configured(folder: Path, **server: Any) -> Config:
    config = settings(folder, **server)
    feeds = config.feeds.model_copy(update={"entries": 20})
    return config.model_copy(update={"sections": SECTIONS, "feeds": feeds})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    archive = Archive(folder / "archive", raw=False)
    with archive.writing(NOW):
        for one in kept():
            archive.keep(one, Event.ADDED, NOW)
        publish(configured(folder), archive, NOW, None)
    archive.close()
    return folder


@pytest.fixture(scope="module")
def site(desk: Path) -> Ask:
    return ask_of(app(configured(desk), now=lambda: NOW))


def get(ask: Ask, address: str, headers: dict[str, str] | None = None, status: int = 200) -> Reply:
    path, _, query = address.partition("?")
    reply = ask(path, headers, query=quote(query, safe="=&%+"))
    assert reply.status == status, (address, reply.body)
    return reply


def page(ask: Ask, address: str, language: str = "ko") -> str:
    return get(ask, address, {"Accept-Language": language}).body.decode()


def shown(text: str) -> list[int]:
    return [int(one) for one in re.findall(r'class="headline">.*?href="articles/(\d+)"', text)]


def entries(reply: Reply, suffix: str) -> list[int]:
    return [int(one.rpartition("/")[2]) for one in pieces.cut(reply.body, suffix)]


# The page


def test_twenty_are_on_a_page_and_the_next_follows(site: Ask) -> None:
    first = page(site, "/search?q=한빛중공업은")
    assert shown(first) == [44, 43, 42, 41, *range(30, 14, -1)]
    assert "34건" in first
    (after,) = re.findall(r'href="([^"]+)" rel="next"', first)
    second = page(site, f"/{html.unescape(after)}")
    assert shown(second) == [*range(14, 0, -1)]
    (before,) = re.findall(r'href="([^"]+)" rel="prev"', second)
    assert page(site, f"/{html.unescape(before)}") == first
    assert 'rel="next"' not in second
    beyond = page(site, "/search?q=한빛중공업&page=3")
    assert shown(beyond) == []
    assert "이 쪽에는 기사가 없습니다." in beyond


def test_hits_are_counted_as_far_as_it_costs_little(
    site: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "COUNTED", 25)
    assert "25+건" in page(site, "/search?q=한빛중공업")
    assert "34건" in page(site, "/search?q=한빛중공업&page=2")  # it is the last page


def test_the_words_are_marked_in_headline_and_snippet(site: Ask) -> None:
    text = page(site, "/search?q=한빛중공업은 누리호를")
    assert "<mark>누리호</mark>를 만든 <mark>한빛중공업</mark>은" in text
    assert "<mark>한빛중공업</mark> &lt;투자&gt; 30</a>" in text
    assert "<투자>" not in text
    assert "<mark>" not in page(site, "/search?section=industry")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("section=no", [41]),
        ("q=한빛&section=080000", [41]),
        ("access=locked", [43, 42]),
        ("q=한빛&access=members-only", [43, 42]),
        ("q=한빛&reporter=가영", [41]),
        ("q=한빛&since=2026-03-06T14:00&until=2026-03-06T17:00&access=readable", [30]),
        ("q=한빛&sort=best&section=no", [41]),
    ],
)
def test_a_search_is_narrowed(site: Ask, query: str, found: list[int]) -> None:
    text = page(site, f"/search?{query}")
    assert shown(text) == found
    for name, (value,) in parse_qs(query).items():
        tag = rf'<(?:input|select)[^>]* name="{name}"[^>]*>(?:.*?</select>)?'
        field = re.search(tag, text, re.DOTALL)
        assert field is not None
        assert f'value="{value}"' in field[0] or name == "section", name
        if field[0].startswith("<select"):
            assert field[0].count(" selected") == 1


def test_nothing_found_says_what_was_asked_and_offers_less(site: Ask) -> None:
    text = page(site, "/search?q=한빛중공업&reporter=없는이&since=2026-01-01&section=industry")
    assert "한빛중공업 · 산업 · 없는이 · 2026-01-01부터: 찾은 기사가 없습니다." in text
    (less,) = re.findall(r'<a href="([^"]+)">다른 조건 없이 찾기', text)
    assert len(shown(page(site, f"/{html.unescape(less)}"))) == 20
    assert "다른 조건" not in page(site, "/search?q=없는말이다")


def test_the_form_alone_asks_for_nothing(site: Ask) -> None:
    for address in ("/search", "/search?q=", "/search?q=&section=&page=&sort="):
        text = page(site, address)
        assert shown(text) == []
        assert "config.yaml" not in text
        assert "search.atom" not in text  # it announces what all pages do


def test_a_page_names_its_feeds(site: Ask) -> None:
    text = page(site, "/search?sort=best&section=no&q=한빛 은&page=1&other=1")
    asked = "q=%ED%95%9C%EB%B9%9B%20%EC%9D%80&section=no"
    for suffix in FORMATS:
        assert html.escape(f'href="search.{suffix}?{asked}"', quote=False) in text
    assert html.escape(f"http://127.0.0.1:8080/search.atom?{asked}") in text
    assert text.count('rel="alternate"') == 3


@pytest.mark.parametrize(
    "query",
    ["q=" + "a" * 201, "q=" + "+".join(map(str, range(21))), "section=sport", "access=free",
     "since=soon", "until=2026-02-30", "sort=oldest", "page=0", "page=501",
     "reporter=" + "a" * 300],
)  # fmt: skip
def test_a_bad_parameter_is_named(site: Ask, query: str) -> None:
    part = query.partition("=")[0]
    for path in ("/search", *(f"/search.{one}" for one in FORMATS)):
        line = get(site, f"{path}?{query}", status=400)
        assert line.headers["content-type"].startswith("text/plain")
        assert line.body.decode().startswith(f"{part}: ")
        for language in ("ko", "en"):
            accept = {"Accept": "text/html", "Accept-Language": language}
            text = get(site, f"{path}?{query}", accept, status=400).body.decode()
            assert f"<p>{part}: " in text
            assert f'<html lang="{language}"' in text


HUGE = ("q=" + "a+" * 10_000, "q=" + "x" * 60_000, "&" * 60_000, "a=b&" * 99)
HOSTILE = (
    *('q="', "q=*", "q=(", "q=AND NOT OR", "q=head:x", "q={body} : x", "q=^", "q=%00a", "q=%FF%FE"),
    *("q=%ED%A0%80", "q='; DROP TABLE text", "q=NEAR(a b, 3)", "q=\\", "q=%", "q=${HOME}"),
    "q=" + "+".join(f"말{one}말" for one in range(20)),
    "q=" + "가" * 200,
    "reporter=%25",
    "reporter=%22",
)


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize("query", HOSTILE)
@pytest.mark.parametrize("path", ["/search", "/search.atom", "/search.json"])
def test_hostile_words_are_words(site: Ask, path: str, query: str) -> None:
    get(site, f"{path}?{query}")
    get(site, f"{path}?{query}&sort=best")


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize("query", HUGE)
@pytest.mark.parametrize("path", ["/search", "/search.atom"])
def test_too_much_is_refused(site: Ask, path: str, query: str) -> None:
    assert site(path, query=query).status in (200, 400)


# The feed


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_search_is_a_valid_feed_of_the_entries_of_the_others(
    site: Ask, desk: Path, suffix: str
) -> None:
    reply = get(site, f"/search.{suffix}?q=한빛중공업은")
    assert entries(reply, suffix) == [43, 42, 41, *range(30, 13, -1)]  # a duplicate has none
    published = pieces.cut((desk / f"public/all.{suffix}").read_bytes(), suffix)
    for name, piece in pieces.cut(reply.body, suffix).items():
        assert piece == published[name]
    named = reply.body.replace(
        f"search.{suffix}?{quote('q=한빛중공업은', safe='=')}".encode(), f"search.{suffix}".encode()
    )
    assert named != reply.body
    broken = [rule.says for rule in RULES if rule.kind == suffix and not rule.holds(named)]
    assert broken == []


ADDRESS = "q=%ED%95%9C%EB%B9%9B&section=no&access=readable&since=2026-01-01"


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    "query",
    [
        "q=한빛&section=no&access=readable&since=2026-01-01",
        "page=7&since=2026-01-01&access=readable&sort=best&q=한빛&reporter=&section=no&token=x&x=1",
    ],
)
def test_one_search_is_one_feed_however_it_is_written(site: Ask, suffix: str, query: str) -> None:
    body = get(site, f"/search.{suffix}?{query}").body.decode()
    own = html.escape(ADDRESS) if suffix != "json" else ADDRESS
    assert f"http://127.0.0.1:8080/search.{suffix}?{own}" in body
    assert f"http://127.0.0.1:8080/search?{own}" in body
    if suffix == "atom":
        root = ElementTree.fromstring(body)
        assert root.findtext("{*}id") == f"tag:dealsite.co.kr,2018:search/{ADDRESS}"
        assert (
            root.findtext("{*}title")
            == "딜사이트 - 한빛 · 인수 & 합병 · 읽을 수 있음 · 2026-01-01부터"
        )


def test_a_search_for_all_is_a_feed_too(site: Ask) -> None:
    reply = get(site, "/search.atom")
    assert b"<id>tag:dealsite.co.kr,2018:search/</id>" in reply.body
    assert entries(reply, "atom") == [43, 42, 41, *range(30, 13, -1)]
    assert entries(get(site, "/search.atom?q=없는말이다"), "atom") == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_validators_coding_and_head(site: Ask, suffix: str) -> None:
    address = f"/search.{suffix}?q=한빛"
    first = get(site, address)
    tag, at = first.headers["etag"], first.headers["last-modified"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "public, max-age=60"
    kinds = {"atom": "application/atom+xml", "rss": "application/rss+xml"}
    kind = kinds.get(suffix, "application/feed+json")
    assert first.headers["content-type"] == f"{kind}; charset=utf-8"
    assert get(site, address, {"If-None-Match": tag}, status=304).body == b""
    assert get(site, address, {"If-Modified-Since": at}, status=304).body == b""
    packed = get(site, address, {"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == first.body
    assert packed.headers["etag"] != tag
    head = site(f"/search.{suffix}", method="HEAD", query=quote("q=한빛", safe="="))
    assert (head.status, head.body) == (200, b"")
    assert head.headers == first.headers


def test_a_search_with_a_moving_end_is_asked_by_its_tag(site: Ask) -> None:
    first = get(site, "/search.atom?q=한빛&until=3d")
    assert entries(first, "atom") == [*range(27, 7, -1)]
    tag = {"If-None-Match": first.headers["etag"]}
    assert get(site, "/search.atom?q=한빛&until=3d", tag, status=304)
    assert first.headers["last-modified"] == format_datetime(NOW.astimezone(UTC), usegmt=True)


def test_what_is_kept_meanwhile_is_in_the_feed_at_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive", raw=False)
    ask = ask_of(app(configured(tmp_path), now=lambda: NOW))
    assert entries(get(ask, "/search.json?q=한빛"), "json") == []
    for number in (1, 2, 3):
        with archive.writing(NOW):
            archive.keep(article(number), Event.ADDED, NOW)
        for path in (tmp_path / "archive/journal").iterdir():
            os.utime(path, (NOW.timestamp() + number,) * 2)
        reply = get(ask, "/search.json?q=한빛")
        assert entries(reply, "json") == [*range(number, 0, -1)]
        assert get(ask, "/search.json?q=한빛", {"If-None-Match": reply.headers["etag"]}, status=304)
        changed = datetime.fromtimestamp(NOW.timestamp() + number, UTC)
        assert reply.headers["last-modified"] == format_datetime(changed, usegmt=True)
    with archive.writing(NOW):  # it holds the words no more
        archive.keep(article(3, title="다른 말", body=("<p>다른 글</p>",)), Event.REVISED, NOW)
    assert entries(get(ask, "/search.json?q=한빛"), "json") == [2, 1]


def test_a_damaged_article_is_left_out_of_page_and_feed_alone(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive", raw=False)
    with archive.writing(NOW):
        for number in (1, 2, 3):
            archive.keep(article(number), Event.ADDED, NOW)
    archive.path_of(2).write_text("{")
    ask = ask_of(app(configured(tmp_path), now=lambda: NOW))
    assert entries(get(ask, "/search.atom?q=한빛"), "atom") == [3, 1]
    assert shown(page(ask, "/search?q=한빛")) == [3, 2, 1]


def test_without_an_index_feed_and_page_say_when(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive", raw=False)
    with archive.writing(NOW):
        archive.keep(article(1), Event.ADDED, NOW)
    archive.close()
    (tmp_path / "archive/.state/state.sqlite").unlink()
    ask = ask_of(app(configured(tmp_path), now=lambda: NOW))
    assert get(ask, "/search.atom?q=한빛", status=503).headers["retry-after"] == "60"
    assert "검색 색인이 아직 없습니다." in page(ask, "/search?q=한빛")


def test_hidden_articles_are_in_no_search_feed(desk: Path) -> None:
    config = configured(desk)
    feeds = config.feeds.model_copy(update={"locked": "hide"})
    ask = ask_of(app(config.model_copy(update={"feeds": feeds}), now=lambda: NOW))
    assert entries(get(ask, "/search.atom?q=한빛"), "atom")[:2] == [41, 30]
    assert entries(get(ask, "/search.atom?access=locked"), "atom") == []


# Tokens


def test_a_members_text_is_in_no_search_without_tokens(site: Ask, desk: Path) -> None:
    addresses = [f"/search?q={SECRETS}", *(f"/search.{one}?q={SECRETS}" for one in FORMATS)]
    everything = ["/search?access=locked", *(f"/search.{one}?access=locked" for one in FORMATS)]
    for address in (*addresses, *everything):
        body = get(site, address).body.decode()
        assert "둘째 문단" not in body
        assert "articles/43" not in body or address in everything, address
    protected = ask_of(app(configured(desk, tokens=(SECRET,)), now=lambda: NOW))
    bearer = {"Authorization": f"Bearer {SECRET}"}
    for address in addresses:
        reply = get(protected, address, bearer)
        assert "articles/43" in reply.body.decode(), address
        assert "둘째 문단" in reply.body.decode()
        assert reply.headers["cache-control"].startswith("private")


def test_the_addresses_hold_the_token_of_who_asks_and_self_none(desk: Path) -> None:
    ask = ask_of(app(configured(desk, tokens=(SECRET,)), now=lambda: NOW))
    reply = get(ask, f"/search?q=한빛&token={SECRET}")
    assert reply.headers["cache-control"] == "private, no-store"
    text = html.unescape(reply.body.decode())
    addresses = set(re.findall(r'"([^"]*search\.(?:atom|rss|json)[^"]*)"', text))
    assert len(addresses) == 4
    for address in addresses:
        query = urlsplit(address).query
        assert query.endswith(f"&token={SECRET}")
        for suffix in FORMATS:
            feed = ask(f"/search.{suffix}", query=query)
            assert feed.status == 200
            assert SECRET not in feed.body.decode()
            assert feed.headers["cache-control"] == "private, max-age=60"
            assert "set-cookie" not in feed.headers
    for path in ("/search", *(f"/search.{one}" for one in FORMATS)):
        assert ask(path, query="q=x").status == 401
    assert SECRET not in text.partition("config.yaml")[2]


# The lines that make it permanent


def loaded(folder: Path, lines: str) -> Config:
    path = folder / "config.yaml"
    sections = 'sections:\n  - {name: industry, title: 산업, code: "068000"}\n'
    sections += '  - {name: "no", title: "인수 & 합병", code: "080000"}\n'
    path.write_text(sections + lines, "utf-8")
    return configuration.load(path)


def test_the_lines_on_the_page_are_the_feed(site: Ask, tmp_path: Path) -> None:
    text = page(site, '/search?q="한빛중공업" 누리호를&section=no&access=readable&reporter=김가영')
    (lines,) = re.findall(r"<pre[^>]*>(.*?)</pre>", text, re.DOTALL)
    (custom,) = loaded(tmp_path, html.unescape(lines)).feeds.custom
    assert custom.search == '"한빛중공업" 누리호를'
    assert (custom.sections, custom.reporters) == (("no",), ("김가영",))
    assert custom.access == ("open", "plus-first")
    assert custom.title == '"한빛중공업" 누리호를 · 인수 & 합병 · 읽을 수 있음 · 김가영'
    assert [one.id for one in kept() if belongs(one, custom, SECTIONS)] == [41]


WORDS = st.text(max_size=60) | st.text("\"'\\${}[]:,#&*!|>%@`- \n\taé한은", max_size=60)


def read(**parameters: str) -> Question | None:
    try:
        return question(parameters, SECTIONS, NOW)
    except ValueError:
        return None


@given(q=WORDS, reporter=WORDS)
@example(q="${HOME} ${", reporter="$${x}")
@example(q="# no: [yes]", reporter="- a: &b *c")
@example(q="2026-01-01", reporter="null")
@example(q="\u2028\x85\ufeff", reporter="\U0001f600")
@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_the_lines_load_whatever_the_words(tmp_path: Path, q: str, reporter: str) -> None:
    asked = read(q=q, reporter=reporter)
    if asked is None or not asked.given:
        return
    lines = lines_for(asked, configured(tmp_path), " · ".join(asked.given.values()))
    (custom,) = loaded(tmp_path, lines).feeds.custom
    assert words.terms(custom.search or "") == words.terms(asked.words)
    assert len(custom.reporters) == ("reporter" in asked.given)


@pytest.mark.parametrize(
    ("q", "name"),
    [("SK hynix", "sk-hynix"), ("한빛", "search-"), ("all", "search-"), ("industry", "search-")],
)
def test_the_name_in_the_lines_is_free(tmp_path: Path, q: str, name: str) -> None:
    asked = read(q=q)
    assert asked is not None
    (custom,) = loaded(tmp_path, lines_for(asked, configured(tmp_path), q)).feeds.custom
    assert custom.name.startswith(name)


def test_what_no_feed_can_hold_has_no_lines(site: Ask) -> None:
    assert "<pre" not in page(site, "/search?since=3d")
    assert "기간은 피드에 담기지 않습니다." in page(site, "/search?q=한빛&since=3d")
