"""When each section was last tried: in the archive's memory, and in this process.

The memory outlives the process and tells the wall clock's time, which may have been
set since; what the process did itself it knows by a clock that nobody sets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feedsvc.config import SectionConfig
from feedsvc.memory import Memory
from feedsvc.schedule.auto import Week
from feedsvc.schedule.due import Turn


def last_tried(memory: Memory, section: str, now: datetime) -> datetime | None:
    """The newer of attempt and success, for a poll by hand notes no attempt; a time that
    lies ahead, written before the clock was set back, tells nothing."""
    known = memory.section.of(section)
    if known.cut_short:
        return None
    times = (known.tried_at, known.succeeded_at)
    return max((time for time in times if time is not None and time <= now), default=None)


def turns_of(
    sections: Iterable[SectionConfig], week: Week, memory: Memory, now: datetime
) -> tuple[Turn, ...]:
    """The schedule as the memory alone knows it: what ``status`` shows."""
    return tuple(
        Turn(section.name, interval(section, week), last_tried(memory, section.name, now))
        for section in sections
    )


def interval(section: SectionConfig, week: Week) -> timedelta | Week:
    """How often a section is polled: its own interval, or the week's for ``auto``."""
    return section.every if isinstance(section.every, timedelta) else week


@dataclass(slots=True)
class Attempts:
    """This process's attempts: section to wall time and steady seconds."""

    made: dict[str, tuple[datetime, float]] = field(default_factory=dict)

    def note(self, section: str, at: datetime, steady: float) -> None:
        self.made[section] = (at, steady)

    def forget(self, section: str) -> None:
        self.made.pop(section, None)

    def turn(self, section: SectionConfig, week: Week, memory: Memory, now: datetime,
             steady: float) -> Turn:  # fmt: skip
        """A section's turn.  The memory is asked only about sections that this process has
        not tried yet, so that an idle heartbeat does not touch the disk."""
        every = interval(section, week)
        made = self.made.get(section.name)
        if made is None:
            return Turn(section.name, every, last_tried(memory, section.name, now))
        at, ticked = made
        return Turn(section.name, every, at, timedelta(seconds=max(0.0, steady - ticked)))
