"""The sample articles of the demo with those of before its time: the older layout's, and the
sample page's twin.

In: the time at which the newest of them has just come out.  Out: articles.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from feedsvc.demo import StandInArticle
from feedsvc.demo.samples import arranged, read, stories
from tests.standin.sample_page import sample_like

_OLDER = read((Path(__file__).parent / "texts/paxnet.txt").read_text(encoding="utf-8"))
OLDER = frozenset(int(dict(story.fields)["id"]) for story in _OLDER)
"""The ids of the articles from before 2023, whose pages are in the older layout."""


@lru_cache(maxsize=8)  # many tests begin at the same time
def sample_articles(now: datetime) -> tuple[StandInArticle, ...]:
    """The sample articles, newest first: spread over the days before ``now`` (aware),
    a few of them years old, of every access status."""
    articles = (*arranged((*stories(), _OLDER), now), sample_like())
    return tuple(sorted(articles, key=lambda a: (a.published_at, a.id), reverse=True))
