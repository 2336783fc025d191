"""Articles read one after the other while a poll runs, and what becomes of each.

In: how one article is read, and which section's it is.  Out: what is new is shown with the
next publication; every reading is counted, every failure is counted, logged and handed back,
and costs the next article nothing.  Not its job: which articles (``pending``, ``poll``).
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from feedsvc import health
from feedsvc.archive import Pending
from feedsvc.archive.records import DAMAGE
from feedsvc.config import SectionConfig
from feedsvc.dedup import Change
from feedsvc.errors import Bug, FeedsvcError, RecordDamaged
from feedsvc.poll.guard import attempt
from feedsvc.poll.listed import SectionLists
from feedsvc.poll.publishing import Showing
from feedsvc.poll.read import ArticleReader
from feedsvc.poll.stage import Tally, Tools, log, warn_once_a_day


@dataclass
class Readings(Tools):
    """Those of one poll over these sections, while the archive's lock is held.  ``damage``
    is what is damaged, and whether it was logged now."""

    sections: Sequence[SectionConfig]
    reader: ArticleReader
    listed: SectionLists
    showing: Showing
    damage: dict[str, bool]

    def __post_init__(self) -> None:
        self.started = self.clock()
        self.tallies = {section.name: Tally(section.name) for section in self.sections}
        self.failures: list[Exception] = []
        self.held: dict[int, str] = {}
        """The articles whose pages cannot be read yet, and why."""

    def read_one(
        self, article_id: int, read: Callable[[], Change], tally: Tally
    ) -> tuple[Change | None, FeedsvcError | None]:
        """One article's reading, or its failure."""
        change, error = attempt(read)
        if error is not None:
            tally.failed += 1
            self.failures.append(error)
            if isinstance(error, RecordDamaged):
                self.tell_damage(f"article {article_id}: {error}")
            else:
                level = logging.ERROR if isinstance(error, Bug) else logging.WARNING
                log.log(level, "article %d: %s", article_id, error)
        if change is not None:
            tally.read += 1
            health.still_reading(
                self.archive.memory, self.config.sections, self.started, self.clock()
            )
            tally.events[change.event] += 1
            record = change.record
            if record.id != article_id:
                log.info("article %d has moved to %d", article_id, record.id)
            if change.event is not None:
                self.showing.take(record)
                log.info("article %d %s: %s", record.id, change.event, record.title)
        return change, error

    def make_do(self, one: Pending, tally: Tally) -> None:
        """Keep what a generic extractor makes of an article that is held, if anything."""
        change, error = attempt(partial(self.reader.provisional, one.row, one.sections))
        if error is not None:  # an extractor for any page may stumble over this one
            log.warning("article %d: the generic extractor failed: %s", one.id, error)
        if change is not None:
            tally.events[change.event] += 1
            self.showing.take(change.record)
            log.info("article %d: read by a generic extractor until its rules are mended", one.id)

    def show(self, done: int, total: int, *, section_read: bool = False) -> bool:
        """Publish what was read so far, where it is time to; whether it was."""
        if not self.showing.is_due(section_read=section_read):
            return False
        self.showing.forget(self.reader.marked)
        shown = self.showing.show()
        if shown:
            log.info("%d of %d articles read, and published", done, total)
        return shown

    def tally_of(self, codes: Collection[str], article_id: int = 0) -> Tally:
        """The tally of the first polled section that lists an article of these codes, or on
        whose page that of this id stood now."""
        found_in = self.listed.found_in.get(article_id, ())
        likely = sorted(
            self.sections, key=lambda one: (one.name not in found_in, not one.holds_all)
        )
        chosen = [
            *(one for one in self.sections if one.code in codes),
            *(one for one in likely if one.code is None),
            *self.sections,
        ]
        return self.tallies[chosen[0].name]

    def tell_damage(self, *lines: str) -> None:
        """Log these lines, or each thing that is damaged, once a day."""
        for line in lines or [f"{line}; {DAMAGE}" for line in self.archive.damage()]:
            self.damage.setdefault(line, warn_once_a_day(self.archive.memory, self.clock(), line))
