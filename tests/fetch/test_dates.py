"""What the site's dates say of our clock."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from feedsvc.fetch import Answer
from feedsvc.fetch.dates import SiteDates
from feedsvc.memory import Memory
from tests.fetch.scripted import NOW


def answer(off: timedelta | None, **headers: str) -> Answer:
    """One whose date is so far before our time."""
    pairs = tuple(headers.items())
    if off is not None:
        pairs += (("Date", format_datetime(NOW - off, usegmt=True)),)
    return Answer(200, "OK", pairs, b"")


HOUR = timedelta(hours=1)
NONE = timedelta()


@pytest.mark.parametrize(
    ("offs", "ahead"),
    [
        ([NONE, NONE, NONE], NONE),
        ([HOUR, HOUR, HOUR], HOUR),
        ([-HOUR, -HOUR, -HOUR, NONE], -HOUR),
        ([NONE, HOUR, NONE], NONE),
        ([HOUR, HOUR], None),
        ([], None),
    ],
)
def test_the_median_of_three_answers_at_least(
    offs: list[timedelta], ahead: timedelta | None
) -> None:
    dates = SiteDates(Memory())
    for off in offs:
        dates.saw(answer(off), NOW)
    assert dates.ahead() == ahead


def test_polls_of_one_answer_each_add_up() -> None:
    memory, told = Memory(), []
    for off in (NONE, HOUR, HOUR, HOUR, NONE, NONE):
        dates = SiteDates(memory)
        dates.saw(answer(off), NOW)
        told.append(dates.ahead())
    assert told == [None, None, HOUR, HOUR, HOUR, NONE]


def test_a_cached_answer_or_one_without_a_date_says_nothing() -> None:
    dates = SiteDates(Memory())
    for one in (
        *(answer(HOUR, Age="3600"), answer(HOUR, age="1"), answer(None), answer(HOUR, Age="x")),
        *(answer(None, Date="yesterday"), answer(None, Date="Mon, 99 Mar 2026 25:00:00 GMT")),
    ):
        dates.saw(one, NOW)
    assert dates.ahead() is None
    for _ in range(3):
        dates.saw(answer(NONE, Age="0"), NOW)
    assert dates.ahead() == NONE
