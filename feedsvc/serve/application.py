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
from feedsvc.health import Health, Status, health
from feedsvc.serve import metrics, paths, personal
from feedsvc.serve.always import ALWAYS, always
from feedsvc.serve.asked import Asked, Wrong
from feedsvc.serve.files import Folder, Held
from feedsvc.serve.pages import Pages
from feedsvc.serve.permit import Permit, Withheld
from feedsvc.serve.refusal import moved, refuse, unknown, wrong
from feedsvc.serve.rendering import Frame, Words
from feedsvc.serve.response import SECURITY, Document, Headers, Response, plain, policy, respond
from feedsvc.serve.searching import Searching
from feedsvc.serve.tokens import COOKIE, Pass, Tokens, cookie_of
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
        self._prefix = paths.prefix(config.feeds.base_url)
        self._host = base.netloc.lower().encode()
        self._secure = base.scheme == "https"
        # What is protected must not stay in a proxy's cache for those without a token.
        reach = "private" if self._tokens else "public"
        self._page_control = f"{reach}, no-cache"
        self._icon_control = f"{reach}, max-age=86400"
        self._pages = Pages(config, archive)
        self._searching = Searching(config, archive)
        self._since = now()
        self._trouble: tuple[object, bool] | None = None
        self._feed_control = f"{reach}, max-age=60"
        self._site = config.feeds.title
        # The page of feeds has the name of such a prefix: seen from behind a proxy that cuts
        # the prefix off, its address is the prefix alone.  A parameter tells them apart.
        self._hidden = self._prefix == f"/{FEEDS}"
        self._feeds_path = config.feeds.path
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
        self._answered[paths.kind(scope["path"], self._prefix), answer.status] += 1
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
        if len(path) > paths.LONGEST:
            return refuse(414, "the address is too long", headers, site=self._site)
        how, token = Pass.NONE, ""
        wanted = paths.candidates(path, self._prefix)
        if self._hidden and path == self._prefix and b"list" in scope.get("query_string", b""):
            wanted = (FEEDS,)
        up = "../" * wanted[0].count("/") if wanted else ""
        if self._tokens:
            how, token = self._tokens.check(scope.get("query_string", b""), headers)
            if how is Pass.NONE and "healthz" not in wanted:
                return unknown(headers, site=self._site, up=up)
        if "healthz" in wanted:
            return await self._healthz(detail=not self._tokens or how is not Pass.NONE)
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
            return wrong(error, headers, site=self._site, up=up, trouble=trouble)
        except Withheld as error:
            # No path of this machine: that is for the log.
            said = f"{error.message}; {error.advice}"
            again = (b"retry-after", b"60")
            return refuse(503, said, headers, again, site=self._site, up=up)
        except FeedsvcError as error:
            # The line names a path of this machine; that is for the log, not the page.
            said = f"the archive cannot answer: {error.message}"
            return refuse(500, said, headers, site=self._site, up=up)
        if found is None:
            trouble = await asyncio.to_thread(self._troubled)
            return refuse(404, "not found", headers, site=self._site, up=up, trouble=trouble)
        answer = respond(found, headers)
        if how is Pass.QUERY and found.is_page:
            kept = self._cookie(scope, headers, cookie_of(token))
            answer = Response(answer.status, (*answer.headers, (b"set-cookie", kept)), answer.body)
        return answer

    async def _other_slash(self, wanted: tuple[str, ...], scope: Scope) -> bool:
        """Whether there is something at the address with a last slash more or less."""
        meant = tuple(paths.other_slash(path) for path in wanted if path.strip("/"))
        if {"healthz", "metrics"} & {*meant}:
            return True
        return await self._find(meant, scope, "") is not None

    def at_once(self, method: bytes, path: str, query: bytes, headers: Headers) -> Response | None:
        """The answer to a request for a published file that is held in memory, by the same
        rules as :meth:`answer`; ``None`` for everything else, refusals too."""
        if method not in (b"GET", b"HEAD"):
            return None
        name, kind = self._file_of(path)
        if name is None:
            return None
        if self._tokens and self._tokens.check(query, headers)[0] is Pass.NONE:
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
        kind = paths.kind(path, self._prefix)
        wanted = paths.candidates(path, self._prefix) if len(path) <= paths.LONGEST else ()
        if not wanted or {"healthz", "metrics"} & {*wanted} or wanted[0].startswith("images/"):
            return None, kind
        name = None if paths.is_page(wanted[0]) else paths.file_name(wanted[0])
        # Nor is what holds the token of who asks.
        personal = bool(self._tokens) and name == LIST
        return (None if personal or (name and name.endswith(".html")) else name), kind

    async def _find(self, wanted: tuple[str, ...], scope: Scope, token: str) -> Document | None:
        for path in wanted:
            if token and path == "index.html":
                path = ""  # the page as it is published holds nobody's token
            if path in ALWAYS:
                return always(path, self._icon_control)
            if path.startswith("images/"):
                image = paths.image_name(path)
                found = await self._images.get(image) if image else None
            elif paths.is_page(path):
                words = words_for(dict(scope["headers"]).get(b"accept-language", b""))
                query = scope.get("query_string", b"")
                found = await asyncio.to_thread(self._page, path, query, words, token)
                if found is None and not path:
                    found = await self._public.get("index.html")
            elif suffix := paths.search_feed(path):
                found = await self._search_feed(suffix, scope.get("query_string", b""))
            else:
                name = paths.file_name(path)
                found = await self._public.get(name) if name else None
                if found is not None and token and name == LIST:
                    # What is no list of feeds any more is no more use with a token.
                    with suppress(ParseError):
                        found = personal.opml(found, self._config.feeds.base_url, token)
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
        control = personal.CONTROL if token else self._page_control
        frame = Frame(
            words, self._site, control, self._now(), token, self._troubled(),
            feeds=f"{FEEDS}?list=all" if self._hidden else FEEDS,
        )  # fmt: skip
        article = paths.article_id(path)
        if article is not None:
            return self._pages.article(article, Asked(query), frame)
        if path == "":
            with suppress(FeedsvcError):
                return self._pages.index(Asked(query), frame)
            return None  # what is published has an index page too
        if path == "archive/":
            return self._pages.archive(Asked(query), frame)
        if path == "search":
            asked = self._searching.read(Asked(query), self._now())
            return self._searching.page(asked, frame)
        if path == "feeds":
            return self._pages.feeds(frame)
        if path == "status":
            return self._pages.status(self._judged(), frame)
        return self._pages.month(path, Asked(query), frame)

    def _troubled(self) -> bool:
        """Whether anything is wrong, as far as can be told.  Every page asks: the answer
        holds for a second, as long as nothing is written down beside the archive."""
        now = self._now().replace(microsecond=0)
        told = now, self._written()
        if self._trouble is None or self._trouble[0] != told:
            self._trouble = told, self._wrong()
        return self._trouble[1]

    def _written(self) -> tuple[tuple[str, int, int], ...]:
        """Of the files beside the archive: others where anything was noted since."""
        with suppress(OSError), os.scandir(self._config.archive.path / ".state") as found:
            told = ((one.name, one.stat()) for one in found)
            return tuple(sorted((name, of.st_size, of.st_mtime_ns) for name, of in told))
        return ()

    def _wrong(self) -> bool:
        with suppress(FeedsvcError):
            return self._judged().status is not Status.OK
        return True

    def _judged(self) -> Health:
        return health(self._config, self._archive.memory, self._now(), self._run_since)

    def _metrics(self) -> Response:
        size = metrics.ArchiveSize(
            len(self._archive), len(self._archive.locked()), len(self._archive.pending())
        )
        files = metrics.feed_files(self._feeds_path)
        body = metrics.exposition(
            Counter(self._answered), files, self._judged(), size, metrics.agreed(self._archive)
        )
        return self._fresh(200, body, metrics.MEDIA_TYPE)

    def _fresh(self, status: int, body: bytes, media_type: str) -> Response:
        """An answer that is true at this moment only."""
        return Response(
            status,
            (
                (b"content-type", media_type.encode("ascii")),
                (b"content-length", str(len(body)).encode("ascii")),
                (b"cache-control", b"no-store"),
                (b"content-security-policy", policy(b"")),
                *SECURITY,
            ),
            body,
        )

    async def _healthz(self, *, detail: bool) -> Response:
        try:
            verdict = await asyncio.to_thread(self._judged)
        except FeedsvcError as error:
            return plain(503, f"the state of polling cannot be read: {error.message}")
        told = verdict.as_json() if detail else {"status": verdict.status}
        body = json.dumps(told, ensure_ascii=False).encode() + b"\n"
        code = 503 if verdict.status is Status.FAILING else 200
        return self._fresh(code, body, "application/json; charset=utf-8")

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
        cookie = f"{COOKIE}={value}; Path={path}; HttpOnly; SameSite=Lax"
        return (cookie + ("; Secure" if secure else "")).encode("ascii")
