"""Selectors that can be told from an element, and what they find on a page.

In: elements of an outline.  Out: candidates, the plainest first.  A selector is an element's
own feature, mostly within a named one: no more is needed where the site names its parts, and
where it does not, nothing is safe.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import islice

from feedsvc.parse.outline import Element, Outline

Key = tuple[str, ...]
"""A feature: ``("class", name)``, ``("id", name)``, ``("begins", beginning of an id)``,
``("attribute", name, value)``, ``("both", tag, class)``, ``("tag", name)``."""

Index = dict[Key, list[Element]]

_NAME = re.compile(r"-?[A-Za-z_][A-Za-z0-9_-]{0,60}")
_VALUE = re.compile(r"[A-Za-z][A-Za-z0-9_:. -]{0,40}")
_NUMBERED = re.compile(r"^([A-Za-z][A-Za-z_-]{3,}?)[0-9].*$")
_SAYING = frozenset({"itemprop", "role", "property", "rel", "name", "slot", "part"})
_CLASSES = 8
_FEATURES = 12
_HIGHEST = 4
NAMED_TAGS = frozenset(
    {"article", "main", "header", "h1", "time", "nav", "aside", "footer", "section", "address"}
)
"""Tags that say what stands in them; of others there are many on a page."""
EDITORS = frozenset(
    {
        *("image", "image_resized", "obj_container", "align_left", "align_center", "align_right"),
        *("table", "media", "quote", "mid-title-input-box", "table-title", "table-txt", "lazy"),
        *("img-table", "stock_table", "image-style-side", "todo-list", "page-break", "text-big"),
    }
)
"""Classes that stand in the texts as they are stored (site page, "What the editor makes")."""
_FORMS = {
    "class": ".{}",
    "id": "#{}",
    "begins": '[id^="{}"]',
    "attribute": '[{}="{}"]',
    "both": "{}.{}",
    "tag": "{}",
}
_PLAINNESS = {"id": 0, "attribute": 1, "class": 1, "begins": 2, "both": 2, "tag": 4}


@dataclass(frozen=True, slots=True)
class Selector:
    """An element with feature ``own``, right within one with ``above`` (anywhere within,
    where ``deep``), the ``nth`` of its tag there."""

    own: Key
    above: Key | None = None
    deep: bool = False
    nth: int = 0

    @property
    def css(self) -> str:
        place = f":nth-of-type({self.nth})" if self.nth else ""
        within = f"{_css(self.above)}{' ' if self.deep else ' > '}" if self.above else ""
        return f"{within}{_css(self.own)}{place}"

    @property
    def is_named(self) -> bool:
        """Whether it says what it means: no place among others, no tag that is everywhere."""
        return not self.nth and is_named(self.own)

    @property
    def plainness(self) -> tuple[int, int, str]:
        """What is less is plainer."""
        rank = _PLAINNESS[self.own[0]] - (self.own[0] == "tag" and self.own[1] in NAMED_TAGS)
        if self.above is not None:
            rank += 3 + self.deep + 2 * bool(self.nth)
        return rank, len(self.css), self.css

    def find(self, index: Index) -> list[Element]:
        """The elements of a page that it fits, in order."""
        found = index.get(self.own, [])
        if self.nth:
            found = [one for one in found if one.nth == self.nth]
        if self.above is None:
            return found
        named = index.get(self.above, ())
        if self.deep:
            return list(_within(found, named))
        parents = {one.number for one in named}
        return [one for one in found if one.parent and one.parent.number in parents]


def _within(found: Sequence[Element], named: Sequence[Element]) -> Iterator[Element]:
    """Those of some elements that stand within one of others; all are given in order."""
    place, last = 0, -1
    for one in found:
        while place < len(named) and named[place].number < one.number:
            last = max(last, named[place].last)
            place += 1
        if one.number <= last:
            yield one


def _css(key: Key) -> str:
    return _FORMS[key[0]].format(*key[1:])


def keys(one: Element) -> Iterator[Key]:
    """The features of an element that may tell it from others, its tag the last."""
    yield from islice(_own(one), _FEATURES)
    if _NAME.fullmatch(one.tag):
        yield "tag", one.tag


def _own(one: Element) -> Iterator[Key]:
    held = one.attributes
    number = held.get("id", "")
    if _NAME.fullmatch(number):
        begun = _NUMBERED.match(number)
        yield ("begins", begun[1]) if begun else ("id", number)
    for name, value in held.items():
        says = (name.startswith("data-") or name in _SAYING) and _NAME.fullmatch(name)
        if says and _VALUE.fullmatch(value):
            yield "attribute", name, value
    for name in dict.fromkeys(held.get("class", "").split()[:_CLASSES]):
        if _NAME.fullmatch(name) and name not in EDITORS:
            yield "class", name
            yield "both", one.tag, name


def is_named(key: Key) -> bool:
    """Whether a feature is more than a tag of which there may be many."""
    return key[0] != "tag" or key[1] in NAMED_TAGS or "-" in key[1]


def indexed(outline: Outline) -> Index:
    """The elements of a page by their features."""
    index: Index = {}
    for one in outline.elements:
        for key in keys(one):
            index.setdefault(key, []).append(one)
    return index


def candidates(one: Element) -> Iterator[Selector]:
    """The selectors that fit an element."""
    own = list(keys(one))
    named = [key for key in own if is_named(key)]
    yield from map(Selector, named)
    # A plain tag alone is no place, but for a heading.
    if own and own[-1] not in named and own[-1][1] in ("h2", "h3"):
        yield Selector(own[-1])
    for height, above in enumerate(islice(one.above(), _HIGHEST)):
        holding = [key for key in keys(above) if is_named(key) and key[0] != "both"]
        for key in holding:
            for mine in own:
                if height == 0 or is_named(mine):
                    yield Selector(mine, key, deep=height > 0)
            if height == 0 and own:
                yield Selector(own[-1], key, nth=one.nth)
        if holding and height > 0:
            break


def outermost(found: list[Element]) -> list[Element]:
    """Those that stand in none of the others; they are given in order."""
    kept: list[Element] = []
    for one in found:
        if not kept or one.number > kept[-1].last:
            kept.append(one)
    return kept


def smallest(
    elements: Iterable[Element],
    outline: Outline,
    fitting: Callable[[Element], Iterable[Selector]] = candidates,
) -> dict[Selector, int]:
    """The selectors that fit these elements, each with the size of the smallest it fits."""
    sizes: dict[Selector, int] = {}
    for one in elements:
        size = outline.size(one)
        for selector in fitting(one):
            sizes[selector] = min(size, sizes.get(selector, size))
    return sizes


def often(
    counted: Mapping[Selector, int], least: float, sizes: Mapping[Selector, int] | None = None
) -> list[Selector]:
    """The selectors that were counted so often at least, the most frequent first; of those
    the ones of the smallest elements, and the plainest."""
    several = [one for one, count in counted.items() if count >= least]
    sizes = sizes or {}
    return sorted(several, key=lambda one: (-counted[one], sizes.get(one, 0), one.plainness))


@dataclass(slots=True)
class TriedSelector:
    """A selector held against pages: those on which it is right and wrong, and what it costs
    to take it, less being better."""

    selector: Selector
    right: set[int]
    cost: float
    wrong: set[int] = field(default_factory=set)


def cover(tried: Sequence[TriedSelector], ids: Set[int], most: int) -> list[TriedSelector]:
    """The fewest that are right on all of these pages together, the cheapest of them, and
    ``most`` at most."""
    best = max(tried, key=lambda one: (len(one.right & ids), -one.cost), default=None)
    if best is None or not best.right & ids or not most:
        return []
    return [best, *cover(tried, ids - best.right, most - 1)]
