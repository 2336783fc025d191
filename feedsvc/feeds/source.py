"""What feeds need of the archive: see :class:`Source`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from feedsvc.digestentry import DigestEntry
from feedsvc.model import Picture, Record


class Source(Protocol):
    """What feeds need of the archive.  ``released`` and ``revised`` hold the newest
    ``limit`` records and, beyond them, all that are as new as ``since``; more does no harm."""

    def newest_first(self) -> Iterator[Record]:
        """All records, one at a time, by ``first_seen_at`` (a backfilled record:
        ``published_at``) and id, falling."""

    def read(self, ids: Iterable[int]) -> Iterator[Record]:
        """These records, in this order; those that cannot be read are left out."""

    def damaged_ids(self) -> frozenset[int]:
        """The articles whose records are kept and cannot be read, as far as it is known."""

    def released(self, limit: int, since: datetime) -> tuple[Record, ...]:
        """Records that were released, by ``released_at``."""

    def revised(self, limit: int, since: datetime) -> tuple[Record, ...]:
        """Records that have revisions, by the ``seen_at`` of the last."""

    def months(self) -> tuple[str, ...]:
        """The months (KST, ``2026-03``) of the records' ``published_at``, rising."""

    def month(self, month: str) -> Iterator[Record]:
        """The records of a month, one at a time."""

    def picture(self, file: str) -> Picture | None:
        """What is known of a kept image, by its path in a record."""

    def digest_entries(self, name: str) -> Iterator[DigestEntry]:
        """The entries of a digest as they were made, the newest first."""
