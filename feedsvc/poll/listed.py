"""What the sections list: each is walked, and what is to be read is written down.

In: sections, an archive, a fetcher.  Out: rows in ``pending.jsonl``, the marks by which
the next walk knows its ground, records that another section lists too.  One section's
failure is never the others'.  Not its job: reading articles (``read``), or how a section's
pages are read (``walk``).

Of the first reading of sections it is remembered what they listed: somebody waits to see
whether it works, so the newest of each section are read first, and what a section listed
when it was first walked was first seen at one time, in whatever order it is read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, zip_longest

from feedsvc import dedup, health
from feedsvc.archive import Archive, Pending
from feedsvc.config import SectionConfig
from feedsvc.dedup import Headline, codes, list_in
from feedsvc.memory import Memory, Topic
from feedsvc.model import Record, Row, Status
from feedsvc.poll.guard import attempt
from feedsvc.poll.layouts import Layouts
from feedsvc.poll.recheck import Agenda
from feedsvc.poll.stage import Tally, Tools, log, warn_once_a_day
from feedsvc.poll.walk import SectionReader, Walk, walk

DEEP_PAGES = 3
DEEP_EVERY = timedelta(days=1)
"""Once a day a section is read three pages deep: a paid article that is opened
later appears below known ones."""

TOGETHER = 10
"""Articles that are read of all sections in turn, before each is read to its end."""

_ALIKE = 0.6
"""The share of the shorter headline's words that two of one story have in common."""

_FEW = 40
"""Records of a section that are looked at for one that a poll found."""


