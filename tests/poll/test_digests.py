"""Digests: what each entry holds, and that what was made stays as it was made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.feeds import check
from feedsvc.model import Event, Revision
from feedsvc.poll.repair import mend
from feedsvc.site import KST
from tests.poll.newsdesk import LOCK, MORNING, Newsdesk, article

JSON = {"formats": ("json",)}
TUESDAY = datetime(2026, 11, 24, 15, tzinfo=KST)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with an article, published when the digest came into the configuration."""
    made = Newsdesk(tmp_path_factory.mktemp("begun"), feeds={**JSON})
    made.keep(1, TUESDAY - timedelta(days=1))
    made.publish(TUESDAY)
    return made.folder


@pytest.fixture
def desk(begun: Path, tmp_path: Path) -> Newsdesk:
    folder = shutil.copytree(begun, tmp_path / "desk")
    return Newsdesk(folder, feeds={**JSON})


def on(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=KST)


def test_an_entry_holds_what_was_first_seen_since_the_last_time(desk: Newsdesk) -> None:
    assert desk.items() == []
    desk.feeds = {}
    desk.keep(2, on(24, 16))
    desk.keep(3, on(25, 7, 59))
    desk.publish(on(25, 7, 59))
    assert desk.made() == {}
    desk.keep(4, on(25, 8, 0))
    desk.keep(5, on(25, 8, 1))
    desk.publish(on(25, 8, 2))
    assert desk.made() == {"2026-11-25T0800": [2, 3, 4]}
    desk.publish(on(25, 20))
    desk.publish(on(26, 8))
    assert desk.made()["2026-11-26T0800"] == [5]
    (newest, first) = desk.items()
    assert first["id"] == "tag:dealsite.co.kr,2018:digests/morning/2026-11-25T0800"
    assert first["date_published"] == "2026-11-25T08:00:00+09:00"
    assert first["title"] == "아침 브리핑 2026년 11월 25일(수) 08:00"
    assert "기사 3건" in first["summary"]
    assert newest["date_published"] > first["date_published"]
    for suffix, document in desk.published().items():
        assert len(check.ids(document, suffix.rpartition(".")[2])) == 2
    assert "morning.atom" in (desk.folder / "public/feeds.opml").read_text("utf-8")
    assert "morning.rss" in (desk.folder / "public/index.html").read_text("utf-8")


def test_by_section_with_flag_subheadline_reporters_and_link(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16), sections=("083000",), title="금융 <기사>")
    desk.keep(3, on(24, 17), access=LOCK, title="잠긴 기사", reporters=("김하나", "박둘"))
    desk.keep(4, on(24, 18), sections=("099000",))
    desk.publish(on(25, 8))
    content = desk.items()[0]["content_html"]
    assert [part.split("</h3>")[0] for part in content.split("<h3>")[1:]] == [
        "산업 (1)", "금융 (1)", "기타 (1)",
    ]  # fmt: skip
    assert "[회원전용] 잠긴 기사</a><br>3의 부제<br>김하나, 박둘" in content
    assert '<a href="http://127.0.0.1:8080/articles/2">금융 &lt;기사&gt;</a>' in content
    assert "기사 3건, 잠긴 기사 1건" in content
    assert "이야기" not in content  # no text of an article


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    ("base", "server", "ours"),
    [
        ("http://127.0.0.1:8080/", {}, True),
        ("http://nas.local:8080/", {"host": "0.0.0.0"}, True),
        ("https://feeds.example.org/", {}, False),
        ("http://127.0.0.1:8080/news/", {}, False),
        ("https://feeds.example.org/news/", {"tokens": ("a-token-that-nobody-knows",)}, True),
    ],
)
def test_links_lead_to_our_pages_where_there_surely_are_some(
    desk: Newsdesk, base: str, server: dict[str, Any], ours: bool
) -> None:
    desk.feeds |= {"base_url": base}
    desk.parts = {"server": server}
    desk.keep(2, on(24, 16))
    desk.publish(on(25, 8))
    link = f"{base}articles/2" if ours else "https://dealsite.co.kr/articles/2"
    assert f'<a href="{link}">' in desk.items()[0]["content_html"]


def test_backfilled_articles_count_in_none(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16), origin="backfill", published_at=on(24, 15, 30))
    desk.publish(on(25, 8))
    assert desk.made() == {}


