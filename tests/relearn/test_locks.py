"""How locked pages tell that they are, learned from pages whose locks are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.relearn.newsroom import NOW, SITE
from feedsvc.model import Access, Marker, Scope, Status
from feedsvc.parse.layout import Lock
from feedsvc.relearn import locks
from feedsvc.relearn.known import Known, KnownPage
from tests.archive.samples import record
from tests.parse.pages import fetched

OPEN, MEMBERS, SOLD, SOON = (
    Status.OPEN,
    Status.MEMBERS_ONLY,
    Status.PLUS_ONLY,
    Status.SOON_FREE,
)


def pages(*shown: tuple[Status, str]) -> list[KnownPage]:
    found = []
    for number, (status, html) in enumerate(shown, 1):
        markers = () if status is OPEN else (Marker(status, Scope.ARTICLE, "", True),)
        kept = record(number, access=Access(status, markers), body=("<p>글이다.</p>",))
        page = fetched(f"<html><body><h1>제목</h1>{html}<p>글이다.</p></body></html>")
        found.append(KnownPage.of(Known(kept, page), SITE, NOW))
    return found


def learned(found: Sequence[KnownPage]) -> locks.Locks:
    return locks.learned(found, lambda _: [])


def test_one_element_that_says_several_things_tells_each_by_its_words() -> None:
    told = learned(
        pages(
            (MEMBERS, "<div class=gate>회원에게 보이는 글</div>"),
            (MEMBERS, "<div class=gate>회원에게 보이는 글</div>"),
            (SOON, "<div class=gate>3일 뒤 열리는 글</div>"),
            (SOON, "<div class=gate>12일 뒤 열리는 글</div>"),
            (OPEN, ""),
            (OPEN, ""),
        )
    )
    assert set(told.locks) == {
        Lock(".gate", "회원에게 보이는 글", MEMBERS),
        Lock(".gate", "일 뒤 열리는 글", SOON),
    }
    assert told.markers == (".gate",)
    assert not told.missing


def test_what_stands_on_the_pages_of_one_kind_by_chance_is_no_lock() -> None:
    told = learned(
        pages(
            (MEMBERS, "<div class=video>영상 보기</div><div class=gate>회원에게 보이는 글</div>"),
            (MEMBERS, "<div class=video>영상 보기</div><div class=gate>회원에게 보이는 글</div>"),
            (SOLD, "<div class=gate>산 사람에게 보이는 글</div>"),
            (SOLD, "<div class=gate>산 사람에게 보이는 글</div>"),
            (OPEN, ""),
        )
    )
    assert {one.selector for one in told.locks} == {".gate"}


def test_a_value_on_every_page_tells_by_its_words_and_is_no_marker() -> None:
    told = learned(
        pages(
            (MEMBERS, "<div class=access>M</div>"),
            (MEMBERS, "<div class=access>M</div>"),
            (SOLD, "<div class=access>P</div>"),
            (SOLD, "<div class=access>P</div>"),
            (OPEN, "<div class=access>F</div>"),
        )
    )
    assert {(one.words, one.kind) for one in told.locks} == {("m", MEMBERS), ("p", SOLD)}
    assert told.markers == ()
    assert dict(told.words)[".access"] == ("f", "m", "p")


def test_words_of_one_page_count_in_an_element_that_is_known_for_locks_alone() -> None:
    told = learned(
        pages(
            (MEMBERS, "<div class=gate>회원에게 보이는 글</div>"),
            (MEMBERS, "<div class=gate>회원에게 보이는 글</div>"),
            (SOLD, "<div class=gate>산 사람에게 보이는 글</div>"),
            (SOON, "<div class=soon>곧 열리는 글</div>"),
            (OPEN, ""),
        )
    )
    assert {(one.selector, one.kind) for one in told.locks} == {(".gate", MEMBERS), (".gate", SOLD)}
    assert told.missing == ((SOON, (4,)),)


def test_an_element_whose_words_say_nothing_of_locks_is_none() -> None:
    told = learned(
        pages(
            (MEMBERS, "<div class=by>가 기자</div>"),
            (MEMBERS, "<div class=by>가 기자</div>"),
            (SOLD, "<div class=by>나 기자</div>"),
            (OPEN, "<div class=by>나 기자</div>"),
        )
    )
    assert told.locks == ()


PLUS = "이 기사는 2026년 3월 9일 8시 5분 유료콘텐츠서비스 딜사이트 플러스에 표출된 기사입니다."


def both(html: str) -> tuple[Status, str]:
    return SOON, f"<div class=gate>{PLUS}</div>{html}"


def test_of_two_notices_on_the_same_pages_each_means_what_it_says() -> None:
    found = pages(
        both("<div class=gate>곧 무료로 풀릴 기사</div>"),
        both("<div class=gate>곧 무료로 풀릴 기사</div>"),
        (OPEN, ""),
    )
    for page in found[:2]:
        markers = (Marker(Status.PLUS_FIRST, Scope.ARTICLE, "", True),)
        access = replace(page.record.access, markers=page.record.access.markers + markers)
        page.known = replace(page.known, record=replace(page.record, access=access))
    kinds = {one.words: one.kind for one in learned(found).locks}
    assert kinds["곧 무료로 풀릴 기사"] is SOON
    assert [kind for words, kind in kinds.items() if "표출된" in words] == [Status.PLUS_FIRST]


def test_what_new_words_mean_is_not_guessed_where_two_kinds_are_meant() -> None:
    new = "<div class=gate>먼저 판 글</div><div class=gate>며칠 뒤 열리는 글</div>"
    found = pages((SOON, new), (SOON, new), (OPEN, ""))
    for page in found[:2]:
        markers = (Marker(Status.PLUS_FIRST, Scope.ARTICLE, "", True),)
        access = replace(page.record.access, markers=page.record.access.markers + markers)
        page.known = replace(page.known, record=replace(page.record, access=access))
    told = learned(found)
    assert told.locks == ()
    assert set(told.missing) == {(SOON, (1, 2)), (Status.PLUS_FIRST, (1, 2))}
