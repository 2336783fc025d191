"""The stand-in's pages by their addresses.

In: a request's target, what stands on the site.  Out: an answer.  Not here: sockets, HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from feedsvc.demo import chrome, images, listing, pages, redesigns
from feedsvc.demo.answers import Answer, Headers, error_page, page
from feedsvc.demo.articles import StandInArticle
from feedsvc.demo.stock import Stock

ROBOTS = "User-agent: *\nDisallow: /member\nAllow: /\nAllow: /api\n"
_CACHED_PAGES = 512


class Routes(Stock):
    """Answers as a site does that is well."""

    page_size: int = 20
    redesign: str | None = None
    """One of ``redesigns.REDESIGNS``: the site has changed."""
    _turns = 0

    def _route(self, method: str, target: str, headers: Headers, when: datetime) -> Answer:
        if method not in ("GET", "HEAD"):
            return error_page(405)
        try:
            parts = urlsplit(target)
        except ValueError:
            return error_page(400)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        return self._answer(parts.path, query, headers, when)

    def _answer(self, path: str, query: dict[str, str], headers: Headers, when: datetime) -> Answer:
        match steps(path):
            case ["robots.txt"]:
                return page(200, ROBOTS, "text/plain; charset=utf-8")
            case [] | ["categories"]:
                return self._section(None, whole(query.get("page"), 1), when)
            case ["categories", code] if len(code) == 6 and code.isdigit():
                return self._section(code, whole(query.get("page"), 1), when)
            case ["articles", number, *code] if number.isdigit() and len(code) < 2:
                return self._article_page(int(number), when)
            case ["upload" | "images", *_] | ["favicon.png"]:
                return page(200, images.picture(path), images.content_type(path))
            case _:
                return error_page(404)

    def _article_page(self, number: int, when: datetime) -> Answer:
        known = self._articles.get(number)
        if known is None:
            return error_page(404)
        article = self._shown(known)
        redesign = self._redesigned(number)

        def make() -> Answer:
            related = [self._titled(link) for link in article.related]
            if related and article.related_tail:
                related[-1] = replace(
                    related[-1], title=f"{related[-1].title} {article.related_tail}"
                )
            around = chrome.Around(self._top(), self._box_lists(), related)
            return page(200, self._article_html(article, redesign, when, around))

        return self._cached(("article", number, *self._setting(redesign, when, article)), make)

    def _article_html(
        self, article: StandInArticle, redesign: str | None, when: datetime, around: chrome.Around
    ) -> str:
        """The page of an article after a redesign, or as it is today."""
        if redesign:
            return redesigns.article_page(redesign, article, when, pages.TODAY, around)
        return pages.article_page(article, around)

    def _section(self, code: str | None, number: int, when: datetime) -> Answer:
        redesign = self._redesigned()

        def make() -> Answer:
            found, has_next = self._slice(code, number, self.page_size)
            name = chrome.SECTION_NAMES.get(code, "뉴스") if code else "전체"
            path = f"/categories/{code}" if code else "/categories"
            place = listing.Place(name, path, number, has_next)
            return page(200, self._section_html(found, code, place, redesign, when))

        # A row's form of time depends on the day at most.
        key = ("section", code, number, when.date(), *self._setting(redesign, when))
        return self._cached(key, make)

    def _section_html(
        self,
        found: Sequence[StandInArticle],
        code: str | None,
        place: listing.Place,
        redesign: str | None,
        when: datetime,
    ) -> str:
        """The section page of these articles after a redesign, or as it is today."""
        around = chrome.Around(self._top(), self._box_lists())
        rows = listing.rows_html(found, code, "mixed", when)
        html = listing.section_page(rows, place, around)
        if redesign:
            return redesigns.section_page(redesign, found, code, when, html, place, around)
        return html

    def _redesigned(self, number: int = 0) -> str | None:
        """The redesign by which this request is answered."""
        self._turns += 1
        name = self.redesign
        return name if name and redesigns.turned(name, number, self._turns) else None

    def _setting(
        self, redesign: str | None, when: datetime, article: StandInArticle | None = None
    ) -> tuple[object, ...]:
        """What a page depends on besides its address and what stands on the site."""
        return (redesign, redesign and redesigns.build(redesign, when))

    def _cached(self, key: tuple[object, ...], make: Callable[[], Answer]) -> Answer:
        answer = self._pages.get(key)
        if answer is None:
            if len(self._pages) >= _CACHED_PAGES:
                self._pages.clear()
            answer = self._pages[key] = make()
        return answer


def steps(path: str) -> list[str]:
    """The parts of a path."""
    return [step for step in path.split("/") if step]


def whole(text: str | None, default: int) -> int:
    """The number that a query tells, where it tells one."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else default
