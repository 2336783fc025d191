"""``every: auto``: where the requests of a day go, and what they gain."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.schedule import auto_intervals
from feedsvc.schedule.auto import HOURS, LONGEST, SHORTEST

HOUR = timedelta(hours=1)
TUESDAY = 24


def requests(intervals: tuple[timedelta, ...], day: int) -> float:
    return sum(HOUR / one for one in intervals[day * 24 : day * 24 + 24])


@pytest.mark.slow
@settings(max_examples=50)
@given(
    st.lists(st.integers(0, 5000), min_size=HOURS, max_size=HOURS),
    st.floats(12, 480),
)
def test_every_day_gets_its_requests_between_three_minutes_and_two_hours_apart(
    counts: list[int], per_day: float
) -> None:
    intervals = auto_intervals(counts, per_day).intervals
    assert len(intervals) == HOURS
    assert all(SHORTEST <= one <= LONGEST for one in intervals)
    for day in range(7):
        assert requests(intervals, day) == pytest.approx(per_day, abs=0.01)


@pytest.mark.parametrize(("per_day", "is_"), [(1, 12), (10_000, 480)])
def test_the_bounds_go_before_the_number_of_requests(per_day: float, is_: float) -> None:
    intervals = auto_intervals([0] * HOURS, per_day).intervals
    assert requests(intervals, 0) == pytest.approx(is_)


def test_before_it_has_learned_it_looks_at_office_hours_on_working_days() -> None:
    intervals = auto_intervals([0] * HOURS).intervals
    busy, night = intervals[TUESDAY + 10], intervals[TUESDAY + 3]
    assert busy < timedelta(minutes=6)
    assert night > timedelta(minutes=30)
    assert intervals[5 * 24 + 10] > busy


def test_it_learns_where_the_articles_are() -> None:
    counts = [0] * HOURS
    for day in range(5):
        for hour in (20, 21, 22):
            counts[day * 24 + hour] = 60
    intervals = auto_intervals(counts).intervals
    assert intervals[TUESDAY + 21] < timedelta(minutes=4)
    assert intervals[TUESDAY + 10] > 2 * intervals[TUESDAY + 21]


def test_one_busy_hour_of_one_week_does_not_shut_the_others() -> None:
    counts = [0] * HOURS
    counts[TUESDAY + 10] = 500
    assert max(auto_intervals(counts).intervals) <= LONGEST
    assert requests(auto_intervals(counts).intervals, 1) == pytest.approx(144, abs=0.01)


@pytest.mark.parametrize("counts", [[0] * 167, [0] * 169, [-1] + [0] * 167])
def test_anything_but_the_hours_of_a_week_is_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="168 counts"):
        auto_intervals(counts)


@pytest.mark.slow
def test_auto_finds_articles_sooner_than_a_fixed_interval_at_the_same_requests() -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "auto.py"
    done = subprocess.run(
        [sys.executable, str(script), "--seeds", "12", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    fixed, auto = told["every: 10m"], told["every: auto"]
    assert auto["requests_per_day"] == pytest.approx(fixed["requests_per_day"], rel=0.01)
    assert auto["median"] <= 0.6 * fixed["median"]
    assert auto["mean"] < fixed["mean"]
    assert told["every: auto, before it has learned"]["median"] < 0.7 * fixed["median"]
