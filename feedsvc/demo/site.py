"""The stand-in of the site as one object: what stands on it and what a newsroom does to that,
its pages by their addresses, over a loopback port.

In: articles, a request's target.  Out: answers (``respond``), over the port after ``start``.
Not here: sockets, HTML.
"""

import threading
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from feedsvc.demo import chrome, images, listing, pages, redesigns
from feedsvc.demo.articles import RelatedLink, StandInArticle
from feedsvc.demo.server import Headers, Listener, SiteAnswer, SiteConnection, error_page, page
from feedsvc.model import Status
from feedsvc.site import KST

ROBOTS = "User-agent: *\nDisallow: /member\nAllow: /\nAllow: /api\n"
_CACHED_PAGES = 512


class DemoSite:
    """Dealsite on loopback, built from the site page.  Answers as a site does that is well.

    Safe under several threads.  ``now`` is the site's clock (aware); without one it is the
    system's."""

    connection: type[SiteConnection] = SiteConnection
    page_size: int = 20
    redesign: str | None = None
    """One of ``redesigns.REDESIGNS``: the site has changed."""
    _turns = 0
    _port = 0
    _server: Listener | None = None

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
        self._pages: dict[tuple[object, ...], SiteAnswer] = {}
        for article in articles or ():
            self.publish(article)

    @property
    def articles(self) -> tuple[StandInArticle, ...]:
        """Every article that stands on the site, newest first."""
        with self._lock:
            return tuple(self._articles[-number] for _, number in self._order)

    def publish(self, article: StandInArticle) -> None:
        """Put an article on the site, or replace the one of that id."""
        with self._lock:
            self._drop(article.id)
            self._articles[article.id] = article
            place = _place(article)
            insort(self._order, place)
            if article.status.locked:
                insort(self._locked, place)
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

    def _drop(self, number: int) -> None:
        old = self._articles.pop(number, None)
        if old:
            self._order.remove(_place(old))
            if old.status.locked:
                self._locked.remove(_place(old))

    def _touched(self) -> None:
        self._pages.clear()

    def _shown(self, article: StandInArticle) -> StandInArticle:
        """The article as its page and its rows show it."""
        return article

    def _listed(self, code: str | None) -> Iterator[StandInArticle]:
        every = (self._articles[-number] for _, number in self._order)
        return (self._shown(article) for article in every if article.listed_in(code))

    def _slice(self, code: str | None, number: int, size: int) -> tuple[list[StandInArticle], bool]:
        start = (max(number, 1) - 1) * size
        found = list(islice(self._listed(code), start, start + size + 1))
        return found[:size], len(found) > size

    def _around(self) -> chrome.Around:
        return chrome.Around(list(islice(self._listed(None), 10)), self._boxes())

    def _boxes(self) -> chrome.Boxes | None:
        locked = [self._articles[-number] for _, number in self._locked]
        return {
            status: [one for one in locked if one.status is status][:10]
            for status in (Status.SOON_FREE, Status.MEMBERS_ONLY)
        }

    def _related(self, article: StandInArticle) -> list[RelatedLink]:
        """The article's links to others, with their titles."""
        known = self._articles
        links = [
            replace(
                link,
                title=link.title
                or (known[link.id].title if link.id in known else f"기사 {link.id}"),
            )
            for link in article.related
        ]
        if links and article.related_tail:
            links[-1] = replace(links[-1], title=f"{links[-1].title} {article.related_tail}")
        return links

    # -- over the port ------------------------------------------------------

    def start(self, port: int = 0) -> Self:
        """Serve on 127.0.0.1; port 0 takes a free one.  ``OSError`` if it is taken."""
        self._port = self._port or port
        self._listen()
        return self

    def stop(self) -> None:
        """End every connection and close the port; may be started again."""
        self._hang_up()
        self._port = 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _listen(self) -> None:
        if self._server is None:
            self._server = Listener(self._port, self.respond, lambda: self.now(), self.connection)
            self._port = self._server.port

    def _hang_up(self) -> None:
        server, self._server = self._server, None
        if server:
            server.close()

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:{port}``; ``RuntimeError`` before ``start``."""
        if not self._port:
            raise RuntimeError("the stand-in is not started: use it as a context manager")
        return f"http://127.0.0.1:{self._port}"

    def respond(self, method: str, target: str, headers: Headers = ()) -> SiteAnswer:
        """The whole site as a function: an answer for a request.

        ``target`` is the path with its query.  The body is not compressed; under HEAD it is
        what GET would have sent.
        """
        with self._lock:
            return self._route(method, target, headers, self.now())

    # -- pages by their addresses -------------------------------------------

    def _route(self, method: str, target: str, headers: Headers, when: datetime) -> SiteAnswer:
        if method not in ("GET", "HEAD"):
            return error_page(405)
        try:
            parts = urlsplit(target)
        except ValueError:
            return error_page(400)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        return self._answer(parts.path, query, headers, when)

    def _answer(
        self, path: str, query: dict[str, str], headers: Headers, when: datetime
    ) -> SiteAnswer:
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
        return error_page(404)

    def _article_page(self, number: int, when: datetime) -> SiteAnswer:
        known = self._articles.get(number)
        if known is None:
            return error_page(404)
        article = self._shown(known)
        redesign = self._redesigned(number)

        def make() -> SiteAnswer:
            around = replace(self._around(), related=self._related(article))
            reading = self._reading(article, redesign, when)
            return page(
                200,
                redesigns.article_page(redesign, article, when, reading, around)
                if redesign
                else reading.page(article, around),
            )

        return self._cached(("article", number, *self._setting(redesign, when, article)), make)

    def _reading(
        self, article: StandInArticle, redesign: str | None, when: datetime
    ) -> pages.Interpretation:
        """How the page of an article reads what the site page leaves open."""
        return pages.TODAY

    def _section(self, code: str | None, number: int, when: datetime) -> SiteAnswer:
        redesign = self._redesigned()

        def make() -> SiteAnswer:
            found, has_next = self._slice(code, number, self.page_size)
            name = chrome.SECTION_NAMES.get(code, "뉴스") if code else "전체"
            path = f"/categories/{code}" if code else "/categories"
            place, around = listing.ListPage(name, path, number, has_next), self._around()
            rows, kind = self._rows(found, code, redesign, when)
            html = listing.section_page(rows, place, around, kind)
            if redesign:
                html = redesigns.section_page(redesign, found, code, when, html, place, around)
            return page(200, html)

        # A row's form of time depends on the day at most.
        key = ("section", code, number, when.date(), *self._setting(redesign, when))
        return self._cached(key, make)

    def _rows(
        self,
        found: Sequence[StandInArticle],
        code: str | None,
        redesign: str | None,
        when: datetime,
    ) -> tuple[str, str]:
        """The rows of a section page, and the class of what they stand in."""
        return listing.rows_html(found, code, "mixed", when), "mnm-news-list"

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

    def _cached(self, key: tuple[object, ...], make: Callable[[], SiteAnswer]) -> SiteAnswer:
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


def _place(article: StandInArticle) -> tuple[float, int]:
    """Where an article stands among the others: newest first, then the highest id."""
    return -article.published_at.timestamp(), -article.id
