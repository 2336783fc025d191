from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from benchmarks import drift as simulated
from feedsvc import parse
from feedsvc.parse.drift import KNOWN, LATEST, LEAST, USUAL, Sources, shown, vanished
from tests.parse.pages import NOW, SITE, fetched, page

SUBTITLE = '<div class="sub-title">부제다</div>'
WITH: Sources = (("title", ".t"), ("keywords", ".chips"), ("id", "address"))
WITHOUT: Sources = (("title", ".t"), ("keywords", "meta[name=keywords]"))
BEFORE: list[Sources] = [WITH, WITHOUT] * 200


def told(*articles: Sources) -> dict[str, tuple[int, float]]:
    """The parts that have vanished, of articles given oldest first."""
    return {one.name: (one.articles, one.share) for one in vanished(reversed(articles))}


def test_metadata_and_the_listing_do_not_count_as_the_page_s_own() -> None:
    def of(**parts: str) -> set[str]:
        return set(shown(parse.article(fetched(page(**parts)), SITE, NOW).sources))

    head = '<meta property="article:published_time" content="2026-03-10T17:00:00+09:00">'
    assert of(inside=SUBTITLE) == {"title", "subtitle", "reporters", "published_at", "body"}
    assert of(head=head, info="", title="") == {"body"}


def test_a_part_has_vanished_when_a_day_s_articles_lack_it() -> None:
    assert told(*BEFORE[:-1], *[WITHOUT] * (LEAST - 1)) == {}
    (one,) = vanished(reversed([*BEFORE[:-1], *[WITHOUT] * LEAST]))
    assert (one.name, one.source, one.articles) == ("keywords", ".chips", LEAST)
    assert one.share == pytest.approx(0.5, abs=0.01)


def test_it_is_there_again_with_the_first_article_that_shows_it() -> None:
    assert told(*BEFORE, *[WITHOUT] * 60)
    assert told(*BEFORE, *[WITHOUT] * 60, WITH) == {}


def test_what_the_site_gave_up_for_good_is_told_for_two_weeks() -> None:
    assert told(*BEFORE, *[WITHOUT] * (LATEST - 2))
    assert told(*BEFORE, *[WITHOUT] * LATEST) == {}
    # And is not told of again when one old page shows it.
    assert told(*BEFORE, *[WITHOUT] * LATEST, WITH, *[WITHOUT] * 300) == {}


def test_few_articles_do_not_say_what_is_usual() -> None:
    assert told(*[WITH] * (USUAL - 1), *[WITHOUT] * LEAST) == {}
    assert told(*[WITH] * USUAL, *[WITHOUT] * LEAST)
    assert told() == told(WITH) == told(*[WITHOUT] * LEAST) == told(*[WITHOUT] * 600) == {}


def test_a_rare_part_may_be_away_for_long() -> None:
    rare = [WITH, *[WITHOUT] * 9] * 60
    assert told(*rare, *[WITHOUT] * 180) == {}
    assert told(*rare, *[WITHOUT] * 230)


def test_a_row_like_one_before_is_no_loss() -> None:
    holidays = [*[WITH] * 200, *[WITHOUT] * 60, *[WITH] * 200]
    assert told(*holidays, *[WITHOUT] * 60) == {}
    assert told(*holidays, *[WITHOUT] * 61)


def test_no_more_articles_are_taken_than_the_answer_needs() -> None:
    taken = 0

    def counted(articles: list[Sources]) -> Iterator[Sources]:
        nonlocal taken
        taken = 0
        for one in reversed(articles):
            taken += 1
            yield one

    everything: Sources = tuple((name, ".x") for name in parse.drift.WATCHED)
    cases: tuple[tuple[list[Sources], int], ...] = (
        ([everything] * 2000, LEAST),
        ([WITH] * 2000, LATEST),
        ([*[everything] * 2000, *[WITH] * LEAST], KNOWN),
    )
    for articles, most in cases:
        vanished(counted(articles))
        assert taken == most


@pytest.mark.parametrize("kind", simulated.KINDS)
def test_a_simulated_quarter_brings_no_false_alarm(kind: str) -> None:
    rng = Random(kind)
    year = simulated.KINDS[kind](rng, 0.6)
    quarter = "".join("01"[next(year)] for _ in range(90 * simulated.A_DAY))
    assert simulated.alarms(quarter) == 0
    assert simulated.told_after(quarter) <= simulated.SOON


@pytest.mark.slow
def test_one_false_alarm_a_year_at_most_and_a_loss_is_told_within_forty_articles() -> None:
    for one in simulated.measure(2, (0.3, 0.5, 0.8, 0.95)):
        print(
            f"{one.kind}, share {one.share}: {one.alarms} false alarms in two years, "
            f"{one.soon:.1%} of losses told within {simulated.SOON} articles"
        )
        assert max(one.alarms) <= 1
        if one.share >= simulated.TELLING:
            assert one.soon >= 0.98