@dataclass
class SectionLists(Tools):
    """Walks sections; the caller holds the archive's lock.  ``touched`` is told the records
    that are listed in one section more."""

    layouts: Layouts
    touched: Callable[[Record], None]

    def __post_init__(self) -> None:
        memory = self.archive.memory
        self._sections = SectionReader(
            self.config.site_of(), self.fetcher, memory, self.layouts.all, self.clock
        )
        self.first = FirstReading(memory)
        self.found_in: dict[int, set[str]] = {}
        """The names of the sections that listed each article."""
        self.rowless: set[str] = set()
        """Sections that showed rows before, and whose page shows none now."""

    def walk_all(
        self, sections: Sequence[SectionConfig], tallies: Mapping[str, Tally], agenda: Agenda
    ) -> None:
        """Walk each section; its failure stands in its tally, is logged, and is not raised."""
        waiting = {pending.id: pending for pending in self.archive.pending.all()}
        for section in sections:
            if self.stop():
                return
            tally = tallies[section.name]
            # Whether the site as a whole is down, and then left alone, is the fetcher's
            # to judge.
            _, error = attempt(partial(self._walk_one, section, tally, agenda, waiting))
            if error is not None:
                tally.error = error
                log.warning("section %s: %s", section.name, error)

    def _walk_one(
        self, section: SectionConfig, tally: Tally, agenda: Agenda, waiting: dict[int, Pending]
    ) -> None:
        memory, found = self.archive.memory, self._walk(section)
        tally.error = found.error
        if found.error is not None:
            log.warning("section %s, page %d: %s", section.name, found.pages + 1, found.error)
        tally.rows, tally.unchanged = len(found.rows), found.unchanged
        if found.rows or found.unchanged or not self.archive.index.has_marks(section.name):
            self.rowless.discard(section.name)
        else:
            self.rowless.add(section.name)
        for row in found.rows:
            self.found_in.setdefault(row.id, set()).add(section.name)
        if found.layout == "links" and found.rows:
            # Once a day: with every poll cron would mail it a hundred times.
            line = (
                f"section {section.name}: the rows of the site's search are not those of a section "
                "page; the articles that it links are read, without their times and summaries"
            )
            warn_once_a_day(memory, self.clock(), line)
        self._take_in(section, found, waiting)
        if found.boxes is not None:
            agenda.saw_boxes(
                [row.id for row in found.boxes if row.hint is Status.SOON_FREE], self.clock()
            )
        health.succeeded(memory, section.name, self.clock())

    def _walk(self, section: SectionConfig) -> Walk:
        """Walk one section: to known ground, and once a day deeper than that."""
        memory, now = self.archive.memory, self.clock()
        deep_at = memory.section.of(section.name).deep_at
        first = deep_at is None and not self._walked_before(section, now)
        # Where the last deep walk is forgotten (.state was deleted), the day begins anew:
        # what was read before must not bring older articles just for being forgotten.
        # A time that lies ahead was noted before the clock was set back.
        deep = deep_at is not None and not timedelta() <= now - deep_at < DEEP_EVERY
        found = walk(
            self._sections,
            section,
            at_least=DEEP_PAGES if deep else 1,
            at_most=1 if first else max(self.config.catch_up.pages, DEEP_PAGES),
            is_known=lambda rows: self._on_known_ground(section, rows),
        )
        if first:
            self.first.listed(section.name, (row.id for row in found.rows))
        if (deep_at is None or deep) and found.error is None:
            memory.section.set(section.name, deep_at=now)
        # There may be articles behind the last page that nobody knows of.
        if found.error is None and found.more and not (found.met_known or first):
            why = "robots.txt forbids more" if found.forbidden else "catch_up.pages allows no more"
            log.warning(
                "section %s: %d pages read and no known article met, %s; "
                "what lies behind them comes with 'feedsvc backfill --section %s'",
                section.name, found.pages, why, section.name,
            )  # fmt: skip
        return found

    def _walked_before(self, section: SectionConfig, now: datetime) -> bool:
        """Whether the archive knows a section that was polled: that a search or the news
        flashes were, no record tells."""
        return (section.code is not None or section.holds_all) and any(
            record.origin == "poll"  # and not from a backfill before the first poll
            for record in self.archive.newest(_FEW, now + timedelta(days=1), section.code)
        )

    def _on_known_ground(self, section: SectionConfig, rows: Sequence[Row]) -> bool:
        """Whether a page's last row was listed in this section before.

        The last, because a page may carry an old article pinned above new ones; in
        this section, because an article known from another one says nothing of
        what this one listed meanwhile.
        """
        if not rows:
            return True
        last = rows[-1].id
        if self.archive.index.marks(section.name, [last]):
            return True
        if self.archive.index.has_marks(section.name):
            return False
        known = self.archive.index.known([last]).get(last)
        return known is not None and (section.code is None or section.code in known.sections)

    def _take_in(self, section: SectionConfig, found: Walk, waiting: dict[int, Pending]) -> None:
        """Write down what is to be read, then remember the walk."""
        archive, now = self.archive, self.clock()
        ids = [row.id for row in found.rows]
        # Locked articles that only a page-wide box lists.
        boxed = [row for row in found.boxes or () if row.id not in ids]
        everything = [*ids, *(row.id for row in boxed)]
        known, moved = archive.index.known(everything), archive.index.moved(everything)
        marks = archive.index.marks(section.name, ids)
        sifted = dedup.sift(
            found.rows,
            code=section.code,
            known=known,
            waiting=waiting,
            marks=marks,
            by=found.layout if found.layout.startswith("learned-") else "",
        )
        changed, watch = dict(sifted.marks), archive.memory.watch

        def wanted(row: Row) -> bool:
            """Whether one that is listed still, and had no page for days or one that led to
            another id, is asked for again: when its row changes."""
            if row.id in moved:
                return row.id in marks and row.id in changed
            return row.id in changed or watch.of(row.id).given_up_at is None

        added = [
            Pending.of(replace(row, sections=codes(row, section.code)), now)
            for row in (*sifted.new, *sifted.changed)
            if wanted(row)
        ]
        # A box shortens headlines as it likes: it tells of articles, not of changes.
        added += [
            Pending.of(row, now)
            for row in boxed
            if not (row.id in known or row.id in waiting or row.id in moved)
        ]
        for row in found.rows:
            if earlier := waiting.get(row.id):
                both = tuple(dict.fromkeys((*earlier.sections, *codes(row, section.code))))
                url = row.url if section.newsflash else earlier.url
                if (both, url) != (earlier.sections, earlier.url):
                    added.append(replace(earlier, url=url, sections=both))
        archive.pending.add(added)
        waiting.update({pending.id: pending for pending in added})
        listed = {row.id: row for row in sifted.listed}
        if section.newsflash:
            # What another section listed first is a flash too from now on.
            waits = {row.id for row in sifted.changed}
            listed |= {
                row.id: row
                for row in found.rows
                if row.id in changed and row.id in known and row.id not in waits
            }
        for row in listed.values():
            named = codes(row, section.code)
            record, error = attempt(
                partial(note_listed, archive, row.id, named, now, flash=section.newsflash)
            )
            if error is not None:
                warn_once_a_day(archive.memory, now, f"article {row.id}: {error}")
            if record is not None:
                self.touched(record)
        if found.error is None and changed:
            archive.set_marks(section.name, changed)
        if found.error is None and found.first_page is not None and found.pages == 1:
            self.fetcher.dealt_with(found.first_page)


