"""As many entries as a file of ``feeds.max_size`` holds.

In: the contents of a feed and a way to write them.  Out: the document.  The oldest
entries go first; an article that is too large by itself is shown without its body.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from feedsvc.errors import PublishError
from feedsvc.feeds.channel import Channel
from feedsvc.feeds.contents import Contents
from feedsvc.feeds.entry import shortened
from feedsvc.model import Entry

Writer = Callable[[Channel, Sequence[Entry]], bytes]

# A character becomes six at most: '"' in text is not escaped, '&' becomes '&amp;'.
_LONGEST_ESCAPE = 6


def fit(
    write: Callable[[Sequence[Entry]], bytes], contents: Contents, max_size: int
) -> tuple[bytes, int]:
    """The document and the number of its entries.

    Raises ``PublishError`` when there are entries and not one of them fits.
    """
    document = write(contents.shown)
    if len(document) <= max_size:
        return document, len(contents.shown)
    contents = _without_giants(write, contents, max_size)
    # Sizes rise with the count, so the largest that fits is found by halving.
    count = bisect_right(
        range(1, len(contents.ranked) + 1),
        max_size,
        key=lambda number: len(write(contents.first(number))),
    )
    if count == 0:
        raise PublishError(
            f"not one entry fits into {max_size} bytes", advice="raise feeds.max_size"
        )
    return write(contents.first(count)), count


def _without_giants(
    write: Callable[[Sequence[Entry]], bytes], contents: Contents, max_size: int
) -> Contents:
    short: dict[str, Entry] = {}
    for entry in contents.ranked:
        possible = len(entry.content.encode()) * _LONGEST_ESCAPE > max_size
        if possible and len(write([entry])) > max_size:
            short[entry.id] = shortened(entry)
    if not short:
        return contents
    return replace(
        contents,
        ranked=tuple(short.get(entry.id, entry) for entry in contents.ranked),
        shown=tuple(short.get(entry.id, entry) for entry in contents.shown),
    )
