"""What stands on the stand-in: its articles, and what a newsroom does to them.

In: articles.  Out: the same in the order of a section page.  Not here: pages and sockets.
"""

from __future__ import annotations

import threading
from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from feedsvc.demo import chrome
from feedsvc.demo.articles import RelatedLink, StandInArticle
from feedsvc.demo.server import Answer
from feedsvc.model import Status
from feedsvc.site import KST


class Stock:
    """Safe under several threads.  ``now`` is the site's clock (aware); without one it is
    the system's."""

    def __init__(
        self,
        articles: Iterable[StandInArticle] | None = None,
        *,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.now = now or (lambda: datetime.now(KST))
        self._lock = threading.RLock()
        self._articles: dict[int, StandInArticle] = {}
        self._order: list[tuple[float, int]] = []
        self._locked: list[tuple[float, int]] = []
        self._pages: dict[tuple[object, ...], Answer] = {}
        for article in articles or ():
            self.publish(article)

    @property
    def articles(self) -> tuple[StandInArticle, ...]:
        """Every article that stands on the site, newest first."""
        with self._lock:
            return tuple(self._articles[-number] for _, number in self._order)

    def publish(self, article: StandInArticle) -> None:
        """Put an article on the site, or replace the one of that id."""
        with self._lock:
            self._drop(article.id)
            self._articles[article.id] = article
            place = _place(article)
            insort(self._order, place)
            if article.status.locked:
                insort(self._locked, place)
            self._touched()

    def edit(self, number: int, **changes: Any) -> StandInArticle:
        """Change fields of an article, and answer what it is then."""
        with self._lock:
            changed = replace(self._articles[number], **changes)
            self.publish(changed)
            return changed

    def release(self, number: int) -> StandInArticle:
        """Unlock: ``plus-first`` where it has such a time, else ``open``."""
        with self._lock:
            plus = self._articles[number].plus_first_at
            return self.edit(number, status=Status.PLUS_FIRST if plus else Status.OPEN)

    def _drop(self, number: int) -> None:
        old = self._articles.pop(number, None)
        if old:
            self._order.remove(_place(old))
            if old.status.locked:
                self._locked.remove(_place(old))

    def _touched(self) -> None:
        self._pages.clear()

    def _shown(self, article: StandInArticle) -> StandInArticle:
        """The article as its page and its rows show it."""
        return article

    def _listed(self, code: str | None) -> Iterator[StandInArticle]:
        every = (self._articles[-number] for _, number in self._order)
        return (self._shown(article) for article in every if article.listed_in(code))

    def _slice(self, code: str | None, number: int, size: int) -> tuple[list[StandInArticle], bool]:
        start = (max(number, 1) - 1) * size
        found = list(islice(self._listed(code), start, start + size + 1))
        return found[:size], len(found) > size

    def _around(self) -> chrome.Around:
        return chrome.Around(list(islice(self._listed(None), 10)), self._boxes())

    def _boxes(self) -> chrome.Boxes | None:
        locked = [self._articles[-number] for _, number in self._locked]
        return {
            status: [one for one in locked if one.status is status][:10]
            for status in (Status.SOON_FREE, Status.MEMBERS_ONLY)
        }

    def _related(self, article: StandInArticle) -> list[RelatedLink]:
        """The article's links to others, with their titles."""
        links = []
        for link in article.related:
            known = self._articles.get(link.id)
            links.append(
                replace(link, title=link.title or (known.title if known else f"기사 {link.id}"))
            )
        if links and article.related_tail:
            links[-1] = replace(links[-1], title=f"{links[-1].title} {article.related_tail}")
        return links


def _place(article: StandInArticle) -> tuple[float, int]:
    """Where an article stands among the others: newest first, then the highest id."""
    return -article.published_at.timestamp(), -article.id
