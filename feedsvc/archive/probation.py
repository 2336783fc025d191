"""How far the probation of a learned layout got.

In and out: the :class:`Memory` of ``.state``; lost, probation begins anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from feedsvc.archive.learned import KeptLayout
from feedsvc.health import Memory

ENOUGH = 60
"""Known articles that agree, those that it was learned from among them."""


@dataclass(slots=True)
class Standing:
    """The known articles that agreed, and all that were asked for."""

    agreed: int
    asked: set[int] = field(default_factory=set)

    def keep(self, memory: Memory, kept: KeptLayout) -> None:
        told = {"agreed": self.agreed, "asked": sorted(self.asked)}
        memory.put(_key(kept), json.dumps(told))


def standing(memory: Memory, kept: KeptLayout) -> Standing:
    """What is remembered; where nothing is, it begins with those it was learned from."""
    learned = {number for number, _ in kept.pages()}
    try:
        told = json.loads(memory.get(_key(kept)) or "")
        return Standing(int(told["agreed"]), {int(one) for one in told["asked"]})
    except (ValueError, TypeError, KeyError):
        return Standing(len(learned), learned)


def _key(kept: KeptLayout) -> str:
    return f"probation:{kept.name}"
