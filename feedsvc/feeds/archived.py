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
from typing import Protocol

from feedsvc.errors import PublishError
from feedsvc.feeds import pieces
from feedsvc.feeds.channel import EPOCH, Channel

LONGEST_NAME = "0000-00-0000"
"""As long as the name of a page can be."""

_PART = re.compile(rb"<(id|published|updated)>([^<]+)</\1>")
_LINK = re.compile(rb'<link href="([^"]*)" rel="(self|current|prev-archive|next-archive)"')
_ACCESS = re.compile(rb"<dcterms:accessRights>([a-z-]+)</")
_NAME = re.compile(r"(\d{4}-\d\d)(?:-(\d{1,4}))?")


class Searched(Protocol):
    """Bytes, or a file that is mapped into memory."""

    def rfind(self, sub: bytes, /) -> int: ...

    def __getitem__(self, key: slice, /) -> bytes: ...


Key = tuple[str, int]
"""By what the entries of a month are in order: ``published`` as in the document, and id."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An entry as it stands in a page: ``id`` is the article's number, the times are
    as in the document (+09:00 always, so that they compare as text)."""

    id: int
    published: str
    updated: str
    data: bytes

    @property
    def key(self) -> Key:
        return self.published, self.id


def pieces_of(document: bytes) -> tuple[Piece, ...]:
    """The entries of a page.  Raises ``ValueError`` for one that is not ours."""
    return tuple(map(piece_of, pieces.cut(document, "atom").values()))


def piece_of(data: bytes) -> Piece:
    """An entry as :mod:`~feedsvc.feeds.pieces` cuts it.  Raises ``ValueError``."""
    parts: dict[bytes, str] = {}
    for found in _PART.finditer(data):
        parts.setdefault(found[1], found[2].decode())
        if len(parts) == 3:
            return Piece(
                int(parts[b"id"].rpartition("/")[2]), parts[b"published"], parts[b"updated"], data
            )
    raise ValueError("an archived entry without id or times")


def is_locked(piece: Piece) -> bool:
    """Whether the entry is of an article that the site did not show whole."""
    found = _ACCESS.search(piece.data)
    return found is None or found[1] not in (b"open", b"plus-first")


def room(channel: Channel, max_size: int) -> int:
    """Bytes that the entries of a page may take."""
    from feedsvc.feeds import xml

    longest = channel.page_address(LONGEST_NAME)
    links = [(one, longest) for one in ("self", "prev-archive", "next-archive", "current")]
    return max_size - len(xml.archived_page(channel, links, EPOCH))


def split(held: Iterable[Piece], size: int) -> tuple[tuple[Piece, ...], ...]:
    """Pieces of a month in pages of at most ``size`` bytes, the oldest page first:
    a new article is added to the last one and leaves the others as they are.

    Raises ``PublishError`` for a piece that fits into no page.
    """
    found: list[list[Piece]] = []
    used = 0
    for piece in sorted(held, key=lambda one: one.key):
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
    channel: Channel, name: str, before: str | None, after: str | None, held: Sequence[Piece]
) -> bytes:
    """The page ``name`` between its neighbours, newest entry first."""
    from feedsvc.feeds import xml

    links = [("self", channel.page_address(name)), ("current", channel.address("atom"))]
    if before is not None:
        links.append(("prev-archive", channel.page_address(before)))
    if after is not None:
        links.append(("next-archive", channel.page_address(after)))
    changed_at = max((datetime.fromisoformat(piece.updated) for piece in held), default=EPOCH)
    frame = xml.archived_page(channel, links, changed_at)
    ordered = sorted(held, key=lambda one: one.key, reverse=True)
    return pieces.joined(frame, "atom", [piece.data for piece in ordered])


def oldest_of(document: Searched) -> Key:
    """The order of a page's last entry, which is its oldest, without a look at the others.
    Raises ``ValueError`` for a page without entries."""
    piece = piece_of(document[max(0, document.rfind(b"\n  <entry>\n")) :])
    return piece.key


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
