"""The archive as a source of feeds, its members' texts cut to their first paragraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from feedsvc.feeds import Source
from feedsvc.model import Picture, Record
from feedsvc.teaser import teaser


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
