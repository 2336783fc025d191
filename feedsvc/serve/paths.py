"""A request's path to the name of what it asks for.  Pure: no file is touched.

What is allowed is listed and everything else is refused, so that there is nothing
to clean: dot folders, ``..``, backslashes, NUL, percent signs that were encoded
twice and empty segments are simply not in the alphabet.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST = 1024
"""Bytes of a request path that are looked at; longer ones are refused (414)."""

_FILE = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*(?:[A-Za-z0-9_-][A-Za-z0-9._-]*)?")
_IMAGE = re.compile(r"images/([0-9a-f]{2}/[0-9a-f]{64}\.(?:jpg|jpeg|png|gif|webp|avif))")
_MONTH = re.compile(r"archive/[a-z0-9-]+/\d{4}-\d\d")
_PAGES = frozenset({"", "archive/", "feeds", "search", "status"})
_SEARCH = re.compile(r"search\.(atom|rss|json)")
_ARTICLE = re.compile(r"articles/(\d{1,12})")


def prefix(base_url: str) -> str:
    """The path of a configured address without its last slash: ``""`` or ``/feeds``."""
    return urlsplit(base_url).path.rstrip("/")


def candidates(path: str, base: str) -> tuple[str, ...]:
    """The request path without its first slash, once for each way it can be meant:
    with the proxy's path prefix cut off, and as it came.

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


def image_name(path: str) -> str | None:
    """The file below the archive's ``images``, or ``None``."""
    match = _IMAGE.fullmatch(path)
    return match[1] if match else None


def other_slash(path: str) -> str:
    """The same path with its last slash, or without it."""
    return path[:-1] if path.endswith("/") else f"{path}/"


def article_id(path: str) -> int | None:
    """The id of the article whose reading page is asked for, or ``None``."""
    match = _ARTICLE.fullmatch(path)
    return int(match[1]) if match and match[1].isascii() else None


def search_feed(path: str) -> str | None:
    """The format in which a search is asked for as a feed, or ``None``."""
    match = _SEARCH.fullmatch(path)
    return match[1] if match else None


def is_page(path: str) -> bool:
    """Whether a page made for the request is asked for, and no file."""
    return path in _PAGES or path.startswith("articles/") or _MONTH.fullmatch(path) is not None


def kind(path: str, base: str) -> str:
    """What sort of thing is asked for, one of few words: what counts requests must not
    grow with what strangers ask for."""
    for one in candidates(path, base):
        if one in ("feeds", "healthz", "metrics", "search", "status"):
            return one
        if search_feed(one):
            return "search"
        if one.startswith("articles/"):
            return "article"
        if one.startswith("images/"):
            return "image"
        if one.startswith("archive/"):
            return "archive"
        if one in ("", "index.html"):
            return "index"
        if one.endswith((".rss", ".atom", ".json")) and "/" not in one:
            return one.rpartition(".")[2]
    return "other"
