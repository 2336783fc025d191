"""What the stages of a poll share: who asks the site and writes the archive; the counts of
what came of it, a section at a time, and the exit code that they come to; the log, and
a line of it that is not told with every poll.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError
from feedsvc.fetch import Fetcher
from feedsvc.memory import Memory, Topic
from feedsvc.model import Event, PollOutcome, SectionOutcome

log = logging.getLogger("feedsvc.poll")


@dataclass
class Tools:
    """Who asks the site and writes the archive, whose lock the caller holds; ``stop`` tells
    between two articles whether to."""

    config: Config
    archive: Archive
    fetcher: Fetcher
    clock: Callable[[], datetime]
    stop: Callable[[], bool] = field(default=lambda: False, kw_only=True)


@dataclass(slots=True)
class Tally:
    """A section's counts while the poll runs.  An article that several sections
    list is counted once, in the first of them."""

    name: str
    rows: int = 0
    unchanged: bool = False
    """Its page is what it was, and nothing was read on it."""
    events: Counter[Event | None] = field(default_factory=Counter)
    """What became of articles."""
    failed: int = 0
    error: FeedsvcError | None = None
    read: int = 0
    """Articles read well, changed or not."""

    def told(self) -> dict[str, object]:
        """What is remembered of the section's last poll."""
        told = asdict(self.outcome()) | {"unchanged": self.unchanged}
        return {key: value for key, value in told.items() if key != "name"}

    def outcome(self) -> SectionOutcome:
        return SectionOutcome(
            name=self.name,
            rows=self.rows,
            new=self.events[Event.ADDED],
            revised=self.events[Event.REVISED],
            released=self.events[Event.RELEASED],
            failed=self.failed,
            error=str(self.error) if self.error else None,
        )


def exit_code(outcome: PollOutcome, problems: Sequence[FeedsvcError] = ()) -> int:
    """0 all well, 1 something failed and the rest went through, 4 nothing could
    be done (contract, section 2).  ``problems`` are what failed besides sections and articles."""
    sections = outcome.sections
    if sections and all(one.error for one in sections):
        return 1 if any(one.new or one.revised or one.released for one in sections) else 4
    return 1 if problems or any(one.error or one.failed for one in sections) else 0


def warn_once_a_day(memory: Memory, now: datetime, line: str) -> bool:
    """Log what goes on, unless it was today: with every poll it would fill the log.  Tells
    whether it was logged now."""
    told_at = memory.note.of(Topic.TOLD, line).at
    if told_at is not None and told_at.astimezone(now.tzinfo).date() == now.date():
        return False
    log.warning("%s", line)
    memory.note.set(Topic.TOLD, line, at=now)
    memory.note.forget_before(now - timedelta(days=2), topic=Topic.TOLD)
    return True
