"""Where the rows of section pages stand now: whether they are read, learning them, proving it.

In: section pages, the records of what they list.  Out: the selectors of the rows and of
their parts, learned from rows whose article the archive knows; a draft with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from feedsvc import parse
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, Record, Row
from feedsvc.parse.dates import read_time
from feedsvc.parse.layout import Layout
from feedsvc.parse.outline import Element, Outline, outline
from feedsvc.parse.reporters import names
from feedsvc.relearn.known import is_time, squashed
from feedsvc.relearn.layout import Draft, Evidence, LearnedLayout
from feedsvc.relearn.learner import FOLDS, Learner
from feedsvc.relearn.selectors import (
    Index,
    Selector,
    candidates,
    indexed,
    often,
    outermost,
    smallest,
)
from feedsvc.site import Site
from feedsvc.text import visible

LEAST = 4
"""Rows whose article is known, from which the others are learned."""
_HIGHEST = 10
_BEGINNING = 20
_JUDGED = 60
_TEXTS = 6
_MOST_EDITED = 5
"""Of so many known rows one may have another headline, edited since."""
_Score = tuple[int, int, int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class RowSelectors:
    """The selectors by part; ``known`` rows of ``listed`` were known, or ``why`` there are
    none."""

    parts: dict[str, tuple[str, ...]]
    known: int = 0
    why: str = ""


_Row = tuple["ListedPage", Element, int]
"""A row, or the link in it, and the id of its article."""


@dataclass(slots=True, eq=False)
class ListedPage:
    """A section page, what it links, and what was found out about its elements."""

    outline: Outline
    index: Index
    site: Site
    now: datetime
    links: list[tuple[Element, int]]
    verdicts: dict[tuple[str, int], bool | None] = field(default_factory=dict)
    fitting: dict[int, tuple[Selector, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, page: FetchedPage, site: Site, now: datetime) -> ListedPage:
        """Raises ``ParseError`` for a page that has no outline."""
        found = outline(page, site)
        links = [
            (one, number)
            for one in found.elements
            if one.tag == "a" and (number := found.links.article_id(one.node)) is not None
        ]
        return cls(found, indexed(found), site, now, links)

    def ids_within(self, element: Element) -> set[int]:
        return {number for link, number in self.links if element.holds(link)}

    def judged(self, part: str, one: Element, record: Record) -> bool | None:
        """Whether an element of a row shows a part as the archive has it; ``None``: it shows
        nothing of the sort."""
        key = (part, one.number)
        if key not in self.verdicts:
            self.verdicts[key] = _PARTS[part](self, one, record)
        return self.verdicts[key]

    def candidates(self, one: Element) -> tuple[Selector, ...]:
        if one.number not in self.fitting:
            self.fitting[one.number] = tuple(candidates(one))
        return self.fitting[one.number]


def learned(pages: Sequence[ListedPage], records: Mapping[int, Record]) -> RowSelectors:
    """The rows of section pages."""
    # One that was retitled since teaches nothing.
    telling = [
        (page, link, number)
        for page in pages
        for link, number in page.links
        if number in records and _says(page.outline, link, records[number])
    ]
    known = {number: records[number] for _, _, number in telling}
    if len(known) < LEAST:
        return RowSelectors(
            {}, len(known), f"the section pages list {len(known)} known articles alone"
        )
    several: dict[tuple[int, ...], Selector] = {}
    for selector in _row_selectors(telling):
        # Of selectors that find the same elements the first is the plainest.
        found = tuple(one.number for page in pages for one in selector.find(page.index))
        several.setdefault(found, selector)
    read = [_read(selector, pages, known) for selector in several.values()]
    best = max((one for one in read if one is not None), key=lambda one: one[0], default=None)
    return best[1] if best else RowSelectors({}, len(known), "no selector finds each row once")


def _row_selectors(telling: Sequence[_Row]) -> list[Selector]:
    """The candidates for a row: of what holds a link to one known article, with its headline,
    and to no other article."""
    counted: dict[Selector, set[int]] = {}
    for page, link, number in telling:
        for one in islice((link, *link.above()), _HIGHEST + 1):
            if page.ids_within(one) != {number}:
                break
            for selector in page.candidates(one):
                counted.setdefault(selector, set()).add(number)
    return often({one: len(ids) for one, ids in counted.items()}, LEAST)[:_JUDGED]


def _says(page: Outline, link: Element, record: Record) -> bool:
    """Whether a link shows the headline, and not one that begins with it."""
    title = squashed(record.title)
    return title in squashed("".join(page.texts[link.start : link.end])) and any(
        squashed(page.joined(one)) == title for one in page.within(link)
    )


def _read(
    selector: Selector, pages: Sequence[ListedPage], known: Mapping[int, Record]
) -> tuple[_Score, RowSelectors] | None:
    """What a selector's rows tell, and how much of it; ``None`` where one is no row."""
    rows: list[_Row] = []
    for page in pages:
        seen: set[int] = set()
        for one in outermost(selector.find(page.index)):
            ids = page.ids_within(one)
            if len(ids) != 1 or ids <= seen:
                return None
            seen |= ids
            rows.append((page, one, min(ids)))
    known_rows = [row for row in rows if row[2] in known]
    if len(known_rows) < LEAST:
        return None
    found = {name: _part(known_rows, known, name) for name in _PARTS}
    parts = {name: (one.css,) for name, one in found.items() if one is not None}
    if "row_title" not in parts:
        return None
    rank, length, _ = selector.plainness
    score = int("row_time" in parts), len(parts), len(rows), (-rank, -length)
    holder = _holder(rows)
    if holder is not None:
        parts["listing"] = (holder.css,)
    return score, RowSelectors({"rows": (selector.css,), **parts}, len(known_rows))


