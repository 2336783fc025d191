"""Who may read a protected server (contract, ``server.tokens``).

In: a request's query and headers.  Out: whether one of the tokens is in them, and
the cookie that stands for it.  A token is never stored, sent back or logged: the
cookie holds a value derived from it, which a removed token makes void.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from enum import Enum
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

COOKIE = "feedsvc"


class Pass(Enum):
    """How a request showed its token."""

    NONE = "none"
    QUERY = "query"
    BEARER = "bearer"
    COOKIE = "cookie"


class Tokens:
    """The tokens that are valid now; none at all means that everyone may read."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._tokens = tuple(token.encode() for token in tokens if token)
        self._cookies = tuple(_derived(token) for token in self._tokens)

    def __bool__(self) -> bool:
        return bool(self._tokens)

    def check(self, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[Pass, str]:
        """How the request may pass, and the cookie's value where a query let it."""
        for given in _in_query(query):
            place = _position(given, self._tokens)
            if place is not None:
                return Pass.QUERY, self._cookies[place].decode("ascii")
        for name, value in headers:
            if name == b"authorization":
                scheme, _, given = value.partition(b" ")
                if scheme.lower() == b"bearer" and _holds(given.strip(), self._tokens):
                    return Pass.BEARER, ""
            elif name == b"cookie" and _holds(_in_cookie(value), self._cookies):
                return Pass.COOKIE, ""
        return Pass.NONE, ""


def _derived(token: bytes) -> bytes:
    return hmac.new(token, b"feedsvc cookie", hashlib.sha256).hexdigest().encode("ascii")


def _position(given: bytes, valid: tuple[bytes, ...]) -> int | None:
    # All are compared, whichever fits: the time taken tells nothing.
    fits = [hmac.compare_digest(given, one) for one in valid]
    return fits.index(True) if given and any(fits) else None


def _holds(given: bytes, valid: tuple[bytes, ...]) -> bool:
    return _position(given, valid) is not None


def _in_query(query: bytes) -> list[bytes]:
    if b"token" not in query:
        return []
    try:
        pairs = parse_qsl(query, max_num_fields=20)
    except ValueError:
        return []
    return [value for name, value in pairs if name == b"token"]


def _in_cookie(value: bytes) -> bytes:
    try:
        found = SimpleCookie(value.decode("latin-1")).get(COOKIE)
    except CookieError:
        return b""
    return found.value.encode() if found else b""
