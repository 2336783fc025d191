"""How much of its layout a page still shows.

In: parsed articles.  Out: per field how often the page's own element filled it, and
which fields have fallen far below what was usual: the site has probably changed.
Pure; keeping the tallies and holding articles back is the cycle's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from feedsvc.model import ParsedArticle
from feedsvc.parse.layout import FIELDS, Layout
from feedsvc.parse.layout_dealsite import DEALSITE
from feedsvc.parse.layout_paxnet import PAXNET

WATCHED = ("title", "subtitle", "reporters", "published_at", "body", "keywords", "related")
"""Fields whose selector is known to fill them more or less often."""

_LAYOUTS = {layout.name: layout for layout in (DEALSITE, PAXNET)}
_METADATA = ("json-ld:", "og:", "meta[", "article:")
_ELSEWHERE = frozenset({"listing", "address", "title"})


@dataclass(frozen=True, slots=True)
class Tally:
    """Over how many articles each watched field was filled by its own selector;
    ``filled`` is in the order of ``WATCHED``."""

    articles: int = 0
    filled: tuple[int, ...] = (0,) * len(WATCHED)

    def plus(self, articles: Iterable[ParsedArticle]) -> Tally:
        """This tally with more articles counted."""
        number, filled = self.articles, list(self.filled)
        for article in articles:
            number += 1
            shown = shown_by(article)
            for place, name in enumerate(WATCHED):
                filled[place] += name in shown
        return Tally(number, tuple(filled))

    def share(self, name: str) -> float:
        """The share of articles in which the field was filled, 0 to 1."""
        return self.filled[WATCHED.index(name)] / self.articles if self.articles else 0.0


def shown_by(article: ParsedArticle) -> frozenset[str]:
    """The watched fields that the page's own elements gave, not metadata or the listing."""
    return frozenset(
        name
        for name, source in article.sources
        if name in WATCHED and source not in _ELSEWHERE and not source.startswith(_METADATA)
    )


def fallen(usual: Tally, latest: Tally, *, least: int = 3) -> tuple[str, ...]:
    """The fields that ``latest`` fills less than half as often as was usual.

    A field counts when it was usual (in half the articles and more), and when there
    are ``least`` articles to judge by and ten times as many behind the usual.
    """
    if latest.articles < least or usual.articles < least * 10:
        return ()
    return tuple(
        name
        for name in WATCHED
        if usual.share(name) >= 0.5 and latest.share(name) < usual.share(name) / 2
    )


def selector_of(name: str, layout: str) -> str:
    """The selector that a layout (by name) has for a field: what ``status`` names."""
    known: Layout = _LAYOUTS[layout]
    return str(getattr(known, FIELDS[name]))
