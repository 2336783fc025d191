"""A feedsvc that runs for weeks within a minute: site, service and trouble on one clock.

In: a seed and a number of days.  Out: a :class:`World` whose archive and feeds can be
looked at, and a :class:`Report` of what it took.  Nothing sleeps: waiting moves the
clock.  The process dies every night and now and then in the middle of a poll, and
every hour brings a fault of its own.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from feedsvc.archive import Archive
from feedsvc.config import ArchiveConfig, Config, FeedsConfig, HttpConfig, SectionConfig, SiteConfig
from feedsvc.fetch import BackOff, Fetcher
from feedsvc.poll import Poll
from feedsvc.site import KST
from tests.simulation.newsroom import Newsroom
from tests.simulation.wire import NETWORK, Killed, Wire
from tests.standin import Fault, StandIn

START = datetime(2026, 3, 2, tzinfo=KST)
DELAY = timedelta(seconds=2)
RESTART_AT = timedelta(hours=3)
"""The time of the night at which the process is replaced."""

FEED_SIZE = 700_000
"""Room for three busy days, and small enough that a month's archived pages are many."""

SECTIONS = (
    SectionConfig(name="industry", title="산업", code="068000"),
    SectionConfig(name="everything", title="전체"),
)

# A closed port is in NETWORK: here there is none to close.
_FAULTS = tuple(kind for kind in Fault if kind is not Fault.REFUSED)
_PLACES = ("*", "*", "/categories*", "/categories/068000*", "/articles/*", "/articles/*[05]")
_KILLS_A_DAY = 1.0
_OUTAGE_EVERY = timedelta(days=14)
_OUTAGE = timedelta(hours=30)
_STATE_LOST_EVERY = timedelta(days=9)
_CLOCK_AHEAD_AT = timedelta(days=10, hours=9)
_CLOCK_AHEAD_BY = timedelta(days=40)


@dataclass(slots=True)
class Report:
    """What a run took.  ``requests`` counts by kind of page, ``faults`` by name."""

    seed: int
    days: int
    polls: int = 0
    left_alone: int = 0
    restarts: int = 0
    kills: int = 0
    articles: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        total = sum(self.requests.values())
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.requests.most_common())
        return (
            f"seed {self.seed}, {self.days} days: {self.articles} articles; {self.polls} polls "
            f"({self.left_alone} more left out while the site was left alone), "
            f"{self.restarts} restarts, {self.kills} kills in the middle, "
            f"{self.faults.total()} faults of {len(self.faults)} kinds; "
            f"{total} requests, {total / max(1, self.days):.0f} a day ({kinds})"
        )