def _is_title(page: ListedPage, one: Element, record: Record) -> bool | None:
    text = squashed(page.outline.joined(one))
    return text == squashed(record.title) if text else None


def _is_time(page: ListedPage, one: Element, record: Record) -> bool | None:
    shown = read_time(page.outline.words(one), page.now, page.site.tz, alone=True)
    wanted = record.published_at
    if shown is None:
        return None
    return is_time(wanted, shown.at) or shown.at.date() == wanted.date()


def _is_summary(page: ListedPage, one: Element, record: Record) -> bool | None:
    text = squashed(page.outline.joined(one)).rstrip(".…")
    if len(text) < _BEGINNING:
        return False if text else None
    said = squashed(" ".join((*map(visible, record.body), record.subtitle)))
    return text[:_BEGINNING] in said or (bool(record.access.locked) and text[:8] in said)


def _is_byline(page: ListedPage, one: Element, record: Record) -> bool | None:
    found = names(page.outline.joined(one))
    return set(found) <= set(record.reporters) if found else None


_PARTS: dict[str, Callable[[ListedPage, Element, Record], bool | None]] = {
    "row_link": lambda page, one, record: (
        one.tag == "a" and page.outline.links.article_id(one.node) == record.id
    ),
    "row_title": _is_title,
    "row_time": _is_time,
    "row_summary": _is_summary,
    "row_byline": _is_byline,
}


def _part(rows: Sequence[_Row], known: Mapping[int, Record], part: str) -> Selector | None:
    """The plainest selector that is right in every known row in which it finds something, and
    is so in most of them; of those, the one of the smallest elements."""
    counted: Counter[Selector] = Counter()
    sizes: Counter[Selector] = Counter()
    for page, row, number in rows:
        showing = (
            one
            for one in page.outline.within(row)
            if one.end - one.start <= _TEXTS and page.judged(part, one, known[number])
        )
        mine = smallest(showing, page.outline, page.candidates)
        counted.update(mine.keys())
        sizes.update(mine)
    # A part that only half of the rows have is one all the same.
    several = often(counted, len(rows) / 2, sizes)[:_JUDGED]
    right = (
        selector
        for selector in several
        if all(_is_right(page, row, selector, known[n], part) for page, row, n in rows)
    )
    return next(right, None)


def _is_right(
    page: ListedPage, row: Element, selector: Selector, record: Record, part: str
) -> bool:
    """Whether what a selector finds first within a row, and says something, is right."""
    mine = (one for one in selector.find(page.index) if row.holds(one))
    verdicts = (page.judged(part, one, record) for one in mine)
    return next((verdict for verdict in verdicts if verdict is not None), True)


