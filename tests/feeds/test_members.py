"""What a feed holds is brought up to changes, or said to be unknown."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from feedsvc.feeds import select
from feedsvc.feeds.members import Member, Members
from feedsvc.model import Record
from tests.feeds.conftest import NOW, make_record

OLD = NOW - timedelta(days=30)


def old(number: int, hours: int) -> Record:
    return make_record(number, first_seen_at=OLD + timedelta(hours=hours))


def members(*records: Record, entries: int = 3, complete: bool = False) -> Members:
    found = [Member.of(one, select.seen) for one in records]
    return Members.newest(found, entries, NOW, complete=complete)


def brought_up(
    known: Members, *changed: Record, entries: int = 3, days: int = 0, belongs: bool = True
) -> list[int] | None:
    found = known.brought_up(
        changed, lambda record: belongs, select.seen, entries, NOW + timedelta(days=days)
    )
    return None if found is None else [one.id for one in found.all]


HELD = [old(n, n) for n in range(1, 6)]


def test_a_new_record_pushes_the_oldest_out() -> None:
    known = members(*HELD)
    assert [one.id for one in known.all] == [5, 4, 3]
    assert brought_up(known, old(9, 9)) == [9, 5, 4]


def test_a_record_older_than_those_held_does_not_come_in() -> None:
    assert brought_up(members(*HELD), old(9, 2)) == [5, 4, 3]


def test_what_comes_in_when_one_leaves_is_not_known() -> None:
    assert brought_up(members(*HELD), HELD[4], belongs=False) is None


def test_one_that_moves_behind_those_held_leaves_a_gap() -> None:
    # Between it and the held ones there may be others, of which nothing is known.
    assert brought_up(members(*HELD), old(5, 1)) is None


def test_where_all_there_are_are_held_one_may_leave() -> None:
    known = members(*HELD[:2], complete=True)
    assert known.floor is None
    assert brought_up(known, HELD[0], belongs=False) == [2]
    assert brought_up(known, old(9, 0)) == [2, 1, 9]


def test_more_than_a_feed_holds_are_not_all_there_are() -> None:
    assert members(*HELD, complete=True).floor is not None


def test_three_days_are_held_and_run_out() -> None:
    fresh = [make_record(n) for n in range(1, 6)]
    known = members(*fresh)
    assert len(known.all) == 5
    assert brought_up(known, make_record(9)) == [9, 5, 4, 3, 2, 1]
    assert brought_up(known, make_record(9), days=9) == [9, 5, 4]


def test_a_clock_that_went_back_asks_for_more_than_is_known() -> None:
    known = members(*(make_record(n) for n in range(1, 6)))
    assert brought_up(known, make_record(9), days=-9) is None


def test_it_survives_its_own_json() -> None:
    for known in (members(*HELD), members(*HELD[:2], complete=True), members(complete=True)):
        assert Members.from_json(json.loads(json.dumps(known.as_json()))) == known


@pytest.mark.parametrize(
    "value", [None, [], {}, {"floor": None, "all": 1}, {"floor": None, "all": [[1, "x"]]},
              {"floor": None, "all": [["1", "2026-03-01", "2026-03-01", "2026-03-01"]]},
              {"floor": None, "all": ["abcd"]}],
)  # fmt: skip
def test_what_is_no_members_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        Members.from_json(value)  # type: ignore[arg-type]  # the fault tested
