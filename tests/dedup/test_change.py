"""Old record and new reading: what is kept, and under which event."""

from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc import dedup
from feedsvc.dedup.change import list_in
from feedsvc.model import Access, Event, Image, ParsedArticle, Related, Status
from feedsvc.revisions import as_it_was, changes
from tests.dedup.articles import ARTICLE, LATER, NOW, locked, marker, record


def test_a_new_article_becomes_a_record() -> None:
    page_box = replace(marker(Status.SOON_FREE), counted=False)
    article = replace(ARTICLE, access=Access(Status.OPEN, (page_box,)))

    change = dedup.compare(None, article, now=NOW, sections=("068000", "080000"))

    kept = change.record
    assert change.event is Event.ADDED
    assert kept.guid == "tag:dealsite.co.kr,2018:articles/160001"
    assert kept.sections == ("068000", "080000")
    assert kept.first_seen_at == NOW
    assert kept.updated_at == kept.published_at == ARTICLE.published_at
    assert kept.origin == "poll"
    assert kept.access.markers == ()
    assert kept.revisions == ()


def test_the_same_reading_changes_nothing() -> None:
    old = record()
    change = dedup.compare(old, ARTICLE, now=LATER)
    assert change.event is None
    assert change.record is old


@pytest.mark.parametrize(
    "alike",
    [
        replace(ARTICLE, title="한빛제약,  ‘루미나바이오’ 지분  인수"),
        replace(ARTICLE, body=(*ARTICLE.body[:2], ARTICLE.body[2].replace("“", '"'))),
        replace(ARTICLE, body=tuple(b.replace("이 루미나", "이  루미나") for b in ARTICLE.body)),
        replace(
            ARTICLE,
            body=(
                ARTICLE.body[0].replace(
                    'src="https://dealsite.co.kr/img/a_640x480.jpg" alt="본사"',
                    'alt="본사" src="https://dealsite.co.kr/img/a_300x200.jpg"',
                ),
                *ARTICLE.body[1:],
            ),
            images=(Image("https://dealsite.co.kr/img/a_300x200.jpg", "한빛제약 본사"),),
        ),
    ],
    ids=["spaces and quotes in the headline", "quotes", "spaces", "attributes and image size"],
)
def test_what_no_reader_would_call_a_change_is_none(alike: ParsedArticle) -> None:
    old = record()
    assert dedup.compare(old, alike, now=LATER).record == old


def test_a_changed_text_keeps_its_earlier_state() -> None:
    old = record()
    body = (*ARTICLE.body[:2], "<p>회사는 답변을 거부했다.</p>")
    change = dedup.compare(
        old, replace(ARTICLE, title="한빛제약, 지분 인수 철회", body=body), now=LATER
    )

    new = change.record
    assert change.event is Event.REVISED
    assert (new.id, new.guid, new.first_seen_at) == (old.id, old.guid, old.first_seen_at)
    assert new.updated_at == LATER
    assert new.digest != old.digest
    (revision,) = new.revisions
    assert revision.seen_at == LATER
    assert revision.changed == ("title", "body")
    assert dict(revision.old) == {"title": old.title, "body": list(old.body)}


def test_each_change_adds_a_revision() -> None:
    once = dedup.compare(record(), replace(ARTICLE, title="둘째"), now=NOW).record
    twice = dedup.compare(once, replace(ARTICLE, title="셋째"), now=LATER).record
    assert [dict(revision.old)["title"] for revision in twice.revisions] == [ARTICLE.title, "둘째"]


@pytest.mark.parametrize(
    ("reading", "changed"),
    [
        (replace(ARTICLE, keywords=("합병",)), ("keywords",)),
        (replace(ARTICLE, reporters=("김하나", "이두리")), ("reporters",)),
        (replace(ARTICLE, published_at=NOW), ("published_at",)),
        (
            replace(ARTICLE, body=tuple(b.replace("a_640x480", "b_640x480") for b in ARTICLE.body)),
            ("body",),
        ),
    ],
    ids=["keywords", "reporters", "published_at", "another picture"],
)
def test_what_is_not_text_is_noted_and_kept(
    reading: ParsedArticle, changed: tuple[str, ...]
) -> None:
    old = record()
    change = dedup.compare(old, reading, now=LATER)
    assert change.event is Event.NOTED
    assert change.record.updated_at == old.updated_at
    assert [revision.changed for revision in change.record.revisions] == [changed]


