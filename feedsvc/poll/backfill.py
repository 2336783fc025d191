"""Older section pages into the archive, newest first, with the place kept.

In: sections, how far back, how many.  Out: a :class:`BackfillOutcome`; the archive
has grown.  The archive's lock is taken an article at a time and let go of between
two, so that a running daemon goes first.  A backfill can be stopped at any time and
goes on where it was.  Not its job: today's articles (``poll``).

How many articles lie ahead is an estimate for the progress bar.  Dates tell where a day ends
the walk; else ids do, which began near nought and rise with time (site page, "The site"): what
is listed of the ids gone through is taken to be listed of those below.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from feedsvc.archive.ledger import never_seen
from feedsvc.archive.records import some
from feedsvc.config import SectionConfig
from feedsvc.dedup import codes
from feedsvc.errors import StatusRefused
from feedsvc.fetch import is_site_wide
from feedsvc.memory import Topic
from feedsvc.model import Event, Row
from feedsvc.poll.guard import attempt
from feedsvc.poll.listed import note_listed
from feedsvc.poll.read import ArticleReader
from feedsvc.poll.recheck import GONE_STATUSES
from feedsvc.poll.stage import Tools
from feedsvc.poll.walk import SectionReader

log = logging.getLogger("feedsvc.backfill")

WAIT = 600.0
"""Seconds that a running daemon's poll is waited for."""

GAPS_A_DAY = 500
"""Ids never seen that are asked for in a day at most (contract, section 2)."""

PAGES_IN_A_ROW = 5
"""Pages of a section that fail one after the other before it is left for now; the other
sections go on."""

ARTICLES_IN_A_ROW = 40
"""Articles that do, before a backfill gives up for now: two pages full.  Fewer may well
stand side by side, such as those for members, and would keep it from ever getting past."""


@dataclass(slots=True)
class BackfillOutcome:
    """What a backfill did.  ``requests`` counts those made to the site; ``stopped`` says
    why it ended before the end, ``None`` where it reached it."""

    added: int = 0
    known: int = 0
    missing: int = 0
    failed: int = 0
    requests: int = 0
    stopped: str | None = None
    pages: dict[str, int] = field(default_factory=dict)


