"""A feed's documents: what it holds, as much of it as a document of ``feeds.max_size`` takes,
between head and tail.

In: entries, or rows of the catalogue, by age.  Out: documents in a
:class:`~feedsvc.feeds.folder.Round`.  The oldest entries go first; an article that is too
large by itself is shown without its body.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from feedsvc.catalogue.standing import Standing
from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.errors import PublishError
from feedsvc.feeds import check, pieces
from feedsvc.feeds.channel import EPOCH, Channel, channel_of
from feedsvc.feeds.definitions import Definition, FeedKind, is_shown
from feedsvc.feeds.entries import Entries, batches
from feedsvc.feeds.entry import entry_id, entry_of, korean_time, shortened
from feedsvc.feeds.folder import FAILURES, LONGEST_NAME, Round, bytes_of
from feedsvc.model import Entry, Picture, Record
from feedsvc.site import Site

T = TypeVar("T")

# Entries asked for at a time: the writer of XML holds them all as trees.
_SOME = 25


KEPT_FOR = timedelta(days=3)
"""Whatever was first seen within this time stays, however much it is."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a document must know of an entry besides its text; times are Korean."""

    id: str
    published: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Holding:
    """What a feed holds, twice: ``ranked`` with the ones to keep first, where a file cannot
    hold them all; ``shown`` in the order of the feed.  And how an entry of it is written in a
    format: ``give`` pieces by id, where one that cannot be written is missing, ``short`` one
    without its body."""

    ranked: Sequence[Item]
    shown: Sequence[Item]
    give: Callable[[Sequence[Item], str], Mapping[str, bytes]]
    short: Callable[[Item, str], bytes]


def of_entries(made: Iterable[Entry]) -> Holding:
    """Entries that are made already, in the order of the feed, which is also the one to keep
    them in."""
    entries = {entry.id: entry for entry in made}
    items = [Item(one.id, one.published, one.updated) for one in entries.values()]

    def give(items: Sequence[Item], suffix: str) -> Mapping[str, bytes]:
        return pieces.made(suffix, [entries[item.id] for item in items])

    def short(item: Item, suffix: str) -> bytes:
        return pieces.made(suffix, [shortened(entries[item.id])])[item.id]

    return Holding(items, items, give, short)


def of_rows(feed: Definition, entries: Entries, count: int, now: datetime) -> Holding:
    """The newest ``count`` of a feed's rows, and all of the last three days."""
    since = now - KEPT_FOR
    articles = feed.kind is FeedKind.ARTICLES

    def rank(row: Standing) -> tuple[datetime, int]:
        at = row.age or row.published
        return counted(at, row.published, now) if articles else at, row.article

    rows = newest(entries.table.newest(feed.name, count, since, now), count, now, rank)
    by_id = {entry_id(feed.channel.site.guid(row.article), row.event): row for row in rows}
    ranked = [
        Item(name, korean_time(row.published), korean_time(row.updated))
        for name, row in by_id.items()
    ]

    def place(item: Item) -> tuple[datetime, int]:
        row = by_id[item.id]
        return row.published, row.article

    def give(items: Sequence[Item], suffix: str) -> Mapping[str, bytes]:
        asked = {item.id: by_id[item.id] for item in items}
        found = entries.pieces(list(asked.values()), suffix)
        return {name: found[row.key] for name, row in asked.items() if row.key in found}

    shown = sorted(ranked, key=place, reverse=True) if articles else ranked
    return Holding(ranked, shown, give, lambda item, suffix: entries.short(by_id[item.id], suffix))


def counted(at: datetime, published: datetime, now: datetime) -> datetime:
    """The time that counts for when a record was seen.

    One that lies ahead was noted by a clock that was wrong, and counts as now: the record
    stays among those of the last three days.  Among these it goes by its publication, or it
    would keep what is surely newer out of a small file until the clock has caught up.
    """
    return at if at <= now else min(now, max(published, now - KEPT_FOR))


def newest(
    items: Iterable[T],
    entries: int,
    now: datetime,
    age: Callable[[T], tuple[datetime, int]],
) -> list[T]:
    """The newest ``entries`` items and all of the last three days, newest first.

    ``age`` gives the time an item goes by, one in the future counting as now, and, for
    ties, a number.
    """
    since = now - KEPT_FOR

    def counts(one: T) -> tuple[datetime, int]:
        at, number = age(one)
        return min(at, now), number

    ranked = sorted(items, key=counts, reverse=True)
    return [one for place, one in enumerate(ranked) if place < entries or age(one)[0] >= since]


