"""A poll that reads many articles publishes as it goes: the first feed within seconds."""

from __future__ import annotations

import itertools
import logging
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.config import DigestConfig, NoticeConfig
from feedsvc.errors import ArchiveError
from feedsvc.feeds import Published
from feedsvc.fetch import Fetcher
from feedsvc.model import PollOutcome
from feedsvc.poll import Poll, publishing
from feedsvc.poll.publishing import publish
from tests.feeds.test_websub import hub
from tests.poll.desk import SECTIONS, Desk, piece
from tests.standin import Fault

CODES = [section.code for section in SECTIONS]
DELAY = timedelta(seconds=2)


def stock(desk: Desk, count: int, *, begin: int = 101) -> None:
    """Put so many articles on the site, the sections in turn, the higher id the later."""
    for place in range(count):
        desk.site.publish(
            piece(
                begin + place,
                hours=(1000 - begin - place) / 10,
                sections=(CODES[place % 3] or "",),
                body=_body(begin + place),
            )
        )


def _body(number: int) -> tuple[str, ...]:
    names = "".join(chr(0xAC00 + (number * 7919 + place * 104729) % 11172) for place in range(30))
    return tuple(
        f"<p>{names[place:]} {number}번 이야기의 {place}째 단락.</p>" for place in range(4)
    )


@dataclass
class Watched:
    """A poll by a clock that only waiting moves; ``seen`` are seconds and entries in
    ``all.json``, before each article and at the end."""

    desk: Desk
    kill_at: int | None = None
    stop_at: int | None = None
    seen: list[tuple[float, int]] = field(default_factory=list)
    told: list[tuple[int, int, int]] = field(default_factory=list)

    def poll(self) -> PollOutcome:
        desk, begun = self.desk, self.desk.now
        archive = desk.archive()

        def look() -> None:
            self.seen.append(((desk.now - begun).total_seconds(), len(entries(desk))))

        def progress(done: int, total: int, published: int) -> None:
            self.told.append((done, total, published))
            look()
            if done == self.kill_at:
                raise KeyboardInterrupt

        fetcher = Fetcher(
            desk.config.site_of(), desk.config.http, archive.memory, clock=desk.clock,
            sleep=lambda seconds: desk.later(seconds=seconds),
        )  # fmt: skip
        try:
            with fetcher:
                return Poll(
                    desk.config, archive, fetcher, desk.clock, progress=progress,
                    stop=lambda: self.stop_at is not None and len(self.told) >= self.stop_at,
                ).run(desk.config.sections)  # fmt: skip
        finally:
            archive.close()
            look()

    def seconds_to(self, count: int) -> float:
        return next(at for at, held in self.seen if held >= count)


def entries(desk: Desk, name: str = "all") -> list[int]:
    """The articles in a feed, in its order."""
    path = desk.folder / "public" / f"{name}.json"
    return [_number(item) for item in desk.feed(name)] if path.exists() else []


def _number(item: dict[str, Any]) -> int:
    return int(item["id"].rpartition("/")[2])


def kept(desk: Desk) -> dict[int, Any]:
    archive = desk.archive()
    try:
        return {record.id: record for record in archive.newest_first()}
    finally:
        archive.close()


