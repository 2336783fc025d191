"""One attempt's questions: which article is asked for next, and which answers can be used.

In: records, then page by page what the site answered.  Out: ids, and at the end the known
articles to learn from.  Whoever uses it does the fetching.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from feedsvc import parse
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, ParsedArticle, Record
from feedsvc.parse import BUILT_IN
from feedsvc.parse.layout import Layout
from feedsvc.relearn.choosing import choose, is_suitable
from feedsvc.relearn.draft import Draft
from feedsvc.relearn.edited import EDITED, is_edited
from feedsvc.relearn.known import Known, unaligned
from feedsvc.relearn.learning import DOUBTED, LEAST, MORE
from feedsvc.relearn.proof import differences
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
        for without in (self._asked | self._last, self._asked):
            order = choose(self._records.values(), kept=sure, asked=without)
            if order:
                return order[0]
        return None

    def answer(self, number: int, page: FetchedPage, before: FetchedPage | None = None) -> None:
        """The page of an article; ``before`` is the one that the archive keeps, if it does."""
        self._asked.add(number)
        record = self._records[number]
        known = Known(record, page, before)
        why = unaligned(record, page, self._site, self._now)
        if why is not None:
            self._aside[number] = why
            return
        article = self._read(known)
        if article is not None and not differences(record, article):
            self.as_before[number] = known
            return
        self._new[number] = known
        if article is not None and is_edited(known, article, self._site, self._now):
            self._edited.add(number)

    def failed(self, number: int, why: str) -> None:
        """The article cannot be had."""
        self._asked.add(number)
        self._aside[number] = why

    def put_aside(self, draft: Draft) -> bool:
        """Leave out what a draft could not be learned from; whether more can be asked for."""
        for number, why in draft.aside:
            if self._new.pop(number, None) is not None:
                self._aside[number] = why
        self._doubted = set(draft.doubted)
        doubted = sum(why == MORE for why in self._aside.values())
        return draft.wanting and doubted <= DOUBTED and self.next() is not None

    def _read(self, known: Known) -> ParsedArticle | None:
        try:
            return parse.article(known.page, self._site, self._now, layouts=self._layouts)
        except ParseError:
            return None
