"""The daemon, its heartbeats and its clocks in the test's hand."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.errors import ConfigError
from feedsvc.poll import Poll
from feedsvc.schedule import release_memory
from tests.poll.desk import piece
from tests.schedule.desk import FINANCE, INDUSTRY, NOW, Desk, gaps, polled
from tests.standin import Fault


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    publish(made, 166000, 166001)
    return made


def publish(desk: Desk, *numbers: int) -> None:
    for number in numbers:
        desk.site.publish(piece(number, sections=("068000",)))


def kept(desk: Desk) -> list[int]:
    return list(desk.archive().index.ids())


@pytest.mark.slow
def test_each_section_is_polled_at_its_own_interval(desk: Desk) -> None:
    daemon = desk.daemon()
    done = desk.live(daemon, hours=6)
    assert polled(done, "industry")[0] == polled(done, "finance")[0] == 1000
    industry, finance = gaps(polled(done, "industry")), gaps(polled(done, "finance"))
    assert all(540 <= gap <= 700 for gap in industry)
    assert all(1620 <= gap <= 2020 for gap in finance)
    assert len(set(industry)) > 3
    assert kept(desk) == [166000, 166001]
    after = daemon.next_poll()
    assert after is not None
    assert timedelta() <= after - desk.wall <= timedelta(minutes=11)


def test_an_article_is_found_and_logged_in_one_line(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    daemon = desk.daemon()
    desk.live(daemon, minutes=5)
    desk.site.publish(piece(166010, sections=("068000",), hours=-0.08))
    caplog.clear()
    with caplog.at_level(logging.INFO, "feedsvc.schedule"):
        desk.live(daemon, minutes=10)
    told = [one.getMessage() for one in caplog.records if one.name == "feedsvc.schedule"]
    assert len(told) == 1
    assert told[0].startswith("polled industry: 1 new, 0 revised, 0 released, 0 failed, ")
    assert "; next poll 2026-03-10 18:" in told[0]
    assert 166010 in kept(desk)


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_a_clock_that_is_set_changes_nothing(desk: Desk, days: int) -> None:
    daemon = desk.daemon()
    done = desk.live(daemon, minutes=15)
    desk.wall += timedelta(days=days)
    done += desk.live(daemon, minutes=25)
    between = gaps(polled(done, "industry"))
    assert len(between) >= 2
    assert all(540 <= gap <= 700 for gap in between)


def test_after_a_suspend_each_section_is_polled_once(desk: Desk) -> None:
    daemon = desk.daemon()
    desk.live(daemon, minutes=3)
    desk.later(days=3)
    done = desk.live(daemon, minutes=5)
    assert len(polled(done, "industry")) == len(polled(done, "finance")) == 1


def test_a_restart_goes_on_where_it_was(desk: Desk) -> None:
    done = desk.live(desk.daemon(), minutes=4)
    done += desk.live(desk.daemon(), minutes=4)
    assert len(polled(done, "industry")) == 1
    done += desk.live(desk.daemon(), minutes=20)
    assert len(polled(done, "industry")) > 1
    assert all(540 <= gap <= 700 for gap in gaps(polled(done, "industry")))


def test_a_restart_after_the_clock_was_set_back_a_year_polls_at_once(desk: Desk) -> None:
    desk.live(desk.daemon(), minutes=4)
    desk.wall -= timedelta(days=365)
    done = desk.live(desk.daemon(), minutes=4)
    assert len(polled(done, "industry")) == 1
    done = desk.live(desk.daemon(), minutes=4)
    assert polled(done, "industry") == []


def test_being_started_over_and_over_does_not_flood_the_site(desk: Desk) -> None:
    desk.site.fault(Fault.SERVER_ERROR)
    for _ in range(40):
        desk.live(desk.daemon(), seconds=10)
    assert desk.site.count() < 30


@pytest.mark.slow
def test_a_site_that_is_down_is_left_alone_then_all_is_read(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    daemon = desk.daemon()
    desk.live(daemon, minutes=5)
    desk.site.publish(piece(166010, sections=("068000",), hours=-0.08))
    desk.site.fault(Fault.UNAVAILABLE)
    desk.site.forget_requests()
    desk.live(daemon, hours=12)
    down = desk.site.count()
    # Once it counts as down: one probe in an hour, for whichever section is due first.
    assert down < 60
    desk.site.clear_faults()
    done = desk.live(daemon, minutes=90)
    assert done
    assert 166010 in kept(desk)
    assert all(540 <= gap <= 700 for gap in gaps(polled(done, "industry")))


def test_told_to_stop_it_keeps_and_publishes_what_it_has_and_the_next_start_goes_on(
    desk: Desk,
) -> None:
    publish(desk, 166002, 166003)
    # Between two requests it waits: robots.txt, two sections, then the articles.
    desk.stop_at = 4
    daemon = desk.daemon()
    done = desk.live(daemon, seconds=10)
    some = kept(desk)
    assert 0 < len(some) < 4
    assert len(desk.archive().pending.all()) == 4 - len(some)
    assert (desk.folder / "public" / "industry.json").exists()
    assert len(done) == 1
    assert daemon.idle(0)
    assert desk.live(daemon, minutes=5) == []
    desk.stop_at = None
    desk.live(desk.daemon(), minutes=25)
    assert kept(desk) == [166000, 166001, 166002, 166003]
    articles = [one.target for one in desk.site.requests if one.target.startswith("/articles/")]
    assert len(articles) == len(set(articles)) == 4


def test_a_section_that_was_not_reached_is_due_at_the_next_start(desk: Desk) -> None:
    desk.stop_at = 0
    desk.live(desk.daemon(), seconds=10)
    assert not [one for one in desk.site.requests if one.target.startswith("/categories")]
    desk.stop_at = None
    done = desk.live(desk.daemon(), seconds=10)
    assert polled(done, "industry")


def test_an_archive_that_is_held_is_told_once_and_tried_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    daemon, other = desk.daemon(), desk.archive()
    with other.writing(desk.wall):
        assert desk.live(daemon, seconds=40) == []
    assert sum("held by the feedsvc with pid" in line for line in caplog.messages) == 1
    assert desk.site.count() == 0
    done = desk.live(daemon, seconds=20)
    assert polled(done, "industry")
    assert polled(done, "finance")


def test_a_poll_by_hand_that_held_the_archive_counts_as_the_daemons_own(desk: Desk) -> None:
    daemon, by_hand = desk.daemon(), desk.archive()
    desk.live(daemon, seconds=10)
    desk.later(hours=1)
    with by_hand.writing(desk.wall):
        desk.live(daemon, seconds=30)
        by_hand.memory.section.set("industry", succeeded_at=desk.wall)
    done = desk.live(daemon, minutes=5)
    assert polled(done, "finance")
    assert not polled(done, "industry")


def test_a_poll_that_fails_entirely_waits_for_its_next_turn(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def run(self: Poll, sections: object) -> None:
        calls.append(desk.real)
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(Poll, "run", run)
        daemon = desk.daemon()
        assert desk.live(daemon, minutes=9) == []
        assert len(calls) == 1
        assert caplog.messages == ["poll failed: RuntimeError: a bug"]
        desk.live(daemon, minutes=51)
    assert all(gap >= 30 for gap in gaps(calls))
    # Not again each time; it would be after an hour.
    assert caplog.messages == ["poll failed: RuntimeError: a bug"]
    assert desk.live(daemon, minutes=11)
    assert len(kept(desk)) == 2


def test_a_disk_that_takes_nothing_does_not_make_it_ask_more_often(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedsvc.errors import ArchiveUnwritable
    from feedsvc.memory.tables import Table

    def full(self: object, *key: str, **values: object) -> None:
        raise ArchiveUnwritable("no space left on device", about="state.sqlite")

    monkeypatch.setattr(Table, "set", full)
    daemon = desk.daemon()
    desk.live(daemon, minutes=60)
    assert desk.site.count() < 30


def test_another_configuration_is_taken_at_the_next_poll(desk: Desk) -> None:
    daemon = desk.daemon()
    done = desk.live(daemon, seconds=10)
    hourly = INDUSTRY.model_copy(update={"every": timedelta(hours=1)})
    desk.sections = (hourly, FINANCE)
    daemon.configure(desk.config)
    assert daemon.config == desk.config
    done += desk.live(daemon, minutes=70)
    (gap,) = gaps(polled(done, "industry"))
    assert 3240 <= gap <= 3980
    desk.sections = (FINANCE, hourly.model_copy(update={"name": "new", "code": "089000"}))
    daemon.configure(desk.config)
    done = desk.live(daemon, minutes=70)
    assert polled(done, "new")
    assert not polled(done, "industry")


def test_a_configuration_that_cannot_be_changed_to_is_refused(desk: Desk) -> None:
    daemon, old = desk.daemon(), desk.config
    other = replace(desk, folder=desk.folder / "other")
    with pytest.raises(ConfigError, match=r"archive\.path cannot change"):
        daemon.configure(other.config)
    abroad = old.model_copy(
        update={"site": old.site.model_copy(update={"timezone": "Europe/Berlin"})}
    )
    with pytest.raises(ConfigError, match=r"site\.timezone cannot change"):
        daemon.configure(abroad)
    assert daemon.config == old
    assert desk.live(daemon, seconds=10)


@pytest.mark.slow
def test_auto_asks_more_often_by_day_than_by_night(desk: Desk) -> None:
    desk.sections = (INDUSTRY.model_copy(update={"every": "auto"}),)
    desk.wall = NOW.replace(hour=0)
    daemon = desk.daemon()
    times = polled(desk.live(daemon, days=1), "industry")
    hours = [int((at - 1000) // 3600) for at in times]
    assert sum(8 <= hour < 18 for hour in hours) > 6 * sum(hour < 6 for hour in hours)
    assert 130 <= len(times) <= 145
    assert all(180 <= gap <= 7210 for gap in gaps(times))


def test_idle_heartbeats_leave_the_archive_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedsvc.memory.tables import Table

    daemon = desk.daemon()
    desk.live(daemon, seconds=30)
    asked = []
    monkeypatch.setattr(Table, "of", lambda self, *key: asked.append(key))
    desk.live(daemon, minutes=8)
    assert asked == []


@pytest.mark.slow
def test_memory_is_given_back_where_the_system_can(monkeypatch: pytest.MonkeyPatch) -> None:
    release_memory.give_back()
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    release_memory.give_back()
