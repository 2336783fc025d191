"""An article whose page leads to another id: that one is kept, and the first told as moved."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.archive.ledger import GONE, KEPT, LOCKED, MOVED, NEVER, gaps
from feedsvc.model import Status
from feedsvc.poll.reread import refresh
from tests.archive.audit import audit
from tests.poll.desk import SECTIONS, Begun, Desk, by_name, piece
from tests.poll.test_backfill import backfill
from tests.standin import StandIn

pytestmark = pytest.mark.usefixtures("one_section")


def runs(desk: Desk) -> list[tuple[int, int, str]]:
    return [(run.first, run.last, run.what) for run in gaps(desk.archive()).runs]


def asked(desk: Desk, number: int) -> int:
    return desk.site.count(f"/articles/{number}") + desk.site.count(f"/articles/{number}/*")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    site = StandIn()
    site.boxes = False
    with site:
        made = Desk(site, tmp_path_factory.mktemp("moved"), sections=SECTIONS[:1])
        made.feeds["formats"] = ("json",)
        site.now = made.clock
        for number in (101, 103, 105):
            site.publish(piece(number, hours=110 - number))
        site.move(103, "/articles/105")
        outcome = by_name(made.poll())["industry"]
        assert (outcome.new, outcome.failed, outcome.error) == (2, 0, None)
        yield Begun(made)


@pytest.fixture
def moved(begun: Begun, tmp_path: Path) -> Desk:
    """101 and 105 are kept, 103 led to 105."""
    return begun.in_folder(tmp_path)


def test_the_first_gets_no_record_and_the_other_is_read(moved: Desk) -> None:
    archive = moved.archive()
    assert set(archive.index.ids()) == {101, 105}
    assert archive.get(103) is None
    assert sorted(moved.journal()) == [("added", 101), ("added", 105), ("moved", 103)]
    assert runs(moved) == [
        (101, 101, KEPT), (102, 102, NEVER), (103, 103, MOVED), (104, 104, NEVER), (105, 105, KEPT),
    ]  # fmt: skip
    verdict = archive.verify()
    assert (verdict.faults, verdict.unfinished) == ((), ())
    audit(moved.folder / "archive")
    assert {item["id"].rpartition("/")[2] for item in moved.feed("all")} == {"101", "105"}
    # Its line in the journal has no file.
    (path,) = (moved.folder / "archive" / "journal").glob("*.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    (line,) = [line for line in lines if line["event"] == "moved"]
    assert list(line) == ["at", "event", "id", "digest", "file", "prev"]
    assert line["file"] == line["digest"] != lines[0]["file"]


def test_it_is_asked_for_once_more_a_day_later_and_then_no_more(moved: Desk) -> None:
    assert asked(moved, 103) == 1
    moved.later(hours=3)
    moved.poll("industry")
    assert asked(moved, 103) == 1
    for _ in range(3):
        moved.later(days=1)
        moved.poll("industry")
        assert asked(moved, 103) == 2
    assert not moved.archive().pending.all()
    assert backfill(moved).failed == 0
    assert backfill(moved, gaps=True).missing == 2
    assert asked(moved, 103) == 2
    assert [one for one in moved.journal() if one[0] == "moved"] == [("moved", 103)]
    # Those that the site does not have are gone, and did not move.
    assert [what for _, _, what in runs(moved)] == [KEPT, GONE, MOVED, GONE, KEPT]


def test_what_sent_it_elsewhere_for_an_hour_costs_no_article(moved: Desk) -> None:
    moved.site.move(103, "")
    moved.later(hours=25)
    assert by_name(moved.poll("industry"))["industry"].new == 1
    assert set(moved.archive().index.ids()) == {101, 103, 105}
    assert (103, 103, KEPT) in runs(moved)
    assert not moved.archive().index.moved()
    assert moved.archive().verify().faults == ()


def test_it_is_known_when_derived_state_is_lost(moved: Desk) -> None:
    shutil.rmtree(moved.folder / "archive" / ".state")
    assert (103, 103, MOVED) in runs(moved)
    moved.later(days=2)
    moved.poll("industry")
    shutil.rmtree(moved.folder / "archive" / ".state")
    before = asked(moved, 103)
    moved.poll("industry")
    assert asked(moved, 103) == before
    assert moved.archive().verify().faults == ()


def test_its_row_brings_it_back_when_that_changes(moved: Desk) -> None:
    moved.later(days=2)
    moved.poll("industry")
    moved.site.move(103, "")
    moved.site.edit(103, title="다시 나온 기사")
    moved.poll("industry")
    record = moved.archive().get(103)
    assert record is not None
    assert record.title == "다시 나온 기사"


def test_a_chain_of_moves_ends_at_the_last(desk: Desk) -> None:
    for number in (101, 102, 103):
        desk.site.publish(piece(number, hours=110 - number))
    desk.site.move(101, "/articles/102")
    desk.site.move(102, "/articles/103/068000")
    outcome = by_name(desk.poll("industry"))["industry"]
    assert (outcome.new, outcome.failed) == (1, 0)
    assert set(desk.archive().index.ids()) == {103}
    assert sorted(desk.archive().index.moved()) == [101, 102]


def test_a_circle_a_section_page_or_a_login_is_a_failure_of_those_that_lead_there_alone(
    desk: Desk,
) -> None:
    for number in range(101, 106):
        desk.site.publish(piece(number, hours=110 - number))
    desk.site.move(101, "/articles/102")
    desk.site.move(102, "/articles/101")
    desk.site.move(103, "/categories/068000")
    desk.site.move(104, "/member/login")
    outcome = by_name(desk.poll("industry"))["industry"]
    assert (outcome.new, outcome.failed) == (1, 4)
    assert desk.journal() == [("added", 105)]
    assert {one.id for one in desk.archive().pending.all()} == {101, 102, 103, 104}
    assert not desk.archive().index.moved()


def test_two_that_lead_to_each_other_in_turn_come_to_rest(desk: Desk) -> None:
    for number in (101, 102):
        desk.site.publish(piece(number, hours=110 - number))
    for turn in range(6):
        desk.site.move(101, "/articles/102" if turn % 2 else "")
        desk.site.move(102, "" if turn % 2 else "/articles/101")
        desk.poll("industry")
        desk.later(days=2)
    assert set(desk.archive().index.ids()) == {101, 102}
    assert len(desk.journal()) <= 6
    assert not desk.archive().pending.all()


def test_its_own_id_in_another_form_is_no_move(desk: Desk) -> None:
    forms = ("/articles/{}/068000", "/articles/{}?from=list", "/articles/{}/")
    for number, form in enumerate(forms, 101):
        desk.site.publish(piece(number))
        desk.site.move(number, form.format(number))
    assert by_name(desk.poll("industry"))["industry"].failed == 0
    assert sorted(desk.journal()) == [("added", 101), ("added", 102), ("added", 103)]


@pytest.mark.slow
def test_one_that_is_kept_already_stays_as_it_was(desk: Desk) -> None:
    desk.site.publish(piece(101, status=Status.SOON_FREE))
    desk.poll("industry")
    before = desk.archive().path_of(101).read_bytes()
    desk.site.publish(piece(102))
    desk.site.move(101, "/articles/102")
    for _ in range(40):
        desk.later(days=1)
        desk.poll("industry")
    assert desk.archive().path_of(101).read_bytes() == before
    assert set(desk.archive().index.ids()) == {101, 102}
    assert desk.journal().count(("moved", 101)) == 1
    assert [what for _, _, what in runs(desk)] == [LOCKED, KEPT]
    assert desk.archive().verify().faults == ()
    desk.site.forget_requests()
    desk.later(days=1)
    desk.poll("industry")
    assert asked(desk, 101) == 0, "it is not looked at for ever"


def test_refresh_and_a_backfill_say_so(moved: Desk) -> None:
    shutil.rmtree(moved.folder)
    outcome = backfill(moved, since=None)
    assert (outcome.added, outcome.known, outcome.failed) == (2, 1, 0)
    assert set(moved.archive().index.ids()) == {101, 105}
    config, archive = moved.config, moved.archive()
    with moved.fetcher(archive) as fetcher:
        done, _ = refresh(config, archive, fetcher, moved.clock, [103])
    assert [(one.id, one.what, one.to) for one in done] == [(103, "moved", 105)]
