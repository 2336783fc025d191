"""One poll: the stages in order, and what becomes of each failure.

In: configuration, an archive, a fetcher and a clock.  Out: a
:class:`~feedsvc.model.PollOutcome`; the archive and the published files have moved
on.  One article's failure never stops the next, one section's never the others.
Not its job: when to poll (``schedule``), what to print (``cli``).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from feedsvc import dedup, feeds
from feedsvc.archive import Archive, Pending
from feedsvc.config import Config, SectionConfig
from feedsvc.cycle import troubles
from feedsvc.cycle.again import Agenda
from feedsvc.cycle.drift import Drift
from feedsvc.cycle.failing import Failing
from feedsvc.cycle.outcome import Tally
from feedsvc.cycle.publishing import publish
from feedsvc.cycle.read import A_DAY, GONE_STATUSES, ArticleReader
from feedsvc.cycle.telling import tell
from feedsvc.cycle.walk import SectionReader, Walk, walk
from feedsvc.dedup import Change
from feedsvc.dedup.change import list_in
from feedsvc.dedup.known import codes
from feedsvc.errors import (
    ArchiveError,
    ArchiveUnwritable,
    FeedsvcError,
    FieldMissing,
    LayoutUnknown,
    PublishError,
    StatusRefused,
)
from feedsvc.feeds import Published
from feedsvc.fetch import Fetcher, is_site_wide
from feedsvc.model import ParsedArticle, PollOutcome, Record, Row, Status

log = logging.getLogger("feedsvc.cycle")

DEEP_PAGES = 3
DEEP_EVERY = timedelta(days=1)
"""Once a day a section is read three pages deep: a paid article that is opened
later appears below known ones (issue 3)."""

_FEW = 40
"""Records of a section that are looked at for one that a poll found."""

LOOKS_A_POLL = 100
"""Articles looked at again in one poll at most; the rest is due at the next."""

FINDABLE = 10_000
"""Records that a poll, when all else is done, adds to a search index that was lost."""


class Poll:
    """One cycle over some sections.  ``progress`` is told (done, total) articles.

    ``patient`` leaves single articles that fail again and again alone for growing times,
    as the daemon does; a poll by hand or by cron tries all that failed.
    """

    def __init__(
        self,
        config: Config,
        archive: Archive,
        fetcher: Fetcher,
        clock: Callable[[], datetime],
        *,
        progress: Callable[[int, int], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
        patient: bool = False,
    ) -> None:
        self._patient = patient
        self._config = config
        self._archive = archive
        self._fetcher = fetcher
        self._clock = clock
        self._progress = progress or (lambda done, total: None)
        self._stop = stop
        self._sections = SectionReader(
            config.site_of(), fetcher, archive.memory, dict(config.site.selectors), clock
        )
        self._articles = ArticleReader(config, archive, fetcher, clock, watch=self._watch)
        self._drift: Drift | None = None
        self._failing: Failing | None = None
        self._touched: dict[int, Record] = {}
        self._failures: list[Exception] = []
        self.problems: tuple[PublishError, ...] = ()
        """What the last run could not publish: the disk is full, a document is not fit."""

    def run(self, sections: Sequence[SectionConfig]) -> PollOutcome:
        """Poll these sections, read what is new or changed, publish.

        Raises ``ArchiveLocked`` where another feedsvc writes, ``ArchiveError`` where
        the archive is damaged; all other failures are counted in the outcome.
        """
        started = self._clock()
        requests = self._fetcher.requests
        tallies = {section.name: Tally(section.name) for section in sections}
        with self._archive.writing(started):
            for note in self._archive.repaired():
                log.warning("%s", note)
            if not self._config.http.robots:
                self._tell_once_a_day("http.robots is false: robots.txt is neither read nor obeyed")
            self._drift = Drift(self._archive.memory)
            self._failing = failing = Failing(self._archive.memory)
            agenda = Agenda(self._archive, self._config.access.recheck_for, started)
            self._walk_all(sections, tallies, agenda)
            # Where the site as a whole is down the articles need not be tried.
            answering = not any(one.error and is_site_wide(one.error) for one in tallies.values())
            if answering and self._read_pending(sections, tallies, agenda, failing):
                self._look_again(sections, tallies, agenda)
            agenda.save()
            self._drift.save()
            for article_id in self._articles.marked:
                self._touched.pop(article_id, None)  # kept anew since: the archive knows
            published = publish(self._config, self._archive, self._clock(), self._touched)
            published = published.joined(self._tell_troubles(sections, tallies))
            published = tell(self._config, self._archive, self._clock, published, self._stop)
            if not self._stop():
                self._archive.make_findable(FINDABLE)
        self.problems = published.problems
        for problem in published.problems:
            log.error("%s", problem)
        return PollOutcome(
            started_at=started,
            finished_at=self._clock(),
            sections=tuple(tally.outcome() for tally in tallies.values()),
            requests=self._fetcher.requests - requests,
            published=tuple(str(path) for path in published.paths),
        )

    def _tell_once_a_day(self, line: str) -> None:
        """With every poll it would be mailed by cron a hundred times a day."""
        memory, day = self._archive.memory, f"{self._clock():%Y-%m-%d}"
        if memory.get(f"told:{line}") != day:
            log.warning("%s", line)
            memory.put(f"told:{line}", day)

    def _watch(self, article: ParsedArticle) -> None:
        if self._drift is not None:
            self._drift.watch(article)

    def _tell_troubles(
        self, sections: Sequence[SectionConfig], tallies: dict[str, Tally]
    ) -> Published:
        """Publish the ``status`` feed where a trouble began or ended."""
        config, memory, now = self._config, self._archive.memory, self._clock()
        for tally in tallies.values():
            memory.put(f"poll:{tally.name}:last", json.dumps(tally.told(now), ensure_ascii=False))
        errors = {tally.name: tally.error for tally in tallies.values()}
        read = sum(tally.read for tally in tallies.values())
        drifted = self._drift.told if self._drift else None
        row = self._failing.row if self._failing else 0
        found = troubles.find(config, memory, now, errors, self._failures, read, drifted, row)
        everything = len(sections) == len(config.sections)
        notices, changed = troubles.note(memory, now, found, everything)
        for trouble in found:
            log.debug("trouble: %s", trouble.text)
        if not changed and feeds.status_stands(config.feeds):
            return Published()
        return feeds.publish_status(notices, config.feeds, config.sections, config.site_of())

    def _walk_all(
        self,
        sections: Sequence[SectionConfig],
        tallies: dict[str, Tally],
        agenda: Agenda,
    ) -> None:
        waiting = {pending.id: pending for pending in self._archive.pending()}
        for section in sections:
            if self._stop():
                return
            tally = tallies[section.name]
            try:
                # One section's failure is never the others'; whether the site as a
                # whole is down, and then left alone, is the fetcher's to judge.
                found = self._walk(section)
            except (ArchiveUnwritable, ArchiveError):
                # No section's failure: the others could not be kept either.
                raise
            except FeedsvcError as error:
                tally.error = error
                log.warning("section %s: %s", section.name, error)
                continue
            tally.error = found.error
            if found.error is not None:
                log.warning("section %s, page %d: %s", section.name, found.pages + 1, found.error)
            tally.rows = len(found.rows)
            self._take_in(section, found, waiting)
            if found.boxes is not None:
                soon = [row.id for row in found.boxes if row.hint is Status.SOON_FREE]
                agenda.saw_boxes(soon, self._clock())
            self._remember_success(section.name)

    def _remember_success(self, name: str) -> None:
        """Note when the section was polled and how long the wait before was: what
        ``/healthz`` takes for its interval under cron, where none is configured."""
        memory, now = self._archive.memory, self._clock()
        before = memory.get(f"poll:{name}:succeeded_at")
        if before is not None:
            waited = (now - _time(before)).total_seconds()
            # A poll by hand soon after cron's must not make the next one seem late.
            waited = max(waited, float(memory.get(f"poll:{name}:interval") or 0) / 2)
            memory.put(f"poll:{name}:interval", f"{waited:.0f}")
        memory.put(f"poll:{name}:succeeded_at", now.isoformat())

    def _walk(self, section: SectionConfig) -> Walk:
        """Walk one section: to known ground, and once a day deeper than that."""
        memory, now = self._archive.memory, self._clock()
        deep_at = memory.get(f"deep:{section.name}")
        # A section once walked is not new; the archive is asked only where that is forgotten.
        first = deep_at is None and not any(
            record.origin == "poll"  # and not from a backfill before the first poll
            for record in self._archive.newest(_FEW, now + timedelta(days=1), section.code)
        )
        # Where the last deep walk is forgotten (.state was deleted), the day begins anew:
        # what was read before must not bring older articles just for being forgotten.
        deep = deep_at is not None and now - _time(deep_at) >= DEEP_EVERY
        found = walk(
            self._sections,
            section,
            at_least=DEEP_PAGES if deep else 1,
            at_most=1 if first else max(self._config.catch_up.pages, DEEP_PAGES),
            is_known=lambda rows: self._on_known_ground(section, rows),
        )
        if (deep_at is None or deep) and found.whole:
            memory.put(f"deep:{section.name}", now.isoformat())
        if found.ends_in_the_open and not first:
            why = "robots.txt forbids more" if found.forbidden else "catch_up.pages allows no more"
            log.warning(
                "section %s: %d pages read and no known article met, %s; "
                "what lies behind them comes with 'feedsvc backfill --section %s'",
                section.name, found.pages, why, section.name,
            )  # fmt: skip
        return found

    def _on_known_ground(self, section: SectionConfig, rows: Sequence[Row]) -> bool:
        """Whether a page's last row was listed in this section before.

        The last, because a page may carry an old article pinned above new ones; in
        this section, because an article known from another one says nothing of
        what this one listed meanwhile.
        """
        if not rows:
            return True
        last = rows[-1].id
        if self._archive.marks(section.name, [last]):
            return True
        if self._archive.has_marks(section.name):
            return False
        known = self._archive.known([last]).get(last)
        return known is not None and (section.code is None or section.code in known.sections)

    def _take_in(self, section: SectionConfig, found: Walk, waiting: dict[int, Pending]) -> None:
        """Write down what is to be read, then remember the walk."""
        now = self._clock()
        boxed = _unlisted(found)
        ids = [row.id for row in found.rows]
        known = self._archive.known([*ids, *(row.id for row in boxed)])
        sifted = dedup.sift(
            found.rows,
            code=section.code,
            known=known,
            waiting=waiting,
            marks=self._archive.marks(section.name, ids),
        )
        moved = dict(sifted.marks)
        added = [
            Pending.of(replace(row, sections=codes(row, section.code)), now)
            for row in (*sifted.new, *sifted.changed)
            # Listed still and without a page for days: asked for again when its row changes.
            if row.id in moved or not self._archive.memory.get(f"no-article:{row.id}")
        ]
        # A box shortens headlines as it likes: it tells of articles, not of changes.
        added += [
            Pending.of(row, now) for row in boxed if row.id not in known and row.id not in waiting
        ]
        for row in found.rows:
            earlier = waiting.get(row.id)
            more = codes(row, section.code)
            if earlier and not set(more) <= set(earlier.sections):
                both = tuple(dict.fromkeys((*earlier.sections, *more)))
                added.append(replace(earlier, sections=both))
        self._archive.add_pending(added)
        waiting.update({pending.id: pending for pending in added})
        for row in sifted.listed:
            self._list_in(row, codes(row, section.code), now)
        if found.whole:
            if moved:
                self._archive.set_marks(section.name, moved)
            if found.first_page is not None and found.pages == 1:
                self._fetcher.dealt_with(found.first_page)

    def _list_in(self, row: Row, sections: tuple[str, ...], now: datetime) -> None:
        record = self._archive.get(row.id)
        if record is None:
            return
        change = list_in(record, sections)
        if change.event is not None:
            self._archive.keep(change.record, change.event, now)
            self._touched[change.record.id] = change.record

    def _read_pending(
        self,
        sections: Sequence[SectionConfig],
        tallies: dict[str, Tally],
        agenda: Agenda,
        failing: Failing,
    ) -> bool:
        """Read what stands in ``pending.jsonl``, oldest first, so that a feed
        reader meets the articles in the order in which they were published.

        Where the site as a whole stops answering, the rest waits for the next poll;
        tells whether it still answers.
        """
        now = self._clock()
        pending = sorted(self._archive.pending(), key=lambda one: failing.order(one.id))
        if self._patient:
            pending = [one for one in pending if failing.is_due(one.id, now)]
        settled: list[int] = []
        answering = True
        for done, one in enumerate(pending):
            if self._stop() or not answering:
                break
            self._progress(done, len(pending))
            tally = _tally_of(one.sections, sections, tallies)
            read = partial(self._articles.read, one.row, sections=one.sections)
            change, error = self._attempt(one.id, read, tally)
            if change is not None:
                settled.append(one.id)
                agenda.plan(change.record, self._clock())
                failing.new_one(well=True)
            elif error is not None:
                answering = not is_site_wide(error)
                if not answering:
                    failing.all_failed(one.id, self._clock())
                    continue
                if not failing.tried(one.id):
                    failing.new_one(well=False)
                held = isinstance(error, (LayoutUnknown, FieldMissing))
                failing.failed(one.id, self._clock(), held=held)
                if held:
                    self._make_do(one, tally)
                if self._never_there(one, error) and failing.row < troubles.ARTICLES_LEAST:
                    settled.append(one.id)
                    self._archive.memory.put(f"no-article:{one.id}", self._clock().isoformat())
        self._progress(len(pending), len(pending))
        self._archive.settle(settled)
        failing.save({one.id for one in self._archive.pending()})
        return answering

    def _look_again(
        self, sections: Sequence[SectionConfig], tallies: dict[str, Tally], agenda: Agenda
    ) -> None:
        """Read again the kept articles that are due."""
        for article_id in agenda.due(self._clock())[:LOOKS_A_POLL]:
            record = self._archive.get(article_id)
            if self._stop() or record is None:
                continue
            tally = _tally_of(record.sections, sections, tallies)
            read = partial(self._articles.again, record)
            change, error = self._attempt(article_id, read, tally)
            if change is not None:
                agenda.plan(change.record, self._clock())
                continue
            gone = isinstance(error, StatusRefused) and error.status in GONE_STATUSES
            down = error is not None and is_site_wide(error)
            agenda.postpone(record, self._clock(), gone=gone, down=down)
            if down:
                return

    def _attempt(
        self, article_id: int, read: Callable[[], Change], tally: Tally
    ) -> tuple[Change | None, Exception | None]:
        """One article's reading; its failure is logged, counted and handed back."""
        try:
            change = read()
        except (ArchiveUnwritable, ArchiveError):
            raise
        except FeedsvcError as error:
            tally.failed += 1
            self._failures.append(error)
            log.warning("article %d: %s", article_id, error)
            return None, error
        except Exception as error:
            # A bug in one article's reading must not cost the others.
            tally.failed += 1
            log.error("article %d: %s: %s", article_id, type(error).__name__, error)
            log.debug("traceback", exc_info=True)
            return None, error
        tally.read += 1
        tally.count(change.event)
        if change.event is not None:
            self._touched[article_id] = change.record
            log.info("article %d %s: %s", article_id, change.event, change.record.title)
        return change, None

    def _make_do(self, one: Pending, tally: Tally) -> None:
        """Keep what a generic extractor makes of an article that is held, if anything."""
        try:
            change = self._articles.provisional(one.row, one.sections)
        except (ArchiveUnwritable, ArchiveError):
            raise
        except Exception as error:  # an extractor for any page may stumble over this one
            log.warning("article %d: the generic extractor failed: %s", one.id, error)
            return
        if change is not None:
            tally.count(change.event)
            self._touched[one.id] = change.record
            log.info("article %d: read by a generic extractor until its rules are mended", one.id)

    def _never_there(self, one: Pending, error: Exception) -> bool:
        """Whether a listed article has no page: 404 or 410, three times in a row at least
        and for a day.  More is asked than of one that is kept, which only gets a mark."""
        memory, now, key = self._archive.memory, self._clock(), f"never-there:{one.id}"
        if not (isinstance(error, StatusRefused) and error.status in GONE_STATUSES):
            if memory.get(key):
                memory.put(key, "")
            return False
        since, _, times = (memory.get(key) or f"{now.isoformat()} 0").partition(" ")
        memory.put(key, f"{since} {int(times) + 1}")
        return int(times) >= 2 and now - _time(since) >= A_DAY


def _unlisted(found: Walk) -> list[Row]:
    """Locked articles that only a page-wide box lists."""
    listed = {row.id for row in found.rows}
    return [row for row in found.boxes or () if row.id not in listed]


def _tally_of(
    codes: Collection[str], sections: Sequence[SectionConfig], tallies: dict[str, Tally]
) -> Tally:
    """The tally of the first polled section that lists the article."""
    for section in sections:
        if section.code in codes:
            return tallies[section.name]
    for section in sections:
        if section.code is None:
            return tallies[section.name]
    return tallies[sections[0].name]


def _time(kept: str) -> datetime:
    return datetime.fromisoformat(kept)
