"""What it costs to publish one article: a poll that brings one into a large archive with
five sections and twenty custom feeds.

    python -m benchmarks.publishing [--size N] [--rounds N] [--folder PATH]

The archive is the one of ``benchmarks.generated.archive``, all of it in one section; the
site answers from memory, the clock is handed in.  Feeds and archived pages are published
before, which takes minutes; ``--folder`` keeps archive and feeds for the next time.  The
article's words put it into three of the custom feeds, so that six feeds change with it.
Beside it, by turns: feedgen and ``json`` alone, writing as many documents of 50 entries
as the poll changed of feeds, without an archive, a check or a flush.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import FrameType

from benchmarks.generated.archive import END, generate, texts, vocabulary
from benchmarks.generated.published import SECTIONS, fetching
from benchmarks.measure import Spread, at_most, in_turns, line, machine
from feedsvc.archive import Archive
from feedsvc.config import (
    ArchiveConfig,
    Config,
    CustomFeedConfig,
    FeedsConfig,
    HttpConfig,
    SectionConfig,
    SiteConfig,
)
from feedsvc.feeds import Published
from feedsvc.model import PollOutcome
from feedsvc.poll import Poll, publishing
from feedsvc.poll import poll as polling
from feedsvc.recordjson import from_json
from tests.standin import StandIn, StandInArticle

RANKS = range(200, 4000, 200)
"""How common the custom feeds' words are: in one article of four to one of fifty."""

IN_FEEDS = (2, 8, 16)
"""The custom feeds that the new articles belong to."""

SPACING = timedelta(minutes=40)
"""Between two articles: about as many a day as the archive has."""

SQL, FSYNC, DECODED = "SQL statements", "flushes", "records decoded"
FORMATS = ("rss", "atom", "json")
FIRST_ID = 1_000_000


