"""The whole path, from section pages to feeds, against the stand-in."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.errors import ArchiveLocked
from feedsvc.memory import Edition
from feedsvc.model import Status
from feedsvc.poll import exit_code
from tests.poll.desk import NOW, SECTIONS, Begun, Desk, by_name, piece
from tests.standin import Fault, StandIn

pytestmark = pytest.mark.usefixtures("one_section")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    site = StandIn()
    site.boxes = False
    with site:
        made = Desk(site, tmp_path_factory.mktemp("polled"), sections=SECTIONS[:1])
        made.feeds["formats"] = ("json",)
        site.now = made.clock
        site.publish(piece(101))
        made.poll()
        made.later(minutes=10)  # it is not looked at again yet
        yield Begun(made)


@pytest.fixture
def polled(begun: Begun, tmp_path: Path) -> Desk:
    """A desk that read one article at the last poll."""
    return begun.in_folder(tmp_path)


def test_articles_are_kept_and_published(desk: Desk) -> None:
    desk.sections = SECTIONS
    desk.site.publish(piece(101, hours=3))
    desk.site.publish(piece(102, hours=2, sections=("083000",)))
    desk.site.publish(piece(103, status=Status.MEMBERS_ONLY, teaser=2))

    outcome = desk.poll()

    assert exit_code(outcome) == 0
    assert {name: one.new for name, one in by_name(outcome).items()} == {
        "industry": 2,
        "finance": 1,
        "mna": 0,
    }
    assert [item["title"] for item in desk.feed("all")] == [
        "[회원전용] 한빛전자 103호 공장 착공",
        "한빛전자 102호 공장 착공",
        "한빛전자 101호 공장 착공",
    ]
    assert [item["url"] for item in desk.feed("finance")] == [f"{desk.site.base_url}/articles/102"]
    record = desk.archive().get(101)
    assert record is not None
    assert len(record.body) == 4
    assert record.access.status is Status.OPEN
    # Its times are in Korea.
    assert record.published_at == NOW - timedelta(hours=3)
    assert record.published_at.isoformat().endswith("+09:00")
    assert record.first_seen_at == NOW
    # A locked one keeps its teaser and its flag.
    record = desk.archive().get(103)
    assert record is not None
    assert record.access.status is Status.MEMBERS_ONLY
    assert record.access.locked
    assert len(record.body) == 2


@pytest.mark.usefixtures("every_format")
def test_nothing_new_costs_one_request_a_section_and_touches_no_file(desk: Desk) -> None:
    desk.sections = SECTIONS
    for number in (101, 102):
        desk.site.publish(piece(number, hours=number - 100))
    desk.poll()
    before, stamps = desk.published(), len(desk.journal())
    desk.site.forget_requests()
    desk.later(minutes=10)

    outcome = desk.poll()

    assert [one.target for one in desk.site.requests] == [
        f"/categories/{section.code}" for section in SECTIONS
    ]
    assert outcome.requests == 3
    assert outcome.published == ()
    assert desk.published() == before
    assert len(desk.journal()) == stamps
    assert exit_code(outcome) == 0


def test_listed_in_three_sections_it_is_read_kept_and_published_once(desk: Desk) -> None:
    desk.sections = SECTIONS
    desk.site.publish(piece(101, sections=("068000", "083000", "080057")))

    outcome = desk.poll()

    assert desk.site.count("/articles/101*") == 1
    assert sum(section.new for section in outcome.sections) == 1
    assert desk.journal() == [("added", 101)]
    record = desk.archive().get(101)
    assert record is not None
    assert {"068000", "083000", "080000"} <= set(record.sections)
    for name in ("all", "industry", "finance", "mna"):
        assert [item["id"] for item in desk.feed(name)] == [record.guid]


def test_a_section_that_lists_it_later_is_noted_without_reading_it_again(desk: Desk) -> None:
    desk.sections = SECTIONS[:2]
    desk.site.publish(piece(101))
    desk.poll()
    desk.site.edit(101, sections=("068000", "083000"))
    desk.later(minutes=10)
    desk.poll()
    assert desk.site.count("/articles/101*") == 1
    assert desk.journal() == [("added", 101), ("noted", 101)]
    assert len(desk.feed("finance")) == 1


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("change", ["title", "summary"])
def test_a_row_that_changed_makes_the_article_be_read_again(polled: Desk, change: str) -> None:
    before = polled.archive().get(101)
    body = ("<p>첫 단락을 새로 썼다. 회사는 계획을 바꿨다고 밝혔다.</p>", *piece(101).body[1:])
    if change == "title":
        polled.site.edit(101, title="한빛전자 101호 공장 착공 연기")
    else:
        polled.site.edit(101, body=body, subtitle="")
    polled.site.publish(piece(102, hours=0))

    outcome = polled.poll()

    after = polled.archive().get(101)
    assert before is not None
    assert after is not None
    assert by_name(outcome)["industry"].revised == 1
    assert after.guid == before.guid
    assert after.digest != before.digest
    assert after.updated_at == polled.now
    assert len(after.revisions) == 1
    assert ("revised", 101) in polled.journal()
    assert [item["id"] for item in polled.feed("all")].count(after.guid) == 1


def test_what_one_section_lists_anew_and_the_next_shows_changed_is_read(desk: Desk) -> None:
    """The first writes down that it lists the article, which must not settle what the other
    finds out: its mark is today's from then on, and nobody would read the article again."""
    desk.sections = SECTIONS[:2]
    desk.site.publish(piece(101, sections=("083000",)))
    desk.poll()
    body = ("<p>첫 단락을 새로 썼다. 회사는 계획을 바꿨다고 밝혔다.</p>", *piece(101).body[1:])
    desk.site.edit(101, sections=("068000", "083000"), body=body, subtitle="")
    desk.later(minutes=10)
    desk.poll()
    record = desk.archive().get(101)
    assert record is not None
    assert set(record.sections) == {"083000", "068000"}
    assert "계획을 바꿨다" in record.body[0]
    assert desk.archive().pending.all() == ()


