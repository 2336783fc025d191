"""Whether the site still shows every part of an article that it used to.

In: the archive.  Out: what is to be told of each part that its latest articles lack (how
that is judged is ``parse.drift``'s).  Nothing is held for it and nothing remembered: the
records say what their pages showed, and an alarm ends with the first article that shows
the part again, or once no article that is looked at does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice

from feedsvc.archive import Archive
from feedsvc.errors import ArchiveError
from feedsvc.parse import FIELDS, Vanished, vanished
from feedsvc.parse.drift import KNOWN

_REQUIRED = frozenset({"title", "published_at", "body"})


def vanished_parts(archive: Archive, now: datetime) -> dict[str, str]:
    """The fields that have vanished, each with a line that says so and what to do.

    Reads the records of the latest articles: mostly forty, a thousand at most.
    """
    return {one.name: _told(one) for one in vanished(_sources(archive, now))}


def _sources(archive: Archive, now: datetime) -> Iterator[tuple[tuple[str, str], ...]]:
    """What gave the fields of the articles that polls found, newest first.

    Backfilled ones come in an order of their own, and from layouts of their time.  What
    was first seen in the future, by a clock that was wrong, would stand before all others
    for as long.
    """
    # A damaged record ends it: it is for "archive verify" to tell, not for a poll to fail by.
    with suppress(ArchiveError):
        for record in islice(archive.newest_first(), KNOWN):
            if record.origin == "poll" and record.first_seen_at <= now:
                yield record.sources


def _told(one: Vanished) -> str:
    kept = (
        "it is taken from elsewhere meanwhile"
        if one.name in _REQUIRED
        else "articles are kept without it"
    )
    mend = f"set site.selectors.{one.name} or " if one.name in FIELDS else ""
    return (
        f"the site has changed: {one.name} ({one.source}) found on none of the last "
        f"{one.articles} article pages, on {one.share:.0%} of those before; {kept}; "
        f"{mend}take a new release, then run 'feedsvc rebuild --reparse'"
    )
