"""The layouts that a page is read by, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from feedsvc.parse.layout import FIELDS, Layout, is_selector
from feedsvc.parse.layout_before import BEFORE
from feedsvc.parse.layout_today import TODAY

BUILT_IN = (TODAY, BEFORE)

Given = Mapping[str, str | Mapping[str, str]]
"""What ``site.selectors`` holds: a selector for a part of every layout, or by a layout's
name a selector for each of its parts."""


def layouts(given: Given, known: Sequence[Layout] = BUILT_IN) -> tuple[Layout, ...]:
    """The known layouts, each with the operator's selectors before its own; what is given
    for one layout stands before what is given for all.

    Raises ``ValueError`` as ``Layout.of`` does.
    """
    if not given:
        return tuple(known)
    shared = {name: one for name, one in given.items() if isinstance(one, str)}
    found = []
    for layout in known:
        own = given.get(layout.name)
        both = [own, shared] if isinstance(own, Mapping) else [shared]
        values = {part: [one[part] for one in both if part in one] for part in FIELDS}
        found.append(layout.under(Layout.of("site.selectors", values)) if any(both) else layout)
    return tuple(found)


def refused_selectors(given: Given) -> Iterator[tuple[tuple[str, ...], str]]:
    """The place of each text in ``site.selectors`` that is no CSS selector, and what it is."""
    for name, one in given.items():
        parts = one.items() if isinstance(one, Mapping) else [("", one)]
        for part, selector in parts:
            if not is_selector(selector):
                yield (name, part)[: 1 + bool(part)], f"{selector!r} is not a CSS selector"
