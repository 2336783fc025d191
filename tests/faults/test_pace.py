"""Never more than one request per ``delay``, by the site's own log and a real clock."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from feedsvc.archive import Archive
from feedsvc.cli.context import fetching
from feedsvc.config import ArchiveConfig, Config, FeedsConfig, HttpConfig, SectionConfig, SiteConfig
from feedsvc.errors import FetchError
from feedsvc.fetch import Fetcher
from feedsvc.memory import Memory
from feedsvc.model import PollOutcome, Status
from feedsvc.poll import Poll
from feedsvc.site import KST, Site
from tests.poll.desk import by_name, piece
from tests.standin import Fault, StandIn

DELAY = 0.05
SECTIONS = tuple(
    SectionConfig(name=name, title=name, code=code)
    for name, code in (
        ("industry", "068000"),
        ("finance", "083000"),
        ("securities", "089000"),
        ("mna", "080000"),
    )
)


class Impatient(random.Random):
    """No jitter: a retry waits no longer than the pace makes it."""

    def uniform(self, a: float, b: float) -> float:
        return a


@dataclass
class Service:
    """Polls as a process of its own each time; ``estimate`` shifts the clock between them."""

    site: StandIn
    folder: Path
    ahead: timedelta = field(default_factory=timedelta)

    def clock(self) -> datetime:
        return datetime.now(KST) + self.ahead

    def poll(self) -> PollOutcome:
        config = Config(
            site=SiteConfig(base_url=self.site.base_url),
            sections=SECTIONS,
            http=HttpConfig(delay=timedelta(seconds=DELAY), timeout=timedelta(seconds=20)),
            archive=ArchiveConfig(path=self.folder / "archive"),
            feeds=FeedsConfig(path=self.folder / "public"),
        )
        archive = Archive(self.folder / "archive")
        with Fetcher(
            config.site_of(), config.http, archive.memory,
            clock=self.clock, sleep=time.sleep, rng=Impatient(), monotonic=time.monotonic,
        ) as fetcher:  # fmt: skip
            outcome = Poll(config, archive, fetcher, self.clock).run(config.sections)
        archive.close()
        return outcome


@pytest.fixture
def site() -> Iterator[StandIn]:
    with StandIn() as site:
        yield site


def gaps(site: StandIn) -> list[float]:
    """Seconds between the arrivals of each two requests."""
    return [later.at - earlier.at for earlier, later in pairwise(site.requests)]


@pytest.mark.slow
def test_polls_with_retries_failures_and_rechecks(site: StandIn, tmp_path: Path) -> None:
    now = datetime.now(KST)
    for number in range(101, 109):
        section = SECTIONS[number % 4]
        assert section.code is not None
        site.publish(
            piece(
                number,
                published_at=now - timedelta(minutes=number),
                sections=(section.code,),
                status=Status.SOON_FREE if number % 3 else Status.OPEN,
            )
        )
    site.fault(Fault.SERVER_ERROR, "/articles/103*", 2)
    site.fault(Fault.RESET, "/articles/104*", 1)
    site.fault(Fault.UNAVAILABLE, "/categories/089000*", 2)
    site.fault(Fault.ENDLESS_REDIRECT, "/articles/105*")
    site.fault(Fault.TRUNCATED, "/articles/106*")
    service = Service(site, tmp_path)

    first = service.poll()
    assert sum(section.new for section in first.sections) == 6
    assert sum(section.failed for section in first.sections) == 2
    assert by_name(first)["securities"].error is None
    site.clear_faults()
    # The next process begins at once, with what failed still to be read.
    assert sum(section.new for section in service.poll().sections) == 2

    assert service.poll().requests == 4
    # The clock leaps, the site's log does not: so much lies between the two polls.
    time.sleep(DELAY)
    service.ahead += timedelta(hours=2)
    assert service.poll().requests > 4, "articles looked at again"

    assert len(site.requests) > 40
    assert min(gaps(site)) >= DELAY


@pytest.mark.slow
def test_threads_that_share_a_fetcher(site: StandIn) -> None:
    for number in range(101, 106):
        site.publish(piece(number))
    fetcher = Fetcher(
        Site.at(site.base_url),
        HttpConfig(delay=timedelta(seconds=DELAY)),
        Memory(),
        clock=lambda: datetime.now(KST),
        sleep=time.sleep,
        rng=Impatient(),
        monotonic=time.monotonic,
    )
    site.fault(Fault.SERVER_ERROR, "/articles/102*", 1)

    def read(number: int) -> None:
        for _ in range(4):
            try:
                fetcher.get(f"{site.base_url}/articles/{number}")
            except FetchError:
                continue

    threads = [threading.Thread(target=read, args=(number,)) for number in range(101, 106)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fetcher.close()
    assert len(site.requests) == 22, "robots.txt, twenty pages, one retry"
    assert min(gaps(site)) >= DELAY


@pytest.mark.slow
def test_a_process_that_begins_in_the_next_second(site: StandIn) -> None:
    """The records' clock has whole seconds; the pace must not take two moments on both
    sides of one for a second."""
    site.publish(piece(101))
    config = Config(
        site=SiteConfig(base_url=site.base_url),
        sections=SECTIONS,
        http=HttpConfig(delay=timedelta(seconds=0.4), robots=False),
    )
    memory = Memory()
    for pause, place in ((0.0, 0.4), (1.0, 0.9), (0.0, 0.0)):
        # The first one imports what it needs; the third comes soon after the second.
        time.sleep(pause)
        while not place < time.time() % 1 < place + 0.05:
            time.sleep(0.01)
        with fetching(config, memory) as fetcher:
            fetcher.get(f"{site.base_url}/articles/101")
    assert min(gaps(site)) >= 0.4