def test_a_year_that_was_mistyped_stops_no_feed(desk: Desk, every_format: None) -> None:
    desk.site.publish(piece(101, published_at=NOW.replace(year=202)))
    desk.poll()
    desk.site.publish(piece(102))
    desk.later(minutes=10)
    desk.poll()
    assert {one["id"].rpartition("/")[2] for one in desk.feed("all")} == {"101", "102"}
    assert (desk.folder / "public/archive/all/0202-03.atom").is_file()


def test_one_articles_failure_never_stops_the_next(desk: Desk) -> None:
    for number in (101, 102, 103):
        desk.site.publish(piece(number))
    desk.site.fault(Fault.SERVER_ERROR, "/articles/102*")

    outcome = desk.poll()

    assert by_name(outcome)["industry"].new == 2
    assert by_name(outcome)["industry"].failed == 1
    assert exit_code(outcome) == 1
    assert [pending.id for pending in desk.archive().pending.all()] == [102]

    desk.site.clear_faults()
    desk.later(minutes=10)
    assert by_name(desk.poll())["industry"].new == 1
    assert desk.archive().pending.all() == ()
    assert len(desk.feed("all")) == 3


def test_one_sections_failure_never_stops_the_others(desk: Desk) -> None:
    desk.sections = SECTIONS
    desk.site.publish(piece(101))
    desk.site.publish(piece(102, sections=("083000",)))
    desk.site.publish(piece(103, sections=("080000",)))
    desk.site.fault(Fault.UNAVAILABLE, "/categories/068000*")

    outcome = desk.poll()

    assert by_name(outcome)["industry"].error
    assert by_name(outcome)["finance"].new == 1
    assert by_name(outcome)["mna"].new == 1
    assert exit_code(outcome) == 1


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    "fault", [Fault.UNAVAILABLE, Fault.FIREWALL, Fault.EMPTY, Fault.RENAMED, Fault.ERROR_PAGE_OK]
)
def test_a_failed_poll_never_touches_what_is_published(polled: Desk, fault: Fault) -> None:
    before = polled.published()
    polled.site.publish(piece(102, hours=0))
    polled.site.fault(fault, "*")

    outcome = polled.poll()

    assert exit_code(outcome) == 4
    assert polled.published() == before

    polled.site.clear_faults()
    polled.later(hours=2)
    assert exit_code(polled.poll()) == 0
    assert len(polled.feed("all")) == 2


