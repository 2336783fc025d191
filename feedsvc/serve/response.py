"""One HTTP answer as bytes and headers: validators, content coding, 304, HEAD.

In: a request's headers and a :class:`Document` (bytes of one thing that is
served, with both codings ready).  Out: a :class:`Response`.  No file is opened
and no route is known here.  Sources: RFC 9110, sections 8.8, 12.5.3 and 13.
"""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

Headers = tuple[tuple[bytes, bytes], ...]
"""Header fields, names in lower case, as ASGI has them."""

_ETAG = re.compile(rb'(?:W/)?("[^"]*")')
_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)
_COMPRESSIBLE = re.compile(r"text/|application/(?:rss\+xml|atom\+xml|feed\+json|json)|image/svg")

SECURITY: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; ``headers`` hold ``content-length`` where there is a body."""

    status: int
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Coding:
    """A document in one content coding; ``etag`` is its own strong one."""

    body: bytes
    etag: bytes
    headers: Headers
    validators: Headers


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that is served, ready to send.

    ``gzip`` is ``None`` where compression does not pay.  ``modified`` has whole
    seconds, ``None`` where only the ETag tells.
    """

    media_type: str
    modified: datetime | None
    plain: Coding
    gzip: Coding | None

    @property
    def size(self) -> int:
        """Bytes held in memory."""
        return len(self.plain.body) + (len(self.gzip.body) if self.gzip else 0)

    @property
    def is_page(self) -> bool:
        return self.media_type.startswith("text/html")


def document(
    content: bytes,
    media_type: str,
    *,
    cache_control: str,
    modified: datetime | None = None,
    vary: bytes = b"accept-encoding",
    level: int = 6,
) -> Document:
    """A document of these bytes.  The ETag is a digest of the content, so that it
    outlives restarts and is the same on every machine that serves the file.  ``vary``
    names the request fields that chose this content; ``level`` is gzip's."""
    digest = hashlib.sha256(content).hexdigest()[:32]
    shared = [
        (b"content-type", media_type.encode("ascii")),
        (b"content-security-policy", policy(content if "html" in media_type else b"")),
        *SECURITY,
    ]
    validators = [(b"cache-control", cache_control.encode("ascii"))]
    if modified is not None:
        modified = modified.astimezone(UTC).replace(microsecond=0)
        validators.append((b"last-modified", format_datetime(modified, usegmt=True).encode()))
    compressible = _COMPRESSIBLE.match(media_type) is not None
    if compressible:
        validators.append((b"vary", vary))

    def coded(body: bytes, tag: str, extra: list[tuple[bytes, bytes]]) -> Coding:
        etag = f'"{digest}{tag}"'.encode("ascii")
        own = (*validators, (b"etag", etag))
        length = (b"content-length", str(len(body)).encode("ascii"))
        return Coding(body, etag, (*shared, *own, *extra, length), own)

    return Document(
        media_type,
        modified,
        coded(content, "", []),
        coded(
            gzip.compress(content, compresslevel=level, mtime=0),
            "-gzip",
            [(b"content-encoding", b"gzip")],
        )
        if compressible
        else None,
    )


def policy(page: bytes) -> bytes:
    """The content security policy of a page: of scripts only our own file, nothing inline;
    of styles only our own file, and the page's own ``<style>`` elements by their digests."""
    digests = (hashlib.sha256(style).digest() for style in _STYLE.findall(page))
    styles = "".join(f" 'sha256-{base64.b64encode(one).decode('ascii')}'" for one in digests)
    scripts = "script-src 'self'; " if b"<script " in page else ""
    return (
        "default-src 'none'; img-src 'self' data: https: http:; "
        f"style-src 'self'{styles}; {scripts}"
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ).encode("ascii")


def respond(content: Document, headers: Iterable[tuple[bytes, bytes]]) -> Response:
    """The answer to a request with these headers: 200, 304, or 406 when the request
    refuses every coding there is."""
    accept = none_match = since = None
    for name, value in headers:
        if name == b"accept-encoding":
            accept = value if accept is None else accept + b"," + value
        elif name == b"if-none-match":
            none_match = value if none_match is None else none_match + b"," + value
        elif name == b"if-modified-since":
            since = value
    coding = content.plain
    if content.gzip is not None:
        chosen = choose(accept)
        if chosen is None:
            return plain(406, "no acceptable content coding; gzip and identity are offered")
        if chosen == "gzip":
            coding = content.gzip
    if none_match is not None:
        fresh = none_match == coding.etag or matches(none_match, coding.etag)
    else:
        fresh = since is not None and unmodified(content.modified, since)
    if fresh:
        return Response(304, coding.validators)
    return Response(200, coding.headers, coding.body)


def matches(field: bytes, etag: bytes) -> bool:
    """Whether ``If-None-Match`` names the tag: weak comparison, lists, ``*``."""
    return field.strip() == b"*" or etag in _ETAG.findall(field)


def unmodified(modified: datetime | None, field: bytes) -> bool:
    """Whether nothing changed since an HTTP date; a date that is none is ignored."""
    if modified is None:
        return False
    try:
        since = parsedate_to_datetime(field.decode("latin-1"))
    except ValueError:
        return False
    # "-0000" gives a naive time; an HTTP date is always in GMT.
    return modified <= (since if since.tzinfo else since.replace(tzinfo=UTC))


@lru_cache(maxsize=256)
def choose(field: bytes | None) -> str | None:
    """``gzip``, ``identity``, or ``None`` if ``Accept-Encoding`` refuses both."""
    if field is None:
        return "identity"
    given = weights(field.lower().replace(b"x-gzip", b"gzip"))
    anything = given.get("*")
    packed = given.get("gzip", anything or 0.0)
    plain_weight = given.get("identity", anything)
    if packed > 0 and packed >= (plain_weight or 0.0):
        return "gzip"
    return None if plain_weight == 0 else "identity"


def weights(field: bytes) -> dict[str, float]:
    """The items of an ``Accept…`` field with their weights (RFC 9110, 12.4.2), from 0 to 1.

    What is no weight counts as a refusal: plain bytes, or a line, suit everyone."""
    found = {}
    for item in field.decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        told = [
            value.strip()
            for key, _, value in (one.partition("=") for one in parameters)
            if key.strip() == "q"
        ]
        weight = told[-1] if told else "1"
        if name:
            found[name] = float(weight) if _WEIGHT.fullmatch(weight) else 0.0
    return found


def plain(status: int, message: str, *extra: tuple[bytes, bytes]) -> Response:
    """A short answer in words; nothing of the request is repeated in it."""
    return fresh(status, f"{message}\n".encode(), "text/plain; charset=utf-8", *extra)


def fresh(status: int, body: bytes, media_type: str, *extra: tuple[bytes, bytes]) -> Response:
    """An answer that is true at this moment only."""
    return Response(
        status,
        (
            (b"content-type", media_type.encode("ascii")),
            (b"content-length", str(len(body)).encode("ascii")),
            (b"cache-control", b"no-store"),
            (b"content-security-policy", policy(b"")),
            *SECURITY,
            *extra,
        ),
        body,
    )
