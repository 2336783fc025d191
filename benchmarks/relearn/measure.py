"""One redesign measured: what is learned of it, and how pages that nobody has seen are read.

In: a redesign's name, a seed, how many articles are kept and how many are not.  Out: a
``Result``.  The attempt is made as the program makes it, by the same functions, without a
network between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from benchmarks.relearn.newsroom import NOW, SITE, articles, fetched, kept
from feedsvc import parse, relearn
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, ParsedArticle, Record, Row
from feedsvc.parse.layout import Layout
from tests.standin import House, StandIn, StandInArticle

PROBATION = 60
"""Known articles that agree before a layout is trusted."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What stands on the site, the newest last, and its records as today's pages give them:
    of the last ``unseen`` articles only to judge by."""

    articles: tuple[StandInArticle, ...]
    records: tuple[Record, ...]
    unseen: int

    @property
    def kept(self) -> tuple[Record, ...]:
        return self.records[: -self.unseen]


@lru_cache(maxsize=4)
def archived(seed: int, count: int, unseen: int, house: House) -> Archived:
    made = tuple(articles(seed, count + unseen))
    site = StandIn(made, now=lambda: NOW)
    site.house = house
    return Archived(made, tuple(kept(site, one.id) for one in made), unseen)


@dataclass(slots=True)
class Result:
    """Of one redesign and seed.  ``leaked`` are locked articles that were read as open, among
    the ``wrong``; ``after`` the known article at which probation found a layout wrong."""

    name: str
    used: int
    article_requests: int
    section_requests: int
    seconds: float
    refused: str | None
    aside: int = 0
    right: int = 0
    held: int = 0
    wrong: int = 0
    leaked: int = 0
    status_right: int = 0
    read: int = 0
    rows: int = 0
    rows_missed: int = 0
    rows_foreign: int = 0
    rows_wrong: int = 0
    after: int | None = None
    reasons: dict[str, int] = field(default_factory=dict)


Choice = Callable[[Sequence[Record]], Sequence[Record]]


def measured(
    name: str, redesign: str, past: Archived, house: House, pages: int, choice: Choice | None = None
) -> Result:
    """Learn a redesign from the records that ``choice`` leaves (all), and read the unseen
    articles and so many section pages by it."""
    site = StandIn(past.articles, now=lambda: NOW)
    site.house, site.redesign = house, redesign
    records = choice(past.kept) if choice else past.kept
    by_id = {one.id: one for one in past.kept}
    began = time.process_time()
    asking = relearn.Asking(records, SITE, NOW)
    # The articles that came since the redesign fill the first section pages.
    listings = [fetched(site, f"/categories?page={1 + past.unseen // site.page_size}")]
    spent = 0.0
    while True:
        while (number := asking.next()) is not None:
            spent -= time.process_time()
            page = fetched(site, f"/articles/{number}")
            spent += time.process_time()
            asking.answer(number, page)
        draft = relearn.learn(asking.known, listings, by_id, SITE, NOW, number=1)
        if not asking.put_aside(draft):
            break
    seconds = time.process_time() - began - spent
    refused = relearn.unsuited(records) or draft.refused
    result = Result(
        name, len(draft.used), asking.requests, len(listings), seconds, refused, len(asking.aside)
    )
    if refused or draft.layout is None:
        return result
    layouts = (*parse.BUILT_IN, draft.layout.layout)
    _judge_articles(result, site, past, draft.layout, layouts)
    _judge_rows(result, site, layouts, pages)
    if result.wrong:
        result.after = _found_after(site, records, asking, draft.layout, layouts)
    return result


def _judge_articles(
    result: Result,
    site: StandIn,
    past: Archived,
    layout: relearn.LearnedLayout,
    layouts: Sequence[Layout],
) -> None:
    read: list[ParsedArticle] = []
    for record in past.records[-past.unseen :]:
        page = fetched(site, f"/articles/{record.id}")
        article, why = _read(page, layout, layouts)
        if article is None:
            result.held += 1
            result.reasons[why] = result.reasons.get(why, 0) + 1
        else:
            read.append(article)
    shared = relearn.shared([one for one in read if one.layout == layout.name], past.kept)
    for article in read:
        if article.id in shared:
            result.held += 1
            why = shared[article.id]
            result.reasons[why] = result.reasons.get(why, 0) + 1
            continue
        record = next(one for one in past.records if one.id == article.id)
        differing = relearn.differences(record, article)
        result.read += 1
        result.right += not differing
        result.wrong += bool(differing)
        result.leaked += record.access.locked and not article.access.locked
        result.status_right += article.access.status is record.access.status


def _read(
    page: FetchedPage, layout: relearn.LearnedLayout, layouts: Sequence[Layout]
) -> tuple[ParsedArticle | None, str]:
    try:
        article = parse.article(page, SITE, NOW, layouts=layouts)
    except ParseError as error:
        return None, error.message
    why = None
    if article.layout == layout.name:
        why = relearn.guard(article, page, layout, SITE)
    return (None, why) if why else (article, "")


def _judge_rows(result: Result, site: StandIn, layouts: Sequence[Layout], pages: int) -> None:
    for number in range(1, pages + 1):
        first = (number - 1) * site.page_size
        wanted = {one.id: one for one in site.articles[first : first + site.page_size]}
        try:
            path = f"/categories?page={number}"
            rows = parse.section(fetched(site, path), SITE, NOW, layouts).rows
        except ParseError:
            rows = ()
        result.rows += len(wanted)
        result.rows_missed += len(wanted.keys() - {row.id for row in rows})
        for row in rows:
            if row.id not in wanted:
                result.rows_foreign += 1
            elif not _is_right(row, wanted[row.id]):
                result.rows_wrong += 1


def _is_right(row: Row, article: StandInArticle) -> bool:
    if row.title != article.title:
        return False
    # A row may show its time without the seconds.
    minute = article.published_at.replace(second=0)
    return row.listed_at in (article.published_at, minute)


def _found_after(
    site: StandIn,
    records: Sequence[Record],
    asking: relearn.Asking,
    layout: relearn.LearnedLayout,
    layouts: Sequence[Layout],
) -> int | None:
    """How many known articles are read again until one differs; ``None``: none of sixty."""
    learned = {one.record.id for one in asking.known} | asking.aside.keys()
    order = [one for one in relearn.choose(records) if one not in learned]
    by_id = {one.id: one for one in records}
    for count, number in enumerate(order[:PROBATION], 1):
        article, _ = _read(fetched(site, f"/articles/{number}"), layout, layouts)
        if article is not None and relearn.differences(by_id[number], article):
            return count
    return None
