"""By what a page is known to be unchanged: the site's validators, else its bytes' hash.

Dates in a page are no evidence; a page with moving parts (advertisements, tokens)
just counts as changed.
"""

from __future__ import annotations

import hashlib

from feedsvc.memory import Memory, Page
from feedsvc.model import FetchedPage


def headers(known: Page) -> tuple[tuple[str, str], ...]:
    """What to ask with for a page that was dealt with before."""
    pairs = (("If-None-Match", known.etag), ("If-Modified-Since", known.modified))
    return tuple(one for one in pairs if one[1])


def same_body(known: Page, page: FetchedPage) -> bool:
    """Whether a page came that is, byte for byte, the one that was dealt with."""
    return known.digest == hashlib.sha256(page.body).hexdigest()


def remember(memory: Memory, page: FetchedPage) -> None:
    """Remember a page by the address that was asked for."""
    memory.page.set(
        page.url,
        etag=page.header("etag") or "",
        modified=page.header("last-modified") or "",
        digest=hashlib.sha256(page.body).hexdigest(),
    )
