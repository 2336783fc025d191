"""An archived page (RFC 5005, section 4) as bytes: put together, split.

In: entries as they are written.  Out: bytes, the same for the same entries and neighbours.
No file is touched here.  Which entries a month has is ``months.py``'s question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from feedsvc.errors import PublishError
from feedsvc.feeds import pieces
from feedsvc.feeds.channel import EPOCH, Channel

LONGEST_NAME = "0000-00-0000"
"""As long as the name of a page can be."""

_NAME = re.compile(r"(\d{4}-\d\d)(?:-(\d{1,4}))?")


def room(channel: Channel, max_size: int) -> int:
    """Bytes that the entries of a page may take."""
    from feedsvc.feeds import xml

    longest = channel.page_address(LONGEST_NAME)
    links = [(one, longest) for one in ("self", "prev-archive", "next-archive", "current")]
    return max_size - len(xml.archived_page(channel, links, EPOCH))


def split(sizes: Sequence[tuple[int, int]], size: int) -> tuple[tuple[int, ...], ...]:
    """The entries of a month (article, bytes), the oldest first, in pages of at most ``size``
    bytes: places in ``sizes``.  A new article is added to the last page and leaves the others
    as they are.

    Raises ``PublishError`` for an entry that fits into no page.
    """
    found: list[list[int]] = []
    used = 0
    for place, (article, own) in enumerate(sizes):
        if own > size:
            raise PublishError(
                f"article {article} does not fit into an archived page",
                advice="raise feeds.max_size",
            )
        if not found or used + own > size:
            found.append([])
            used = 0
        found[-1].append(place)
        used += own
    return tuple(map(tuple, found))


def document(
    channel: Channel,
    name: str,
    before: str | None,
    after: str | None,
    updated: datetime,
    parts: Sequence[bytes],
) -> bytes:
    """The page ``name`` between its neighbours; ``parts`` are its entries, newest first."""
    from feedsvc.feeds import xml

    links = [("self", channel.page_address(name)), ("current", channel.address("atom"))]
    if before is not None:
        links.append(("prev-archive", channel.page_address(before)))
    if after is not None:
        links.append(("next-archive", channel.page_address(after)))
    return pieces.joined(xml.archived_page(channel, links, updated), "atom", parts)


def name_of(month: str, number: int) -> str:
    """``2026-03``, ``2026-03-2`` …; ``number`` counts from one."""
    return month if number == 1 else f"{month}-{number}"


def place_of(name: str) -> tuple[str, int] | None:
    """Month and number of a page's name, by which pages are in order of time."""
    match = _NAME.fullmatch(name)
    return (match[1], int(match[2] or 1)) if match else None
