"""One layout out of some pages, what the program's own parser reads by it, and why a page that
it read is held all the same.

In: pages with what is known of them; later an article as it was read, and its page.  Out: a
layout with the evidence of each part (whether it is good enough is ``learning``'s to say); a
reason in a few words, or none.  A layout knows what it was learned from; a page that shows
something else may need a rule that nobody has learned yet.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feedsvc import parse
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, ParsedArticle, Record
from feedsvc.parse.layout import Layout, lock_words
from feedsvc.parse.outline import Element, Outline, outline
from feedsvc.relearn import body, locks
from feedsvc.relearn.fields import FIELDS, settle
from feedsvc.relearn.known import KnownPage, differences
from feedsvc.relearn.layout import Draft, Evidence, Guards, LearnedLayout
from feedsvc.relearn.selectors import EDITORS, NAMED_TAGS
from feedsvc.site import Site
from feedsvc.text import visible

FOLDS = 4


@dataclass(slots=True)
class Learner:
    site: Site
    now: datetime
    number: int
    without: Collection[str]
    layouts: Sequence[Layout]
    given: parse.Given

    # -- a layout of these pages --------------------------------------------------------------

    def attempt(self, pages: Sequence[KnownPage], least: int = 2) -> Draft:
        """The layout that fits these pages best; a part is not learned from fewer than
        ``least``."""
        settled = {
            one.name: settle(one, pages, least) for one in FIELDS if one.name not in self.without
        }
        evidence = [one.evidence for one in settled.values()]
        text = body.text_place(pages)
        main = body.main_place(pages, text)

        def standing(page: KnownPage, names: Iterable[str] = settled.keys()) -> list[Element]:
            return [
                one
                for name in names
                if name in settled
                for selector in settled[name].chosen
                for one in page.find(selector)
            ]

        told = locks.learned(pages, standing)
        marking = tuple(dict.fromkeys(lock.selector for lock in told.locks))

        def spared(page: KnownPage) -> list[Element]:
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
        return Draft(layout, None, tuple(evidence), doubted=doubted)

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

    def disturbs(self, pages: Sequence[KnownPage], layout: LearnedLayout | None) -> bool:
        """Whether it reads what older layouts read; what they read no more, such as the pages
        of one that is lost, it may."""
        before = (page.known.before for page in pages)
        read = ((one, self.read(one, None)) for one in before if one is not None)
        return any(was is not None and self.read(one, layout) != was for one, was in read)

    def folds(self, pages: Sequence[KnownPage]) -> tuple[int, int]:
        """Of pages that were left out while the others were learned from: how many are read
        exactly, and how many wrong.  The others would be held."""
        ordered = sorted(pages, key=_aspects)
        exact = wrong = 0
        for fold in range(FOLDS):
            rest = [page for place, page in enumerate(ordered) if place % FOLDS != fold]
            attempt = self.attempt(rest, least=1)
            layout = attempt.layout
            if layout is None or attempt.lacking:
                continue
            for page in ordered[fold::FOLDS]:
                article = self.read(page.known.page, layout)
                if article is None:
                    continue
                if not self.differing(page.record, article):
                    exact += 1
                elif (
                    article.layout != layout.name
                    or guard(article, page.known.page, layout, self.site) is None
                ):
                    wrong += 1
        return exact, wrong


def _guards(
    layout: LearnedLayout,
    pages: Sequence[KnownPage],
    evidence: Sequence[Evidence],
    told: locks.Locks,
) -> Guards:
    stood = [counts(page.outline, layout) for page in pages]
    return Guards(
        frozenset(kind for page in pages for kind in kinds(page.outline, layout)),
        {name: max(one[name] for one in stood) for name in COUNTED},
        dict(told.words),
        {one.field: one.standbys for one in evidence if one.standbys},
    )


def _aspects(page: KnownPage) -> tuple[object, ...]:
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


# -- why a page that a layout read is held -----------------------------------------------------

COUNTED = ("title", "main", "body", "subtitle", "published_at")
"""Parts of which a page shows no more than the pages that were learned from."""
_DIGITS = re.compile(r"[0-9]+")
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}")
_USUAL = frozenset(
    """
    a abbr b bdi big br caption cite code col colgroup dd del dfn div dl dt em figcaption figure
    font h3 h4 h5 i iframe img ins li mark oembed ol p picture pre q s small source span strike
    strong sub sup table tbody td tfoot th thead tr u ul video blockquote wbr hr data label
    """.split()
)
"""Elements of which any text may have some."""
_SAYING = frozenset({"itemprop", "slot", "part"})
_SHARED = 10
"""Characters of a text from which several pages do not have it by chance."""


def guard(
    article: ParsedArticle, page: FetchedPage, layout: LearnedLayout, site: Site
) -> str | None:
    """Why an article must be held that this layout read; ``None``: it need not."""
    try:
        seen = outline(page, site)
    except ParseError as error:
        return error.message
    guards = layout.guards
    for name, found in counts(seen, layout).items():
        most = guards.counts.get(name, 0)
        if found > most:
            return f"{found} elements of {name}, never more than {most} before"
    for css, known in guards.words.items():
        for one in seen.find(css):
            words = lock_words(seen.words(one))
            if words not in known:
                return f"a lock that was never seen ({css}: {words[:40]})"
    kind = next((one for one in kinds(seen, layout) if one not in guards.kinds), None)
    if kind is not None:
        return f"unknown block {kind}"
    # The first field that a standby reads in another way than the layout's own selector.
    now = article.published_at
    for field in FIELDS:
        value = field.read(seen, _part(seen, layout, field.name), site, now, article.id)
        for css in guards.standbys.get(field.name, ()):
            if field.read(seen, seen.find(css), site, now, article.id) != value:
                return f"{css} shows another {field.name}"
    return None


def _part(seen: Outline, layout: LearnedLayout, name: str) -> list[Element]:
    """What the first selector of a part finds that finds anything."""
    return next(filter(None, map(seen.find, layout.parts.get(name, ()))), [])


def counts(seen: Outline, layout: LearnedLayout) -> dict[str, int]:
    """How often each part stands on a page."""
    return {name: len(_part(seen, layout, name)) for name in COUNTED}


def kinds(seen: Outline, layout: LearnedLayout) -> Iterator[str]:
    """The kinds of element in a page's article block, those within excluded ones left out:
    ``div.promo``, ``div[data-part=promo]``, ``aside``, and ``beside div.promo`` where it does
    not stand in the text.  Numbers in names are not told apart, and what an editor makes is
    no kind of its own: beside the text it is one, for it may be a part that was missed."""
    mains, titles = _part(seen, layout, "main"), _part(seen, layout, "title")
    above = mains[0].above() if mains and titles else ()
    block = next((one for one in above if one.holds(titles[0]) and one.holds(mains[-1])), None)
    excluded = layout.parts.get("excluded", ())
    skipped = {one.number for css in excluded for one in seen.find(css)}
    areas = _part(seen, layout, "body")
    until = -1
    for one in seen.within(block)[1:] if block else ():
        if one.number <= until:
            continue
        if one.number in skipped:
            until = one.last
        if any(area.holds(one) or one.holds(area) for area in areas):
            yield from _kinds(one)
        else:
            yield from (f"beside {kind}" for kind in _kinds(one) or [one.tag])


def _kinds(one: Element) -> list[str]:
    classes = one.attributes.get("class", "").split()
    found = [f"{one.tag}.{_DIGITS.sub('0', name)}" for name in classes if name not in EDITORS]
    found += [
        f"{one.tag}[{name}={value}]"
        for name, value in one.attributes.items()
        if (name.startswith("data-") or name in _SAYING) and _WORD.fullmatch(value)
    ]
    return found or ([one.tag] if one.tag in NAMED_TAGS or one.tag not in _USUAL else [])


def texts(article: ParsedArticle | Record) -> frozenset[str]:
    """The texts of a body's blocks, by which pages that share one are found."""
    found = (visible(block) for block in article.body)
    return frozenset(text for text in found if len(text) >= _SHARED)


def shared(articles: Iterable[ParsedArticle | Record], records: Iterable[Record]) -> dict[int, str]:
    """Of articles that a new layout read, those that must be held since another of them has
    the same text and no record does: why, by id."""
    having: dict[str, set[int]] = {}
    for article in articles:
        for text in texts(article):
            having.setdefault(text, set()).add(article.id)
    several = {text: ids for text, ids in having.items() if len(ids) > 1}
    for record in records if several else ():
        for text in texts(record):
            several.pop(text, None)
    told = "new pages share a text that the archive does not have"
    return {
        number: f"{len(ids)} {told}: {text[:40]}" for text, ids in several.items() for number in ids
    }
