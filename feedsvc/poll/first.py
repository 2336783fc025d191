"""The first reading of sections: somebody waits to see whether it works, so the newest of
each section are read first, and what a section listed when it was first walked was first
seen at one time, in whatever order it is read.

In: what the first walks listed, in the archive's memory.  Out: groups of ids in the order
in which to read them.  A poll that is stopped half way leaves it to the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, zip_longest

from feedsvc.dedup import Headline
from feedsvc.memory import Memory, Topic

TOGETHER = 10
"""Articles that are read of all sections in turn, before each is read to its end."""

_ALIKE = 0.6
"""The share of the shorter headline's words that two of one story have in common."""


class FirstReading:
    """Used while the archive's lock is held; where its memory is lost, the articles are read
    the oldest first, like all others."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def listed(self, section: str, ids: Iterable[int]) -> None:
        """Note what the first walk of a section found, before its articles are pending."""
        told = {**self._ids(), section: list(ids)}
        self._memory.keep(Topic.FIRST, at=self.seen_at, ids=told)

    def begin(self, now: datetime) -> None:
        """The reading begins, or goes on after a poll that was stopped."""
        if self._ids() and self.seen_at is None:
            self._memory.note.set(Topic.FIRST, "", at=now)

    @property
    def seen_at(self) -> datetime | None:
        """When all of them count as first seen; ``None`` where there are none."""
        return self._memory.note.of(Topic.FIRST, "").at

    def groups(self, titles: Mapping[int, str]) -> list[list[int]]:
        """Those that are to be read, with their headlines, in the order of reading: some of
        all sections in turn, then section by section, the newest first."""
        named = self._ids().values()
        sections = [sorted({one for one in ids if one in titles}, reverse=True) for ids in named]
        turns = (one for one in chain(*zip_longest(*sections)) if one is not None)
        together = list(dict.fromkeys(turns))[:TOGETHER]
        told = {one: Headline.of(titles[one]) for one in sorted(titles)}
        found, taken = [], set[int]()
        for group in (together, *sections):
            ordered = [*dict.fromkeys(_originals_first(group, told))]
            ordered = [one for one in ordered if one not in taken]
            taken.update(ordered)
            if ordered:
                found.append(ordered)
        return found

    def end(self) -> None:
        """All were read, or tried."""
        self._memory.keep(Topic.FIRST)

    def _ids(self) -> dict[str, list[int]]:
        told: dict[str, list[int]] = self._memory.recall(Topic.FIRST).get("ids", {})
        return told


def _originals_first(ids: Sequence[int], told: Mapping[int, Headline]) -> Iterable[int]:
    """The ids, each behind the older ones whose headline is like its own: what is published
    as a story of its own, before the one that it repeats is read, stays published."""
    for one in ids:
        for other, headline in told.items():
            if other >= one:
                break
            if _alike(headline, told[one]):
                yield other
        yield one


def _alike(one: Headline, other: Headline) -> bool:
    if one.figures != other.figures:
        return False
    shorter = min(len(one.words), len(other.words))
    return shorter > 1 and len({*one.words} & {*other.words}) >= _ALIKE * shorter
