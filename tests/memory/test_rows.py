"""Typed rows: what is written is read, by whoever, and what says nothing is no row."""

from __future__ import annotations

import ast
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.config import ArchiveConfig, Config, SectionConfig
from feedsvc.fetch import BackOff
from feedsvc.health import Kind, health, polled
from feedsvc.memory import (
    INDEXES,
    SCHEMA,
    Memory,
    Note,
    Page,
    Section,
    Topic,
    Watch,
)
from feedsvc.moment import as_time, micros, time_of
from tests.poll.desk import NOW
from tests.sources import PACKAGE

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda one: timezone(timedelta(minutes=one)))
TIMES = st.builds(
    lambda seconds, zone: datetime.fromtimestamp(seconds, zone),
    st.floats(0, 4e9), ZONES,
)  # fmt: skip


class Counted:
    """A database, and the statements that it ran."""

    def __init__(self) -> None:
        self.state = sqlite3.connect(":memory:", isolation_level=None)
        for statement in (*SCHEMA, *INDEXES):
            self.state.execute(statement)
        self.ran: list[str] = []

    def run(self, sql: str, values: Any) -> list[tuple[Any, ...]]:
        self.ran.append(sql)
        return self.state.execute(sql, values).fetchall()


@pytest.fixture(params=["kept", "held", "of the process"])
def memory(request: pytest.FixtureRequest) -> Any:
    memory = Memory(None if request.param == "of the process" else Counted().run)
    if request.param != "held":
        yield memory
        return
    with memory.held():
        yield memory


def test_a_row_is_read_as_it_was_written(memory: Memory) -> None:
    assert memory.section.of("mna") == Section("mna")
    memory.section.set("mna", succeeded_at=NOW, waits=(1, 2), by_listing=True, error="503")
    memory.section.set("mna", rows=7)
    told = Section("mna", succeeded_at=NOW, waits=(1, 2), by_listing=True, error="503", rows=7)
    assert memory.section.of("mna") == told
    assert memory.section.of("finance") == Section("finance")


def test_rows_that_have_a_time_come_in_its_order(memory: Memory) -> None:
    for one, hours in ((3, 2), (1, 5), (2, 2), (4, None)):
        at = None if hours is None else NOW + timedelta(hours=hours)
        memory.watch.set(one, next_at=at, held="x")
    assert [one.id for one in memory.watch.having("next_at")] == [2, 3, 1]
    assert [one.id for one in memory.watch.having("next_at", NOW + timedelta(hours=2))] == [2, 3]
    assert memory.watch.having("next_at", NOW) == []


def test_a_name_that_is_no_column_is_refused(memory: Memory) -> None:
    with pytest.raises(TypeError):
        memory.watch.set(1, next_look=NOW)


@pytest.mark.parametrize("rubbish", ["", "[", "null", "5", "[[]]"])
def test_a_note_that_holds_anything_is_none(memory: Memory, rubbish: str) -> None:
    memory.note.set(Topic.BACK_OFF, "", text=rubbish)
    assert memory.recall(Topic.BACK_OFF) == {}


def test_while_held_what_is_known_is_asked_for_once_and_what_is_the_same_not_written() -> None:
    database = Counted()
    memory = Memory(database.run)
    with memory.held():
        for _ in range(5):
            memory.section.of("mna")
            memory.section.set("mna", succeeded_at=NOW)
    assert [one.split()[0] for one in database.ran] == ["SELECT", "INSERT"]


def test_a_row_that_says_nothing_any_more_is_taken_away() -> None:
    database = Counted()
    memory = Memory(database.run)
    with memory.held():
        memory.watch.set(5, missing_since=NOW, missing=1)
        memory.watch.put(Watch(5))
        assert memory.watch.of(5) == Watch(5)
    assert database.state.execute("SELECT * FROM watch").fetchall() == []


def test_who_changes_one_column_leaves_the_others_to_others() -> None:
    database = Counted()
    held, beside = Memory(database.run), Memory(database.run)
    with held.held():
        held.section.of("mna")
        beside.section.set("mna", tried_at=NOW)
        held.section.set("mna", succeeded_at=NOW)
    assert beside.section.of("mna") == Section("mna", tried_at=NOW, succeeded_at=NOW)


def test_a_column_that_holds_anything_is_forgotten() -> None:
    database = Counted()
    database.state.execute(
        "INSERT INTO section(name, succeeded_at, polled_at, waits, rows, error)"
        " VALUES('mna', 'soon', 1e300, '[', 'x', x'00')"
    )
    assert Memory(database.run).section.of("mna") == Section("mna")


def test_what_was_told_long_ago_is_taken_away() -> None:
    database = Counted()
    memory = Memory(database.run)
    for days in (0, 1, 5):
        memory.note.set(Topic.TOLD, f"{days}", at=NOW - timedelta(days=days))
    memory.note.set(Topic.HOURS, "", at=NOW - timedelta(days=9))
    memory.note.forget_before(NOW - timedelta(days=2), topic=Topic.TOLD)
    left = database.state.execute("SELECT topic, about FROM note").fetchall()
    assert set(left) == {("told", "0"), ("told", "1"), ("hours", "")}


@given(TIMES, TIMES)
def test_times_are_numbers_in_the_order_of_time(one: datetime, other: datetime) -> None:
    assert time_of(micros(one)) == one
    assert as_time(one.isoformat()) == one
    assert (micros(one) < micros(other)) is (one < other)


@pytest.mark.parametrize("text", ["", "x", "2026-03-10T18:00:00", None, 5])
def test_what_is_no_time_is_none(text: object) -> None:
    assert as_time(text) is None
    assert as_time(datetime(2026, 3, 10, tzinfo=UTC).isoformat()) is not None


def test_times_are_told_in_the_zone_of_who_asks(tmp_path: Path) -> None:
    """They are kept as moments; who reads them lives in the site's zone."""
    here = timezone(timedelta(hours=1))
    now = NOW.astimezone(here)
    section = SectionConfig(name="mna", title="M&A", every=timedelta(minutes=10))
    config = Config(sections=(section,), archive=ArchiveConfig(path=tmp_path))
    memory = Memory()
    for _ in range(2):
        polled(memory, section, now, {"error": "503"}, Kind.SECTION)
    memory.section.set("mna", succeeded_at=now, expected_from=now)
    BackOff(memory).failed(now, "503")
    (told,) = health(config, memory, now).sections
    until = BackOff(memory).until(now)
    assert told.failure is not None
    for at in (told.succeeded_at, told.expected_from, told.failure.since, until):
        assert at is not None
        assert at.utcoffset() == timedelta(hours=1)


def test_every_column_that_is_set_is_one() -> None:
    """A type checker does not see the columns behind ``set``; this does."""
    columns = {one.__name__.lower(): {*one.__annotations__} for one in (Watch, Section, Page, Note)}
    seen, wrong = 0, []
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text("utf-8")
        for node in ast.walk(ast.parse(source)) if ".set(" in source else ():
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr != "set":
                continue
            table = ast.unparse(node.func.value).rpartition(".")[2].lstrip("_")
            if table in columns:
                named = {one.arg for one in node.keywords if one.arg}
                seen += 1
                wrong += [f"{path}:{node.lineno} {one}" for one in named - columns[table]]
    assert not wrong
    assert seen > 40
