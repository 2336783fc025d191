"""A feed's documents: its rows by age, as many as fit, between head and tail.

In: what a feed holds, and where its pieces come from.  Out: documents in a
:class:`~feedsvc.feeds.replace.Round`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from feedsvc import regular
from feedsvc.catalogue.standing import Standing, Standings
from feedsvc.config import FeedsConfig
from feedsvc.errors import PublishError
from feedsvc.feeds import check, pieces, select
from feedsvc.feeds.archived import LONGEST_NAME
from feedsvc.feeds.channel import EPOCH, Channel
from feedsvc.feeds.definitions import Definition, Kind
from feedsvc.feeds.entries import Entries
from feedsvc.feeds.entry import korean_time, shortened
from feedsvc.feeds.published_before import Before
from feedsvc.feeds.replace import FAILURES, Round
from feedsvc.feeds.size_limit import Contents, Item, fitted
from feedsvc.feeds.standings import entry_id


@dataclass(frozen=True, slots=True)
class Holding:
    """What a feed holds, and how an entry of it is written in a format: ``give`` pieces,
    ``short`` one without its body."""

    contents: Contents
    give: Callable[[Sequence[Item], str], Mapping[str, bytes]]
    short: Callable[[Item, str], bytes]


def of_entries(contents: Contents) -> Holding:
    """Entries that are made already."""
    entries = contents.entries

    def give(items: Sequence[Item], suffix: str) -> Mapping[str, bytes]:
        return pieces.made(suffix, [entries[item.id] for item in items])

    def short(item: Item, suffix: str) -> bytes:
        return pieces.made(suffix, [shortened(entries[item.id])])[item.id]

    return Holding(contents, give, short)


def of_rows(
    feed: Definition,
    table: Standings,
    entries: Entries,
    before: Before,
    count: int,
    now: datetime,
) -> Holding:
    """The newest ``count`` of a feed's rows, and all of the last three days."""
    since = now - select.KEPT_FOR
    articles = feed.kind is Kind.ARTICLES

    def rank(row: Standing) -> tuple[datetime, int]:
        at = row.age or row.published
        return select.counted(at, row.published, now) if articles else at, row.article

    rows = select.newest(table.newest(feed.name, count, since, now), count, now, rank)
    by_id = {entry_id(feed.channel.site.guid(row.article), row.event): row for row in rows}
    items = {
        row.key: Item(name, korean_time(row.published), korean_time(row.updated))
        for name, row in by_id.items()
    }
    ranked = tuple(items.values())
    if articles:
        rows = sorted(rows, key=lambda row: (row.published, row.article), reverse=True)
    contents = Contents(ranked, tuple(items[row.key] for row in rows))

    def give(wanted: Sequence[Item], suffix: str) -> Mapping[str, bytes]:
        asked = {item.id: by_id[item.id] for item in wanted}
        found = entries.pieces(list(asked.values()), suffix)
        missing = [row for row in asked.values() if row.key not in found]
        damaged = entries.source.damaged_ids() if missing else ()
        for row in missing:
            # No reason is known to take away what cannot be read now.
            piece = before.piece(row, suffix) if row.article in damaged else None
            if piece is not None:
                table.put_pieces(suffix, {row.key: piece}, {row.key: row.published})
                found[row.key] = piece
        return {name: found[row.key] for name, row in asked.items() if row.key in found}

    return Holding(contents, give, lambda item, suffix: entries.short(by_id[item.id], suffix))


def put(
    channel: Channel,
    suffix: str,
    path: Path,
    holding: Holding,
    previous: str | None,
    feeds: FeedsConfig,
    done: Round,
    may_leave: Callable[[Collection[str]], bool],
) -> tuple[Item, ...] | None:
    """Build one document, and put it in place.  Gives what it shows; ``None`` where it
    failed.  ``may_leave`` is asked of a document that would come to hold nothing whether
    these entries rightly leave it."""
    standing = bytes_of(path)
    try:
        document, shown = built(channel, suffix, holding, previous, feeds)
        if not shown and (lost := _all_ids(standing, suffix)):
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
) -> tuple[bytes, tuple[Item, ...]]:
    """A document, and what it shows.  Raises ``ValueError``, ``PublishError``, and what the
    source of the pieces raises."""

    def give(items: Sequence[Item]) -> Mapping[str, bytes]:
        return holding.give(items, suffix)

    # Whatever page is linked, so that a size does not depend on its name.
    longest = pieces.frame(channel, suffix, previous=LONGEST_NAME)
    room = pieces.room(longest, suffix, feeds.max_size)
    shown, written = fitted(
        holding.contents, give, lambda item: holding.short(item, suffix), room, suffix
    )
    updated = max((item.updated for item in shown), default=EPOCH)
    published = max((item.published for item in shown), default=EPOCH)
    frame = pieces.frame(channel, suffix, updated, published, previous)
    return pieces.joined(frame, suffix, [written[item.id] for item in shown]), shown


def _all_ids(document: bytes, suffix: str) -> tuple[str, ...]:
    """The ids in any document that a reader could read, ours or not."""
    try:
        return check.ids(document, suffix) if document else ()
    except PublishError:
        return ()


def bytes_of(path: Path) -> bytes:
    try:
        return regular.read(path)
    except OSError:
        return b""
