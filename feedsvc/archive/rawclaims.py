"""Which raw pages there must be: each record names those that were kept of it.

They stand in its ``sources`` as ``page``: the ``WARC-Payload-Digest`` of each, oldest
first.  A record that was kept without its pages names none, and neither does one of an
earlier feedsvc: of those nothing is missing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import replace

from feedsvc.model import Record

SOURCE = "page"


def payload_digest(body: bytes) -> str:
    """``sha1:`` and the SHA-1 in base 32, as WARC 1.1 writes it."""
    found = hashlib.sha1(body, usedforsecurity=False).digest()
    return f"sha1:{base64.b32encode(found).decode()}"


def claimed(record: Record) -> tuple[str, ...]:
    """The pages that a record names."""
    return tuple(dict(record.sources).get(SOURCE, "").split())


def naming(record: Record, pages: Iterable[str]) -> Record:
    """The record, naming these pages and no others."""
    named = " ".join(dict.fromkeys(pages))
    others = tuple(pair for pair in record.sources if pair[0] != SOURCE)
    return replace(record, sources=(*others, (SOURCE, named)) if named else others)


def key(article_id: int, page: str) -> int:
    """64 bits for a page of an article, so that a million of them fit into memory."""
    found = hashlib.blake2b(f"{article_id} {page}".encode(), digest_size=8)
    return int.from_bytes(found.digest())
