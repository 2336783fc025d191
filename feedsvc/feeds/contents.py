"""What each feed holds: the archive asked, the records chosen, the entries made.

In: a :class:`Source` of records, the configuration, the time.  Out: the members of
article feeds, the entries of the others.  One :class:`Reader` serves one round of
publishing.  How the entries are written down is not its job.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Protocol, TypeVar

from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.digestentry import DigestEntry
from feedsvc.errors import DigestDamaged, PublishError
from feedsvc.feeds import digestpage, select
from feedsvc.feeds.entry import entry_of, korean_time, released_entry, revised_entry
from feedsvc.feeds.members import Member, Members
from feedsvc.model import Entry, Picture, Record
from feedsvc.revisions import as_it_was, changes
from feedsvc.site import Site

# "released" and "revised" look for what they show in this many records.
_DEEPEST = 2000

_NUMBER = re.compile(r"articles/(\d+)")

T = TypeVar("T")


class Source(Protocol):
    """What feeds need of the archive.  ``released`` and ``revised`` hold the newest
    ``limit`` records and, beyond them, all that are as new as ``since``; more does no harm."""

    def newest_first(self, section: str | None = None) -> Iterator[Record]:
        """All records, one at a time, by ``first_seen_at`` (a backfilled record:
        ``published_at``) and id, falling; ``section`` is a code, ``None`` for every record."""

    def read(self, ids: Iterable[int]) -> Iterator[Record]:
        """These records, in this order; those that cannot be read are left out."""

    def damaged_ids(self) -> frozenset[int]:
        """The articles whose records are kept and cannot be read, as far as it is known."""

    def released(self, limit: int, since: datetime) -> tuple[Record, ...]:
        """Records that were released, by ``released_at``."""

    def revised(self, limit: int, since: datetime) -> tuple[Record, ...]:
        """Records that have revisions, by the ``seen_at`` of the last."""

    def months(self, section: str | None = None) -> tuple[str, ...]:
        """The months (KST, ``2026-03``) of the records' ``published_at``, rising."""

    def month(self, month: str, section: str | None = None) -> Iterator[Record]:
        """The records of a month, one at a time."""

    def picture(self, file: str) -> Picture | None:
        """What is known of a kept image, by its path in a record."""

    def digest_entries(self, name: str) -> Iterator[DigestEntry]:
        """The entries of a digest as they were made, the newest first."""


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

    @classmethod
    def of_members(cls, members: Members, site: Site) -> Contents:
        """The records of an article feed, which is ordered by time of publication."""
        shown = sorted(members.all, key=lambda one: (one.published, one.id), reverse=True)
        return cls(
            tuple(_item(one, site) for one in members.all),
            tuple(_item(one, site) for one in shown),
        )


def _item(one: Member, site: Site) -> Item:
    return Item(site.guid(one.id), korean_time(one.published), korean_time(one.updated))


@dataclass(slots=True)
class Wish:
    """An article feed whose records are looked for: ``wanted`` tells whether one belongs
    into it, ``held`` the ids in its published documents."""

    wanted: Callable[[Record], bool]
    held: Callable[[], frozenset[str]]
    found: dict[int, Member] = field(default_factory=dict)


