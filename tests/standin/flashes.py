"""The stand-in's news flashes: their list, and a page of each.

In: articles.  Out: answers.  Source: the site page, "URLs"; that a flash's page is like
an article's is a guess.
"""

from __future__ import annotations

from feedsvc.demo import chrome, listing, pages
from feedsvc.demo.articles import StandInArticle
from feedsvc.demo.server import SiteAnswer, error_page, page
from tests.standin import listings


class Flashes:
    """Flashes by id, the newest first on the list."""

    def __init__(self) -> None:
        self._held: dict[int, StandInArticle] = {}

    def add(self, article: StandInArticle) -> None:
        """Put it there, or in the place of the one of that id."""
        self._held[article.id] = article

    def listed(self, number: int, size: int, around: chrome.Around) -> SiteAnswer:
        """A page of the list, counted from 1."""
        newest = sorted(self._held.values(), key=lambda one: one.published_at, reverse=True)
        end = number * size
        rows = listings.flash_rows(newest[end - size : end])
        place = listing.ListPage("속보", "/newsflash/", number, len(newest) > end)
        return page(200, listing.section_page(rows, place, around, "found"))

    def page(self, number: int, around: chrome.Around) -> SiteAnswer:
        """The page of one, under the address of flashes."""
        flash = self._held.get(number)
        if flash is None:
            return error_page(404)
        made = pages.article_page(flash, around)
        return page(200, made.replace(f"/articles/{number}", f"/newsflash/{number}"))