def test_no_error_page_becomes_an_article(desk: Desk) -> None:
    faults = (
        Fault.ERROR_PAGE_OK,
        Fault.NOT_FOUND,
        Fault.LOGIN_REDIRECT,
        Fault.FIREWALL_OK,
        Fault.EMPTY,
        Fault.PDF,
        Fault.RENAMED,
    )
    for number, fault in enumerate(faults, 101):
        desk.site.publish(piece(number))
        desk.site.fault(fault, f"/articles/{number}*")
    desk.site.publish(piece(190))

    outcome = desk.poll()

    assert by_name(outcome)["industry"].failed == len(faults)
    assert list(desk.archive().index.ids()) == [190]


def test_rows_come_from_the_json_listing_where_the_page_has_none(desk: Desk) -> None:
    desk.site.publish(piece(101))
    desk.site.rows_as = "json-only"
    assert by_name(desk.poll("industry"))["industry"].new == 1
    desk.site.forget_requests()
    desk.site.publish(piece(102, hours=0))
    desk.later(minutes=10)

    assert by_name(desk.poll("industry"))["industry"].new == 1
    assert desk.site.count("/categories/*") == 0
    assert desk.site.count("/api/*") == 1


def test_the_older_layout_is_read_as_well(desk: Desk) -> None:
    desk.site.layout = "paxnet"
    desk.site.publish(piece(101))
    outcome = desk.poll("industry")
    assert by_name(outcome)["industry"].new == 1
    record = desk.archive().get(101)
    assert record is not None
    assert record.title == "한빛전자 101호 공장 착공"
    assert len(record.body) == 4


def test_the_first_poll_reads_one_page_and_a_later_one_all_that_was_missed(desk: Desk) -> None:
    desk.site.page_size = 2
    for number in range(1, 5):
        desk.site.publish(piece(number, hours=1000 - number))
    assert by_name(desk.poll("industry"))["industry"].new == 2
    for number in range(5, 13):  # four pages, one more than are read anyway
        desk.site.publish(piece(number, hours=1000 - number))
    desk.later(days=7)
    assert by_name(desk.poll("industry"))["industry"].new >= 8
    assert set(range(3, 13)) <= set(desk.archive().index.ids())


@pytest.mark.slow
def test_a_walk_cut_short_leaves_no_hole(desk: Desk) -> None:
    for number in range(1, 21):
        desk.site.publish(piece(number, hours=1000 - number))
    desk.poll("industry")
    for number in range(21, 101):
        desk.site.publish(piece(number, hours=1000 - number))
    desk.site.fault(Fault.SERVER_ERROR, "/categories/068000?page=3")
    desk.later(days=1, minutes=-1)
    outcome = desk.poll("industry")
    assert by_name(outcome)["industry"].error
    assert set(range(61, 101)) <= set(desk.archive().index.ids())

    desk.site.clear_faults()
    desk.later(minutes=10)
    desk.poll("industry")
    assert set(desk.archive().index.ids()) == set(range(1, 101))


@pytest.mark.slow
def test_same_rows_for_every_page_end_the_walk(desk: Desk) -> None:
    desk.site.publish(piece(1, hours=100))
    desk.poll("industry")
    for number in range(2, 50):
        desk.site.publish(piece(number, hours=50 - number))
    desk.site.repeat_pages = True
    desk.site.forget_requests()
    desk.later(hours=1)
    desk.poll("industry")
    assert desk.site.count("/categories/*") == 2


@pytest.mark.slow
def test_a_poll_that_was_stopped_goes_on_where_it_was(desk: Desk) -> None:
    for number in range(101, 111):
        desk.site.publish(piece(number, hours=120 - number))
    left = iter([False] * 6 + [True] * 10)
    desk.poll("industry", stop=lambda: next(left))
    some = len(desk.archive())
    assert 0 < some < 10
    desk.later(minutes=10)
    desk.poll("industry")
    assert len(desk.archive()) == 10
    assert len(desk.feed("all")) == 10
    assert desk.site.count("/articles/*") == 10


