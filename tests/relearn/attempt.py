"""One attempt at learning a redesigned stand-in, as whoever fetches makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from benchmarks.relearn.newsroom import NOW, SITE, articles, fetched, kept
from feedsvc import parse, relearn
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, ParsedArticle, Record
from feedsvc.parse.layout import Layout
from tests.standin import House, StandIn, StandInArticle

UNSEEN = 20
FEW = 40
"""Articles, where none needs many to choose from."""


@lru_cache(maxsize=8)
def archived(
    seed: int, count: int, house: House
) -> tuple[tuple[Record, ...], tuple[StandInArticle, ...]]:
    """Records of all articles as today's pages have them, the newest last; the newest
    ``UNSEEN`` of them are not yet kept."""
    made = tuple(articles(seed, count))
    site = StandIn(made, now=lambda: NOW)
    site.house = house
    return tuple(kept(site, one.id) for one in made), made


@dataclass
class Attempt:
    """``change`` is done to the site after the redesign, before it is asked."""

    redesign: str | None
    seed: int = 1
    house: House = "today"
    count: int = 100
    without: Sequence[str] = ()
    layouts: Sequence[Layout] = parse.BUILT_IN
    change: Callable[[StandIn, list[Record]], None] | None = None
    site: StandIn = field(init=False)
    records: tuple[Record, ...] = field(init=False)
    unseen: tuple[Record, ...] = field(init=False)
    asking: relearn.Asking = field(init=False)

    def __post_init__(self) -> None:
        records, made = archived(self.seed, self.count, self.house)
        self.records, self.unseen = records[:-UNSEEN], records[-UNSEEN:]
        self.site = StandIn(made, now=lambda: NOW)
        self.site.house, self.site.redesign = self.house, self.redesign
        if self.change is not None:
            self.change(self.site, list(self.records))
        self.asking = relearn.Asking(self.records, SITE, NOW, self.layouts)

    def listing(self) -> FetchedPage:
        """A section page on which most articles are kept."""
        return fetched(self.site, "/categories?page=2")

    def learn(self) -> relearn.Draft:
        by_id = {one.id: one for one in self.records}
        while True:
            while (number := self.asking.next()) is not None:
                page = fetched(self.site, f"/articles/{number}")
                if page.status == 200:
                    self.asking.answer(number, page)
                else:
                    self.asking.failed(number, f"HTTP {page.status}")
            draft = relearn.learn(
                self.asking.known, [self.listing()], by_id, SITE, NOW, number=1,
                without=self.without, layouts=self.layouts,
            )  # fmt: skip
            if not self.asking.put_aside(draft):
                return draft

    def read(self, number: int, layout: relearn.LearnedLayout) -> ParsedArticle | str:
        """An article as it would be published, or why it is held."""
        page = fetched(self.site, f"/articles/{number}")
        try:
            article = parse.article(page, SITE, NOW, layouts=(*self.layouts, layout.layout))
        except ParseError as error:
            return error.message
        if article.layout != layout.name:
            return article
        return relearn.guard(article, page, layout, SITE) or article

    def judged(self, layout: relearn.LearnedLayout) -> dict[str, list[int]]:
        """The unseen articles that are read right, held and read wrong."""
        found: dict[str, list[int]] = {"right": [], "held": [], "wrong": []}
        for record in self.unseen:
            article = self.read(record.id, layout)
            if isinstance(article, str):
                found["held"].append(record.id)
            else:
                name = "wrong" if relearn.differences(record, article) else "right"
                found[name].append(record.id)
        return found
