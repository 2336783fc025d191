"""An article whose page fails for good: tried ever more seldom, and never in the way."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from feedsvc.memory import Memory
from feedsvc.poll import Poll
from feedsvc.poll.recheck import LONGEST, Failing, is_due
from tests.poll.desk import NOW, Desk, by_name, piece
from tests.standin import Fault

pytestmark = pytest.mark.usefixtures("one_section")

POLLED = timedelta(minutes=10)


def tries(days: int, *, fails_for: timedelta) -> list[timedelta]:
    """When an article is tried, from when it was found, with a poll every ten minutes."""
    memory, found, at = Memory(), [], timedelta()
    while at < timedelta(days=days):
        failing = Failing(memory)
        if is_due(memory.watch.of(1), NOW + at):
            found.append(at)
            if at >= fails_for:
                break
            failing.failed(1, NOW + at)
        failing.save({1})
        at += POLLED
    return found


@pytest.mark.slow
def test_the_times_between_two_tries_grow_to_a_day() -> None:
    found = tries(365, fails_for=timedelta(days=400))
    waits = [after - before for before, after in pairwise(found)]
    assert waits[:2] == [POLLED, POLLED], "the next poll tries again"
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST
    assert len(found) < 365 + 30


@pytest.mark.parametrize("minutes", [5, 60, 600, 6000])
def test_what_mends_is_late_by_half_the_time_it_failed_and_a_poll(minutes: int) -> None:
    failed = timedelta(minutes=minutes)
    late = tries(30, fails_for=failed)[-1] - failed
    assert late <= min(LONGEST, failed / 2) + 2 * POLLED


def test_a_clock_set_back_makes_it_due_and_what_is_read_is_forgotten() -> None:
    memory = Memory()
    failing = Failing(memory)
    for hours in (0, 10):
        failing.failed(1, NOW + timedelta(hours=hours))
    assert not is_due(memory.watch.of(1), NOW + timedelta(hours=11))
    assert is_due(memory.watch.of(1), NOW - timedelta(days=300))
    failing.save(set())
    assert is_due(memory.watch.of(1), NOW + timedelta(hours=11))


@pytest.mark.slow
def test_the_daemon_leaves_it_alone_and_a_poll_by_hand_does_not(desk: Desk) -> None:
    desk.site.fault(Fault.NOT_FOUND, "/articles/101*")
    desk.site.publish(piece(101))
    for _ in range(60):
        desk.poll("industry", patient=True)
        desk.later(minutes=10)
    assert 8 < desk.site.count("/articles/101*") < 14
    desk.site.publish(piece(102))
    asked = desk.site.count("/articles/101*")
    assert by_name(desk.poll(patient=True))["industry"].new == 1
    assert desk.site.count("/articles/101*") == asked
    for _ in range(3):
        assert by_name(desk.poll())["industry"].failed == 1
    assert desk.site.count("/articles/101*") == asked + 3
    desk.site.clear_faults()
    assert by_name(desk.poll())["industry"].new == 1


@pytest.mark.slow
def test_a_held_article_is_read_again_at_each_poll(desk: Desk) -> None:
    desk.site.fault(Fault.RENAMED, "/articles/101*")
    desk.site.publish(piece(101))
    for _ in range(12):
        assert by_name(desk.poll(patient=True))["industry"].failed == 1
        desk.later(minutes=10)


def test_one_article_that_says_the_site_is_down_is_not_in_the_others_way(desk: Desk) -> None:
    desk.site.fault(Fault.TOO_MANY_SECONDS, "/articles/101*", after=900)
    for number in (101, 102, 103):
        desk.site.publish(piece(number))
    desk.poll()
    assert set(desk.archive().index.ids()) == set()
    desk.later(minutes=30)
    desk.poll()
    assert set(desk.archive().index.ids()) == {102, 103}
    desk.site.clear_faults()
    desk.later(minutes=30)
    desk.poll()
    assert set(desk.archive().index.ids()) == {101, 102, 103}


def test_where_the_site_goes_down_amid_a_poll_the_rest_waits(desk: Desk) -> None:
    for number in (101, 102, 103):
        desk.site.publish(piece(number))

    def down(done: int, total: int, published: int) -> None:
        if done == 1:
            desk.site.fault(Fault.TOO_MANY_SECONDS, "*", after=900)

    archive = desk.archive()
    with desk.fetcher(archive) as fetcher:
        polling = Poll(desk.config, archive, fetcher, desk.clock, progress=down)
        outcome = polling.run(desk.sections)
    archive.close()
    assert set(desk.archive().index.ids()) == {101}
    assert sum(one.failed for one in outcome.sections) == 1  # nobody tried 103


def test_when_the_site_was_down_the_waits_begin_anew() -> None:
    memory = Memory()
    failing = Failing(memory)
    for hours in (0, 20, 40):
        failing.failed(1, NOW + timedelta(hours=hours))
    assert not is_due(memory.watch.of(1), NOW + timedelta(hours=41))
    failing.all_failed(2, NOW + timedelta(hours=41))
    failing.failed(1, NOW + timedelta(hours=42))
    assert is_due(memory.watch.of(1), NOW + timedelta(hours=43))


def test_a_page_that_was_missing_twice_by_chance_is_not_given_up(desk: Desk) -> None:
    desk.site.publish(piece(101))
    for fault in (Fault.NOT_FOUND, Fault.ERROR_PAGE_OK, Fault.NOT_FOUND, Fault.NOT_FOUND):
        desk.site.fault(fault, "/articles/101*")
        desk.poll()
        desk.site.clear_faults()
        desk.later(hours=13)
    assert by_name(desk.poll())["industry"].new == 1


def test_articles_that_all_answer_404_are_not_given_up(desk: Desk) -> None:
    desk.site.fault(Fault.NOT_FOUND, "/articles/*")
    for number in (101, 102, 103):
        desk.site.publish(piece(number))
    for _ in range(4):
        desk.poll()
        desk.later(hours=13)
    desk.site.clear_faults()
    assert by_name(desk.poll())["industry"].new == 3
