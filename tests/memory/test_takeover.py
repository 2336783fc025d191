"""What a version before remembered, in texts by keys, is taken over: nothing is asked for
twice, nothing told twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.health import Kind, health
from feedsvc.memory import Edition, Memory, Note, Page, Section, Topic, Watch
from feedsvc.memory.takeover import take_over
from feedsvc.site import KST
from tests.memory.kept import LAST, asked, taken_over
from tests.poll.desk import NOW, Desk


@pytest.fixture
def old(tmp_path: Path) -> Iterator[tuple[Desk, list[list[str]]]]:
    with taken_over(tmp_path) as found:
        yield found


@pytest.mark.slow
def test_the_site_is_asked_for_what_that_version_would_have_asked(
    old: tuple[Desk, list[list[str]]],
) -> None:
    desk, before = old
    assert asked(desk) == before


def at(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


def test_every_text_becomes_a_row_and_goes(old: tuple[Desk, list[list[str]]]) -> None:
    desk, _ = old
    archive = desk.archive()
    with archive.writing(LAST):
        memory = archive.memory
        assert memory.watch.of(102).next_at == datetime(2026, 3, 12, 10, 30, tzinfo=KST)
        assert memory.watch.of(104) == Watch(104, missing_since=NOW, missing=3, given_up_at=at(27))
        assert memory.watch.of(105).failed_since == memory.watch.of(105).failed_at == NOW
        assert memory.watch.of(105).held.startswith("sha256:")
        assert memory.watch.of(106) == Watch(106, failed_since=NOW, failed_at=at(27))
        assert memory.watch.of(107).missing_since == at(27)
        industry = memory.section.of("industry")
        assert (industry.polled_at, industry.failed, industry.unchanged) == (LAST, 2, True)
        assert industry.succeeded_at == LAST
        assert industry.deep_at == at(27)
        assert industry.waits == (46800, 50400, 14400, 7200)
        robots = memory.page.of(f"{desk.base_url}/robots.txt")
        assert robots.text.startswith("User-agent: *")
        assert robots.read_at == robots.tried_at == at(27)
        assert memory.page.of(f"{desk.base_url}/categories/068000").digest
        assert memory.note.of(Topic.REQUEST, "").at == LAST
        edition = Edition.of(memory)
        assert edition is not None
        assert edition.head == archive.head()
        reasons = health(desk.config, memory, LAST).reasons
        assert [(one.kind, one.since) for one in reasons] == [(Kind.ARTICLES, NOW)]
        assert memory.recall(Topic.STATUS)["open"].keys() == {"articles"}
    with closing(sqlite3.connect(desk.folder / "archive/.state/state.sqlite")) as state:
        tables = {name for (name,) in state.execute("SELECT name FROM sqlite_master")}
        assert "memory" not in tables


def test_who_only_reads_is_told_what_was_remembered_too(
    old: tuple[Desk, list[list[str]]],
) -> None:
    """``status`` after an upgrade, before anything was written."""
    desk, _ = old
    before = (desk.folder / "archive/.state/state.sqlite").read_bytes()
    assert desk.archive().memory.section.of("industry").polled_at == LAST
    assert [one.kind for one in desk.health().reasons] == [Kind.ARTICLES]
    assert (desk.folder / "archive/.state/state.sqlite").read_bytes() == before


OF_ALL_KINDS = {
    "poll:mna:tried_at": "never",
    "poll:finance:tried_at": NOW.isoformat(),
    "poll:finance:last": json.dumps(
        {"at": NOW.isoformat(), "error": "503", "kind": "site", "since": NOW.isoformat(),
         "times": 2, "new": 1}
    ),
    "poll:finance:rhythm": json.dumps({"since": NOW.isoformat()}),
    "section:mna:rows-as": "json",
    "backfill:mna": "7",
    "moved:7": NOW.isoformat(),
    "doubts:learned-3": '{"8": "shared text"}',
    "fetch.back-off": json.dumps(
        {"failures": 2, "suspects": 0, "until": NOW.isoformat(), "why": "503",
         "pages": {"https://a/b": NOW.isoformat()}}
    ),
    "fetch.transport": json.dumps({"site": "https://a", "works": "curl", "at": NOW.isoformat()}),
    "first-reading": json.dumps({"ids": {"mna": [1, 2]}, "at": NOW.isoformat()}),
    "adoption:learned-3": "[1, 2]",
    "probation:learned-3": '{"agreed": 4, "asked": [5]}',
    "notice:chips:tried_at": NOW.isoformat(),
    "notice:chips:failed": "a b",
    "notices:known": "from the beginning",
    "websub:waiting": "https://a/all.atom",
    "digest:morning": "2026-03-10 sha256:1",
}  # fmt: skip


def test_what_seldom_stands_there_too() -> None:
    memory = Memory()
    take_over(OF_ALL_KINDS.items(), memory)
    assert memory.section.of("mna") == Section("mna", cut_short=True, by_listing=True, page=7)
    assert memory.section.of("finance") == Section(
        "finance", tried_at=NOW, expected_from=NOW, polled_at=NOW, new=1, error="503",
        kind="site", failing_since=NOW, times=2,
    )  # fmt: skip
    assert memory.watch.of(7) == Watch(7, moved_at=NOW)
    assert memory.watch.of(8) == Watch(8, doubt="shared text", doubted_by="learned-3")
    assert memory.page.of("https://a/b") == Page("https://a/b", rests_until=NOW)
    assert memory.note.of(Topic.BACK_OFF, "").at == NOW
    assert memory.recall(Topic.BACK_OFF) == {"failures": 2, "suspects": 0, "why": "503"}
    for note in (
        Note(Topic.TRANSPORT, "", NOW, "https://a"),
        Note(Topic.FIRST, "", NOW, '{"ids": {"mna": [1, 2]}}'),
        Note(Topic.ADOPTION, "learned-3", text='{"waiting": [1, 2]}'),
        Note(Topic.PROBATION, "learned-3", text='{"agreed": 4, "asked": [5]}'),
        Note(Topic.NOTICE, "chips", NOW, "a b"),
        Note(Topic.NOTICES, "", text="known"),
        Note(Topic.HUB, "", text="https://a/all.atom"),
        Note(Topic.DIGEST, "morning", text="2026-03-10 sha256:1"),
    ):
        assert memory.note.of(note.topic, note.about) == note


@pytest.mark.parametrize("rubbish", ["", "[", "null", "5", "[[]]", "{}", '{"looks": 1}', "x y"])
def test_what_makes_no_sense_is_forgotten(rubbish: str) -> None:
    memory = Memory()
    keys = [
        "again",
        "failing",
        "fetch.robots",
        "fetch.page:x",
        "never-there:x",
        "never-there:5",
        "missing:5",
        "poll:x",
        "poll::",
        "troubles:noted",
        "drift",
        "fetch.clock",
        "fetch.last-request",
        "published",
        "redesign",
        "gaps:asked",
    ]
    take_over([(key, rubbish) for key in (*OF_ALL_KINDS, *keys)], memory)
    assert memory.watch.of(5).given_up_at is None
