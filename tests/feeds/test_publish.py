"""Publishing: what is replaced, what is left alone, and what a failure leaves behind."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from feedsvc.config import CustomFeedConfig
from feedsvc.feeds import check, xml
from feedsvc.feeds.channel import Channel
from feedsvc.model import Status
from tests.feeds.conftest import NOW, Desk, access, make_record, revision

OLD = NOW - timedelta(days=30)


def held(desk: Desk, name: str) -> list[str]:
    """The ids of a feed, shortened; the same in each of its formats."""
    found = [check.ids(desk.read(f"{name}.{suffix}"), suffix) for suffix in ("rss", "atom", "json")]
    assert found[0] == found[1] == found[2]
    return [one.rpartition("/")[2] for one in found[0]]


def stamps(desk: Desk) -> dict[str, tuple[int, bytes]]:
    files = (one for one in desk.path.rglob("*") if one.is_file())
    return {
        str(one.relative_to(desk.path)): (one.stat().st_mtime_ns, one.read_bytes()) for one in files
    }


def test_every_feed_is_there_from_the_start(desk: Desk) -> None:
    done = desk.publish()
    assert done.problems == ()
    names = ("all", "industry", "finance", "everything", "released", "revised")
    wanted = {f"{name}.{suffix}" for name in names for suffix in ("rss", "atom", "json")}
    assert {path.name for path in done.paths} == wanted | {
        "feeds.opml",
        "index.html",
        "icon.png",
        "logo.png",
    }
    assert all(held(desk, name) == [] for name in names)


@pytest.mark.usefixtures("no_sections")
def test_the_same_records_give_the_same_bytes_and_no_file_is_touched(desk: Desk) -> None:
    desk.shelf.put(*(make_record(n) for n in range(1, 20)))
    desk.publish()
    before = stamps(desk)
    for name in before:
        os.utime(desk.path / name, ns=(1, 1))
    assert desk.publish(now=NOW + timedelta(hours=1)).paths == ()
    assert stamps(desk) == {name: (1, data) for name, (_, data) in before.items()}


def test_two_folders_get_the_same_bytes(desk: Desk, tmp_path: Path) -> None:
    desk.shelf.put(*(make_record(n) for n in range(1, 5)))
    desk.publish()
    other = Desk(tmp_path / "other", desk.shelf)
    other.publish(now=NOW + timedelta(minutes=5))
    assert {n: data for n, (_, data) in stamps(desk).items()} == {
        n: data for n, (_, data) in stamps(other).items()
    }


def test_a_section_holds_its_records_and_one_without_code_holds_all(desk: Desk) -> None:
    desk.shelf.put(
        make_record(1), make_record(2, sections=("083000",)), make_record(3, sections=())
    )
    desk.publish()
    assert held(desk, "industry") == ["1"]
    assert held(desk, "finance") == ["2"]
    assert held(desk, "everything") == held(desk, "all") == ["3", "2", "1"]


@pytest.mark.usefixtures("no_sections")
def test_the_newest_by_first_seen_are_shown_by_publishing_time(desk: Desk) -> None:
    desk.settings["entries"] = 2
    for n in range(1, 5):
        desk.shelf.put(
            make_record(
                n, first_seen_at=OLD + timedelta(hours=n), published_at=OLD - timedelta(hours=n)
            )
        )
    desk.publish()
    assert held(desk, "all") == ["3", "4"]


@pytest.mark.usefixtures("no_sections")
def test_three_days_stay_beyond_the_number_of_entries(desk: Desk) -> None:
    desk.settings["entries"] = 1
    desk.shelf.put(*(make_record(n) for n in range(1, 8)), make_record(9, first_seen_at=OLD))
    desk.publish()
    assert held(desk, "all") == ["7", "6", "5", "4", "3", "2", "1"]
    desk.publish(now=NOW + timedelta(days=9))
    assert held(desk, "all") == ["7"]


@pytest.mark.usefixtures("no_sections")
def test_a_file_over_the_size_drops_the_oldest(desk: Desk) -> None:
    desk.shelf.put(*(make_record(n, body=(f"<p>{'가' * 2000}</p>",)) for n in range(1, 20)))
    desk.settings["max_size"] = 40_000
    assert desk.publish().problems == ()
    for suffix in ("rss", "atom", "json"):
        document = desk.read(f"all.{suffix}")
        numbers = [int(one.rpartition("/")[2]) for one in check.ids(document, suffix)]
        assert 30_000 < len(document) <= 40_000
        assert numbers == list(range(19, 19 - len(numbers), -1))


@pytest.mark.usefixtures("no_sections")
def test_an_article_larger_than_a_feed_is_shown_short_and_hides_no_other(desk: Desk) -> None:
    desk.shelf.put(make_record(1), make_record(2, body=(f"<p>{'가' * 20_000}</p>",)))
    desk.settings["max_size"] = 20_000
    assert desk.publish().problems == ()
    assert held(desk, "all") == ["2", "1"]
    assert "원문 보기".encode() in desk.read("all.rss")


@pytest.mark.usefixtures("no_sections")
def test_a_size_that_holds_nothing_is_said_and_nothing_is_replaced(desk: Desk) -> None:
    desk.shelf.put(make_record(1))
    desk.publish()
    before = stamps(desk)
    desk.settings["max_size"] = 200
    done = desk.publish()
    assert done.paths == ()
    assert any("raise feeds.max_size" in str(problem) for problem in done.problems)
    assert stamps(desk) == before


@pytest.mark.usefixtures("no_sections")
def test_hidden_until_released_and_then_shown_however_old(desk: Desk) -> None:
    desk.settings |= {"locked": "hide", "entries": 2}
    locked = make_record(1, first_seen_at=OLD, access=access(Status.SOON_FREE))
    desk.shelf.put(locked, make_record(2), make_record(3))
    desk.publish()
    assert held(desk, "all") == ["3", "2"]
    desk.shelf.put(replace(locked, access=access(Status.OPEN, released_at=NOW)))
    desk.publish()
    assert held(desk, "all") == ["3", "2", "1"]
    assert held(desk, "released") == ["1#released"]


@pytest.mark.usefixtures("no_sections")
def test_an_article_released_while_still_among_the_newest_is_shown_once(desk: Desk) -> None:
    desk.settings["locked"] = "hide"
    desk.shelf.put(make_record(1, access=access(Status.OPEN, released_at=NOW)))
    desk.publish()
    assert held(desk, "all") == ["1"]


@pytest.mark.usefixtures("no_sections")
def test_flagged_articles_are_shown(desk: Desk) -> None:
    desk.shelf.put(make_record(1, access=access(Status.MEMBERS_ONLY)))
    desk.publish()
    for suffix in ("rss", "atom"):
        (entry,) = feedparser.parse(desk.read(f"all.{suffix}")).entries
        assert entry.title == "[회원전용] 제목 1"


@pytest.mark.usefixtures("no_sections")
def test_a_duplicate_gets_no_entry_and_makes_room_for_others(desk: Desk) -> None:
    desk.settings["entries"] = 3
    for n in range(1, 31):
        seen = OLD + timedelta(hours=n)
        original = n - 1 if n > 4 else None
        desk.shelf.put(make_record(n, first_seen_at=seen, duplicate_of=original))
    desk.publish()
    assert held(desk, "all") == ["4", "3", "2"]


def test_an_entry_once_published_is_not_withdrawn_as_a_duplicate(desk: Desk) -> None:
    desk.shelf.put(make_record(1), make_record(2, sections=("083000",)))
    desk.publish()
    desk.shelf.put(make_record(2, duplicate_of=1), make_record(3, duplicate_of=1))
    desk.publish()
    assert held(desk, "all") == ["2", "1"]
    assert held(desk, "industry") == ["1"]


@pytest.mark.usefixtures("no_sections")
def test_released_goes_by_the_time_of_release(desk: Desk) -> None:
    desk.settings["entries"] = 2
    for n, days in ((1, 1), (2, 40), (3, 2), (4, 50)):
        when = NOW - timedelta(days=days)
        desk.shelf.put(make_record(n, access=access(Status.OPEN, released_at=when)))
    desk.shelf.put(make_record(5), make_record(6, access=access(Status.PLUS_ONLY, released_at=NOW)))
    desk.publish()
    assert held(desk, "released") == ["1#released", "3#released"]


@pytest.mark.usefixtures("no_sections")
def test_revised_has_an_entry_a_change_by_the_time_seen(desk: Desk) -> None:
    desk.settings["entries"] = 2
    first, second = NOW - timedelta(days=9), NOW - timedelta(days=1)
    desk.shelf.put(
        make_record(1, revisions=(revision(first, title="가"), revision(second, title="나"))),
        make_record(2, revisions=(revision(NOW - timedelta(days=5), title="다"),)),
        make_record(3, revisions=(revision(NOW, keywords=[]),)),
    )
    desk.publish()
    assert held(desk, "revised") == ["1#r2", "2#r1"]
    assert b"&lt;del&gt;" in desk.read("revised.rss")


@pytest.mark.usefixtures("no_sections")
def test_hidden_articles_show_no_revisions(desk: Desk) -> None:
    desk.settings["locked"] = "hide"
    lock = access(Status.PLUS_ONLY)
    desk.shelf.put(make_record(1, access=lock, revisions=(revision(NOW, title="가"),)))
    desk.publish()
    assert held(desk, "revised") == []


@pytest.mark.usefixtures("no_sections")
@pytest.mark.parametrize("formats", [("rss",), ("json", "atom")])
def test_only_the_formats_asked_for_are_written(desk: Desk, formats: tuple[str, ...]) -> None:
    desk.settings["formats"] = formats
    desk.shelf.put(make_record(1))
    desk.publish()
    suffixes = {path.suffix for path in desk.path.iterdir() if path.is_file()}
    assert suffixes == {".html", ".opml", ".png", *(f".{one}" for one in formats)}
    listed = set(re.findall(r"all\.(\w+)", desk.read("index.html").decode()))
    assert listed == set(formats)


def test_only_the_feeds_a_record_touches_are_built(desk: Desk) -> None:
    desk.settings["custom"] = (
        CustomFeedConfig(name="chips", title="칩", any=("하이닉스",)),
        CustomFeedConfig(name="other", title="다른", any=("조선",)),
    )
    desk.publish()
    record = make_record(1, title="하이닉스가")
    desk.shelf.put(record)
    desk.shelf.asked.clear()
    done = desk.publish(changed=[record])
    touched = {"all", "industry", "everything", "chips"}
    pages = [path for path in done.paths if path.stem == "2026-03"]
    assert {path.parent.name for path in pages} == touched
    assert {path.stem for path in done.paths} == {*touched, "2026-03", "index"}
    # What they hold is remembered, and the record is at hand.
    assert desk.shelf.asked == []


def test_nothing_changed_asks_nothing(desk: Desk) -> None:
    desk.publish()
    desk.shelf.asked.clear()
    assert desk.publish(changed=()).paths == ()
    assert desk.shelf.asked == []


def test_a_feed_without_a_file_is_built_whatever_changed(desk: Desk) -> None:
    desk.shelf.put(make_record(1))
    desk.publish()
    (desk.path / "industry.atom").unlink()
    assert [path.name for path in desk.publish(changed=()).paths] == ["industry.atom"]


@pytest.mark.usefixtures("no_sections")
def test_a_record_that_matches_no_longer_leaves_the_custom_feed(desk: Desk) -> None:
    desk.settings["custom"] = (CustomFeedConfig(name="chips", title="칩", any=("하이닉스",)),)
    first, second = make_record(1, title="하이닉스가"), make_record(2, title="하이닉스를")
    desk.shelf.put(first, second)
    desk.publish()
    assert held(desk, "chips") == ["2", "1"]
    edited = replace(second, title="조선이")
    desk.shelf.put(edited)
    desk.publish(changed=[edited])
    assert held(desk, "chips") == ["1"]


@pytest.mark.usefixtures("no_sections")
def test_released_and_revised_are_built_when_touched(desk: Desk) -> None:
    desk.publish()
    record = make_record(
        1,
        access=access(Status.OPEN, released_at=NOW - timedelta(hours=1)),
        revisions=(revision(NOW, title="옛"),),
    )
    desk.shelf.put(record)
    desk.publish(changed=[record])
    assert held(desk, "released") == ["1#released"]
    assert held(desk, "revised") == ["1#r1"]


def test_a_feed_that_held_entries_is_never_emptied(desk: Desk) -> None:
    desk.shelf.put(make_record(1))
    desk.publish()
    before = stamps(desk)
    desk.shelf.records.clear()
    done = desk.publish()
    assert done.paths == ()
    assert stamps(desk) == before
    assert len(done.problems) == 9
    assert all("would be empty" in str(problem) for problem in done.problems)


@pytest.mark.usefixtures("no_sections")
def test_a_record_that_makes_no_entry_is_named_and_stops_no_other(desk: Desk) -> None:
    desk.shelf.put(make_record(1), make_record(2, updated_at=datetime(2026, 3, 9)))  # noqa: DTZ001  # the fault tested
    done = desk.publish()
    assert [problem.about for problem in done.problems] == ["article 2"]
    assert held(desk, "all") == ["1"]


def test_a_feed_that_fails_stays_and_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.shelf.put(make_record(1))
    desk.publish()
    before = desk.read("industry.rss")
    whole = xml.rss

    def broken(channel: Channel, *more: Any) -> bytes:
        document = whole(channel, *more)
        return document.replace(b"</title>", b"") if channel.name == "industry" else document

    monkeypatch.setattr(xml, "rss", broken)
    desk.shelf.put(make_record(2))
    done = desk.publish()
    (problem,) = done.problems
    assert problem.about.endswith("industry.rss")
    assert "parse again" in str(problem)
    assert desk.read("industry.rss") == before
    assert check.ids(desk.read("industry.atom"), "atom") == check.ids(desk.read("all.rss"), "rss")


@pytest.mark.usefixtures("no_sections")
def test_a_control_character_in_a_title_of_the_settings_stops_that_feed_only(desk: Desk) -> None:
    desk.settings["custom"] = (CustomFeedConfig.model_construct(name="bad", title="\x01"),)
    desk.shelf.put(make_record(1))
    done = desk.publish()
    assert {Path(problem.about).name for problem in done.problems} >= {"bad.rss", "bad.atom"}
    assert held(desk, "all") == ["1"]


@pytest.mark.usefixtures("no_sections")
def test_a_file_that_cannot_be_written_is_a_problem(desk: Desk) -> None:
    (desk.path / "all.rss").mkdir(parents=True)
    desk.shelf.put(make_record(1))
    done = desk.publish(changed=[make_record(1)])
    assert [Path(problem.about).name for problem in done.problems] == ["all.rss"]
    assert (desk.path / "all.atom").is_file()


def test_a_damaged_file_is_replaced(desk: Desk) -> None:
    desk.publish()
    (desk.path / "all.json").write_bytes(b"{")
    assert [path.name for path in desk.publish().paths] == ["all.json"]
    assert json.loads(desk.read("all.json"))["items"] == []
