"""As many entries as a document of ``feeds.max_size`` holds.

In: the contents of a feed, and where the pieces of its entries come from.  Out: the
entries that it shows, with their pieces.  The oldest go first; an article that is too
large by itself is shown without its body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feedsvc.errors import PublishError
from feedsvc.feeds import pieces
from feedsvc.model import Entry

# Entries asked for at a time: the writer of XML holds them all as trees.
_SOME = 25


@dataclass(frozen=True, slots=True)
class Item:
    """What a document must know of an entry besides its text; times are Korean."""

    id: str
    published: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Contents:
    """The same entries twice: ``ranked`` with the ones to keep first, where a file
    cannot hold them all; ``shown`` in the order of the feed.  ``entries`` are those
    that are made already, by id."""

    ranked: tuple[Item, ...]
    shown: tuple[Item, ...]
    entries: Mapping[str, Entry] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Contents:
        """Entries in the order of the feed, which is also the one to keep them in."""
        made = {entry.id: entry for entry in entries}
        items = tuple(Item(one.id, one.published, one.updated) for one in made.values())
        return cls(items, items, made)


Give = Callable[[Sequence[Item]], pieces.Written]
"""The pieces of some entries; one that cannot be written is missing."""


def fitted(
    contents: Contents, give: Give, short: Callable[[Item], bytes], room: int, suffix: str
) -> tuple[tuple[Item, ...], dict[str, bytes]]:
    """The entries of a document whose pieces together weigh at most ``room``, in the
    order of the feed, and their pieces by id.

    Raises ``PublishError`` when there are entries and not one of them fits, and what
    ``short`` raises.
    """
    kept: dict[str, bytes] = {}
    left = room
    for start in range(0, len(contents.ranked), _SOME):
        some = contents.ranked[start : start + _SOME]
        given = give(some)
        for item in some:
            piece = given.get(item.id)
            if piece is None:
                continue
            if pieces.weight(piece, suffix) > room:
                piece = short(item)
            left -= pieces.weight(piece, suffix)
            if left < 0:
                break
            kept[item.id] = piece
        if left < 0:
            break
    if left < 0 and not kept:
        raise PublishError(
            f"not one entry fits into the {room} bytes there are", advice="raise feeds.max_size"
        )
    return tuple(item for item in contents.shown if item.id in kept), kept
