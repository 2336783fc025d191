"""What a layout is: where the parts of one generation of the site's pages stand, as data.

The built-in ones stand in ``layout_today`` and ``layout_before``, the operator's selectors
are one of them that is laid over the others (``layouts``).  Which layout fits a page is
``fitting``'s to find.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from feedsvc.model import Status

_NUMBERS = re.compile(r"[0-9]+")

Selectors = tuple[str, ...]
"""CSS selectors in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What says of an article how it can be read: an element that stands on its page, and
    has these words if there are any (see ``lock_words``), wherever it stands."""

    selector: str
    words: str
    kind: Status


def lock_words(text: str) -> str:
    """The words of a lock as they are compared: numbers, such as those of a date, left out."""
    return " ".join(_NUMBERS.sub(" ", text).casefold().split())


@dataclass(frozen=True, slots=True)
class Layout:
    """The selectors of one layout, for each part in order; none where it is not known where
    that part stands.

    Of most parts the first selector counts that finds a value.  All count of ``excluded``,
    ``markers``, ``listing`` and ``rows``.
    """

    name: str
    # the article page
    title: Selectors = ()
    subtitle: Selectors = ()
    reporters: Selectors = ()
    published_at: Selectors = ()
    main: Selectors = ()
    body: Selectors = ()
    excluded: Selectors = ()
    markers: Selectors = ()
    keywords: Selectors = ()
    related: Selectors = ()
    # the section page
    listing: Selectors = ()
    rows: Selectors = ()
    row_link: Selectors = ()
    row_title: Selectors = ()
    row_time: Selectors = ()
    row_summary: Selectors = ()
    row_byline: Selectors = ()
    next_page: Selectors = ()
    # what is no part of a page
    signs: Selectors = ()
    """Any of them tells an article page of this layout; none: main block, text, headline."""
    ends: bool = False
    """Whether a section page without ``next_page`` is known to be the last one."""
    given: Layout | None = None
    """What was laid over this layout, and its selectors stand first."""
    own: Layout | None = None
    """What this layout was before."""
    locks: tuple[Lock, ...] = ()
    learned: bool = False
    """Learned from the archive's own articles: where one of its ``signs`` stands it comes
    before the layouts that were known before."""
    from_data: bool = False
    """Its pages are empty, and a script of theirs holds it all: see ``data``."""

    @classmethod
    def of(cls, name: str, values: Mapping[str, object]) -> Self:
        """A layout of plain values: for each part a selector, or a list of them in order.

        Raises ``ValueError`` that begins with the part's name."""
        parts: dict[str, Any] = {}
        for part, value in values.items():
            if part not in PARTS:
                raise ValueError(f"{part}: no such part; there are {', '.join(PARTS)}")
            several = value if isinstance(value, list | tuple) else (value,)
            if not all(isinstance(one, str) for one in several):
                raise ValueError(f"{part}: wanted a CSS selector, or a list of them")
            parts[part] = tuple(several)
            for selector in parts[part]:
                if not is_selector(selector):
                    raise ValueError(f"{part}: {selector!r} is not a CSS selector")
        return cls(name, **parts)

    def under(self, given: Layout) -> Layout:
        """This layout with the selectors of another one before its own."""
        both: dict[str, Any] = {part: getattr(given, part) + getattr(self, part) for part in FIELDS}
        return replace(self, **both, given=given, own=self)


FIELDS: tuple[str, ...] = tuple(
    one.name for one in fields(Layout) if one.type == "Selectors" and one.name != "signs"
)
"""The parts of a page that ``site.selectors`` may name."""

PARTS = (*FIELDS, "signs")


def any_of(selectors: Selectors) -> str:
    """One selector for all of them; the elements come in the order of the page, and one that
    fits several comes several times."""
    return ", ".join(selectors) or ":not(*)"


def is_selector(text: str) -> bool:
    """Whether a text is a CSS selector, which another one may follow after a comma."""
    try:
        # ``a:has(b`` is one for the parser, and would swallow the next.
        return LexborHTMLParser("<p></p>").css_first(f"{text}, p") is not None
    except SelectolaxError:
        return False
