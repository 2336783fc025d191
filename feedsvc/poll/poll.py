"""One poll: the stages in order, and what becomes of each failure.

In: configuration, an archive, a fetcher and a clock.  Out: a
:class:`~feedsvc.model.PollOutcome`; the archive and the published files have moved
on.  One article's failure never stops the next, one section's never the others.
Not its job: when to poll (``schedule``), what to print (``cli``).
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from feedsvc import health
from feedsvc.archive import KeptLayout, Pending
from feedsvc.archive.records import DAMAGE
from feedsvc.config import SectionConfig
from feedsvc.dedup import Change
from feedsvc.errors import (
    ArchiveError,
    Bug,
    FeedsvcError,
    LayoutUnknown,
    PageDoubtful,
    RecordDamaged,
)
from feedsvc.fetch import is_site_wide
from feedsvc.model import Event, PollOutcome
from feedsvc.poll import digests, incidents, redesign
from feedsvc.poll.distribute import tell
from feedsvc.poll.guard import Result, Stage, Tally, attempt, warn_once_a_day
from feedsvc.poll.listed import Listed
from feedsvc.poll.publishing import FIRST, Showing
from feedsvc.poll.read import ArticleReader
from feedsvc.poll.recheck import A_DAY, Agenda, Failing, Outcome, outcome_of
from feedsvc.poll.redesign import Redesign

log = logging.getLogger("feedsvc.poll")

LOOKS_A_POLL = 100
"""Articles looked at again in one poll at most; the rest is due at the next."""

FINDABLE = 10_000
"""Records that a poll, when all else is done, adds to a search index that was lost."""


@dataclass
class Poll(Stage):
    """One cycle over some sections.  ``progress`` is told (done, total, published) articles:
    a poll that reads many publishes as it goes.

    ``patient`` leaves single articles that fail again and again alone for growing times,
    as the daemon does; a poll by hand or by cron tries all that failed.  ``adopted`` is a
    learned layout that is read by for the first time.
    """

    progress: Callable[[int, int, int], None] | None = None
    patient: bool = False
    adopted: KeptLayout | None = None

    def __post_init__(self) -> None:
        tools = self.config, self.archive, self.fetcher, self.clock
        self._progress = self.progress or (lambda done, total, published: None)
        self._showing = Showing(self.config, self.archive, self.clock)
        self._articles = articles = ArticleReader(*tools)
        self._listed = Listed(*tools, articles.layouts, self._showing.take, stop=self.stop)
        self._redesign = Redesign(*tools, articles, stop=self.stop)
        self._held: dict[int, str] = {}
        self._failures: list[Exception] = []
        self.damage: dict[str, bool] = {}
        """What is damaged, and whether this run logged it: once a day is enough for the log."""
        self.problems: tuple[FeedsvcError, ...] = ()
        """What failed in the last run besides sections and articles: the disk is full, a
        document is not fit to be published, robots.txt is no answer, the hub or an image fails."""

    def run(self, sections: Sequence[SectionConfig]) -> PollOutcome:
        """Poll these sections, read what is new or changed, publish.

        Raises ``ArchiveLocked`` where another feedsvc writes, ``ArchiveError`` where
        the archive is damaged; all other failures are counted in the outcome.
        """
        config, archive = self.config, self.archive
        started = self._started = self.clock()
        requests, self._sections = self.fetcher.requests, sections
        self._tallies = {section.name: Tally(section.name) for section in sections}
        with archive.writing(started):
            for note in archive.repaired:
                log.warning("%s", note)
            self._tell_damage()
            digests.begin(config, archive, started)
            redesign.finish(archive, started)
            if not config.http.robots:
                warn_once_a_day(
                    archive.memory, started,
                    "http.robots is false: robots.txt is neither read nor obeyed",
                )  # fmt: skip
            self._failing = Failing(archive.memory)
            self._agenda = Agenda(archive, config.access.recheck_for, started)
            self._listed.walk_all(sections, self._tallies, self._agenda)
            if self.adopted is not None:
                self._redesign.wait_for(self.adopted)
            # Where the site as a whole is down the articles need not be tried.
            errors = [tally.error for tally in self._tallies.values()]
            answering = not any(error and is_site_wide(error) for error in errors)
            if answering and self._read_pending():
                self._look_again()
                self._attend()
            self._agenda.save()
            self._showing.forget(self._articles.marked)
            published = self._showing.end()
            self._note_troubles()
            read_any = any(tally.error is None for tally in self._tallies.values())
            published = tell(
                config, archive, self.clock, published, self.stop,
                polled=read_any and not self.stop(),
            )  # fmt: skip
            if not self.stop():
                archive.make_findable(FINDABLE)
            self._tell_damage()  # what was met meanwhile
        robots = self.fetcher.robots_trouble
        self.problems = (*published.problems, *((robots,) if robots else ()))
        for problem in self.problems:
            if str(problem) not in self.damage:
                log.error("%s", problem)
        self.problems += (*map(ArchiveError, archive.damage()), *self._articles.images_failed)
        return PollOutcome(
            started_at=started,
            finished_at=self.clock(),
            sections=tuple(tally.outcome() for tally in self._tallies.values()),
            requests=self.fetcher.requests - requests,
            published=tuple(str(path) for path in published.paths),
        )

    def _tell_damage(self, *lines: str) -> None:
        """Log these lines, or each thing that is damaged, once a day."""
        for line in lines or [f"{line}; {DAMAGE}" for line in self.archive.damage()]:
            self.damage.setdefault(line, warn_once_a_day(self.archive.memory, self.clock(), line))

    def _note_troubles(self) -> None:
        """Note what went wrong and what did not, for the verdict on health."""
        memory, now, tallies = self.archive.memory, self.clock(), self._tallies
        for section in self._sections:
            tally, read_at = tallies[section.name], memory.section.of(section.name).succeeded_at
            if tally.error is None and (read_at is None or read_at < self._started):
                continue  # told to stop before its turn came
            health.polled(memory, section, now, tally.told(), incidents.kind_of(tally.error))
        incidents.note_articles(
            memory, now, self._failures, sum(tally.read for tally in tallies.values())
        )
        if any(tally.events[Event.ADDED] for tally in tallies.values()):
            # Else there is nothing to judge by that was not there before.
            health.note_all(
                memory, health.Kind.PART, now, incidents.vanished_parts(self.archive, now)
            )
        robots, damage = self.fetcher.robots_trouble, "; ".join(self.archive.damage())
        health.note(memory, health.Kind.ROBOTS, now, str(robots) if robots else None)
        health.note(memory, health.Kind.CLOCK, now, health.apart(self.fetcher.clock_ahead()))
        health.note_disk(self.config, memory, now)
        health.note(memory, health.Kind.ARCHIVE, now, f"{damage}; {DAMAGE}" if damage else None)

    def _tally_of(self, codes: Collection[str], article_id: int = 0) -> Tally:
        """The tally of the first polled section that lists an article of these codes, or on
        whose page that of this id stood now."""
        found_in = self._listed.found_in.get(article_id, ())
        likely = sorted(
            self._sections, key=lambda one: (one.name not in found_in, not one.holds_all)
        )
        chosen = [
            *(one for one in self._sections if one.code in codes),
            *(one for one in likely if one.code is None),
            *self._sections,
        ]
        return self._tallies[chosen[0].name]

    def _read_pending(self) -> bool:
        """Read what stands in ``pending.jsonl``, and publish as it goes where that is much.

        Where the site as a whole stops answering, the rest waits for the next poll;
        tells whether it still answers.
        """
        now, failing = self.clock(), self._failing
        pending = {
            one.id: one
            for one in self.archive.pending()
            if not self.patient or failing.is_due(one.id, now)
        }
        # One whose page led to another id is asked for once more, a day later.
        moved = self.archive.moved(pending)
        pending = {
            key: one for key, one in pending.items() if now - moved.get(key, now - A_DAY) >= A_DAY
        }
        first, others = self._in_order(pending)
        first_seen_at = self._listed.first.seen_at
        settled: list[int] = []
        answering, done = True, 0
        self._showing.begin()
        for group in (*first, others):
            for article_id in group:
                if self.stop() or not answering:
                    break
                self._progress(done, len(pending), self._showing.shown)
                one, done = pending[article_id], done + 1
                tally = self._tally_of(one.sections, one.id)
                read = partial(
                    self._articles.read, one.row, sections=one.sections,
                    seen_at=None if group is others else first_seen_at,
                )  # fmt: skip
                change, error = self._attempt(one.id, read, tally)
                if change is not None:
                    settled.append(change.record.id)
                    if one.id in moved:
                        settled.append(one.id)
                    self._agenda.after(change.record, Outcome.READ, self.clock())
                    failing.row = 0
                elif error is not None:
                    answering = not is_site_wide(error)
                    if self._failed(one, error, tally):
                        settled.append(one.id)
                if done < len(pending) and self._show(done, len(pending), group[-1] == one.id):
                    self.archive.settle(settled)
        self._progress(done, len(pending), self._showing.shown)
        if pending and done == len(pending):
            self._listed.first.end()
        self.archive.settle(settled)
        failing.save({one.id for one in self.archive.pending()})
        return answering

    def _in_order(self, pending: Mapping[int, Pending]) -> tuple[list[list[int]], list[int]]:
        """What was found when sections were walked for the first time, a group after the
        other; and all else, oldest first, so that a feed reader meets the articles in the
        order in which they were published."""
        groups: list[list[int]] = []
        first, failing = self._listed.first, self._failing
        if pending and (len(pending) > FIRST or first.seen_at is not None):
            first.begin(self.clock())
            groups = first.groups(
                {one.id: one.title for one in pending.values() if not failing.tried(one.id)}
            )
        # Those that failed before come last.  One that the site answers as it would answer if
        # it were down ends a poll, and must not do so before the others were read.
        others = pending.keys() - set(chain(*groups))
        return groups, sorted(others, key=lambda one: (failing.tried(one), one))

    def _failed(self, one: Pending, error: FeedsvcError, tally: Tally) -> bool:
        """Note that an article that waits could not be read; whether it waits no more."""
        now, outcome, failing = self.clock(), outcome_of(error), self._failing
        if outcome is Outcome.DOWN:
            failing.all_failed(one.id, now)
            return False
        if not failing.tried(one.id):
            failing.row += 1
        if outcome is Outcome.HELD:
            self._held[one.id] = error.message
            if not isinstance(error, PageDoubtful):
                self._make_do(one, tally)
        may_give_up = one.first_seen_at is None and failing.row < incidents.ARTICLES_LEAST
        return failing.failed(one.id, now, outcome, may_give_up=may_give_up)

    def _show(self, done: int, total: int, section_read: bool = False) -> bool:
        """Publish what was read so far, where it is time to; whether it was."""
        if not self._showing.is_due(section_read=section_read):
            return False
        self._showing.forget(self._articles.marked)
        shown = self._showing.show()
        if shown:
            log.info("%d of %d articles read, and published", done, total)
        return shown

    def _attend(self) -> None:
        """Learn the site's layout where it has changed, and read what waited for it."""
        tallies = self._tallies
        unread = [
            one
            for one in self._sections
            if one.name in self._listed.rowless
            or isinstance(tallies[one.name].error, LayoutUnknown)
        ]
        names, met = {one.name for one in unread}, tallies.values()
        adopted = _learning(partial(self._redesign.attend, names, met, self._failures))
        if adopted is not None:
            self.adopted = adopted
            self._failures.clear()
            self._held.clear()
            for tally in met:
                tally.failed = 0
            for section in unread:
                tallies[section.name].error = None
            self._listed.walk_all(unread, tallies, self._agenda)
            self._redesign.wait_for(adopted)
            self._read_pending()
        taken = _learning(self._redesign.hold_shared) or {}
        self._showing.forget(taken)
        self._held |= taken
        for one in self.archive.pending() if taken else ():
            if one.id in taken:
                self._tally_of(one.sections, one.id).failed += 1
        if self.adopted is None:
            _learning(self._redesign.go_on)
        self._articles.layouts.note(self.clock(), self._held)

    def _look_again(self) -> None:
        """Read again the kept articles that are due."""
        agenda, looks = self._agenda, self._agenda.due(self.clock())[:LOOKS_A_POLL]
        for done, article_id in enumerate(looks):
            self._show(done, len(looks))
            record, damaged = attempt(partial(self.archive.get, article_id))
            if damaged is not None:
                self._tell_damage(f"article {article_id}: {damaged}")
            if self.stop() or record is None:
                continue
            change, error = self._attempt(
                article_id, partial(self._articles.again, record), self._tally_of(record.sections)
            )
            if change is not None:
                agenda.after(change.record, Outcome.READ, self.clock())
                if change.record.id != article_id:  # what moved is looked at seldom, then no more
                    agenda.after(record, Outcome.MOVED, self.clock())
            elif error is not None:
                agenda.after(record, outcome_of(error), self.clock())
                if is_site_wide(error):
                    return

    def _attempt(
        self, article_id: int, read: Callable[[], Change], tally: Tally
    ) -> tuple[Change | None, FeedsvcError | None]:
        """One article's reading; its failure is logged, counted and handed back."""
        change, error = attempt(read)
        if error is not None:
            tally.failed += 1
            self._failures.append(error)
            if isinstance(error, RecordDamaged):
                self._tell_damage(f"article {article_id}: {error}")
            else:
                level = logging.ERROR if isinstance(error, Bug) else logging.WARNING
                log.log(level, "article %d: %s", article_id, error)
        if change is not None:
            tally.read += 1
            health.still_reading(
                self.archive.memory, self.config.sections, self._started, self.clock()
            )
            tally.events[change.event] += 1
            record = change.record
            if record.id != article_id:
                log.info("article %d has moved to %d", article_id, record.id)
            if change.event is not None:
                self._showing.take(record)
                log.info("article %d %s: %s", record.id, change.event, record.title)
        return change, error

    def _make_do(self, one: Pending, tally: Tally) -> None:
        """Keep what a generic extractor makes of an article that is held, if anything."""
        change, error = attempt(partial(self._articles.provisional, one.row, one.sections))
        if error is not None:  # an extractor for any page may stumble over this one
            log.warning("article %d: the generic extractor failed: %s", one.id, error)
        if change is not None:
            tally.events[change.event] += 1
            self._showing.take(change.record)
            log.info("article %d: read by a generic extractor until its rules are mended", one.id)


def _learning(work: Callable[[], Result]) -> Result | None:
    """What comes of it; that it fails is logged, and no reason not to publish."""
    found, error = attempt(work)
    if error is not None:
        log.error("the site's new layout: %s", error)
    return found
