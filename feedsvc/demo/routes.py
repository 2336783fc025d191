"""The stand-in's pages by their addresses.

In: a request's target, what stands on the site.  Out: a good answer.  Not here: faults,
the log, sockets, HTML.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal
from urllib.parse import parse_qs, quote_plus, urlsplit

from feedsvc.demo import chrome, houses, images, listing, pages_paxnet, redesigns
from feedsvc.demo.articles import HOUSES, Furniture, House, Layout
from feedsvc.demo.blocks import plain
from feedsvc.demo.faults import Answer, Headers, error_page, page, redirect
from feedsvc.demo.stock import Stock

ROBOTS = "User-agent: *\nDisallow: /member\nAllow: /\nAllow: /api\n"
_CACHED_PAGES = 512


class Routes(Stock):
    """Answers as a site does that is well."""

    layout: Layout = "dealsite"
    house: House | Literal["mixed"] = "today"
    rows_as: Literal["html", "json-only"] = "html"
    search_as: str = "rows"
    """``rows`` of a section page, plain ``links``, or the whole page that is answered."""
    time_form: listing.TimeForm = "mixed"
    page_size: int = 20
    repeat_pages: bool = False
    validators: bool = False
    robots: str | int = ROBOTS
    redesign: str | None = None
    """One of ``redesigns.REDESIGNS``: the site has changed."""
    _turns = 0

    def _route(self, method: str, target: str, headers: Headers, when: datetime) -> Answer:
        if method not in ("GET", "HEAD"):
            return page(405, error_page(405))
        try:
            parts = urlsplit(target)
        except ValueError:
            return page(400, error_page(400))
        steps = [step for step in parts.path.split("/") if step]
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        match steps:
            case ["robots.txt"]:
                if isinstance(self.robots, int):
                    return page(self.robots, error_page(self.robots))
                return page(200, self.robots, "text/plain; charset=utf-8")
            case []:
                return self._section(None, query, when)
            case ["categories"]:
                return self._section(None, query, when)
            case ["categories", code] if len(code) == 6 and code.isdigit():
                return self._section(code, query, when)
            case ["articles", number, *code] if number.isdigit() and len(code) < 2:
                to = self._moved.get(int(number))
                return (
                    redirect(to) if to and to != target else self._article_page(int(number), when)
                )
            case ["api", "articles", "categoryNews"]:
                return self._json(query, headers, when)
            case ["search"]:
                return self._search(query, when)
            case ["newsflash"]:
                nth = _whole(query.get("page"), 1)
                return self._flashes.listed(nth, self.page_size, self._top(), self._box_lists())
            case ["newsflash", name] if name.isdigit():
                return self._flashes.page(int(name), self._top(), self._box_lists())
            case ["member", "login"] | ["user", "access", "login"]:
                return page(200, _LOGIN)
            case ["upload" | "images", *_] | ["favicon.png"]:
                shown = self._pictures.get(parts.path) or (
                    images.picture(parts.path), images.content_type(parts.path),
                )  # fmt: skip
                return page(200, *shown)
            case _:
                return page(404, error_page(404))

    def _article_page(self, number: int, when: datetime) -> Answer:
        article = self._articles.get(number)
        if article is None:
            status = self._missing.get(number, 404)
            return page(status, error_page(status))
        article = self._drawn(article)
        layout = article.layout or self.layout
        house = article.house or self._house_of(number)
        # Prices of stocks move with every reading.
        moment = when if house == "newsroom" else None
        redesign = self._redesigned(number)

        def make() -> Answer:
            related = [self._titled(link) for link in article.related]
            if related and article.related_tail:
                related[-1] = replace(
                    related[-1], title=f"{related[-1].title} {article.related_tail}"
                )
            top, boxes = self._top(), self._box_lists()
            if redesign:
                html = redesigns.article_page(
                    redesign, article, house, when, related=related, top=top, boxes=boxes
                )
            elif layout == "paxnet":
                html = pages_paxnet.article_page(article, related=related, top=top, boxes=boxes)
            else:
                html = houses.article_page(
                    article, house, when, related=related, top=top, boxes=boxes
                )
            return page(200, html)

        setting = (layout, house, moment, self.boxes, self.draw, self._dress(redesign, when))
        return self._cached(("article", number, *setting), make)

    def _redesigned(self, number: int = 0) -> str | None:
        """The redesign by which this request is answered."""
        self._turns += 1
        name = self.redesign
        return name if name and redesigns.turned(name, number, self._turns) else None

    def _dress(self, redesign: str | None, when: datetime) -> tuple[str, str] | None:
        return (redesign, redesigns.build(redesign, when)) if redesign else None

    def _house_of(self, number: int) -> House:
        """The site's; mixed, neighbours differ, whether every id is used or each third."""
        count = len(HOUSES)
        return HOUSES[(number + number // count) % count] if self.house == "mixed" else self.house

    def _section(self, code: str | None, query: dict[str, str], when: datetime) -> Answer:
        number = 1 if self.repeat_pages else _whole(query.get("page"), 1)
        path = f"/categories/{code}" if code else "/categories"
        setting = (
            self.layout, self.rows_as, self.time_form, self.page_size, self.boxes, self.draw,
        )  # fmt: skip

        redesign = self._redesigned()

        def make() -> Answer:
            found, has_next = self._slice(code, number, self.page_size)
            name = chrome.SECTION_NAMES.get(code, "뉴스") if code else "전체"
            has_next = has_next or self.repeat_pages
            if redesign:
                html = redesigns.section_page(
                    redesign, found, code, when, form=self.time_form, title=name, path=path,
                    page=number, has_next=has_next, top=self._top(), boxes=self._box_lists(),
                )  # fmt: skip
                return page(200, html)
            if self.rows_as == "json-only":
                rows = ""
            elif self.layout == "paxnet":
                rows = listing.paxnet_rows(found, self.time_form, when)
            else:
                rows = listing.rows_html(found, code, self.time_form, when)
            return page(
                200,
                listing.section_page(
                    rows,
                    layout=self.layout,
                    name=name,
                    path=path,
                    page=number,
                    has_next=has_next,
                    top=self._top(),
                    boxes=self._box_lists(),
                ),
            )

        # A row's form of time depends on the day at most.
        return self._cached(
            ("section", code, number, when.date(), self._dress(redesign, when), *setting), make
        )

    def _json(self, query: dict[str, str], headers: Headers, when: datetime) -> Answer:
        names = {name.lower(): value for name, value in headers}
        if names.get("x-requested-with") != "XMLHttpRequest":
            return page(400, '{"error":"bad request"}', "application/json")
        code = query.get("categoryCode") or None
        number = 0 if self.repeat_pages else _whole(query.get("page"), 0)
        found, has_next = self._slice(code, number + 1, _whole(query.get("size"), 20))
        rows = listing.rows_html(found, code, self.time_form, when)
        text = listing.listing_json(rows, number, has_next or self.repeat_pages)
        return page(200, text, "application/json;charset=UTF-8")

    def _search(self, query: dict[str, str], when: datetime) -> Answer:
        words, number = query.get("LIKE", "").split(), _whole(query.get("page"), 1)
        hits = [
            article
            for article in self._listed(None)
            if words and all(word in f"{article.title} {plain(article.body)}" for word in words)
        ]
        end = number * self.page_size
        found = hits[end - self.page_size : end]
        if self.search_as not in ("rows", "links"):
            return page(200, self.search_as)
        show = listing.rows_html if self.search_as == "rows" else listing.plain_rows
        return page(
            200,
            listing.section_page(
                show(found, None, self.time_form, when),
                layout="dealsite" if self.search_as == "rows" else "other",
                name="검색",
                path=f"/search/?LIKE={quote_plus(' '.join(words))}&SEARCHFIELD=TITLE_CONTENT",
                page=number,
                has_next=len(hits) > end,
                top=self._top(),
                boxes=self._box_lists(),
            ),
        )

    def _conditional(self, answer: Answer, headers: Headers) -> Answer:
        if not self.validators or answer.status != 200:
            return answer
        tag = f'"{hashlib.sha256(answer.body).hexdigest()[:24]}"'
        stamp = self._changed_at
        extra = (("ETag", tag), ("Last-Modified", format_datetime(stamp, usegmt=True)))
        names = {name.lower(): value for name, value in headers}
        asked = names.get("if-none-match")
        if asked is not None:
            same = asked == "*" or tag in [
                one.strip().removeprefix("W/") for one in asked.split(",")
            ]
        else:
            same = _not_since(stamp, names.get("if-modified-since"))
        if same:
            return Answer(304, "Not Modified", extra, b"")
        return replace(answer, headers=(*answer.headers, *extra))

    def _cached(self, key: tuple[object, ...], make: Callable[[], Answer]) -> Answer:
        answer = self._pages.get(key)
        if answer is None:
            if len(self._pages) >= _CACHED_PAGES:
                self._pages.clear()
            answer = self._pages[key] = make()
        return answer


_LOGIN = (
    chrome.head("로그인", "딜사이트 로그인", "/member/login")
    + chrome.top(Furniture())
    + '<form id="loginForm" method="post" action="/member/login"><h2>로그인</h2>'
    '<input type="text" name="userId"><input type="password" name="password">'
    "<button>로그인</button></form>\n" + chrome.foot(None, Furniture(), ())
)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else default


def _not_since(stamp: datetime, asked: str | None) -> bool:
    if asked is None:
        return False
    try:
        return stamp <= parsedate_to_datetime(asked)
    except ValueError:
        return False
