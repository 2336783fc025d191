"""The archive as a source of feeds, for one publication.

In: the archive, and whether members' texts may be published whole.  Out: its records, a
member's text cut to its first paragraph where it may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from feedsvc.archive import Archive
from feedsvc.digestentry import DigestEntry
from feedsvc.errors import ArchiveError, PublishError
from feedsvc.model import Picture, Record
from feedsvc.teaser import teaser

_FEW = 20
"""Damaged records that are passed over in one publication."""


class ArchiveSource:
    """A :class:`~feedsvc.feeds.Source`.  A damaged record is no reason not to publish the
    others: it is left out, and stands in ``problems``.  Where there are many something is
    wrong with the archive, and the error is raised."""

    def __init__(self, archive: Archive, *, members: bool) -> None:
        self.problems: list[PublishError] = []
        self._archive = archive
        self._members = members

    def shown(self, record: Record) -> Record:
        """The record as it may be published."""
        return record if self._members else teaser(record)

    def newest_first(self, section: str | None = None) -> Iterator[Record]:
        return map(self.shown, self._archive.newest_first(section, self._note))

    def read(self, ids: Iterable[int]) -> Iterator[Record]:
        return map(self.shown, self._archive.read(ids))

    def released(self, limit: int, since: datetime) -> tuple[Record, ...]:
        return tuple(map(self.shown, self._archive.released(limit, since, self._note)))

    def revised(self, limit: int, since: datetime) -> tuple[Record, ...]:
        return tuple(map(self.shown, self._archive.revised(limit, since, self._note)))

    def months(self, section: str | None = None) -> tuple[str, ...]:
        return self._archive.months(section)

    def month(self, month: str, section: str | None = None) -> Iterator[Record]:
        return map(self.shown, self._archive.month(month, section, self._note))

    def picture(self, file: str) -> Picture | None:
        return self._archive.picture(file)

    def digest_entries(self, name: str) -> Iterator[DigestEntry]:
        return self._archive.digest_entries(name)

    def _note(self, error: ArchiveError) -> None:
        problem = PublishError(error.message, about=error.about, advice=error.advice)
        if str(problem) in map(str, self.problems):
            return
        if len(self.problems) >= _FEW:
            raise error
        self.problems.append(problem)
