"""What was learned, and on what evidence.

Plain data: whoever asks for a layout gets a ``Draft``, whether it may be adopted or not.
"""

from __future__ import annotations

from dataclasses import dataclass

from feedsvc.model import Json
from feedsvc.relearn.layout import LearnedLayout

NOTHING_NEW = "everything is read as before: there is nothing to learn"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one part: the ``selectors`` that are ``right`` on so many ``of`` the pages that have
    it, the ``standbys`` that read the same, and ``why`` it was not found, if it was not."""

    field: str
    selectors: tuple[str, ...]
    right: int
    of: int
    standbys: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was learned.  ``refused`` is one sentence for people, ``None`` where the layout is
    proven; the layout is there as far as it goes all the same.

    ``aside`` are articles that could not be learned from and why; ``doubted`` those that seem
    to have been released, where no other tells how their locks look now; ``used`` are those
    that were learned from;
    ``exact`` of them the program's parser reads as the archive has them, ``folds`` of them
    where they were left out of the learning.  ``coarse``: times have fewer details than
    before.  ``listed``: known rows that were read right.
    """

    layout: LearnedLayout | None
    refused: str | None
    fields: tuple[Evidence, ...] = ()
    aside: tuple[tuple[int, str], ...] = ()
    used: tuple[int, ...] = ()
    exact: int = 0
    folds: int = 0
    coarse: bool = False
    listed: int = 0
    doubted: tuple[int, ...] = ()

    def values(self) -> dict[str, Json]:
        """What was learned of each field, and how well it was proven, as JSON has it."""
        return {
            "fields": [
                {
                    "field": one.field,
                    "selectors": list(one.selectors),
                    "right": one.right,
                    "of": one.of,
                    "standbys": list(one.standbys),
                    "why": one.why,
                }
                for one in self.fields
            ],
            "exact": self.exact,
            "folds": self.folds,
            "listed": self.listed,
            "coarse": self.coarse,
        }

    @property
    def nothing_new(self) -> bool:
        """Whether the site is as it was."""
        return self.refused == NOTHING_NEW

    @property
    def wanting(self) -> bool:
        """Whether more known articles would help."""
        return self.refused is not None and bool(self.aside or self.doubted)
