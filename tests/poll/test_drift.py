"""When the site changes: parts that vanish are told and hold nothing; pages that cannot be
read are held, and mended afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from feedsvc import dedup
from feedsvc.model import Event
from feedsvc.parse import drift as rule
from feedsvc.poll import exit_code, incidents, publish
from feedsvc.poll.incidents import vanished_parts
from feedsvc.poll.reread import reparse
from tests.dedup.articles import ARTICLE
from tests.poll.desk import Desk, by_name, piece
from tests.standin import Draw, Fault, RelatedLink

pytestmark = pytest.mark.usefixtures("one_section")

PARTS = (("title", ".t"), ("published_at", ".i"), ("body", ".b"), ("keywords", ".rec-keywords"))
WITHOUT = PARTS[:-1]


def keep(
    desk: Desk, first: int, sources: Iterable[tuple[tuple[str, str], ...]], origin: str = "poll"
) -> None:
    """Records of articles one after the other, each with what gave its fields."""
    archive = desk.archive()
    with archive.writing(desk.now):
        for number, given in enumerate(sources, first):
            url = f"https://dealsite.co.kr/articles/{number}"
            article = replace(ARTICLE, id=number, url=url, sources=given)
            now = desk.now + timedelta(seconds=number)
            record = dedup.compare(None, article, now=now, origin=origin).record
            archive.keep(record, Event.ADDED, now)
    archive.close()


def told(desk: Desk) -> list[str]:
    return list(vanished_parts(desk.archive(), desk.now + timedelta(days=1)))


@pytest.fixture
def usual(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Enough articles to know what is usual, and one short of a row that says something.
    Fewer than in earnest do: what many come to is tested where no file is written."""
    monkeypatch.setattr(rule, "LEAST", 4)
    monkeypatch.setattr(rule, "USUAL", 8)
    keep(desk, 1000, [PARTS] * 10 + [WITHOUT] * 3)
    desk.later(hours=2)
    return desk


def test_a_part_that_vanishes_is_told_and_holds_nothing(usual: Desk) -> None:
    desk = usual
    full: dict[str, Any] = {"keywords": ("반도체",), "related": (RelatedLink(1001, "다른 글"),)}
    desk.site.publish(piece(2001))
    outcome = desk.poll()
    assert exit_code(outcome) == 0
    assert by_name(outcome)["industry"].new == 1
    assert desk.archive().pending.all() == ()
    (item,) = desk.feed("status")
    assert item["title"] == "[문제] 기사 화면에 더는 없는 항목: keywords"
    assert (
        "keywords (.rec-keywords) found on none of the last 4 article pages, on 100%"
        in (item["content_html"])
    )

    # It goes on while nothing is new, which costs nothing, and ends with the part.
    desk.later(hours=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(incidents, "vanished_parts", None)
        desk.poll()
    assert len(desk.feed("status")) == 1
    desk.later(hours=1)
    desk.site.publish(piece(2002, **full))
    desk.poll()
    assert [item["title"][:5] for item in desk.feed("status")] == ["[해결됨]", "[문제] "]


def test_it_is_known_from_the_records_where_the_state_is_lost(usual: Desk) -> None:
    shutil.rmtree(usual.folder / "archive" / ".state")
    usual.site.publish(piece(2001))
    usual.poll()
    assert "keywords" in usual.feed("status")[0]["title"]


def test_backfilled_articles_and_times_to_come_say_nothing(usual: Desk) -> None:
    assert told(usual) == []
    keep(usual, 3000, [WITHOUT] * 5, origin="backfill")
    assert told(usual) == []
    usual.now += timedelta(days=40)
    keep(usual, 4000, [PARTS] * 3)
    usual.now -= timedelta(days=40)
    assert told(usual) == []
    keep(usual, 5000, [WITHOUT])
    assert told(usual) == ["keywords"]


def test_a_damaged_record_is_none_of_its_business(usual: Desk) -> None:
    keep(usual, 2001, [WITHOUT])
    assert told(usual) == ["keywords"]
    path = usual.archive().path_of(1011)
    path.write_text("{}")
    assert told(usual) == []


def test_what_is_read_again_keeps_the_parts_that_no_page_shows(desk: Desk) -> None:
    full: dict[str, Any] = {
        "keywords": ("반도체",),
        "related": (RelatedLink(1, "다른 글"),),
        "dateline": "none",
        "json_ld": False,
    }
    desk.site.publish(piece(101, **full))
    desk.site.publish(piece(102, **full))
    desk.poll()
    before = desk.archive().get(101)
    assert before is not None
    parts = ("subtitle", "reporters", "keywords", "related")
    assert all(getattr(before, part) for part in parts)
    # The site changes: no page shows the parts, and one has another headline.
    desk.site.draw = Draw(dict.fromkeys(parts, 0.0))
    desk.site.edit(101, title="새 제목")
    desk.later(hours=1)
    assert by_name(desk.poll())["industry"].revised == 1
    after = desk.archive().get(101)
    assert after is not None
    assert after.title == "새 제목"
    for part in parts:
        assert getattr(after, part) == getattr(before, part)
    assert [revision.changed for revision in after.revisions] == [("title",)]


def test_a_part_that_only_this_article_lost_is_gone(desk: Desk) -> None:
    for number in (101, 102):
        desk.site.publish(piece(number))
    desk.poll()
    desk.site.edit(101, title="새 제목")
    desk.site.edit(102, title="다른 제목", subtitle="")
    desk.later(hours=1)
    desk.poll()
    record = desk.archive().get(102)
    assert record is not None
    assert record.subtitle == ""


def test_a_list_knows_the_time_no_better_than_the_page_did(desk: Desk) -> None:
    desk.site.publish(piece(101, hours=1.01, json_ld=False))
    desk.poll()
    before = desk.archive().get(101)
    desk.site.time_form = "minutes"
    desk.site.draw = Draw({"metadata": 0.0})
    desk.selectors = {"published_at": ".no-such-thing"}
    desk.site.edit(101, title="새 제목")
    desk.later(hours=1)
    desk.poll()
    after = desk.archive().get(101)
    assert before is not None
    assert after is not None
    assert after.title == "새 제목"
    assert after.published_at == before.published_at


def test_an_unknown_layout_keeps_the_page_and_better_rules_make_it_a_record(desk: Desk) -> None:
    desk.site.publish(piece(101))
    desk.poll()
    desk.later(minutes=10)
    desk.site.publish(piece(102))
    desk.site.fault(Fault.RENAMED, "/articles/102*")
    desk.poll()
    archive = desk.archive()
    assert archive.get(102) is None
    page = archive.raw.last(102)
    assert page is not None
    desk.later(minutes=10)
    desk.poll()
    assert sum(1 for one, _ in desk.archive().raw.pages() if one == 102) == 1

    # The rules are mended: what they cannot read today is stood for by the page they can.
    desk.site.clear_faults()
    healthy = desk.site.respond("GET", "/articles/102").body
    with archive.writing(desk.now):
        archive.hold(102, replace(page, body=healthy))
        outcome = reparse(desk.config, archive, desk.now)
        publish(desk.config, archive, desk.now, {})
    assert outcome.added == 1
    assert len(desk.feed("all")) == 2
