"""How an article reads in a feed: a test a row of the contract's table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from feedsvc.feeds.entry import (
    entry_of,
    released_entry,
    revised_entry,
    shortened,
)
from feedsvc.model import Access, Category, Status
from feedsvc.revisions import changes
from feedsvc.site import KST
from tests.feeds.conftest import NOW, access, make_record, revision

TITLES = {"068000": "산업"}


@pytest.mark.parametrize(
    ("status", "flag"),
    [
        (Status.OPEN, ""),
        (Status.PLUS_FIRST, ""),
        (Status.UNKNOWN, "[잠김] "),
        (Status.MEMBERS_ONLY, "[회원전용] "),
        (Status.SOON_FREE, "[곧 무료] "),
        (Status.PLUS_ONLY, "[플러스] "),
    ],
)
def test_only_locked_articles_are_flagged(status: Status, flag: str) -> None:
    record = make_record(7, access=access(status))
    assert entry_of(record, TITLES).title == f"{flag}제목 7"


def test_unknown_without_a_notice_is_not_locked() -> None:
    """A text that breaks off, or a generic extractor's, says nothing of a lock."""
    broken = Access(Status.UNKNOWN)
    assert not broken.locked
    assert entry_of(make_record(7, access=broken), TITLES).title == "제목 7"


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OPEN])
def test_every_status_but_open_is_said_before_the_body(status: Status) -> None:
    content = entry_of(make_record(7, access=access(status)), TITLES).content
    line, rest = content.split("\n", 1)
    assert line.startswith('<p class="access">')
    assert line.endswith("</p>")
    assert rest.startswith("<p>본문 7")
    assert content.count('class="access"') == 1


def test_an_open_article_has_no_access_line() -> None:
    assert entry_of(make_record(7), TITLES).content.startswith("<p>본문 7")


def test_the_access_line_tells_the_plus_time_in_korea() -> None:
    at = datetime(2024, 1, 26, 9, 32, tzinfo=UTC)
    record = make_record(7, access=access(Status.PLUS_FIRST, plus_first_at=at))
    assert "2024년 01월 26일 18시 32분" in entry_of(record, TITLES).content.split("\n")[0]


def test_times_are_korean_to_the_second() -> None:
    at = datetime(2024, 1, 26, 9, 32, 51, 999, tzinfo=UTC)
    entry = entry_of(make_record(7, published_at=at, updated_at=at), TITLES)
    assert entry.published.isoformat() == "2024-01-26T18:32:51+09:00"
    assert entry.updated.isoformat() == "2024-01-26T18:32:51+09:00"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        entry_of(make_record(7, published_at=datetime(2024, 1, 26)), TITLES)  # noqa: DTZ001  # the fault tested


def test_the_summary_is_the_subtitle() -> None:
    assert entry_of(make_record(7), TITLES).summary == "부제 7"


def test_without_subtitle_the_summary_is_the_first_200_characters() -> None:
    record = make_record(7, subtitle=" ", body=("<p>가나</p>", f"<p>{'다' * 300}</p>"))
    assert entry_of(record, TITLES).summary == "가나 " + "다" * 197


def test_without_any_text_the_summary_is_the_headline() -> None:
    entry = entry_of(make_record(7, subtitle="", body=()), TITLES)
    assert entry.summary == "제목 7"
    assert entry.content == "<p>제목 7</p>"


def test_categories_have_scheme_term_and_korean_label() -> None:
    record = make_record(7, sections=("068000", "999000"), keywords=("반도체", "반도체", " "))
    assert entry_of(record, TITLES).categories == (
        Category("068000", "urn:feedsvc:section", "산업"),
        Category("999000", "urn:feedsvc:section", ""),
        Category("반도체", "urn:feedsvc:keyword", ""),
        Category("open", "urn:feedsvc:access", "공개"),
    )


def test_text_is_cleaned_again() -> None:
    record = make_record(
        7, title="제\x00목\ud800\ufffe", reporters=("\x07",), body=("<p>\x1b본</p>",)
    )
    entry = entry_of(record, TITLES)
    assert entry.title == "제목"
    assert entry.authors == ()
    assert entry.content == "<p>본</p>"


def test_released_and_revised_ids_are_the_guid_with_a_fragment() -> None:
    record = make_record(7, revisions=(revision(NOW, title="옛 제목"),))
    entry = entry_of(record, TITLES)
    (change,) = changes(record)
    assert released_entry(entry).id == f"{record.guid}#released"
    assert revised_entry(entry, change).id == f"{record.guid}#r1"
    assert replace(released_entry(entry), id=entry.id) == entry


def test_a_revised_entry_shows_the_difference_and_the_time_seen() -> None:
    record = make_record(
        7,
        subtitle="새 부제",
        body=("<p>이익이 20억원 늘었다.</p>",),
        revisions=(
            revision(NOW, title="옛 제목", subtitle="부제", body=["<p>이익이 10억원 늘었다.</p>"]),
        ),
    )
    (change,) = changes(record)
    entry = revised_entry(entry_of(record, TITLES), change)
    assert entry.updated == NOW.astimezone(KST)
    assert entry.content == (
        "<h2><del>옛</del><ins>제목</ins> <del>제목</del><ins>7</ins></h2>\n"
        "<p><b><ins>새 </ins>부제</b></p>\n"
        "<p>이익이 <del>10억원</del><ins>20억원</ins> 늘었다.</p>"
    )


def test_an_article_too_long_keeps_summary_access_line_and_link() -> None:
    record = make_record(7, access=access(Status.MEMBERS_ONLY), subtitle="a < b")
    content = shortened(entry_of(record, TITLES)).content
    assert content.startswith('<p class="access">')
    assert "<p>a &lt; b</p>" in content
    assert f'href="{record.url}"' in content
    assert "본문" not in content


def test_what_did_not_change_is_not_shown_as_changed() -> None:
    record = make_record(7, revisions=(revision(NOW, body=["<p>본문 7 첫 글.</p>"]),))
    (change,) = changes(record)
    content = revised_entry(entry_of(record, TITLES), change).content
    assert "<h2>" not in content
    assert "부제" not in content
    assert "본문 7 첫 <del>글.</del><ins>문단.</ins>" in content
