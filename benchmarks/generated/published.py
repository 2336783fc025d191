"""What this code publishes of one and the same news, as a digest a file: two versions of
it publish the same where they print the same.

    python -m benchmarks.generated.published [--size N] [--beside CHECKOUT]

The archive is that of :mod:`benchmarks.generated.archive`; 25 feeds are made of it, then
come twelve polls of one article, an edit, a release and a backfill.  The site answers from
memory and the clock is handed in, so that nothing differs but what the code does.
``--beside`` runs the same in another checkout of this repository (which has this module)
and exits 1 where a file differs, naming each.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from benchmarks.generated.archive import END, generate, texts, vocabulary
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
from feedsvc.fetch import Fetcher
from feedsvc.model import Status
from feedsvc.poll import Poll
from feedsvc.poll.backfill import Backfill
from tests.simulation.wire import Wire
from tests.standin import StandIn, StandInArticle

SECTIONS = {
    "industry": "068000",
    "finance": "083000",
    "securities": "089000",
    "mna": "080000",
    "alternative": "075000",
}
CUSTOM = 16
"""With ``all``, the sections, ``released``, ``revised`` and ``status``: 25 feeds."""

POLLS = 12
FIRST_ID = 1_000_000
OLDER = 8
"""Articles on the site from before the archive began: a backfill finds them."""


class News:
    """One run: an archive in a folder, a site, and a clock that only this moves."""

    def __init__(self, folder: Path, size: int) -> None:
        self._now = END + timedelta(hours=1)
        self.site = StandIn(now=lambda: self._now)
        self._texts = texts(random.Random(7), 50)
        words = vocabulary(random.Random(size))
        custom = [
            CustomFeedConfig(name=f"word{rank}", title=f"낱말 {words[rank]}", any=(words[rank],))
            for rank in range(200, 200 + 220 * (CUSTOM - 1), 220)
        ]
        rare = (words[2000], words[1600])
        custom.append(CustomFeedConfig(name="rare", title="드문 기사", all=rare))
        self._words = [words[200], words[1080], rare[0], rare[1]]
        self.config = Config(
            site=SiteConfig(),
            sections=tuple(
                SectionConfig(name=name, title=name, code=code) for name, code in SECTIONS.items()
            ),
            http=HttpConfig(delay=timedelta(0)),
            archive=ArchiveConfig(path=folder / "archive"),
            feeds=FeedsConfig(
                path=folder / "public", custom=tuple(custom), max_size=400_000, entries=50
            ),
        )
        self.published = folder / "public"

    def appear(self, number: int, *, before: timedelta, status: Status = Status.OPEN) -> None:
        """An article stands on the site, published that long ago."""
        title, body = self._texts[number % len(self._texts)]
        self.site.publish(
            StandInArticle(
                id=number,
                title=f"{title} {number}",
                published_at=self._now - before,
                body=(f"<p>{' '.join(self._words[: 1 + number % 4])}</p>", *body.split("\n")),
                reporters=("김하나",),
                sections=(list(SECTIONS.values())[number % len(SECTIONS)],),
                keywords=("반도체",),
                status=status,
            )
        )

    def poll(self, after: timedelta) -> None:
        self._now += after
        archive = Archive(self.config.archive.path)
        with self._fetching(archive) as fetcher:
            Poll(self.config, archive, fetcher, lambda: self._now).run(self.config.sections)
        archive.close()

    def backfill(self) -> None:
        archive = Archive(self.config.archive.path)
        with self._fetching(archive) as fetcher:
            walked = Backfill(
                self.config, archive, fetcher, lambda: self._now, rest=lambda: None
            ).run(self.config.sections)
        archive.close()
        if not walked.added:
            raise RuntimeError(f"a backfill should add articles: {walked}")

    def _fetching(self, archive: Archive) -> Fetcher:
        return fetching(self.config, archive, self.site)


def fetching(config: Config, archive: Archive, site: StandIn) -> Fetcher:
    """A fetcher that asks the stand-in in memory, by the site's clock and without a rest."""
    return Fetcher(
        config.site_of(),
        config.http,
        archive.memory,
        clock=site.now,
        sleep=lambda seconds: None,
        transport=Wire(site, site.now, lambda spell: None),
    )


def digests(folder: Path, size: int) -> dict[str, str]:
    """The SHA-256 of each published file after each step, by step and path."""
    generate(folder / "archive", size)
    news = News(folder, size)
    found: dict[str, str] = {}

    def note(step: str) -> None:
        for path in sorted(news.published.rglob("*")):
            if path.is_file():
                told = hashlib.sha256(path.read_bytes()).hexdigest()
                found[f"{step} {path.relative_to(news.published)}"] = told

    news.poll(timedelta(0))
    note("built")
    for number in range(POLLS):
        locked = Status.MEMBERS_ONLY if number % 4 == 1 else Status.OPEN
        news.appear(FIRST_ID + number, before=timedelta(minutes=1), status=locked)
        news.poll(timedelta(minutes=40))
    note("polled")
    news.site.edit(FIRST_ID + POLLS - 1, title="고쳐 쓴 제목", body=("<p>고쳐 쓴 글이다.</p>",))
    news.poll(timedelta(hours=2))
    note("edited")
    news.site.release(FIRST_ID + 1)
    news.poll(timedelta(hours=26))
    note("released")
    for number in range(OLDER):
        news.appear(FIRST_ID - 1000 + number, before=timedelta(days=400 + number * 20))
    news.backfill()
    news.poll(timedelta(hours=1))
    note("backfilled")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(
        prog="benchmarks.generated.published", description=__doc__.partition("\n\n")[0]
    )
    options.add_argument("--size", type=int, default=1500, help="records (default: 1500)")
    options.add_argument("--beside", type=Path, help="another checkout, to be compared with")
    options.add_argument("--json", action="store_true", help="all digests, as JSON")
    chosen = options.parse_args(arguments)
    logging.getLogger("feedsvc").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="feedsvc-published-") as folder:
        ours = digests(Path(folder), chosen.size)
    if chosen.json:
        json.dump(ours, sys.stdout, ensure_ascii=False)
        return
    whole = hashlib.sha256("".join(f"{k} {v}\n" for k, v in sorted(ours.items())).encode())
    print(f"{len(ours)} files in all steps, together {whole.hexdigest()}")
    if chosen.beside:
        theirs = _digests_of(chosen.beside.resolve(), chosen.size)
        differing = sorted(
            one for one in ours.keys() | theirs.keys() if ours.get(one) != theirs.get(one)
        )
        for one in differing:
            print(f"differs: {one}")
        print(f"{len(differing)} of {len(ours.keys() | theirs.keys())} files differ")
        raise SystemExit(1 if differing else 0)


def _digests_of(checkout: Path, size: int) -> dict[str, str]:
    """What the code of another checkout publishes, with this Python and its packages."""
    command = [sys.executable, "-m", "benchmarks.generated.published"]
    done = subprocess.run(
        [*command, "--json", "--size", str(size)],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    main()
