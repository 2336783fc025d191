"""Where the text stands, and what in it is none.

In: pages with what is known of them.  Out: the selectors of the elements that hold all known
blocks with the least beside them; of what stands beside them, the selectors that never touch
known text.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import filterfalse, islice

from feedsvc.parse.outline import Element
from feedsvc.relearn.known import KnownPage
from feedsvc.relearn.layout import Evidence
from feedsvc.relearn.selectors import (
    Key,
    Selector,
    TriedSelector,
    candidates,
    cover,
    is_named,
    keys,
    often,
    outermost,
)

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
class BodyPlace:
    """The selectors of the text (or of what holds it); ``missing`` are the pages with a known
    text on which it is not found."""

    chosen: tuple[Selector, ...]
    missing: tuple[int, ...] = ()

    @property
    def css(self) -> tuple[str, ...]:
        return tuple(one.css for one in self.chosen)

    def evidence(self, name: str, having: int) -> Evidence:
        """Of the part ``name``; so many pages have a known text."""
        lost = len(self.missing)
        why = f"no selector finds the text of {lost} of {having} pages"
        return Evidence(
            name, self.css, having - lost, having, (), why if lost or not self.chosen else ""
        )

    def on(self, page: KnownPage) -> list[Element]:
        """The elements on a page: the first selector's that finds some."""
        every = (outermost(page.find(selector)) for selector in self.chosen)
        return next(filter(None, every), [])


def text_place(pages: Sequence[KnownPage]) -> BodyPlace:
    """Where the text stands."""
    return _place(pages, MOST_PARTS, lambda page: page.anchors)


def main_place(pages: Sequence[KnownPage], text: BodyPlace) -> BodyPlace:
    """The one element a page that holds all of the text's."""
    if all(len(text.on(page)) <= 1 for page in pages):
        return text
    return _place(
        pages,
        1,
        lambda page: [
            number
            for one in text.on(page)
            if one.end > one.start
            for number in (one.start, one.end - 1)
        ],
    )


def _place(
    pages: Sequence[KnownPage], parts: int, wanted: Callable[[KnownPage], list[int]]
) -> BodyPlace:
    having = [page for page in pages if wanted(page)]
    counted = Counter(selector for page in having for selector in _above(page, wanted(page)))
    several = often(counted, min(_LEAST_KNOWN, len(having)))
    judged = (_judged(selector, having, parts, wanted) for selector in several[:_JUDGED])
    ids = {page.record.id for page in having}
    chosen = _chosen([one for one in judged if one is not None], ids)
    missing = ids.difference(*(one.right for one in chosen))
    return BodyPlace(tuple(one.selector for one in chosen), tuple(sorted(missing)))


def _above(page: KnownPage, numbers: Sequence[int]) -> set[Selector]:
    """The selectors of what holds the first of these texts, the text's own block left out."""
    owners = {page.outline.owners[number] for number in (numbers[0], numbers[-1])}
    return {
        selector
        for owner in owners
        for one in islice((owner, *owner.above()), 24)
        if one.tag not in ("p", "span", "b", "strong", "em", "a", "td", "tr", "li")
        for selector in candidates(one)
    }


def _judged(
    selector: Selector,
    pages: Sequence[KnownPage],
    parts: int,
    wanted: Callable[[KnownPage], list[int]],
) -> TriedSelector | None:
    """A selector with the pages on which it finds all of the text; it costs the characters
    that stand beside it on a page.  ``None`` where it finds another part of some page."""
    beside: dict[int, int] = {}
    for page in pages:
        found = outermost(page.find(selector))
        if len(found) > parts:
            return None
        if found:
            if not all(any(one.start <= n < one.end for one in found) for n in wanted(page)):
                return None
            sizes = page.unknown
            beside[page.record.id] = sum(sizes[one.end] - sizes[one.start] for one in found)
    rank, length, _ = selector.plainness
    cost = sum(beside.values()) / max(1, len(beside)) + rank / 100 + length / 10_000
    return TriedSelector(selector, set(beside), cost)


def _chosen(tried: Sequence[TriedSelector], ids: set[int]) -> list[TriedSelector]:
    """The selectors that together find the text of all pages, with the least beside it."""

    def cost(picked: list[TriedSelector]) -> float:
        rest = ids.difference(*(one.right for one in picked))
        average = sum(one.cost for one in picked) / len(picked)
        return average + _ANOTHER * (len(picked) - 1) + 10_000 * len(rest)

    options = ([one, *cover(tried, ids - one.right, _MOST - 1)] for one in tried)
    return min(options, key=cost, default=[])


# -- what stands in it and is no text -----------------------------------------------------------


def excluded(
    pages: Sequence[KnownPage], text: BodyPlace, spared: Callable[[KnownPage], list[Element]]
) -> tuple[str, ...]:
    """The selectors of what stands in the text's elements and is none of it.  ``spared`` are
    elements that must be read, such as the headline and the notices."""

    @cache
    def touches(key: Key) -> bool:
        return any(_touches(page, text, key, spared) for page in pages)

    chosen: list[Key] = []
    for page in pages:
        kept = spared(page)
        for root in _beside(page, text):
            if len(chosen) >= _EXCLUDED or any(root.holds(one) or one.holds(root) for one in kept):
                continue
            mine = list(_features(page, root))
            if not any(key in chosen for key in mine):
                chosen += islice(filterfalse(touches, mine), 1)
    return tuple(Selector(key).css for key in chosen)


def _beside(page: KnownPage, text: BodyPlace) -> Iterator[Element]:
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


def _holds_known(page: KnownPage, one: Element) -> bool:
    return any(page.is_known[one.start : one.end]) or any(
        page.is_media(each) and page.is_known_media(each) for each in page.outline.within(one)
    )


def _features(page: KnownPage, root: Element) -> Iterator[Key]:
    """What tells an element beside the text, the largest's first."""
    for one in islice(page.outline.within(root), 6):
        for key in sorted(keys(one), key=lambda key: Selector(key).plainness):
            if is_named(key) and not (key[0] == "tag" and key[1] in _NOT_TAGS):
                yield key


def _touches(
    page: KnownPage, text: BodyPlace, key: Key, spared: Callable[[KnownPage], list[Element]]
) -> bool:
    """Whether a feature finds something on a page that must be read."""
    found = page.index.get(key)
    if not found:
        return False
    kept, areas = spared(page), text.on(page)
    return any(
        any(one.holds(area) for area in areas)
        or any(one.holds(each) or each.holds(one) for each in kept)
        or (any(area.holds(one) for area in areas) and _holds_known(page, one))
        for one in found
    )
