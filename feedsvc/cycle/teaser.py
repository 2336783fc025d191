"""What may be published of an article that only the reader's own session showed whole.

In: the archive as a source of feeds.  Out: the same source, its members' texts cut to
their first paragraph.  Used where the server asks for no tokens: what the site
shows to members is for them, not for whoever finds the feed's address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from feedsvc.feeds import Source
from feedsvc.model import Picture, Record

_WHOLE_KEYS = ("body", "images")


def is_members(record: Record) -> bool:
    """Whether the record holds what guests do not get to see."""
    return record.access.locked and record.access.seen_as == "member"


def teaser(record: Record) -> Record:
    """The record as a guest might have seen it: its first paragraph, no images, no
    earlier bodies.  Any other record as it is."""
    if not is_members(record):
        return record
    first = next((block for block in record.body if block.startswith("<p")), None)
    revisions = (
        replace(one, old=tuple(item for item in one.old if item[0] not in _WHOLE_KEYS))
        for one in record.revisions
    )
    return replace(record, body=(first,) if first else (), images=(), revisions=tuple(revisions))


class Teasers:
    """A :class:`~feedsvc.feeds.Source` that gives teasers in place of members' texts."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def newest_first(self, section: str | None = None) -> Iterator[Record]:
        return map(teaser, self._source.newest_first(section))

    def read(self, ids: Iterable[int]) -> Iterator[Record]:
        return map(teaser, self._source.read(ids))

    def released(self, limit: int, since: datetime) -> tuple[Record, ...]:
        return _teasers(self._source.released(limit, since))

    def revised(self, limit: int, since: datetime) -> tuple[Record, ...]:
        return _teasers(self._source.revised(limit, since))

    def months(self, section: str | None = None) -> tuple[str, ...]:
        return self._source.months(section)

    def month(self, month: str, section: str | None = None) -> Iterator[Record]:
        return map(teaser, self._source.month(month, section))

    def picture(self, file: str) -> Picture | None:
        return self._source.picture(file)


def _teasers(records: Iterable[Record]) -> tuple[Record, ...]:
    return tuple(map(teaser, records))
