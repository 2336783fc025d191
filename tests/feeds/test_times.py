"""When entries of digests are due, across clocks that are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.config import DAYS, DigestConfig
from feedsvc.feeds import due_times
from feedsvc.site import KST

NEW_YORK = ZoneInfo("America/New_York")
WORKING = ("mon", "tue", "wed", "thu", "fri")


def digest(at: str, days: tuple[str, ...] = DAYS) -> DigestConfig:
    return DigestConfig.model_validate({"name": "d", "title": "d", "at": at, "days": days})


def test_the_time_itself_is_due_and_the_one_before_is_not_again() -> None:
    eight = datetime(2026, 11, 25, 8, tzinfo=KST)
    found = list(due_times(digest("08:00"), KST, eight, eight + timedelta(days=2)))
    assert [name for name, _ in found] == ["2026-11-26T0800", "2026-11-27T0800"]
    assert list(due_times(digest("08:00"), KST, eight, eight)) == []
    assert next(due_times(digest("08:00"), KST, eight - timedelta(seconds=1), eight)) == (
        "2026-11-25T0800",
        eight,
    )


def test_days_are_those_of_the_zone() -> None:
    friday = datetime(2026, 11, 27, 9, tzinfo=KST)
    found = due_times(digest("08:00", WORKING), KST, friday, friday + timedelta(days=4))
    assert [name for name, _ in found] == ["2026-11-30T0800", "2026-12-01T0800"]


@pytest.mark.parametrize(
    ("at", "day", "moment"),
    [
        # 8 March 2026: 02:00 becomes 03:00.  1 November 2026: 02:00 becomes 01:00.
        ("02:30", "2026-03-08", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        ("01:30", "2026-11-01", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("08:00", "2026-03-07", datetime(2026, 3, 7, 13, 0, tzinfo=UTC)),
        ("08:00", "2026-03-08", datetime(2026, 3, 8, 12, 0, tzinfo=UTC)),
        ("08:00", "2026-11-01", datetime(2026, 11, 1, 13, 0, tzinfo=UTC)),
    ],
)
def test_clocks_that_are_changed(at: str, day: str, moment: datetime) -> None:
    wide = moment - timedelta(hours=20), moment + timedelta(hours=3)
    found = dict(due_times(digest(at), NEW_YORK, *wide))
    name = f"{day}T{at.replace(':', '')}"
    assert found[name].astimezone(UTC) == moment
    shown = found[name].astimezone(NEW_YORK)
    assert shown.utcoffset() == found[name].utcoffset()
    assert (shown.hour, shown.minute) == (found[name].hour, found[name].minute)


@given(
    st.integers(0, 23), st.integers(0, 59), st.lists(st.integers(1, 400), max_size=30),
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Seoul"]),
)  # fmt: skip
def test_every_time_comes_once_however_often_it_is_asked(
    hour: int, minute: int, steps: list[int], zone: str
) -> None:
    tz, at = ZoneInfo(zone), digest(f"{hour:02}:{minute:02}")
    begin = datetime(2026, 10, 1, tzinfo=UTC)
    moments = [begin]
    for step in steps:
        moments.append(moments[-1] + timedelta(hours=step))
    pieces = [one for after, until in pairwise(moments) for one in due_times(at, tz, after, until)]
    assert pieces == list(due_times(at, tz, begin, moments[-1]))
    assert len({name for name, _ in pieces}) == len(pieces)
    whole_days = (moments[-1] - begin) // timedelta(days=1)
    assert whole_days - 1 <= len(pieces) <= whole_days + 2
