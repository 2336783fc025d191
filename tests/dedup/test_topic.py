"""What tells of the same thing: labelled headlines, and what is put below what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.dedup import stories
from feedsvc.dedup.headline import Headline
from feedsvc.dedup.topic import alike
from feedsvc.model import Record, Related
from feedsvc.site import Site
from tests.dedup.pairs.labelled import record
from tests.dedup.topics.labelled import judged, pairs

SITE = Site.at("https://dealsite.co.kr")
BODY = ["본문이다. " * 20]


def told(number: int, title: str, hours: float = 0) -> Record:
    return record(number, (title, BODY), hours=hours)


@pytest.mark.parametrize("name", ["tuned", "checked", "heldout"])
def test_labelled_headlines(name: str) -> None:
    found = judged(pairs(name), alike)
    assert found.pairs >= {"tuned": 150, "checked": 80, "heldout": 80}[name]
    assert found.precision >= 0.98
    assert found.recall >= (0.75 if name == "tuned" else 0.8)


def test_which_headline_comes_first_makes_no_difference() -> None:
    for pair in pairs("tuned"):
        assert alike(pair.one, pair.other) is alike(pair.other, pair.one)


def test_the_first_stands_above_whatever_the_order() -> None:
    one = told(3, "수림테크, HBM 검사장비 1100억 공급계약 체결")
    two = told(2, "수림테크 HBM 검사장비 1100억 공급 계약", hours=1)
    other = told(1, "한서제지, 골판지 가격 8% 인상", hours=2)
    for records in ([one, two, other], [other, two, one]):
        assert stories(records, SITE) == {3: 3, 2: 3, 1: 1}


def test_a_third_stands_below_the_first_not_below_the_second() -> None:
    chain = [
        told(1, "벼리산업, 폴란드에 K자주포 3조4000억 수출"),
        told(2, "벼리산업 폴란드 자주포 3.4조 수출계약", hours=1),
        told(3, "폴란드 뚫은 벼리산업…자주포 3.4조 계약", hours=2),
    ]
    assert stories(chain, SITE) == {1: 1, 2: 1, 3: 1}


def test_a_related_article_belongs_to_it_and_one_elsewhere_does_not() -> None:
    first, second = told(10, "가람식품 새 공장"), told(11, "라면 시장 재편", hours=3)
    assert stories([first, second], SITE) == {10: 10, 11: 11}
    linked = replace(second, related=(Related("가람식품", SITE.article_url(10)),))
    assert stories([first, linked], SITE) == {10: 10, 11: 10}
    sister = replace(second, related=(Related("", "https://dealsiteplus.co.kr/articles/10"),))
    assert stories([first, sister], SITE) == {10: 10, 11: 11}


def test_a_republication_belongs_to_what_it_repeats() -> None:
    first, second = told(10, "가람식품 새 공장"), told(11, "다른 제목", hours=3)
    assert stories([first, replace(second, duplicate_of=10)], SITE) == {10: 10, 11: 10}


def test_after_ten_days_it_is_another_thing() -> None:
    first = told(1, "수림테크, HBM 검사장비 1100억 공급계약 체결")
    late = replace(first, id=2, published_at=first.published_at + timedelta(days=10, seconds=1))
    assert stories([first, late], SITE) == {1: 1, 2: 2}
    assert stories([first, replace(late, published_at=late.published_at - timedelta(seconds=1))],
                   SITE) == {1: 1, 2: 1}  # fmt: skip


@pytest.mark.parametrize("title", ["", "…", "[단독]", "3분기", "ㄱㄴ", "%" * 500, "1조" * 200])
def test_a_headline_that_says_nothing_is_like_no_other(title: str) -> None:
    assert not alike(title, title)
    assert not alike(title, "한빛전자, 평택 6공장에 20조 투자")


def test_sums_are_numbers() -> None:
    sums = ["1조4000억", "1.4조", "1조 4,000억원"]
    assert {value for one in sums for value, _ in Headline.of(one).figures} == {1.4e12}
