"""A transport that answers from a script, and a clock that only sleeping moves."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from feedsvc.config import HttpConfig
from feedsvc.errors import FetchError
from feedsvc.fetch import Answer, Ask, Fetcher
from feedsvc.memory import Memory
from feedsvc.model import FetchedPage
from feedsvc.site import Site

SITE = Site.at("https://dealsite.co.kr", ("www.dealsite.co.kr",))
BASE = SITE.base_url
NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
PAGE = b'<html><a href="/articles/1">a</a><p>page</p></html>'

Said = Answer | FetchError


def answer(status: int = 200, body: bytes = PAGE, **headers: str) -> Answer:
    pairs = [("Content-Type", "text/html")] if "Content_Type" not in headers else []
    pairs += [(key.replace("_", "-"), value) for key, value in headers.items()]
    return Answer(status, "", tuple(pairs), body)


class Clock:
    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class Scripted:
    """``says`` is asked for every request; exchanges take ``takes`` seconds."""

    def __init__(self, clock: Clock, says: Callable[[Ask], Said], takes: float = 0.0) -> None:
        self.clock = clock
        self.says = says
        self.takes = takes
        self.asked: list[tuple[datetime, Ask]] = []

    def send(self, ask: Ask) -> Answer:
        self.asked.append((self.clock.now, ask))
        said = self.says(ask)
        self.clock.now += timedelta(seconds=self.takes)
        if isinstance(said, FetchError):
            raise said
        return said

    def close(self) -> None:
        pass

    @property
    def paths(self) -> list[str]:
        return [ask.url.removeprefix(BASE) for _, ask in self.asked]


class Setting:
    """A fetcher on a scripted transport; ``again`` is the next process."""

    def __init__(self, says: Callable[[Ask], Said], takes: float = 0.0, **http: Any) -> None:
        http.setdefault("robots", False)
        self.http = HttpConfig(**http)
        self.clock = Clock()
        self.transport = Scripted(self.clock, says, takes)
        self.memory: Memory = Memory()
        self.fetcher = self.again()

    def again(self, *, probe: bool = True) -> Fetcher:
        self.fetcher = Fetcher(
            SITE,
            self.http,
            self.memory,
            clock=self.clock,
            sleep=self.clock.sleep,
            transport=self.transport,
            rng=random.Random(1),
            probe=probe,
        )
        return self.fetcher

    def get(self, path: str = "/categories", **how: Any) -> FetchedPage:
        page = self.fetcher.get(BASE + path, **how)
        assert isinstance(page, FetchedPage)
        return page
