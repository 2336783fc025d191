"""What stands on the stand-in: its articles, and what tests do to them.

In: articles.  Out: the same in the order of a section page.  Not here: pages and sockets.
"""

from __future__ import annotations

import threading
from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from feedsvc.demo import chrome, images
from feedsvc.demo.articles import RelatedLink, StandInArticle
from feedsvc.demo.draw import Draw
from feedsvc.demo.faults import Answer
from feedsvc.demo.flashes import Flashes
from feedsvc.model import Status
from feedsvc.site import KST


class Stock:
    """Safe under several threads.  ``now`` is the site's clock (aware); without one it is
    the system's.  Settings are attributes and may change at any time."""

    boxes: bool = True
    draw: Draw | None = None

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
        self._flashes = Flashes()
        self._missing: dict[int, int] = {}
        self._moved: dict[int, str] = {}
        self._changed_at = datetime.fromtimestamp(0, UTC)
        self._pages: dict[tuple[object, ...], Answer] = {}
        self._pictures: dict[str, tuple[bytes, str]] = {}
        for article in articles or ():
            self.publish(article)

    @property
    def articles(self) -> tuple[StandInArticle, ...]:
        """Every article that stands on the site, newest first."""
        with self._lock:
            return tuple(self._articles[-number] for _, number in self._order)

    def article(self, number: int) -> StandInArticle:
        """The article of that id; ``KeyError`` if the site has none."""
        with self._lock:
            return self._articles[number]

    def shown(self, number: int) -> StandInArticle:
        """The article of that id as its page shows it, without what ``draw`` leaves out."""
        return self._drawn(self.article(number))

    def _drawn(self, article: StandInArticle) -> StandInArticle:
        return self.draw.shown(article) if self.draw else article

    def publish(self, article: StandInArticle) -> None:
        """Put an article on the site, or replace the one of that id."""
        with self._lock:
            self._drop(article.id)
            self._missing.pop(article.id, None)
            self._articles[article.id] = article
            place = _place(article)
            insort(self._order, place)
            if article.status.locked:
                insort(self._locked, place)
            self._touched()

    def flash(self, article: StandInArticle, *, alone: bool = False) -> None:
        """Put an article among the news flashes too, with a page of its own there;
        ``alone``: nowhere else, whatever the article of that number is."""
        with self._lock:
            if not alone:
                self.publish(article)
            self._flashes.add(article)
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

    def lock(self, number: int, status: Status) -> StandInArticle:
        """Give an article another access status."""
        return self.edit(number, status=status)

    def delete(self, number: int, status: int = 404) -> None:
        """Take an article off the site; its address answers 404 or 410 from then on."""
        with self._lock:
            self._drop(number)
            self._missing[number] = status
            self._touched()

    def move(self, number: int, to: str) -> None:
        """Send who asks for an article elsewhere; it is listed as before.  ``""`` ends it."""
        with self._lock:
            self._moved[number] = to

    def hang(self, path: str, data: bytes, content_type: str | None = None) -> None:
        """Put these bytes at an address below ``/upload/``, whatever they are, under the
        type that its ending tells or the one that is given."""
        with self._lock:
            self._pictures[path] = (data, content_type or images.content_type(path))

    def _drop(self, number: int) -> None:
        old = self._articles.pop(number, None)
        if old:
            self._order.remove(_place(old))
            if old.status.locked:
                self._locked.remove(_place(old))

    def _touched(self) -> None:
        # Two changes within a second must differ in Last-Modified, which counts seconds.
        now = self.now().astimezone(UTC).replace(microsecond=0)
        self._changed_at = max(now, self._changed_at + timedelta(seconds=1))
        self._pages.clear()

    def _listed(self, code: str | None) -> Iterator[StandInArticle]:
        every = (self._articles[-number] for _, number in self._order)
        return (self._drawn(article) for article in every if article.listed_in(code))

    def _slice(self, code: str | None, number: int, size: int) -> tuple[list[StandInArticle], bool]:
        start = (max(number, 1) - 1) * size
        found = list(islice(self._listed(code), start, start + size + 1))
        return found[:size], len(found) > size

    def _top(self) -> list[StandInArticle]:
        return list(islice(self._listed(None), 10))

    def _box_lists(self) -> chrome.Boxes | None:
        if not self.boxes:
            return None
        return chrome.boxes_of([self._articles[-number] for _, number in self._locked])

    def _titled(self, link: RelatedLink) -> RelatedLink:
        if link.title:
            return link
        known = self._articles.get(link.id)
        return replace(link, title=known.title if known else f"기사 {link.id}")


def _place(article: StandInArticle) -> tuple[float, int]:
    """Where an article stands among the others: newest first, then the highest id."""
    return -article.published_at.timestamp(), -article.id
