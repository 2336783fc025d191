"""What is answered where nothing can be shown: a page for who asks for one, else a line.

In: a status, the line, the request's headers.  Out: an :class:`~feedsvc.serve.answer.Answer`.
Nothing of the request is repeated in it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import quote

from feedsvc.serve.answer import Answer, Headers, plain
from feedsvc.serve.rendering import page
from feedsvc.serve.wording import words_for

_FOR_PROGRAMS = (
    *("application/atom+xml", "application/rss+xml", "application/rdf+xml", "text/xml"),
    *("application/feed+json", "application/json", "application/xml"),
)

_QUERY = re.compile(rb"[!-~]+")

BEARER = (b"www-authenticate", b'Bearer realm="feedsvc"')
BASIC = (b"www-authenticate", b'Basic realm="feedsvc", charset="UTF-8"')


def refuse(
    status: int, said: str, headers: Headers, *extra: tuple[bytes, bytes], up: str = ""
) -> Answer:
    """``up`` is the way from the address to the root, such as ``../``."""
    given = dict(headers)
    if not wants_page(given.get(b"accept", b"")):
        return plain(status, said, *extra)
    fields, body = _page(status, words_for(given.get(b"accept-language", b""))["language"], up)
    return Answer(status, (*fields, *extra), body)


def unknown(headers: Headers, up: str) -> Answer:
    """To who shows no token.  A browser that was told of Basic would ask for a name and a
    password; it gets the page with its field."""
    said = "a token is needed: ?token=, Authorization: Bearer, or as password of Basic"
    wanted = (BEARER,) if wants_page(dict(headers).get(b"accept", b"")) else (BASIC, BEARER)
    return refuse(401, said, headers, *wanted, up=up)


def moved(path: str, query: bytes) -> Answer:
    """To the same address with a last slash more or less, seen from where the browser
    is: what a proxy cut off stays cut off."""
    name = quote(path.rstrip("/").rpartition("/")[2])
    where = f"../{name}" if path.endswith("/") else f"{name}/"
    if query and _QUERY.fullmatch(query):
        where += f"?{query.decode('ascii')}"
    return plain(301, "its address ends otherwise", (b"location", where.encode("ascii")))


@lru_cache(maxsize=256)
def wants_page(accept: bytes) -> bool:
    """Whether HTML is what a request would have before anything a program reads: some
    feed readers take a page too, as a last resort."""
    weights: dict[str, float] = {}
    for item in accept.decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weights[name] = next((_weight(one[2:]) for one in parameters if one[:2] == "q="), 1.0)
    html = max(weights.get("text/html", 0.0), weights.get("application/xhtml+xml", 0.0))
    return html > max((weights.get(one, 0.0) for one in _FOR_PROGRAMS), default=0.0)


def _weight(value: str) -> float:
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


@lru_cache(maxsize=64)
def _page(status: int, language: str, up: str) -> tuple[Headers, bytes]:
    words = words_for(language.encode())
    made = page(
        "refusal.html",
        words,
        up=up,
        cache_control="no-store",
        title=words.get(f"refused_{status}", HTTPStatus(status).phrase),
        status=status,
    ).plain
    kept = tuple(one for one in made.headers if one[0] not in (b"etag", b"vary"))
    return kept, made.body