def _holder(rows: Sequence[_Row]) -> Selector | None:
    """What holds all rows of each page."""
    found: list[set[Selector]] = []
    for page in dict.fromkeys(page for page, _, _ in rows):
        mine = [one for each, one, _ in rows if each is page]
        around = (above for above in mine[0].above() if all(map(above.holds, mine)))
        found.append({each for above in islice(around, 1) for each in candidates(above)})
    return min(set.intersection(*found), key=lambda one: one.plainness, default=None)


# -- the section pages of a draft ----------------------------------------------------------------


def still_read(
    learner: Learner, listings: Sequence[FetchedPage], records: Mapping[int, Record]
) -> int | None:
    """How many known rows are read right by the layouts of today; ``None`` where the rows
    must be learned."""
    right = 0
    for page in listings:
        found, off = _known(_parsed(learner, page, learner.layouts), records)
        if not found or off * _MOST_EDITED > found:
            return None
        right += found - off
    return right


def with_rows(
    draft: Draft,
    learner: Learner,
    listings: Sequence[FetchedPage],
    records: Mapping[int, Record],
) -> Draft:
    """The draft with the rows of its section pages, or why they were not found."""
    pages: list[ListedPage] = []
    try:
        pages = [ListedPage.of(one, learner.site, learner.now) for one in listings]
        found = learned(pages, records)
    except ParseError as error:
        found = RowSelectors({}, 0, error.message)
    evidence = [
        Evidence(name, selectors, found.known, found.known)
        for name, selectors in found.parts.items()
    ]
    base = draft.layout or LearnedLayout(
        learner.number, {}, from_data=any(page.outline.is_data for page in pages)
    )
    layout = replace(base, parts={**base.parts, **found.parts})
    right, told = 0, ""
    if found.why:
        evidence.append(Evidence("rows", (), 0, found.known, (), found.why))
        told = f"the rows of section pages were not found: {found.why}"
    else:
        right, wrong = _proven(learner, listings, pages, records, layout)
        if wrong:
            told = f"{wrong} of {right + wrong} known rows are not read as the archive has them"
    return replace(
        draft,
        layout=layout,
        fields=(*draft.fields, *evidence),
        listed=right,
        refused=draft.refused or told or None,
    )


def _proven(
    learner: Learner,
    listings: Sequence[FetchedPage],
    pages: Sequence[ListedPage],
    records: Mapping[int, Record],
    layout: LearnedLayout,
) -> tuple[int, int]:
    """Known rows that the parser reads right, and wrong: with the layout, and each fourth of
    them with a layout that was learned from the others."""
    right = wrong = 0
    listed: dict[int, Record] = {}
    for page in listings:
        found = _parsed(learner, page, learner.beside(layout))
        listed.update((row.id, records[row.id]) for row in found if row.id in records)
        known, off = _known(found, records)
        right += known - off
        wrong += max(0, off - known // _MOST_EDITED) if known else 1
    ids = sorted(listed)
    for fold in range(FOLDS):
        left = {number: listed[number] for number in ids[fold::FOLDS]}
        rest = {number: one for number, one in listed.items() if number not in left}
        if len(rest) < LEAST:
            continue
        other = replace(layout, parts={**layout.parts, **learned(pages, rest).parts})
        for page in listings:
            known, off = _known(_parsed(learner, page, learner.beside(other)), left)
            wrong += max(0, off - max(1, known // _MOST_EDITED))
    return right, wrong


def _parsed(learner: Learner, page: FetchedPage, layouts: Sequence[Layout]) -> tuple[Row, ...]:
    try:
        return parse.section(page, learner.site, learner.now, layouts).rows
    except ParseError:
        return ()


def _known(found: Sequence[Row], records: Mapping[int, Record]) -> tuple[int, int]:
    """How many rows are of known articles, and how many of those are not as they should."""
    known = [(row, records[row.id]) for row in found if row.id in records]
    off = sum(
        squashed(row.title) != squashed(record.title)
        or (row.listed_at is not None and row.listed_at.date() != record.published_at.date())
        for row, record in known
    )
    return len(known), off
