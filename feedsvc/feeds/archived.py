"""An archived page (RFC 5005, section 4) as bytes: taken apart, put together, split.

In: entries and the bytes of pages published before.  Out: bytes, the same for the
same entries and neighbours.  A page is put together from pieces, each an entry as it
stands in a page, so that one new article does not make the whole month be written
anew.  No file is touched here.  Which entries a month has is ``history.py``'s question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedsvc.errors import PublishError
from feedsvc.feeds.channel import EPOCH, Channel
from feedsvc.model import Entry

# As lxml indents it.  In text and attributes "<" is escaped, so that no article can
# hold these bytes.
_ENTRY = re.compile(rb"^  <entry>\n.*?^  </entry>\n", re.DOTALL | re.MULTILINE)
_PART = re.compile(rb"<(id|published|updated)>([^<]+)</\1>")
_LINK = re.compile(rb'<link href="([^"]*)" rel="(self|current|prev-archive|next-archive)"')
_END = b"</feed>\n"
_NAME = re.compile(r"(\d{4}-\d\d)(?:-(\d{1,4}))?")


@dataclass(frozen=True, slots=True)
class Piece:
    """An entry as it stands in a page: ``id`` is the article's number, the times are
    as in the document (+09:00 always, so that they compare as text)."""

    id: int
    published: str
    updated: str
    data: bytes


def pieces_of(document: bytes) -> tuple[Piece, ...]:
    """The entries of a page.  Raises ``ValueError`` for one that is not ours."""
    return tuple(_piece(found[0]) for found in _ENTRY.finditer(document))


def made(channel: Channel, entries: Sequence[Entry]) -> tuple[Piece, ...]:
    """Entries as pieces; they are the same in every feed.

    Raises ``ValueError`` for text that XML cannot hold.
    """
    from feedsvc.feeds import xml  # heavy, and a poll with nothing new needs no page

    found = pieces_of(xml.atom(channel, entries))
    if len(found) != len(entries):
        raise ValueError(f"{len(entries)} entries were written and {len(found)} are found again")
    return found


def _piece(data: bytes) -> Piece:
    parts: dict[bytes, str] = {}
    for name, value in _PART.findall(data):
        parts.setdefault(name, value.decode())
    if len(parts) != 3:
        raise ValueError("an archived entry without id or times")
    number = parts[b"id"].rpartition("/")[2]
    return Piece(int(number), parts[b"published"], parts[b"updated"], data)


def room(channel: Channel, max_size: int) -> int:
    """Bytes that the entries of a page may take."""
    from feedsvc.feeds import xml

    longest = "0000-00-0000"
    links = [(one, channel.page_address(longest)) for one in ("self", "prev-archive")]
    links += [(one, channel.page_address(longest)) for one in ("next-archive", "current")]
    return max_size - len(xml.archived_page(channel, links, EPOCH))


def split(pieces: Iterable[Piece], size: int) -> tuple[tuple[Piece, ...], ...]:
    """The pieces of a month in pages of at most ``size`` bytes, the oldest page first:
    a new article is added to the last one and leaves the others as they are.

    Raises ``PublishError`` for a piece that fits into no page.
    """
    found: list[list[Piece]] = []
    used = 0
    for piece in sorted(pieces, key=lambda one: (one.published, one.id)):
        if len(piece.data) > size:
            raise PublishError(
                f"article {piece.id} does not fit into an archived page",
                advice="raise feeds.max_size",
            )
        if not found or used + len(piece.data) > size:
            found.append([])
            used = 0
        found[-1].append(piece)
        used += len(piece.data)
    return tuple(map(tuple, found))


def document(
    channel: Channel, name: str, before: str | None, after: str | None, pieces: Sequence[Piece]
) -> bytes:
    """The page ``name`` between its neighbours, newest entry first."""
    from feedsvc.feeds import xml

    links = [("self", channel.page_address(name)), ("current", channel.address("atom"))]
    if before is not None:
        links.append(("prev-archive", channel.page_address(before)))
    if after is not None:
        links.append(("next-archive", channel.page_address(after)))
    changed_at = max((datetime.fromisoformat(piece.updated) for piece in pieces), default=EPOCH)
    frame = xml.archived_page(channel, links, changed_at)
    ordered = sorted(pieces, key=lambda one: (one.published, one.id), reverse=True)
    return frame.removesuffix(_END) + b"".join(piece.data for piece in ordered) + _END


def links_of(document: bytes) -> dict[str, str]:
    """The addresses of a page's links to other Atom documents of its feed, by relation."""
    return {kind.decode(): href.decode() for href, kind in _LINK.findall(document)}


def name_of(month: str, number: int) -> str:
    """``2026-03``, ``2026-03-2`` …; ``number`` counts from one."""
    return month if number == 1 else f"{month}-{number}"


def place_of(name: str) -> tuple[str, int] | None:
    """Month and number of a page's name, by which pages are in order of time."""
    match = _NAME.fullmatch(name)
    return (match[1], int(match[2] or 1)) if match else None
