"""What the feeds that a digest names first showed between two moments.

In: the archive as a :class:`~feedsvc.feeds.source.Source`, the configuration, a window.
Out: :class:`FirstShown`, an article each, in the order of the named feeds.  Nothing is
written, and how an entry is made of them is not decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.errors import FeedsvcError
from feedsvc.feeds import select
from feedsvc.feeds.definitions import Definitions, is_released, is_revised
from feedsvc.feeds.source import Source
from feedsvc.model import Record
from feedsvc.revisions import as_it_was, changes
from feedsvc.site import Site

_PREFIXES = {"all": "", "released": "무료 전환", "revised": "수정"}
_FLASHES, _OTHERS = "속보", "기타"


@dataclass(frozen=True, slots=True)
class FirstShown:
    """A record that ``feed`` first showed, and under what heading: ``section`` is a code.
    ``event`` is ``new``, ``released``, or ``r1``, ``r2`` … for a change of its text."""

    feed: str
    record: Record
    event: str
    section: str | None
    heading: str

    @property
    def key(self) -> str:
        """As :attr:`feedsvc.digestentry.Line.key`."""
        number = self.record.id
        return f"{number}" if self.event == "new" else f"{number}#{self.event}"


@dataclass(frozen=True, slots=True)
class Window:
    """After ``since`` and until ``until``, which counts, unless said otherwise.  A new article
    that was first seen between ``earliest`` and ``since`` counts too, unless it is among
    ``told``, the keys of earlier entries: it came into a feed late, or a clock was set back."""

    since: datetime
    until: datetime
    earliest: datetime
    told: Collection[str] = ()
    with_since: bool = False
    with_until: bool = True

    def holds(self, at: datetime) -> bool:
        return self._between(self.since, at)

    def holds_late(self, at: datetime) -> bool:
        return self._between(self.earliest, at)

    def _between(self, begin: datetime, at: datetime) -> bool:
        # In seconds: of two times in one zone Python compares what the clocks show.
        after, before, now = begin.timestamp(), self.until.timestamp(), at.timestamp()
        if now == before:
            return self.with_until and (now > after or self.with_since)
        return after < now < before or (self.with_since and now == after)


def first_shown(
    source: Source,
    names: tuple[str, ...],
    window: Window,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> list[FirstShown]:
    """Each article once, under the first of the feeds ``names`` that showed it; by time of
    publication below each heading, headings in the order of the sections.

    Backfilled articles count in none.  A republication (``duplicate_of``) is among them,
    unless the article that it repeats was there before the window: then no feed shows it.
    """
    found = _Finding(source, window, feeds, sections, site)
    chosen: dict[int, FirstShown] = {}
    for name in names:
        for one in found.of_feed(name):
            chosen.setdefault(one.record.id, one)
    rank = {name: place for place, name in enumerate(names)}
    order = [section.title for section in sections]

    def place(one: FirstShown) -> tuple[int, int, str, datetime, int]:
        title = one.heading.rpartition(" - ")[2]
        at = order.index(title) if title in order else len(order) + (title == _OTHERS)
        return rank[one.feed], at, one.heading, one.record.published_at, one.record.id

    return sorted(chosen.values(), key=place)


class _Finding:
    def __init__(
        self,
        source: Source,
        window: Window,
        feeds: FeedsConfig,
        sections: tuple[SectionConfig, ...],
        site: Site,
    ) -> None:
        self._source = source
        self._window = window
        self._sections = sections
        self._site = site
        self._hide = feeds.locked == "hide"
        self._customs = {one.name: one.title for one in feeds.custom}
        definitions = Definitions.of(feeds, sections, site)
        self._feeds = {one.name: one for one in definitions.feeds}
        self._told_ids = {int(key.partition("#")[0]) for key in window.told}
        self._new: list[Record] | None = None

    def of_feed(self, name: str) -> Iterator[FirstShown]:
        if name == "released":
            yield from self._released()
        elif name == "revised":
            yield from self._revised()
        else:
            wanted = self._feeds[name].wanted
            for record in self._news():
                if wanted(record):
                    yield self._shown(name, record, "new")

    def _news(self) -> list[Record]:
        """The records that the feeds of articles first showed in the window."""
        if self._new is None:
            earliest = self._window.earliest
            found: dict[int, Record] = {}
            for record in self._source.newest_first():
                if select.seen(record).timestamp() < earliest.timestamp():
                    break
                found[record.id] = record
            if self._hide:  # an article left out until its release is first shown then
                found |= {one.id: one for one in self._source.released(0, earliest)}
            self._new = [one for one in found.values() if self._is_news(one)]
        return self._new

    def _is_news(self, record: Record) -> bool:
        if record.origin == "backfill" or record.id in self._told_ids:
            return False
        if self._hide and record.access.locked:
            return False
        age = select.age(record, hide_locked=self._hide)
        return self._window.holds_late(age) and not self._repeats(record)

    def _repeats(self, record: Record) -> bool:
        if record.duplicate_of is None:
            return False
        try:
            (original,) = self._source.read([record.duplicate_of])
        except (FeedsvcError, LookupError):
            return False
        return select.seen(original).timestamp() <= self._window.since.timestamp()

    def _released(self) -> Iterator[FirstShown]:
        for record in self._source.released(0, self._window.since):
            at = record.access.released_at
            if at is not None and is_released(record):
                yield from self._event("released", record, "released", at)

    def _revised(self) -> Iterator[FirstShown]:
        for record in self._source.revised(0, self._window.since):
            if is_revised(record, hide=self._hide):
                for one in reversed(changes(record)):
                    then = as_it_was(record, one.number)
                    yield from self._event("revised", then, f"r{one.number}", one.seen_at)

    def _event(self, name: str, record: Record, event: str, at: datetime) -> Iterator[FirstShown]:
        shown = self._shown(name, record, event)
        told = shown.key in self._window.told
        if record.origin != "backfill" and self._window.holds(at) and not told:
            yield shown

    def _shown(self, name: str, record: Record, event: str) -> FirstShown:
        section, title = self._section_of(name, record)
        prefix = _PREFIXES.get(name) or self._customs.get(name, "")
        heading = f"{prefix} - {title}" if prefix else title
        return FirstShown(name, record, event, section, heading)

    def _section_of(self, name: str, record: Record) -> tuple[str | None, str]:
        """The section under which a record stands: that of the feed, else the first of the
        configured ones that lists it, else one whose name is known."""
        for one in self._sections:
            if one.name == name and not one.holds_all:
                return one.code, one.title
        for one in self._sections:
            if one.code and one.code in record.sections:
                return one.code, one.title
        known = self._site.section_names
        for code in record.sections:
            for own in (code, f"{code[:3]}000"):
                if own in known:
                    return own, known[own]
        return None, _FLASHES if record.is_flash else _OTHERS
