"""The articles that wait in ``pending.jsonl``: in which order they are read, and what follows
from a failure.

In: the archive's pending articles.  Out: records kept, and published as they come where they
are many; what was read or given up waits no more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain

from feedsvc.archive import Pending
from feedsvc.errors import FeedsvcError, PageDoubtful
from feedsvc.fetch import is_site_wide
from feedsvc.poll.incidents import ARTICLES_LEAST
from feedsvc.poll.publishing import FIRST
from feedsvc.poll.readings import Readings
from feedsvc.poll.recheck import A_DAY, Agenda, Failing, Outcome, is_due, outcome_of
from feedsvc.poll.stage import Tally


@dataclass
class PendingReader:
    """Used in a poll, while the archive's lock is held.  ``patient`` and ``progress`` are the
    poll's."""

    readings: Readings
    agenda: Agenda
    patient: bool
    progress: Callable[[int, int, int], None]

    def __post_init__(self) -> None:
        self._archive, self._clock = self.readings.archive, self.readings.clock
        self._failing = Failing(self._archive.memory)
        self._first = self.readings.listed.first

    def read_all(self) -> bool:
        """Read what waits, and publish as it goes where that is much.

        Where the site as a whole stops answering, the rest waits for the next poll;
        tells whether it still answers.
        """
        readings, failing, now = self.readings, self._failing, self._clock()
        pending = {
            one.id: one
            for one in self._archive.pending.all()
            if not self.patient or is_due(self._archive.memory.watch.of(one.id), now)
        }
        # One whose page led to another id is asked for once more, a day later.
        moved = self._archive.index.moved(pending)
        pending = {
            key: one for key, one in pending.items() if now - moved.get(key, now - A_DAY) >= A_DAY
        }
        first, others = self._in_order(pending)
        first_seen_at = self._first.seen_at
        settled: list[int] = []
        answering, done = True, 0
        readings.showing.begin()
        for group in (*first, others):
            for article_id in group:
                if readings.stop() or not answering:
                    break
                self.progress(done, len(pending), readings.showing.shown)
                one, done = pending[article_id], done + 1
                tally = readings.tally_of(one.sections, one.id)
                read = partial(
                    readings.reader.read, one.row, sections=one.sections,
                    seen_at=None if group is others else first_seen_at,
                )  # fmt: skip
                change, error = readings.read_one(one.id, read, tally)
                if change is not None:
                    settled.append(change.record.id)
                    if one.id in moved:
                        settled.append(one.id)
                    self.agenda.after(change.record, Outcome.READ, self._clock())
                    failing.in_a_row = 0
                elif error is not None:
                    answering = not is_site_wide(error)
                    if self._failed(one, error, tally):
                        settled.append(one.id)
                section_read = group[-1] == one.id
                if done < len(pending) and readings.show(
                    done, len(pending), section_read=section_read
                ):
                    self._archive.pending.settle(settled)
        self.progress(done, len(pending), readings.showing.shown)
        if pending and done == len(pending):
            self._first.end()
        self._archive.pending.settle(settled)
        failing.save({one.id for one in self._archive.pending.all()})
        return answering

    def _in_order(self, pending: Mapping[int, Pending]) -> tuple[list[list[int]], list[int]]:
        """What was found when sections were walked for the first time, a group after the
        other; and all else, oldest first, so that a feed reader meets the articles in the
        order in which they were published."""
        groups: list[list[int]] = []
        first, failing = self._first, self._failing
        if pending and (len(pending) > FIRST or first.seen_at is not None):
            first.begin(self._clock())
            groups = first.groups(
                {one.id: one.title for one in pending.values() if not failing.tried(one.id)}
            )
        # Those that failed before come last.  One that the site answers as it would answer if
        # it were down ends a poll, and must not do so before the others were read.
        others = pending.keys() - set(chain(*groups))
        return groups, sorted(others, key=lambda one: (failing.tried(one), one))

    def _failed(self, one: Pending, error: FeedsvcError, tally: Tally) -> bool:
        """Note that an article that waits could not be read; whether it waits no more."""
        now, outcome, failing = self._clock(), outcome_of(error), self._failing
        if outcome is Outcome.DOWN:
            failing.all_failed(one.id, now)
            return False
        if not failing.tried(one.id):
            failing.in_a_row += 1
        if outcome is Outcome.HELD:
            self.readings.held[one.id] = error.message
            if not isinstance(error, PageDoubtful):
                self.readings.make_do(one, tally)
        may_give_up = one.first_seen_at is None and failing.in_a_row < ARTICLES_LEAST
        return failing.failed(one.id, now, outcome, may_give_up=may_give_up)
