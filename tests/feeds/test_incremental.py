"""Step by step, the feeds come to read as they do when built from nothing."""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest

from feedsvc.catalogue.standing import Standings
from feedsvc.config import CustomFeedConfig
from feedsvc.model import Record, Status
from tests.feeds.conftest import NOW, Desk, access, make_record, revision
from tests.feeds.test_publish import held, stamps

OLD = NOW - timedelta(days=40)
CUSTOM = (
    CustomFeedConfig(name="chips", title="칩", any=("하이닉스",)),
    CustomFeedConfig(name="ships", title="배", all=("조선", "수주"), none=("인사",)),
)
WORDS = ("하이닉스가", "조선 수주를", "인사 이동은", "다른")


def anew(desk: Desk, folder: Path, now: datetime) -> list[str]:
    """What a publication that remembers nothing changes in a copy of the folder."""
    shutil.copytree(desk.path, folder)
    copy = Desk(folder, desk.shelf, desk.sections, desk.settings)
    done = copy.publish(now=now)
    assert done.problems == ()
    shutil.rmtree(folder)
    return sorted(str(path.relative_to(folder)) for path in done.paths)


def chance(
    dice: random.Random, number: int, known: list[Record], *, duplicates: bool = True
) -> Record:
    """A new article, or a known one after something happened to it."""
    if not known or dice.random() < 0.4:
        seen = dice.choice((OLD, NOW - timedelta(days=2))) + timedelta(minutes=dice.randrange(2000))
        lock = dice.random() < 0.2
        return make_record(
            number,
            title=f"{dice.choice(WORDS)} {number}",
            body=(f"<p>{'나' * dice.randrange(700)} &amp; &lt;entry&gt;</p>",),
            first_seen_at=seen,
            updated_at=seen,
            published_at=seen - timedelta(minutes=dice.randrange(90)),
            origin=dice.choice(("poll", "poll", "backfill")),
            sections=dice.sample(("068000", "083000"), dice.randrange(3)),
            access=access(Status.SOON_FREE) if lock else access(Status.OPEN),
            duplicate_of=number - 1 if duplicates and dice.random() < 0.1 else None,
        )
    one = dice.choice(known)
    changes: list[dict[str, Any]] = [
        {
            "title": f"{dice.choice(WORDS)} {one.id}",
            "revisions": (*one.revisions, revision(NOW, title=one.title)),
        },
        {"body": ("<p>짧다</p>",), "updated_at": NOW},
        {"access": access(Status.OPEN, released_at=NOW - timedelta(hours=dice.randrange(100)))},
        {"sections": ("083000",)},
        {"duplicate_of": None if one.duplicate_of or not duplicates else 1},
        {
            "published_at": one.published_at + timedelta(days=dice.randrange(-9, 9)),
            "revisions": (
                *one.revisions,
                revision(NOW, published_at=one.published_at.isoformat()),
            ),
        },
    ]
    return replace(one, **dice.choice(changes))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_nothing_is_left_to_a_rebuild(
    desk: Desk, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    desk.settings |= {
        "entries": dice.choice((2, 5)),
        "max_size": dice.choice((9_000, 25_000, 200_000)),
        "locked": dice.choice(("flag", "hide")),
        "custom": CUSTOM,
    }
    # Whether a duplicate that has no room in a file "is published" depends on what was
    # there before, for a rebuild too.
    duplicates = desk.settings["max_size"] > 100_000
    desk.publish()
    for step in range(1, 40):
        known = list(desk.shelf.records.values())
        some: dict[int, Record] = {}
        for n in range(3):
            one = chance(dice, step * 10 + n, known, duplicates=duplicates)
            some[one.id] = one
        desk.shelf.put(*some.values())
        assert desk.publish(changed=list(some.values())).problems == ()
        assert anew(desk, tmp_path / "copy", NOW) == []


def test_a_short_run_of_the_same(desk: Desk, tmp_path: Path) -> None:
    desk.settings |= {"entries": 2, "custom": CUSTOM}
    desk.publish()
    dice = random.Random(1)
    for step in range(1, 8):
        one = chance(dice, step, list(desk.shelf.records.values()))
        desk.shelf.put(one)
        desk.publish(changed=[one])
    assert anew(desk, tmp_path / "copy", NOW) == []


def test_one_article_writes_no_other_entry_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.shelf.put(*(make_record(n) for n in range(1, 9)))
    desk.publish()
    new = make_record(9)
    desk.shelf.put(new)
    from feedsvc.feeds import pieces

    written: list[str] = []
    whole = pieces.made

    def counted(suffix: str, entries: Any) -> dict[str, bytes]:
        written.extend(f"{suffix} {entry.id.rpartition('/')[2]}" for entry in entries)
        return whole(suffix, entries)

    monkeypatch.setattr(pieces, "made", counted)
    desk.publish(changed=[new])
    assert sorted(written) == ["atom 9", "json 9", "rss 9"]
    assert held(desk, "industry")[0] == "9"


@pytest.mark.usefixtures("no_sections")
@pytest.mark.parametrize("name", ["all.rss", "all.atom", "all.json"])
def test_no_part_is_taken_from_a_document_that_is_not_ours(desk: Desk, name: str) -> None:
    desk.shelf.put(make_record(1))
    desk.publish()
    spoilt = desk.read(name).replace("본문".encode(), "딴말".encode())
    (desk.path / name).write_bytes(spoilt)
    new = make_record(2)
    desk.shelf.put(new)
    desk.publish(changed=[new])
    assert "딴말".encode() not in desk.read(name)
    assert held(desk, "all") == ["2", "1"]


@pytest.mark.parametrize("table", ["feed", "standing", "piece"])
def test_what_cannot_be_remembered_is_looked_for(desk: Desk, table: str) -> None:
    desk.shelf.put(make_record(1))
    desk.publish()
    desk.known.rows(f"DELETE FROM {table}")
    if table == "standing":  # never without the other
        desk.known.rows("DELETE FROM feed")
    new = make_record(2)
    desk.shelf.put(new)
    desk.publish(changed=[new])
    assert held(desk, "all") == held(desk, "industry") == ["2", "1"]


def test_an_old_article_that_no_feed_shows_leaves_the_feeds_alone(desk: Desk) -> None:
    desk.settings["entries"] = 1
    desk.shelf.put(make_record(1))
    desk.publish()
    before = stamps(desk)
    for name in before:
        os.utime(desk.path / name, ns=(1, 1))
    old = make_record(2, first_seen_at=OLD, published_at=OLD)
    desk.shelf.put(old)
    done = desk.publish(changed=[old])
    assert {path.parent.name for path in done.paths} == {"all", "industry", "everything"}
    assert all(path.stem.startswith("2026-0") for path in done.paths)


@pytest.mark.usefixtures("no_sections")
def test_an_article_that_leaves_a_full_feed_lets_the_next_one_in(desk: Desk) -> None:
    desk.settings |= {"entries": 1, "custom": CUSTOM}
    first, second = (
        make_record(n, title="하이닉스", first_seen_at=OLD + timedelta(hours=n)) for n in (1, 2)
    )
    desk.shelf.put(first, second)
    desk.publish()
    assert held(desk, "chips") == ["2"]
    edited = replace(second, title="다른")
    desk.shelf.put(edited)
    desk.publish(changed=[edited])
    assert held(desk, "chips") == ["1"]


@pytest.mark.usefixtures("no_sections")
def test_a_rare_word_is_found_however_deep(desk: Desk) -> None:
    desk.settings["custom"] = CUSTOM
    rare = make_record(1, title="하이닉스", first_seen_at=OLD)
    others = (make_record(n, first_seen_at=OLD + timedelta(minutes=n)) for n in range(2, 2200))
    desk.settings["formats"] = ("json",)
    desk.shelf.put(rare, *others)
    desk.publish()
    assert [one.rpartition("/")[2] for one in ids(desk, "chips")] == ["1"]


def ids(desk: Desk, name: str) -> tuple[str, ...]:
    from feedsvc.feeds import check

    return check.ids(desk.read(f"{name}.json"), "json")


def test_of_former_months_entries_that_a_feed_shows_are_kept_as_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Standings, "make_room", partialmethod(Standings.make_room, least=0))
    desk.settings["entries"] = 3
    old = NOW - timedelta(days=100)
    for number in range(1, 61):
        at = old + timedelta(minutes=number)
        desk.shelf.put(make_record(number, published_at=at, first_seen_at=at, updated_at=at))
    desk.shelf.put(make_record(65))
    desk.publish()
    written = {number for (number,) in desk.known.rows("SELECT DISTINCT article FROM piece")}
    assert written == {59, 60, 65}
    desk.shelf.asked.clear()
    new = make_record(70)
    desk.shelf.put(new)
    desk.publish(changed=[new])
    assert [one for one in desk.shelf.asked if one.startswith("read ")] == []
    assert held(desk, "all") == ["70", "65", "60"]
