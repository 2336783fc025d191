"""Counts and lists by day are what the records say, whatever was kept in what order."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from feedsvc.archive import Archive
from feedsvc.catalogue.access import LOCKED, READABLE
from feedsvc.catalogue.days import Days, Happened, Which
from feedsvc.catalogue.index import Index
from feedsvc.catalogue.record import day_of
from feedsvc.catalogue.state import VERSION, State
from feedsvc.model import Access, Event, Marker, Record, Scope, Status
from tests.archive.samples import NOW, record

SECTIONS = ("068000", "083000", "089000")
ACCESSES = (None, READABLE, LOCKED, *(one.value for one in Status))
COUNTED = Marker(Status.UNKNOWN, Scope.ARTICLE, "준회원 열람 불가", True)


def drawn(rng: random.Random, number: int) -> Record:
    """An article of any access, in none to three sections, around midnight too."""
    status = rng.choice([*Status, Status.OPEN])
    notice = (COUNTED,) if status is Status.UNKNOWN and rng.random() < 0.5 else ()
    back = timedelta(days=rng.choice((0, 0, 1, 2, 40, 400)), minutes=rng.randrange(1440))
    return record(
        number,
        published_at=NOW - back,
        sections=tuple(rng.sample(SECTIONS, rng.randrange(4))),
        reporters=rng.choice(((), ("김가영",), ("김가영", "이나리"))),
        access=Access(status, notice),
    )


def chosen(records: dict[int, Record], which: Which) -> list[Record]:
    """The records themselves, newest first."""

    def fits(one: Record) -> bool:
        access = one.access
        allowed = {
            None: True,
            LOCKED: access.locked,
            READABLE: access.status in (Status.OPEN, Status.PLUS_FIRST),
        }.get(which.access, access.status.value == which.access)
        inside = which.section is None or which.section in one.sections
        return allowed and inside and day_of(one.published_at).startswith(which.period)

    found = filter(fits, records.values())
    return sorted(found, key=lambda one: (one.published_at, one.id), reverse=True)


def assert_true(archive: Archive, records: dict[int, Record]) -> None:
    days = archive.days
    for section in (None, *SECTIONS, "999999"):
        for access in ACCESSES:
            which = Which(section, access)
            found = chosen(records, which)
            by_day = Counter(day_of(one.published_at) for one in found)
            assert days.count(which) == len(found)
            assert days.days(which) == sorted(by_day.items())
            months = Counter(day[:7] for day in by_day.elements())
            assert days.months(which) == sorted(months.items())
            for period in ("", "2026-03", "2026-03-09", "2025-01"):
                narrow = Which(section, access, period)
                own = [one.id for one in chosen(records, narrow)]
                assert days.count(narrow) == len(own)
                for offset, limit in ((0, 5), (3, 7), (len(own) - 1, 50), (len(own), 5)):
                    if offset >= 0:
                        listed = days.page(narrow, offset, limit)
                        assert [one.id for one in listed] == own[offset : offset + limit]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("seed", range(3))
def test_counts_and_pages_follow_what_is_kept(tmp_path: Path, seed: int) -> None:
    rng, records = random.Random(seed), dict[int, Record]()
    archive = Archive(tmp_path)
    for _ in range(2):
        with archive.writing(NOW):
            for number in rng.sample(range(1, 40), 25):
                records[number] = drawn(rng, number)
                archive.keep(records[number], Event.NOTED, NOW)
        assert_true(archive, records)
    with archive.writing(NOW):
        lost = rng.choice(sorted(records))
        archive.give_up(lost, records.pop(lost).url, NOW)
    assert_true(archive, records)
    with archive.writing(NOW):
        archive.reindex()
    assert_true(archive, records)
    archive.close()
    with sqlite3.connect(tmp_path / ".state/state.sqlite") as index:
        assert index.execute("SELECT count(*) FROM tally WHERE count<=0").fetchone() == (0,)
    index.close()


def test_a_row_says_what_the_record_says(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        archive.keep(record(5, access=Access(Status.UNKNOWN, (COUNTED,))), Event.ADDED, NOW)
    (row,) = archive.days.page(Which(), 0, 50)
    (same,) = archive.days.of([4, 5])
    assert row == same
    assert (row.id, row.at, row.day) == (5, record(5).published_at, "2026-03-09")
    assert (row.title, row.subtitle) == (record(5).title, record(5).subtitle)
    assert (row.sections, row.reporters) == (("068000",), ("김가영", "이나리"))
    assert (row.status, row.locked) == (Status.UNKNOWN, True)
    archive.close()


def test_the_neighbours_of_an_article_are_of_its_section(tmp_path: Path) -> None:
    rng = random.Random(7)
    records = {number: drawn(rng, number) for number in range(1, 40)}
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        for one in records.values():
            archive.keep(one, Event.ADDED, NOW)
    for section in ("", *SECTIONS):
        own = [one.id for one in chosen(records, Which(section or None))]
        for place, number in enumerate(own):
            later = own[place - 1] if place else None
            earlier = own[place + 1] if place + 1 < len(own) else None
            assert archive.days.beside(number, section) == (earlier, later)
    assert archive.days.beside(99, "") == (None, None)
    archive.close()


def test_every_question_is_answered_by_an_index() -> None:
    """Nothing behind a page reads all there is."""
    state = State.in_memory()
    Index(state).put(record(5))
    asked: list[tuple[str, object]] = []
    rows, each = state.rows, state.each

    class Watched(State):
        def __init__(self) -> None:
            pass

        def rows(self, sql, values=()):  # type: ignore[no-untyped-def]
            asked.append((sql, values))
            return rows(sql, values)

        def each(self, sql, values):  # type: ignore[no-untyped-def]
            asked.append((sql, values))
            return each(sql, values)

    days = Days(Watched())
    for which in (Which(), Which("068000", LOCKED), Which("068000", "plus-first", "2026-03")):
        days.count(which), days.months(which), days.days(which), days.page(which, 0, 50)
    days.page(Which(None, READABLE, "2026-03-09"), 0, 50)
    days.of([1, 2, 3])
    days.beside(5, "068000")
    for what in get_args(Happened):
        days.happened(what, Which(None, LOCKED), 50, 50)
        days.happened_on(what, Which(), "2026-03-09")
    assert len(asked) > 14
    for sql, values in asked:
        for *_, plan in rows(f"EXPLAIN QUERY PLAN {sql}", values):  # type: ignore[arg-type]
            assert "SCAN" not in plan, (sql, plan)
            assert "TEMP B-TREE" not in plan or "a.id IN" in sql, (sql, plan)
    state.close()


def test_what_is_remembered_outlives_another_form_of_the_index(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        archive.keep(record(5), Event.ADDED, NOW)
        archive.memory.page.set("x", etag="y")
        archive.set_marks("industry", {5: "digest"})
    archive.close()
    before = sqlite3.connect(tmp_path / ".state/state.sqlite")
    before.execute("DROP TABLE tally")
    before.execute("ALTER TABLE record RENAME TO older")
    before.execute(f"PRAGMA user_version={VERSION - 1}")
    before.commit()
    before.close()
    assert Archive(tmp_path).days.count() == 1  # in memory
    with archive.writing(NOW):
        assert archive.memory.page.of("x").etag == "y"
        assert archive.index.marks("industry", [5]) == {5: "digest"}
    assert archive.days.count() == 1
    archive.close()
