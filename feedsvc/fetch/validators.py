"""By what a page is known to be unchanged: the site's validators, else its bytes' hash.

Dates in a page are no evidence; a page with moving parts (advertisements, tokens)
just counts as changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from feedsvc.memory import Memory
from feedsvc.model import FetchedPage


@dataclass(frozen=True, slots=True)
class Known:
    """A page as it was last dealt with."""

    headers: tuple[tuple[str, str], ...]
    digest: str

    def same_body(self, page: FetchedPage) -> bool:
        return self.digest == hashlib.sha256(page.body).hexdigest()


def known(memory: Memory, url: str) -> Known | None:
    """What is remembered of a page, ``None`` where it is new."""
    kept = memory.page.of(url)
    if not kept.digest:
        return None
    pairs = (("If-None-Match", kept.etag), ("If-Modified-Since", kept.modified))
    return Known(tuple(one for one in pairs if one[1]), kept.digest)


def remember(memory: Memory, page: FetchedPage) -> None:
    """Remember a page by the address that was asked for."""
    memory.page.set(
        page.url,
        etag=page.header("etag") or "",
        modified=page.header("last-modified") or "",
        digest=hashlib.sha256(page.body).hexdigest(),
    )
