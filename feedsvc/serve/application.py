"""The ASGI application: a request to an answer, by the contract's section 6.

In: configuration, clock, archive, and what tells how polling goes.  Out: a pure
ASGI application.  Files are the short path: nothing but a lookup stands between
the request and the bytes in memory.  Nothing is written and nothing is logged;
addresses inside documents come from the configuration, so none is rewritten here.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError
from feedsvc.health import Health, HealthStatus, health
from feedsvc.serve import request
from feedsvc.serve.feedlist import feeds_page
from feedsvc.serve.files import Folder, Held, Permit, Withheld
from feedsvc.serve.lists import month_page, newspaper, shelves_page
from feedsvc.serve.reading import reading_page
from feedsvc.serve.refusal import moved, refuse, unknown
from feedsvc.serve.rendering import ALWAYS, Frame, Words, always
from feedsvc.serve.request import Asked, Wrong
from feedsvc.serve.response import Document, Headers, Response, fresh, plain, respond
from feedsvc.serve.searching import Searching
from feedsvc.serve.statuspage import METRICS_TYPE, exposition, status_page
from feedsvc.serve.subscribing import CONTROL, opml
from feedsvc.serve.tokens import COOKIE, Tokens, cookie_of
from feedsvc.serve.translations import words_for

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LIST = "feeds.opml"
"""The list of feeds."""

FEEDS = "feeds"
"""The page of feeds."""

HELD = 32_000_000
"""Bytes of published files and their compressed forms kept in memory."""

CHUNK = 65_536
"""Bytes handed to a connection at a time: a slow reader holds no more than that."""


def app(
    config: Config,
    *,
    now: Callable[[], datetime],
    archive: Archive | None = None,
    polls: bool = False,
) -> Application:
    """The ASGI application.

    ``archive`` is one for reading (opened here if ``None``); ``polls``: this process is the
    daemon, which polls at the configured intervals.  Raises ``ArchiveError`` for an archive
    of a newer format.
    """
    own = Archive(config.archive.path) if archive is None else archive  # an empty one is false
    return Application(config, now=now, archive=own, polls=polls)


class Application:
    """One server's routes.  ``now`` gives aware times."""

    def __init__(
        self, config: Config, *, now: Callable[[], datetime], archive: Archive, polls: bool
    ) -> None:
        self._now = now
        self._config = config
        self._archive = archive
        self._run_since = now() if polls else None
        # What strangers ask for must not fill the memory.
        self._file_of = lru_cache(maxsize=512)(self._named)
        self._answered: Counter[tuple[str, int]] = Counter()
        self._tokens = Tokens(config.server.tokens)
        base = urlsplit(config.feeds.base_url)
        self._prefix = base.path.rstrip("/")
        self._host = base.netloc.lower().encode()
        self._secure = base.scheme == "https"
        # What is protected must not stay in a proxy's cache for those without a token.
        reach = "private" if self._tokens else "public"
        self._page_control = f"{reach}, no-cache"
        self._icon_control = f"{reach}, max-age=86400"
        self._searching = Searching(config, archive)
        self._since = now()
        self._trouble: tuple[object, bool] | None = None
        self._feed_control = f"{reach}, max-age=60"
        self._site = config.feeds.title
        # The page of feeds has the name of such a prefix: seen from behind a proxy that cuts
        # the prefix off, its address is the prefix alone.  A parameter tells them apart.
        self._hidden = self._prefix == f"/{FEEDS}"
        self._held = held = Held(HELD)
        self._public = Folder(
            config.feeds.path,
            held,
            cache_control=self._feed_control,
            page_control=self._page_control,
            permit=Permit(config, archive).check,
        )
        self._images = Folder(
            config.archive.path / "images",
            held,
            cache_control=f"{reach}, max-age=31536000, immutable",
            page_control=self._page_control,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = await self.answer(scope)
        self._answered[request.kind(scope["path"], self._prefix), answer.status] += 1
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        )
        body = b"" if scope["method"] == "HEAD" else answer.body
        for start in range(0, len(body) - CHUNK, CHUNK):
            chunk = body[start : start + CHUNK]
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        # The last piece, or all of it; an empty body has one empty piece.
        rest = (len(body) - 1) // CHUNK * CHUNK if body else 0
        await send({"type": "http.response.body", "body": body[rest:]})

    async def answer(self, scope: Scope) -> Response:
        """The whole answer; the body stands in it for ``HEAD`` too."""
        headers: Headers = scope["headers"]
        path: str = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            return refuse(
                405, "only GET and HEAD", headers, (b"allow", b"GET, HEAD"), site=self._site
            )
        if len(path) > request.LONGEST_PATH:
            return refuse(414, "the address is too long", headers, site=self._site)
        token, in_address = "", False
        wanted = request.candidates(path, self._prefix)
        if self._hidden and path == self._prefix and b"list" in scope.get("query_string", b""):
            wanted = (FEEDS,)
        up = "../" * wanted[0].count("/") if wanted else ""
        if self._tokens:
            token, in_address = self._tokens.check(scope.get("query_string", b""), headers)
            if not token and "healthz" not in wanted:
                return unknown(headers, site=self._site, up=up)
        if "healthz" in wanted:
            return await self._healthz(detail=bool(token) or not self._tokens)
        try:
            if "metrics" in wanted:
                return await asyncio.to_thread(self._metrics)
            found = await self._find(wanted, scope, token)
            if (self._prefix and path == self._prefix and wanted != (FEEDS,)) or (
                found is None and await self._other_slash(wanted, scope)
            ):
                return moved(path, scope.get("query_string", b""))
        except Wrong as error:
            trouble = await asyncio.to_thread(self._troubled)
            return refuse(400, error, headers, site=self._site, up=up, trouble=trouble)
        except Withheld as error:
            # No path of this machine: that is for the log.
            said = f"{error.message}; {error.advice}"
            return refuse(503, said, headers, (b"retry-after", b"60"), site=self._site, up=up)
        except FeedsvcError as error:
            # The line names a path of this machine; that is for the log, not the page.
            said = f"the archive cannot answer: {error.message}"
            return refuse(500, said, headers, site=self._site, up=up)
        if found is None:
            trouble = await asyncio.to_thread(self._troubled)
            return refuse(404, "not found", headers, site=self._site, up=up, trouble=trouble)
        answer = respond(found, headers)
        if in_address and found.is_page:
            kept = (b"set-cookie", self._cookie(scope, headers, cookie_of(token)))
            return Response(answer.status, (*answer.headers, kept), answer.body)
        return answer

    async def _other_slash(self, wanted: tuple[str, ...], scope: Scope) -> bool:
        """Whether there is something at the address with a last slash more or less."""
        meant = tuple(
            path[:-1] if path.endswith("/") else f"{path}/" for path in wanted if path.strip("/")
        )
        program = bool({"healthz", "metrics"} & {*meant})
        return program or await self._find(meant, scope, "") is not None

    def at_once(self, method: bytes, path: str, query: bytes, headers: Headers) -> Response | None:
        """The answer to a request for a published file that is held in memory, by the same
        rules as :meth:`answer`; ``None`` for everything else, refusals too."""
        name, kind = self._file_of(path)
        if method not in (b"GET", b"HEAD") or name is None:
            return None
        if self._tokens and not self._tokens.check(query, headers)[0]:
            return None
        found = self._public.held(name)
        if found is None:
            return None
        answer = respond(found, headers)
        self._answered[kind, answer.status] += 1
        return answer

    def _named(self, path: str) -> tuple[str | None, str]:
        """The published file that a path asks for, ``None`` for anything else, and its
        kind.  Pages are left out: they may be made for the request, or set a cookie."""
        kind = request.kind(path, self._prefix)
        wanted = request.candidates(path, self._prefix) if len(path) <= request.LONGEST_PATH else ()
        if not wanted or {"healthz", "metrics"} & {*wanted} or wanted[0].startswith("images/"):
            return None, kind
        name = None if request.is_page(wanted[0]) else request.file_name(wanted[0])
        # Nor is what holds the token of who asks.
        personal = bool(self._tokens) and name == LIST
        return (None if personal or (name and name.endswith(".html")) else name), kind

    async def _find(self, wanted: tuple[str, ...], scope: Scope, token: str) -> Document | None:
        query = scope.get("query_string", b"")
        for path in wanted:
            if token and path == "index.html":
                path = ""  # the page as it is published holds nobody's token
            if path in ALWAYS:
                return always(path, self._icon_control)
            if path.startswith("images/"):
                image = request.IMAGE.fullmatch(path)
                found = await self._images.get(image[1]) if image else None
            elif request.is_page(path):
                words = words_for(dict(scope["headers"]).get(b"accept-language", b""))
                found = await asyncio.to_thread(self._page, path, query, words, token)
                if found is None and not path:
                    found = await self._public.get("index.html")
            elif feed := request.SEARCH_FEED.fullmatch(path):
                found = await self._search_feed(feed[1], query)
            else:
                name = request.file_name(path)
                found = await self._public.get(name) if name else None
                if found is not None and token and name == LIST:
                    # What is no list of feeds any more is no more use with a token.
                    with suppress(ParseError):
                        found = opml(found, self._config.feeds.base_url, token)
            if found is not None:
                return found
        return None

    async def _search_feed(self, suffix: str, query: bytes) -> Document:
        """Made anew only when the archive changed, or its times are others by now."""
        now = self._now()
        question = self._searching.read(Asked(query), now)
        name = f"search.{suffix}?{question.query(sort='', page='')}"
        standing = self._searching.standing()
        found = None if question.moves else self._held.get(name, standing)
        if found is None:
            found = await asyncio.to_thread(
                self._searching.feed, question, suffix, now,
                since=self._since, control=self._feed_control,
            )  # fmt: skip
            if not question.moves:
                self._held.put(name, standing, found)
        return found

    def _page(self, path: str, query: bytes, words: Words, token: str) -> Document | None:
        """A page, made anew: what it says comes from files, so equal state gives equal bytes
        and a 304.  ``None`` where there is none; raises ``Wrong``, ``FeedsvcError``."""
        config, archive, now = self._config, self._archive, self._now()
        frame = Frame(
            words, self._site, CONTROL if token else self._page_control, now, token,
            self._troubled(), feeds=f"{FEEDS}?list=all" if self._hidden else FEEDS,
        )  # fmt: skip
        match path:
            case "":
                with suppress(FeedsvcError):
                    return newspaper(config, archive, Asked(query), frame)
                return None  # what is published has an index page too
            case "archive/":
                return shelves_page(config, archive, Asked(query), frame)
            case "search":
                return self._searching.page(self._searching.read(Asked(query), now), frame)
            case "feeds":
                return feeds_page(config, archive, frame)
            case "status":
                return status_page(config, archive, self._judged(), frame)
        if article := request.ARTICLE.fullmatch(path):
            record = archive.get(int(article[1]))
            return reading_page(record, config, archive, Asked(query), frame) if record else None
        return month_page(config, archive, path, Asked(query), frame)

    def _troubled(self) -> bool:
        """Whether anything is wrong, as far as can be told.  Every page asks: the answer
        holds for a second, as long as nothing is written down beside the archive."""
        now = self._now().replace(microsecond=0)
        told = now, self._written()
        if self._trouble is None or self._trouble[0] != told:
            wrong = True
            with suppress(FeedsvcError):
                wrong = self._judged().status is not HealthStatus.OK
            self._trouble = told, wrong
        return self._trouble[1]

    def _written(self) -> tuple[tuple[str, int, int], ...]:
        """Of the files beside the archive: others where anything was noted since."""
        with suppress(OSError), os.scandir(self._config.archive.path / ".state") as found:
            told = ((one.name, one.stat()) for one in found)
            return tuple(sorted((name, of.st_size, of.st_mtime_ns) for name, of in told))
        return ()

    def _judged(self) -> Health:
        return health(self._config, self._archive.memory, self._now(), self._run_since)

    def _metrics(self) -> Response:
        counted, published = Counter(self._answered), self._config.feeds.path
        return fresh(
            200, exposition(counted, published, self._judged(), self._archive), METRICS_TYPE
        )

    async def _healthz(self, *, detail: bool) -> Response:
        try:
            verdict = await asyncio.to_thread(self._judged)
        except FeedsvcError as error:
            return plain(503, f"the state of polling cannot be read: {error.message}")
        told = verdict.as_json() if detail else {"status": verdict.status}
        return fresh(
            503 if verdict.status is HealthStatus.FAILING else 200,
            json.dumps(told, ensure_ascii=False).encode() + b"\n",
            "application/json; charset=utf-8",
        )

    def _cookie(self, scope: Scope, headers: Headers, value: str) -> bytes:
        """For the path that the browser sees: with the prefix, when it asked for the
        configured host; a proxy that hides that name gets the whole host."""
        given = dict(headers)
        configured = given.get(b"host", b"").lower() == self._host
        path = f"{self._prefix}/" if configured else "/"
        secure = (
            scope.get("scheme") == "https"
            or given.get(b"x-forwarded-proto") == b"https"
            or (self._secure and configured)
        )
        more = "; Secure" if secure else ""
        return f"{COOKIE}={value}; Path={path}; HttpOnly; SameSite=Lax{more}".encode("ascii")
