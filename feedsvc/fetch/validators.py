"""By what a page is known to be unchanged: the site's validators, else its bytes' hash.

Dates in a page are no evidence; a page with moving parts (advertisements, tokens)
just counts as changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from feedsvc.fetch.memory import Memory, keep, recall
from feedsvc.model import FetchedPage


@dataclass(frozen=True, slots=True)
class Known:
    """A page as it was last dealt with."""

    headers: tuple[tuple[str, str], ...]
    digest: str

    def same_body(self, page: FetchedPage) -> bool:
        return bool(self.digest) and self.digest == hashlib.sha256(page.body).hexdigest()


def known(memory: Memory, url: str) -> Known | None:
    """What is remembered of a page, ``None`` where it is new."""
    kept = recall(memory, _key(url))
    if not kept:
        return None
    pairs = (("If-None-Match", kept.get("etag")), ("If-Modified-Since", kept.get("modified")))
    headers = tuple((name, value) for name, value in pairs if isinstance(value, str) and value)
    return Known(headers, str(kept.get("sha256") or ""))


def remember(memory: Memory, page: FetchedPage) -> None:
    """Remember a page by the address that was asked for."""
    keep(
        memory,
        _key(page.url),
        etag=page.header("etag"),
        modified=page.header("last-modified"),
        sha256=hashlib.sha256(page.body).hexdigest(),
    )


def _key(url: str) -> str:
    return f"fetch.page:{url}"
