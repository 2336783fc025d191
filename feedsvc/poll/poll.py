"""One poll: the stages in order.

In: configuration, an archive, a fetcher and a clock.  Out: a
:class:`~feedsvc.model.PollOutcome`; the archive and the published files have moved
on.  One article's failure never stops the next, one section's never the others.
Not its job: when to poll (``schedule``), what to print (``cli``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from feedsvc.archive import KeptLayout
from feedsvc.config import SectionConfig
from feedsvc.errors import ArchiveError, FeedsvcError, LayoutUnknown
from feedsvc.fetch import is_site_wide
from feedsvc.model import PollOutcome
from feedsvc.poll import digests, incidents, redesign
from feedsvc.poll.distribute import tell
from feedsvc.poll.guard import Result, attempt
from feedsvc.poll.listed import SectionLists
from feedsvc.poll.pending import PendingReader
from feedsvc.poll.publishing import Showing
from feedsvc.poll.read import ArticleReader
from feedsvc.poll.readings import Readings
from feedsvc.poll.recheck import Agenda, Outcome, outcome_of
from feedsvc.poll.stage import Tools, log, warn_once_a_day

LOOKS_A_POLL = 100
"""Articles looked at again in one poll at most; the rest is due at the next."""

FINDABLE = 10_000
"""Records that a poll, when all else is done, adds to a search index that was lost."""


@dataclass
class Poll(Tools):
    """One poll of some sections.  ``progress`` is told (done, total, published) articles:
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
        self._showing = Showing(self.config, self.archive, self.clock)
        self._articles = ArticleReader(*tools)
        self._listed = SectionLists(
            *tools, self._articles.layouts, self._showing.take, stop=self.stop
        )
        self._redesign = redesign.Redesign(*tools, self._articles, stop=self.stop)
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
        config, archive, requests = self.config, self.archive, self.fetcher.requests
        self._readings = readings = Readings(
            config, archive, self.fetcher, self.clock,
            sections, self._articles, self._listed, self._showing, self.damage, stop=self.stop,
        )  # fmt: skip
        started, tallies = readings.started, readings.tallies
        with archive.writing(started):
            for note in archive.repaired:
                log.warning("%s", note)
            readings.tell_damage()
            digests.begin(config, archive, started)
            redesign.finish(archive, started)
            if not config.http.robots:
                warn_once_a_day(
                    archive.memory, started,
                    "http.robots is false: robots.txt is neither read nor obeyed",
                )  # fmt: skip
            self._agenda = Agenda(archive, config.access.recheck_for, started)
            self._pending = PendingReader(
                readings, self._agenda, self.patient, self.progress or (lambda *told: None)
            )
            self._listed.walk_all(sections, tallies, self._agenda)
            if self.adopted is not None:
                self._redesign.wait_for(self.adopted)
            # Where the site as a whole is down the articles need not be tried.
            errors = [tally.error for tally in tallies.values()]
            answering = not any(error and is_site_wide(error) for error in errors)
            if answering and self._pending.read_all():
                self._look_again()
                self._attend()
            self._agenda.save()
            self._showing.forget(self._articles.marked)
            published = self._showing.end()
            incidents.note(readings)
            read_any = any(tally.error is None for tally in tallies.values())
            published = tell(
                config, archive, self.clock, published, self.stop,
                polled=read_any and not self.stop(),
            )  # fmt: skip
            if not self.stop():
                archive.make_findable(FINDABLE)
            readings.tell_damage()  # what was met meanwhile
        robots = self.fetcher.robots_trouble
        self.problems = (*published.problems, *((robots,) if robots else ()))
        for problem in self.problems:
            if str(problem) not in self.damage:
                log.error("%s", problem)
        self.problems += (*map(ArchiveError, archive.damage()), *self._articles.images_failed)
        return PollOutcome(
            started_at=started,
            finished_at=self.clock(),
            sections=tuple(tally.outcome() for tally in tallies.values()),
            requests=self.fetcher.requests - requests,
            published=tuple(str(path) for path in published.paths),
        )

    def _look_again(self) -> None:
        """Read again the kept articles that are due."""
        agenda, readings = self._agenda, self._readings
        looks = agenda.due(self.clock())[:LOOKS_A_POLL]
        for done, article_id in enumerate(looks):
            readings.show(done, len(looks))
            record, damaged = attempt(partial(self.archive.get, article_id))
            if damaged is not None:
                readings.tell_damage(f"article {article_id}: {damaged}")
            if self.stop() or record is None:
                continue
            read, tally = partial(self._articles.again, record), readings.tally_of(record.sections)
            change, error = readings.read_one(article_id, read, tally)
            if change is not None:
                agenda.after(change.record, Outcome.READ, self.clock())
                if change.record.id != article_id:  # what moved is looked at seldom, then no more
                    agenda.after(record, Outcome.MOVED, self.clock())
            elif error is not None:
                agenda.after(record, outcome_of(error), self.clock())
                if is_site_wide(error):
                    return

    def _attend(self) -> None:
        """Learn the site's layout where it has changed, and read what waited for it."""
        readings = self._readings
        tallies, held = readings.tallies, readings.held
        unread = [
            one
            for one in readings.sections
            if one.name in self._listed.rowless
            or isinstance(tallies[one.name].error, LayoutUnknown)
        ]
        names, met = {one.name for one in unread}, tallies.values()
        adopted = _learning(partial(self._redesign.attend, names, met, readings.failures))
        if adopted is not None:
            self.adopted = adopted
            readings.failures.clear()
            held.clear()
            for tally in met:
                tally.failed = 0
            for section in unread:
                tallies[section.name].error = None
            self._listed.walk_all(unread, tallies, self._agenda)
            self._redesign.wait_for(adopted)
            self._pending.read_all()
        taken = _learning(self._redesign.hold_shared) or {}
        self._showing.forget(taken)
        held.update(taken)
        for one in self.archive.pending.all() if taken else ():
            if one.id in taken:
                readings.tally_of(one.sections, one.id).failed += 1
        if self.adopted is None:
            _learning(self._redesign.go_on)
        self._articles.layouts.note(self.clock(), held)


def _learning(work: Callable[[], Result]) -> Result | None:
    """What comes of it; that it fails is logged, and no reason not to publish."""
    found, error = attempt(work)
    if error is not None:
        log.error("the site's new layout: %s", error)
    return found