class Desk:
    """An archive with published feeds, and polls that bring one article each."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._now = END
        self._words = [vocabulary(random.Random(size))[rank] for rank in RANKS]
        self._next = FIRST_ID
        self._seconds = 0.0
        self._cpu = 0.0
        self.site = StandIn(now=lambda: self._now)
        self.site.boxes = False
        self._texts = texts(random.Random(7), 50)
        publishing.publish = self._timed(publishing.publish)
        polling.tell = self._timed(polling.tell)

    def _timed(self, whole: Callable[..., Published]) -> Callable[..., Published]:
        """One of the two steps of publishing, its time added up."""

        def timed(*given: object, **more: object) -> Published:
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return whole(*given, **more)
            finally:
                self._seconds += time.perf_counter() - wall
                self._cpu += time.process_time() - cpu

        return timed

    @property
    def config(self) -> Config:
        custom = [
            CustomFeedConfig(name=f"word{place}", title=f"낱말 {word}", any=(word,))
            for place, word in enumerate(self._words)
        ]
        # A feed that is rarely met has its entries deep in the archive.
        custom.append(
            CustomFeedConfig(name="rare", title="드문 기사", all=(self._words[-1], self._words[-2]))
        )
        return Config(
            site=SiteConfig(),
            sections=tuple(
                SectionConfig(name=name, title=name, code=code) for name, code in SECTIONS.items()
            ),
            http=HttpConfig(delay=timedelta(0)),
            archive=ArchiveConfig(path=self._folder / "archive"),
            feeds=FeedsConfig(path=self._folder / "public", custom=tuple(custom)),
        )

    def poll(self) -> PollOutcome:
        """One poll as ``feedsvc poll`` makes it."""
        config = self.config
        archive = Archive(config.archive.path)
        with fetching(config, archive, self.site) as fetcher:
            outcome = Poll(config, archive, fetcher, lambda: self._now).run(config.sections)
        archive.close()
        return outcome

    def bring_one(self) -> None:
        """An article appears on the site."""
        self._now += SPACING
        self._next += 1
        title, body = self._texts[self._next % len(self._texts)]
        words = " ".join(self._words[place] for place in IN_FEEDS)
        self.site.publish(
            StandInArticle(
                id=self._next,
                title=f"{title} {self._next}",
                published_at=self._now - timedelta(minutes=1),
                body=(f"<p>{words}</p>", *body.split("\n")),
                reporters=("김하나",),
                keywords=("반도체",),
            )
        )

    def measured(self) -> tuple[PollOutcome, float, float, float, float]:
        """A poll with one new article; milliseconds of publishing (wall, processor) and
        of the whole poll (the same)."""
        self.bring_one()
        self._seconds = self._cpu = 0.0
        wall, cpu = time.perf_counter(), time.process_time()
        outcome = self.poll()
        took = ((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000)
        if sum(section.new for section in outcome.sections) != 1:
            raise RuntimeError(f"this poll should bring one article: {outcome.sections}")
        return outcome, self._seconds * 1000, self._cpu * 1000, *took


@contextlib.contextmanager
def counted() -> Iterator[Counter[str]]:
    """What a poll asks of others meanwhile: SQL statements, flushes to the disk, records read
    from their files."""
    calls: Counter[str] = Counter()
    kinds = {"execute": SQL, "executemany": SQL, "executescript": SQL, "fsync": FSYNC}

    def seen(frame: FrameType, event: str, called: object) -> None:
        if event == "c_call":
            kind = kinds.get(getattr(called, "__name__", ""))
            if kind:
                calls[kind] += 1
        elif event == "call" and frame.f_code is from_json.__code__:
            calls[DECODED] += 1

    sys.setprofile(seen)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def plain(folder: Path, feeds: int) -> Callable[[], float]:
    """The least that writing so many feeds can be: feedgen and ``json`` alone.
    Answers milliseconds."""
    from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]  # it has no types

    some = texts(random.Random(3), 50)
    folder.mkdir(exist_ok=True)

    def build() -> float:
        began = time.perf_counter()
        for number in range(feeds):
            made = FeedGenerator()
            made.id("urn:x")
            made.title("x")
            made.description("x")
            made.link(href="https://dealsite.co.kr/")
            items = []
            for place, (title, body) in enumerate(some):
                url = f"https://dealsite.co.kr/articles/{place}"
                entry = made.add_entry(order="append")
                entry.id(url)
                entry.title(title)
                entry.link(href=url)
                entry.updated(END)
                entry.published(END)
                entry.summary(title)
                entry.content(body, type="html")
                items.append({"id": url, "url": url, "title": title, "content_html": body})
            (folder / f"{number}.rss").write_bytes(made.rss_str(pretty=True))
            (folder / f"{number}.atom").write_bytes(made.atom_str(pretty=True))
            (folder / f"{number}.json").write_text(json.dumps(items, ensure_ascii=False, indent=2))
        return (time.perf_counter() - began) * 1000

    return build


def feeds_of(outcome: PollOutcome) -> list[str]:
    """The names of the feeds whose documents were replaced."""
    paths = map(Path, outcome.published)
    return sorted({path.stem for path in paths if path.suffix[1:] in FORMATS and not _page(path)})


def _page(path: Path) -> bool:
    return path.parent.parent.name == "archive"


def measure(folder: Path, size: int, rounds: int) -> None:
    """Print all figures."""
    kept = (folder / "archive").exists()
    if not kept:
        generate(folder / "archive", size)
    desk = Desk(folder, size)
    with desk.site:
        desk._next += _kept_beyond(folder)
        desk._now += SPACING * _kept_beyond(folder)
        desk.bring_one()
        began = time.perf_counter()
        desk.poll()
        what = "a kept folder brought up" if kept else "everything published"
        print(f"{size:,} records; {what} in {time.perf_counter() - began:.1f} s")
        found: list[tuple[PollOutcome, float, float, float, float]] = []

        def ours() -> float:
            found.append(desk.measured())
            return found[-1][1]

        ours()
        names = feeds_of(found[-1][0])
        pairs = in_turns(ours, plain(folder / "plain", len(names)), rounds)
        found = found[-rounds:]
        with counted() as calls:
            desk.measured()
    paths = [Path(path) for path in found[-1][0].published]
    written = [sum(Path(path).stat().st_size for path in one.published) for one, *_ in found]
    print(f"feeds built: {', '.join(names)}")
    print(f"files written: {len(paths)}, of them archived pages: {sum(map(_page, paths))}")
    line("bytes written", Spread.of(size / 1e6 for size in written), " MB")
    line("publishing, wall", pairs.firsts, " ms", at_most(300, " ms"))
    line("publishing, processor", Spread.of(one[2] for one in found), " ms")
    line("the whole poll, wall", Spread.of(one[3] for one in found), " ms")
    line("the whole poll, processor", Spread.of(one[4] for one in found), " ms")
    for kind in (SQL, FSYNC, DECODED):
        line(f"the whole poll, {kind}", Spread.of([calls[kind]]))
    line(f"feedgen and json alone, {len(names)} feeds of 50", pairs.seconds, " ms")
    line("publishing beside that", pairs.ratios, " x")


def _kept_beyond(folder: Path) -> int:
    """How many articles an earlier run left in a kept folder."""
    return len(list((folder / "archive/articles").glob(f"{FIRST_ID // 1000:04d}/*.json")))


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.publishing", description=__doc__)
    options.add_argument("--size", type=int, default=100_000, help="default: 100000")
    options.add_argument("--rounds", type=int, default=9, help="polls measured (default: 9)")
    options.add_argument("--folder", type=Path, help="keep archive and feeds here")
    chosen = options.parse_args(arguments)
    # The generated articles are not on the site: to look at them again is in vain.
    logging.getLogger("feedsvc").setLevel(logging.CRITICAL)
    machine()
    if chosen.folder:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        measure(chosen.folder, chosen.size, chosen.rounds)
        return
    with tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as folder:
        measure(Path(folder), chosen.size, chosen.rounds)


if __name__ == "__main__":
    main()
