"""Looking again: corrections are caught, locked articles followed, lost ones marked gone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from feedsvc.archive import Archive
from feedsvc.model import Access, Event, Status
from feedsvc.poll.recheck import Agenda, look_after
from tests.dedup.articles import record
from tests.poll.desk import NOW, Desk, by_name, piece
from tests.standin import Fault

pytestmark = pytest.mark.usefixtures("one_section")

FOUND = record(first_seen_at=NOW, updated_at=NOW)
LOCKED = replace(FOUND, access=Access(Status.MEMBERS_ONLY))
TWO_WEEKS = timedelta(days=14)


def looks(kept: object, until: timedelta) -> list[float]:
    """The hours after it was found at which an article is looked at."""
    assert isinstance(kept, type(FOUND))
    hours, at = [], NOW
    while (at_next := look_after(kept, at, TWO_WEEKS)) and at_next <= NOW + until:
        hours.append((at_next - NOW) / timedelta(hours=1))
        at = at_next
    return hours


def test_an_open_article_is_read_again_three_times() -> None:
    assert looks(FOUND, timedelta(days=60)) == [1, 6, 24]


def test_a_locked_one_at_growing_intervals_for_as_long_as_configured() -> None:
    found = looks(LOCKED, timedelta(days=60))
    waits = [after - before for before, after in pairwise([0, *found])]
    assert found[0] == 1
    assert max(waits) == 24
    assert waits == sorted(waits)
    assert 24 * 13 < found[-1] <= 24 * 14
    assert len(found) < 30


def test_a_body_that_breaks_off_is_followed_too() -> None:
    cut = replace(FOUND, access=Access(Status.UNKNOWN))
    assert looks(cut, timedelta(days=60)) == looks(LOCKED, timedelta(days=60))


def test_the_plus_time_is_a_time_to_look() -> None:
    due = NOW + timedelta(days=5, minutes=7)
    sold = replace(FOUND, access=Access(Status.PLUS_ONLY, plus_first_at=due))
    assert look_after(sold, NOW + timedelta(days=5), TWO_WEEKS) == due


def test_missed_looks_are_one_look() -> None:
    assert look_after(FOUND, NOW + timedelta(days=9), TWO_WEEKS) is None


def test_a_backfilled_or_gone_article_is_left_alone() -> None:
    assert look_after(replace(FOUND, origin="backfill"), NOW, TWO_WEEKS) is None
    assert look_after(replace(LOCKED, gone_at=NOW), NOW, TWO_WEEKS) is None


def agenda(path: Path, now: datetime) -> Agenda:
    return Agenda(Archive(path), TWO_WEEKS, now)


def test_the_agenda_outlives_the_process_a_kill_and_its_own_loss(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        archive.keep(FOUND, Event.ADDED, NOW)
        first = Agenda(archive, TWO_WEEKS, NOW)
        first.save()
        # Kept, and killed before the agenda was saved:
        archive.keep(replace(LOCKED, id=160002), Event.ADDED, NOW)
    archive.close()
    later = NOW + timedelta(hours=2)
    assert set(agenda(tmp_path, later).due(later)) == {FOUND.id, 160002}
    shutil.rmtree(tmp_path / ".state")
    lost = agenda(tmp_path, later)
    assert lost.due(later) == ()
    assert set(lost.due(NOW + timedelta(hours=7))) == {FOUND.id, 160002}


def test_leaving_the_box_makes_an_article_due(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        archive.keep(LOCKED, Event.ADDED, NOW)
        plan = Agenda(archive, TWO_WEEKS, NOW)
        plan.saw_boxes([LOCKED.id, 999], NOW)
        assert plan.due(NOW) == ()
        plan.save()
        plan = Agenda(archive, TWO_WEEKS, NOW)
        plan.saw_boxes([999], NOW)
        assert plan.due(NOW) == (LOCKED.id,)


def test_a_correction_is_caught_without_a_change_in_the_row(desk: Desk) -> None:
    desk.site.publish(piece(101))
    desk.poll()
    corrected = (*piece(101).body[:3], "<p>바로잡습니다. 공사는 내후년에 끝난다.</p>")
    desk.site.edit(101, body=corrected)
    desk.later(minutes=50)
    assert by_name(desk.poll())["industry"].revised == 0
    desk.later(minutes=20)
    assert by_name(desk.poll())["industry"].revised == 1
    assert len(desk.feed("revised")) == 1


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("status", [Status.SOON_FREE, Status.MEMBERS_ONLY, Status.PLUS_ONLY])
def test_the_life_of_a_locked_article(desk: Desk, status: Status) -> None:
    desk.site.boxes = status is not Status.PLUS_ONLY
    desk.site.publish(piece(101, status=status, teaser=1))
    desk.poll()
    before = desk.archive().get(101)
    assert before is not None
    assert before.access.status is status
    (entry,) = desk.feed("all")
    assert entry["title"].startswith("[")
    assert desk.feed("released") == []

    for _ in range(6):
        desk.later(hours=5)
        assert by_name(desk.poll())["industry"].released == 0
    asked = desk.site.count("/articles/101*")
    assert 4 <= asked <= 8

    desk.site.release(101)
    desk.later(hours=24)
    outcome = desk.poll()

    after = desk.archive().get(101)
    assert after is not None
    assert by_name(outcome)["industry"].released == 1
    assert after.guid == before.guid
    assert not after.access.locked
    assert after.access.released_at == desk.now
    assert len(after.body) == 4
    assert after.revisions == ()
    (entry,) = desk.feed("all")
    assert entry["id"] == before.guid
    assert not entry["title"].startswith("[")
    assert [item["id"] for item in desk.feed("released")] == [f"{before.guid}#released"]
    assert ("released", 101) in desk.journal()

    desk.later(days=2)
    desk.poll()
    assert len(desk.feed("released")) == 1


def test_one_that_only_a_box_lists_is_found_flagged_and_followed(desk: Desk) -> None:
    desk.site.boxes = True
    desk.site.publish(piece(101))
    desk.site.publish(piece(102, sections=("090000",), status=Status.SOON_FREE))
    desk.poll("industry")
    found = desk.archive().get(102)
    assert found is not None
    assert found.access.status is Status.SOON_FREE
    assert {item["title"][:6] for item in desk.feed("all")} == {"[곧 무료]", "한빛전자 1"}
    desk.site.release(102)
    desk.later(minutes=30)
    desk.site.forget_requests()
    desk.poll("industry")
    assert desk.site.count("/articles/102*") == 1
    assert len(desk.feed("released")) == 1


def test_a_relocked_article_keeps_its_text_and_tells_the_truth(desk: Desk) -> None:
    desk.site.publish(piece(101))
    desk.poll()
    desk.site.lock(101, Status.MEMBERS_ONLY)
    desk.later(hours=2)
    desk.poll()
    kept = desk.archive().get(101)
    assert kept is not None
    assert kept.access.locked
    assert len(kept.body) == 4
    assert desk.feed("all")[0]["title"].startswith("[회원전용] ")
    assert "넷째 단락" in desk.feed("all")[0]["content_html"]


def test_a_page_that_was_late_is_not_gone_for_one_404_later(desk: Desk) -> None:
    desk.site.publish(piece(101))
    desk.site.fault(Fault.NOT_FOUND, "/articles/101*")
    desk.poll()
    desk.site.clear_faults()
    desk.later(minutes=10)
    desk.poll()
    desk.later(hours=25)
    desk.site.fault(Fault.NOT_FOUND, "/articles/101*")
    desk.poll()
    kept = desk.archive().get(101)
    assert kept is not None
    assert kept.gone_at is None
    desk.later(hours=25)
    desk.poll()
    kept = desk.archive().get(101)
    assert kept is not None
    assert kept.gone_at == desk.now


@pytest.mark.slow
def test_a_look_that_fails_for_ever_ends_some_day(desk: Desk) -> None:
    desk.site.publish(piece(101))
    desk.poll()
    desk.site.fault(Fault.SERVER_ERROR, "/articles/101*")
    desk.site.forget_requests()
    for _ in range(24 * 20):
        desk.later(hours=1)
        desk.poll("industry")
    retried = 1 + desk.config.http.retries
    assert 15 < desk.site.count("/articles/101*") / retried < 30
    desk.site.forget_requests()
    for _ in range(3):
        desk.later(days=1)
        desk.poll("industry")
    assert desk.site.count("/articles/101*") == 0


def test_gone_twice_a_day_apart_is_gone_and_the_record_stays(desk: Desk) -> None:
    desk.site.publish(piece(101))
    desk.poll()
    desk.site.delete(101)
    desk.later(hours=2)
    desk.poll()
    kept = desk.archive().get(101)
    assert kept is not None
    assert kept.gone_at is None
    desk.later(hours=26)
    desk.poll()
    kept = desk.archive().get(101)
    assert kept is not None
    assert kept.gone_at == desk.now
    assert len(kept.body) == 4
    assert ("gone", 101) in desk.journal()
    assert len(desk.feed("all")) == 1
    desk.site.forget_requests()
    desk.later(days=3)
    desk.poll()
    assert desk.site.count("/articles/101*") == 0
