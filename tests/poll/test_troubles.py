"""Troubles: an entry when one begins, one when it ends, none in between."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc import health
from feedsvc.memory import Topic
from tests.poll.desk import Begun, Desk, by_name, piece
from tests.standin import Fault, StandIn


def titles(desk: Desk) -> list[str]:
    return [item["title"] for item in desk.feed("status")]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    """Three polls of one article."""
    site = StandIn()
    site.boxes = False
    with site:
        desk = Desk(site, tmp_path_factory.mktemp("running"), feeds={"formats": ("json",)})
        site.now = desk.clock
        site.publish(piece(101))
        for _ in range(3):
            desk.poll()
            desk.later(minutes=10)
        yield Begun(desk)


@pytest.fixture
def running(begun: Begun, tmp_path: Path) -> Desk:
    return begun.in_folder(tmp_path)


def test_all_well_says_nothing(running: Desk) -> None:
    assert titles(running) == []


def test_a_block_begins_and_ends_once(running: Desk) -> None:
    running.site.fault(Fault.FIREWALL, "*")
    for _ in range(2):
        running.poll()
        running.later(minutes=2)
    assert titles(running) == ["[문제] 사이트가 접속을 막고 있습니다"]
    running.site.clear_faults()
    running.later(minutes=2)
    running.poll()
    running.later(minutes=2)
    running.poll()
    assert titles(running) == [
        "[해결됨] 사이트가 접속을 막고 있습니다",
        "[문제] 사이트가 접속을 막고 있습니다",
    ]


def test_a_section_that_fails_is_told_at_the_second_time_and_ends_alone(running: Desk) -> None:
    running.site.fault(Fault.NOT_FOUND, "/categories/083000*")
    running.poll()
    assert titles(running) == [], "a failure now and then is no trouble"
    for _ in range(3):
        running.later(minutes=10)
        running.poll()
        assert titles(running) == ["[문제] 섹션 finance: 오래 읽지 못하고 있습니다"]
    assert "404" in running.feed("status")[0]["content_html"]
    running.poll("industry")
    assert len(titles(running)) == 1
    running.site.clear_faults()
    running.later(minutes=1)
    running.poll("finance")
    assert titles(running)[0] == "[해결됨] 섹션 finance: 오래 읽지 못하고 있습니다"
    assert len(titles(running)) == 2


def test_a_site_that_is_down_is_one_trouble(running: Desk) -> None:
    running.site.fault(Fault.SERVER_ERROR, "*")
    for _ in range(3):
        running.later(minutes=10)
        running.poll()
    assert titles(running) == ["[문제] 사이트가 응답하지 않습니다"]
    verdict = running.health()
    assert verdict.status is health.HealthStatus.FAILING
    assert [one.kind for one in verdict.reasons] == [health.Kind.SITE]
    running.site.clear_faults()
    running.poll()
    assert titles(running)[0].startswith("[해결됨]")
    assert running.health().status is health.HealthStatus.OK


def test_a_changed_layout_is_told(running: Desk) -> None:
    running.site.fault(Fault.RENAMED, "/categories/*")
    running.poll()
    assert titles(running) == ["[문제] 사이트의 화면 구조가 바뀌었습니다"]


def test_articles_without_text_are_told_as_a_changed_layout(running: Desk) -> None:
    for number in (102, 103, 104):
        running.site.publish(piece(number, body=()))
    assert by_name(running.poll())["industry"].failed == 3
    assert titles(running) == ["[문제] 사이트의 화면 구조가 바뀌었습니다"]


def test_robots_that_turn_us_away_are_told(running: Desk) -> None:
    running.site.robots = "User-agent: *\nDisallow: /"
    running.later(days=1)
    running.poll()
    assert "[문제] robots.txt가 접근을 허용하지 않습니다" in titles(running)


def test_a_disk_nearly_full_is_told(running: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 10**6))
    running.poll()
    assert titles(running) == ["[문제] 디스크 공간이 거의 찼습니다"]


@pytest.mark.slow
def test_new_articles_that_all_fail_are_told_once_however_seldom_they_come(running: Desk) -> None:
    running.site.fault(Fault.LOGIN_REDIRECT, "/articles/2*")
    for number in range(201, 206):
        running.site.publish(piece(number))
        for _ in range(3):
            running.poll()
            running.later(minutes=10)
        assert len(titles(running)) == (1 if number >= 203 else 0)
    assert titles(running) == ["[문제] 새 기사를 읽지 못하고 있습니다"]
    assert "login" in running.feed("status")[0]["content_html"]
    running.site.publish(piece(301))
    running.poll()
    assert len(titles(running)) == 1, "one that is read well mends none of the others"
    assert running.health().status is health.HealthStatus.DEGRADED
    running.site.clear_faults()
    running.poll("mna")
    assert titles(running)[0] == "[해결됨] 새 기사를 읽지 못하고 있습니다"
    assert len(titles(running)) == 2


@pytest.mark.slow
def test_articles_that_fail_beside_many_good_ones_are_told(running: Desk) -> None:
    running.site.fault(Fault.SERVER_ERROR, "/articles/3*")
    for number in (*range(201, 230), *range(301, 304)):
        running.site.publish(piece(number))
    running.poll()
    assert titles(running) == ["[문제] 새 기사를 읽지 못하고 있습니다"]


def test_one_article_that_fails_is_told_after_an_hour(running: Desk) -> None:
    begun_at = running.now
    running.site.fault(Fault.SERVER_ERROR, "/articles/201*")
    running.site.publish(piece(201))
    for minutes in (0, 30, 50, 60):
        running.now = begun_at + timedelta(minutes=minutes)
        running.poll()
        assert len(titles(running)) == (1 if minutes >= 60 else 0)


def test_polling_one_section_ends_no_trouble(running: Desk) -> None:
    running.site.fault(Fault.RENAMED, "/categories/083000*")
    running.poll()
    running.later(minutes=10)
    running.poll("industry")
    assert len(titles(running)) == 1


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("rubbish", ["[", "5", "{}", '{"open": 1, "notices": [1]}'])
def test_what_was_told_may_be_forgotten_or_damaged(running: Desk, rubbish: str) -> None:
    running.site.fault(Fault.FIREWALL, "*")
    running.poll()
    archive = running.archive()
    with archive.writing(running.now):
        archive.memory.note.set(Topic.STATUS, "", text=rubbish)
    archive.close()
    running.later(minutes=10)
    running.poll()
    assert titles(running) == ["[문제] 사이트가 접속을 막고 있습니다"]
