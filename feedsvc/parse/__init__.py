"""Pages to rows and articles.

In: a ``FetchedPage``.  Out: a ``SectionPage``, a ``ParsedArticle``, or a
``ParseError`` that names what the page is instead.  Nothing here fetches, keeps or
logs.
"""

from feedsvc.parse.article import ArticlePage, article, article_page, boxes
from feedsvc.parse.blocks import NO_WORDS
from feedsvc.parse.drift import Vanished, vanished
from feedsvc.parse.layout import FIELDS, Layout
from feedsvc.parse.layouts import BUILT_IN, Given, layouts, refused_selectors
from feedsvc.parse.lists import flashes, linked
from feedsvc.parse.section import is_listing, listing, section
from feedsvc.parse.tried import Tried, tried

__all__ = [
    "BUILT_IN",
    "FIELDS",
    "NO_WORDS",
    "ArticlePage",
    "Given",
    "Layout",
    "Tried",
    "Vanished",
    "article",
    "article_page",
    "boxes",
    "dates",
    "drift",
    "flashes",
    "generic",
    "is_listing",
    "keywords",
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