def test_each_missed_time_is_made_up_for_and_an_empty_window_gives_none(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.keep(3, on(26, 16))  # nothing between Wednesday and Thursday
    desk.keep(4, on(28, 12))  # a Saturday
    desk.publish(on(30, 12))
    assert desk.made() == {
        "2026-11-25T0800": [2], "2026-11-27T0800": [3], "2026-11-30T0800": [4],
    }  # fmt: skip
    assert len(desk.items()) == 3


def edit(desk: Newsdesk) -> None:
    old = desk.archive().get(2)
    assert old is not None
    revision = Revision(on(25, 12), (("title", old.title),))
    changed = replace(old, title="고친 제목", revisions=(revision,))
    desk.kept(changed, Event.REVISED, on(25, 12))


def release(desk: Newsdesk) -> None:
    old = desk.archive().get(3)
    assert old is not None
    access = replace(article(9, on(24, 1)).access, released_at=on(25, 12))
    desk.kept(replace(old, access=access), Event.RELEASED, on(25, 12))


def backfill(desk: Newsdesk) -> None:
    desk.keep(20, on(25, 12), origin="backfill", published_at=on(24, 17))


def another_time(desk: Newsdesk) -> None:
    desk.digests = ({**MORNING, "at": "19:00"},)


def another_title(desk: Newsdesk) -> None:
    desk.digests = ({**MORNING, "title": "다른 이름", "feeds": ("finance",)},)


def other_sections(desk: Newsdesk) -> None:
    desk.feeds |= {"locked": "hide", "title": "다른 제목"}


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    "change", [edit, release, backfill, another_time, another_title, other_sections]
)
def test_what_was_made_never_changes(desk: Newsdesk, change: Callable[[Newsdesk], None]) -> None:
    desk.keep(2, on(24, 16))
    desk.keep(3, on(24, 17), access=LOCK)
    desk.publish(on(25, 8))
    files, (item,) = desk.files(), desk.items()
    change(desk)
    desk.publish(on(25, 13))
    desk.publish(on(25, 14), anew=True)
    assert desk.files() == files
    assert desk.items() == [item]
    shutil.rmtree(desk.folder / "public")
    shutil.rmtree(desk.folder / "archive" / ".state")
    desk.publish(on(25, 15))
    assert desk.files() == files
    assert desk.items() == [item]


