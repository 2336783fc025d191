"""A quarter of a newsroom, its machine and its digests: every article in one entry of each."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feedsvc.model import Event, Record, Revision
from tests.poll.newsdesk import LOCK, Newsdesk, article

pytestmark = pytest.mark.slow

BEGIN = datetime(2026, 9, 14, tzinfo=UTC)
DAYS = 91  # with the ends of daylight saving in Berlin (25 October) and New York (1 November)
WORKING = ("mon", "tue", "wed", "thu", "fri")


def digests(at: str) -> tuple[dict[str, Any], ...]:
    """``night`` is due in the hour that comes twice when clocks are set back."""
    return (
        {"name": "morning", "title": "아침", "feeds": ("all",), "at": at, "days": WORKING},
        {"name": "night", "title": "밤", "feeds": ("finance", "all"), "at": "01:30"},
        {"name": "week", "title": "주간", "feeds": ("industry",), "at": "18:00", "days": ("fri",)},
    )


@dataclass
class Quarter:
    desk: Newsdesk
    rng: random.Random
    kept: list[Record] = field(default_factory=list)
    backfilled: list[int] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def live(self) -> None:
        """Through every hour of it: the machine is off at times, and the clock tells."""
        zone = ZoneInfo(self.desk.zone)
        number, back = 1000, 1
        for hour in range(DAYS * 24):
            now = (BEGIN + timedelta(hours=hour, minutes=self.rng.randrange(60))).astimezone(zone)
            if 40 * 24 <= hour < 47 * 24 or self.rng.random() < 0.8:
                continue  # a holiday of the machine; a poll that was not due
            for _ in range(self.rng.choice((0, 1, 2, 3)) if now.weekday() < 5 else 0):
                number += 1
                sections = self.rng.choice((("068000",), ("083000",), ("068000", "083000")))
                made = article(number, now, sections=sections)
                if self.rng.random() < 0.2:
                    made = replace(made, access=LOCK)
                self.kept.append(self.desk.kept(made, Event.ADDED, now))
            if self.rng.random() < 0.1:
                back += 1
                self.desk.keep(back, now, origin="backfill")
                self.backfilled.append(back)
            if self.kept and self.rng.random() < 0.15:
                self.touch(now)
            if hour == 60 * 24:
                self.desk.digests = digests("06:15")
            if self.rng.random() < 0.01:
                shutil.rmtree(self.desk.folder / "archive" / ".state")
            if self.rng.random() < 0.01:
                shutil.rmtree(self.desk.folder / "public")
            assert self.desk.publish(now).problems == ()
            files = self.desk.files()
            assert {name: files.get(name) for name in self.files} == self.files
            self.files = files

    def touch(self, now: datetime) -> None:
        """An edit, or a release."""
        place = self.rng.randrange(max(0, len(self.kept) - 30), len(self.kept))
        old = self.kept[place]
        if old.access.locked:
            access = replace(article(1, now).access, released_at=now)
            new, event = replace(old, access=access), Event.RELEASED
        else:
            revision = Revision(now, (("title", old.title),))
            revised = replace(old, title=f"{old.title}!", revisions=(*old.revisions, revision))
            new, event = revised, Event.REVISED
        self.kept[place] = self.desk.kept(new, event, now)


@pytest.fixture(params=["America/New_York", "Europe/Berlin", "Asia/Seoul"])
def quarter(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Quarter:
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # no power is cut in this quarter
    desk = Newsdesk(tmp_path, digests("08:00"), zone=request.param)
    desk.publish(BEGIN.astimezone(ZoneInfo(desk.zone)))
    made = Quarter(desk, random.Random(request.param))
    made.live()
    return made


def test_every_article_in_one_entry_of_each_digest(quarter: Quarter) -> None:
    desk, archive = quarter.desk, quarter.desk.archive()
    assert len(quarter.kept) > 300
    for name, code in (("morning", None), ("night", None), ("week", "068000")):
        entries = [archive.digests.entry(name, at) for at in archive.digests.made(name)]
        told = Counter(line.id for entry in entries for line in entry.lines())
        assert set(told.values()) == {1}
        assert not set(told) & set(quarter.backfilled)
        last = entries[-1].until
        due = {
            one.id
            for one in quarter.kept
            if one.first_seen_at <= last and (code is None or code in one.sections)
        }
        assert set(told) == due
        for before, after in pairwise(entries):
            assert before.until <= after.since < after.until
            assert after.previous == before.at
        seen = {one.id: one.first_seen_at for one in quarter.kept}
        for entry in entries:
            for line in entry.lines():
                assert entry.since < seen[line.id] <= entry.until
            shown = entry.until.astimezone(ZoneInfo(desk.zone))
            assert f"{shown:%Y-%m-%dT%H%M}" == entry.at
    shown_before = {name: desk.published(name) for name in ("morning", "night", "week")}
    shutil.rmtree(desk.folder / "archive" / ".state")
    shutil.rmtree(desk.folder / "public")
    end = (BEGIN + timedelta(days=DAYS, hours=-1)).astimezone(ZoneInfo(desk.zone))
    desk.publish(end)
    files = desk.files()
    assert {name: files[name] for name in quarter.files} == quarter.files
    if files == quarter.files:
        assert {name: desk.published(name) for name in shown_before} == shown_before
    assert archive.verify().faults == ()
