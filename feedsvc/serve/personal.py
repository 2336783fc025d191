"""Addresses that hold the token of the person who is shown them.

In: a token, and an address or the published list of feeds.  Out: the same with
``?token=``.  Such an answer is that person's alone: no cache keeps it, and nothing of it
is written anywhere.
"""

from __future__ import annotations

from urllib.parse import quote
from xml.etree import ElementTree

from feedsvc.serve.response import Document, document

CONTROL = "private, no-store"
"""``Cache-Control`` of what holds a token."""


def query_of(token: str) -> str:
    """What stands behind an address: nothing without a token."""
    return f"?token={quote(token, safe='')}" if token else ""


def opml(published: Document, base_url: str, token: str) -> Document:
    """The list of feeds as it was published, each address below ``base_url`` with the
    token.  Raises ``ElementTree.ParseError`` where it is no XML."""
    root = ElementTree.fromstring(published.plain.body)
    base = base_url.rstrip("/") + "/"
    for outline in root.iter("outline"):
        for key in ("xmlUrl", "htmlUrl"):
            address = outline.get(key, "")
            if address.startswith(base):
                outline.set(key, address + query_of(token))
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document(written + b"\n", published.media_type, cache_control=CONTROL)
