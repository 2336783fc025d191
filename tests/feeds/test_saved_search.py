"""A custom feed with ``search`` holds what ``archive search`` finds with the same words."""

from __future__ import annotations

import random

import pytest

from feedsvc import words
from feedsvc.archive import Archive
from feedsvc.config import CustomFeedConfig, FeedsConfig
from feedsvc.feeds import page_rules
from feedsvc.feeds.definitions import belongs
from feedsvc.model import Event, Record
from feedsvc.site import Site
from tests.feeds.conftest import NOW, SECTIONS, make_record

SITE = Site.at("https://dealsite.co.kr")

TEXTS = (
    *("두 회사가 합병했다", "인수합병 시장", "인수 합병시장", "인수·합병 시장", "연합 병원"),
    *("합의한 병원", "오픈AI의 발표", "오픈 AI의 발표", "OpenAI CHAIN", "ＳＫ하이닉스 공장"),
    *("SK 하이닉스가", "삼성전자는 오른다", "사업비 2024억원", "M&amp;A 시장", "market"),
    *("배당금 늘어", "새 판이 열렸다", "판교 개발", '그는 "아직은 구상"이라 했다', "이 번 일"),
    *(
        "미래 에셋증권",
        "<b>굵</b>은 글씨",
        "한 단어 한 단어",
        "\u1112\u1161\u11ab\u1107\u1175\u11be",
    ),
)
WORDS = (
    *("합병", "인수", "인수합병", "인수 합병", "오픈 AI", "오픈AI", '"오픈 AI"', "openai", "ai"),
    *("SK하이닉스", "하이닉스", "삼성", "삼성전자", "2024", "M&A", "배당 늘어", "판", "이번"),
    *("아직은 구상이라", '"단어 한 단어"', "래에", "굵은", "한빛", "^ * ( OR", "-", '"', "시장"),
    *("합병은", "삼성전자를", "발표가", "AI는", "판을", "아직은"),
    *("삼성 공장", "제목", "부제 3", "반도체", "회사", "A", "억"),
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive, list[Record]]:
    records = [
        make_record(
            number,
            title=f"제목 {number}" if number % 3 else text.replace("&amp;", "&"),
            subtitle=f"부제 {number}",
            keywords=("반도체", "시장 전망") if number % 2 else (),
            body=(f"<p>{text}</p>", "<table><tr><td>회사</td><td>A</td></tr></table>"),
        )
        for number, text in enumerate(TEXTS, 1)
    ]
    archive = Archive(tmp_path_factory.mktemp("archive"), raw=False)
    with archive.writing(NOW):
        for record in records:
            archive.keep(record, Event.ADDED, NOW)
    return archive, records


def held(records: list[Record], search: str) -> set[int]:
    feed = CustomFeedConfig(name="own", title="나의", search=search)
    return {one.id for one in records if belongs(one, feed, SECTIONS)}


@pytest.mark.parametrize("words", WORDS)
def test_the_feed_holds_what_the_search_finds(
    kept: tuple[Archive, list[Record]], words: str
) -> None:
    archive, records = kept
    assert held(records, words) == {one.id for one in archive.finding.find(words)}


def test_the_searches_find_something_and_leave_something_out(
    kept: tuple[Archive, list[Record]],
) -> None:
    archive, records = kept
    sizes = [len([*archive.finding.find(words)]) for words in WORDS]
    assert sum(0 < size < len(records) for size in sizes) > len(WORDS) * 0.7
    assert 0 in sizes


@pytest.mark.slow
def test_whatever_stands_in_the_texts_is_found_alike(kept: tuple[Archive, list[Record]]) -> None:
    archive, records = kept
    chance = random.Random(6)
    for _ in range(300):
        text = chance.choice(TEXTS)
        start = chance.randrange(len(text))
        words = text[start : start + chance.randint(1, 6)]
        if chance.random() < 0.3:
            words += " " + chance.choice(WORDS)
        words = words.strip() or "x"
        assert held(records, words) == {one.id for one in archive.finding.find(words)}, words


def test_a_search_goes_with_the_other_conditions(kept: tuple[Archive, list[Record]]) -> None:
    _, records = kept
    feed = CustomFeedConfig(name="own", title="나의", search="합병", none=("회사가",))
    assert 1 in held(records, "합병")
    assert not belongs(records[0], feed, SECTIONS)


def test_a_search_that_is_seen_otherwise_has_its_pages_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = (CustomFeedConfig(name="own", title="나의", search="합병은"),
           CustomFeedConfig(name="words", title="낱말", any=("합병",)))  # fmt: skip
    feeds = FeedsConfig(custom=own)
    before = page_rules(feeds, SECTIONS, SITE, members=False)
    monkeypatch.setattr(words, "query", lambda asked: f"as of another version: {asked}")
    after = page_rules(feeds, SECTIONS, SITE, members=False)
    assert {name for name in before if before[name] != after[name]} == {"own"}
