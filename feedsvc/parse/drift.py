"""Which parts of an article page the site shows no more.

In: of each of the latest articles what gave its fields (``sources``), newest first.
Out: the parts that have vanished.  Pure; where the articles come from and what is told
is the poll's.

A part has vanished when so many articles in a row lack it as neither chance nor habit
explains: articles come in clusters (a section's, a column's, a weekend's), so that a row
must also be longer than every row without the part before it.  What that comes to, in
false alarms a year and in articles until a loss is told, ``benchmarks/drift.py`` shows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, islice
from math import log

WATCHED = (
    "title", "subtitle", "reporters", "published_at", "body", "keywords", "related", "images",
)  # fmt: skip
"""Fields that an element of the page gives more or less often."""

LEAST = 40
"""Articles in a row without a part before anything is said: about a working day's."""

CHANCE = 2e-10
"""A row is no chance where it is less likely than that, if each article shows the part as
often as those before: 40 articles at a share of 0.43, 63 at 0.3."""

LATEST = 500
"""A part that none of so many articles has is not, or no more, one of the site's.  So what
the site gave up for good is told for so many articles: two weeks of them."""

KNOWN = 1000
"""Articles at most from which it is known how often a part stands."""

USUAL = 100
"""Articles at least: fewer do not say what is usual."""

_METADATA = ("json-ld:", "og:", "twitter:", "meta[", "article:")
_ELSEWHERE = frozenset({"listing", "address", "title", "trafilatura"})

Sources = Iterable[tuple[str, str]]
"""Field and what gave it, of one article."""


@dataclass(frozen=True, slots=True)
class Vanished:
    """A part that the last ``articles`` lack, and ``share`` (0 to 1) of those before them
    show; ``source`` is the selector that found it last."""

    name: str
    source: str
    articles: int
    share: float


def shown(sources: Sources) -> dict[str, str]:
    """The watched fields that elements of the page gave, not metadata or the listing, each
    with its selector."""
    return {
        name: source
        for name, source in sources
        if name in WATCHED and source not in _ELSEWHERE and not source.startswith(_METADATA)
    }


def vanished(articles: Iterable[Sources]) -> tuple[Vanished, ...]:
    """The parts that have vanished; ``articles`` are the site's, newest first.

    No more are taken than the answer needs: mostly ``LEAST``.
    """
    rest = iter(articles)
    pages = [shown(one) for one in islice(rest, LEAST)]
    missing = [name for name in WATCHED if not any(name in page for page in pages)]
    if len(pages) < LEAST or not missing:
        return ()
    pages += [shown(one) for one in islice(rest, LATEST - LEAST)]
    missing = [name for name in missing if any(name in page for page in pages)]
    if not missing:
        return ()
    pages += [shown(one) for one in islice(rest, KNOWN - LATEST)]
    judged = (_judged(name, [page.get(name) for page in pages]) for name in missing)
    return tuple(filter(None, judged))


def _judged(name: str, sources: list[str | None]) -> Vanished | None:
    """Whether a part has vanished; ``sources`` are what gave it, newest article first."""
    row = next(place for place, source in enumerate(sources) if source)
    before = sources[row:]
    share = sum(source is not None for source in before) / len(before)
    by_chance = log(CHANCE) / log(1 - share) if share < 1 else 0
    rows = (len(list(run)) for given, run in groupby(before, bool) if not given)
    if len(before) < USUAL or row < by_chance or row <= max(rows, default=0):
        return None
    return Vanished(name, before[0] or "", row, share)
