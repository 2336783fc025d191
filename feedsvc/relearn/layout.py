"""A learned layout: the same kind of thing as the built-in ones, what guards it, and on what
evidence it was learned.

In: plain values, as a file of the archive holds them.  Out: what ``parse`` reads pages by.
Whoever asks for a layout gets a ``Draft``, whether it may be adopted or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from feedsvc.model import Json, Status
from feedsvc.parse.layout import PARTS, Layout, Lock, check_selectors, is_selector, lock_words

_KEYS = ("number", "parts", "locks", "from_data", "guards")


@dataclass(frozen=True, slots=True)
class Guards:
    """What was seen on the pages that a layout was learned from; a page that shows something
    else is held while the layout is new.

    ``kinds`` are the kinds of element in the article block (see ``learner``), ``counts`` how
    often each part stood at most, ``words`` what elements that tell of locks said, ``standbys``
    selectors that read the same value as the layout's own.
    """

    kinds: frozenset[str] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    standbys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LearnedLayout:
    """Layout ``number``; ``parts`` are those of ``parse.layout.PARTS``; ``from_data``: its
    pages are empty but for a script that holds it all."""

    number: int
    parts: Mapping[str, tuple[str, ...]]
    locks: tuple[Lock, ...] = ()
    from_data: bool = False
    guards: Guards = Guards()

    @property
    def name(self) -> str:
        """``learned-0003``: in ``ParsedArticle.layout``, and a record's ``sources``."""
        return f"learned-{self.number:04d}"

    @property
    def layout(self) -> Layout:
        """What ``parse`` reads by."""
        plain = Layout.of(self.name, dict(self.parts))
        return replace(plain, locks=self.locks, learned=True, from_data=self.from_data)

    def values(self) -> dict[str, Json]:
        """Plain values, in a fixed order, from which :meth:`of` makes it again."""
        guards = self.guards
        return {
            "number": self.number,
            "parts": {name: list(self.parts[name]) for name in PARTS if self.parts.get(name)},
            "locks": [
                {"selector": one.selector, "words": one.words, "status": one.kind.value}
                for one in self.locks
            ],
            "from_data": self.from_data,
            "guards": {
                "kinds": [*sorted(guards.kinds)],
                "counts": dict(sorted(guards.counts.items())),
                "words": {name: list(words) for name, words in sorted(guards.words.items())},
                "standbys": {name: list(one) for name, one in sorted(guards.standbys.items())},
            },
        }

    @classmethod
    def of(cls, values: object) -> Self:
        """Raises ``ValueError`` that says what is wrong, for a file may have been edited."""
        held = _mapping(values, "a layout", _KEYS)
        number = held.get("number")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise ValueError("number: wanted a whole number from 1")
        parts = _lists(held.get("parts", {}), "parts")
        for name, selectors in parts.items():
            if name not in PARTS:
                raise ValueError(f"parts: no part is called {name}; there are {', '.join(PARTS)}")
            check_selectors(selectors, f"parts: {name}")
        locks = held.get("locks", [])
        if not isinstance(locks, list):
            raise ValueError("locks: wanted a list")
        guards = _mapping(
            held.get("guards", {}), "guards", ("kinds", "counts", "words", "standbys")
        )
        counts = _mapping(guards.get("counts", {}), "guards: counts")
        if not all(isinstance(one, int) for one in counts.values()):
            raise ValueError("guards: counts: wanted whole numbers")
        standbys = _lists(guards.get("standbys", {}), "guards: standbys")
        words = _lists(guards.get("words", {}), "guards: words")
        for name, selectors in standbys.items():
            check_selectors(selectors, f"guards: standbys: {name}")
        check_selectors(words, "guards: words")
        kinds = _lists({"kinds": guards.get("kinds", [])}, "guards")["kinds"]
        return cls(
            number,
            parts,
            tuple(_lock(one) for one in locks),
            held.get("from_data") is True,
            Guards(
                frozenset(kinds),
                {name: one for name, one in counts.items() if isinstance(one, int)},
                words,
                standbys,
            ),
        )


def _mapping(values: object, where: str, known: tuple[str, ...] = ()) -> dict[str, object]:
    if not isinstance(values, Mapping) or not all(isinstance(key, str) for key in values):
        raise ValueError(f"{where}: wanted names with values")
    for key in values:
        if known and key not in known:
            raise ValueError(f"{where}: no value is called {key}; there are {', '.join(known)}")
    return {str(key): value for key, value in values.items()}


def _lists(values: object, where: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, one in _mapping(values, where).items():
        if not isinstance(one, list | tuple) or not all(isinstance(each, str) for each in one):
            raise ValueError(f"{where}: {name}: wanted a list of texts")
        found[name] = tuple(one)
    return found


def _lock(value: object) -> Lock:
    held = _mapping(value, "locks", ("selector", "words", "status"))
    selector, words, status = (held.get(name) for name in ("selector", "words", "status"))
    if not isinstance(selector, str) or not is_selector(selector):
        raise ValueError(f"locks: {selector!r} is not a CSS selector")
    if not isinstance(words, str) or status not in [one.value for one in Status]:
        raise ValueError("locks: wanted selector, words and status")
    return Lock(selector, lock_words(words), Status(str(status)))


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
    def lacking(self) -> list[Evidence]:
        """The parts that were not found."""
        return [one for one in self.fields if one.why]

    @property
    def nothing_new(self) -> bool:
        """Whether the site is as it was."""
        return self.refused == NOTHING_NEW
