"""What is learned from known articles after a redesign, and what is refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from benchmarks.relearn.newsroom import NOW, SITE, fetched, kept
from feedsvc import parse, relearn
from feedsvc.model import Record, Status
from tests.relearn.attempt import FEW, UNSEEN, Attempt, archived
from tests.standin import HOUSES, REDESIGNS, House, StandIn

NEVER = {"no-keywords", "anonymous", "boxes"}
DECLARED = "noise"
MOST_HELD = 3


def rows_are_right(attempt: Attempt, layout: relearn.LearnedLayout) -> bool:
    page = fetched(attempt.site, "/categories")
    read = parse.section(page, SITE, NOW, (*parse.BUILT_IN, layout.layout))
    shown = attempt.site.articles[: attempt.site.page_size]
    return [(row.id, row.title, row.listed_at) for row in read.rows] == [
        (one.id, one.title, row.listed_at)
        for one, row in zip(shown, read.rows, strict=True)
        if row.listed_at and one.published_at.replace(second=0) <= row.listed_at
    ]


def test_renamed_classes_are_learned_and_nothing_is_read_wrong() -> None:
    attempt = Attempt("renamed", count=FEW)
    draft = attempt.learn()
    assert draft.refused is None
    assert draft.layout is not None
    assert (draft.exact, len(draft.used)) == (16, 16)
    assert attempt.asking.requests <= relearn.MOST
    judged = attempt.judged(draft.layout)
    assert not judged["wrong"]
    assert len(judged["right"]) >= UNSEEN - MOST_HELD
    assert rows_are_right(attempt, draft.layout)
    # The record will say by which layout it was read, and the file holds the same layout.
    article = attempt.read(judged["right"][0], draft.layout)
    assert not isinstance(article, str)
    assert ("layout", "learned-0001") in article.sources
    assert relearn.LearnedLayout.of(draft.layout.values()) == draft.layout


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("name", sorted(REDESIGNS.keys() - NEVER - {DECLARED, "sections"}))
def test_the_wardrobe_is_learned(name: str, seed: int) -> None:
    attempt = Attempt(name, seed=seed)
    draft = attempt.learn()
    assert draft.refused is None, draft
    assert draft.layout is not None
    assert attempt.asking.requests <= relearn.MOST * (1 + (name == "turns"))
    judged = attempt.judged(draft.layout)
    assert not judged["wrong"]
    assert len(judged["held"]) <= MOST_HELD, judged
    # Of pages that come by turns the section page may have been an old one.
    assert name == "turns" or rows_are_right(attempt, draft.layout)
    assert draft.coarse is (name == "minutes")


@pytest.mark.slow
@pytest.mark.parametrize("house", [*HOUSES, "mixed"])
@pytest.mark.parametrize("name", ["renamed", "data", "divs", "json", "gate"])
def test_whatever_the_house_no_page_is_read_wrong(name: str, house: House) -> None:
    for seed in range(11, 15):
        attempt = Attempt(name, seed=seed, house=house)
        draft = attempt.learn()
        if draft.refused is None:
            assert draft.layout is not None
            assert not attempt.judged(draft.layout)["wrong"], (seed, draft)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["renamed", "hashed", "data", "partial"])
def test_a_part_of_the_text_that_was_not_learned_of_is_never_left_out(name: str) -> None:
    """The samples' pages, three houses at once, of which some have a text in three parts."""
    site = StandIn.demo(NOW)
    site.now, site.house = (lambda: NOW), "mixed"
    records = {one.id: kept(site, one.id) for one in site.articles}
    site.redesign = name
    asking = relearn.Asking(records.values(), SITE, NOW)
    while (number := asking.next()) is not None:
        asking.answer(number, fetched(site, f"/articles/{number}"))
    draft = relearn.learn(asking.known, [], records, SITE, NOW, number=1)
    assert draft.layout is not None
    layouts = (*parse.BUILT_IN, draft.layout.layout)
    for number, record in records.items():
        page = fetched(site, f"/articles/{number}")
        article = parse.article(page, SITE, NOW, layouts=layouts)
        why = relearn.guard(article, page, draft.layout, SITE)
        assert why or not relearn.differences(record, article), number


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("name", sorted(NEVER))
def test_what_cannot_be_learned_is_refused_with_its_reason(name: str, seed: int) -> None:
    draft = Attempt(name, seed=seed).learn()
    assert draft.layout is not None
    assert draft.refused
    words = {
        "no-keywords": "keywords was not found: the pages show it no more",
        "anonymous": "was not found",
        "boxes": "text that the archive does not have stands in",
    }
    assert words[name] in draft.refused


