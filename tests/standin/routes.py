"""What the stand-in's addresses answer besides what the demo's do, and its settings.

In: a request's target, what stands on the site.  Out: a good answer.  Not here: faults,
the log, sockets, HTML.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote_plus

from feedsvc.demo import DemoSite, StandInArticle, chrome, images, listing, pages
from feedsvc.demo.articles import Furniture, plain
from feedsvc.demo.server import Headers, SiteAnswer, error_page, page
from feedsvc.demo.site import ROBOTS, steps, whole
from feedsvc.model import Status
from tests.standin import houses, listings, pages_paxnet
from tests.standin.draw import Draw
from tests.standin.faults import redirect
from tests.standin.flashes import Flashes
from tests.standin.houses import HOUSES, House
from tests.standin.samples import OLDER


class Routes(DemoSite):
    """Settings are attributes and may change at any time."""

    boxes: bool = True
    draw: Draw | None = None
    layout: Literal["dealsite", "paxnet"] = "dealsite"
    older: Collection[int] = OLDER
    """Articles whose pages are in the older layout, whatever the site's."""
    house: House | Literal["mixed"] = "today"
    houses: Mapping[int, House] = MappingProxyType({})
    """Articles with a house of their own."""
    rows_as: Literal["html", "json-only"] = "html"
    search_as: str = "rows"
    """``rows`` of a section page, plain ``links``, or the whole page that is answered."""
    time_form: listing.TimeForm = "mixed"
    repeat_pages: bool = False
    validators: bool = False
    robots: str | int = ROBOTS

    def __init__(
        self,
        articles: Iterable[StandInArticle] | None = None,
        *,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._flashes = Flashes()
        self._missing: dict[int, int] = {}
        self._moved: dict[int, str] = {}
        self._changed_at = datetime.fromtimestamp(0, UTC)
        self._pictures: dict[str, tuple[bytes, str]] = {}
        super().__init__(articles, now=now)

    # -- what tests do to the articles --------------------------------------

    def article(self, number: int) -> StandInArticle:
        """The article of that id; ``KeyError`` if the site has none."""
        with self._lock:
            return self._articles[number]

    def shown(self, number: int) -> StandInArticle:
        """The article of that id as its page shows it, without what ``draw`` leaves out."""
        return self._shown(self.article(number))

    def publish(self, article: StandInArticle) -> None:
        with self._lock:
            self._missing.pop(article.id, None)
            super().publish(article)

    def flash(self, article: StandInArticle, *, alone: bool = False) -> None:
        """Put an article among the news flashes too, with a page of its own there;
        ``alone``: nowhere else, whatever the article of that number is."""
        with self._lock:
            if not alone:
                self.publish(article)
            self._flashes.add(article)
            self._touched()

    def lock(self, number: int, status: Status) -> StandInArticle:
        """Give an article another access status."""
        return self.edit(number, status=status)

    def delete(self, number: int, status: int = 404) -> None:
        """Take an article off the site; its address answers 404 or 410 from then on."""
        with self._lock:
            self._drop(number)
            self._missing[number] = status
            self._touched()

    def move(self, number: int, to: str) -> None:
        """Send who asks for an article elsewhere; it is listed as before.  ``""`` ends it."""
        with self._lock:
            self._moved[number] = to

    def hang(self, path: str, data: bytes, content_type: str | None = None) -> None:
        """Put these bytes at an address below ``/upload/``, whatever they are, under the
        type that its ending tells or the one that is given."""
        with self._lock:
            self._pictures[path] = (data, content_type or images.content_type(path))

    def _touched(self) -> None:
        # Two changes within a second must differ in Last-Modified, which counts seconds.
        now = self.now().astimezone(UTC).replace(microsecond=0)
        self._changed_at = max(now, self._changed_at + timedelta(seconds=1))
        super()._touched()

    def _shown(self, article: StandInArticle) -> StandInArticle:
        return self.draw.shown(article) if self.draw else article

    def _boxes(self) -> chrome.Boxes | None:
        return super()._boxes() if self.boxes else None

    # -- answers ------------------------------------------------------------

    def _route(self, method: str, target: str, headers: Headers, when: datetime) -> SiteAnswer:
        asked = re.match(r"/articles/(\d+)(?:/[^/?]*)?/?(?:\?|$)", target)
        to = self._moved.get(int(asked[1])) if asked else None
        if to and to != target and method in ("GET", "HEAD"):
            return redirect(to)
        return super()._route(method, target, headers, when)

    def _answer(
        self, path: str, query: dict[str, str], headers: Headers, when: datetime
    ) -> SiteAnswer:
        around = self._around()
        match steps(path):
            case ["robots.txt"]:
                if isinstance(self.robots, int):
                    return error_page(self.robots)
                return page(200, self.robots, "text/plain; charset=utf-8")
            case ["articles", number, *_] if number.isdigit() and int(number) in self._missing:
                return error_page(self._missing[int(number)])
            case ["api", "articles", "categoryNews"]:
                return self._json(query, headers, when)
            case ["search"]:
                return self._search(query, when)
            case ["newsflash"]:
                return self._flashes.listed(whole(query.get("page"), 1), self.page_size, around)
            case ["newsflash", name] if name.isdigit():
                return self._flashes.page(int(name), around)
            case ["member", "login"] | ["user", "access", "login"]:
                return page(200, _LOGIN)
            case ["upload" | "images", *_] if path in self._pictures:
                return page(200, *self._pictures[path])
        return super()._answer(path, query, headers, when)

    def _reading(
        self, article: StandInArticle, redesign: str | None, when: datetime
    ) -> pages.Interpretation:
        if not redesign and (self.layout == "paxnet" or article.id in self.older):
            return replace(pages.TODAY, page=pages_paxnet.article_page)
        return houses.reading(self._house_of(article.id), when)

    def _house_of(self, number: int) -> House:
        """Its own, or the site's; mixed, neighbours differ, be every id used or each third."""
        if number in self.houses:
            return self.houses[number]
        count = len(HOUSES)
        return HOUSES[(number + number // count) % count] if self.house == "mixed" else self.house

    def _setting(
        self, redesign: str | None, when: datetime, article: StandInArticle | None = None
    ) -> tuple[object, ...]:
        own: tuple[object, ...] = (
            self.layout, self.rows_as, self.time_form, self.page_size, self.boxes, self.draw,
        )  # fmt: skip
        if article is not None:
            house = self._house_of(article.id)
            # Prices of stocks move with every reading.
            moment = when if house == "newsroom" else None
            own = (*own, house, moment, article.id in self.older)
        return (*super()._setting(redesign, when, article), *own)

    def _section(self, code: str | None, number: int, when: datetime) -> SiteAnswer:
        return super()._section(code, 1 if self.repeat_pages else number, when)

    def _slice(self, code: str | None, number: int, size: int) -> tuple[list[StandInArticle], bool]:
        found, has_next = super()._slice(code, number, size)
        return found, has_next or self.repeat_pages

    def _rows(
        self,
        found: Sequence[StandInArticle],
        code: str | None,
        redesign: str | None,
        when: datetime,
    ) -> tuple[str, str]:
        older = self.layout == "paxnet" and not redesign
        kind = "list" if older else "mnm-news-list"
        if self.rows_as == "json-only" and not redesign:
            return "", kind  # a script fetches them
        if older:
            return listings.paxnet_rows(found, self.time_form, when), kind
        return listing.rows_html(found, code, self.time_form, when), kind

    def _json(self, query: dict[str, str], headers: Headers, when: datetime) -> SiteAnswer:
        names = {name.lower(): value for name, value in headers}
        if names.get("x-requested-with") != "XMLHttpRequest":
            return page(400, '{"error":"bad request"}', "application/json")
        code = query.get("categoryCode") or None
        number = 0 if self.repeat_pages else whole(query.get("page"), 0)
        found, has_next = self._slice(code, number + 1, whole(query.get("size"), 20))
        rows = listing.rows_html(found, code, self.time_form, when)
        text = listings.listing_json(rows, number, has_next)
        return page(200, text, "application/json;charset=UTF-8")

    def _search(self, query: dict[str, str], when: datetime) -> SiteAnswer:
        words, number = query.get("LIKE", "").split(), whole(query.get("page"), 1)
        hits = [
            article
            for article in self._listed(None)
            if words and all(word in f"{article.title} {plain(article.body)}" for word in words)
        ]
        end = number * self.page_size
        found = hits[end - self.page_size : end]
        if self.search_as not in ("rows", "links"):
            return page(200, self.search_as)
        path = f"/search/?LIKE={quote_plus(' '.join(words))}&SEARCHFIELD=TITLE_CONTENT"
        place = listing.ListPage("검색", path, number, len(hits) > end)
        around = self._around()
        if self.search_as == "rows":
            rows = listing.rows_html(found, None, self.time_form, when)
            return page(200, listing.section_page(rows, place, around))
        return page(200, listing.section_page(listings.plain_rows(found), place, around, "found"))

    def _conditional(self, answer: SiteAnswer, headers: Headers) -> SiteAnswer:
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
            return SiteAnswer(304, "Not Modified", extra, b"")
        return replace(answer, headers=(*answer.headers, *extra))


_LOGIN = (
    chrome.head("로그인", "딜사이트 로그인", "/member/login")
    + chrome.top(Furniture())
    + '<form id="loginForm" method="post" action="/member/login"><h2>로그인</h2>'
    '<input type="text" name="userId"><input type="password" name="password">'
    "<button>로그인</button></form>\n" + chrome.foot(chrome.Around(), Furniture())
)


def _not_since(stamp: datetime, asked: str | None) -> bool:
    if asked is None:
        return False
    try:
        return stamp <= parsedate_to_datetime(asked)
    except ValueError:
        return False
