"""Whether and when an article is asked for again: the one policy; and those that are, from
one poll to the next.

In: what is known of an article, what came of asking for it now.  Out: what is known then;
which articles are due, and how many fail in a row.  One that is kept is looked at again soon
after it was found, to catch corrections, and for as long as it is locked, to see it released;
one that was found and cannot be read is tried ever more seldom.  The policy is pure; the rows
stand in ``.state``, are used while the archive's lock is held, and are made again from the
archive where they are lost.  Not its job: the asking (``read``).
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum

from feedsvc.archive import Archive
from feedsvc.errors import FieldMissing, LayoutUnknown, PageDoubtful, ParseError, StatusRefused
from feedsvc.fetch import is_site_wide
from feedsvc.memory import Memory, Topic, Watch
from feedsvc.model import Record, Status

LOOKS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""How long after it was found an article is read again."""

SHORTEST = timedelta(hours=1)
LONGEST = timedelta(days=1)
"""Between two tries of one article, however long it has failed."""

GONE_STATUSES = frozenset({404, 410})
A_DAY = timedelta(days=1)
"""An article is gone when answers a day apart say so."""

TIMES = 3
"""Such answers in a row before one that was never read is given up.  More is asked than of
one that is kept, which only gets a mark."""


class Outcome(Enum):
    """What came of asking for an article."""

    READ = "it was read, and is kept"
    MOVED = "its page led to another id"
    HELD = "its page cannot be read yet"
    UNREAD = "a page came that is not the article's"
    FAILED = "no page came"
    GONE = "there is no such page"
    DOWN = "the site as a whole does not answer"


def outcome_of(error: Exception) -> Outcome:
    """The outcome that a failure is."""
    if is_site_wide(error):
        return Outcome.DOWN
    if isinstance(error, StatusRefused) and error.status in GONE_STATUSES:
        return Outcome.GONE
    if isinstance(error, (LayoutUnknown, FieldMissing, PageDoubtful)):
        return Outcome.HELD
    return Outcome.UNREAD if isinstance(error, ParseError) else Outcome.FAILED


def next_look(
    watch: Watch,
    outcome: Outcome,
    now: datetime,
    record: Record | None = None,
    recheck_for: timedelta = timedelta(),
    *,
    may_give_up: bool = False,
) -> Watch:
    """What is known of the article after it was asked for ``now``: of its ``record`` as it is
    kept by now, ``None`` of one that is pending.  ``may_give_up``: it was never kept, and
    others are read well.

    Of one that is kept ``next_at`` is the next look, ``None``: not any more; after a failure
    half its age later, an hour at least and a day at most, as long as locked articles are
    looked at; after a 404 a day later, until that is settled.  When :func:`is_due` tells that
    of one that is pending.  ``given_up_at`` is ``now`` where it is settled that there is no
    such article: of a kept one after two answers a day apart, without any page in between.
    """
    gone_since = min(watch.missing_since or now, now)
    settled = now - gone_since >= A_DAY
    if outcome is Outcome.GONE:
        watch = replace(watch, missing_since=gone_since, missing=watch.missing + 1)
    elif outcome is not Outcome.DOWN and (record is None or outcome is not Outcome.FAILED):
        watch = replace(watch, missing_since=None, missing=0)
    if outcome is Outcome.READ:
        watch = after_reading(watch)
    if record is None:
        return _pending(watch, outcome, now, settled and may_give_up)
    if outcome is Outcome.GONE and settled:
        return replace(watch, next_at=None, given_up_at=now)
    return replace(watch, next_at=_next_at(record, outcome, now, recheck_for))


def after_reading(watch: Watch) -> Watch:
    """What is still worth knowing of an article that was read well."""
    return Watch(watch.id, next_at=watch.next_at, boxed_at=watch.boxed_at, moved_at=watch.moved_at)


def is_due(watch: Watch, now: datetime) -> bool:
    """Whether to try a pending article now: at the poll after the first failure, then after
    half the time that it has been failing, a day at most.  So what fails for an hour is late
    by half an hour at most, and what fails for a year costs a request a day."""
    first, last = watch.failed_since, watch.failed_at
    if first is None or last is None:
        return True
    # A last try that lies ahead: the clock was set back since.
    return last > now or now - last >= min(LONGEST, (last - first) / 2)


