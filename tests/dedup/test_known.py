"""Which rows need their article read."""

from dataclasses import dataclass

import pytest

from feedsvc.dedup import mark_of, sift
from feedsvc.model import Row, Status


@dataclass(frozen=True)
class Kept:
    title: str
    sections: tuple[str, ...] = ("068000",)
    status: Status = Status.OPEN


def row(number: int, title: str = "제목", summary: str = "요약…") -> Row:
    return Row(number, f"https://dealsite.co.kr/articles/{number}", title, summary)


def test_an_unknown_id_is_new_unless_it_waits_already() -> None:
    sifted = sift([row(1), row(2)], code="068000", known={}, waiting={2}, marks={})
    assert [one.id for one in sifted.new] == [1]
    assert not sifted.changed


def test_a_row_that_reads_the_same_needs_nothing() -> None:
    marks = {1: mark_of(row(1))}
    sifted = sift([row(1)], code="068000", known={1: Kept("다른 제목")}, waiting=(), marks=marks)
    assert sifted == sift([], code="068000", known={}, waiting=(), marks={})


@pytest.mark.parametrize("now", [row(1, title="고친 제목"), row(1, summary="고친 요약…")])
def test_a_changed_headline_or_summary_is_read_again(now: Row) -> None:
    marks = {1: mark_of(row(1))}
    sifted = sift([now], code="068000", known={1: Kept("제목")}, waiting=(), marks=marks)
    assert sifted.changed == (now,)


def test_white_space_in_a_row_is_no_change() -> None:
    marks = {1: mark_of(row(1))}
    now = row(1, title=" 제목\n")
    assert not sift([now], code="068000", known={1: Kept("제목")}, waiting=(), marks=marks).changed


@pytest.mark.parametrize(
    ("listed", "changed"),
    [
        ("제목 하나와 둘", False),
        ("제목 하나…", False),
        ("제목 하나 ...", False),
        ("제목 셋…", True),
    ],
)
def test_without_a_mark_the_headline_is_held_against_the_record(listed: str, changed: bool) -> None:
    rows = [row(1, title=listed)]
    sifted = sift(rows, code="068000", known={1: Kept("제목 하나와 둘")}, waiting=(), marks={})
    assert bool(sifted.changed) is changed


def test_another_section_that_lists_a_known_article_costs_no_reading() -> None:
    listed = Row(1, "https://dealsite.co.kr/articles/1/080057", "제목", sections=("080057",))
    sifted = sift([listed], code="080000", known={1: Kept("제목")}, waiting=(), marks={})
    assert sifted.listed == (listed,)
    assert not sifted.new
    assert not sifted.changed


def test_a_locked_article_that_only_a_box_lists_is_not_read_for_want_of_a_summary() -> None:
    marks = {1: mark_of(row(1))}
    boxed = Row(1, "https://dealsite.co.kr/articles/1", "제목", hint=Status.MEMBERS_ONLY)
    known = {1: Kept("제목", status=Status.MEMBERS_ONLY)}
    assert not sift([boxed], code="068000", known=known, waiting=(), marks=marks).changed
    renamed = {1: Kept("옛 제목", status=Status.MEMBERS_ONLY)}
    assert sift([boxed], code="068000", known=renamed, waiting=(), marks=marks).changed == (boxed,)


def test_a_row_that_another_layout_read_is_judged_by_its_headline() -> None:
    """A redesigned page may show more or less of a summary: no reason to read it again."""
    marks, known = {1: mark_of(row(1))}, {1: Kept("제목")}
    short = row(1, summary="요")
    assert sift([short], code="068000", known=known, waiting=(), marks=marks).changed
    sifted = sift([short], code="068000", known=known, waiting=(), marks=marks, by="learned-0001")
    assert sifted.changed == ()
    assert dict(sifted.marks) == {1: mark_of(short, "learned-0001")}
    other = row(1, title="아주 다른 이야기")
    again = sift([other], code="068000", known=known, waiting=(), marks=marks, by="learned-0001")
    assert again.changed == (other,)
