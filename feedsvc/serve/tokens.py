"""Who may read a protected server (contract, ``server.tokens``).

In: a request's query and headers.  Out: whether one of the tokens is in them, and
which.  A token is never stored or logged, and goes to nobody but who showed it: the
cookie holds a value derived from it, which a removed token makes void.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import Enum
from urllib.parse import unquote_to_bytes

COOKIE = "feedsvc"

# Ours wherever it stands, whatever else the field holds: the other cookies of a host are
# not ours to judge (RFC 6265, 5.4 lets a browser send any bytes).
_OURS = re.compile(rb'(?:^|[;,])[ \t]*feedsvc[ \t]*=[ \t]*"?([0-9a-f]{64})(?![0-9a-f])')


class Pass(Enum):
    """How a request showed its token."""

    NONE = "none"
    QUERY = "query"
    BEARER = "bearer"
    BASIC = "basic"
    COOKIE = "cookie"


class Tokens:
    """The tokens that are valid now; none at all means that everyone may read."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._tokens = tuple(token.encode() for token in tokens if token)
        self._cookies = tuple(map(_derived, self._tokens))

    def __bool__(self) -> bool:
        return bool(self._tokens)

    def check(self, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[Pass, str]:
        """How the request may pass, and the token that let it."""
        for given in _in_query(query):
            if token := self._held([given], self._tokens):
                return Pass.QUERY, token
        for name, value in headers:
            if name == b"authorization":
                scheme, _, given = value.partition(b" ")
                kind = scheme.lower()
                if kind == b"bearer" and (token := self._held([given.strip()], self._tokens)):
                    return Pass.BEARER, token
                if kind == b"basic" and (token := self._held([_password(given)], self._tokens)):
                    return Pass.BASIC, token
            elif name == b"cookie" and (token := self._held(_OURS.findall(value), self._cookies)):
                return Pass.COOKIE, token
        return Pass.NONE, ""

    def _held(self, given: Iterable[bytes], valid: tuple[bytes, ...]) -> str:
        """The token whose sign, of those in ``valid``, is given; nothing where none is."""
        for one in given:
            place = _position(one, valid)
            if place is not None:
                return self._tokens[place].decode("ascii")
        return ""


def cookie_of(token: str) -> str:
    """The value of the cookie that stands for a token."""
    return _derived(token.encode()).decode("ascii")


def _derived(token: bytes) -> bytes:
    return hmac.new(token, b"feedsvc cookie", hashlib.sha256).hexdigest().encode("ascii")


def _position(given: bytes, valid: tuple[bytes, ...]) -> int | None:
    # All are compared, whichever fits: the time taken tells nothing.
    fits = [hmac.compare_digest(given, one) for one in valid]
    return fits.index(True) if given and any(fits) else None


def _in_query(query: bytes) -> list[bytes]:
    """The values of ``token``.  No token holds a space, so a ``+`` is one."""
    pairs = [pair.partition(b"=") for pair in query.split(b"&")]
    return [unquote_to_bytes(value) for name, _, value in pairs if _decoded(name) == b"token"]


def _decoded(name: bytes) -> bytes:
    return unquote_to_bytes(name) if b"%" in name else name


def _password(given: bytes) -> bytes:
    """What stands after the user's name, whatever that is (RFC 7617)."""
    try:
        # Too much padding is forgiven, too little is not.
        return base64.b64decode(given.strip() + b"==").partition(b":")[2]
    except binascii.Error:
        return b""