@pytest.mark.parametrize("count", [30, pytest.param(60, marks=pytest.mark.slow)])
def test_a_first_poll_shows_ten_then_half_then_all(desk: Desk, count: int) -> None:
    desk.http["delay"] = DELAY
    stock(desk, count)
    watched = Watched(desk)
    outcome = watched.poll()
    # robots.txt, three sections, then two seconds an article.
    assert watched.seconds_to(10) <= 4 * 2 + 10 * 2
    assert watched.seconds_to(count // 2) <= 4 * 2 + count // 2 * 2 + 30
    assert watched.seconds_to(count) <= 4 * 2 + count * 2
    changes = [at for (at, held), (_, before) in zip(watched.seen[1:], watched.seen, strict=False)
               if held > before]  # fmt: skip
    assert all(later - earlier <= 32 for earlier, later in itertools.pairwise(changes))
    assert 4 <= len(changes) <= 8
    # The bar says so.
    assert (9, count, 0) in watched.told
    assert next(one for one in watched.told if one[2])[:1] == (10,)
    assert sum(one.new for one in outcome.sections) == count
    assert len(set(outcome.published)) == len(outcome.published)
    assert {f"{name}.json" for name in ("all", "industry", "finance", "mna")} <= {
        Path(path).name for path in outcome.published
    }


def test_the_newest_of_each_section_come_first_and_stay_the_newest(desk: Desk) -> None:
    stock(desk, 15)
    desk.feeds["entries"] = 12
    Watched(desk, stop_at=10).poll()
    assert entries(desk) == [*range(115, 106, -1), 104]  # three of each, and one more
    Watched(desk).poll()
    assert len(entries(desk)) == 15
    records = kept(desk)
    assert len({record.first_seen_at for record in records.values()}) == 1
    # When the feed holds no more than its number, these are the newest, not the last read.
    desk.later(days=4)
    stock(desk, 1, begin=200)
    desk.poll()
    assert entries(desk) == [200, *range(115, 104, -1)]


def test_what_a_catch_up_finds_is_read_oldest_first(desk: Desk) -> None:
    stock(desk, 3)
    desk.poll()
    stock(desk, 14, begin=201)
    desk.site.forget_requests()
    Watched(desk, stop_at=12).poll()
    asked = [
        int(one.target.split("/")[2]) for one in desk.site.requests if "/articles/" in one.target
    ]
    assert asked == sorted(asked) == list(range(201, 213))
    assert set(asked) <= set(entries(desk))


def test_a_new_section_is_read_from_its_newest(desk: Desk) -> None:
    desk.sections = SECTIONS[:2]
    stock(desk, 15)
    desk.poll()
    desk.sections = SECTIONS
    stock(desk, 6, begin=201)
    Watched(desk, stop_at=3).poll()
    assert entries(desk, "mna") == [206, 203, 115]
    desk.poll()
    assert entries(desk, "mna") == [206, 203, *range(115, 101, -3)]


@pytest.mark.parametrize(
    "way", ["killed", "site down", pytest.param("stopped", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "at", [12, *(pytest.param(at, marks=pytest.mark.slow) for at in (0, 4, 10, 14))]
)
def test_stopped_half_way_nothing_is_lost_or_shown_twice(desk: Desk, way: str, at: int) -> None:
    stock(desk, 16)
    if way == "killed":
        with pytest.raises(KeyboardInterrupt):
            Watched(desk, kill_at=at).poll()
    elif way == "stopped":
        Watched(desk, stop_at=at).poll()
        assert len(entries(desk)) == at
    else:

        def down(done: int, total: int, published: int) -> None:
            if done == at:
                desk.site.fault(Fault.SERVER_ERROR, "*")

        archive = desk.archive()
        with desk.fetcher(archive) as fetcher:
            Poll(desk.config, archive, fetcher, desk.clock, progress=down).run(desk.sections)
        archive.close()
        assert len(entries(desk)) >= at
        desk.site.clear_faults()
        desk.later(minutes=50)
    before = entries(desk)
    desk.site.forget_requests()
    desk.poll()
    assert sorted(entries(desk)) == list(range(101, 117))
    assert [one for one in entries(desk) if one in before] == before
    events = desk.journal()
    assert len(events) == len(set(events)) == 16
    # What was settled when it was shown is not asked for again.
    asked = desk.site.count("/articles/*")
    assert asked <= 16 - (10 if at >= 10 else 0)
    files = desk.published()
    desk.site.forget_requests()
    desk.poll()
    assert desk.published() == files
    assert desk.site.count("/articles/*") == 0


def test_a_poll_of_few_publishes_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stock(desk, 10)
    desk.poll()
    assert "and published" not in caplog.text


def test_a_slow_site_is_not_waited_for(desk: Desk) -> None:
    """Six articles at ten seconds each: the half minute counts before the first ten too."""
    desk.http["delay"] = timedelta(seconds=10)
    stock(desk, 6)
    watched = Watched(desk)
    watched.poll()
    assert watched.seconds_to(3) <= 40 + 40


def test_a_republication_finds_its_original_before_it(desk: Desk) -> None:
    stock(desk, 15)
    title = "한빛전자, 평택 반도체 공장 착공 나선다"
    for number, hours in ((105, 90.0), (115, 80.0)):
        one = piece(number, hours=hours, title=title, sections=(CODES[0],), body=_body(1))
        desk.site.publish(one)
    Watched(desk, stop_at=10).poll()
    assert 105 in entries(desk)
    assert 115 not in entries(desk)
    desk.poll()
    assert sorted({*entries(desk), 115}) == sorted({*range(101, 116)})
    assert 115 not in entries(desk)


def test_each_article_is_read_once_however_alike_headlines_are(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stock(desk, 15)
    for number in range(101, 116):
        desk.site.edit(number, title="[마감시황] 코스피 외국인 순매수 이어져")
    desk.poll()
    assert desk.site.count("/articles/*") == 15
    assert caplog.text.count("and published") == 1
    asked = [one.target for one in desk.site.requests if "/articles/" in one.target]
    assert len(asked) == len(set(asked)) == 15


def test_a_publication_that_fails_amid_a_poll_stops_no_reading(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def failing(*args: Any) -> Published:
        calls.append(1)
        if len(calls) == 1:
            raise ArchiveError("this record is damaged")
        return publish(*args)

    monkeypatch.setattr(publishing, "publish", failing)
    stock(desk, 15)
    outcome = Watched(desk).poll()
    assert sum(one.new for one in outcome.sections) == 15
    assert len(entries(desk)) == 15
    assert len(calls) == 2


def test_the_hub_is_told_of_all_once_at_the_end_and_after_a_kill(desk: Desk) -> None:
    told: list[dict[str, list[str]]] = []
    with hub(told) as address:
        desk.feeds["hub"] = address
        stock(desk, 15)
        with pytest.raises(KeyboardInterrupt):
            Watched(desk, kill_at=12).poll()
        assert told == []
        shown = {path for path in desk.published() if path.count("/") == 1}
        # The next poll finds that the site is down, and tells what it owes all the same.
        desk.site.fault(Fault.SERVER_ERROR, "*")
        desk.poll()
        addresses = [one["hub.url"][0].rpartition("/")[2] for one in told]
        feeds = {path.removeprefix("public/") for path in shown}
        feeds = {one for one in feeds if one.endswith((".atom", ".rss", ".json"))}
        assert feeds <= set(addresses)
        assert len(addresses) == len(set(addresses))


@pytest.mark.slow
def test_notices_tell_nothing_of_a_first_poll_and_each_once_of_a_catch_up(desk: Desk) -> None:
    out = desk.folder / "told"
    script = desk.folder / "tell.sh"
    script.write_text(f'#!/bin/sh\ncat >>"{out}"\n')
    script.chmod(0o755)
    desk.parts["notify"] = (NoticeConfig(feed="all", run=(str(script),), on=("new",)),)
    stock(desk, 40)
    with pytest.raises(KeyboardInterrupt):
        Watched(desk, kill_at=25).poll()
    Watched(desk, stop_at=5).poll()
    desk.poll()
    assert not out.exists()
    stock(desk, 15, begin=201)
    for _ in range(3):  # fourteen seconds a poll
        desk.poll()
    lines = out.read_text("utf-8").splitlines()
    assert [line.partition('"id": ')[2][:3] for line in lines] == [str(n) for n in range(201, 216)]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("at", ["18:01", "18:05"])
def test_a_digest_that_is_due_amid_a_first_poll_loses_nothing(desk: Desk, at: str) -> None:
    desk.http["delay"] = 2 * DELAY
    desk.feeds["digests"] = (
        DigestConfig(name="evening", title="저녁", feeds=("all",), at=at, days=("tue", "wed")),
    )
    stock(desk, 15)
    Watched(desk).poll()
    desk.later(days=1)
    desk.poll()
    told = [re.findall(r"/articles/(\d+)", one["content_html"]) for one in desk.feed("evening")]
    assert len(told) == (2 if at == "18:01" else 1)
    assert sorted(int(one) for entry in told for one in entry) == list(range(101, 116))
