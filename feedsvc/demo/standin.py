"""The stand-in site as one object: its state, its routes, its log.

In: articles, and what tests do to them.  Out: answers (``respond``), over a
loopback port after ``start``.  Not here: HTML, faults, sockets.
"""

from __future__ import annotations

import hashlib
import threading
import time
from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any, Literal, Self
from urllib.parse import parse_qs, quote_plus, urlsplit

from feedsvc.demo import chrome, houses, images, listing, pages_paxnet, redesigns
from feedsvc.demo.articles import HOUSES, Furniture, House, Layout, RelatedLink, StandInArticle
from feedsvc.demo.blocks import plain
from feedsvc.demo.draw import Draw
from feedsvc.demo.faults import Answer, Fault, Headers, Rule, broken, error_page, page, redirect
from feedsvc.demo.flashes import Flashes
from feedsvc.demo.server import LoopbackServer
from feedsvc.model import Status
from feedsvc.site import KST

ROBOTS = "User-agent: *\nDisallow: /member\nAllow: /\nAllow: /api\n"
_CACHED_PAGES = 512


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request as the site saw it: ``at`` is ``time.monotonic()``, ``when`` the
    site's clock, ``status`` what was answered (0: nothing)."""

    at: float
    when: datetime
    method: str
    target: str
    headers: Headers
    status: int


