"""How far a walk gets, and what is said where it ends too soon."""

from __future__ import annotations

import pytest

from feedsvc.config import CatchUpConfig
from tests.poll.desk import Desk, by_name, piece
from tests.standin import Fault


@pytest.fixture
def running(desk: Desk) -> Desk:
    """A section of two pages, of which the first was read."""
    for number in range(1, 26):
        desk.site.publish(piece(number, hours=1000 - number))
    desk.poll("industry")
    desk.later(minutes=10)
    return desk


@pytest.mark.slow
def test_a_walk_that_meets_nothing_known_says_what_to_do(
    running: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(101, 181):
        running.site.publish(piece(number, hours=1000 - number))
    running.parts = {"catch_up": CatchUpConfig(pages=3)}
    assert by_name(running.poll("industry"))["industry"].new == 60
    (line,) = caplog.messages
    assert "3 pages read and no known article met" in line
    assert "feedsvc backfill --section industry" in line
    caplog.clear()
    running.later(minutes=10)
    running.poll("industry")
    assert not caplog.messages


@pytest.mark.slow
def test_a_page_that_fails_is_named_and_read_at_the_next_poll(
    running: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(101, 126):
        running.site.publish(piece(number, hours=1000 - number))
    running.site.fault(Fault.SERVER_ERROR, "/categories/068000?page=2")
    outcome = by_name(running.poll("industry"))["industry"]
    assert outcome.new == 20
    assert outcome.error
    (line,) = caplog.messages
    assert line.startswith("section industry, page 2: ")
    running.site.clear_faults()
    running.later(minutes=10)
    outcome = by_name(running.poll("industry"))["industry"]
    assert (outcome.new, outcome.error) == (5, None)


@pytest.mark.slow
def test_further_pages_that_robots_forbids_are_no_failure(
    running: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    running.site.robots = "User-agent: *\nDisallow: /*?page=\n"
    running.later(days=1)
    # The day's deep walk wants more pages; known ground is on the first.
    running.site.publish(piece(101))
    assert by_name(running.poll("industry"))["industry"].error is None
    assert not caplog.messages
    for number in range(102, 127):
        running.site.publish(piece(number))
    running.later(minutes=10)
    outcome = by_name(running.poll("industry"))["industry"]
    assert (outcome.new, outcome.error) == (20, None)
    (line,) = caplog.messages
    assert "1 pages read and no known article met, robots.txt forbids more" in line


@pytest.mark.slow
def test_a_robots_txt_that_is_not_obeyed_is_told_once_a_day(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.http = {"robots": False}
    for _ in range(3):
        desk.poll()
        desk.later(minutes=10)
    assert [line for line in caplog.messages if "robots" in line] == [
        "http.robots is false: robots.txt is neither read nor obeyed"
    ]
    desk.later(days=1)
    desk.poll()
    assert len([line for line in caplog.messages if "robots" in line]) == 2
    assert desk.site.count("/robots.txt") == 0
