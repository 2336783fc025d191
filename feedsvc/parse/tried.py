"""What was looked for on a page, and how often it stands there: for ``inspect``.

In: a page, the layouts.  Out: for each part the selectors in the order in which they are
tried, each with a count.  Whether what was found has a value is not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feedsvc.model import FetchedPage
from feedsvc.parse.document import tree_of
from feedsvc.parse.layout import FIELDS, Layout
from feedsvc.parse.section import is_listing, listed

_LISTING = FIELDS.index("listing")
ARTICLE_PARTS, LISTING_PARTS = FIELDS[:_LISTING], FIELDS[_LISTING:]


@dataclass(frozen=True, slots=True)
class Tried:
    """A selector that a layout has for a part, the operator's if ``given``, and of how many
    elements of the page it is right."""

    layout: str
    part: str
    selector: str
    given: bool
    found: int


def tried(
    page: FetchedPage, layouts: Sequence[Layout], *, listing: bool = False
) -> tuple[Tried, ...]:
    """Every selector for the parts of an article page, or of a ``listing``.

    Raises ``ParseError`` for a page that has no tree.
    """
    tree = listed(page)[1] if listing and is_listing(page) else tree_of(page)
    return tuple(
        Tried(
            layout.name,
            part,
            selector,
            layout.given is not None and place < len(getattr(layout.given, part)),
            len({node.mem_id for node in tree.css(selector)}),
        )
        for layout in layouts
        for part in (LISTING_PARTS if listing else ARTICLE_PARTS)
        for place, selector in enumerate(getattr(layout, part))
    )
