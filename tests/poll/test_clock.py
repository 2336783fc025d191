"""A clock that is wrong for a while: nothing stands still for it afterwards."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from feedsvc import health
from feedsvc.memory import Topic
from feedsvc.model import Status
from feedsvc.poll import publish
from feedsvc.site import KST
from tests.poll.desk import NOW, Desk, piece
from tests.standin import Fault

pytestmark = pytest.mark.usefixtures("one_section")

LONG = tuple(f"<p>{number}번째 문단이다. {'가' * 3000}</p>" for number in range(2))


def ids(desk: Desk, name: str = "all") -> set[int]:
    return {int(item["id"].rpartition("/")[2]) for item in desk.feed(name)}


@pytest.fixture
def ahead(desk: Desk) -> Desk:
    """Ours was forty days ahead for one poll; the site's never was."""
    desk.feeds = {"max_size": 200_000}
    desk.later(hours=-4)
    for number in range(101, 141):
        desk.site.publish(piece(number, body=LONG, hours=5))
    desk.poll()
    desk.later(hours=4)
    for number in range(201, 231):
        desk.site.publish(piece(number, body=LONG, hours=2))
    desk.site.publish(piece(231, status=Status.SOON_FREE, hours=2))
    desk.site.now = lambda: NOW
    desk.later(days=40)
    desk.poll()
    desk.later(days=-40, minutes=10)
    return desk


@pytest.mark.slow
def test_new_articles_are_in_a_small_feed_right_after_and_nothing_is_lost(ahead: Desk) -> None:
    before = ids(ahead)
    assert before & set(range(201, 231)), "what it found by the wrong clock"
    for _ in range(3):
        ahead.later(minutes=10)
        new = max(ids(ahead)) + 100
        ahead.site.publish(piece(new, hours=-0.1))
        ahead.poll()
        assert new in ids(ahead)
        assert ids(ahead) & set(range(201, 231)), "they stay, by their publication"
    ahead.later(days=4)
    ahead.site.publish(piece(900, hours=-96))
    ahead.poll()
    assert 900 in ids(ahead)
    # Built from nothing it is the same.
    path = ahead.folder / "public" / "all.atom"
    document = path.read_bytes()
    archive = ahead.archive()
    with archive.writing(ahead.now):
        publish(ahead.config, archive, ahead.now, None)
    assert path.read_bytes() == document
    archive.close()


@pytest.mark.slow
def test_a_clock_that_differs_from_the_sites_is_told_and_ends_by_itself(ahead: Desk) -> None:
    (told,) = [item for item in ahead.feed("status") if "시계" in item["title"]]
    assert "40 days ahead of the site's" in told["content_html"]
    ahead.poll()
    titles = [item["title"] for item in ahead.feed("status") if "시계" in item["title"]]
    assert sorted(title[:5] for title in titles) == sorted(["[문제] ", "[해결됨]"[:5]])
    assert ahead.health().status is health.HealthStatus.OK


@pytest.mark.slow
def test_what_was_put_off_to_the_wrong_future_is_done(ahead: Desk) -> None:
    ahead.site.forget_requests()
    ahead.poll()
    assert ahead.site.count("/categories/068000?page=2"), "the walk of once a day"
    ahead.site.release(231)
    ahead.later(hours=2)
    ahead.site.forget_requests()
    ahead.poll()
    assert ahead.site.count("/articles/231") == 1
    assert ("released", 231) in ahead.journal()


def test_what_was_locked_before_the_clock_went_wrong_is_followed_on(desk: Desk) -> None:
    desk.site.now = lambda: NOW
    desk.site.publish(piece(101, status=Status.SOON_FREE))
    desk.poll()
    desk.later(days=40)
    desk.poll()
    desk.later(days=-40, minutes=10)
    desk.poll()
    desk.site.release(101)
    desk.later(hours=2)
    desk.poll()
    assert ("released", 101) in desk.journal()


@pytest.mark.slow
def test_one_that_is_missing_since_the_wrong_future_is_gone_after_a_day(desk: Desk) -> None:
    desk.site.now = lambda: NOW
    desk.site.publish(piece(101))
    desk.poll()
    desk.site.fault(Fault.NOT_FOUND, "/articles/101*")
    desk.later(days=40)
    desk.poll()
    desk.later(days=-40, minutes=10)
    for _ in range(60):
        desk.poll()
        desk.later(hours=1)
    assert ("gone", 101) in desk.journal()


def test_one_wrong_date_alarms_nobody(desk: Desk) -> None:
    for number in range(101, 104):
        desk.site.publish(piece(number))
    desk.poll()
    desk.later(minutes=10)
    times = iter([desk.now.replace(year=2027)])
    desk.site.now = lambda: next(times, desk.now)
    desk.poll()
    assert desk.health().status is health.HealthStatus.OK


def test_the_memory_of_the_site_dates_may_hold_anything(desk: Desk) -> None:
    archive = desk.archive()
    with archive.writing(desk.now):
        archive.memory.note.set(Topic.CLOCK, "", text=json.dumps({"a": 1}))
    archive.close()
    desk.poll()
    assert desk.health().status is health.HealthStatus.OK


@pytest.mark.slow
def test_before_the_program_was_made_no_daemon_asks_the_site(tmp_path: Path) -> None:
    from tests.schedule.desk import Desk as Daemons

    desk = Daemons(tmp_path, wall=datetime(1970, 1, 1, 9, 5, tzinfo=KST))
    daemon = desk.daemon()
    assert desk.live(daemon, hours=1) == []
    assert desk.site.count() == 0
    desk.wall = NOW
    assert len(desk.live(daemon, seconds=20)) == 1, "as soon as the clock is right"
