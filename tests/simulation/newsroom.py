"""An editorial office: what is published, edited and released, and when.

In: a seed and a span of days.  Out: events in the order of time, put on a stand-in
as its clock passes them.  Built on what the site page says: about 45 articles on a
working day, most of them between 8 and 18 h, ids that rise with gaps.  The truth
that an archive is held against at the end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from feedsvc.model import Status
from feedsvc.site import KST
from tests.standin import StandIn, StandInArticle

FIRST_ID = 160_000
WORKING_DAY = 45
FREE_DAY = 6
CODES = ("068000", "083000", "089000", "080000", "080057", "075000", "075033")

# Articles an hour, as shares of a day's: a night that is almost quiet, a busy day.
_HOURS = (1, 0, 0, 0, 0, 1, 4, 10, 22, 22, 18, 16, 10, 14, 18, 20, 22, 20, 10, 4, 2, 2, 1, 1)
_EDITED = 0.08
_MOVED = 0.02
_STATUSES = {
    Status.OPEN: 70,
    Status.PLUS_FIRST: 12,
    Status.SOON_FREE: 9,
    Status.MEMBERS_ONLY: 6,
    Status.PLUS_ONLY: 3,
}
_RELEASED = {Status.SOON_FREE: 1.0, Status.MEMBERS_ONLY: 0.4, Status.PLUS_ONLY: 0.5}

_SYLLABLES = "가나다라마바사아자차카타파하강남동서북미소유한진성현대신우주영광산해호수림청백"
_NAMES = ("김하나", "이두리", "박세찬", "최네온", "정다솔")
_ENDINGS = ("밝혔다", "나타났다", "전망된다", "알려졌다", "설명했다")


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing done to the site at a time: ``article`` is how it stands afterwards."""

    at: datetime
    what: str
    article: StandInArticle
    to: int = 0
    """The article that its page leads to, where it has none of its own."""


class Newsroom:
    """Plans ``days`` days from ``start`` (aware, midnight KST); :meth:`until` acts it out."""

    def __init__(self, site: StandIn, start: datetime, days: int, seed: int) -> None:
        self._site = site
        self._plan = sorted(_plan(start, days, random.Random(seed)), key=lambda one: one.at)
        self._done = 0
        self.states: dict[int, list[StandInArticle]] = {}
        """Every state that an article was ever seen in, oldest first."""
        self.moved: set[int] = set()
        """The articles that are listed and lead to another one."""

    def until(self, now: datetime) -> None:
        """Let everything up to ``now`` happen on the site."""
        while self._done < len(self._plan) and self._plan[self._done].at <= now:
            one = self._plan[self._done]
            self._done += 1
            if one.to:
                self.moved.add(one.article.id)
                self._site.move(one.article.id, f"/articles/{one.to}")
                self._site.publish(one.article)
                continue
            self.states.setdefault(one.article.id, []).append(one.article)
            self._site.publish(one.article)


def _plan(start: datetime, days: int, rng: random.Random) -> Iterator[Happening]:
    number, before = FIRST_ID, 0
    for day in range(days):
        on = (start + timedelta(days=day)).date()
        for at in _times(on, rng):
            number += rng.choice((1, 1, 1, 2, 3))
            first = _article(number, at, rng)
            if before and rng.random() < _MOVED:
                yield Happening(at, "moved", first, before)
                continue
            before = number
            yield Happening(at, "published", first)
            yield from _later(first, rng)


def _times(on: date, rng: random.Random) -> list[datetime]:
    many = round((WORKING_DAY if on.weekday() < 5 else FREE_DAY) * rng.uniform(0.85, 1.15))
    hours = rng.choices(range(24), _HOURS, k=many)
    return sorted(
        datetime.combine(on, time(hour, rng.randrange(60), rng.randrange(60)), KST)
        for hour in hours
    )


def _article(number: int, at: datetime, rng: random.Random) -> StandInArticle:
    status = rng.choices(list(_STATUSES), list(_STATUSES.values()))[0]
    plus = None
    if status is Status.PLUS_FIRST:
        plus = (at - timedelta(hours=rng.randrange(2, 30))).replace(second=0)
    return StandInArticle(
        id=number,
        title=_words(rng, 6),
        subtitle=_words(rng, 8),
        published_at=at,
        body=tuple(_paragraph(rng) for _ in range(rng.randrange(4, 9))),
        reporters=tuple(rng.sample(_NAMES, rng.choice((1, 1, 1, 2)))),
        sections=tuple(rng.sample(CODES, rng.choice((1, 1, 2)))),
        status=status,
        plus_first_at=plus,
        keywords=(_word(rng), _word(rng)),
    )


def _later(article: StandInArticle, rng: random.Random) -> Iterator[Happening]:
    """What becomes of an article: a correction within the day, a release within days."""
    at = article.published_at
    if rng.random() < _EDITED:
        at += timedelta(minutes=rng.randrange(5, 600))
        article = replace(article, body=(_paragraph(rng), *article.body[1:]))
        if rng.random() < 0.5:
            article = replace(article, title=_words(rng, 6))
        yield Happening(at, "edited", article)
    if rng.random() < _RELEASED.get(article.status, 0.0):
        at += timedelta(hours=rng.uniform(3, 72))
        yield Happening(at, "released", replace(article, status=Status.OPEN))


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.randrange(2, 5)))


def _words(rng: random.Random, many: int) -> str:
    return " ".join(_word(rng) for _ in range(many))


def _paragraph(rng: random.Random) -> str:
    return f"<p>{_words(rng, rng.randrange(12, 30))} {rng.choice(_ENDINGS)}.</p>"
