"""What a layout is: the selectors of one generation of the site's pages.

The selectors themselves stand in ``layout_dealsite`` and ``layout_paxnet``, and
nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

FIELDS = {
    "title": "title",
    "subtitle": "subtitle",
    "reporters": "byline",
    "published_at": "info",
    "body": "area",
    "keywords": "keywords",
    "related": "related",
    "markers": "notice",
    "rows": "row",
}
"""Fields that ``site.selectors`` may override, and the layout's part that each stands for."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Selectors of one layout; an empty one means that it is not known where that stands.

    ``article`` fits any page of the layout that holds an article, ``listing`` any that
    lists some.  ``excluded`` are never part of the body, wherever they stand.
    """

    name: str
    article: str
    listing: str
    # the article page
    title: str
    subtitle: str
    byline: str
    info: str
    main: str
    area: str
    excluded: str
    notice: str
    keywords: str
    related: str
    # the section page
    row: str
    row_link: str
    row_title: str
    row_summary: str
    row_info: str
    row_time: str
    following: str


def overridden(layout: Layout, selectors: Mapping[str, str]) -> Layout:
    """The layout with the user's selectors before its own."""
    given = {FIELDS[field]: value for field, value in selectors.items() if field in FIELDS}
    return replace(layout, **given) if given else layout


def check_selectors(selectors: Mapping[str, str]) -> None:
    """Refuse an override of an unknown field, or that is no CSS selector.

    Raises ``ValueError`` that begins with the field's name.
    """
    probe = LexborHTMLParser("<p></p>")
    for field, selector in selectors.items():
        if field not in FIELDS:
            near = get_close_matches(field.lower(), FIELDS, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(FIELDS)}"
            raise ValueError(f"{field}: no such field; {hint}")
        try:
            probe.css(selector)
        except SelectolaxError:
            raise ValueError(f"{field}: {selector!r} is not a CSS selector") from None