def test_other_related_articles_are_noted_without_a_revision() -> None:
    reading = replace(ARTICLE, related=(Related("다른 기사", "https://dealsite.co.kr/articles/1"),))
    change = dedup.compare(record(), reading, now=LATER)
    assert change.event is Event.NOTED
    assert change.record.revisions == ()


def test_a_release_brings_the_whole_text_and_is_no_revision() -> None:
    old = record(locked())
    change = dedup.compare(old, ARTICLE, now=LATER)

    assert change.event is Event.RELEASED
    assert change.record.access.status is Status.OPEN
    assert change.record.access.released_at == LATER
    assert change.record.updated_at == LATER
    assert change.record.body == ARTICLE.body
    assert change.record.guid == old.guid
    assert change.record.revisions == ()


def test_a_release_keeps_a_teaser_that_said_something_else() -> None:
    teaser = replace(locked(), title="[단독] 한빛제약 인수전", body=("<p>처음에는 달랐다.</p>",))
    change = dedup.compare(record(teaser), ARTICLE, now=LATER)
    assert change.event is Event.RELEASED
    assert [revision.changed for revision in change.record.revisions] == [("title", "body")]
    assert changes(change.record) == ()


def test_a_release_after_an_edit_keeps_what_the_edit_was_made_of() -> None:
    teaser = replace(locked(), body=(*ARTICLE.body[:1], "<p>한빛제약이 지분 30%를 산다.</p>"))
    edited = dedup.compare(record(teaser), locked(), now=NOW).record
    released = dedup.compare(edited, replace(ARTICLE, reporters=("박둘",)), now=LATER)
    assert released.event is Event.RELEASED
    assert released.record.revisions[1].changed == ("reporters", "access", "body")
    then = as_it_was(released.record, 1)
    assert (then.body, then.reporters, then.access.status) == (
        edited.body, edited.reporters, edited.access.status,
    )  # fmt: skip
    assert [one.number for one in changes(released.record)] == [1]


def test_the_address_of_an_edited_article_is_kept_like_its_text() -> None:
    elsewhere = replace(ARTICLE, url="https://dealsite.co.kr/newsflash/160001")
    assert dedup.compare(record(), elsewhere, now=NOW).record.revisions == ()
    edited = dedup.compare(record(), replace(ARTICLE, title="둘째"), now=NOW).record
    moved = dedup.compare(edited, replace(elsewhere, title="둘째"), now=LATER).record
    assert moved.revisions[1].changed == ("url",)
    assert as_it_was(moved, 1).url == edited.url


def test_a_lock_s_notice_in_other_words_is_the_same() -> None:
    words = replace(
        locked(), access=Access(Status.MEMBERS_ONLY, (marker(Status.MEMBERS_ONLY, "회원용"),))
    )
    change = dedup.compare(record(locked()), replace(words, title="둘째"), now=LATER)
    assert change.record.revisions[0].changed == ("title",)
    assert change.record.access == record(locked()).access


def test_a_release_is_remembered_by_later_readings() -> None:
    released = dedup.compare(record(locked()), ARTICLE, now=NOW).record
    edited = dedup.compare(released, replace(ARTICLE, title="고친 제목"), now=LATER)
    assert edited.event is Event.REVISED
    assert edited.record.access.released_at == NOW


def test_a_lock_that_comes_later_never_takes_the_text() -> None:
    old = record()
    change = dedup.compare(old, locked(Status.PLUS_ONLY, blocks=1), now=LATER)

    new = change.record
    assert change.event is Event.NOTED
    assert new.access.status is Status.PLUS_ONLY
    assert new.access.locked
    assert new.body == old.body
    assert new.images == old.images
    assert new.digest == old.digest
    assert new.updated_at == LATER
    assert [revision.changed for revision in new.revisions] == [("access",)]


