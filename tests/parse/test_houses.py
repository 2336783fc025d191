"""The pages by which the parser is measured: whatever the house, their truth stands on them."""

from __future__ import annotations

import pytest

from benchmarks.extraction.builder import built
from benchmarks.extraction.standin import standin_cases
from benchmarks.extraction.truth import Case, comparable, lines_of
from feedsvc.model import Status
from tests.standin import HOUSES, House


def cases(house: House) -> list[Case]:
    return [*standin_cases(80, house), *(built(seed, house=house, old=False) for seed in range(40))]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("house", HOUSES)
def test_what_a_page_should_give_stands_on_it(house: House) -> None:
    for case in cases(house):
        text = comparable("".join(lines_of(case.page.text)))
        for line in (case.title, case.subtitle, *case.lines):
            # Characters that nobody sees are for the parser to cut.
            words = [comparable(word) for word in line.split()[:3]]
            assert all(word in text for word in words), (case.kind, line)
        assert case.status is not Status.OPEN or case.lines, case.kind


def test_a_house_changes_only_its_own_pages() -> None:
    assert built(1) == built(1, house="today")
    assert len({built(1, house=house, old=False).page.body for house in HOUSES}) == len(HOUSES)
    assert {case.house for case in cases("plus")} == {"today", "plus"}  # 팍스넷뉴스 has its own
