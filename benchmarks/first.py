"""A first poll at ``delay: 2s``: seconds until the feed of everything, and the page, hold
ten articles, thirty, and all.

The stand-in runs in a process of its own.  The clock is the real one, moved on where the
poll would wait between two requests: what is worked counts as long as it takes, what is
waited for is not waited for.  ``--real`` waits.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.measure import Spread, at_most, line, machine
from benchmarks.measure.standin import standin_apart
from benchmarks.polling import written_config
from feedsvc import config as configuration
from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.fetch import Fetcher
from feedsvc.poll import Poll
from feedsvc.serve import Server

STEPS = (10, 30)


class Clock:
    """Real time, and what was slept of it in no time."""

    def __init__(self, config: Config, *, real: bool) -> None:
        self._zone = config.site_of().tz
        self._skipped = 0.0
        self._real = real

    def exact(self) -> datetime:
        return datetime.now(self._zone) + timedelta(seconds=self._skipped)

    def whole(self) -> datetime:
        return self.exact().replace(microsecond=0)

    def steady(self) -> float:
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        if self._real:
            time.sleep(seconds)
        else:
            self._skipped += seconds

    @contextmanager
    def standing(self) -> Iterator[float]:
        """What is done meanwhile takes no time; gives the steady time."""
        now = self.steady()
        yield now
        self._skipped -= self.steady() - now


def in_feed(config: Config) -> int:
    """Entries in the published feed of everything."""
    path = config.feeds.path / "all.json"
    return len(json.loads(path.read_bytes())["items"]) if path.exists() else 0


def on_page(address: str) -> int:
    """Articles that the first two pages for the browser lead to."""
    found: set[str] = set()
    for path in ("/", "/?page=2"):
        asked = urllib.request.Request(f"{address}{path}", headers={"Accept": "text/html"})
        with urllib.request.urlopen(asked) as answer:
            found.update(re.findall(r'href="(?:[^"]*/)?articles/(\d+)"', answer.read().decode()))
    return len(found)


def first_poll(site: str, folder: Path, *, real: bool) -> tuple[dict[str, dict[int, float]], int]:
    """Seconds until feed and page held so many articles, and how many there are."""
    path = written_config(site, folder)
    told = path.read_text("utf-8").replace("delay: 0s", "delay: 2s")
    path.write_text(f"{told}server: {{port: 0}}\n".replace("port: 0", f"port: {_free_port()}"))
    config = configuration.load(path)
    clock = Clock(config, real=real)
    archive = Archive(config.archive.path)
    server = Server(config, now=clock.whole, polls=True)
    reached: dict[str, dict[int, float]] = {"all.atom": {}, "the page": {}}
    begun = clock.steady()

    def look() -> None:
        with clock.standing() as now:
            held = {"all.atom": in_feed(config), "the page": on_page(server.address)}
        for what, number in held.items():
            for count in range(1, number + 1):
                reached[what].setdefault(count, now - begun)

    server.start()
    try:
        with Fetcher(
            config.site_of(), config.http, archive.memory, clock=clock.exact, sleep=clock.sleep,
            monotonic=clock.steady,
        ) as fetcher:  # fmt: skip
            poll = Poll(
                config, archive, fetcher, clock.whole,
                progress=lambda done, total, published: look(),
            )  # fmt: skip
            outcome = poll.run(config.sections)
        look()
    finally:
        server.stop()
        archive.close()
    return reached, sum(one.new for one in outcome.sections)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.first", description=__doc__)
    options.add_argument("--rounds", type=int, default=3, help="first polls (default: 3)")
    options.add_argument("--real", action="store_true", help="wait for what is waited for")
    chosen = options.parse_args(arguments)

    machine()
    rounds, found = [], 0
    with standin_apart() as site:
        for _ in range(chosen.rounds):
            with tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as folder:
                reached, found = first_poll(site, Path(folder), real=chosen.real)
                rounds.append(reached)
    print(f"a first poll of {found} articles, five sections, delay: 2s")
    aims = {10: at_most(40, " s"), 30: at_most(105, " s"), found: at_most(2 * found + 20, " s")}
    for what in ("all.atom", "the page"):
        for count in (*STEPS, found):
            seconds = [one[what][count] for one in rounds if count in one[what]]
            aim = aims[count] if what == "all.atom" else None
            if seconds:
                line(f"{what} holds {count}", Spread.of(seconds), " s", aim)


if __name__ == "__main__":
    main()
