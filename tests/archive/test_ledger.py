"""``gaps`` names every id of which anything is known, and judges by what it knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from feedsvc.archive import Archive
from feedsvc.archive.ledger import (
    ENOUGH,
    GONE,
    KEPT,
    LEAP,
    MOVED,
    NEVER,
    accounted,
    gaps,
    never_seen,
)
from feedsvc.model import Event
from tests.archive.samples import NOW, record


def made(
    folder: Path, kept: Iterable[int], moved: Iterable[int] = (), gone: Iterable[int] = ()
) -> Archive:
    archive = Archive(folder / "archive")
    with archive.writing(NOW):
        for number in kept:
            archive.keep(record(number), Event.ADDED, NOW)
        for number in moved:
            archive.move_away(number, f"https://dealsite.co.kr/articles/{number}", NOW)
        for number in gone:
            archive.memory.watch.set(number, given_up_at=NOW)
    return archive


def runs(archive: Archive) -> list[tuple[int, int, str]]:
    return [(run.first, run.last, run.what) for run in gaps(archive).runs]


def assert_sums_up(archive: Archive) -> None:
    """The sum that the page of status tells is that of the whole list."""
    found, told = gaps(archive), accounted(archive)
    assert told is not None
    assert (told.lowest, told.highest) == (found.lowest, found.highest)
    inside = [one for one in found.runs if told.lowest <= one.first <= told.highest]
    assert told.known == sum(len(one) for one in inside if one.what != NEVER)


def test_what_is_known_below_the_lowest_and_above_the_highest_is_named(tmp_path: Path) -> None:
    archive = made(tmp_path, (103, 105), moved=(101, 107), gone=(99, 109))
    assert runs(archive) == [
        (99, 99, GONE), (100, 100, NEVER), (101, 101, MOVED), (102, 102, NEVER), (103, 103, KEPT),
        (104, 104, NEVER), (105, 105, KEPT), (106, 106, NEVER), (107, 107, MOVED),
        (108, 108, NEVER), (109, 109, GONE),
    ]  # fmt: skip
    found = gaps(archive)
    assert (found.lowest, found.highest) == (99, 109)
    (month,) = found.months
    counted = month.kept, month.gone, month.moved, month.never_seen
    assert counted == (2, 2, 2, 5)
    missing, _ = never_seen(archive)
    assert [run.first for run in missing] == [108, 106, 104, 102, 100]
    assert_sums_up(archive)


def test_what_is_known_far_from_all_records_is_named_alone(tmp_path: Path) -> None:
    """Or a million ids would have been never seen for one row with a wrong number."""
    kept, far = 1_000_000, (7, 1_000_000 - LEAP - 1, 1_000_000 + LEAP + 2, 999_999_999_999)
    archive = made(tmp_path, (kept, kept + 1), moved=far)
    assert runs(archive) == [
        (7, 7, MOVED), (far[1], far[1], MOVED), (kept, kept + 1, KEPT),
        (far[2], far[2], MOVED), (far[3], far[3], MOVED),
    ]  # fmt: skip
    assert (gaps(archive).lowest, gaps(archive).highest) == (kept, kept + 1)
    assert_sums_up(archive)


def test_where_nothing_is_kept_what_is_known_is_named_all_the_same(tmp_path: Path) -> None:
    archive = made(tmp_path, (), moved=(101, 102, 104))
    assert runs(archive) == [(101, 102, MOVED), (104, 104, MOVED)]
    assert (gaps(archive).lowest, gaps(archive).months) == (None, ())
    assert accounted(archive) is None


KNOWN: Mapping[tuple[int, ...], tuple[int, ...]] = {
    (12, 169_832): (),
    (12, 13, 169_832): (),
    (12, 169_832, 169_833): (),
    (12, 13, 14, 169_832): (),
    (117_001, 300_000): (300_000,),
    (117_001, 999_999_999_999): (999_999_999_999,),
    (*range(1, ENOUGH), 150_000): (),
    (*range(1, ENOUGH + 1), 150_000): (150_000,),
    (*range(1, ENOUGH + 1), 100_000): (),
}


@pytest.mark.parametrize("kept", KNOWN)
def test_a_few_records_say_nothing_against_an_id_that_the_site_can_have(
    tmp_path: Path, kept: tuple[int, ...]
) -> None:
    """All published on one day.  The newest of four is no worse than the other three."""
    archive = made(tmp_path, kept)
    assert gaps(archive).beyond == never_seen(archive)[1] == KNOWN[kept]
    assert gaps(archive).count(KEPT) == len(kept) - len(KNOWN[kept])
    assert_sums_up(archive)
