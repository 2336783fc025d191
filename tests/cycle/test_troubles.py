"""Troubles: an entry when one begins, one when it ends, none in between."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest

from feedsvc.demo import Fault
from tests.cycle.desk import Desk, by_name, piece


def titles(desk: Desk) -> list[str]:
    return [item["title"] for item in desk.feed("status")]


@pytest.fixture
def running(desk: Desk) -> Desk:
    desk.site.publish(piece(101))
    for _ in range(3):
        desk.poll()
        desk.later(minutes=10)
    return desk


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


def test_a_section_that_fails_for_three_intervals(running: Desk) -> None:
    running.site.fault(Fault.SERVER_ERROR, "/categories/083000*")
    for _ in range(3):
        running.poll()
        assert titles(running) == []
        running.later(minutes=9)
    running.later(minutes=9)
    running.poll()
    assert titles(running) == ["[문제] 섹션 finance: 오래 읽지 못하고 있습니다"]
    assert "083000" in running.feed("status")[0]["content_html"]


def test_a_changed_layout_is_told(running: Desk) -> None:
    running.site.fault(Fault.RENAMED, "/categories/*")
    running.poll()
    assert titles(running) == ["[문제] 사이트의 화면 구조가 바뀌었습니다"]


def test_articles_without_text_are_told_as_a_changed_layout(running: Desk) -> None:
    for number in (102, 103, 104):
        running.site.publish(piece(number))
    running.selectors = {"body": ".renamed"}
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
    for _ in range(3):
        running.poll()
        running.later(minutes=10)
    assert titles(running)[0] == "[해결됨] 새 기사를 읽지 못하고 있습니다"
    assert len(titles(running)) == 2, "what failed before and fails on is no news"


def test_polling_one_section_ends_no_trouble(running: Desk) -> None:
    running.site.fault(Fault.RENAMED, "/categories/083000*")
    running.poll()
    running.later(minutes=10)
    running.poll("industry")
    assert len(titles(running)) == 1
