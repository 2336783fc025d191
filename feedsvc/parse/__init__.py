"""Pages to rows and articles.

In: a ``FetchedPage``.  Out: a ``SectionPage``, a ``ParsedArticle``, or a
``ParseError`` that names what the page is instead.  Nothing here fetches, keeps or
logs.
"""

from feedsvc.parse.article import article
from feedsvc.parse.blocks import NO_WORDS
from feedsvc.parse.document import is_listing
from feedsvc.parse.drift import Vanished, vanished
from feedsvc.parse.layout import (
    BUILT_IN,
    FIELDS,
    Given,
    Layout,
    Tried,
    layouts,
    refused_selectors,
    tried,
)
from feedsvc.parse.section import flashes, linked, listing, section

__all__ = [
    "BUILT_IN",
    "FIELDS",
    "NO_WORDS",
    "Given",
    "Layout",
    "Tried",
    "Vanished",
    "article",
    "dates",
    "drift",
    "fields",
    "flashes",
    "generic",
    "is_listing",
    "layout",
    "layouts",
    "linked",
    "listing",
    "media",
    "outline",
    "phrases",
    "refused_selectors",
    "reporters",
    "section",
    "tried",
    "vanished",
]
