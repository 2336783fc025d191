"""Processor time of each page, in a small archive and in a large one beside it.

In: folders of generated archives of two sizes.  Out: printed lines, the large beside the
small, by turns.  The application is asked in this process, without a connection, so that
the figure is the page's alone; a search's feed is made anew each time.  Newspaper and
article are asked beside the reading page of another checkout too, each in a process of its
own.
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

from benchmarks.generated.archive import END, SECTIONS, WORD, generate
from benchmarks.measure.aims import at_most, line
from benchmarks.measure.page_time import page_time, page_time_of
from benchmarks.measure.pairs import in_turns
from feedsvc import config as configuration
from feedsvc import feeds
from feedsvc.archive import Archive
from feedsvc.cli import execute
from feedsvc.config import Config
from feedsvc.poll.source import ArchiveSource

NOW = END + timedelta(hours=1)
CONFIG = """\
site: {base_url: "http://127.0.0.1:1"}
sections:
SECTIONS
feeds:
  custom: [{name: merger, title: 합병, search: 합병}]
"""
ASKED = f"q={quote(WORD)}"
ARTICLE = "/articles/{}"
PAGES = (
    ("newspaper", "/", ""),
    ("newspaper, a section", "/", "section=section0"),
    ("newspaper, locked", "/", "access=locked"),
    ("newspaper, the last page", "/", "page={}"),
    ("article", ARTICLE, ""),
    ("search, newest first", "/search", ASKED),
    ("search, narrowed", "/search", f"{ASKED}&since=2019-01-01&access=readable"),
    ("search, the third page", "/search", f"{ASKED}&page=3"),
    ("search, best first", "/search", f"{ASKED}&sort=best"),
    ("search, Atom", "/search.atom", ASKED),
    ("search, JSON", "/search.json", ASKED),
    ("archive", "/archive/", ""),
    ("archive, a month", "/archive/all/2026-02", ""),
    ("feeds", "/feeds", ""),
    ("status", "/status", ""),
)
FREE = {"search, best first"}
"""Grows with what is found: held against the command."""


@dataclass(frozen=True)
class Stand:
    """A generated archive of ``size`` records with its feeds, to be served."""

    folder: Path
    size: int

    @property
    def config(self) -> Config:
        path = self.folder / "config.yaml"
        named = (
            f'  - {{name: section{place}, title: 섹션 {place}, code: "{code}"}}'
            for place, code in enumerate(SECTIONS)
        )
        path.write_text(CONFIG.replace("SECTIONS", "\n".join(named)), "utf-8")
        return configuration.load(path)

    def make(self) -> None:
        """What is not there yet: the archive, its indexes, the newest of its feeds."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path, config = self.folder / "archive", self.config
        if not path.is_dir():
            generate(path, self.size)
        archive = Archive(path)
        with archive.writing(NOW):
            archive.make_findable()
            for section in config.sections:
                archive.memory.section.set(section.name, succeeded_at=NOW)
            if not (config.feeds.path / "all.atom").is_file():
                source = ArchiveSource(archive, members=False)
                # As if nothing had changed: then nobody waits for a hundred archived pages.
                feeds.publish(
                    source, config.feeds, config.sections, NOW, table=archive.standings,
                    changed=(), site=config.site_of(), served=True,
                )  # fmt: skip
        archive.close()

    def asked(self, path: str, query: str, repeated: int) -> float:
        """Processor milliseconds of one answer, the mean of some."""
        return page_time(*self._named(path, query), NOW, repeated)

    def asked_of(self, checkout: Path, path: str, repeated: int) -> float:
        """The same by the code of a checkout."""
        return page_time_of(checkout, *self._named(path, ""), NOW, repeated)

    def _named(self, path: str, query: str) -> tuple[Path, str, str]:
        query = query.format(self.size // 50)
        return self.folder / "config.yaml", path.format(self.size // 2), query

    def searched_best(self) -> float:
        """Processor milliseconds of the command that finds the twenty best."""
        arguments = ["archive", "search", "--best", "--limit", "20", WORD]
        arguments += ["--config", str(self.folder / "config.yaml")]
        began = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            code = execute(arguments)
        if code:
            raise RuntimeError(f"feedsvc {' '.join(arguments)} ended with {code}")
        return (time.process_time() - began) * 1000


def measure_pages(
    small: Stand, large: Stand, rounds: int, repeated: int, before: Path | None
) -> None:
    """Print each page's time at both sizes, and what the large costs beside the small;
    ``before`` is a checkout whose reading page newspaper and article are held against."""
    small.make()
    large.make()
    print(f"processor time of a page, {large.size:,} records beside {small.size:,}", flush=True)
    for name, path, query in PAGES:

        def taken(stand: Stand, path: str = path, query: str = query) -> Callable[[], float]:
            return lambda: stand.asked(path, query, repeated)

        pairs = in_turns(taken(large), taken(small), rounds)
        line(f"{name}, {small.size:,}", pairs.seconds, " ms")
        line(f"{name}, {large.size:,}", pairs.firsts, " ms")
        line(f"{name}, beside", pairs.ratios, " x", None if name in FREE else at_most(2, " x"))
    pairs = in_turns(lambda: large.asked("/", "", repeated),
                     lambda: large.asked(ARTICLE, "", repeated), rounds)  # fmt: skip
    line("newspaper beside an article", pairs.ratios, " x", at_most(2, " x"))
    pairs = in_turns(lambda: large.asked("/search", f"{ASKED}&sort=best", 1), large.searched_best,
                     rounds)  # fmt: skip
    line("archive search --best --limit 20", pairs.seconds, " ms")
    line("search, best first, beside it", pairs.ratios, " x", at_most(1.2, " x"))
    if before is not None:
        _beside_before(before.resolve(), (small, large), rounds, repeated)


def _beside_before(before: Path, stands: Sequence[Stand], rounds: int, repeated: int) -> None:
    own = Path(__file__).resolve().parents[2]
    for stand in stands:
        old = partial(stand.asked_of, before, ARTICLE, repeated)
        for name, path in (("article", ARTICLE), ("newspaper", "/")):
            pairs = in_turns(partial(stand.asked_of, own, path, repeated), old, rounds)
            line(f"reading page before, {stand.size:,}", pairs.seconds, " ms")
            line(f"{name}, {stand.size:,}", pairs.firsts, " ms")
            line(f"{name} beside it", pairs.ratios, " x", at_most(2, " x"))
