"""Pages to rows and articles.

In: a ``FetchedPage``.  Out: a ``SectionPage``, a ``ParsedArticle``, or a
``ParseError`` that names what the page is instead.  Nothing here fetches, keeps or
logs.
"""

from feedsvc.parse.article import ArticlePage, article, article_page, boxes
from feedsvc.parse.drift import Vanished, vanished
from feedsvc.parse.layout import FIELDS, check_selectors
from feedsvc.parse.lists import flashes, linked
from feedsvc.parse.section import listing, section

__all__ = [
    "FIELDS",
    "ArticlePage",
    "Vanished",
    "article",
    "article_page",
    "boxes",
    "check_selectors",
    "flashes",
    "linked",
    "listing",
    "section",
    "vanished",
]
