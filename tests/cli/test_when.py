"""Times as options take them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import click
import pytest

from feedsvc.cli.options import When
from feedsvc.moment import Moment
from feedsvc.site import KST
from tests.cli.test_commands import Desk, feedsvc
from tests.poll.desk import piece

__all__ = ["feedsvc"]

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=KST)


@pytest.mark.parametrize(
    ("written", "begin", "end", "day"),
    [
        ("2026-11-25", "2026-11-25T00:00", "2026-11-26T00:00", "2026-11-25"),
        ("2026-12-31", "2026-12-31T00:00", "2027-01-01T00:00", "2026-12-31"),
        ("today", "2026-11-26T00:00", "2026-11-27T00:00", "2026-11-26"),
        ("Yesterday", "2026-11-25T00:00", "2026-11-26T00:00", "2026-11-25"),
        ("2026-11-25T16:00", "2026-11-25T16:00", "2026-11-25T16:00", "2026-11-25"),
        ("2026-11-25 16:00:30", "2026-11-25T16:00:30", "2026-11-25T16:00:30", "2026-11-25"),
        ("2026-11-25T16:00Z", "2026-11-26T01:00", "2026-11-26T01:00", "2026-11-26"),
        ("2026-11-25T16:00+09:00", "2026-11-25T16:00", "2026-11-25T16:00", "2026-11-25"),
        ("3d", "2026-11-23T09:30", "2026-11-23T09:30", "2026-11-23"),
        ("12h ago", "2026-11-25T21:30", "2026-11-25T21:30", "2026-11-25"),
        ("90m", "2026-11-26T08:00", "2026-11-26T08:00", "2026-11-26"),
    ],
)
def test_what_a_time_means(written: str, begin: str, end: str, day: str) -> None:
    moment = When().convert(written, None, None)
    assert moment.begin(NOW) == datetime.fromisoformat(begin).replace(tzinfo=KST)
    assert moment.end(NOW) == datetime.fromisoformat(end).replace(tzinfo=KST)
    assert moment.begin(NOW).date() == date.fromisoformat(day)
    assert moment.begin(NOW).utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize(
    "written",
    [
        *("", "gestern", "tomorrow", "2026-13-01", "2026-11-31", "20261125", "26-11-25", "3", "d"),
        *("-3d", "3 days", "2026-11-25T25:00", "2026-11-25T", "999999w", "９d", "2026-W48-1"),
    ],
)
def test_what_is_no_time(written: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time: wanted 2026-11-25, 2026"):
        When().convert(written, None, None)


def test_a_moment_stays_what_it_is() -> None:
    assert When().convert(Moment("today"), None, None) == Moment("today")


@pytest.mark.slow
def test_commands_take_every_kind_of_time(feedsvc: Desk) -> None:
    now = datetime.now(KST).replace(microsecond=0)
    for number, hours in ((101, 1), (102, 30), (103, 100)):
        feedsvc.site.publish(piece(number, published_at=now - timedelta(hours=hours)))
    feedsvc("poll")

    def ids(*options: str) -> list[int]:
        return sorted(one["id"] for one in feedsvc.json("archive", "ls", *options))

    assert ids() == [101, 102, 103]
    assert ids("--since", "12h") == [101]
    assert ids("--since", "2d") == [101, 102]
    assert ids("--until", "12h") == [102, 103]
    assert ids("--since", "200h", "--until", "2d") == [103]
    at = f"{now - timedelta(hours=30):%Y-%m-%dT%H:%M}"
    assert ids("--since", at) == [101, 102]
    assert ids("--until", at) == [103]
    day = f"{now - timedelta(hours=30):%Y-%m-%d}"
    assert 102 in ids("--since", day, "--until", day)
    assert 101 in ids("--since", "yesterday", "--until", "today")
    code, _, err = feedsvc("archive", "ls", "--since", "last week")
    assert code == 2
    assert "'last week' is no time: wanted 2026-11-25" in err
    assert len(err.splitlines()) == 1
    assert feedsvc("backfill", "--since", "yesterday", "--until", "3d")[0] == 2
    assert feedsvc("backfill", "--since", "10d", "--until", "today")[0] == 0
