"""Which records a feed holds, remembered from one publication to the next.  Pure.

In: what was remembered and the records that changed since.  Out: what the feed holds
now, without a look at the archive, or ``None`` where that cannot be told.  It may be
forgotten: then the feed's records are looked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from feedsvc.feeds import select
from feedsvc.model import Json, Record

Rank = tuple[datetime, int]
"""By what a record is newer than another: its time, and for ties its id."""


@dataclass(frozen=True, slots=True)
class Member:
    """A record in a feed: ``age`` is the time it goes by among the newest."""

    id: int
    age: datetime
    published: datetime
    updated: datetime

    @classmethod
    def of(cls, record: Record, age: Callable[[Record], datetime]) -> Member:
        return cls(record.id, age(record), record.published_at, record.updated_at)

    def rank(self, now: datetime) -> Rank:
        return select.counted(self.age, self.published, now), self.id


@dataclass(frozen=True, slots=True)
class Members:
    """A feed's records, the newest first.  Every record that belongs into the feed and
    is not older than ``floor`` is among them; ``None``: every one there is."""

    all: tuple[Member, ...]
    floor: Rank | None

    @classmethod
    def newest(
        cls, found: Collection[Member], entries: int, now: datetime, *, complete: bool
    ) -> Members:
        """The feed's share of the records ``found``, which are all there are where
        ``complete``, else at least those that it shows."""
        chosen = tuple(select.newest(found, entries, now, lambda one: one.rank(now)))
        if complete and len(chosen) == len(found):
            return cls(chosen, None)
        return cls(chosen, min(chosen[-1].rank(now), _since(now)) if chosen else _since(now))

    def brought_up(
        self,
        changed: Collection[Record],
        belongs: Callable[[Record], bool],
        age: Callable[[Record], datetime],
        entries: int,
        now: datetime,
    ) -> Members | None:
        """The members after these records changed; ``None`` where so many left the feed
        that older ones come in again, of which nothing is known here."""
        ids = {record.id for record in changed}
        found = [one for one in self.all if one.id not in ids]
        found += [Member.of(record, age) for record in changed if belongs(record)]
        if self.floor is None:
            return Members.newest(found, entries, now, complete=True)
        found = [one for one in found if one.rank(now) >= self.floor]
        if len(found) < entries or _since(now) < self.floor:
            return None
        return Members.newest(found, entries, now, complete=False)

    def as_json(self) -> Json:
        floor: Json = None if self.floor is None else [self.floor[0].isoformat(), self.floor[1]]
        rows: list[Json] = [
            [one.id, one.age.isoformat(), one.published.isoformat(), one.updated.isoformat()]
            for one in self.all
        ]
        return {"floor": floor, "all": rows}

    @classmethod
    def from_json(cls, value: Json) -> Members:
        """Raises ``ValueError``, ``TypeError`` or ``KeyError`` for anything else."""
        if not isinstance(value, dict):
            raise TypeError("not an object")
        floor, rows = value["floor"], value["all"]
        if not isinstance(rows, list):
            raise TypeError("not a list")
        return cls(
            tuple(_member(row) for row in rows),
            (_time(floor[0]), _number(floor[1])) if isinstance(floor, list) else None,
        )


def _since(now: datetime) -> Rank:
    return now - select.KEPT_FOR, 0


def _member(row: Json) -> Member:
    if not isinstance(row, list):
        raise TypeError("not a list")
    number, age, published, updated = row
    return Member(_number(number), _time(age), _time(published), _time(updated))


def _time(value: Json) -> datetime:
    return datetime.fromisoformat(str(value))


def _number(value: Json) -> int:
    if not isinstance(value, int):
        raise TypeError("not a number")
    return value