@pytest.mark.slow
def test_what_the_site_gave_up_is_accepted_when_the_operator_says_so() -> None:
    attempt = Attempt("no-keywords", without=("keywords",))
    draft = attempt.learn()
    assert draft.refused is None
    assert draft.layout is not None
    for number in (one.id for one in attempt.unseen):
        article = attempt.read(number, draft.layout)
        assert not isinstance(article, str)


def test_section_pages_alone_are_learned_from_their_rows() -> None:
    attempt = Attempt("sections", count=FEW)
    draft = attempt.learn()
    assert draft.refused is None
    assert draft.layout is not None
    assert not draft.layout.parts.get("body")
    assert rows_are_right(attempt, draft.layout)
    assert not attempt.judged(draft.layout)["wrong"]


def test_nothing_is_learned_where_nothing_changed() -> None:
    draft = Attempt(None, count=FEW).learn()
    assert draft.layout is None
    assert draft.refused == "everything is read as before: there is nothing to learn"


def edit(site: StandIn, records: list[Record]) -> None:
    """What a newsroom does to articles: a longer one, other keywords, a release."""
    more, words, *rest = relearn.choose(records)
    article = site.article(more)
    added = "<p>회사 측은 기사가 나간 뒤 세부 일정은 다음 달에 확정한다고 알려 왔다.</p>"
    site.edit(more, title=f"{article.title} (종합)", body=(*article.body, added), split=())
    site.edit(words, keywords=("다른말",))
    site.release(next(n for n in rest if site.article(n).status.locked))


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("redesign", [None, "sections"])
def test_edited_articles_are_no_new_layout(redesign: str | None) -> None:
    attempt = Attempt(redesign, count=FEW, change=edit)
    draft = attempt.learn()
    assert len(draft.used) >= 10
    assert 1 <= list(attempt.asking.aside.values()).count("it was edited or released since") <= 3
    if redesign is None:
        assert draft.refused == "everything is read as before: there is nothing to learn"
    else:
        assert draft.refused is None
        assert draft.layout is not None
        assert rows_are_right(attempt, draft.layout)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["partial", "turns", "boxes", "noise"])
def test_pages_of_a_new_layout_are_not_taken_for_edited_ones(name: str) -> None:
    attempt = Attempt(name, change=edit)
    attempt.learn()
    assert "it was edited or released since" not in attempt.asking.aside.values()


@pytest.mark.slow
def test_known_articles_that_changed_meanwhile_are_replaced() -> None:
    def change(site: StandIn, records: list[Record]) -> None:
        order = relearn.choose(records)
        site.edit(order[0], title="다른 제목이 되었다")
        site.edit(order[1], body=site.article(order[1]).body[1:])
        site.delete(order[2])
        locked = next(n for n in order[3:] if site.article(n).status.locked)
        site.release(locked)

    attempt = Attempt("renamed", change=change)
    draft = attempt.learn()
    assert draft.refused is None
    assert draft.layout is not None
    assert len(attempt.asking.aside) >= 3
    assert attempt.asking.requests <= relearn.MOST
    assert not attempt.judged(draft.layout)["wrong"]


def of_a_kind(records: Sequence[Record], some: Collection[int]) -> tuple[set[int], set[int]]:
    """The articles with a lock of which the fewest, but four, are kept: those among ``some``,
    and the others."""
    kinds: dict[Status, set[int]] = {}
    for one in records:
        if one.access.locked and relearn.is_suitable(one):
            kinds.setdefault(one.access.status, set()).add(one.id)
    chosen = min((ids for ids in kinds.values() if len(ids) >= 4), key=len)
    return chosen & set(some), chosen - set(some)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["renamed", "wrapped"])
def test_where_all_that_tell_of_a_lock_were_released_others_are_asked(name: str) -> None:
    released: set[int] = set()

    def change(site: StandIn, records: list[Record]) -> None:
        first, _ = of_a_kind(records, relearn.choose(records)[:16])
        assert len(first) >= 2
        for number in first:
            site.release(number)
        released.update(first)

    attempt = Attempt(name, change=change)
    draft = attempt.learn()
    assert (draft.refused, draft.doubted) == (None, ())
    assert draft.layout is not None
    assert released <= attempt.asking.aside.keys()
    assert attempt.asking.requests <= relearn.MOST
    _, others = of_a_kind(attempt.records, released)
    assert others & set(draft.used)
    assert not attempt.judged(draft.layout)["wrong"]


