"""The stand-in of the site as one object: its pages by their addresses, over a loopback port.

In: articles, a request's target.  Out: answers (``respond``), over the port after ``start``.
Not here: what stands on the site (``stock``), sockets, HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self
from urllib.parse import parse_qs, urlsplit

from feedsvc.demo import chrome, images, listing, pages, redesigns
from feedsvc.demo.articles import StandInArticle
from feedsvc.demo.server import Answer, Connection, Headers, Listener, error_page, page
from feedsvc.demo.stock import Stock

ROBOTS = "User-agent: *\nDisallow: /member\nAllow: /\nAllow: /api\n"
_CACHED_PAGES = 512


class DemoSite(Stock):
    """Dealsite on loopback, built from the site page.  Answers as a site does that is well."""

    connection: type[Connection] = Connection
    page_size: int = 20
    redesign: str | None = None
    """One of ``redesigns.REDESIGNS``: the site has changed."""
    _turns = 0
    _port = 0
    _server: Listener | None = None

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

    def respond(self, method: str, target: str, headers: Headers = ()) -> Answer:
        """The whole site as a function: an answer for a request.

        ``target`` is the path with its query.  The body is not compressed; under HEAD it is
        what GET would have sent.
        """
        with self._lock:
            return self._route(method, target, headers, self.now())

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
        return error_page(404)

    def _article_page(self, number: int, when: datetime) -> Answer:
        known = self._articles.get(number)
        if known is None:
            return error_page(404)
        article = self._shown(known)
        redesign = self._redesigned(number)

        def make() -> Answer:
            around = replace(self._around(), related=self._related(article))
            reading = self._reading(article, redesign, when)
            if redesign:
                html = redesigns.article_page(redesign, article, when, reading, around)
            else:
                html = reading.page(article, around)
            return page(200, html)

        return self._cached(("article", number, *self._setting(redesign, when, article)), make)

    def _reading(
        self, article: StandInArticle, redesign: str | None, when: datetime
    ) -> pages.Reading:
        """How the page of an article reads what the site page leaves open."""
        return pages.TODAY

    def _section(self, code: str | None, number: int, when: datetime) -> Answer:
        redesign = self._redesigned()

        def make() -> Answer:
            found, has_next = self._slice(code, number, self.page_size)
            name = chrome.SECTION_NAMES.get(code, "뉴스") if code else "전체"
            path = f"/categories/{code}" if code else "/categories"
            place, around = listing.Place(name, path, number, has_next), self._around()
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