def test_what_was_kept_and_not_published_is_published_by_the_next_poll(polled: Desk) -> None:
    polled.site.publish(piece(102))
    archive = polled.archive()
    shutil.copytree(polled.folder / "public", polled.folder / "before")
    polled.poll()
    # As if the power had gone between the record and the feeds.
    memory = archive.memory
    with archive.writing(polled.now):
        lines = (polled.folder / "archive" / "journal" / "2026-03.jsonl").read_bytes().splitlines()
        last, head = Edition.of(memory), "sha256:" + hashlib.sha256(lines[0]).hexdigest()
        assert last is not None
        replace(last, head=head).keep(memory)
    archive.close()
    shutil.rmtree(polled.folder / "public")
    shutil.move(polled.folder / "before", polled.folder / "public")
    assert len(polled.feed("all")) == 1
    polled.later(minutes=10)
    polled.poll()
    assert len(polled.feed("all")) == 2


@pytest.mark.usefixtures("every_format")
@pytest.mark.slow
def test_a_deleted_state_folder_costs_no_article_and_no_second_reading(desk: Desk) -> None:
    for number in range(101, 106):
        desk.site.publish(piece(number))
    desk.poll()
    before = {name: data for name, (data, _) in desk.published().items()}
    shutil.rmtree(desk.folder / "archive" / ".state")
    desk.site.forget_requests()
    desk.later(minutes=10)
    outcome = desk.poll()
    assert desk.site.count("/articles/*") == 0
    assert exit_code(outcome) == 0
    assert {name: data for name, (data, _) in desk.published().items()} == before


@pytest.mark.slow
def test_a_listed_article_without_a_page_is_dropped_after_a_day_of_404s(desk: Desk) -> None:
    desk.site.publish(piece(101))
    desk.site.fault(Fault.SERVER_ERROR, "/articles/101*")
    desk.poll("industry")
    desk.site.clear_faults()
    desk.site.fault(Fault.NOT_FOUND, "/articles/101*")
    for _ in range(3):
        desk.later(hours=13)
        assert [one.id for one in desk.archive().pending.all()] == [101]
        desk.poll("industry")
    assert desk.archive().pending.all() == ()
    desk.site.publish(piece(102))
    desk.site.forget_requests()
    desk.poll("industry")
    assert desk.site.count("/articles/101*") == 0


def test_changed_settings_are_published_without_a_new_article(polled: Desk) -> None:
    polled.feeds["title"] = "다른 이름"
    assert polled.poll().published


def test_a_second_writer_is_refused(desk: Desk) -> None:
    archive = desk.archive()
    with archive.writing(desk.now), pytest.raises(ArchiveLocked, match=str(os.getpid())):
        desk.poll()


@pytest.mark.slow
def test_once_a_day_each_section_is_read_three_pages_deep(desk: Desk) -> None:
    for number in range(1, 101):
        desk.site.publish(piece(number, hours=1000 - number))
    desk.poll("industry")
    desk.site.publish(piece(55_555, hours=1000 - 45))
    desk.later(hours=25)
    desk.poll("industry")
    assert desk.archive().get(55_555) is not None


@pytest.mark.usefixtures("every_format")
@pytest.mark.slow
def test_state_deleted_brings_no_older_articles(desk: Desk) -> None:
    for number in range(1, 101):
        desk.site.publish(piece(number, hours=1000 - number))
    desk.poll("industry")
    before = desk.published()
    shutil.rmtree(desk.archive().path / ".state")
    desk.later(minutes=10)
    assert by_name(desk.poll("industry"))["industry"].new == 0
    assert desk.published() == before
    desk.later(hours=25)
    assert by_name(desk.poll("industry"))["industry"].new > 0


def test_a_box_that_shortens_headlines_costs_no_second_reading(desk: Desk) -> None:
    desk.site.boxes = True
    desk.site.publish(piece(101))
    desk.site.publish(piece(102, sections=("090000",), status=Status.MEMBERS_ONLY))
    desk.poll()
    desk.site.edit(102, title="아주 다른 제목")
    desk.site.forget_requests()
    desk.later(minutes=10)
    desk.poll()
    assert desk.site.count("/articles/*") == 0
