"""Pages to rows and articles.

In: a ``FetchedPage``.  Out: a ``SectionPage``, a ``ParsedArticle``, or a
``ParseError`` that names what the page is instead.  Nothing here fetches, keeps or
logs.
"""

from feedsvc.parse.article import ArticlePage, article, article_page, boxes
from feedsvc.parse.drift import Tally, fallen, selector_of
from feedsvc.parse.layout import FIELDS, check_selectors
from feedsvc.parse.lists import flashes, linked
from feedsvc.parse.section import listing, section

__all__ = [
    "FIELDS",
    "ArticlePage",
    "Tally",
    "article",
    "article_page",
    "boxes",
    "check_selectors",
    "fallen",
    "flashes",
    "linked",
    "listing",
    "section",
    "selector_of",
]
