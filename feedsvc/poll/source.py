"""The archive as a source of feeds, for one publication.

In: the archive, and whether members' texts may be published whole.  Out: its records, a
member's text cut to its first paragraph where it may not.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from feedsvc.archive import UNREADABLE, Archive
from feedsvc.digestentry import DigestEntry
from feedsvc.errors import ArchiveUnreadable, PublishError, RecordDamaged
from feedsvc.model import Picture, Record
from feedsvc.revisions import teaser

_FEW = 20
"""Records that are named one by one."""


class ArchiveSource:
    """A :class:`~feedsvc.feeds.Source`.  A record that cannot be read is no reason not to
    publish the others: it is left out, and stands in ``problems``, or, where there are many,
    is counted there."""

    def __init__(self, archive: Archive, *, members: bool) -> None:
        self._unread: dict[str, PublishError] = {}
        self._ids: set[int] = set()
        self._archive = archive
        self._members = members

    @property
    def problems(self) -> tuple[PublishError, ...]:
        """What could not be read."""
        told = tuple(self._unread.values())
        if len(told) <= _FEW:
            return told
        more = PublishError(
            f"{len(told) - _FEW} more records cannot be read", advice=told[0].advice
        )
        return (*told[:_FEW], more)

    def damaged_ids(self) -> frozenset[int]:
        return self._archive.damaged_ids() | self._ids

    def get(self, article_id: int) -> Record | None:
        """The record as it is kept; ``None`` for one that cannot be read, and where there is
        none: the journal names ids that moved, too."""
        try:
            return self._archive.get(article_id)
        except UNREADABLE as error:
            self._note(error)
            return None

    def shown(self, record: Record) -> Record:
        """The record as it may be published."""
        return record if self._members else teaser(record)

    def newest_first(self) -> Iterator[Record]:
        return map(self.shown, self._archive.newest_first(damaged=self._note))

    def read(self, ids: Iterable[int]) -> Iterator[Record]:
        return (self.shown(one) for one in map(self.get, ids) if one is not None)

    def happened(self, what: Literal["released", "revised"], since: datetime) -> Iterator[Record]:
        return map(
            self.shown,
            self._archive.whole(self._archive.index.happened(what, since), self._note),
        )

    def months(self) -> tuple[str, ...]:
        return tuple(month for month, _ in self._archive.days.months())

    def month(self, month: str) -> Iterator[Record]:
        return map(self.shown, self._archive.whole(self._archive.days.month(month), self._note))

    def picture(self, file: str) -> Picture | None:
        return self._archive.images.picture(file)

    def digest_entries(self, name: str) -> Iterator[DigestEntry]:
        return self._archive.digests.newest_first(name)

    def _note(self, error: RecordDamaged | ArchiveUnreadable) -> None:
        problem = PublishError(error.message, about=error.about, advice=error.advice)
        self._unread[str(problem)] = problem
        name = Path(error.about).stem
        if name.isdecimal():
            self._ids.add(int(name))