@dataclass
class Backfill(Tools):
    """``progress`` is told (done, total as far as anybody can tell) articles;
    ``stop`` is asked between two articles; ``rest`` lets a waiting daemon in."""

    rest: Callable[[], None]
    progress: Callable[[int, int], None] | None = None

    def __post_init__(self) -> None:
        config, archive, fetcher, clock = self.config, self.archive, self.fetcher, self.clock
        self._progress = self.progress or (lambda done, total: None)
        self._articles = ArticleReader(config, archive, fetcher, clock)
        layouts = self._articles.layouts.all
        self._pages = SectionReader(config.site_of(), fetcher, archive.memory, layouts, clock)
        self._outcome = BackfillOutcome()
        self._asked = fetcher.requests
        self._failures = 0
        self._left: str | None = None
        self._most: int | None = None
        self._estimate = Estimate(None)

    def run(
        self,
        sections: Sequence[SectionConfig],
        *,
        since: date | None = None,
        until: date | None = None,
        most: int | None = None,
    ) -> BackfillOutcome:
        """Walk the sections' older pages; ``since`` and ``until`` are days of the
        site's calendar, both included; ``most`` articles are added at most.

        Raises ``ArchiveError``, ``ArchiveUnwritable``, ``ArchiveLocked``.
        """
        self._most = most
        for section in sections:
            if self._outcome.stopped is None:
                self._walk(section, since, until)
        self._outcome.stopped = self._outcome.stopped or self._left
        self._outcome.requests = self.fetcher.requests - self._asked
        return self._outcome

    def fill_gaps(self, most: int | None = None) -> BackfillOutcome:
        """Ask for the ids between the lowest and the highest kept that were never
        seen, newest first, ``GAPS_A_DAY`` a day at most.  Raises as :meth:`run`."""
        self._most = most
        left = self._gaps_left_today()
        missing, beyond = never_seen(self.archive)
        if beyond:
            log.warning("ids far above all others are left out: %s", some(beyond, 10))
        total = min(sum(map(len, missing)), left)
        waiting = {one.id for one in self.archive.pending.all()}
        ids = (one for run in missing for one in range(run.last, run.first - 1, -1))
        for done, article_id in enumerate(one for one in ids if one not in waiting):
            self._progress(done, total)
            if left <= 0:
                self._outcome.stopped = f"{GAPS_A_DAY} ids a day are asked for; go on tomorrow"
            if self._ended():
                break
            left -= 1
            self._count_gap()
            self._read(Row(article_id, self.config.site_of().article_url(article_id), ""), ())
        self._outcome.requests = self.fetcher.requests - self._asked
        return self._outcome

    def _walk(self, section: SectionConfig, since: date | None, until: date | None) -> None:
        # New articles push older ones to later pages; one page of overlap covers
        # articles that were deleted meanwhile.
        number = max(1, self.archive.memory.section.of(section.name).page - 1)
        seen: set[int] = set()
        failures = 0
        self._estimate = Estimate(since)
        while not self._ended():
            # With the lock held: the pace is then the daemon's and ours together.
            with self._holding():
                answer, error = attempt(
                    partial(self._pages.read, section, number, conditional=False)
                )
            if error is not None:
                log.warning("section %s, page %d: %s", section.name, number, error)
                self._outcome.failed += 1
                number, failures = number + 1, failures + 1
                if is_site_wide(error):
                    self._outcome.stopped = str(error)
                if failures >= PAGES_IN_A_ROW:
                    self._left = f"section {section.name}: {failures} pages in a row failed"
                    break
                continue
            failures = 0
            self.rest()
            fresh = [row for row in (answer[1].rows if answer else ()) if row.id not in seen]
            seen.update(row.id for row in fresh)
            self._estimate.saw(fresh)
            # Of the days asked for; one without a time is read to be sure.
            first, last = since or date.min, until or date.max
            wanted = [
                row
                for row in fresh
                if row.listed_at is None or first <= row.listed_at.date() <= last
            ]
            if not self._take(section, wanted):
                break
            days = [row.listed_at.date() for row in fresh if row.listed_at]
            past = since is not None and bool(days) and max(days) < since
            if not fresh or past or answer is None or not answer[1].has_next:
                # The end: a later backfill, perhaps with other dates, starts anew.
                self._go_on_from(section, 0)
                break
            number += 1
            self._go_on_from(section, number)
        self._outcome.pages[section.name] = number

    def _take(self, section: SectionConfig, rows: Sequence[Row]) -> bool:
        """Read the rows that are not kept, and note of the others that this section lists
        them too; false where the backfill ended among them."""
        ids = [row.id for row in rows]
        known = self.archive.index.known(ids)
        kept = {*known, *self.archive.index.moved(ids)}
        for number, row in enumerate(rows, 1):
            if self._ended():
                return False
            listed_in = codes(row, section.code)
            if row.id in kept:
                self._outcome.known += 1
                if row.id in known and not set(listed_in) <= set(known[row.id].sections):
                    self._list_in(row.id, listed_in)
                continue
            self._read(row, listed_in)
            added, left = self._outcome.added, self._estimate.left()
            total = added + len(rows) - number + left if left else self._most or 0
            self._progress(added, min(total, self._most or total))
        return not self._ended()

    def _list_in(self, article_id: int, sections: tuple[str, ...]) -> None:
        """What the next poll would note too, which would publish it all once more."""
        with self._holding():
            _, error = attempt(
                partial(note_listed, self.archive, article_id, sections, self.clock())
            )
        if error is not None:
            log.warning("article %d: %s", article_id, error)
        self.rest()

    def _read(self, row: Row, sections: tuple[str, ...]) -> None:
        with self._holding():
            if self.archive.index.known([row.id]):
                self._outcome.known += 1
                return
            change, error = attempt(
                partial(self._articles.read, row, sections=sections, origin="backfill")
            )
        gone = isinstance(error, StatusRefused) and error.status in GONE_STATUSES
        self._failures = self._failures + 1 if error is not None and not gone else 0
        if gone:
            self._outcome.missing += 1
            with self._holding():
                self.archive.memory.watch.set(row.id, given_up_at=self.clock())
        elif error is not None:
            log.warning("article %d: %s", row.id, error)
            self._outcome.failed += 1
            if is_site_wide(error) or self._failures >= ARTICLES_IN_A_ROW:
                self._outcome.stopped = str(error)
        elif change is not None and change.event is Event.ADDED:
            self._outcome.added += 1
        else:  # it led to one that is kept
            self._outcome.known += 1
        self.rest()

    def _ended(self) -> bool:
        if self._outcome.stopped is None and self.stop():
            self._outcome.stopped = "told to stop; run it again to go on"
        if self._most is not None and self._outcome.added >= self._most:
            self._outcome.stopped = f"{self._most} articles added, as many as asked for"
        return self._outcome.stopped is not None

    def _go_on_from(self, section: SectionConfig, page: int) -> None:
        with self._holding():
            self.archive.memory.section.set(section.name, page=page)

    def _holding(self) -> AbstractContextManager[object]:
        return self.archive.writing(self.clock(), wait=WAIT, gives_way=True)

    def _gaps_left_today(self) -> int:
        told, today = self.archive.memory.recall(Topic.GAPS), self.clock().date().isoformat()
        return GAPS_A_DAY - (int(told["count"]) if told.get("day") == today else 0)

    def _count_gap(self) -> None:
        today, count = self.clock().date().isoformat(), GAPS_A_DAY - self._gaps_left_today() + 1
        with self._holding():
            self.archive.memory.keep(Topic.GAPS, day=today, count=count)


@dataclass(slots=True)
class Estimate:
    """``since`` is the day that ends the walk, if one does."""

    since: date | None
    rows: int = 0
    ids: tuple[int, int] = (0, 0)
    """Lowest and highest listed."""
    days: tuple[date, date] | None = None
    """Oldest and newest listed."""

    def saw(self, rows: Iterable[Row]) -> None:
        """Take note of a page's rows."""
        for row in rows:
            low, high = self.ids if self.rows else (row.id, row.id)
            self.ids = min(low, row.id), max(high, row.id)
            self.rows += 1
            if row.listed_at is not None:
                day = row.listed_at.date()
                old, new = self.days or (day, day)
                self.days = min(old, day), max(new, day)

    def left(self) -> int:
        """Rows ahead; 0 where nobody can tell yet."""
        low, high = self.ids
        if self.since is None:
            return round(self.rows * low / (high - low)) if high > low else 0
        if self.days is None:
            return 0
        old, new = self.days
        return round(self.rows * max(0, (old - self.since).days) / ((new - old).days or 1))
