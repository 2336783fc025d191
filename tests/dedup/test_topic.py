"""What tells of the same thing: labelled headlines, and what is put below what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.dedup import stories
from feedsvc.dedup.topic import Headline, alike
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Of two companies, in the same words: with a comma behind the name, and without.
        (
            "한빛전자, 3분기 영업이익 10조…시장 예상 상회",
            "마루반도체, 3분기 영업이익 7조…시장 예상 상회",
        ),
        ("한빛금융, 밸류업 계획 발표", "나래금융, 밸류업 계획 발표"),
        ("한빛케미칼, 신용등급 하향", "한빛건설, 신용등급 하향"),
        ("한빛은행 밸류업 계획 공시…주주환원율 50%", "나래은행 밸류업 계획 공시…주주환원율 50%"),
        ("한빛오션 LNG선 2척 7000억 수주", "마루중공업 LNG선 2척 7000억 수주"),
        ("국민연금, 한빛전자 지분 축소", "국민연금, 나래포털 지분 축소"),
        ("한국거래소, 한빛바이오 상장예비심사 승인", "한국거래소, 나래로보 상장예비심사 승인"),
        # Of two quarters, of a rise and a fall, two of a series.
        ("한빛로보, 2분기 적자 지속", "한빛로보, 3분기 적자 지속"),
        ("코스피 2500선 회복…외국인 순매수", "코스피 2500선 붕괴…외국인 순매도"),
        ("한빛뱅크 주담대 금리 인하", "한빛뱅크 주담대 금리 인상"),
        ("오늘의 증시 일정(25일)", "오늘의 증시 일정(26일)"),
    ],
)
def test_the_same_words_of_two_things(one: str, other: str) -> None:
    assert not alike(one, other)
    assert not alike(other, one)
    assert alike(one, f"[단독] {one}")


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


def test_related_articles_belong_together_where_they_link_each_other() -> None:
    first, second = (
        replace(one, keywords=())
        for one in (told(10, "가람식품 새 공장"), told(11, "라면 시장 재편", hours=3))
    )
    assert stories([first, second], SITE) == {10: 10, 11: 11}
    linking = replace(second, related=(Related("가람식품", SITE.article_url(10)),))
    linked = replace(first, related=(Related("라면", SITE.article_url(11)),))
    assert stories([linked, linking], SITE) == {10: 10, 11: 10}
    sister = replace(second, related=(Related("", "https://dealsiteplus.co.kr/articles/10"),))
    assert stories([linked, sister], SITE) == {10: 10, 11: 11}


@pytest.mark.parametrize(
    ("title", "keywords", "together"),
    [
        ("라면 시장 재편", (), False),  # a list that was filled up
        ("나래식품 새 공장", (), False),  # the same kind of thing of another
        ("라면 10년 만에 새 시장", (), False),
        ("가람식품 노조 파업", (), True),
        ("라면 시장 재편", ("식품", "가람식품"), True),
        ("한서제지, 새 공장", (), False),
        ("라면 시장 재편", ("투자", "공장", "증설"), False),
    ],
)
def test_a_link_one_way_joins_what_tells_of_the_same_name(
    title: str, keywords: tuple[str, ...], together: bool
) -> None:
    first = replace(told(10, "가람식품 10년 만에 새 공장"), keywords=("가람식품", "공장", "증설"))
    second = replace(
        told(11, title, hours=3),
        keywords=keywords,
        related=(Related("가람식품", SITE.article_url(10)),),
    )
    assert stories([first, second], SITE) == {10: 10, 11: 10 if together else 11}
    first, second = (
        replace(first, related=(Related("", SITE.article_url(11)),)),
        replace(second, related=()),
    )
    assert stories([first, second], SITE) == {10: 10, 11: 10 if together else 11}


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