def put(
    channel: Channel,
    suffix: str,
    path: Path,
    holding: Holding,
    previous: str | None,
    feeds: FeedsConfig,
    done: Round,
    may_leave: Callable[[Collection[str]], bool],
) -> Sequence[Item] | None:
    """Build one document, and put it in place.  Gives what it shows; ``None`` where it
    failed.  ``may_leave`` is asked of a document that would come to hold nothing whether
    these entries rightly leave it."""
    standing = bytes_of(path)
    try:
        document, shown = built(channel, suffix, holding, previous, feeds)
        if not shown and (lost := check.readable_ids(standing, suffix)):
            if not may_leave(lost):
                raise PublishError(
                    f"the feed would be empty, and no record says why its {len(lost)} entries left",
                    advice="run 'feedsvc archive verify', then 'feedsvc rebuild'; "
                    f"or delete {path} if it shall be empty",
                )
            standing = b""
    except FAILURES as error:
        done.failed(path, error)
        return None
    authority = channel.site.authority
    approve = partial(check.approve, suffix=suffix, expected=len(shown), authority=authority)
    fits = done.put(path, document, lambda new, old: approve(new, standing))
    return shown if fits else None


def built(
    channel: Channel, suffix: str, holding: Holding, previous: str | None, feeds: FeedsConfig
) -> tuple[bytes, Sequence[Item]]:
    """A document, and what it shows.  Raises ``ValueError``, ``PublishError``, and what the
    source of the pieces raises."""
    # Whatever page is linked, so that a size does not depend on its name.
    longest = pieces.frame(channel, suffix, previous=LONGEST_NAME)
    written = fitted(holding, pieces.room(longest, suffix, feeds.max_size), suffix)
    shown = [item for item in holding.shown if item.id in written]
    updated = max((item.updated for item in shown), default=EPOCH)
    published = max((item.published for item in shown), default=EPOCH)
    frame = pieces.frame(channel, suffix, updated, published, previous)
    return pieces.joined(frame, suffix, [written[item.id] for item in shown]), shown


def searched(
    picture: Callable[[str], Picture | None],
    found: Iterable[Record],
    query: str,
    title: str,
    suffix: str,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> bytes:
    """A search as a feed, made when it is asked for and put in no file: the document of its
    newest ``feeds.entries`` articles.  ``found`` are its records, the newest first, ``query``
    how it is written as an address; ``picture`` tells what is known of a kept image.  Those
    that article feeds give no entry are left out, as is one that cannot be written.

    The pieces of published feeds are no use here: most of what is found is older than those
    that are kept, who serves may write none, and until the next publication they may be of
    settings that hold no more, with members' texts whole.

    Raises ``ValueError`` or ``PublishError`` where there is something and not one entry can
    be made of it.
    """
    channel = channel_of("search", title, f"{title}: {site.name} 기사 검색", feeds, sections, site)
    page = f"{channel.base_url}search{f'?{query}' if query else ''}"
    channel = replace(channel, link=page, hub=None, query=query)
    hide = feeds.locked == "hide"
    shown = (one for one in found if is_shown(one, hide_locked=hide, published=frozenset))
    titles = {**site.section_names, **{one.code: one.title for one in sections if one.code}}
    entries: list[Entry] = []
    for record in islice(shown, feeds.entries):
        with suppress(ValueError, TypeError, KeyError):
            entries.append(entry_of(record, titles, picture))
    held = of_entries(entries)
    ordered = sorted(held.shown, key=lambda one: one.published, reverse=True)
    return built(channel, suffix, replace(held, shown=ordered), None, feeds)[0]


def fitted(holding: Holding, room: int, suffix: str) -> dict[str, bytes]:
    """The pieces of a document, by id, that together weigh at most ``room``.

    Raises ``PublishError`` when there are entries and not one of them fits, and what
    ``holding`` raises.
    """
    kept: dict[str, bytes] = {}
    left = room
    for some in batches(holding.ranked, _SOME):
        given = holding.give(some, suffix)
        for item in some:
            if item.id not in given:
                continue
            piece = given[item.id]
            if pieces.weight(piece, suffix) > room:
                piece = holding.short(item, suffix)
            left -= pieces.weight(piece, suffix)
            if left < 0 and not kept:
                raise PublishError(
                    f"not one entry fits into the {room} bytes there are",
                    advice="raise feeds.max_size",
                )
            if left < 0:
                return kept
            kept[item.id] = piece
    return kept
