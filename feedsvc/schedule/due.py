"""What is due, and what is due next: pure functions of clock, settings and state.

In: the time, and for each section how often it is to be polled and when that was
last tried.  Out: names of sections, or a time.  No clock is read and nothing is
remembered here; whoever asks late is answered once, however many turns were missed.

When a section was last tried :func:`turns_of` knows from the archive's memory, which outlives
the process and tells the wall clock's time, which may have been set since; what the process did
itself it knows by a clock that nobody sets.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType

from feedsvc.config import SectionConfig
from feedsvc.memory import Memory
from feedsvc.schedule.auto import LONGEST, SHORTEST, Week

JITTER = 0.1
"""A turn comes up to this share of the interval earlier or later, so that neither the
sections of one archive nor all the users of a site ask at the same second."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A section's place in the schedule.

    ``every`` is a fixed interval, or one for each hour of the week.  ``tried_at`` is the
    last attempt by the wall clock, ``None`` before the first.  ``elapsed`` is the time
    since then by a clock that nobody sets and that counts suspend, where this process
    made the attempt: it is believed before ``tried_at``.
    """

    name: str
    every: timedelta | Week
    tried_at: datetime | None = None
    elapsed: timedelta | None = None


def last_tried(memory: Memory, section: str, now: datetime) -> datetime | None:
    """The newer of attempt and success, for a poll by hand notes no attempt; a time that
    lies ahead, written before the clock was set back, tells nothing."""
    known = memory.section.of(section)
    times = () if known.cut_short else (known.tried_at, known.succeeded_at)
    return max((time for time in times if time is not None and time <= now), default=None)


def turns_of(
    sections: Iterable[SectionConfig],
    week: Week,
    memory: Memory,
    now: datetime,
    made: Mapping[str, tuple[datetime, timedelta]] = MappingProxyType({}),
) -> tuple[Turn, ...]:
    """The schedule; ``week`` is for ``every: auto``.

    ``made`` are this process's attempts: when by the wall clock, and how long ago.  The memory
    is asked about the other sections alone, so that an idle heartbeat does not touch the disk.
    """
    return tuple(
        Turn(
            one.name,
            one.every if isinstance(one.every, timedelta) else week,
            *(made.get(one.name) or (last_tried(memory, one.name, now), None)),
        )
        for one in sections
    )


def due(now: datetime, turns: Sequence[Turn]) -> tuple[str, ...]:
    """The sections to poll at ``now``, in the order given."""
    # In UTC throughout: where the clock goes back in autumn, two times of one zone
    # compare by what the clock shows.
    at, zone = now.astimezone(UTC), now.tzinfo
    return tuple(turn.name for turn in turns if _moment(at, turn, zone) <= at)


def next_due(
    now: datetime, turns: Sequence[Turn], leave_alone_until: datetime | None = None
) -> datetime | None:
    """When :func:`due` next names a section, not before ``now``; ``None`` without sections."""
    if not turns:
        return None
    at, zone = now.astimezone(UTC), now.tzinfo
    earliest = max(at, min(_moment(at, turn, zone) for turn in turns))
    if leave_alone_until is not None:
        earliest = max(earliest, leave_alone_until.astimezone(UTC))
    return earliest.astimezone(zone)


def _moment(now: datetime, turn: Turn, zone: tzinfo | None) -> datetime:
    """When a section's turn comes; ``now`` and the answer are in UTC."""
    if turn.elapsed is not None:
        started = now - turn.elapsed
    elif turn.tried_at is None or turn.tried_at > now:
        # The clock was set back since: how long ago it was nobody knows, and to wait
        # for the old time to come again could be to wait for years.
        return now
    else:
        started = turn.tried_at.astimezone(UTC)
    turns = 1 + JITTER * _lot(turn.name, turn.tried_at or started)
    if isinstance(turn.every, timedelta):
        return started + turn.every * turns
    return started + _wait(started, turn.every, turns, zone)


def _wait(started: datetime, week: Week, turns: float, zone: tzinfo | None) -> timedelta:
    """How long until ``turns`` turns are through, each hour counting by its own interval:
    a wait that began in a quiet hour ends soon after a busy one begins."""
    at, left = started, turns
    while at - started < LONGEST:
        local = at.astimezone(zone)
        every = week.at(local)
        rest = timedelta(hours=1) - timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        if rest >= every * left:
            at += every * left
            break
        left -= rest / every
        at += rest
    return min(LONGEST, max(SHORTEST, at - started))


def _lot(name: str, tried_at: datetime) -> float:
    """A number from -1 to 1, always the same for the same section and attempt."""
    drawn = hashlib.sha256(f"{name} {tried_at.astimezone(UTC).isoformat()}".encode()).digest()
    return int.from_bytes(drawn[:4], "big") / 0x7FFF_FFFF - 1
