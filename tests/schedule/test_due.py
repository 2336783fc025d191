"""What is due: for one moment, and over days in which the clock does what it likes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.schedule import Turn, Week, due, next_due
from feedsvc.schedule.auto import HOURS, LONGEST, SHORTEST
from feedsvc.schedule.due import JITTER
from feedsvc.site import KST

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=KST)  # a Tuesday
TEN = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


def shortest_gap(every: timedelta | Week) -> timedelta:
    """The least time between two attempts at a section, whatever the jitter."""
    return SHORTEST if isinstance(every, Week) else every * (1 - JITTER)


def longest_gap(every: timedelta | Week) -> timedelta:
    """The most time between two attempts, while the daemon runs and the site answers."""
    return LONGEST if isinstance(every, Week) else every * (1 + JITTER)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def test_what_was_never_tried_is_due_in_the_order_of_the_configuration() -> None:
    turns = (Turn("mna", TEN), Turn("finance", TEN, ago(minutes=1)), Turn("all", TEN))
    assert due(NOW, turns) == ("mna", "all")
    assert next_due(NOW, turns) == NOW


def test_an_interval_has_to_pass_give_or_take_a_tenth() -> None:
    assert due(NOW, (Turn("all", TEN, ago(minutes=8.9)),)) == ()
    assert due(NOW, (Turn("all", TEN, ago(minutes=11.1)),)) == ("all",)


def test_the_jitter_is_the_same_whenever_it_is_asked_and_differs_by_section_and_attempt() -> None:
    def wait(name: str, tried_at: datetime) -> timedelta:
        at = next_due(tried_at, (Turn(name, TEN, tried_at),))
        assert at is not None
        return at - tried_at

    waits = [wait(name, ago(minutes=past)) for name in ("mna", "all") for past in range(200)]
    assert waits == [
        wait(name, ago(minutes=past)) for name in ("mna", "all") for past in range(200)
    ]
    assert min(waits) >= timedelta(minutes=9)
    assert max(waits) <= timedelta(minutes=11)
    assert len(set(waits)) > 390
    mean = sum(waits, timedelta()) / len(waits)
    assert abs(mean - TEN) < timedelta(seconds=10)
    # The same instant in another zone is the same attempt.
    assert wait("all", ago().astimezone(UTC)) == wait("all", NOW)


def test_many_missed_turns_are_one() -> None:
    before = Turn("all", TEN, ago(days=9))
    assert due(NOW, (before,)) == ("all",)
    after = Turn("all", TEN, NOW)
    assert due(NOW + SECOND, (after,)) == ()


def test_an_attempt_in_the_future_counts_as_due() -> None:
    assert due(NOW, (Turn("all", TEN, NOW + timedelta(days=300)),)) == ("all",)


def test_what_the_process_knows_goes_before_the_wall_clock() -> None:
    set_back = Turn("all", TEN, NOW + timedelta(days=300), elapsed=timedelta(minutes=5))
    set_forward = Turn("all", TEN, ago(days=300), elapsed=timedelta(minutes=5))
    slept = Turn("all", TEN, ago(minutes=1), elapsed=timedelta(hours=8))
    assert due(NOW, (set_back,)) == due(NOW, (set_forward,)) == ()
    assert due(NOW, (slept,)) == ("all",)
    at = next_due(NOW, (set_back,))
    assert at is not None
    assert timedelta(minutes=4) <= at - NOW <= timedelta(minutes=6)


def test_a_site_that_is_left_alone_delays_all() -> None:
    turns = (Turn("mna", TEN), Turn("all", TEN, ago(hours=1)))
    until = NOW + timedelta(minutes=30)
    assert next_due(NOW, turns, until) == until
    assert due(until, turns) == ("mna", "all")
    assert next_due(NOW, turns, ago(minutes=1)) == NOW


def test_without_sections_nothing_is_ever_due() -> None:
    assert due(NOW, ()) == ()
    assert next_due(NOW, ()) is None


def test_a_wait_that_began_in_a_quiet_hour_ends_soon_after_a_busy_one_begins() -> None:
    hours = [LONGEST] * HOURS
    hours[24 + 8] = timedelta(minutes=4)
    tried_at = datetime(2026, 3, 10, 7, 30, tzinfo=KST)
    at = next_due(tried_at, (Turn("all", Week(tuple(hours)), tried_at),))
    assert at is not None
    # A quarter of the turn passed before 8 h; the rest goes at the busy hour's pace.
    eight = datetime(2026, 3, 10, 8, 0, tzinfo=KST)
    assert timedelta(minutes=2.5) < at - eight < timedelta(minutes=3.5)


def test_the_hours_are_the_sites_own_wherever_the_time_was_written() -> None:
    hours = [LONGEST] * HOURS
    hours[24 + 12] = SHORTEST
    week = Week(tuple(hours))
    tried_at = ago(minutes=-1)
    for zone in (KST, UTC):
        turn = Turn("all", week, tried_at.astimezone(zone))
        assert due(NOW + timedelta(minutes=5), (turn,)) == ("all",)
        assert due(NOW + timedelta(minutes=3), (turn,)) == ()


EVERY = st.one_of(
    st.timedeltas(timedelta(minutes=1), timedelta(days=2)),
    st.lists(
        st.sampled_from([SHORTEST, TEN, timedelta(minutes=47), LONGEST]),
        min_size=HOURS,
        max_size=HOURS,
    ).map(lambda hours: Week(tuple(hours))),
)
STEPS = st.lists(
    st.tuples(
        # How much really passes, how far the wall clock is set meanwhile, a restart or not.
        st.timedeltas(timedelta(), timedelta(hours=5)),
        st.one_of(st.just(timedelta()), st.timedeltas(timedelta(days=-400), timedelta(days=400))),
    ),
    max_size=40,
)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(st.lists(EVERY, min_size=1, max_size=4), STEPS)
def test_whatever_the_clock_does_nothing_is_polled_twice_within_its_minimum_and_all_in_time(
    everys: list[timedelta | Week], steps: list[tuple[timedelta, timedelta]]
) -> None:
    wall, real = NOW, timedelta()
    tried: dict[str, tuple[datetime, timedelta]] = {}

    def turns() -> tuple[Turn, ...]:
        return tuple(
            Turn(str(index), every, *((tried[str(index)][0], real - tried[str(index)][1])))
            if str(index) in tried
            else Turn(str(index), every)
            for index, every in enumerate(everys)
        )

    def beat() -> None:
        for name in due(wall, turns()):
            every = everys[int(name)]
            if name in tried:
                assert real - tried[name][1] >= shortest_gap(every) - SECOND
            tried[name] = wall, real
        assert due(wall, turns()) == ()
        at = next_due(wall, turns())
        assert at is not None
        assert wall < at

    beat()
    assert len(tried) == len(everys)
    for passes, is_set in steps:
        real += passes
        wall += passes + is_set
        beat()
        for name, (_, at) in tried.items():
            assert real - at <= longest_gap(everys[int(name)])


@settings(max_examples=25, deadline=None)
@given(EVERY, st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_a_restart_waits_no_longer_than_an_interval_whatever_the_clock_did(
    every: timedelta | Week, is_set: timedelta
) -> None:
    at = next_due(NOW + is_set, (Turn("all", every, NOW),))
    assert at is not None
    assert timedelta() <= at - (NOW + is_set) <= longest_gap(every)


@pytest.mark.slow
@given(EVERY, st.timedeltas(timedelta(seconds=1), timedelta(hours=3)))
def test_due_and_next_due_agree(every: timedelta | Week, elapsed: timedelta) -> None:
    turns = (Turn("all", every, NOW - elapsed),)
    at = next_due(NOW, turns)
    assert at is not None
    assert due(at, turns) == ("all",)
    assert at == NOW or due(at - timedelta(microseconds=1), turns) == ()


@pytest.mark.parametrize("minutes", [5, 90])
def test_a_zone_with_summer_time_does_not_stretch_or_cut_an_interval(minutes: int) -> None:
    from zoneinfo import ZoneInfo

    every = timedelta(minutes=minutes)
    # New York: at 6 h UTC the clock goes back from 2 h to 1 h.
    tried_at = datetime(2026, 11, 1, 5, 58, tzinfo=UTC).astimezone(ZoneInfo("America/New_York"))
    at = next_due(tried_at, (Turn("all", every, tried_at),))
    assert at is not None
    wait = at.astimezone(UTC) - tried_at.astimezone(UTC)
    assert every * 0.9 <= wait <= every * 1.1
