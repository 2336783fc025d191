"""Which records a feed holds, and in what order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedsvc.catalogue.record import counts_from
from feedsvc.feeds import documents
from feedsvc.feeds.definitions import is_shown
from feedsvc.model import Record, Status
from tests.feeds.conftest import NOW, Desk, access, make_record
from tests.feeds.test_publish import held

OLD = NOW - timedelta(days=30)


def newest(records: list[Record], entries: int) -> list[Record]:
    return documents.newest(records, entries, NOW, lambda record: (counts_from(record), record.id))


def test_the_newest_by_first_seen_are_held() -> None:
    records = [make_record(n, first_seen_at=OLD + timedelta(hours=n)) for n in range(1, 6)]
    assert [one.id for one in newest(records, 2)] == [5, 4]


def test_all_of_the_last_three_days_are_held() -> None:
    edge = NOW - timedelta(days=3)
    records = [make_record(n, first_seen_at=edge + timedelta(seconds=n - 2)) for n in range(1, 5)]
    assert [one.id for one in newest(records, 1)] == [4, 3, 2]


def test_a_backfilled_record_goes_by_its_publishing_time() -> None:
    old = make_record(1, origin="backfill", first_seen_at=NOW, published_at=OLD)
    polled = make_record(2, first_seen_at=OLD + timedelta(days=1), published_at=OLD)
    assert [one.id for one in newest([old, polled], 1)] == [2]


def test_the_order_is_by_publishing_time_then_id(desk: Desk) -> None:
    desk.shelf.put(*(make_record(n, published_at=OLD) for n in (1, 3, 2)))
    desk.shelf.put(make_record(4, published_at=NOW))
    desk.publish()
    assert held(desk, "all") == ["4", "3", "2", "1"]


@pytest.mark.parametrize(("hide", "shown"), [(True, False), (False, True)])
def test_a_locked_record_is_shown_unless_hidden(hide: bool, shown: bool) -> None:
    record = make_record(1, access=access(Status.SOON_FREE))
    assert is_shown(record, hide_locked=hide, published=frozenset) is shown


def test_a_duplicate_is_shown_only_where_it_was_published() -> None:
    record = make_record(2, duplicate_of=1)
    assert not is_shown(record, hide_locked=False, published=frozenset)
    held = frozenset({record.guid})
    assert is_shown(record, hide_locked=False, published=lambda: held)


def test_what_is_published_is_not_asked_for_other_records() -> None:
    def asked() -> frozenset[str]:
        raise AssertionError("asked")

    assert is_shown(make_record(1), hide_locked=True, published=asked)


def test_a_first_sight_in_the_future_counts_as_now(desk: Desk) -> None:
    desk.settings["entries"] = 2
    desk.shelf.put(
        make_record(1, first_seen_at=NOW + timedelta(days=40), published_at=OLD),
        make_record(2, first_seen_at=NOW + timedelta(days=40), published_at=NOW),
        make_record(3, first_seen_at=NOW - timedelta(hours=1), published_at=NOW),
        make_record(4, first_seen_at=NOW - timedelta(days=4), published_at=OLD),
    )
    desk.publish()
    assert sorted(held(desk, "all")) == ["1", "2", "3"], "it stays, and keeps nothing newer out"
    desk.publish(now=NOW + timedelta(days=44))
    assert held(desk, "all") == ["2", "1"], "once the clock has caught up it ages"