class StandIn:
    """Dealsite on loopback, built from the site page.

    Safe under several threads.  ``now`` is the site's clock (aware); without one it
    is the system's.  Settings are attributes and may change at any time.
    """

    layout: Layout = "dealsite"
    house: House | Literal["mixed"] = "today"
    rows_as: Literal["html", "json-only"] = "html"
    search_as: Literal["rows", "links"] = "rows"
    time_form: listing.TimeForm = "mixed"
    page_size: int = 20
    repeat_pages: bool = False
    validators: bool = False
    robots: str | int = ROBOTS
    boxes: bool = True
    draw: Draw | None = None
    redesign: str | None = None
    """One of ``redesigns.REDESIGNS``: the site has changed."""

    def __init__(
        self,
        articles: Iterable[StandInArticle] | None = None,
        *,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.now = now or (lambda: datetime.now(KST))
        self._lock = threading.RLock()
        self._articles: dict[int, StandInArticle] = {}
        self._order: list[tuple[float, int]] = []
        self._locked: list[tuple[float, int]] = []
        self._flashes = Flashes()
        self._missing: dict[int, int] = {}
        self._moved: dict[int, str] = {}
        self._changed_at = datetime.fromtimestamp(0, UTC)
        self._rules: list[Rule] = []
        self._log: list[LoggedRequest] = []
        self._pages: dict[tuple[object, ...], Answer] = {}
        self._pictures: dict[str, tuple[bytes, str]] = {}
        self._server: LoopbackServer | None = None
        self._turns = 0
        for article in articles or ():
            self.publish(article)

    @classmethod
    def demo(cls, now: datetime | None = None) -> StandIn:
        """One that holds the sample articles, the newest a few minutes before ``now``."""
        from feedsvc.demo.samples import sample_articles

        return cls(sample_articles(now or datetime.now(KST)))

    # -- running -----------------------------------------------------------

    def start(self, port: int = 0) -> Self:
        """Serve on 127.0.0.1; port 0 takes a free one.  ``OSError`` if it is taken."""
        if self._server is None:
            self._server = LoopbackServer(self.respond, port, lambda: self.now())
            self._server.open()
        return self

    def stop(self) -> None:
        """End every connection and close the port; may be started again."""
        server, self._server = self._server, None
        if server:
            server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:{port}``; ``RuntimeError`` before ``start``."""
        if self._server is None:
            raise RuntimeError("the stand-in is not started: use it as a context manager")
        return f"http://127.0.0.1:{self._server.port}"

    # -- articles ----------------------------------------------------------

    @property
    def articles(self) -> tuple[StandInArticle, ...]:
        """Every article that stands on the site, newest first."""
        with self._lock:
            return tuple(self._articles[-number] for _, number in self._order)

    def article(self, number: int) -> StandInArticle:
        """The article of that id; ``KeyError`` if the site has none."""
        with self._lock:
            return self._articles[number]

    def shown(self, number: int) -> StandInArticle:
        """The article of that id as its page shows it, without what ``draw`` leaves out."""
        return self._drawn(self.article(number))

    def _drawn(self, article: StandInArticle) -> StandInArticle:
        return self.draw.shown(article) if self.draw else article

    def publish(self, article: StandInArticle) -> None:
        """Put an article on the site, or replace the one of that id."""
        with self._lock:
            self._drop(article.id)
            self._missing.pop(article.id, None)
            self._articles[article.id] = article
            place = _place(article)
            insort(self._order, place)
            if article.status.locked:
                insort(self._locked, place)
            self._touched()

    def flash(self, article: StandInArticle, *, alone: bool = False) -> None:
        """Put an article among the news flashes too, with a page of its own there;
        ``alone``: nowhere else, whatever the article of that number is."""
        with self._lock:
            if not alone:
                self.publish(article)
            self._flashes.add(article)
            self._touched()

    def edit(self, number: int, **changes: Any) -> StandInArticle:
        """Change fields of an article, and answer what it is then."""
        with self._lock:
            changed = replace(self._articles[number], **changes)
            self.publish(changed)
            return changed

    def release(self, number: int) -> StandInArticle:
        """Unlock: ``plus-first`` where it has such a time, else ``open``."""
        with self._lock:
            plus = self._articles[number].plus_first_at
            return self.edit(number, status=Status.PLUS_FIRST if plus else Status.OPEN)

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

    def _drop(self, number: int) -> None:
        old = self._articles.pop(number, None)
        if old:
            self._order.remove(_place(old))
            if old.status.locked:
                self._locked.remove(_place(old))

    def _touched(self) -> None:
        # Two changes within a second must differ in Last-Modified, which counts seconds.
        now = self.now().astimezone(UTC).replace(microsecond=0)
        self._changed_at = max(now, self._changed_at + timedelta(seconds=1))
        self._pages.clear()

    # -- faults and log ----------------------------------------------------

    def fault(
        self, kind: Fault, path: str = "*", times: int | None = None, *, after: float = 2
    ) -> None:
        """Answer what matches a glob (on the target, or its path) with a fault, ``times``
        times; ``after`` is the Retry-After of a 429 in seconds.  The newest rule wins.

        ``Fault.REFUSED`` closes the port for everything, whatever ``path`` says."""
        with self._lock:
            self._rules.insert(0, Rule(kind, path, times, after))
        if kind is Fault.REFUSED and self._server:
            self._server.close()

    def clear_faults(self) -> None:
        """End every fault; a closed port opens again under the same number."""
        with self._lock:
            self._rules.clear()
        if self._server:
            self._server.open()

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request since the last ``forget_requests``, in order."""
        with self._lock:
            return list(self._log)

    def count(self, glob: str = "*") -> int:
        """How many requests' targets (or their paths) match a glob."""
        return sum(
            fnmatchcase(r.target, glob) or fnmatchcase(r.target.partition("?")[0], glob)
            for r in self.requests
        )

    def forget_requests(self) -> None:
        with self._lock:
            self._log.clear()

    # -- answers -----------------------------------------------------------

    def respond(self, method: str, target: str, headers: Headers = ()) -> Answer:
        """The whole site as a function: an answer for a request, faults included.

        ``target`` is the path with its query.  The body is not compressed, but for
        the gzip bomb; under HEAD it is what GET would have sent.  Every call is logged.
        """
        at = time.monotonic()
        with self._lock:
            when = self.now()
            good = self._conditional(self._route(method, target, headers, when), headers)
            rule = next((rule for rule in self._rules if rule.takes(target)), None)
            answer = good
            if rule:
                newest = -self._order[0][1] if self._order else 0
                answer = broken(rule, target, good, when, headers=headers, newest=newest)
            status = 0 if answer.breaks in (Fault.REFUSED, Fault.READ_TIMEOUT) else answer.status
            self._log.append(LoggedRequest(at, when, method, target, headers, status))
            return answer

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

    # -- what stands where -------------------------------------------------

    def _listed(self, code: str | None) -> Iterator[StandInArticle]:
        every = (self._articles[-number] for _, number in self._order)
        return (self._drawn(article) for article in every if article.listed_in(code))

    def _slice(self, code: str | None, number: int, size: int) -> tuple[list[StandInArticle], bool]:
        start = (max(number, 1) - 1) * size
        found = list(islice(self._listed(code), start, start + size + 1))
        return found[:size], len(found) > size

    def _top(self) -> list[StandInArticle]:
        return list(islice(self._listed(None), 10))

    def _box_lists(self) -> chrome.Boxes | None:
        if not self.boxes:
            return None
        return chrome.boxes_of([self._articles[-number] for _, number in self._locked])

    def _titled(self, link: RelatedLink) -> RelatedLink:
        if link.title:
            return link
        known = self._articles.get(link.id)
        return replace(link, title=known.title if known else f"기사 {link.id}")

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


def _place(article: StandInArticle) -> tuple[float, int]:
    """Where an article stands among the others: newest first, then the highest id."""
    return -article.published_at.timestamp(), -article.id


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else default


def _not_since(stamp: datetime, asked: str | None) -> bool:
    if asked is None:
        return False
    try:
        return stamp <= parsedate_to_datetime(asked)
    except ValueError:
        return False
