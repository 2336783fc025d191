"""Who may read a protected server (contract, ``server.tokens``).

In: a request's query and headers.  Out: whether one of the tokens is in them, and
which.  A token is never stored or logged, and goes to nobody but who showed it: the
cookie holds a value derived from it, which a removed token makes void.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

COOKIE = "feedsvc"

# Ours wherever it stands, whatever else the field holds: the other cookies of a host are
# not ours to judge (RFC 6265, 5.4 lets a browser send any bytes).
_OURS = re.compile(rb'(?:^|[;,])[ \t]*feedsvc[ \t]*=[ \t]*"?([0-9a-f]{64})(?![0-9a-f])')


class Tokens:
    """The tokens that are valid now; none at all means that everyone may read."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._tokens = tuple(token.encode() for token in tokens if token)
        self._cookies = tuple(map(_derived, self._tokens))

    def __bool__(self) -> bool:
        return bool(self._tokens)

    def check(self, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, bool]:
        """The token that lets the request pass, ``""`` for none, and whether it stands in the
        address."""
        # No token holds a space, so a "+" is one.
        for name, _, value in (pair.partition(b"=") for pair in query.split(b"&")):
            if unquote_to_bytes(name) == b"token" and (
                token := self._held(unquote_to_bytes(value), self._tokens)
            ):
                return token, True
        for name, value in headers:
            given, valid = [], self._tokens
            if name == b"authorization":
                scheme, _, shown = value.partition(b" ")
                shown = shown.strip()
                given = {b"bearer": [shown], b"basic": [_password(shown)]}.get(scheme.lower(), [])
            elif name == b"cookie":
                given, valid = _OURS.findall(value), self._cookies
            if token := next(filter(None, (self._held(one, valid) for one in given)), ""):
                return token, False
        return "", False

    def _held(self, given: bytes, valid: tuple[bytes, ...]) -> str:
        """The token whose sign, of those in ``valid``, is given; nothing where none is."""
        # All are compared, whichever fits: the time taken tells nothing.
        fits = [hmac.compare_digest(given, one) for one in valid]
        return self._tokens[fits.index(True)].decode("ascii") if given and any(fits) else ""


def cookie_of(token: str) -> str:
    """The value of the cookie that stands for a token."""
    return _derived(token.encode()).decode("ascii")


def _derived(token: bytes) -> bytes:
    return hmac.new(token, b"feedsvc cookie", hashlib.sha256).hexdigest().encode("ascii")


def _password(given: bytes) -> bytes:
    """What stands after the user's name, whatever that is (RFC 7617)."""
    try:
        # Too much padding is forgiven, too little is not.
        return base64.b64decode(given + b"==").partition(b":")[2]
    except binascii.Error:
        return b""