class World:
    """Site, newsroom, service and clock.  :meth:`run` lives through the days;
    :meth:`calm` ends all trouble and lets the service catch up."""

    def __init__(
        self, folder: Path, seed: int, days: int, *, busy: timedelta, quiet: timedelta,
        redesigns: Mapping[timedelta, str] | None = None,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.now = START
        self.report = Report(seed, days)
        self.site = StandIn(now=lambda: self.now)
        self.newsroom = Newsroom(self.site, START, days, seed)
        self.wire = Wire(self.site, lambda: self.now, self._pass_time)
        self.config = Config(
            site=SiteConfig(relearn="adopt" if redesigns else "propose"),
            sections=SECTIONS,
            http=HttpConfig(delay=DELAY),
            archive=ArchiveConfig(path=folder / "archive"),
            feeds=FeedsConfig(path=folder / "public", max_size=FEED_SIZE),
        )
        self._rng = random.Random(seed)
        self._busy, self._quiet = busy, quiet
        self.redesigns = {START + after: name for after, name in (redesigns or {}).items()}
        self._faults_until = START
        self._hour = -1
        self._outage_from = START + _OUTAGE_EVERY / 2
        self._state_lost = START + _STATE_LOST_EVERY
        self._ahead = timedelta(0)
        self._was_ahead = False
        self._fetcher: Fetcher | None = None
        self._archive: Archive | None = None

    @property
    def end(self) -> datetime:
        return START + timedelta(days=self.report.days)

    def run(self) -> None:
        """Poll until the end, through every trouble."""
        restart = START + RESTART_AT
        while self.now < self.end:
            began = self.now
            if self.now >= restart:
                restart += timedelta(days=1)
                self._restart()
                self.report.restarts += 1
            self._trouble()
            self.site.redesign = next(
                (name for at, name in sorted(self.redesigns.items(), reverse=True)
                 if at <= self.now), None,
            )  # fmt: skip
            if self._rng.random() < _KILLS_A_DAY * self._interval() / timedelta(days=1):
                self.wire.kill_in = self._rng.randrange(12)
            with self._clock_ahead():
                self._turn()
            self.now = max(self.now, began + self._interval())
            self.newsroom.until(min(self.now, self.end))
        self.calm()

    def calm(self) -> None:
        """No more trouble: polls for a little longer than a locked article is left alone."""
        self._end_faults()
        until = self.now + timedelta(hours=27)
        while self.now < until:
            self.now += timedelta(hours=3)
            self.newsroom.until(min(self.now, self.end))
            self._turn()
        self._stop()
        self.report.articles = len(self.newsroom.states)

    def clock(self) -> datetime:
        """The clock of the service's machine; the site's is right."""
        return self.now + self._ahead

    @contextmanager
    def _clock_ahead(self) -> Iterator[None]:
        """Once, for one poll, the machine's clock is far ahead."""
        if not self._was_ahead and self.now >= START + _CLOCK_AHEAD_AT:
            self._was_ahead, self._ahead = True, _CLOCK_AHEAD_BY
            self.report.faults["clock-ahead"] += 1
        yield
        self._ahead = timedelta(0)

    def archive(self) -> Archive:
        """The archive, opened anew, for looking at it."""
        return Archive(self.folder / "archive")

    # The service

    def _turn(self) -> None:
        """What the daemon does when polls are due; a kill begins a new process."""
        with self._forgetting_requests():
            archive, fetcher = self._process()
            if fetcher._back_off.until(self.clock()) is not None:
                self.report.left_alone += 1
                return
            try:
                self.report.polls += 1
                patient = not BackOff(archive.memory).failures
                poll = Poll(self.config, archive, fetcher, self.clock, patient=patient)
                poll.run(self.config.sections)
            except Killed:
                self.report.kills += 1
                self._stop()
            self.wire.kill_in = None

    def _process(self) -> tuple[Archive, Fetcher]:
        if self._archive is None or self._fetcher is None:
            self._archive = self.archive()
            self._fetcher = Fetcher(
                self.config.site_of(),
                self.config.http,
                self._archive.memory,
                clock=self.clock,
                sleep=lambda seconds: self._pass_time(timedelta(seconds=seconds)),
                transport=self.wire,
                rng=self._rng,
                probe=False,
            )
        return self._archive, self._fetcher

    def _stop(self) -> None:
        """The end of a process: what it had in memory is gone."""
        if self._archive is not None:
            self._archive.close()
        self._archive = self._fetcher = None

    def _restart(self) -> None:
        if self._fetcher is not None:
            self._fetcher.close()
        self._stop()
        if self.now >= self._state_lost:
            self._state_lost += _STATE_LOST_EVERY
            for path in (self.folder / "archive" / ".state").glob("*"):
                path.unlink()

    def _interval(self) -> timedelta:
        return self._busy if 7 <= self.now.hour < 20 else self._quiet

    def _pass_time(self, spell: timedelta) -> None:
        self.now += spell
        self.newsroom.until(min(self.now, self.end))

    # The trouble

    def _trouble(self) -> None:
        """A new fault at each new hour, for a part of it; now and then the site is
        out of reach for more than a day."""
        if self._outage_from <= self.now:
            if self.now < self._outage_from + _OUTAGE:
                self.wire.network = "unreachable"
                return
            self._outage_from += _OUTAGE_EVERY
            self._end_faults()
        if self.now >= self._faults_until:
            self._end_faults()
        hour = int((self.now - START) / timedelta(hours=1))
        if hour != self._hour:
            self._hour = hour
            self._end_faults()
            self._begin_fault()

    def _begin_fault(self) -> None:
        kind = self._rng.choice((*_FAULTS, *NETWORK))
        self._faults_until = self.now + timedelta(minutes=self._rng.randrange(5, 60))
        self.report.faults[str(kind)] += 1
        if isinstance(kind, Fault):
            times = self._rng.choice((1, 3, None, None))
            self.site.fault(
                kind, self._rng.choice(_PLACES), times, after=self._rng.choice((2, 900))
            )
        else:
            self.wire.network = kind

    def _end_faults(self) -> None:
        self.site.clear_faults()
        self.wire.network = None

    @contextmanager
    def _forgetting_requests(self) -> Iterator[None]:
        """Count what the site saw and let it forget: a year's log would fill the memory."""
        try:
            yield
        finally:
            self.report.requests.update(_kind(one.target) for one in self.site.requests)
            self.site.forget_requests()


def _kind(target: str) -> str:
    return {"categories": "section pages", "articles": "articles", "api": "listings"}.get(
        target.split("/")[1].partition("?")[0], target.partition("?")[0]
    )