class Reader:
    """Answers what each feed holds, for one round of publishing.

    ``problems`` collects the records that could not be made an entry of; they are
    left out, so that one of them does not hold up all the others.  ``served``: there are
    reading pages below ``base_url``.
    """

    def __init__(
        self,
        source: Source,
        feeds: FeedsConfig,
        sections: tuple[SectionConfig, ...],
        now: datetime,
        site: Site,
        *,
        served: bool = False,
    ) -> None:
        self.problems: list[PublishError] = []
        self._source = source
        self._feeds = feeds
        self._now = now
        self._since = now - select.KEPT_FOR
        self._site = site
        self._served = served
        self._hide = feeds.locked == "hide"
        configured = {section.code: section.title for section in sections if section.code}
        self._titles = {**site.section_names, **configured}
        self._age = select.seen_or_released if self._hide else select.seen

    def members(self, wishes: Sequence[Wish], code: str | None) -> list[Members]:
        """The members of feeds whose records are all in section ``code``; each record
        is read once for all of them, and no more than they need."""
        made: dict[int, Members] = {}
        for record in self._source.newest_first(code):
            at = select.seen(record)
            for place, wish in enumerate(wishes):
                if place in made:
                    continue
                if at < self._since and len(wish.found) >= self._feeds.entries:
                    made[place] = self._members(wish, at)
                elif self._joins(record, wish):
                    wish.found[record.id] = Member.of(record, self._age)
            if len(made) == len(wishes):
                break
        for place, wish in enumerate(wishes):
            if place not in made:
                made[place] = self._members(wish, None)
        return [made[place] for place in range(len(wishes))]

    def _members(self, wish: Wish, until: datetime | None) -> Members:
        """Of what was found down to ``until``; ``None``: of all there is."""
        if self._hide and until is not None:
            # An article left out until its release may by then be too old to be among
            # the newest, and has never been shown.
            for record in self._source.released(0, until):
                if self._joins(record, wish):
                    wish.found[record.id] = Member.of(record, self._age)
        return Members.newest(
            wish.found.values(), self._feeds.entries, self._now, complete=until is None
        )

    def brought_up(self, members: Members, wish: Wish, changed: Sequence[Record]) -> Members | None:
        """The members after these records changed; ``None``: they must be looked for."""
        return members.brought_up(
            changed,
            lambda record: self._joins(record, wish),
            self._age,
            self._feeds.entries,
            self._now,
        )

    def _joins(self, record: Record, wish: Wish) -> bool:
        if not (wish.wanted(record) and self.shown(record, wish.held)):
            return False
        try:
            _item(Member.of(record, self._age), self._site)
        except ValueError:
            self.entry(record)  # says what is wrong with it
            return False
        return True

    def read(self, numbers: Iterable[int]) -> Iterator[Record]:
        """These records, without those that cannot be read.  Raises what the source raises."""
        return self._source.read(numbers)

    def damaged_ids(self) -> frozenset[int]:
        """The articles of which no entry can be made now, so that theirs stay."""
        return self._source.damaged_ids()

    def with_staying(self, held: Contents, staying: Iterable[Item]) -> Contents:
        """The contents with entries that stand in the published document and whose records
        cannot be read; one that is too old for the feed leaves it all the same."""
        ranked, shown = list(held.ranked), list(held.shown)
        # Releases and changes go by when they were seen, articles by their publication.
        at: Callable[[Item], datetime] = _updated if held.entries else _published
        for item in staying:
            place = _place(item, ranked, at)
            if place < self._feeds.entries or at(item) >= self._since:
                ranked.insert(place, item)
                shown.insert(_place(item, shown, at), item)
        return Contents(tuple(ranked), tuple(shown), held.entries)

    def is_released(self, record: Record) -> bool:
        """Whether it was locked once and is not any more."""
        return record.access.released_at is not None and not record.access.locked

    def is_revised(self, record: Record) -> bool:
        """Whether its text changed, and may be shown."""
        return not (self._hide and record.access.locked) and bool(changes(record))

    def released(self) -> Contents:
        """Articles that stopped being locked, by the time that was seen."""
        found = self._looked_through(self._source.released, self.is_released)
        made = map(self.entry, self._chosen(found, _released))
        return Contents.of(released_entry(entry) for entry in made if entry)

    def revised(self) -> Contents:
        """Changes of articles' texts, by the time they were seen."""
        records = self._looked_through(self._source.revised, self.is_revised)
        pairs = [(record, change) for record in records for change in changes(record)]
        chosen = self._chosen(pairs, lambda pair: (pair[1].seen_at, pair[0].id))
        made = ((self.entry(as_it_was(record, change.number)), change) for record, change in chosen)
        return Contents.of(revised_entry(entry, change) for entry, change in made if entry)

    def digest(self, name: str) -> Contents:
        """The entries of a digest, as they were made.  Raises what the source raises."""
        newest = islice(self._source.digest_entries(name), self._feeds.entries)
        ordered = sorted(newest, key=lambda one: one.until, reverse=True)
        at = self._feeds.base_url
        made = (digestpage.feed_entry(one, at, self._site, self._served) for one in ordered)
        return Contents.of(made)

    def newest_of_digest(self, name: str) -> datetime | None:
        """When the newest entry of a digest was due; ``None`` for one without entries, or
        with one that cannot be read, as is told when the feed is built."""
        try:
            newest = next(self._source.digest_entries(name), None)
        except DigestDamaged:
            return None
        return korean_time(newest.until) if newest else None

    def _looked_through(
        self,
        ask: Callable[[int, datetime], tuple[Record, ...]],
        wanted: Callable[[Record], bool],
    ) -> list[Record]:
        """The newest records that are wanted: the source is asked for more of them
        until there are enough for a feed, or it has no more."""
        limit, deepest = self._feeds.entries, max(_DEEPEST, 2 * self._feeds.entries)
        while True:
            candidates = ask(limit, self._since)
            found = [record for record in candidates if wanted(record)]
            enough = len(found) >= self._feeds.entries
            if enough or len(candidates) < limit or limit >= deepest:
                return found
            limit = min(4 * limit, deepest)

    def _chosen(self, items: Iterable[T], age: Callable[[T], tuple[datetime, int]]) -> list[T]:
        return select.newest(items, self._feeds.entries, self._now, age)

    def shown(self, record: Record, held: Callable[[], frozenset[str]]) -> bool:
        """Whether article feeds give the record an entry; ``held`` as above."""
        return select.shown(record, hide_locked=self._hide, published=held)

    def entry(self, record: Record) -> Entry | None:
        """The record's entry, made anew; ``None`` and a problem where that fails."""
        try:
            return entry_of(record, self._titles, self._source.picture)
        except (ValueError, TypeError, KeyError) as error:
            problem = PublishError(
                f"no entry can be made of this record: {error}",
                about=f"article {record.id}",
                advice="it is left out of the feeds; run 'feedsvc archive verify'",
            )
            if str(problem) not in map(str, self.problems):
                self.problems.append(problem)
            return None


def _place(item: Item, among: Sequence[Item], at: Callable[[Item], datetime]) -> int:
    """Where an entry stands among others, the newest first."""
    own = at(item), _number(item)
    older = (n for n, one in enumerate(among) if (at(one), _number(one)) < own)
    return next(older, len(among))


def _published(item: Item) -> datetime:
    return item.published


def _updated(item: Item) -> datetime:
    return item.updated


def _number(item: Item) -> int:
    """Of the article, by which entries of the same time are ordered."""
    found = _NUMBER.search(item.id)
    return int(found[1]) if found else 0


def _released(record: Record) -> tuple[datetime, int]:
    return record.access.released_at or select.seen(record), record.id
