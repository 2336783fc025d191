"""One attempt's questions: which known articles are asked for, so that each aspect of a page
is among them, and which answers can be used.

In: records, then page by page what the site answered.  Out: ids in the order in which they
are to be asked for, and at the end the known articles to learn from.  Whoever uses it does
the fetching.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice

from feedsvc import parse
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, Record, Status
from feedsvc.parse import BUILT_IN, drift, generic
from feedsvc.parse.layout import Layout
from feedsvc.relearn.known import EDITED, Known, differences, is_edited, unaligned
from feedsvc.relearn.layout import Draft
from feedsvc.relearn.learning import DOUBTED, LEAST, MORE
from feedsvc.site import Site

MOST = 20
"""Articles asked for in one attempt, at most, those put aside included; twice as many where
some pages are read as before, for then old and new are served by turns."""
AS_BEFORE = 10
"""So many pages that are read as before, and none that is not: the articles' pages did not
change."""
EDITED_OF = 4
"""Edited articles are few where so many times their number is read as before."""


class Asking:
    """``layouts`` are those that are read by now; ``last`` are articles that are asked for
    where there are no others.  ``as_before`` are the articles whose pages did not change."""

    def __init__(
        self,
        records: Iterable[Record],
        site: Site,
        now: datetime,
        layouts: Sequence[Layout] = BUILT_IN,
        last: Iterable[int] = (),
    ) -> None:
        self._records = {one.id: one for one in records if is_suitable(one)}
        self._site = site
        self._now = now
        self._layouts = layouts
        self._last = set(last)
        self._asked: set[int] = set()
        self._new: dict[int, Known] = {}
        self._edited: set[int] = set()
        self._doubted: set[int] = set()
        self._aside: dict[int, str] = {}
        self.as_before: dict[int, Known] = {}

    @property
    def requests(self) -> int:
        """How many articles were asked for."""
        return len(self._asked)

    @property
    def known(self) -> tuple[Known, ...]:
        """The articles to learn from; where the site did not change, those that did not."""
        return tuple((self._changed or self.as_before).values())

    @property
    def aside(self) -> dict[int, str]:
        """Of each article that is not learned from why not."""
        edited = self._new.keys() - self._changed.keys()
        return self._aside | dict.fromkeys(edited, EDITED)

    @property
    def _changed(self) -> dict[int, Known]:
        """Those that tell of a new layout.  A few that are read well and were edited do not,
        beside many that are read as before: of many it is likelier that more is on all pages
        of a kind."""
        few = EDITED_OF * len(self._new) <= len(self.as_before)
        return {} if few and self._new.keys() <= self._edited else self._new

    def next(self) -> int | None:
        """The article to ask for; ``None``: there are enough, or no more can be asked for."""
        turns = bool(self._new) and bool(self.as_before)
        sure = self._new.keys() - self._doubted
        if len(sure) >= LEAST or len(self._asked) >= MOST * (1 + turns):
            return None
        if not self._changed and len(self.as_before) >= AS_BEFORE:
            return None
        every = self._records.values()
        orders = (
            choose(every, kept=sure, asked=without)
            for without in (self._asked | self._last, self._asked)
        )
        return next((order[0] for order in orders if order), None)

    def answer(self, number: int, page: FetchedPage, before: FetchedPage | None = None) -> None:
        """The page of an article; ``before`` is the one that the archive keeps, if it does."""
        self._asked.add(number)
        record = self._records[number]
        known = Known(record, page, before)
        why = unaligned(record, page, self._site, self._now)
        if why is not None:
            self._aside[number] = why
            return
        self._new[number] = known
        with suppress(ParseError):
            article = parse.article(page, self._site, self._now, layouts=self._layouts)
            if not differences(record, article):
                self.as_before[number] = self._new.pop(number)
            elif is_edited(known, article, self._site, self._now):
                self._edited.add(number)

    def failed(self, number: int, why: str) -> None:
        """The article cannot be had."""
        self._asked.add(number)
        self._new.pop(number, None)  # where the program failed at its page
        self._aside[number] = why

    def put_aside(self, draft: Draft) -> bool:
        """Leave out what a draft could not be learned from; whether more can be asked for."""
        for number, why in draft.aside:
            if self._new.pop(number, None) is not None:
                self._aside[number] = why
        self._doubted = set(draft.doubted)
        doubted = sum(why == MORE for why in self._aside.values())
        helps = draft.refused is not None and bool(draft.aside or draft.doubted)
        return helps and doubted <= DOUBTED and self.next() is not None


TWICE = 2
"""Articles on which each aspect is to stand; its absence on one."""
_MOST = 500
"""Records that are looked at, the newest: the rest is of older layouts."""


def is_suitable(record: Record) -> bool:
    """Whether an article can teach where its parts stand: elements of its page gave headline,
    time and text, and the page shows today what the archive has."""
    own = drift.shown(record.sources)
    counted = any(one.counted for one in record.access.markers)
    return (
        all(name in own for name in ("title", "published_at", "body"))
        and record.gone_at is None
        and not record.is_flash
        and not generic.is_provisional(record)
        and record.access.seen_as == "guest"
        and (record.access.status is not Status.UNKNOWN or counted)
        and not any("body" in one.changed and record.access.locked for one in record.revisions)
    )


def unsuited(records: Iterable[Record]) -> str | None:
    """Why these records cannot teach a layout, in one sentence; ``None``: they can."""
    suitable = [one for one in records if is_suitable(one)]
    locked = sum(one.access.locked for one in suitable)
    count, free = len(suitable), len(suitable) - locked
    wanting = {
        f"{count} suitable articles are kept; {LEAST} are needed to learn from": count < LEAST,
        f"{locked or 'none'} of the suitable articles is locked; {TWICE} must be": locked < TWICE,
        f"{free or 'none'} of the suitable articles is open; {TWICE} must be": free < TWICE,
    }
    return next((why for why, is_so in wanting.items() if is_so), None)


def choose(
    records: Iterable[Record], *, kept: Collection[int] = (), asked: Collection[int] = ()
) -> tuple[int, ...]:
    """The ids to be asked for next, in order.

    ``kept`` were asked for and could be laid beside their pages, ``asked`` are all that were
    asked for.  Those come first with whom each aspect stands on two articles and its absence
    on one; then the newest that were not changed since they were found.
    """
    newest = sorted(records, key=lambda one: (one.published_at, one.id), reverse=True)
    suitable = list(islice(filter(is_suitable, newest), _MOST))
    having = {one.id: aspects(one) for one in suitable}
    # On how many articles more each aspect is to stand.
    counts = Counter(one for each in having.values() for one in each)
    needed = Counter(
        {
            name: min(count, TWICE - name.startswith("no "))
            for name, count in counts.items()
            if not name.startswith("no locked with ")
        }
    )
    for number in kept:
        needed.subtract(having.get(number, ()))
    order: list[int] = []
    rest = sorted(suitable, key=lambda one: len(one.revisions))
    left = [one.id for one in rest if one.id not in asked]
    while left:
        best = max(left, key=lambda number: sum(needed[one] > 0 for one in having[number]))
        if not any(needed[one] > 0 for one in having[best]):
            break
        left.remove(best)
        order.append(best)
        needed.subtract(having[best])
    return (*order, *left)


def aspects(record: Record) -> frozenset[str]:
    """What a page of the article shows, and what it does not."""
    body = "".join(record.body)
    own = drift.shown(record.sources)
    shown = {
        "subtitle": bool(record.subtitle),
        "keywords": "keywords" in own,
        "related": "related" in own,
        # Of a name in the dateline it is not told where a byline stands.
        "reporters": not own.get("reporters", "dateline").endswith("dateline"),
        "two reporters": len(record.reporters) > 1,
        "table": "<table" in body,
        "list": "<ul" in body or "<ol" in body,
        "quotation": "<blockquote" in body,
        "heading": "<h" in body,
        "figure": "<figure" in body,
        "video": "youtube" in body or "vimeo" in body,
        "locked": record.access.locked,
    }
    if record.access.locked:
        # Locked articles may have a template of their own.
        shown |= {
            f"locked with {name}": shown[name]
            for name in ("subtitle", "keywords", "related", "reporters")
        }
    return frozenset(
        (
            *(name if there else f"no {name}" for name, there in shown.items()),
            f"status {record.access.status.value}",
            *(f"marker {one.kind.value}" for one in record.access.markers if one.counted),
        )
    )
