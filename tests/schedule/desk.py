"""A daemon on a desk: the stand-in without sockets, and clocks that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from feedsvc.archive import Archive
from feedsvc.config import ArchiveConfig, Config, FeedsConfig, HttpConfig, SectionConfig, SiteConfig
from feedsvc.errors import TimedOut
from feedsvc.fetch import Answer, Ask
from feedsvc.model import PollOutcome
from feedsvc.schedule.daemon import Daemon
from feedsvc.site import KST
from tests.standin import StandIn

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=KST)  # a Tuesday
SITE = "http://127.0.0.1:9"

INDUSTRY = SectionConfig(name="industry", title="산업", code="068000")
FINANCE = SectionConfig(name="finance", title="금융", code="083000", every=timedelta(minutes=30))


@dataclass
class Wire:
    """A transport that asks the stand-in in this process; ``before`` may fail a request."""

    site: StandIn
    before: Callable[[str], None] = lambda target: None

    def send(self, ask: Ask) -> Answer:
        target = ask.url.removeprefix(SITE)
        self.before(target)
        answer = self.site.respond("GET", target, ask.headers)
        if answer.breaks is not None:
            raise TimedOut("no answer", about=ask.url)
        return Answer(answer.status, answer.reason, answer.headers, answer.body)

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Desk:
    """``wall`` is what the clock on the wall shows, ``real`` the seconds that passed."""

    folder: Path
    site: StandIn = field(default_factory=StandIn)
    wall: datetime = NOW
    real: float = 1000.0
    sections: tuple[SectionConfig, ...] = (INDUSTRY, FINANCE)
    parts: dict[str, Any] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    stop_at: int | None = None
    """The pause, counted from 0, in which the daemon is told to stop."""

    def __post_init__(self) -> None:
        self.site.now = lambda: self.wall
        self.site.boxes = False
        self.wire = Wire(self.site)

    @property
    def config(self) -> Config:
        return Config(
            site=SiteConfig(base_url=SITE),
            sections=self.sections,
            http=HttpConfig(),
            archive=ArchiveConfig(path=self.folder / "archive", raw=False),
            feeds=FeedsConfig(path=self.folder / "public", formats=("json",)),
            **self.parts,
        )

    def archive(self) -> Archive:
        return Archive(self.folder / "archive", raw=False)

    def daemon(self) -> Daemon:
        """One that was just started."""

        def pause(seconds: float) -> bool:
            self.waits.append(seconds)
            self.later(seconds=seconds)
            if self.stop_at is not None and len(self.waits) > self.stop_at:
                daemon.stop()
                return True
            return False

        daemon = Daemon(
            self.config,
            self.archive(),
            clock=lambda: self.wall.replace(microsecond=0),
            steady=lambda: self.real,
            pause=pause,
            transport=lambda config: self.wire,
        )
        return daemon

    def later(self, **spell: float) -> None:
        """Let time pass, in the words of ``timedelta``."""
        self.wall += timedelta(**spell)
        self.real += timedelta(**spell).total_seconds()

    def live(self, daemon: Daemon, **spell: float) -> list[tuple[float, PollOutcome]]:
        """A heartbeat every ten seconds for a while; polls with the real time they began."""
        done = []
        end = self.real + timedelta(**spell).total_seconds()
        while self.real < end:
            at = self.real
            outcome = daemon.heartbeat()
            if outcome is not None:
                done.append((at, outcome))
            self.later(seconds=10)
        return done


def polled(done: list[tuple[float, PollOutcome]], name: str) -> list[float]:
    """When a section was polled."""
    return [at for at, outcome in done if name in [one.name for one in outcome.sections]]


def gaps(times: list[float]) -> list[float]:
    """Seconds between one and the next."""
    return [after - before for before, after in pairwise(times)]
