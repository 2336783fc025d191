"""What is answered where nothing can be shown: a page for who asks for one, else a line.

In: a status, the line, the request's headers.  Out: a :class:`~feedsvc.serve.response.Response`.
Nothing of the request is repeated in it.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import quote

from feedsvc.serve.rendering import Frame, page
from feedsvc.serve.request import Wrong
from feedsvc.serve.response import Headers, Response, plain, weights
from feedsvc.serve.translations import words_for

_FOR_PROGRAMS = (
    *("application/atom+xml", "application/rss+xml", "application/rdf+xml", "text/xml"),
    *("application/feed+json", "application/json", "application/xml"),
)

_QUERY = re.compile(rb"[!-~]+")

_NEVER = datetime.min.replace(tzinfo=UTC)  # nothing in a refusal is of a day

BEARER = (b"www-authenticate", b'Bearer realm="feedsvc"')
BASIC = (b"www-authenticate", b'Basic realm="feedsvc", charset="UTF-8"')


def refuse(
    status: int, said: str | Wrong, headers: Headers, *extra: tuple[bytes, bytes], site: str,
    up: str = "", trouble: bool = False,
) -> Response:  # fmt: skip
    """``said`` is the line for programs; a page has its own words, or names the part of the
    address that says nothing.  ``up`` is the way from the address to the root, such as
    ``../``; ``site`` and ``trouble`` as in ``Frame``."""
    given = dict(headers)
    if not wants_page(given.get(b"accept", b"")):
        return plain(status, str(said), *extra)
    language = words_for(given.get(b"accept-language", b""))["language"]
    told = (
        f"{said.part}: {said.korean if language == 'ko' else said.english}"
        if isinstance(said, Wrong)
        else ""
    )
    fields, body = _page(status, language, up, site, trouble, told)
    return Response(status, (*fields, *extra), body)


def unknown(headers: Headers, *, site: str, up: str) -> Response:
    """To who shows no token.  A browser that was told of Basic would ask for a name and a
    password; it gets the page with its field."""
    said = "a token is needed: ?token=, Authorization: Bearer, or as password of Basic"
    wanted = (BEARER,) if wants_page(dict(headers).get(b"accept", b"")) else (BASIC, BEARER)
    return refuse(401, said, headers, *wanted, site=site, up=up)


def moved(path: str, query: bytes) -> Response:
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
    given = weights(accept)
    html = max(given.get("text/html", 0.0), given.get("application/xhtml+xml", 0.0))
    return html > max(given.get(one, 0.0) for one in _FOR_PROGRAMS)


@lru_cache(maxsize=64)
def _page(
    status: int, language: str, up: str, site: str, trouble: bool, said: str
) -> tuple[Headers, bytes]:
    words = words_for(language.encode())
    made = page(
        "refusal.html",
        Frame(words, site, "no-store", _NEVER, trouble=trouble),
        up=up,
        title=words.get(f"refused_{status}", HTTPStatus(status).phrase),
        said=said or words.get(f"why_{status}", ""),
        status=status,
        # Who shows no token gets the style sheet no more than anything else.
        sealed=status in (401, 405, 414),
    ).plain
    return tuple(one for one in made.headers if one[0] not in (b"etag", b"vary")), made.body