def look_after(record: Record, looked_at: datetime, recheck_for: timedelta) -> datetime | None:
    """When to look again at an article that was read well then; ``None``: not any more.

    A locked one, or one that breaks off, is looked at at growing intervals: half
    its age, an hour at least and a day at most, until ``recheck_for`` has passed
    since it was found or changed.  A Dealsite Plus time that lies ahead is when a
    sold article may open, so it is looked at then.  Looks missed while nothing ran
    are one look.
    """
    if record.gone_at is not None:
        return None
    # What lies ahead was noted by a clock that has been set back since: when the article
    # was found, and changed, nobody knows, but not before it was published.
    found_at = record.first_seen_at
    if found_at > looked_at:
        found_at = min(record.published_at, looked_at)
    if record.access.locked or record.access.status is Status.UNKNOWN:
        since = max(one for one in (found_at, record.updated_at) if one <= looked_at)
        growing = looked_at + _half(looked_at - since)
        times = [growing if growing <= since + recheck_for else None, record.access.plus_first_at]
    else:
        times = [found_at + wait for wait in LOOKS if record.origin == "poll"]
    return min((time for time in times if time and time > looked_at), default=None)


def _half(age: timedelta) -> timedelta:
    return min(LONGEST, max(SHORTEST, age / 2))


def _next_at(
    record: Record, outcome: Outcome, now: datetime, recheck_for: timedelta
) -> datetime | None:
    if outcome is Outcome.READ:
        return look_after(record, now, recheck_for)
    if outcome is Outcome.GONE or outcome is Outcome.DOWN:
        return now + (LONGEST if outcome is Outcome.GONE else SHORTEST)
    age = now - max(record.first_seen_at, record.updated_at)
    return now + _half(age) if age <= max(recheck_for, LOOKS[-1]) else None


def _pending(watch: Watch, outcome: Outcome, now: datetime, may_give_up: bool) -> Watch:
    first = min(watch.failed_since or now, now)
    if outcome is Outcome.READ or outcome is Outcome.MOVED:
        return replace(watch, failed_since=None, failed_at=None)
    if outcome is Outcome.GONE and may_give_up and watch.missing >= TIMES:
        return replace(watch, failed_since=None, failed_at=None, given_up_at=now)
    if outcome is Outcome.DOWN:
        # What failed before may have failed for the same reason: as if for the first time.
        first = now
    # One that is held is tried at every poll.
    return replace(watch, failed_since=first, failed_at=first if outcome is Outcome.HELD else now)


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
        # Planned by a clock that was set back since: what it put off, or took for too old to be
        # looked at any more, is planned again too.
        ahead = planned.at is not None and planned.at > now
        since = archive.changed_since(planned.text) if planned.text and not ahead else None
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
        watch = self._watch.of(record.id)
        self._look(record.id, next_look(watch, outcome, now, record, self._recheck_for).next_at)

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
        self.in_a_row = int(told) if told.isdecimal() else 0
        """New articles in a row that failed, none having been read well since."""

    def failed(
        self,
        article_id: int,
        now: datetime,
        outcome: Outcome = Outcome.FAILED,
        *,
        may_give_up: bool = False,
    ) -> bool:
        """It failed; whether it is given up."""
        after = next_look(self._watch.of(article_id), outcome, now, may_give_up=may_give_up)
        self._watch.put(after)
        return after.given_up_at == now

    def all_failed(self, article_id: int, now: datetime) -> None:
        """The site is down, as this article's answer told: so it may have been for all that
        failed before."""
        for one in (self._watch.of(article_id), *self._watch.having("failed_since")):
            self.failed(one.id, now, Outcome.DOWN)

    def tried(self, article_id: int) -> bool:
        """Whether it failed before."""
        return self._watch.of(article_id).failed_since is not None

    def save(self, pending: Collection[int]) -> None:
        """Keep what is known of the articles that are still to be read."""
        for one in self._watch.having("failed_since"):
            if one.id not in pending:
                self._watch.set(one.id, failed_since=None, failed_at=None)
        self._note.set(Topic.FAILING, "", text=str(self.in_a_row or ""))
