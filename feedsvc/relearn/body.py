"""Where the text stands, and what in it is none.

In: pages with what is known of them.  Out: the selectors of the elements that hold all known
blocks with the least beside them; of what stands beside them, the selectors that never touch
known text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from feedsvc.parse.outline import Element
from feedsvc.relearn.known import Page
from feedsvc.relearn.selectors import Key, Selector, candidates, is_named, keys, outermost

MOST_PARTS = 3
"""Elements that hold the text of one page, at most."""
_MOST = 3
_JUDGED = 120
_LEAST_KNOWN = 2
_EXCLUDED = 24
_ANOTHER = 60
"""Characters beside the text, on each page, that make another selector worth its while."""
_NOT_TAGS = frozenset({"section", "article", "main", "header", "h1", "time", "address"})


@dataclass(frozen=True, slots=True)
class Place:
    """The selectors of the text (or of what holds it) and the elements of each page by id;
    ``missing`` are the pages with a known text on which it is not found."""

    chosen: tuple[Selector, ...]
    missing: tuple[int, ...] = ()

    def on(self, page: Page) -> list[Element]:
        """The elements on a page: the first selector's that finds some."""
        for selector in self.chosen:
            found = outermost(page.find(selector))
            if found:
                return found
        return []


@dataclass(slots=True)
class _Tried:
    selector: Selector
    beside: dict[int, int]


def text_place(pages: Sequence[Page]) -> Place:
    """Where the text stands."""
    return _place(pages, MOST_PARTS, lambda page: page.anchors)


def main_place(pages: Sequence[Page], text: Place) -> Place:
    """The one element a page that holds all of the text's."""
    if all(len(text.on(page)) <= 1 for page in pages):
        return text
    return _place(pages, 1, lambda page: [n for one in text.on(page) for n in _span(one)])


def _span(one: Element) -> list[int]:
    return [one.start, one.end - 1] if one.end > one.start else []


def _place(pages: Sequence[Page], parts: int, wanted: Callable[[Page], list[int]]) -> Place:
    having = [page for page in pages if wanted(page)]
    counted: dict[Selector, int] = {}
    for page in having:
        for selector in _above(page, wanted(page)):
            counted[selector] = counted.get(selector, 0) + 1
    least = min(_LEAST_KNOWN, len(having))
    several = [one for one, count in counted.items() if count >= least]
    several.sort(key=lambda one: (-counted[one], one.plainness))
    tried = [
        one
        for selector in several[:_JUDGED]
        if (one := _judged(selector, having, parts, wanted)) is not None
    ]
    ids = {page.record.id for page in having}
    chosen = _chosen(tried, ids)
    missing = ids.difference(*(one.beside for one in chosen)) if chosen else ids
    return Place(tuple(one.selector for one in chosen), tuple(sorted(missing)))


def _above(page: Page, numbers: Sequence[int]) -> set[Selector]:
    """The selectors of what holds the first of these texts, the text's own block left out."""
    found: set[Selector] = set()
    owners = {page.outline.owners[number] for number in (numbers[0], numbers[-1])}
    for owner in owners:
        for one in islice((owner, *owner.above()), 24):
            if one.tag not in ("p", "span", "b", "strong", "em", "a", "td", "tr", "li"):
                found.update(candidates(one))
    return found


def _judged(
    selector: Selector,
    pages: Sequence[Page],
    parts: int,
    wanted: Callable[[Page], list[int]],
) -> _Tried | None:
    """How many characters stand beside the text on each page where the selector finds it all;
    ``None`` where it finds another part of some page."""
    tried = _Tried(selector, {})
    for page in pages:
        found = outermost(page.find(selector))
        if not found:
            continue
        if len(found) > parts:
            return None
        numbers = wanted(page)
        held = sum(1 for n in numbers if any(one.start <= n < one.end for one in found))
        if held < len(numbers):
            return None
        sizes = page.unknown
        tried.beside[page.record.id] = sum(sizes[one.end] - sizes[one.start] for one in found)
    return tried


def _chosen(tried: Sequence[_Tried], ids: set[int]) -> list[_Tried]:
    """The selectors that together find the text of all pages, with the least beside it."""
    best: tuple[float, list[_Tried]] = (float("inf"), [])
    for first in tried:
        picked, rest = [first], ids - first.beside.keys()
        while rest and len(picked) < _MOST:
            more = max(
                tried, key=lambda one: (len(rest & one.beside.keys()), -_cost(one)), default=None
            )
            if more is None or not rest & more.beside.keys():
                break
            picked.append(more)
            rest = rest - more.beside.keys()
        cost = sum(map(_cost, picked)) / len(picked) + _ANOTHER * (len(picked) - 1)
        cost += 10_000 * len(rest)
        if cost < best[0]:
            best = cost, picked
    return best[1]


def _cost(one: _Tried) -> float:
    average = sum(one.beside.values()) / max(1, len(one.beside))
    return average + one.selector.plainness[0] / 100 + one.selector.plainness[1] / 10_000


# -- what stands in it and is no text -----------------------------------------------------------


def excluded(
    pages: Sequence[Page], text: Place, spared: Callable[[Page], list[Element]]
) -> tuple[str, ...]:
    """The selectors of what stands in the text's elements and is none of it.  ``spared`` are
    elements that must be read, such as the headline and the notices."""
    touched: dict[Key, bool] = {}
    chosen: list[Key] = []
    for page in pages:
        kept = spared(page)
        for root in _beside(page, text):
            if any(root.holds(one) or one.holds(root) for one in kept):
                continue
            mine = list(_features(page, root))
            if any(key in chosen for key in mine):
                continue
            for key in mine:
                if key not in touched:
                    touched[key] = any(_touches(each, text, key, spared) for each in pages)
                if not touched[key]:
                    chosen.append(key)
                    break
            if len(chosen) >= _EXCLUDED:
                return tuple(Selector(key).css for key in chosen)
    return tuple(Selector(key).css for key in chosen)


def _beside(page: Page, text: Place) -> Iterator[Element]:
    """The largest elements within the text's that hold nothing known."""
    last = -1
    for area in text.on(page):
        for one in page.outline.within(area)[1:]:
            if one.number <= last:
                continue
            if not _holds_known(page, one):
                last = one.last
                if one.end > one.start or any(map(page.is_media, page.outline.within(one))):
                    yield one


def _holds_known(page: Page, one: Element) -> bool:
    if any(page.is_known[one.start : one.end]):
        return True
    return any(
        page.is_media(each) and page.is_known_media(each) for each in page.outline.within(one)
    )


def _features(page: Page, root: Element) -> Iterator[Key]:
    """What tells an element beside the text, the largest's first."""
    for one in islice(page.outline.within(root), 6):
        for key in sorted(keys(one), key=lambda key: Selector(key).plainness):
            if is_named(key) and not (key[0] == "tag" and key[1] in _NOT_TAGS):
                yield key


def _touches(page: Page, text: Place, key: Key, spared: Callable[[Page], list[Element]]) -> bool:
    found = page.index.get(key, [])
    if not found:
        return False
    kept, areas = spared(page), text.on(page)
    for one in found:
        if any(one.holds(area) for area in areas):
            return True
        if any(one.holds(each) or each.holds(one) for each in kept):
            return True
        if any(area.holds(one) for area in areas) and _holds_known(page, one):
            return True
    return False