@pytest.mark.slow
def test_a_lock_that_no_page_shows_any_more_is_never_taken_for_a_release() -> None:
    """It may be there, and nobody found it."""

    def change(site: StandIn, records: list[Record]) -> None:
        first, others = of_a_kind(records, relearn.choose(records)[:16])
        for number in (*first, *others):
            site.release(number)

    attempt = Attempt("renamed", change=change)
    draft = attempt.learn()
    assert draft.refused is not None
    assert "released since" in draft.refused
    assert draft.doubted
    assert attempt.asking.requests <= relearn.MOST


def test_nothing_is_learned_from_a_page_at_which_the_program_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempt = Attempt("renamed", count=FEW)
    asking = relearn.Asking(attempt.records, SITE, NOW)
    number = asking.next()
    assert number is not None
    page = fetched(attempt.site, f"/articles/{number}")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake in the program")

    monkeypatch.setattr(parse, "article", broken)
    with pytest.raises(RuntimeError):
        asking.answer(number, page)
    asking.failed(number, "a mistake in the program")
    assert not asking.known
    assert asking.aside == {number: "a mistake in the program"}


def test_what_taught_nothing_the_last_time_is_asked_for_last() -> None:
    records, _ = archived(1, FEW, "today")
    first = relearn.Asking(records, SITE, NOW).next()
    assert first is not None
    asking = relearn.Asking(records, SITE, NOW, last=[first])
    asked: list[int] = []
    while (number := asking.next()) is not None:
        asked.append(number)
        asking.failed(number, "gone")
    assert len(asked) == relearn.MOST
    assert first not in asked
    only = [one for one in records if one.id == first]
    assert relearn.Asking(only, SITE, NOW, last=[first]).next() == first


def test_too_few_or_no_locked_articles_are_refused_before_anything_is_fetched() -> None:
    records, _ = archived(1, FEW, "today")
    assert relearn.unsuited(records) is None
    few = relearn.unsuited(records[:10])
    assert few is not None
    assert "16 are needed" in few
    none = relearn.unsuited([one for one in records if not one.access.locked])
    assert none == "none of the suitable articles is locked; 2 must be"


@pytest.mark.slow
def test_without_a_locked_page_nothing_is_adopted() -> None:
    attempt = Attempt("renamed")
    attempt.asking = relearn.Asking(
        [one for one in attempt.records if not one.access.locked], SITE, NOW
    )
    draft = attempt.learn()
    assert draft.refused == "none of the known articles is locked; two must be"
    assert draft.layout is not None


@pytest.mark.slow
def test_a_lock_that_the_archive_never_saw_is_held() -> None:
    attempt = Attempt("renamed")
    attempt.asking = relearn.Asking(
        [one for one in attempt.records if one.access.status is not Status.PLUS_ONLY], SITE, NOW
    )
    draft = attempt.learn()
    assert draft.refused is None
    assert draft.layout is not None
    sold = [one for one in attempt.records if one.access.status is Status.PLUS_ONLY]
    assert sold
    for record in sold:
        article = attempt.read(record.id, draft.layout)
        # Its words are known phrases: held, or read as it is.
        assert isinstance(article, str) or article.access.locked


@pytest.mark.slow
def test_after_a_second_redesign_it_is_learned_again_and_the_old_ones_still_read() -> None:
    first = Attempt("renamed").learn().layout
    assert first is not None
    layouts = (*parse.BUILT_IN, first.layout)
    attempt = Attempt("wrapped", layouts=layouts)
    draft = attempt.learn()
    assert draft.refused is None
    assert draft.layout is not None
    second = replace(draft.layout, number=2)
    assert not attempt.judged(second)["wrong"]
    for redesign, name in (
        (None, "today"),
        ("renamed", "learned-0001"),
        ("wrapped", "learned-0002"),
    ):
        attempt.site.redesign = redesign
        record = attempt.unseen[0]
        page = fetched(attempt.site, f"/articles/{record.id}")
        article = parse.article(page, SITE, NOW, layouts=(*layouts, second.layout))
        assert article.layout == name
        assert not relearn.differences(record, article)
