"""What a record comes to in the tables of ``.state``, how old it counts, and when it changed.

In: a record.  Out: its rows, and where it is counted.  Pure.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from feedsvc import words
from feedsvc.catalogue.access import LOCKED, READABLE
from feedsvc.model import Record, Status
from feedsvc.moment import micros
from feedsvc.site import KST
from feedsvc.text import sketch

Tally = tuple[str, str, str, str]
"""What is counted: section (``""``: every record), access (``""``, a status,
``READABLE``, ``LOCKED``), unit, period."""

DAY, MONTH, ALL = "day", "month", "all"
"""The units."""

_TEXT = frozenset({"title", "subtitle", "body"})


def day_of(at: datetime) -> str:
    return at.astimezone(KST).date().isoformat()


def tallies(status: Status, days: Iterable[tuple[str, str]], *, locked: bool) -> tuple[Tally, ...]:
    """Where a record is counted; ``days`` are pairs of section and day."""
    readable = (READABLE,) if status in (Status.OPEN, Status.PLUS_FIRST) else ()
    kinds = ("", status.value, *((LOCKED,) if locked else readable))
    return tuple(
        (section, kind, unit, period)
        for section, day in days
        for kind in kinds
        for unit, period in ((DAY, day), (MONTH, day[:7]), (ALL, ""))
    )


@dataclass(frozen=True, slots=True)
class RecordRows:
    """What a record comes to in the tables of :class:`State`."""

    record: tuple[object, ...]
    published: tuple[tuple[str, int, int, int], ...]
    sketch: tuple[tuple[int, int, int], ...]
    tally: tuple[Tally, ...]


def rows_of(record: Record) -> RecordRows:
    newest, at = micros(counts_from(record)), micros(record.published_at)
    released, revised = record.access.released_at, revised_at(record)
    hashes = sketch(record.body)
    codes = tuple({"", *record.sections})
    day = day_of(record.published_at)
    return RecordRows(
        (
            record.id,
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
        tuple((code, at, record.id, newest) for code in codes),
        tuple((one, at, record.id) for one in hashes),
        tallies(record.access.status, [(code, day) for code in codes], locked=record.access.locked),
    )


def counts_from(record: Record) -> datetime:
    """What a record's age is counted from, by which it is newer than another in a feed: when
    we first saw it.  A backfilled one was new when it was published, not when the archive was
    filled (contract, section 5)."""
    return record.published_at if record.origin == "backfill" else record.first_seen_at


def revised_at(record: Record) -> datetime | None:
    """When the text last changed: a release or a new keyword is no revision of it."""
    return max((r.seen_at for r in record.revisions if _TEXT & set(r.changed)), default=None)
