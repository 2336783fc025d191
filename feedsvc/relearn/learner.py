"""One layout out of some pages, and what the program's own parser reads by it.

In: pages with what is known of them.  Out: a layout with the evidence of each part.  Whether
it is good enough is ``learning``'s to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feedsvc import parse
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, ParsedArticle, Record
from feedsvc.parse import Given
from feedsvc.parse.layout import Layout
from feedsvc.parse.outline import Element
from feedsvc.relearn import body, guarding, locks
from feedsvc.relearn.fields import FIELDS, settle
from feedsvc.relearn.known import Page, differences
from feedsvc.relearn.layout import Evidence, Guards, LearnedLayout
from feedsvc.site import Site

FOLDS = 4


@dataclass(frozen=True, slots=True)
class Attempt:
    """One layout, and how it came to be."""

    layout: LearnedLayout
    fields: tuple[Evidence, ...]
    doubted: tuple[int, ...]

    @property
    def lacking(self) -> list[Evidence]:
        return [one for one in self.fields if one.why]


@dataclass(slots=True)
class Learner:
    site: Site
    now: datetime
    number: int
    without: Collection[str]
    layouts: Sequence[Layout]
    given: Given

    # -- a layout of these pages --------------------------------------------------------------

    def attempt(self, pages: Sequence[Page], least: int = 2) -> Attempt:
        """The layout that fits these pages best; a part is not learned from fewer than
        ``least``."""
        settled = {
            one.name: settle(one, pages, least) for one in FIELDS if one.name not in self.without
        }
        evidence = [one.evidence for one in settled.values()]
        text = body.text_place(pages)
        main = body.main_place(pages, text)

        def standing(page: Page, names: Iterable[str] = settled.keys()) -> list[Element]:
            return [
                one
                for name in names
                if name in settled
                for selector in settled[name].chosen
                for one in page.find(selector)
            ]

        told = locks.learned(pages, standing)
        marking = tuple(dict.fromkeys(lock.selector for lock in told.locks))

        def spared(page: Page) -> list[Element]:
            found = [one for css in marking for one in page.outline.find(css)]
            return found + standing(page, ("title", "published_at"))

        parts = {one.field: one.selectors for one in evidence}
        parts |= {"body": text.css, "main": main.css, "markers": told.markers}
        parts |= {"excluded": body.excluded(pages, text, spared), "signs": self._signs(parts)}
        layout = LearnedLayout(
            self.number,
            {name: one for name, one in parts.items() if one},
            told.locks,
            any(page.outline.is_data for page in pages),
        )
        layout = replace(layout, guards=_guards(layout, pages, evidence, told))
        doubted = next((one.doubted for one in settled.values() if one.doubted), ())
        having = sum(bool(page.anchors) for page in pages)
        marked = sum(bool(locks.kinds(page)) for page in pages)
        untold = len({number for _, numbers in told.missing for number in numbers})
        evidence += [
            text.evidence("body", having),
            main.evidence("main", having),
            # What no element tells may be told by words that are known: the proof says.
            Evidence("locks", marking, marked - untold, marked),
        ]
        return Attempt(layout, tuple(evidence), doubted)

    def _signs(self, parts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """What tells the layout's pages from those that older layouts read."""
        known = {
            selector
            for one in self.layouts
            for name in parse.FIELDS
            for selector in getattr(one, name)
        }
        every = (parts.get(name, ()) for name in ("body", "main", "title", "published_at"))
        return next((one for one in every if one and known.isdisjoint(one)), ())

    # -- what it reads --------------------------------------------------------------------------

    def read(self, page: FetchedPage, layout: LearnedLayout | None) -> ParsedArticle | None:
        """What the program's own parser reads with all layouts; ``None``: nothing."""
        try:
            return parse.article(page, self.site, self.now, layouts=self.beside(layout))
        except ParseError:
            return None

    def beside(self, layout: LearnedLayout | None) -> tuple[Layout, ...]:
        """All layouts as pages will be read by them: the operator's selectors stand before
        those that are learned, too."""
        learned = parse.layouts(self.given, [layout.layout]) if layout else ()
        return (*self.layouts, *learned)

    def differing(self, record: Record, article: ParsedArticle) -> list[str]:
        found = differences(record, article)
        return [name for name in found if name not in self.without or getattr(article, name)]

    def disturbs(self, pages: Sequence[Page], layout: LearnedLayout) -> bool:
        """Whether it reads what older layouts read; what they read no more, such as the pages
        of one that is lost, it may."""
        before = (page.known.before for page in pages)
        read = ((one, self.read(one, None)) for one in before if one is not None)
        return any(was is not None and self.read(one, layout) != was for one, was in read)

    def folds(self, pages: Sequence[Page]) -> tuple[int, int]:
        """Of pages that were left out while the others were learned from: how many are read
        exactly, and how many wrong.  The others would be held."""
        ordered = sorted(pages, key=_aspects)
        exact = wrong = 0
        for fold in range(FOLDS):
            rest = [page for place, page in enumerate(ordered) if place % FOLDS != fold]
            attempt = self.attempt(rest, least=1)
            if attempt.lacking:
                continue
            layout = attempt.layout
            for page in ordered[fold::FOLDS]:
                article = self.read(page.known.page, layout)
                if article is None:
                    continue
                if not self.differing(page.record, article):
                    exact += 1
                elif (
                    article.layout != layout.name
                    or guarding.guard(article, page.known.page, layout, self.site) is None
                ):
                    wrong += 1
        return exact, wrong


def _guards(
    layout: LearnedLayout, pages: Sequence[Page], evidence: Sequence[Evidence], told: locks.Locks
) -> Guards:
    counts = [guarding.counts(page.outline, layout) for page in pages]
    return Guards(
        frozenset(kind for page in pages for kind in guarding.kinds(page.outline, layout)),
        {name: max(one[name] for one in counts) for name in guarding.COUNTED},
        dict(told.words),
        {one.field: one.standbys for one in evidence if one.standbys},
    )


def _aspects(page: Page) -> tuple[object, ...]:
    """Pages that are alike stand together, so that each fold has some of each kind."""
    record = page.record
    return (
        record.access.status.value,
        bool(record.subtitle),
        len(record.body) > 3,
        bool(record.related),
        bool(record.keywords),
        record.id,
    )