def note_listed(
    archive: Archive, number: int, sections: tuple[str, ...], now: datetime, *, flash: bool = False
) -> Record | None:
    """Write down that sections list an article that is kept; the record where that is new.
    Raises the archive's errors."""
    record = archive.get(number)
    change = list_in(record, sections, now, flash=flash) if record else None
    if change is None or change.event is None:
        return None
    archive.keep(change.record, change.event, now)
    return change.record


class FirstReading:
    """Used while the archive's lock is held; where its memory is lost, the articles are read
    the oldest first, like all others."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def listed(self, section: str, ids: Iterable[int]) -> None:
        """Note what the first walk of a section found, before its articles are pending."""
        self._memory.keep(Topic.FIRST, at=self.seen_at, ids={**self._ids(), section: list(ids)})

    def begin(self, now: datetime) -> None:
        """The reading begins, or goes on after a poll that was stopped."""
        if self._ids() and self.seen_at is None:
            self._memory.note.set(Topic.FIRST, "", at=now)

    @property
    def seen_at(self) -> datetime | None:
        """When all of them count as first seen; ``None`` where there are none."""
        return self._memory.note.of(Topic.FIRST, "").at

    def groups(self, titles: Mapping[int, str]) -> list[list[int]]:
        """Those that are to be read, with their headlines, in the order of reading: some of
        all sections in turn, then section by section, the newest first."""
        named = self._ids().values()
        sections = [sorted({one for one in ids if one in titles}, reverse=True) for ids in named]
        turns = (one for one in chain(*zip_longest(*sections)) if one is not None)
        together = list(dict.fromkeys(turns))[:TOGETHER]
        told = {one: Headline.of(titles[one]) for one in sorted(titles)}
        found, taken = [], set[int]()
        for group in (together, *sections):
            ordered = dict.fromkeys(_originals_first(group, told))
            found.append([one for one in ordered if one not in taken])
            taken.update(ordered)
        return [group for group in found if group]

    def end(self) -> None:
        """All were read, or tried."""
        self._memory.keep(Topic.FIRST)

    def _ids(self) -> dict[str, list[int]]:
        told: dict[str, list[int]] = self._memory.recall(Topic.FIRST).get("ids", {})
        return told


def _originals_first(ids: Sequence[int], told: Mapping[int, Headline]) -> Iterable[int]:
    """The ids, each behind the older ones whose headline is like its own: what is published
    as a story of its own, before the one that it repeats is read, stays published."""
    for one in ids:
        for other, headline in told.items():
            if other >= one:
                break
            if _alike(headline, told[one]):
                yield other
        yield one


def _alike(one: Headline, other: Headline) -> bool:
    shorter = min(len(one.words), len(other.words))
    return (
        one.figures == other.figures
        and shorter > 1
        and len({*one.words} & {*other.words}) >= _ALIKE * shorter
    )
