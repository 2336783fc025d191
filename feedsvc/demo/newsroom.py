"""The newsroom behind the demo's stand-in: it goes on publishing, correcting, releasing.

In: an empty stand-in.  Out: the sample articles and changes on it, one a call, so that each
feed of the demo has something to show.  When a change is made is the caller's to say.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle

from feedsvc.demo.articles import StandInArticle
from feedsvc.demo.samples import sample_articles
from feedsvc.demo.site import DemoSite
from feedsvc.model import Status

KEPT_BACK = 20
"""Sample articles that are published while the demo runs: they were the newest."""

_SHOWN = 15
"""Articles that surely stand on the first page of their section."""

_READ = timedelta(minutes=2)
"""After which feedsvc has surely read an article, so that it can tell what changed."""

_AMOUNT = re.compile(r"(\d{2,4})(?=억|만|%|개|명|곳)")
_ADDED = "<p>회사 측은 기사가 나간 뒤 “세부 일정은 다음 달 이사회에서 확정한다”고 알려 왔다.</p>"


class Newsroom:
    """Fills a site with the sample articles, up to a few minutes ago by ``clock``, but for
    some that it publishes one by one."""

    def __init__(self, site: DemoSite, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._clock = clock
        articles = sample_articles(clock())
        ahead = articles[0].published_at - articles[KEPT_BACK].published_at
        articles = sample_articles(clock() + ahead)
        self._desk = list(articles[:KEPT_BACK])
        for article in articles[KEPT_BACK:]:
            site.publish(article)
        self._corrected: set[int] = set()
        self._turns = cycle((self.correct, self.release, self.publish, self.publish))

    def step(self) -> str:
        """Make the next change (a correction, a release, two new articles, and so on), and
        say it; nothing is said where nothing is left to change."""
        kind = next(self._turns)
        article = kind()
        said = {self.correct: "corrects", self.release: "releases"}.get(kind, "publishes")
        return f"the site {said} {article.title}" if article else ""

    def publish(self) -> StandInArticle | None:
        """Publish the next article, as of now."""
        if not self._desk:
            return None
        now = self._clock()
        article = self._desk.pop()
        plus = article.plus_first_at and now.replace(second=0)
        self._site.publish(replace(article, published_at=now, plus_first_at=plus))
        return article

    def correct(self) -> StandInArticle | None:
        """Correct a figure of the newest article that was not corrected yet, and add to it."""
        for article in self._read()[:_SHOWN]:
            if article.status is Status.OPEN and article.id not in self._corrected:
                body = _corrected(article)
                if body is not None:
                    self._corrected.add(article.id)
                    title = f"{article.title} (종합)"
                    return self._site.edit(article.id, title=title, body=body, split=())
        return None

    def release(self) -> StandInArticle | None:
        """Release the newest article that is locked for a while, or for members."""
        wanted = (Status.SOON_FREE, Status.MEMBERS_ONLY)
        found = (one for status in wanted for one in self._read() if one.status is status)
        article = next(found, None)
        return self._site.release(article.id) if article else None

    def _read(self) -> list[StandInArticle]:
        until = self._clock() - _READ
        return [one for one in self._site.articles if one.published_at <= until]


def _corrected(article: StandInArticle) -> tuple[str, ...] | None:
    """Its text with a figure corrected and a paragraph more; ``None`` without a figure."""
    for place, block in enumerate(article.body):
        if block.startswith("<p>") and _AMOUNT.search(block):
            new = _AMOUNT.sub(lambda found: str(int(found[1]) + 3), block, count=1)
            return (*article.body[:place], new, *article.body[place + 1 :], _ADDED)
    return None
