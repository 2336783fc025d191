"""Counting what a poll does, a section at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from feedsvc.config import SectionConfig
from feedsvc.errors import FeedsvcError
from feedsvc.model import Event, PollOutcome, SectionOutcome


@dataclass(slots=True)
class Tally:
    """A section's counts while the poll runs.  An article that several sections
    list is counted once, in the first of them."""

    name: str
    rows: int = 0
    unchanged: bool = False
    """Its page is what it was, and nothing was read on it."""
    new: int = 0
    revised: int = 0
    released: int = 0
    failed: int = 0
    error: FeedsvcError | None = None
    read: int = 0
    """Articles read well, changed or not."""

    def told(self) -> dict[str, object]:
        """What is remembered of the section's last poll."""
        told = asdict(self.outcome()) | {"unchanged": self.unchanged}
        del told["name"]
        return told

    def count(self, event: Event | None) -> None:
        if event is Event.ADDED:
            self.new += 1
        elif event is Event.REVISED:
            self.revised += 1
        elif event is Event.RELEASED:
            self.released += 1

    def outcome(self) -> SectionOutcome:
        return SectionOutcome(
            name=self.name,
            rows=self.rows,
            new=self.new,
            revised=self.revised,
            released=self.released,
            failed=self.failed,
            error=str(self.error) if self.error else None,
        )


def tally_of(
    codes: Collection[str],
    sections: Sequence[SectionConfig],
    tallies: dict[str, Tally],
    found_in: Collection[str] = (),
) -> Tally:
    """The tally of the first polled section that lists the article; ``found_in`` are those on
    whose page it stood now."""
    for section in sections:
        if section.code in codes:
            return tallies[section.name]
    likely = sorted(sections, key=lambda one: (one.name not in found_in, not one.holds_all))
    for section in likely:
        if section.code is None:
            return tallies[section.name]
    return tallies[sections[0].name]


def exit_code(outcome: PollOutcome, problems: Sequence[FeedsvcError] = ()) -> int:
    """0 all well, 1 something failed and the rest went through, 4 nothing could
    be done (contract, section 2).  ``problems`` are what failed besides sections and articles."""
    sections = outcome.sections
    if sections and all(section.error for section in sections):
        done = sum(section.new + section.revised + section.released for section in sections)
        return 1 if done else 4
    failed = any(section.error or section.failed for section in sections)
    return 1 if failed or problems else 0
