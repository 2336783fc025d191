"""Where the rows of section pages stand now.

In: section pages, the records of what they list.  Out: the selectors of the rows and of
their parts, learned from rows whose article the archive knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feedsvc.model import FetchedPage, Record
from feedsvc.parse.dates import read_time
from feedsvc.parse.outline import Element, Outline, outline
from feedsvc.parse.reporters import names
from feedsvc.relearn.fields import agrees
from feedsvc.relearn.known import squashed
from feedsvc.relearn.selectors import Index, Selector, candidates, indexed, outermost
from feedsvc.site import Site
from feedsvc.text import visible

LEAST = 4
"""Rows whose article is known, from which the others are learned."""
_HIGHEST = 10
_BEGINNING = 20
_JUDGED = 60
_TEXTS = 6


@dataclass(frozen=True, slots=True)
class Rows:
    """The selectors by part; ``known`` rows of ``listed`` were known, or ``why`` there are
    none."""

    parts: dict[str, tuple[str, ...]]
    known: int = 0
    why: str = ""


@dataclass(slots=True, eq=False)
class Listed:
    """A section page, what it links, and what was found out about its elements."""

    outline: Outline
    index: Index
    site: Site
    now: datetime
    links: list[tuple[Element, int]] = field(default_factory=list)
    verdicts: dict[tuple[str, int], bool | None] = field(default_factory=dict)
    fitting: dict[int, tuple[Selector, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, page: FetchedPage, site: Site, now: datetime) -> Listed:
        """Raises ``ParseError`` for a page that has no outline."""
        found = outline(page, site)
        one = cls(found, indexed(found), site, now)
        for each in found.elements:
            if each.tag == "a":
                number = found.links.article_id(each.node)
                if number is not None:
                    one.links.append((each, number))
        return one

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


def learned(pages: Sequence[Listed], records: Mapping[int, Record]) -> Rows:
    """The rows of section pages."""
    known: dict[int, Record] = {}
    for page in pages:
        for link, number in page.links:
            record = records.get(number) if number not in known else None
            # One that was retitled since teaches nothing.
            if record is not None and _says(page.outline, link, record):
                known[number] = record
    if len(known) < LEAST:
        return Rows({}, len(known), f"the section pages list {len(known)} known articles alone")
    best: tuple[_Score, Rows] | None = None
    seen: set[tuple[int, ...]] = set()
    for selector in _row_selectors(pages, known):
        # Of selectors that find the same elements the first is the plainest.
        found = tuple(one.number for page in pages for one in selector.find(page.index))
        read = None if found in seen else _read(selector, pages, known)
        seen.add(found)
        if read is None:
            continue
        score, rows = read
        if best is None or score > best[0]:
            best = score, rows
    return best[1] if best else Rows({}, len(known), "no selector finds each row once")


def _row_selectors(pages: Sequence[Listed], known: Mapping[int, Record]) -> list[Selector]:
    """The candidates for a row: of what holds a link to one known article, with its headline,
    and to no other article."""
    counted: dict[Selector, set[int]] = {}
    for page in pages:
        for link, number in page.links:
            if number not in known or not _says(page.outline, link, known[number]):
                continue
            for one in _climb(page, link, number):
                for selector in page.candidates(one):
                    counted.setdefault(selector, set()).add(number)
    several = [one for one, numbers in counted.items() if len(numbers) >= LEAST]
    several.sort(key=lambda one: (-len(counted[one]), one.plainness))
    return several[:_JUDGED]


def _says(page: Outline, link: Element, record: Record) -> bool:
    """Whether a link shows the headline, and not one that begins with it."""
    title = squashed(record.title)
    if title not in squashed("".join(page.texts[link.start : link.end])):
        return False
    return any(squashed(page.joined(one)) == title for one in page.within(link))


def _climb(page: Listed, link: Element, number: int) -> list[Element]:
    found = []
    for place, one in enumerate((link, *link.above())):
        if place > _HIGHEST or page.ids_within(one) != {number}:
            break
        found.append(one)
    return found


_Score = tuple[int, int, int, tuple[int, int]]


def _read(
    selector: Selector, pages: Sequence[Listed], known: Mapping[int, Record]
) -> tuple[_Score, Rows] | None:
    """What a selector's rows tell, and how much of it; ``None`` where one is no row."""
    rows: list[tuple[Listed, Element, int]] = []
    for page in pages:
        mine: list[int] = []
        for one in outermost(selector.find(page.index)):
            numbers = page.ids_within(one)
            if len(numbers) != 1:
                return None
            mine.append(next(iter(numbers)))
            rows.append((page, one, mine[-1]))
        if len(mine) != len(set(mine)):
            return None
    mine_known = [row for row in rows if row[2] in known]
    if len(mine_known) < LEAST:
        return None
    parts: dict[str, tuple[str, ...]] = {"rows": (selector.css,)}
    found = 0
    for name in _PARTS:
        chosen = _part(mine_known, known, name)
        if chosen is not None:
            parts[name] = (chosen.css,)
            found += 1
    if "row_title" not in parts:
        return None
    holder = _holder(rows)
    if holder is not None:
        parts["listing"] = (holder.css,)
    rank, length, _ = selector.plainness
    timed = int("row_time" in parts)
    return (timed, found, len(rows), (-rank, -length)), Rows(parts, len(mine_known))


