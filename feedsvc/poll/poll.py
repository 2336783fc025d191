"""One poll: the stages in order, and what becomes of each failure.

In: configuration, an archive, a fetcher and a clock.  Out: a
:class:`~feedsvc.model.PollOutcome`; the archive and the published files have moved
on.  One article's failure never stops the next, one section's never the others.
Not its job: when to poll (``schedule``), what to print (``cli``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from feedsvc import health
from feedsvc.archive import Archive, KeptLayout, Pending
from feedsvc.archive.records import DAMAGE
from feedsvc.config import Config, SectionConfig
from feedsvc.dedup import Change
from feedsvc.errors import (
    ArchiveError,
    Bug,
    FeedsvcError,
    LayoutUnknown,
    PageDoubtful,
    RecordDamaged,
)
from feedsvc.fetch import Fetcher, is_site_wide
from feedsvc.model import PollOutcome
from feedsvc.poll import digests, incidents, redesign
from feedsvc.poll.distribute import tell
from feedsvc.poll.drift import vanished_parts
from feedsvc.poll.first import FirstReading
from feedsvc.poll.guard import attempt, warn_once_a_day
from feedsvc.poll.listed import Listed
from feedsvc.poll.outcome import Tally, tally_of
from feedsvc.poll.read import ArticleReader
from feedsvc.poll.recheck import A_DAY, Outcome, outcome_of
from feedsvc.poll.redesign import Met, Redesign
from feedsvc.poll.showing import FIRST, Showing
from feedsvc.poll.watching import Agenda, Failing

log = logging.getLogger("feedsvc.poll")

LOOKS_A_POLL = 100
"""Articles looked at again in one poll at most; the rest is due at the next."""

FINDABLE = 10_000
"""Records that a poll, when all else is done, adds to a search index that was lost."""


class Poll:
    """One cycle over some sections.  ``progress`` is told (done, total, published) articles:
    a poll that reads many publishes as it goes.

    ``patient`` leaves single articles that fail again and again alone for growing times,
    as the daemon does; a poll by hand or by cron tries all that failed.  ``adopted`` is a
    learned layout that is read by for the first time.
    """

    def __init__(
        self,
        config: Config,
        archive: Archive,
        fetcher: Fetcher,
        clock: Callable[[], datetime],
        *,
        progress: Callable[[int, int, int], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
        patient: bool = False,
        adopted: KeptLayout | None = None,
    ) -> None:
        self._patient = patient
        self._adopted = adopted
        self._config = config
        self._archive = archive
        self._fetcher = fetcher
        self._clock = clock
        self._progress = progress or (lambda done, total, published: None)
        self._stop = stop
        self._articles = ArticleReader(config, archive, fetcher, clock)
        self._listed = Listed(config, archive, fetcher, clock, stop, self._articles.layouts)
        self._redesign = Redesign(config, archive, fetcher, clock, self._articles, stop)
        self._failing: Failing | None = None
        self._first = FirstReading(archive.memory)
        self._showing = Showing(config, archive, clock)
        self._held: dict[int, str] = {}
        self._failures: list[Exception] = []
        self.damage: dict[str, bool] = {}
        """What is damaged, and whether this run logged it: once a day is enough for the log."""
        self._started = clock()
        self.problems: tuple[FeedsvcError, ...] = ()
        """What failed in the last run besides sections and articles: the disk is full, a
        document is not fit to be published, robots.txt is no answer, the hub or an image fails."""

    def run(self, sections: Sequence[SectionConfig]) -> PollOutcome:
        """Poll these sections, read what is new or changed, publish.

        Raises ``ArchiveLocked`` where another feedsvc writes, ``ArchiveError`` where
        the archive is damaged; all other failures are counted in the outcome.
        """
        started = self._started = self._clock()
        requests = self._fetcher.requests
        tallies = {section.name: Tally(section.name) for section in sections}
        with self._archive.writing(started):
            for note in self._archive.repaired:
                log.warning("%s", note)
            self._tell_damage()
            digests.begin(self._config, self._archive, started)
            redesign.finish(self._archive, started)
            if not self._config.http.robots:
                line = "http.robots is false: robots.txt is neither read nor obeyed"
                warn_once_a_day(self._archive.memory, started, line)
            self._failing = failing = Failing(self._archive.memory)
            agenda = Agenda(self._archive, self._config.access.recheck_for, started)
            self._listed.walk_all(sections, tallies, agenda)
            for record in self._listed.touched.values():
                self._showing.take(record)
            if self._adopted is not None:
                self._redesign.wait_for(self._adopted)
            # Where the site as a whole is down the articles need not be tried.
            answering = not any(one.error and is_site_wide(one.error) for one in tallies.values())
            if answering and self._read_pending(sections, tallies, agenda, failing):
                self._look_again(sections, tallies, agenda)
                self._attend(sections, tallies, agenda, failing)
            agenda.save()
            self._showing.forget(self._articles.marked)
            published = self._showing.end()
            self._note_troubles(sections, tallies)
            read_any = any(tally.error is None for tally in tallies.values())
            published = tell(
                self._config, self._archive, self._clock, published, self._stop,
                polled=read_any and not self._stop(),
            )  # fmt: skip
            if not self._stop():
                self._archive.make_findable(FINDABLE)
            self._tell_damage()  # what was met meanwhile
        robots = self._fetcher.robots_trouble
        self.problems = (*published.problems, *((robots,) if robots else ()))
        for problem in self.problems:
            if str(problem) not in self.damage:
                log.error("%s", problem)
        self.problems += tuple(ArchiveError(line) for line in self._archive.damage())
        self.problems += self._articles.images_failed
        return PollOutcome(
            started_at=started,
            finished_at=self._clock(),
            sections=tuple(tally.outcome() for tally in tallies.values()),
            requests=self._fetcher.requests - requests,
            published=tuple(str(path) for path in published.paths),
        )

    def _tell_damage(self, *lines: str) -> None:
        """Log these lines, or each thing that is damaged, once a day."""
        for line in lines or [f"{line}; {DAMAGE}" for line in self._archive.damage()]:
            logged = warn_once_a_day(self._archive.memory, self._clock(), line)
            self.damage.setdefault(line, logged)

    def _note_troubles(self, sections: Sequence[SectionConfig], tallies: dict[str, Tally]) -> None:
        """Note what went wrong and what did not, for the verdict on health."""
        config, memory, now = self._config, self._archive.memory, self._clock()
        for section in sections:
            tally = tallies[section.name]
            read_at = memory.section.of(section.name).succeeded_at
            if tally.error is None and (read_at is None or read_at < self._started):
                continue  # told to stop before its turn came
            health.polled(memory, section, now, tally.told(), incidents.kind_of(tally.error))
        read = sum(tally.read for tally in tallies.values())
        if self._failing is not None:
            incidents.note_articles(memory, now, self._failing, self._failures, read)
        if any(tally.new for tally in tallies.values()):
            # Else there is nothing to judge by that was not there before.
            health.note_all(memory, health.Kind.PART, now, vanished_parts(self._archive, now))
        robots = self._fetcher.robots_trouble
        health.note(memory, health.Kind.ROBOTS, now, str(robots) if robots else None)
        clock = health.apart(self._fetcher.clock_ahead())
        health.note(memory, health.Kind.CLOCK, now, clock)
        health.note_disk(config, memory, now)
        damage = "; ".join(self._archive.damage())
        health.note(memory, health.Kind.ARCHIVE, now, f"{damage}; {DAMAGE}" if damage else None)

    def _read_pending(
        self,
        sections: Sequence[SectionConfig],
        tallies: dict[str, Tally],
        agenda: Agenda,
        failing: Failing,
    ) -> bool:
        """Read what stands in ``pending.jsonl``, and publish as it goes where that is much.

        Where the site as a whole stops answering, the rest waits for the next poll;
        tells whether it still answers.
        """
        now = self._clock()
        pending = {one.id: one for one in self._archive.pending()}
        if self._patient:
            pending = {key: one for key, one in pending.items() if failing.is_due(key, now)}
        # One whose page led to another id is asked for once more, a day later.
        moved = self._archive.moved(pending)
        pending = {
            key: one for key, one in pending.items() if now - moved.get(key, now - A_DAY) >= A_DAY
        }
        first, others = self._in_order(pending, failing)
        groups = [*first, others]
        seen_at = dict.fromkeys((one for group in first for one in group), self._first.seen_at)
        settled: list[int] = []
        answering, done = True, 0
        self._showing.begin()
        for group in groups:
            for article_id in group:
                if self._stop() or not answering:
                    break
                self._progress(done, len(pending), self._showing.shown)
                one, done = pending[article_id], done + 1
                tally = tally_of(
                    one.sections, sections, tallies, self._listed.found_in.get(one.id, ())
                )
                read = partial(
                    self._articles.read, one.row, sections=one.sections,
                    seen_at=seen_at.get(one.id),
                )  # fmt: skip
                change, error = self._attempt(one.id, read, tally)
                if change is not None:
                    settled.append(change.record.id)
                    if one.id in moved:
                        settled.append(one.id)
                    agenda.after(change.record, Outcome.READ, self._clock())
                    failing.new_one(well=True)
                elif error is not None:
                    answering = not is_site_wide(error)
                    if self._failed(one, error, tally, failing):
                        settled.append(one.id)
                if done < len(pending) and self._show(done, len(pending), group[-1] == one.id):
                    self._archive.settle(settled)
        self._progress(done, len(pending), self._showing.shown)
        if pending and done == len(pending):
            self._first.end()
        self._archive.settle(settled)
        failing.save({one.id for one in self._archive.pending()})
        return answering

    def _in_order(
        self, pending: Mapping[int, Pending], failing: Failing
    ) -> tuple[list[list[int]], list[int]]:
        """What was found when sections were walked for the first time, a group after the
        other; and all else, oldest first, so that a feed reader meets the articles in the
        order in which they were published."""
        first: list[list[int]] = []
        if pending and (len(pending) > FIRST or self._first.seen_at is not None):
            self._first.begin(self._clock())
            first = self._first.groups(
                {one.id: one.title for one in pending.values() if not failing.tried(one.id)}
            )
        taken = {one for group in first for one in group}
        return first, sorted(pending.keys() - taken, key=failing.order)

    def _failed(self, one: Pending, error: FeedsvcError, tally: Tally, failing: Failing) -> bool:
        """Note that an article that waits could not be read; whether it waits no more."""
        now, outcome = self._clock(), outcome_of(error)
        if outcome is Outcome.DOWN:
            failing.all_failed(one.id, now)
            return False
        if not failing.tried(one.id):
            failing.new_one(well=False)
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

    def _attend(
        self,
        sections: Sequence[SectionConfig],
        tallies: dict[str, Tally],
        agenda: Agenda,
        failing: Failing,
    ) -> None:
        """Learn the site's layout where it has changed, and read what waited for it."""
        unread = [
            one
            for one in sections
            if one.name in self._listed.rowless
            or isinstance(tallies[one.name].error, LayoutUnknown)
        ]
        met = Met.of({one.name for one in unread}, tallies.values(), self._failures)
        adopted, error = attempt(partial(self._redesign.attend, met))
        self._tell_of(error)
        self._adopted = adopted or self._adopted
        if adopted is not None:
            self._failures.clear()
            self._held.clear()
            for tally in tallies.values():
                tally.failed = 0
            for section in unread:
                tallies[section.name].error = None
            self._listed.walk_all(unread, tallies, agenda)
            for record in self._listed.touched.values():
                self._showing.take(record)
            self._redesign.wait_for(adopted)
            self._read_pending(sections, tallies, agenda, failing)
        taken, error = attempt(self._redesign.hold_shared)
        self._tell_of(error)
        self._showing.forget(taken or ())
        self._held |= taken or {}
        for one in (one for one in self._archive.pending() if taken and one.id in taken):
            found_in = self._listed.found_in.get(one.id, ())
            tally_of(one.sections, sections, tallies, found_in).failed += 1
        if self._adopted is None:
            _, error = attempt(self._redesign.go_on)
            self._tell_of(error)
        self._redesign.note(self._held)

    def _tell_of(self, error: FeedsvcError | None) -> None:
        if error is not None:
            log.error("the site's new layout: %s", error)

    def _look_again(
        self, sections: Sequence[SectionConfig], tallies: dict[str, Tally], agenda: Agenda
    ) -> None:
        """Read again the kept articles that are due."""
        looks = agenda.due(self._clock())[:LOOKS_A_POLL]
        for done, article_id in enumerate(looks):
            self._show(done, len(looks))
            record, damaged = attempt(partial(self._archive.get, article_id))
            if damaged is not None:
                self._tell_damage(f"article {article_id}: {damaged}")
            if self._stop() or record is None:
                continue
            tally = tally_of(record.sections, sections, tallies)
            read = partial(self._articles.again, record)
            change, error = self._attempt(article_id, read, tally)
            if change is not None:
                agenda.after(change.record, Outcome.READ, self._clock())
                if change.record.id != article_id:  # what moved is looked at seldom, then no more
                    agenda.after(record, Outcome.MOVED, self._clock())
            elif error is not None:
                agenda.after(record, outcome_of(error), self._clock())
                if is_site_wide(error):
                    return

    def _attempt(
        self, article_id: int, read: Callable[[], Change], tally: Tally
    ) -> tuple[Change | None, FeedsvcError | None]:
        """One article's reading; its failure is logged, counted and handed back."""
        change, error = attempt(read)
        if change is None or error is not None:
            tally.failed += 1
            if error is not None:
                self._failures.append(error)
                if isinstance(error, RecordDamaged):
                    self._tell_damage(f"article {article_id}: {error}")
                    return None, error
                level = logging.ERROR if isinstance(error, Bug) else logging.WARNING
                log.log(level, "article %d: %s", article_id, error)
            return None, error
        tally.read += 1
        health.still_reading(
            self._archive.memory, self._config.sections, self._started, self._clock()
        )
        tally.count(change.event)
        record = change.record
        if record.id != article_id:
            log.info("article %d has moved to %d", article_id, record.id)
        if change.event is not None:
            self._showing.take(record)
            log.info("article %d %s: %s", record.id, change.event, record.title)
        return change, None

    def _make_do(self, one: Pending, tally: Tally) -> None:
        """Keep what a generic extractor makes of an article that is held, if anything."""
        change, error = attempt(partial(self._articles.provisional, one.row, one.sections))
        if error is not None:  # an extractor for any page may stumble over this one
            log.warning("article %d: the generic extractor failed: %s", one.id, error)
        if change is not None:
            tally.count(change.event)
            self._showing.take(change.record)
            log.info("article %d: read by a generic extractor until its rules are mended", one.id)
