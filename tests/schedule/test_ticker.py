"""The heartbeat, over real time and clocks that jump."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.schedule.ticker import Ticker


@dataclass
class Beats:
    """What a heart did; ``steady`` is its clock, and each beat waits for ``gate``."""

    steady: float = field(default_factory=time.monotonic)
    gate: threading.Event = field(default_factory=threading.Event)
    count: int = 0
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.gate.set()
        self.ticker = Ticker(self.beat, steady=lambda: self.steady)

    def beat(self) -> None:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.gate.wait(60)
        self.at_once -= 1
        self.count += 1

    def wait_for(self, count: int) -> None:
        end = time.monotonic() + 60
        while self.count < count:
            assert time.monotonic() < end, f"{self.count} beats, not {count}"
            time.sleep(0.005)


@pytest.fixture
def beats() -> Iterator[Beats]:
    made = Beats()
    made.ticker.start()
    yield made
    made.gate.set()
    made.ticker.stop()


def test_it_beats_at_once_when_it_is_started(beats: Beats) -> None:
    beats.wait_for(1)


def test_a_clock_that_was_set_is_noticed_and_what_is_due_is_asked_at_once(beats: Beats) -> None:
    beats.wait_for(1)
    assert not beats.ticker.look_at_the_clock()
    beats.steady += 3600  # as if the wall clock had been set back an hour
    assert beats.ticker.look_at_the_clock()
    beats.wait_for(2)
    assert not beats.ticker.look_at_the_clock()
    beats.steady -= 86400 * 400
    assert beats.ticker.look_at_the_clock()
    beats.wait_for(3)


def test_beats_missed_in_half_a_century_are_one(beats: Beats) -> None:
    beats.wait_for(1)
    job = beats.ticker._scheduler.get_jobs()[0]
    job.modify(next_run_time=datetime(1970, 1, 1, tzinfo=UTC))
    beats.wait_for(2)
    time.sleep(0.1)
    assert beats.count == 2
    after = beats.ticker._scheduler.get_jobs()[0].next_run_time
    assert after - datetime.now(UTC) < timedelta(seconds=11)


def test_never_two_beats_at_once(beats: Beats, caplog: pytest.LogCaptureFixture) -> None:
    beats.wait_for(1)
    beats.gate.clear()
    for _ in range(5):
        beats.ticker.beat_now()
        time.sleep(0.02)
    beats.gate.set()
    beats.wait_for(2)
    assert beats.most_at_once == 1
    assert caplog.messages == []
