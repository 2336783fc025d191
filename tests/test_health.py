"""The one verdict on health: what is ill, and above all what is not."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import feedsvc
from feedsvc.config import ArchiveConfig, Config, FeedsConfig, SectionConfig
from feedsvc.health import (
    TITLES,
    HealthStatus,
    Kind,
    expect,
    health,
    note,
    polled,
    still_reading,
    succeeded,
    title,
)
from feedsvc.health.noted import WAITS, observed
from feedsvc.memory import Memory, Topic
from feedsvc.site import KST

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=KST)
TEN = timedelta(minutes=10)
HOUR = timedelta(hours=1)


class Desk:
    """Polls by the clock ``now``; ``config`` may be changed."""

    def __init__(self, folder: Path, every: timedelta = TEN) -> None:
        self.folder = folder
        self.memory = Memory()
        self.now = NOW
        self.names = ["industry", "finance"]
        self.every = every

    @property
    def config(self) -> Config:
        return Config(
            sections=tuple(
                SectionConfig(name=name, title=name, every=self.every) for name in self.names
            ),
            archive=ArchiveConfig(path=self.folder / "archive"),
            feeds=FeedsConfig(path=self.folder / "public"),
        )

    def poll(self, error: str | None = None, kind: Kind = Kind.SECTION, *names: str) -> None:
        for section in self.config.sections:
            if names and section.name not in names:
                continue
            if error is None:
                succeeded(self.memory, section.name, self.now)
            polled(self.memory, section, self.now, {"error": error}, kind if error else None)

    def run(self) -> None:
        """The daemon starts, wakes or is told another configuration."""
        expect(self.memory, self.config.sections, self.now, anew=True)

    def daemon_polls(self, error: str | None = None) -> None:
        for section in self.config.sections:
            self.memory.section.set(section.name, tried_at=self.now)
        expect(self.memory, self.config.sections, self.now)
        self.poll(error)

    def later(self, **spell: float) -> None:
        self.now += timedelta(**spell)

    def status(self, **spell: float) -> HealthStatus:
        return health(self.config, self.memory, self.now + timedelta(**spell)).status

    def interval(self) -> timedelta:
        return health(self.config, self.memory, self.now).sections[0].interval


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_fresh_install_is_well_until_its_first_poll_is_three_intervals_late(desk: Desk) -> None:
    assert desk.status(days=30) is HealthStatus.OK, "nothing polls yet"
    desk.run()
    assert desk.status(minutes=29) is HealthStatus.OK
    assert desk.status(minutes=31) is HealthStatus.FAILING
    desk.daemon_polls()
    assert desk.status(minutes=30) is HealthStatus.OK
    assert desk.status(minutes=31) is HealthStatus.FAILING


def test_two_polls_by_hand_then_run(desk: Desk) -> None:
    desk.poll()
    desk.later(seconds=100)
    desk.poll()
    desk.run()
    assert desk.interval() == TEN
    assert desk.status(minutes=29) is HealthStatus.OK
    desk.later(minutes=9)
    desk.daemon_polls()
    desk.later(minutes=3)
    desk.poll()  # by hand beside the daemon: no rhythm of its own
    assert desk.interval() == TEN
    assert desk.status(minutes=31) is HealthStatus.FAILING


def test_a_pause_of_hours_under_run_stretches_nothing(desk: Desk) -> None:
    desk.run()
    desk.daemon_polls()
    desk.later(hours=5)
    assert desk.status() is HealthStatus.FAILING, "nobody polls: it is not well"
    desk.run()
    assert desk.status() is HealthStatus.OK, "it has just begun again"
    desk.daemon_polls()
    assert desk.status(minutes=31) is HealthStatus.FAILING


def test_a_daemon_that_dies_at_each_start_does_not_look_well_for_ever(desk: Desk) -> None:
    for _ in range(4):
        desk.run()
        desk.later(minutes=10)
    assert desk.status() is HealthStatus.FAILING


@pytest.mark.parametrize("by_hand", [0, 1, 2, 5])
def test_cron_every_hour_is_well_from_the_first_on(desk: Desk, by_hand: int) -> None:
    for _ in range(by_hand):
        desk.poll()
        desk.later(seconds=50)
    for _ in range(10):
        desk.poll()
        assert desk.status(minutes=59) is HealthStatus.OK
        desk.later(hours=1)
    assert desk.interval() == HOUR
    assert desk.status(hours=1, minutes=55) is HealthStatus.OK
    assert desk.status(hours=2, minutes=5) is HealthStatus.FAILING


def test_cron_every_two_minutes_is_found_out(desk: Desk) -> None:
    for _ in range(WAITS + 1):
        desk.poll()
        desk.later(minutes=2)
    assert desk.interval() == timedelta(minutes=2)
    assert desk.status(minutes=5) is HealthStatus.FAILING


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        ([], 7200),
        ([100], 7200),
        ([600], 600),
        ([100, 3600], 3600),
        ([600, 18_000], 600),
        ([600, 600, 18_000, 600], 600),
        ([3600, 1800, 1800, 3600], 3600),
        ([60] * WAITS, 60),
        ([90_000], 90_000),
    ],
)
def test_the_observed_interval(waits: list[float], expected: float) -> None:
    assert observed(waits, TEN).total_seconds() == expected


def test_from_run_to_cron_and_back(desk: Desk) -> None:
    desk.run()
    desk.daemon_polls()
    for _ in range(5):
        desk.later(hours=1)
        desk.poll()
        assert desk.status(minutes=59) is HealthStatus.OK
    assert desk.interval() == HOUR
    desk.later(minutes=59)
    desk.run()
    assert desk.interval() == TEN
    assert desk.status() is HealthStatus.OK


def test_every_just_changed(desk: Desk) -> None:
    desk.every = timedelta(hours=6)
    desk.run()
    desk.daemon_polls()
    desk.later(hours=5)
    desk.every = TEN
    desk.run()
    assert desk.status() is HealthStatus.OK
    assert desk.status(minutes=31) is HealthStatus.FAILING


def test_a_new_section_and_one_that_was_taken_out(desk: Desk) -> None:
    desk.run()
    desk.daemon_polls()
    desk.later(days=2)
    desk.names = ["industry", "mna"]
    desk.run()
    desk.poll(None, Kind.SECTION, "industry")
    assert desk.status(minutes=29) is HealthStatus.OK
    desk.poll("404", Kind.SECTION, "mna")
    desk.poll("404", Kind.SECTION, "mna")
    assert desk.status() is HealthStatus.DEGRADED
    desk.names = ["industry"]
    assert desk.status() is HealthStatus.OK


@pytest.mark.parametrize("run", [True, False])
def test_a_clock_set_back_or_once_ahead(desk: Desk, run: bool) -> None:
    def poll() -> None:
        if run:
            desk.daemon_polls()
        else:
            desk.poll()

    for _ in range(4):
        poll()
        desk.later(minutes=10)
    desk.later(days=40)
    if run:
        desk.run()
    poll()
    assert desk.status() is HealthStatus.OK
    desk.later(days=-40)
    if run:
        desk.run()
    assert desk.status(minutes=5) is HealthStatus.OK
    desk.later(minutes=1)
    poll()
    assert desk.status(minutes=20) is HealthStatus.OK
    desk.poll("404")
    desk.poll("404")
    assert desk.status() is HealthStatus.DEGRADED
    assert desk.status(hours=7) is HealthStatus.FAILING, "the time of the wrong clock hides nothing"


def test_a_poll_that_runs_long(desk: Desk) -> None:
    desk.names = ["industry", "finance", "mna"]
    desk.run()
    desk.daemon_polls()
    desk.later(minutes=9)
    started = desk.now
    desk.poll(None, Kind.SECTION, "industry")  # the turn of the others would come later
    for _ in range(180):
        desk.later(minutes=1)
        still_reading(desk.memory, desk.config.sections, started, desk.now)
        assert desk.status() is HealthStatus.OK
    read_at = [one.succeeded_at for one in health(desk.config, desk.memory, desk.now).sections]
    assert read_at == [desk.now, NOW, NOW]
    assert desk.status(minutes=31) is HealthStatus.FAILING


def test_a_long_poll_excuses_no_section_that_was_late_before(desk: Desk) -> None:
    desk.run()
    desk.daemon_polls()
    desk.later(minutes=31)
    started = desk.now
    desk.poll(None, Kind.SECTION, "industry")
    for _ in range(60):
        desk.later(minutes=1)
        still_reading(desk.memory, desk.config.sections, started, desk.now)
    verdict = health(desk.config, desk.memory, desk.now)
    assert [one.section for one in verdict.reasons] == ["finance"]


def test_a_failure_is_told_the_second_time_and_a_shared_one_once(desk: Desk) -> None:
    desk.poll()
    desk.later(minutes=10)
    desk.poll("timed out", Kind.SITE)
    assert desk.status() is HealthStatus.OK
    desk.later(minutes=10)
    desk.poll("timed out", Kind.SITE)
    verdict = health(desk.config, desk.memory, desk.now)
    assert verdict.status is HealthStatus.DEGRADED
    assert [(one.kind, one.section, one.since) for one in verdict.reasons] == [
        (Kind.SITE, None, NOW + TEN)
    ]
    desk.later(minutes=1)
    desk.poll(None, Kind.SECTION, "industry")
    (reason,) = health(desk.config, desk.memory, desk.now).reasons
    assert (reason.kind, reason.section) == (Kind.SECTION, "finance"), "the site answers again"
    assert reason.text == "section finance: timed out"


def test_a_block_is_told_at_once(desk: Desk) -> None:
    desk.poll("a firewall answered", Kind.BLOCKED)
    (reason,) = health(desk.config, desk.memory, desk.now).reasons
    assert (reason.kind, reason.section) == (Kind.BLOCKED, None)


def test_what_was_noted_goes_on_until_it_is_noted_otherwise(desk: Desk) -> None:
    desk.poll()
    note(desk.memory, Kind.PUBLISHING, NOW, "the bucket is down")
    note(desk.memory, Kind.PUBLISHING, NOW + TEN, "the disk is full")
    note(desk.memory, Kind.TARGET, NOW + TEN, "the hub is down")
    told = {one.kind: one for one in health(desk.config, desk.memory, desk.now).reasons}
    assert told[Kind.PUBLISHING].since == NOW
    assert told[Kind.PUBLISHING].text == "the disk is full"
    assert told[Kind.TARGET].since == NOW + TEN
    note(desk.memory, Kind.PUBLISHING, NOW, None)
    note(desk.memory, Kind.TARGET, NOW, None)
    assert desk.status() is HealthStatus.OK


@pytest.mark.parametrize(
    "now", [datetime(1970, 1, 1, tzinfo=KST), datetime(2024, 12, 31, tzinfo=KST)]
)
def test_a_clock_before_this_program_was_made_is_told_and_nothing_else(
    desk: Desk, now: datetime
) -> None:
    desk.run()
    desk.daemon_polls()
    verdict = health(desk.config, desk.memory, now)
    assert [one.kind for one in verdict.reasons] == [Kind.CLOCK]
    assert verdict.status is HealthStatus.DEGRADED


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_kind_has_its_words(language: str) -> None:
    assert TITLES.keys() == set(Kind)
    assert title("section-industry", language) != title("section-finance", language)
    assert title("of-tomorrow", language) == "of-tomorrow"
    assert title("disk", language) not in ("disk", "")


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_says_in_korean_what_to_do(kind: Kind) -> None:
    said = TITLES[kind].advice
    assert re.fullmatch(r"[^{}]*[가-힣][^{}]*\.", said)


@pytest.mark.parametrize("rubbish", ["", "[", "null", "5", '{"noted": 5}', '{"noted": [5, {}]}'])
def test_a_memory_that_holds_anything_is_no_error(desk: Desk, rubbish: str) -> None:
    desk.run()
    desk.daemon_polls()
    desk.memory.note.set(Topic.TROUBLES, "", text=rubbish)
    assert desk.status() is HealthStatus.OK
    desk.poll()
    desk.run()


def test_one_place_says_when_a_section_is_late() -> None:
    """Three intervals, and two hours for one that nobody gave: told once, asked everywhere."""
    package = Path(feedsvc.__file__).parent
    for what in ("INTERVALS", r"hours=2\b"):
        told = [path for path in package.rglob("*.py") if re.search(what, path.read_text("utf-8"))]
        assert [path.relative_to(package).as_posix() for path in told] == ["health/verdict.py"]
