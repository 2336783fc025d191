"""How far the probation of a learned layout got.

In and out: the :class:`Memory` of ``.state``; lost, probation begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from feedsvc.archive.learned import KeptLayout
from feedsvc.memory import Memory, Topic

ENOUGH = 60
"""Known articles that agree, those that it was learned from among them."""


@dataclass(slots=True)
class Standing:
    """The known articles that agreed, and all that were asked for."""

    agreed: int
    asked: set[int] = field(default_factory=set)

    def keep(self, memory: Memory, kept: KeptLayout) -> None:
        asked = sorted(self.asked)
        memory.keep(Topic.PROBATION, kept.name, agreed=self.agreed, asked=asked)


def standing(memory: Memory, kept: KeptLayout) -> Standing:
    """What is remembered; where nothing is, it begins with those it was learned from."""
    learned = {number for number, _ in kept.pages()}
    try:
        told = memory.recall(Topic.PROBATION, kept.name)
        return Standing(int(told["agreed"]), {int(one) for one in told["asked"]})
    except (ValueError, TypeError, KeyError):
        return Standing(len(learned), learned)
