"""What counts as the article when two states of it are compared.

In: headline, sub-headline, body blocks.  Out: the ``digest`` of a record
(contract, section 4).  Deciding what a difference means is ``dedup``'s job.
"""

from __future__ import annotations

import hashlib

from feedsvc.text import fold, visible


def sha256(data: bytes) -> str:
    """``sha256:`` and the SHA-256 in hex, the form that records and journal use."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def digest(title: str, subtitle: str, body: tuple[str, ...]) -> str:
    """The SHA-256 of three lines of UTF-8: headline, sub-headline, the body's
    visible text; each NFC with white space folded to one space.

    Markup, the order of attributes and image addresses are not part of it.
    """
    lines = (fold(title), fold(subtitle), fold(" ".join(visible(block) for block in body)))
    return sha256("\n".join(lines).encode())