def test_a_relocked_article_is_released_again() -> None:
    once = dedup.compare(record(locked()), ARTICLE, now=NOW).record
    relocked = dedup.compare(once, locked(), now=NOW + timedelta(hours=1)).record
    assert relocked.access.released_at is None
    assert relocked.body == ARTICLE.body
    again = dedup.compare(relocked, ARTICLE, now=LATER)
    assert again.event is Event.RELEASED
    assert again.record.access.released_at == LATER


def test_a_body_that_breaks_off_does_not_replace_a_whole_one() -> None:
    cut = replace(ARTICLE, access=Access(Status.UNKNOWN), body=ARTICLE.body[:1])
    change = dedup.compare(record(), cut, now=LATER)
    assert change.record.body == ARTICLE.body
    assert change.record.access.status is Status.UNKNOWN


def test_an_article_that_comes_back_is_not_gone() -> None:
    change = dedup.compare(record(gone_at=NOW), ARTICLE, now=LATER)
    assert change.event is Event.NOTED
    assert change.record.gone_at is None


def test_a_kept_image_file_stays_with_its_image() -> None:
    kept = tuple(replace(image, file="images/ab/ab12.jpg") for image in ARTICLE.images)
    change = dedup.compare(record(images=kept), replace(ARTICLE, title="새 제목"), now=LATER)
    assert change.record.images == kept


def test_listing_in_another_section_is_noted_once() -> None:
    old = record()
    change = list_in(old, ("068000", "080000"), LATER)
    assert change.event is Event.NOTED
    assert change.record.sections == ("080000", "068000")
    assert list_in(change.record, ("068000",), LATER).event is None


def test_the_first_section_of_an_edited_article_is_kept_like_its_text() -> None:
    old = record(sections=())
    assert list_in(old, ("068000",), LATER).record.revisions == ()
    edited = dedup.compare(old, replace(ARTICLE, title="둘째", sections=()), now=NOW).record
    listed = list_in(edited, ("068000",), LATER).record
    assert listed.revisions[1].changed == ("sections",)
    assert as_it_was(listed, 1).sections == ()
    assert list_in(listed, ("080000",), LATER).record.revisions == listed.revisions


def test_who_saw_the_body_stands_with_it() -> None:
    member = dedup.compare(None, ARTICLE, now=NOW, seen_as="member").record
    guest = dedup.compare(member, locked(), now=LATER, seen_as="guest").record
    assert guest.access.seen_as == "member"


def test_seconds_that_the_page_shows_no_more_are_kept() -> None:
    at = ARTICLE.published_at.replace(second=51)
    old = replace(record(), published_at=at)
    coarse = replace(ARTICLE, published_at=at.replace(second=0))
    assert dedup.compare(old, coarse, now=LATER).event is None
    assert dedup.compare(old, coarse, now=LATER).record.published_at == at
    assert dedup.mended(old, coarse).published_at == at
    # A time that is another one counts, and so do seconds that were not known before.
    other = replace(ARTICLE, published_at=at + timedelta(minutes=1))
    assert dedup.compare(old, other, now=LATER).record.published_at == other.published_at
    minute = replace(old, published_at=at.replace(second=0))
    finer = replace(ARTICLE, published_at=at)
    assert dedup.compare(minute, finer, now=LATER).record.published_at == at


def test_a_time_without_its_year_does_not_move_when_it_is_read_again() -> None:
    """Completed from the clock it would be a year later, a year later."""
    old = record()
    moved = ARTICLE.published_at.replace(year=ARTICLE.published_at.year + 1)
    again = replace(ARTICLE, published_at=moved, is_time_sure=False)
    assert dedup.compare(old, again, now=LATER).record is old
    assert dedup.change.mended(old, again).published_at == old.published_at
    corrected = replace(again, is_time_sure=True)
    assert dedup.compare(old, corrected, now=LATER).record.published_at == moved


def test_joined_emoji_that_were_kept_apart_are_no_change() -> None:
    old = record(body=("<p>웃었다 👩💻</p>",))
    again = replace(ARTICLE, body=("<p>웃었다 👩\u200d💻</p>",))
    assert dedup.compare(old, again, now=LATER).record is old
