"""Pages to rows and articles.

In: a ``FetchedPage``.  Out: a ``SectionPage``, a ``ParsedArticle``, or a
``ParseError`` that names what the page is instead.  Nothing here fetches, keeps or
logs.
"""

from feedsvc.parse.article import ArticlePage, article, article_page, boxes
from feedsvc.parse.layout import FIELDS, check_selectors
from feedsvc.parse.section import listing, section

__all__ = [
    "FIELDS",
    "ArticlePage",
    "article",
    "article_page",
    "boxes",
    "check_selectors",
    "listing",
    "section",
]
