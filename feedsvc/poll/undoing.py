"""A learned layout taken back: what it read is withdrawn, what it changed put back.

In: an archive whose lock is held, a layout.  Out: :class:`TakenBack`.  That the layout is
read by no more is written down first, that it is done last, so that whoever is killed in
between is gone on from (:func:`finish`).
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial

from feedsvc.archive import Archive, KeptLayout, LayoutState, number_of
from feedsvc.dedup import WITHIN, Change
from feedsvc.errors import ArchiveError, RecordDamaged
from feedsvc.model import Event, Record
from feedsvc.poll.keeping import once, whole

log = logging.getLogger("feedsvc.relearn")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Ids: ``withdrawn`` are pending again, ``put_back`` are what they were; ``left`` are
    lines about records that stay as the layout read them."""

    withdrawn: tuple[int, ...] = ()
    put_back: tuple[int, ...] = ()
    left: tuple[str, ...] = ()


def take_back(
    archive: Archive, kept: KeptLayout, state: LayoutState, now: datetime, why: str = ""
) -> TakenBack:
    """Suspend or undo a layout.  Raises ``ArchiveError``, ``ArchiveUnwritable``."""
    begun = replace(kept, state=state, at=now, why=why or kept.why, taken_back_at=None)
    archive.keep_layout(begun, now)
    return _take_back(archive, begun, now)


def finish(archive: Archive, now: datetime) -> tuple[TakenBack, ...]:
    """Go on with what was killed."""
    return tuple(
        _take_back(archive, kept, now)
        for kept in archive.learned.whole(lambda error: None)
        if kept.state is not LayoutState.ADOPTED and kept.taken_back_at is None
    )


def _take_back(archive: Archive, kept: KeptLayout, now: datetime) -> TakenBack:
    added: list[Record] = []
    put_back: list[int] = []
    left: list[str] = []
    dropped = {
        one.number
        for one in archive.learned.whole(lambda error: None)
        if one.state is not LayoutState.ADOPTED
    }
    touched = cache(partial(_touched, archive))
    for article_id in touched(kept.number)[0]:
        try:
            record = archive.get(article_id)
        except RecordDamaged as error:
            left.append(f"article {article_id}: {error}")
            continue
        if record is None or number_of(record) != kept.number:
            continue
        number = _earliest(archive, record, dropped)
        if number is None:
            added.append(record)
        elif archive.learned.before(number, article_id).exists():
            try:
                archive.put_back(number, article_id, now)
                put_back.append(article_id)
            except ArchiveError as error:
                left.append(f"article {article_id} stays as the layout read it: {error}")
        elif article_id in touched(number)[1]:
            left.append(f"article {article_id} stays as the layout read it: what it was is lost")
        else:
            added.append(record)
    # What is left out of the feeds because it repeats one of these.
    repeating = {
        one
        for record in added
        for one in archive.resembling(record, WITHIN)
        if (other := whole(archive, one)) and other.duplicate_of == record.id
    }
    archive.withdraw(added, now)
    withdrawn = {record.id for record in added}
    for article_id in sorted(repeating - withdrawn):
        _look_anew(archive, article_id, now)
    archive.keep_layout(replace(kept, taken_back_at=now), now)
    return TakenBack(tuple(sorted(withdrawn)), tuple(put_back), tuple(left))


def _earliest(archive: Archive, record: Record, dropped: Collection[int]) -> int | None:
    """The layout before which a record was read by none that is dropped: one that changed it
    may have changed what another one had read that was suspended or undone meanwhile.
    ``None``: there is no such time."""
    seen: list[int] = []
    number = number_of(record)
    while number is not None and number in dropped and number not in seen:
        seen.append(number)
        was = archive.learned.was(number, record.id)
        number = number_of(was) if was else None
    return seen[-1] if number not in seen else None


def _touched(archive: Archive, number: int) -> tuple[list[int], set[int]]:
    """The articles in the journal's lines since a layout was adopted, and those of which
    there were records before it."""
    first: set[int] = set()
    since: dict[int, None] = {}
    adopted = False
    for line in archive.lines():
        if line.article is None:
            adopted = adopted or line.id == number
        elif adopted:
            since[line.article] = None
        elif line.event is Event.WITHDRAWN:
            first.discard(line.article)
        elif line.event is not Event.MOVED:
            first.add(line.article)
    return sorted(since), first & since.keys()


def _look_anew(archive: Archive, article_id: int, now: datetime) -> None:
    """Whether an article whose original was withdrawn repeats another one."""
    record = archive.get(article_id)
    assert record is not None  # it was read a moment ago
    alone = replace(record, duplicate_of=None)
    change, _ = once(archive, Change(alone, Event.REVISED))
    archive.keep(change.record, Event.NOTED, now)
