"""The pages by which the parser is measured: whatever the house, their truth stands on them."""

from __future__ import annotations

import pytest

from benchmarks.extraction.builder import built
from benchmarks.extraction.standin import standin_cases
from benchmarks.extraction.truth import Case, comparable, lines_of
from feedsvc.model import Status
from tests.standin import HOUSES, House


def cases(house: House, number: int) -> list[Case]:
    """Twice so many of the stand-in's as are built."""
    made = (built(seed, house=house, old=False) for seed in range(number))
    return [*standin_cases(2 * number, house), *made]


@pytest.mark.parametrize(
    ("house", "number"),
    [(HOUSES[0], 10), *(pytest.param(one, 40, marks=pytest.mark.slow) for one in HOUSES)],
)
def test_what_a_page_should_give_stands_on_it(house: House, number: int) -> None:
    for case in cases(house, number):
        text = comparable("".join(lines_of(case.page.text)))
        for line in (case.title, case.subtitle, *case.lines):
            # Characters that nobody sees are for the parser to cut.
            words = [comparable(word) for word in line.split()[:3]]
            assert all(word in text for word in words), (case.kind, line)
        assert case.status is not Status.OPEN or case.lines, case.kind


def test_a_house_changes_only_its_own_pages() -> None:
    assert built(1) == built(1, house="today")
    assert len({built(1, house=house, old=False).page.body for house in HOUSES}) == len(HOUSES)
    assert {case.house for case in cases("plus", 40)} == {"today", "plus"}  # 팍스넷뉴스 has its own
