"""What ``every: auto`` learns from the archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.archive import Archive
from feedsvc.memory import Topic
from feedsvc.model import Event
from feedsvc.schedule import HOURS, articles_by_hour, count_articles
from feedsvc.site import KST
from tests.archive.samples import record

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=KST)  # a Tuesday


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path / "archive")
    with made.writing(NOW):
        yield made


def keep(
    archive: Archive, number: int, published_at: datetime, *,
    at: datetime | None = None, origin: str = "poll", event: Event = Event.ADDED,
) -> None:  # fmt: skip
    found = at or published_at + timedelta(minutes=8)
    made = record(
        number,
        published_at=published_at,
        updated_at=published_at,
        first_seen_at=found,
        origin=origin,
    )
    archive.keep(made, event, found)


def test_articles_count_in_the_hour_they_were_published_in(archive: Archive) -> None:
    keep(archive, 101, NOW - timedelta(days=7, minutes=5))
    keep(archive, 102, NOW - timedelta(minutes=55))
    # Found an hour later: when we asked is not when the site published.
    keep(archive, 103, NOW - timedelta(minutes=50), at=NOW)
    keep(archive, 103, NOW - timedelta(minutes=50), at=NOW, event=Event.REVISED)
    counts = count_articles(archive, NOW)
    assert len(counts) == HOURS
    assert counts[24 + 17] == 3
    assert sum(counts) == 3


def test_only_four_weeks_and_only_what_polls_found(archive: Archive) -> None:
    keep(archive, 101, NOW - timedelta(days=29))
    keep(archive, 102, NOW - timedelta(days=27))
    keep(archive, 103, NOW - timedelta(days=2), origin="backfill")
    keep(archive, 50, NOW - timedelta(days=900), at=NOW)
    assert sum(count_articles(archive, NOW)) == 1


def test_a_backfill_of_many_years_is_not_read_through(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1000, 1080):
        keep(archive, number, NOW - timedelta(days=900), at=NOW, origin="backfill")
    for number in range(5000, 5005):
        keep(archive, number, NOW - timedelta(days=1))
    opened: list[int] = []
    get = archive.get

    def counted(number: int) -> object:
        opened.append(number)
        return get(number)

    monkeypatch.setattr(archive, "get", counted)
    assert sum(count_articles(archive, NOW)) == 5
    assert len(opened) < 60


def test_it_is_counted_once_a_day(archive: Archive) -> None:
    keep(archive, 101, NOW - timedelta(hours=2))
    first = articles_by_hour(archive, NOW)
    keep(archive, 102, NOW - timedelta(hours=1))
    assert articles_by_hour(archive, NOW + timedelta(hours=23)) == first
    assert sum(articles_by_hour(archive, NOW + timedelta(hours=25))) == 2
    # The clock was set back since.
    assert sum(articles_by_hour(archive, NOW - timedelta(minutes=30))) == 2


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", "[1]", "5", "{}"]
)  # fmt: skip
def test_a_damaged_memory_is_counted_anew(archive: Archive, kept: str) -> None:
    keep(archive, 101, NOW - timedelta(hours=2))
    archive.memory.note.set(Topic.HOURS, "", at=NOW - timedelta(hours=1), text=kept)
    assert sum(articles_by_hour(archive, NOW)) == 1


def test_a_damaged_record_costs_only_itself(archive: Archive) -> None:
    keep(archive, 101, NOW - timedelta(hours=2))
    keep(archive, 102, NOW - timedelta(hours=2))
    archive.path_of(102).write_text("{")
    assert sum(count_articles(archive, NOW)) == 1


def test_an_empty_archive_teaches_nothing(tmp_path: Path) -> None:
    assert sum(articles_by_hour(Archive(tmp_path / "new"), NOW)) == 0
