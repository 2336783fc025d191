"""The same story, once; a series never."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from feedsvc.archive import Archive
from feedsvc.dedup import WITHIN, duplicate
from feedsvc.model import Access, Event, Record, Status
from feedsvc.text import SKETCH, core, sentences, sketch
from tests.dedup.pairs.frames import CHECKED, CHECKED_AGAIN, HELD_OUT, SEEN, Frame
from tests.dedup.pairs.labelled import Pair, filled, pairs, record, values
from tests.poll.conftest import desk as desk
from tests.poll.conftest import one_section as one_section
from tests.poll.desk import NOW, Desk, piece
from tests.standin import StandInArticle

LABELLED = {
    "seen": pairs(SEEN, each=4, seed=1),
    "checked": pairs(CHECKED, each=4, seed=2),
    "checked again": pairs(CHECKED_AGAIN, each=4, seed=3),
    "held out": pairs(HELD_OUT, each=8, seed=4),
}
GIVEN = values(random.Random(5))


def told(frame: Frame = SEEN[1], number: int = 1, hours: float = 0) -> Record:
    return record(number, filled(frame, GIVEN), hours=hours)


def test_the_set_is_large_and_half_of_it_hard() -> None:
    every = [pair for part in LABELLED.values() for pair in part]
    assert len(every) >= 400
    assert sum(not pair.same for pair in every) * 2 == len(every)
    # Hard: each of a series shares whole phrases, and many share whole sentences.
    assert sum(bool(shared(pair)) for pair in every if not pair.same) > len(every) / 4
    assert all(pair.same or pair.earlier.digest != pair.later.digest for pair in every)


def shared(pair: Pair) -> set[str]:
    return set(map(core, sentences(pair.earlier.body))) & set(map(core, sentences(pair.later.body)))


@cache
def judged(part: str) -> list[tuple[Pair, Record | None]]:
    """Each pair, and which of the two is a duplicate."""
    return [(pair, duplicate(pair.earlier, pair.later)) for pair in LABELLED[part]]


@pytest.mark.parametrize("part", LABELLED)
def test_no_two_articles_of_a_series_are_merged(part: str) -> None:
    merged = [
        (pair.kind, pair.earlier.title, pair.later.title)
        for pair, found in judged(part)
        if not pair.same and found
    ]
    assert merged == []


@pytest.mark.parametrize("part", LABELLED)
def test_nineteen_of_twenty_republications_are_found(part: str) -> None:
    same = [found is pair.later for pair, found in judged(part) if pair.same]
    assert sum(same) >= 0.95 * len(same)


@pytest.mark.parametrize("part", LABELLED)
def test_whatever_is_found_would_have_been_looked_at(part: str) -> None:
    for pair, found in judged(part):
        if found:
            assert set(sketch(pair.earlier.body)) & set(sketch(pair.later.body))


def test_the_later_published_is_the_duplicate_whichever_was_read_first() -> None:
    early, late = told(number=2), told(number=1, hours=3)
    assert duplicate(early, late) is late
    assert duplicate(late, early) is late
    same_time = told(number=3)
    assert duplicate(same_time, early) is same_time


def test_thirty_days_apart_is_the_most() -> None:
    hours = WITHIN / timedelta(hours=1)
    assert duplicate(told(), told(number=2, hours=hours))
    assert not duplicate(told(), told(number=2, hours=hours + 0.1))


def test_an_open_article_is_no_duplicate_of_a_locked_one() -> None:
    locked = Access(Status.MEMBERS_ONLY)
    early, late = told(), told(number=2, hours=1)
    assert duplicate(replace(early, access=locked), late) is None
    assert duplicate(early, replace(late, access=locked)) is not None
    assert duplicate(replace(early, access=locked), replace(late, access=locked)) is not None


def test_a_flash_is_no_reason_to_leave_out_the_whole_story() -> None:
    whole = told(number=2, hours=1)
    flash = replace(told(), body=whole.body[:2])
    assert duplicate(flash, whole) is None


def test_one_changed_figure_deep_in_the_text_keeps_two_articles_apart() -> None:
    early, late = told(SEEN[0]), told(SEEN[0], 2, 1)
    body = tuple(one.replace(GIVEN["b"], "9,999") for one in late.body)
    assert body != late.body
    assert duplicate(early, replace(late, body=body)) is None


def test_texts_without_sentences_are_never_merged() -> None:
    empty = replace(told(), body=())
    assert duplicate(empty, replace(empty, id=2)) is None
    assert sketch(()) == ()


def test_a_decimal_point_and_a_thousands_comma_are_not_punctuation() -> None:
    assert core("1.5% 올랐다.") != core("15% 올랐다.")
    assert core("1,500억 원, “계약”") == core("1500억원 '계약'")


def test_the_index_finds_what_is_near_and_is_made_again(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    kept = [
        told(),
        told(number=2, hours=24),
        told(number=3, hours=24 * 40),
        told(CHECKED[3], 4, 1),
    ]
    with archive.writing(NOW):
        for one in kept:
            archive.keep(one, Event.ADDED, NOW)
        assert archive.index.resembling(kept[0], WITHIN) == [2]
        archive.reindex()
        assert archive.index.resembling(kept[0], WITHIN) == [2]
        revised = replace(kept[1], body=kept[3].body)
        archive.keep(revised, Event.REVISED, NOW)
        assert archive.index.resembling(kept[0], WITHIN) == []
    archive.close()
    for path in (tmp_path / ".state").glob("state.sqlite*"):
        path.unlink()
    assert Archive(tmp_path).index.resembling(kept[3], WITHIN) == [2]


def test_a_long_article_takes_no_more_of_the_index() -> None:
    body = tuple(
        f"<p>{number}번째 문장은 다른 문장과 다른 이야기를 한다.</p>" for number in range(500)
    )
    assert len(sketch(body)) <= SKETCH + 2


# Whole polls

TITLE, PARAGRAPHS = filled(SEEN[3], GIVEN)


def story(number: int, *, hours: float, **more: Any) -> StandInArticle:
    """The same piece under some id."""
    body = tuple(f"<p>{one}</p>" for one in PARAGRAPHS)
    return piece(number, hours=hours, **({"title": TITLE, "body": body, "subtitle": ""} | more))


def ids(desk: Desk) -> set[int]:
    """The articles that stand in the feed of all."""
    return {int(item["url"].rsplit("/", 1)[-1]) for item in desk.feed("all")}


@pytest.mark.usefixtures("one_section")
def duplicates(desk: Desk) -> dict[int, int | None]:
    archive = desk.archive()
    found = {one: archive.get(one) for one in archive.index.ids()}
    archive.close()
    return {one: kept.duplicate_of for one, kept in found.items() if kept}


@pytest.mark.usefixtures("one_section")
def test_a_republished_article_is_kept_and_gets_no_entry(desk: Desk) -> None:
    desk.site.publish(story(201, hours=5))
    desk.poll()
    again = SEEN[3].again.format(**GIVEN)
    desk.site.publish(story(202, hours=1, title=again))
    desk.site.publish(piece(203, hours=1))
    desk.poll()
    assert duplicates(desk) == {201: None, 202: 201, 203: None}
    assert ids(desk) == {201, 203}


@pytest.mark.usefixtures("one_section")
def test_one_rewritten_into_a_story_of_its_own_gets_its_entry(desk: Desk) -> None:
    desk.site.publish(story(201, hours=5))
    desk.site.publish(story(202, hours=1))
    desk.poll()
    assert ids(desk) == {201}
    desk.site.edit(202, title=piece(202).title, body=piece(202).body)
    desk.later(hours=2)
    desk.poll()
    assert duplicates(desk)[202] is None
    assert ids(desk) == {201, 202}


@pytest.mark.usefixtures("one_section")
def test_a_published_entry_stays_when_the_original_is_found_later(desk: Desk) -> None:
    desk.site.publish(story(202, hours=1))
    desk.poll()
    desk.site.publish(story(201, hours=5))
    desk.poll()
    assert duplicates(desk) == {201: None, 202: 201}
    assert ids(desk) == {201, 202}
    shutil.rmtree(desk.folder / "archive" / ".state")
    desk.site.publish(piece(203, hours=0.5))
    desk.poll()
    assert ids(desk) == {201, 202, 203}


@pytest.mark.usefixtures("one_section")
def test_an_original_read_later_in_the_same_poll_takes_the_entry(desk: Desk) -> None:
    desk.site.publish(story(201, hours=1))
    desk.site.publish(story(202, hours=5))
    desk.poll()
    assert duplicates(desk) == {201: 202, 202: None}
    assert ids(desk) == {202}


@pytest.mark.usefixtures("one_section")
def test_an_open_article_gets_its_entry_beside_a_locked_original(desk: Desk) -> None:
    desk.site.publish(story(201, hours=5, status=Status.MEMBERS_ONLY, teaser=3))
    desk.site.publish(story(202, hours=1))
    desk.poll()
    assert duplicates(desk) == {201: None, 202: None}
    assert ids(desk) == {201, 202}


def test_a_locked_repetition_gets_its_entry_on_its_release_while_the_first_is_locked(
    desk: Desk,
) -> None:
    lock: dict[str, Any] = {"status": Status.MEMBERS_ONLY, "teaser": 3}
    desk.site.publish(story(201, hours=5, **lock))
    desk.site.publish(story(202, hours=1, **lock))
    desk.poll()
    assert ids(desk) == {201}
    desk.site.release(202)
    desk.later(hours=2)
    desk.poll()
    assert duplicates(desk) == {201: None, 202: None}
    assert ids(desk) == {201, 202}
