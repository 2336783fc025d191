"""What an extractor got right on one page, and over all of them.

In: a case, what was extracted.  Out: counts that add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.extraction.truth import Case, comparable
from feedsvc.model import Status

_RUN = 3


@dataclass(frozen=True, slots=True)
class Extracted:
    """What an extractor says of a page; ``None`` where it tells no such thing."""

    lines: tuple[str, ...]
    title: str | None = None
    subtitle: str | None = None
    reporters: tuple[str, ...] | None = None
    published_at: datetime | None = None
    status: Status | None = None
    captions: tuple[str, ...] | None = None
    rows: tuple[str, ...] | None = None


@dataclass(slots=True)
class Score:
    """Counts over pages."""

    pages: int = 0
    right: int = 0
    wanted: int = 0
    found: int = 0
    runs_right: int = 0
    runs_wanted: int = 0
    runs_found: int = 0
    leaking: int = 0
    titles: int = 0
    subtitles: int = 0
    authors: int = 0
    times: int = 0
    captions: int = 0
    tables: int = 0
    statuses: Counter[tuple[Status, Status | None]] = field(default_factory=Counter)
    flaws: list[str] = field(default_factory=list)

    def add(self, case: Case, got: Extracted) -> None:
        wanted = Counter(filter(None, map(comparable, case.lines)))
        found = Counter(filter(None, map(comparable, got.lines)))
        right = (wanted & found).total()
        self.pages += 1
        self.right += right
        self.wanted += wanted.total()
        self.found += found.total()
        told, read = (_runs(lines) for lines in (wanted, found))
        self.runs_right += (told & read).total()
        self.runs_wanted += told.total()
        self.runs_found += read.total()
        text = "\n".join(map(comparable, got.lines))
        leaked = [one for one in case.noise if comparable(one) in text]
        self.leaking += bool(leaked)
        self.titles += got.title == case.title
        self.subtitles += got.subtitle == case.subtitle
        self.authors += got.reporters is not None and set(got.reporters) == set(case.reporters)
        self.times += got.published_at == case.published_at
        captions = got.captions is not None and _same(case.captions, got.captions)
        tables = got.rows is not None and _same(case.rows, got.rows)
        self.captions += captions
        self.tables += tables
        self.statuses[case.status, got.status] += 1
        flaws = [f"missing {line!r}" for line in wanted - found]
        flaws += [f"too much {line!r}" for line in found - wanted]
        flaws += [f"leaked {one!r}" for one in leaked]
        if got.status is not case.status:
            flaws.append(f"{case.status} read as {got.status}")
        if got.title != case.title:
            flaws.append(f"headline {got.title!r} for {case.title!r}")
        if got.subtitle != case.subtitle:
            flaws.append(f"sub-headline {got.subtitle!r} for {case.subtitle!r}")
        if got.reporters is None or set(got.reporters) != set(case.reporters):
            flaws.append(f"reporters {got.reporters} for {case.reporters}")
        if got.published_at != case.published_at:
            flaws.append(f"time {got.published_at} for {case.published_at}")
        if got.captions is not None and not captions:
            flaws.append(f"captions {got.captions} for {case.captions}")
        if got.rows is not None and not tables:
            flaws.append(f"rows {got.rows} for {case.rows}")
        if flaws:
            self.flaws.append("\n  ".join((case.kind, *flaws)))

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        return _f1(self.right, self.wanted, self.found)

    @property
    def character_f1(self) -> float:
        return _f1(self.runs_right, self.runs_wanted, self.runs_found)

    @property
    def access(self) -> float:
        """The share of pages whose access status was told."""
        told = sum(count for (true, said), count in self.statuses.items() if true is said)
        return told / self.pages if self.pages else 0.0


def _same(wanted: Iterable[str], found: Iterable[str]) -> bool:
    one, other = (sorted(map(comparable, lines)) for lines in (wanted, found))
    return one == other


def _f1(right: int, wanted: int, found: int) -> float:
    return 2 * right / (wanted + found) if wanted + found else 0.0


def _runs(lines: Iterable[str]) -> Counter[str]:
    """Every run of three characters: order within a line counts, that of lines does not."""
    return Counter(
        line[at : at + _RUN] for line in lines for at in range(max(1, len(line) - _RUN + 1))
    )