_Judge = Callable[[Listed, Element, Record], bool | None]


def _is_title(page: Listed, one: Element, record: Record) -> bool | None:
    text = squashed(page.outline.joined(one))
    return text == squashed(record.title) if text else None


def _is_link(page: Listed, one: Element, record: Record) -> bool | None:
    return page.outline.links.article_id(one.node) == record.id if one.tag == "a" else False


def _is_time(page: Listed, one: Element, record: Record) -> bool | None:
    shown = read_time(page.outline.words(one), page.now, page.site.tz, alone=True)
    if shown is None:
        return None
    wanted = record.published_at
    return shown.at == wanted or agrees(shown.at, wanted) or shown.at.date() == wanted.date()


def _is_summary(page: Listed, one: Element, record: Record) -> bool | None:
    text = squashed(page.outline.joined(one)).rstrip(".…")
    if len(text) < _BEGINNING:
        return None if not text else False
    whole = squashed(" ".join(visible(block) for block in record.body))
    said = whole + squashed(record.subtitle)
    return text[:_BEGINNING] in said or (bool(record.access.locked) and text[:8] in said)


def _is_byline(page: Listed, one: Element, record: Record) -> bool | None:
    found = names(page.outline.joined(one))
    if not found:
        return None
    return set(found) <= set(record.reporters)


_PARTS: dict[str, _Judge] = {
    "row_link": _is_link,
    "row_title": _is_title,
    "row_time": _is_time,
    "row_summary": _is_summary,
    "row_byline": _is_byline,
}


def _part(
    rows: Sequence[tuple[Listed, Element, int]], known: Mapping[int, Record], part: str
) -> Selector | None:
    """The plainest selector that is right in every known row in which it finds something, and
    is so in most of them; of those, the one of the smallest elements."""
    counted: dict[Selector, int] = {}
    sizes: dict[Selector, int] = {}
    for page, row, number in rows:
        mine: dict[Selector, int] = {}
        for one in page.outline.within(row):
            if one.end - one.start <= _TEXTS and page.judged(part, one, known[number]):
                size = page.outline.size(one)
                for selector in page.candidates(one):
                    mine[selector] = min(size, mine.get(selector, size))
        for selector, size in mine.items():
            counted[selector] = counted.get(selector, 0) + 1
            sizes[selector] = sizes.get(selector, 0) + size
    # A part that only half of the rows have is one all the same.
    several = [one for one, count in counted.items() if 2 * count >= len(rows)]
    several.sort(key=lambda one: (-counted[one], sizes[one], one.plainness))
    for selector in several[:_JUDGED]:
        if all(_is_right(page, row, selector, known[n], part) for page, row, n in rows):
            return selector
    return None


def _is_right(page: Listed, row: Element, selector: Selector, record: Record, part: str) -> bool:
    """Whether what a selector finds first within a row, and says something, is right."""
    for one in selector.find(page.index):
        if row.holds(one):
            verdict = page.judged(part, one, record)
            if verdict is not None:
                return verdict
    return True


def _holder(rows: Sequence[tuple[Listed, Element, int]]) -> Selector | None:
    """What holds all rows of each page."""
    several: set[Selector] | None = None
    for page in {id(page): page for page, _, _ in rows}.values():
        mine = [one for each, one, _ in rows if each is page]
        found: set[Selector] = set()
        for above in mine[0].above():
            if all(above.holds(one) for one in mine):
                found.update(candidates(above))
                break
        several = found if several is None else several & found
    return min(several, key=lambda one: one.plainness) if several else None