def test_only_links_follow_the_base_url(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.publish(on(25, 8))
    files, before = desk.files(), desk.published()
    desk.feeds |= {"base_url": "http://nas.local:8080/"}
    desk.publish(on(25, 9))
    assert desk.files() == files
    for name, document in desk.published().items():
        assert document.replace(b"nas.local", b"127.0.0.1") == before[name]


def test_state_and_public_deleted_give_the_same_bytes(desk: Newsdesk) -> None:
    for day in (24, 25, 26):
        desk.keep(day, on(day, 16))
        desk.publish(on(day + 1, 8))
    before, files = desk.published(), desk.files()
    assert len(files) == 3
    shutil.rmtree(desk.folder / "public")
    shutil.rmtree(desk.folder / "archive" / ".state")
    desk.publish(on(27, 9))
    assert desk.published() == before
    assert desk.files() == files


def test_the_first_window_survives_a_lost_state(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    shutil.rmtree(desk.folder / "archive" / ".state")
    desk.publish(on(24, 17))
    desk.publish(on(25, 8))
    assert desk.made() == {"2026-11-25T0800": [2]}


def test_nothing_is_written_for_a_poll_that_makes_none(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.publish(on(25, 8))
    before = {one: one.stat().st_mtime_ns for one in (desk.folder / "public").rglob("*.*")}
    assert desk.publish(on(25, 9)).paths == ()
    assert {one: one.stat().st_mtime_ns for one in before} == before


def test_taken_out_and_back_it_begins_anew(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.publish(on(25, 8))
    item = desk.items()
    desk.digests = ()
    desk.publish(on(25, 9))
    assert desk.published() == {}
    desk.keep(3, on(26, 10))
    desk.digests = (MORNING,)
    desk.publish(on(26, 12))
    assert desk.items() == item
    desk.keep(4, on(26, 13))
    desk.publish(on(27, 8))
    assert desk.made() == {"2026-11-25T0800": [2], "2026-11-27T0800": [4]}


def test_another_time_of_day_leaves_nothing_out_and_tells_nothing_twice(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.publish(on(25, 8))
    desk.keep(3, on(25, 9))
    desk.digests = ({**MORNING, "at": "18:30"},)
    desk.publish(on(25, 19))
    desk.keep(4, on(25, 20))
    desk.digests = ({**MORNING, "at": "07:00"},)
    desk.publish(on(26, 7))
    assert desk.made() == {
        "2026-11-25T0800": [2], "2026-11-25T1830": [3], "2026-11-26T0700": [4],
    }  # fmt: skip


def test_another_zone_makes_no_entry_twice(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.publish(on(25, 8))
    desk.zone = "America/New_York"
    desk.keep(3, on(25, 10))
    desk.publish(on(25, 23))  # 09:00 there, of the same date: that name is taken
    assert desk.made() == {"2026-11-25T0800": [2]}
    desk.publish(on(26, 23))
    assert desk.made() == {"2026-11-25T0800": [2], "2026-11-26T0800": [3]}


def test_named_feeds_in_their_order_an_article_once(desk: Newsdesk) -> None:
    desk.digests = ({**MORNING, "feeds": ("finance", "words", "all")},)
    desk.feeds |= {"custom": ({"name": "words", "title": "관심", "any": ("관심어",)},)}
    desk.publish(on(24, 15, 30))
    desk.keep(2, on(24, 16), title="관심어 하나")
    desk.keep(3, on(24, 17), sections=("068000", "083000"), title="관심어 둘")
    desk.keep(4, on(24, 18))
    desk.publish(on(25, 8))
    entry = desk.archive().digests.entry("morning", "2026-11-25T0800")
    told = [(one.feed, one.title, [line.id for line in one.lines]) for one in entry.groups]
    assert told == [("finance", "금융", [3]), ("words", "관심 - 산업", [2]), ("all", "산업", [4])]


def test_released_and_revised_are_feeds_too(desk: Newsdesk) -> None:
    desk.digests = ({**MORNING, "feeds": ("released", "revised", "all")},)
    desk.publish(on(24, 15, 30))
    desk.keep(2, on(24, 16))
    desk.keep(3, on(24, 17), access=LOCK)
    desk.publish(on(25, 8))
    edit(desk)
    release(desk)
    desk.publish(on(25, 13))
    desk.publish(on(26, 8))
    desk.publish(on(27, 8))
    assert desk.made() == {"2026-11-25T0800": [2, 3], "2026-11-26T0800": [2, 3]}
    entry = desk.archive().digests.entry("morning", "2026-11-26T0800")
    told = [(one.feed, one.title, line.key) for one in entry.groups for line in one.lines]
    assert told == [
        ("released", "무료 전환 - 산업", "3#released"),
        ("revised", "수정 - 산업", "2#r1"),
    ]


def test_hidden_articles_come_with_their_release(desk: Newsdesk) -> None:
    desk.feeds |= {"locked": "hide"}
    desk.keep(2, on(24, 16))
    desk.keep(3, on(24, 17), access=LOCK)
    desk.publish(on(25, 8))
    release(desk)
    desk.publish(on(26, 8))
    assert desk.made() == {"2026-11-25T0800": [2], "2026-11-26T0800": [3]}


def test_an_article_that_comes_late_into_a_feed_is_told_once(desk: Newsdesk) -> None:
    desk.digests = ({**MORNING, "feeds": ("finance",)},)
    desk.publish(on(24, 15, 30))
    late = desk.keep(2, on(24, 16))
    desk.keep(3, on(24, 17), sections=("083000",))
    desk.publish(on(25, 8))
    desk.kept(replace(late, sections=("068000", "083000")), Event.NOTED, on(25, 12))
    for day in (26, 27):
        desk.publish(on(day, 8))
    assert desk.made() == {"2026-11-25T0800": [3], "2026-11-26T0800": [2]}


def test_a_clock_that_was_ahead_costs_no_article(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.publish(on(26, 9))  # it was the 24th in truth
    desk.keep(3, on(24, 17))
    desk.keep(4, on(25, 12))
    for day in (25, 26, 27):
        desk.publish(on(day, 8))
    assert all_told(desk) == [2, 3, 4]
    assert desk.made()["2026-11-25T0800"] == [2]


def all_told(desk: Newsdesk) -> list[int]:
    return sorted(one for numbers in desk.made().values() for one in numbers)


def test_a_republication_stands_below_what_it_repeats(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.keep(3, on(24, 17), duplicate_of=2)
    desk.keep(4, on(24, 18), duplicate_of=1)  # of before: no feed shows it
    desk.publish(on(25, 8))
    entry = desk.archive().digests.entry("morning", "2026-11-25T0800")
    assert [(one.id, [below.id for below in one.same]) for one in entry.groups[0].lines] == [
        (2, [3])
    ]
    assert "<ul>" in desk.items()[0]["content_html"].split("<ul>", 1)[1]


def test_one_story_stands_below_the_first_of_it(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16), title="수림테크, HBM 검사장비 1100억 공급계약 체결")
    desk.keep(3, on(24, 17), title="수림테크 HBM 검사장비 1100억 공급 계약", sections=("083000",))
    desk.publish(on(25, 8))
    entry = desk.archive().digests.entry("morning", "2026-11-25T0800")
    assert [(one.title, one.lines[0].id, one.lines[0].same[0].id) for one in entry.groups] == [
        ("산업", 2, 3)
    ]


def test_a_damaged_entry_is_told_and_costs_nothing_else(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.publish(on(25, 8))
    path = desk.folder / "archive/digests/morning/2026-11-25T0800.json"
    whole, before = path.read_bytes(), desk.published()
    path.write_bytes(whole.replace("2의 부제".encode(), "3의 부제".encode()))
    desk.keep(3, on(25, 9))
    done = desk.publish(on(26, 8))
    assert any("2026-11-25T0800.json: damaged" in str(one) for one in done.problems)
    assert desk.published() == before  # neither remade nor published as it is
    assert "articles/3" in (desk.folder / "public/all.json").read_text("utf-8")
    (fault,) = desk.archive().verify().faults
    assert fault.path == path
    path.write_bytes(whole)
    assert desk.publish(on(26, 8, 10)).problems == ()
    assert desk.made() == {"2026-11-25T0800": [2], "2026-11-26T0800": [3]}


def test_a_lost_entry_is_acknowledged_and_not_made_again(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.publish(on(25, 8))
    desk.keep(3, on(25, 16))
    desk.publish(on(26, 8))
    gone = desk.folder / "archive/digests/morning/2026-11-25T0800.json"
    gone.unlink()
    (fault,) = desk.archive().verify().faults
    assert (fault.path, fault.what) == (gone, "is gone")
    newest = gone.with_name("2026-11-26T0800.json")
    newest.write_bytes(newest.read_bytes()[:-30])
    archive = desk.archive()
    assert len(mend(desk.config, archive, on(26, 9))) == 1
    assert archive.verify().faults == ()
    desk.publish(on(27, 8))
    assert "2026-11-26T0800" not in desk.made()
    assert set(all_told(desk)) >= {3}


def test_a_damaged_since_is_told_and_mended(desk: Newsdesk) -> None:
    desk.keep(2, on(24, 16))
    desk.publish(on(25, 8))
    since = desk.folder / "archive/digests/morning/since"
    since.write_text("gestern\n")
    desk.keep(3, on(25, 16))
    assert any("since: damaged" in str(one) for one in desk.publish(on(26, 8)).problems)
    assert [fault.path for fault in desk.archive().verify().faults] == [since]
    mend(desk.config, desk.archive(), on(26, 9))
    desk.publish(on(26, 10))
    assert desk.made() == {"2026-11-25T0800": [2], "2026-11-26T0800": [3]}


def test_one_digest_s_damage_is_not_the_others(desk: Newsdesk) -> None:
    desk.digests = (MORNING, {**MORNING, "name": "noon", "at": "12:00"})
    desk.publish(on(24, 15, 30))
    (desk.folder / "archive/digests/morning/since").write_bytes(b"\xff")
    desk.keep(2, on(24, 16))
    done = desk.publish(on(25, 13))
    assert len(done.problems) == 1
    assert desk.made("noon") == {"2026-11-25T1200": [2]}


def test_what_nobody_made_is_an_alien_file(desk: Newsdesk) -> None:
    folder = desk.folder / "archive/digests/morning"
    (folder / "2026-11-25.json").write_text("{}")
    assert [fault.what for fault in desk.archive().verify().faults] == ["an alien file"]


def test_what_is_read_in_the_second_in_which_a_digest_begins_is_in_its_first_entry(
    tmp_path: Path,
) -> None:
    desk = Newsdesk(tmp_path / "new", feeds=JSON)
    begun = datetime(2026, 11, 24, 18, 0, tzinfo=KST)
    desk.publish(begun)
    desk.keep(1, begun)
    desk.keep(2, begun + timedelta(seconds=1))
    desk.keep(3, begun - timedelta(seconds=1))
    desk.publish(begun + timedelta(days=1))
    desk.publish(begun + timedelta(days=2))
    assert desk.made() == {"2026-11-25T0800": [1, 2]}
