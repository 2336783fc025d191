"""``revised.*`` over any history: an entry once published is as it was, to the byte.

Articles are edited, listed, locked, released at random; the records are what a poll makes
of each reading, through their files and back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc import dedup, recordjson
from feedsvc.catalogue.state import State
from feedsvc.config import CustomFeedConfig
from feedsvc.dedup.change import list_in
from feedsvc.feeds import pieces
from feedsvc.model import Access, Image, ParsedArticle, Picture, Record, Related, Status
from tests.dedup.articles import ARTICLE, marker
from tests.feeds.conftest import NOW, Desk

SUFFIXES = ("rss", "atom", "json")
LOCKS = (Status.SOON_FREE, Status.MEMBERS_ONLY, Status.PLUS_ONLY, Status.UNKNOWN)
WORDS = ("한빛제약", "인수", "지분", "매각", "공시", "증자", "소송", "임상")
Change = Callable[[ParsedArticle, Random], ParsedArticle]


def sentence(draw: Random) -> str:
    return f"{' '.join(draw.choices(WORDS, k=4))} {draw.randrange(1000)}억원"


def body(draw: Random) -> tuple[str, ...]:
    return tuple(f"<p>{sentence(draw)}.</p>" for _ in range(draw.randint(1, 4)))


def lock(article: ParsedArticle, draw: Random) -> ParsedArticle:
    kind = draw.choice(LOCKS)
    at = NOW + timedelta(days=1) if draw.random() < 0.5 else None
    return replace(article, access=Access(kind, (marker(kind, sentence(draw)),), at))


def opened(article: ParsedArticle, draw: Random) -> ParsedArticle:
    """As it is released, and often with what nobody saw before."""
    article = replace(article, access=Access(draw.choice((Status.OPEN, Status.PLUS_FIRST))))
    for change in draw.sample(EDITS, draw.randint(0, 4)):
        article = change(article, draw)
    return article


def teased(article: ParsedArticle, draw: Random) -> ParsedArticle:
    """Another notice, in other words, and one word more in the headline."""
    markers = tuple(replace(one, text=sentence(draw)) for one in article.access.markers)
    return replace(
        article, title=f"{article.title} ①", access=replace(article.access, markers=markers)
    )


EDITS: tuple[Change, ...] = (
    lambda one, draw: replace(one, title=sentence(draw)),
    lambda one, draw: replace(one, subtitle=draw.choice(("", sentence(draw)))),
    lambda one, draw: replace(one, body=body(draw)),
    lambda one, draw: replace(one, body=(*one.body, f"<p>{sentence(draw)}.</p>")),
    lambda one, draw: replace(one, reporters=tuple(draw.sample(WORDS, draw.randint(0, 2)))),
    lambda one, draw: replace(one, keywords=tuple(draw.sample(WORDS, draw.randint(0, 3)))),
    lambda one, draw: replace(
        one, images=tuple(Image(f"https://dealsite.co.kr/{n}.jpg") for n in draw.sample("abc", 2))
    ),
    lambda one, draw: replace(
        one, published_at=one.published_at + timedelta(minutes=draw.randint(-60, 60))
    ),
    lambda one, draw: replace(
        one, url=one.url.replace("articles", draw.choice(("articles", "newsflash")))
    ),
)
READINGS: tuple[Change, ...] = (
    *EDITS, lock, lock, opened, opened, teased, teased,
    lambda one, draw: replace(one, related=(Related(sentence(draw), one.url),)),
)  # fmt: skip


class Newsroom:
    """Two articles on the site, what is kept of them, and what is published."""

    def __init__(self, folder: Path, draw: Random, locked: str) -> None:
        self.desk = Desk(
            folder / "public", sections=(), settings={"locked": locked, "entries": 500}
        )
        self.again = folder / "again"
        self.draw = draw
        self.now = NOW - timedelta(hours=40)
        self.site = {
            number: replace(
                ARTICLE,
                id=number,
                guid=f"tag:dealsite.co.kr,2018:articles/{number}",
                url=f"https://dealsite.co.kr/articles/{number}",
                body=body(draw),
                sections=draw.choice(((), ARTICLE.sections)),
            )
            for number in (1, 2)
        }
        self.seen: dict[tuple[str, str], bytes] = {}

    def step(self) -> Record:
        """Something happens to an article, and is seen."""
        draw, number = self.draw, self.draw.choice((1, 2))
        self.now += timedelta(minutes=draw.randint(1, 90))
        old = self.desk.shelf.records.get(number)
        if old is None or draw.random() < 0.75:
            self.site[number] = draw.choice(READINGS)(self.site[number], draw)
            record = self._read(old, number)
        else:
            record = draw.choice((self._listed, self._pictured, self._gone))(old)
        record = recordjson.from_json(recordjson.as_json(record))
        self.desk.shelf.put(record)
        return record

    def _read(self, old: Record | None, number: int) -> Record:
        article = self.site[number]
        if article.access.locked and self.draw.random() < 0.7:  # only its beginning is shown
            article = replace(article, body=article.body[:1], images=article.images[:1])
        seen_as = self.draw.choice(("guest", "guest", "member"))
        return dedup.compare(old, article, now=self.now, seen_as=seen_as).record

    def _listed(self, old: Record) -> Record:
        codes = self.draw.sample(("083000", "068000", "099000"), 1)
        return list_in(old, codes, self.now, flash=self.draw.random() < 0.5).record

    def _pictured(self, old: Record) -> Record:
        self.desk.shelf.pictures["images/ab/ab.png"] = Picture("image/png", 5, 3, 4)
        images = tuple(replace(one, file="images/ab/ab.png") for one in old.images)
        return replace(old, images=images)

    def _gone(self, old: Record) -> Record:
        return replace(old, gone_at=self.now, duplicate_of=self.draw.choice((None, 3 - old.id)))

    def entries(self, desk: Desk) -> dict[tuple[str, str], bytes]:
        return {
            (suffix, one): piece
            for suffix in SUFFIXES
            for one, piece in pieces.cut(desk.read(f"revised.{suffix}"), suffix).items()
        }

    def look(self, record: Record | None) -> None:
        """Publish, and compare with all that was ever published."""
        changed = None if record is None else [record]
        assert self.desk.publish(now=self.now, changed=changed).problems == ()
        shown = self.entries(self.desk)
        for key, piece in shown.items():
            assert self.seen.setdefault(key, piece) == piece
        if self.desk.settings["locked"] == "flag":
            assert shown.keys() == self.seen.keys()

    def lose_everything_derived(self) -> None:
        anew = replace(self.desk, path=self.again, known=State.in_memory())
        anew.publish(now=self.now)
        for suffix in SUFFIXES:
            name = f"revised.{suffix}"
            assert anew.read(name) == self.desk.read(name)


def lived(seed: int, steps: int, locked: str, folder: Path) -> int:
    """A history; how many entries it published."""
    room = Newsroom(Path(mkdtemp(dir=folder)), Random(seed), locked)
    room.look(None)
    for _ in range(steps):
        room.look(room.step())
    room.lose_everything_derived()
    # Feeds of its own are settings of the feeds, not of these entries.
    room.desk.settings["custom"] = (CustomFeedConfig(name="new", title="새", any=("인수",)),)
    room.look(None)
    return len(room.seen) // 3


@pytest.mark.parametrize("locked", ["flag", "hide"])
@settings(
    max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6))
def test_entries_stay_as_they_were(locked: str, seed: int, tmp_path: Path) -> None:
    lived(seed, 8, locked, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("locked", ["flag", "hide"])
def test_entries_stay_as_they_were_over_many_histories(locked: str, tmp_path: Path) -> None:
    assert sum(lived(seed, 30, locked, tmp_path) for seed in range(20)) > 150
