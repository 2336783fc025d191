"""Whether and when an article is asked for again: every outcome, kept and pending."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.errors import (
    FeedsvcError,
    FetchError,
    FieldMissing,
    LayoutUnknown,
    NotAnArticle,
    PageDoubtful,
    RecordDamaged,
    StatusRefused,
)
from feedsvc.memory import Watch
from feedsvc.model import Access, Record, Status
from feedsvc.poll.recheck import (
    A_DAY,
    LONGEST,
    LOOKS,
    SHORTEST,
    TIMES,
    Outcome,
    is_due,
    look_after,
    next_look,
    outcome_of,
)
from tests.dedup.articles import record
from tests.poll.desk import NOW, Desk, piece
from tests.standin import Fault

HOUR = timedelta(hours=1)
TWO_WEEKS = timedelta(days=14)
OPEN = record(first_seen_at=NOW, updated_at=NOW)
LOCKED = replace(OPEN, access=Access(Status.MEMBERS_ONLY))
BACKFILLED = replace(OPEN, origin="backfill")


def after(
    outcome: Outcome, hours: float, watch: Watch | None = None, kept: Record | None = None,
    *, may_give_up: bool = True,
) -> Watch:  # fmt: skip
    now, watch = NOW + hours * HOUR, watch or Watch(OPEN.id)
    return next_look(watch, outcome, now, kept, TWO_WEEKS, may_give_up=may_give_up)


@pytest.mark.parametrize(
    ("kept", "outcome", "hours", "wait"),
    [
        # Read: three looks for corrections; a locked one at half its age; others not again.
        (OPEN, Outcome.READ, 0, 1),
        (OPEN, Outcome.READ, 1, 5),
        (OPEN, Outcome.READ, 7, 17),
        (OPEN, Outcome.READ, 24, None),
        (LOCKED, Outcome.READ, 0, 1),
        (LOCKED, Outcome.READ, 10, 5),
        (LOCKED, Outcome.READ, 24 * 9, 24),
        (LOCKED, Outcome.READ, 24 * 14, None),
        (BACKFILLED, Outcome.READ, 0, None),
        (replace(LOCKED, gone_at=NOW), Outcome.READ, 1, None),
        # No page: tried again for as long as locked ones are looked at.
        (OPEN, Outcome.FAILED, 0, 1),
        (OPEN, Outcome.FAILED, 10, 5),
        (OPEN, Outcome.FAILED, 24 * 9, 24),
        (OPEN, Outcome.FAILED, 24 * 15, None),
        (BACKFILLED, Outcome.HELD, 10, 5),
        (LOCKED, Outcome.UNREAD, 10, 5),
        (LOCKED, Outcome.MOVED, 10, 5),
        # Nothing there: until that is settled, however old it is.
        (OPEN, Outcome.GONE, 0, 24),
        (OPEN, Outcome.GONE, 24 * 400, 24),
        # The site's trouble is not the article's.
        (OPEN, Outcome.DOWN, 0, 1),
        (OPEN, Outcome.DOWN, 24 * 400, 1),
    ],
)
def test_the_next_look_at_one_that_is_kept(
    kept: Record, outcome: Outcome, hours: float, wait: float | None
) -> None:
    found = after(outcome, hours, kept=kept).next_at
    assert found == (None if wait is None else NOW + (hours + wait) * HOUR)


def gone(hours: list[float], kept: Record | None, *, between: Outcome | None = None) -> list[bool]:
    """After which of these answers that there is no such page it is settled."""
    watch, found = Watch(OPEN.id), []
    for at in hours:
        watch = after(Outcome.GONE, at, watch, kept)
        found.append(watch.given_up_at is not None)
        if between is not None:
            watch = after(between, at + 0.1, watch, kept)
    return found


def test_one_that_is_kept_is_gone_after_two_answers_a_day_apart() -> None:
    assert gone([0, 23, 24], OPEN) == [False, False, True]
    assert gone([0, 50], OPEN) == [False, True]


def test_one_that_was_never_read_is_given_up_after_three_over_a_day() -> None:
    assert gone([0, 24], None) == [False, False]
    assert gone([0, 1, 2, 23], None) == [False] * 4
    assert gone([0, 1, 24], None) == [False, False, True]


@pytest.mark.parametrize("kept", [OPEN, None])
@pytest.mark.parametrize("between", [Outcome.READ, Outcome.HELD, Outcome.UNREAD, Outcome.MOVED])
def test_a_page_in_between_begins_it_anew(kept: Record | None, between: Outcome) -> None:
    assert gone([0, 25, 50, 75], kept, between=between) == [False] * 4


def test_what_brought_no_page_in_between_tells_nothing_of_one_that_is_kept() -> None:
    assert gone([0, 25], OPEN, between=Outcome.FAILED) == [False, True]
    assert gone([0, 25], OPEN, between=Outcome.DOWN) == [False, True]
    # More is asked of one that was never read: in a row.
    assert gone([0, 25, 50], None, between=Outcome.FAILED) == [False] * 3
    assert gone([0, 25, 50], None, between=Outcome.DOWN) == [False, False, True]


def test_one_that_must_not_be_given_up_is_not() -> None:
    watch = Watch(OPEN.id)
    for hours in (0, 25, 50, 75):
        watch = after(Outcome.GONE, hours, watch, may_give_up=False)
        assert watch.given_up_at is None
        assert watch.failed_at == NOW + hours * HOUR
    assert watch.missing > TIMES
    assert after(Outcome.GONE, 76, watch).given_up_at == NOW + 76 * HOUR


def test_one_that_is_held_is_due_at_every_poll_and_one_that_fails_is_not() -> None:
    held = failed = Watch(OPEN.id)
    for hours in (0, 10):
        held = after(Outcome.HELD, hours, held)
        failed = after(Outcome.FAILED, hours, failed)
    soon = NOW + 10.1 * HOUR
    assert is_due(held, soon)
    assert not is_due(failed, soon)
    assert is_due(failed, NOW + 15 * HOUR)
    assert is_due(after(Outcome.DOWN, 10, failed), soon)
    assert is_due(Watch(OPEN.id), NOW)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (StatusRefused("404", status=404), Outcome.GONE),
        (StatusRefused("410", status=410), Outcome.GONE),
        (StatusRefused("403", status=403), Outcome.FAILED),
        (LayoutUnknown("x"), Outcome.HELD),
        (FieldMissing("x"), Outcome.HELD),
        (PageDoubtful("x"), Outcome.HELD),
        (NotAnArticle("x"), Outcome.UNREAD),
        (RecordDamaged("x"), Outcome.FAILED),
    ],
)
def test_what_came_of_it(error: FeedsvcError, outcome: Outcome) -> None:
    assert outcome_of(error) is outcome
    down = FetchError("x")
    down.site_down = True
    assert outcome_of(down) is Outcome.DOWN


@pytest.mark.usefixtures("one_section")
def test_what_is_settled_leaves_no_row(desk: Desk) -> None:
    """Read and looked at for the last time; given up, and read after all."""
    desk.site.publish(piece(101))
    desk.site.fault(Fault.NOT_FOUND, "/articles/102*")
    desk.site.publish(piece(102))
    for hours in (0, 1, 25):
        desk.now = NOW + timedelta(hours=hours)
        desk.poll()
    watch = desk.archive().memory.watch
    assert watch.of(101) == Watch(101)
    assert watch.of(102).given_up_at == desk.now
    desk.site.clear_faults()
    desk.site.edit(102, title="한빛전자 102호 공장, 다음 달에 착공")
    desk.later(hours=1)
    desk.poll()
    assert desk.archive().get(102) is not None
    assert watch.of(102) == Watch(102, next_at=desk.now + timedelta(hours=1))


AT = st.integers(-24 * 60, 24 * 40 * 60).map(lambda one: NOW + timedelta(minutes=one))
SOMETIME = st.none() | AT
WATCHES = st.builds(
    Watch, st.just(OPEN.id), next_at=SOMETIME, failed_since=SOMETIME, failed_at=SOMETIME,
    missing_since=SOMETIME, missing=st.integers(0, 5), boxed_at=SOMETIME, moved_at=SOMETIME,
    held=st.sampled_from(["", "sha256:1"]),
)  # fmt: skip
KEPT = st.sampled_from([OPEN, LOCKED, BACKFILLED, replace(OPEN, gone_at=NOW)])
OUTCOMES = st.sampled_from(Outcome)


@pytest.mark.slow
@given(WATCHES, KEPT, OUTCOMES, AT)
def test_of_one_that_is_kept_in_any_state(
    watch: Watch, kept: Record, outcome: Outcome, now: datetime
) -> None:
    """Whatever the clock was set to: the next look lies ahead, and near, or there is none;
    only what has nothing to look for is left alone."""
    found = next_look(watch, outcome, now, kept, TWO_WEEKS)
    if found.next_at is not None:
        assert now < found.next_at <= max(now + LONGEST, kept.first_seen_at + LOOKS[-1])
    if outcome is Outcome.GONE:
        assert (found.next_at is None) is (found.given_up_at == now)
        assert found.missing_since is not None
        assert (found.given_up_at == now) is (now - found.missing_since >= A_DAY)
    if outcome is Outcome.DOWN:
        assert found == replace(watch, next_at=now + SHORTEST)
    if outcome is Outcome.READ:
        assert found.next_at == look_after(kept, now, TWO_WEEKS)
        told = Watch(watch.id, boxed_at=watch.boxed_at, moved_at=watch.moved_at)
        assert replace(found, next_at=None) == told
    assert (found.boxed_at, found.moved_at) == (watch.boxed_at, watch.moved_at)


@pytest.mark.slow
@given(WATCHES, OUTCOMES, AT, st.booleans(), st.integers(0, 24 * 60 * 3))
def test_of_one_that_is_pending_in_any_state(
    watch: Watch, outcome: Outcome, now: datetime, may_give_up: bool, minutes: int
) -> None:
    """It is due again within a day, given up only for what says that it is not there, and
    no look at one that is kept is lost by it."""
    found = next_look(watch, outcome, now, may_give_up=may_give_up)
    assert found.next_at == watch.next_at
    assert is_due(found, now + LONGEST)
    assert is_due(found, now - timedelta(minutes=minutes + 1))
    if found.given_up_at is not None:
        assert may_give_up
        assert outcome is Outcome.GONE
        assert found.missing >= TIMES
        assert found.failed_since is None
    elif outcome not in (Outcome.READ, Outcome.MOVED):
        assert found.failed_since is not None
        assert found.failed_since <= now
    if outcome is Outcome.HELD or outcome is Outcome.DOWN:
        assert is_due(found, now + timedelta(minutes=minutes))
