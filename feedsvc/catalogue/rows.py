"""What a record comes to in the tables of ``.state``."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime

from feedsvc import words
from feedsvc.catalogue.days import Tally, day_of, tallies
from feedsvc.memory import micros
from feedsvc.model import Record
from feedsvc.text import sketch

_TEXT = frozenset({"title", "subtitle", "body"})


@dataclass(frozen=True, slots=True)
class Rows:
    """What a record comes to in the tables of :class:`State`."""

    record: tuple[object, ...]
    published: tuple[tuple[str, int, int, int], ...]
    sketch: tuple[tuple[int, int, int], ...]
    tally: tuple[Tally, ...]


def rows_of(record: Record) -> Rows:
    own = record.id
    newest, at = micros(seen(record)), micros(record.published_at)
    released, revised = record.access.released_at, revised_at(record)
    hashes = sketch(record.body)
    codes = tuple({"", *record.sections})
    day = day_of(record.published_at)
    return Rows(
        (
            own,
            record.title,
            record.access.status.value,
            " ".join(record.sections),
            record.digest,
            None if released is None else micros(released),
            None if revised is None else micros(revised),
            struct.pack(f"<{len(hashes)}q", *hashes),
            int(record.access.locked),
            record.subtitle,
            "\n".join(record.reporters),
            at,
            record.url,
            int(record.gone_at is not None),
            words.folded("\n".join(record.reporters)),
            None,
            None,
            None,
        ),
        tuple((code, at, own, newest) for code in codes),
        tuple((one, at, own) for one in hashes),
        tallies(record.access.status, [(code, day) for code in codes], locked=record.access.locked),
    )


def seen(record: Record) -> datetime:
    """What a record's age is counted from, by which it is newer than another in a feed: when
    we first saw it.  A backfilled one was new when it was published, not when the archive was
    filled (contract, section 5)."""
    return record.published_at if record.origin == "backfill" else record.first_seen_at


def revised_at(record: Record) -> datetime | None:
    """When the text last changed: a release or a new keyword is no revision of it."""
    times = [r.seen_at for r in record.revisions if _TEXT & set(r.changed)]
    return max(times, default=None)
