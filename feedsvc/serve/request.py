"""What an address asks for: the name of what it wants, and the parameters of a page.

In: a request's path and query.  Out: names and values; no file is touched.  What is allowed in
a path is listed and everything else is refused, so that there is nothing to clean: dot
folders, ``..``, backslashes, NUL, percent signs that were encoded twice and empty segments
are simply not in the alphabet.  Each parameter is taken or named as wrong; unknown ones are
left alone, as are empty ones.
"""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from feedsvc import text

LONGEST_PATH = 1024
"""Bytes of a request path that are looked at; longer ones are refused (414)."""

LONGEST = 200
"""Characters of a value: no more than anybody types."""

MOST_PAGES = 1_000_000

IMAGE = re.compile(r"images/([0-9a-f]{2}/[0-9a-f]{64}\.(?:jpg|jpeg|png|gif|webp|avif))")
"""The path of an image, its first group the file below the archive's ``images``."""

ARTICLE = re.compile(r"articles/([0-9]{1,12})")
"""The path of an article's page, its first group the article's id."""

SEARCH_FEED = re.compile(r"search\.(atom|rss|json)")
"""The path of a search's feed, its first group the feed's format."""

_FILE = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*(?:[A-Za-z0-9_-][A-Za-z0-9._-]*)?")
_PAGE = re.compile(
    r"(?:archive/|feeds|search|status|articles/.*|archive/[a-z0-9-]+/\d{4}-\d\d)?", re.DOTALL
)
_KINDS = {
    "": "index",
    "index.html": "index",
    "articles/": "article",
    "images/": "image",
    "archive/": "archive",
    **dict.fromkeys(("search", "search.atom", "search.rss", "search.json"), "search"),
    **{name: name for name in ("feeds", "healthz", "metrics", "status")},
}  # fmt: skip


def candidates(path: str, base: str) -> tuple[str, ...]:
    """The request path without its first slash, once for each way it can be meant:
    with the proxy's path prefix (``base``: ``""`` or ``/feeds``) cut off, and as it came.

    A request with an absolute address (RFC 9112, 3.2.2) is read by its path.
    """
    if path.startswith(("http://", "https://")):
        path = "/" + path.partition("://")[2].partition("/")[2]
    if not path.startswith("/"):
        return ()
    if base and (path == base or path.startswith(f"{base}/")):
        return path[len(base) + 1 :], path[1:]
    return (path[1:],)


def file_name(path: str) -> str | None:
    """The file below the published folder, or ``None``; a folder means its index."""
    if _FILE.fullmatch(path) is None:
        return None
    return f"{path}index.html" if not path or path.endswith("/") else path


def is_page(path: str) -> bool:
    """Whether a page made for the request is asked for, and no file."""
    return _PAGE.fullmatch(path) is not None


def kind(path: str, base: str) -> str:
    """What sort of thing is asked for, one of few words: what counts requests must not
    grow with what strangers ask for."""
    for one in candidates(path, base):
        first, slash, _ = one.partition("/")
        if found := _KINDS.get(first + slash):
            return found
        if not slash and one.endswith((".rss", ".atom", ".json")):
            return one.rpartition(".")[2]
    return "other"


class Wrong(Exception):
    """A part of the request that says nothing: the name of the parameter, and what it
    takes, in Korean and in English."""

    def __init__(self, part: str, korean: str, english: str) -> None:
        super().__init__(f"{part}: {english}")
        self.part = part
        self.korean = korean
        self.english = english


class Asked:
    """The parameters of an address."""

    def __init__(self, query: bytes) -> None:
        """Raises :class:`Wrong` for one of hundreds of parameters."""
        try:
            # Some programs send what they were given, unencoded.
            pairs = parse_qsl(query.decode("utf-8", "replace"), max_num_fields=50)
        except ValueError:
            raise Wrong("?", "매개변수가 너무 많습니다.", "too many parameters") from None
        self.whole = {key: text.fold(value) for key, value in pairs}
        """The values, clean, however long."""

    def text(self, name: str) -> str:
        """Clean, one line, ``LONGEST`` characters at most; empty where it is not there."""
        return self.whole.get(name, "")[:LONGEST]

    def one_of(self, name: str, known: Iterable[str]) -> str:
        """One of the known values, or nothing.  Raises :class:`Wrong`."""
        value, known = self.text(name), list(known)
        if value and value not in known:
            listed = ", ".join(known)
            raise Wrong(name, f"다음 중 하나여야 합니다: {listed}", f"takes one of {listed}")
        return value

    def page(self) -> int:
        """The page, counted from 1.  Raises :class:`Wrong`."""
        value = self.text("page") or "1"
        if not (value.isascii() and value.isdigit() and 0 < int(value) <= MOST_PAGES):
            raise Wrong("page", "1부터 세는 쪽 번호여야 합니다.", "takes a number from 1")
        return int(value)
