"""The articles that are to be asked for again, from one poll to the next.

In: what came of asking for each.  Out: which are due, and how many fail in a row.  Used
while the archive's lock is held.  What follows from what, ``recheck`` decides; the rows
stand in ``.state``, and are made again from the archive where they are lost.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from feedsvc.archive import Archive
from feedsvc.memory import Memory, Topic
from feedsvc.model import Record
from feedsvc.poll.recheck import LOOKS, Outcome, State, is_due, look_after, next_look


class Agenda:
    """The looks ahead at what is kept."""

    def __init__(self, archive: Archive, recheck_for: timedelta, now: datetime) -> None:
        self._archive = archive
        self._watch, self._note = archive.memory.watch, archive.memory.note
        self._recheck_for = recheck_for
        self._boxed = {one.id for one in self._watch.having("boxed_at")}
        self._now = now
        self._moved = False
        planned = self._note.of(Topic.AGENDA, "")
        self._head = planned.text
        since = archive.changed_since(planned.text) if planned.text else None
        if planned.at is not None and planned.at > now:
            # By a clock that has been set back since: what it put off, or took for too old
            # to be looked at any more, is planned again too.
            since = None
        if since is None:
            # Lost: what lies ahead is planned again; what was missed is not made up
            # for, or a deleted .state would have every article read once more.
            for one in self._watch.having("next_at"):
                self._look(one.id, None)
            for record in archive.newest(0, now - max(recheck_for, LOOKS[-1])):
                self._look(record.id, look_after(record, now, recheck_for))
            return
        # Kept by a process that was killed before it saved the agenda.
        for record in archive.whole(since):
            self._look(record.id, look_after(record, record.first_seen_at, recheck_for))

    def after(self, record: Record, outcome: Outcome, now: datetime) -> None:
        """Put down the next look at a record, by what came of the one made now."""
        state = State(self._watch.of(record.id), record, self._recheck_for)
        self._look(record.id, next_look(state, outcome, now).next_at)

    def saw_boxes(self, soon_free: Collection[int], now: datetime) -> None:
        """Take the hint of the box 곧 무료로 풀릴 기사: an article that has left it is due."""
        for one in self._boxed - set(soon_free):
            at = self._watch.of(one).next_at
            self._watch.set(one, boxed_at=None, next_at=at and min(now, at))
        for one in set(soon_free) - self._boxed:
            self._watch.set(one, boxed_at=now)
        self._boxed = set(soon_free)

    def due(self, now: datetime) -> tuple[int, ...]:
        """The ids to look at now, the longest waiting first."""
        return tuple(one.id for one in self._watch.having("next_at", now))

    def save(self) -> None:
        """Write down how far the journal was, for all of which the looks stand."""
        head = self._archive.head() or ""
        if head != self._head or self._moved:
            self._note.set(Topic.AGENDA, "", at=self._now, text=head)

    def _look(self, article_id: int, at: datetime | None) -> None:
        self._moved = True
        self._watch.set(article_id, next_at=at)


class Failing:
    """The tries at what is pending."""

    def __init__(self, memory: Memory) -> None:
        self._watch, self._note = memory.watch, memory.note
        told = self._note.of(Topic.FAILING, "").text
        self.row = int(told) if told.isdecimal() else 0
        """New articles in a row that failed, none having been read well since."""

    def is_due(self, article_id: int, now: datetime) -> bool:
        """Whether to try an article now."""
        return is_due(self._watch.of(article_id), now)

    def order(self, article_id: int) -> tuple[bool, int]:
        """The key to sort by: the oldest first, but those that failed before come last.
        One that the site answers as it would answer if it were down ends a poll, and
        must not do so before the others were read."""
        return self.tried(article_id), article_id

    def failed(
        self,
        article_id: int,
        now: datetime,
        outcome: Outcome = Outcome.FAILED,
        *,
        may_give_up: bool = False,
    ) -> bool:
        """It failed; whether it is given up."""
        state = State(self._watch.of(article_id), may_give_up=may_give_up)
        after = next_look(state, outcome, now)
        self._watch.put(after)
        return after.given_up_at == now

    def all_failed(self, article_id: int, now: datetime) -> None:
        """The site is down, as this article's answer told: so it may have been for all that
        failed before."""
        for one in (self._watch.of(article_id), *self._watch.having("failed_since")):
            self.failed(one.id, now, Outcome.DOWN)

    def new_one(self, *, well: bool) -> None:
        """An article was tried for the first time: count how many fail in a row."""
        self.row = 0 if well else self.row + 1

    def tried(self, article_id: int) -> bool:
        """Whether it failed before."""
        return self._watch.of(article_id).failed_since is not None

    def since(self) -> tuple[int, datetime | None]:
        """How many articles fail now, and since when the first of them does."""
        failing = self._watch.having("failed_since")
        return len(failing), failing[0].failed_since if failing else None

    def save(self, pending: Collection[int]) -> None:
        """Keep what is known of the articles that are still to be read."""
        for one in self._watch.having("failed_since"):
            if one.id not in pending:
                self._watch.set(one.id, failed_since=None, failed_at=None)
        self._note.set(Topic.FAILING, "", text=str(self.row or ""))
