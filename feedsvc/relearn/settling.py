"""The selectors of a field: those that are right on every known page.

In: pages, a field.  Out: the plainest ones that together give each page its value, those
that stand by as guards, or why there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from feedsvc.relearn.fields import Field, Verdict
from feedsvc.relearn.known import Page
from feedsvc.relearn.selectors import Key, Selector, candidates

MOST = 3
"""Selectors of a field at most: so many templates a site has at a time."""
_HOLDING = 8
_JUDGED = 160
_RANK = 10
_LARGE = 6
_SEVERAL = 40
"""So many characters beside it an element is worth that stands on each page alone."""
GUARDS = 2


@dataclass(frozen=True, slots=True)
class Settled:
    """``chosen`` are right on ``right`` of ``of`` pages that have the field, and on no page
    wrong; ``why`` tells where that is not all of them.  ``doubted`` are the pages without
    which a selector would be right."""

    name: str
    chosen: tuple[Selector, ...]
    guards: tuple[Selector, ...]
    right: int
    of: int
    why: str = ""
    doubted: tuple[int, ...] = ()


@dataclass(slots=True)
class _Tried:
    """``beside`` are the characters that its elements hold more than the smallest ones."""

    selector: Selector
    right: set[int]
    wrong: set[int]
    beside: float = 0.0

    @property
    def cost(self) -> tuple[float, str]:
        """What is less is plainer: a small element before a large one."""
        rank, length, css = self.selector.plainness
        return rank + min(_LARGE, self.beside / _RANK) + length / 1000, css


def settle(field: Field, pages: Sequence[Page], least: int = 2) -> Settled:
    """What finds a field; on fewer than ``least`` pages nothing is learned."""
    having = [page for page in pages if field.wanted(page) and field.is_own(page)]
    ids = {page.record.id for page in having}
    if not having:
        return Settled(field.name, (), (), 0, 0)
    tried = _tried(field, having, pages)
    good = [one for one in tried if not one.wrong]
    chosen = _cover([one for one in good if one.selector.is_named], ids)
    if not chosen or not set().union(*(one.right for one in chosen)) >= ids:
        chosen = _cover(good, ids)
    right = set().union(*(one.right for one in chosen)) & ids if chosen else set()
    if right != ids or len(having) < least:
        if len(having) < least:
            why = f"it stands on {len(having)} of the pages alone"
        elif not right and 2 * sum(bool(page.holding.get(field.name)) for page in having) < len(
            having
        ):
            why = "the pages show it no more"
        else:
            why = f"no selector is right on more than {len(right)} of {len(having)} pages"
        return Settled(
            field.name, tuple(one.selector for one in chosen), (), len(right), len(having), why,
            _doubted(tried, ids),
        )  # fmt: skip
    names = {one.selector.own for one in chosen}
    # A plain tag within something is no witness: what stands there changes with the page.
    spare = [
        one
        for one in good
        if one.right >= ids and one.selector.is_named and one.selector.own not in names
    ]
    guards: list[Selector] = []
    for one in sorted(spare, key=lambda one: one.cost):
        if len(guards) < GUARDS and _is_other(one.selector, (*names, *(g.own for g in guards))):
            guards.append(one.selector)
    if len(chosen) > 1:
        guards = []
    return Settled(
        field.name, tuple(one.selector for one in chosen), tuple(guards), len(ids), len(ids)
    )


def _is_other(selector: Selector, taken: Sequence[Key]) -> bool:
    """Whether it goes by something else: ``div.a`` beside ``.a`` is no witness of its own."""
    return all(selector.own != key and set(key[1:]).isdisjoint(selector.own[1:]) for key in taken)


def _tried(field: Field, having: Sequence[Page], pages: Sequence[Page]) -> list[_Tried]:
    """The candidates, each held against every page."""
    counted: dict[Selector, int] = {}
    beside: dict[Selector, int] = {}
    for page in having:
        holding = page.holding.get(field.name)
        if holding is None:
            first = islice(field.holding(page, field.wanted(page)), _HOLDING)
            holding = page.holding[field.name] = list(first)
        sizes = [page.outline.size(one) for one in holding]
        mine: dict[Selector, int] = {}
        for one, size in zip(holding, sizes, strict=True):
            for selector in candidates(one):
                mine[selector] = min(size, mine.get(selector, size))
        for selector, size in mine.items():
            counted[selector] = counted.get(selector, 0) + 1
            beside[selector] = beside.get(selector, 0) + size - min(sizes)
    # What stands on one page alone is that page's, where others have the field too.
    least = min(2, len(having))
    several = [one for one, count in counted.items() if count >= least]
    several.sort(key=lambda one: (-counted[one], one.plainness))
    tried = []
    for selector in several[:_JUDGED]:
        result = _Tried(selector, set(), set(), beside[selector] / counted[selector])
        for page in pages:
            found = page.find(selector)
            if field.is_single and len(found) > 1:
                result.beside += _SEVERAL / len(pages)
            verdict = field.judged(page, found)
            if verdict is Verdict.RIGHT:
                result.right.add(page.record.id)
            elif verdict is Verdict.WRONG:
                result.wrong.add(page.record.id)
                if len(result.wrong) > 2:
                    break
        tried.append(result)
    return tried


def _cover(good: Sequence[_Tried], ids: set[int]) -> list[_Tried]:
    """The fewest that are right on all pages together, the plainest of them."""
    chosen: list[_Tried] = []
    rest = set(ids)
    while rest and len(chosen) < MOST:
        best = max(
            good,
            key=lambda one: (len(one.right & rest), [-one.cost[0]]),
            default=None,
        )
        if best is None or not best.right & rest:
            break
        chosen.append(best)
        rest -= best.right
    return chosen


def _doubted(tried: Sequence[_Tried], ids: set[int]) -> tuple[int, ...]:
    """The page without which a selector were right on all; it may have been edited."""
    for one in sorted(tried, key=lambda one: one.cost):
        off = (ids - one.right) | one.wrong
        # A page that has nothing to be changed there was not edited there.
        if len(off) == 1 and off <= ids:
            return tuple(off)
    return ()
