"""The site was redesigned: when a new layout is learned, and what becomes of it.

In: what a poll met.  Out: a layout adopted, or a draft for the operator, as ``site.relearn``
says; notes for the verdict on health.  What is remembered is one small object: what failed
in the last poll, and when learning was tried.  How it is learned is ``relearning``'s.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feedsvc import health
from feedsvc.archive import ENOUGH_AGREED, Agreement, Archive, KeptLayout, LayoutState, number_of
from feedsvc.config import Config
from feedsvc.errors import FieldMissing, LayoutUnknown
from feedsvc.fetch import Fetcher
from feedsvc.health import Kind
from feedsvc.memory import Memory, Topic, as_time
from feedsvc.model import ParsedArticle, Record
from feedsvc.poll import undoing
from feedsvc.poll.learned_words import adopted_text, draft_text, suspended_text
from feedsvc.poll.outcome import Tally
from feedsvc.poll.read import ArticleReader

if TYPE_CHECKING:
    from feedsvc.poll.relearning import Attempt

log = logging.getLogger("feedsvc.relearn")

LEAST = 3
"""Articles that fail in the same way in two polls, before the site counts as redesigned."""

A_DAY = timedelta(days=1)
"""Between two attempts to learn."""

POLLS = timedelta(hours=4)
"""What the second attempt of a redesign comes before a day has passed since it was met: the
longest waits for the polls before and behind, so that nothing waits for more than a day."""

AGAIN = 3
"""Attempts a day that were begun and did not come to their end: killed, or the site down."""

_RECORDS = 500


@dataclass(frozen=True, slots=True)
class Watch:
    """``signs`` are what failed in the last poll, ``since`` when the first of them was met;
    ``tried_at`` is when learning was tried last, in which ``mode`` of ``site.relearn``,
    ``begun`` how often since without an end; ``changed`` are the known articles that taught
    nothing then, for they had changed."""

    signs: tuple[str, ...] = ()
    since: str = ""
    tried_at: str = ""
    mode: str = ""
    begun: int = 0
    proven: bool = False
    changed: tuple[int, ...] = ()

    @classmethod
    def of(cls, memory: Memory) -> Watch:
        """What is remembered; nothing where it is forgotten."""
        with suppress(TypeError, KeyError):
            told = memory.recall(Topic.REDESIGN)
            signs, changed = tuple(told["signs"]), tuple(told.get("changed", ()))
            return cls(**{**told, "signs": signs, "changed": changed})
        return cls()

    def keep(self, memory: Memory) -> None:
        memory.keep(Topic.REDESIGN, **asdict(self))

    def after(self, changed: Collection[int]) -> Watch:
        """The same after an attempt at which these articles had changed."""
        return replace(self, changed=tuple(sorted({*self.changed, *changed})))

    def allows(self, mode: str, now: datetime) -> bool:
        """Whether learning may be tried now."""
        if mode == "off" or (self.proven and mode == self.mode):
            return False
        tried_at = as_time(self.tried_at)
        if tried_at is None or mode != self.mode or 0 < self.begun < AGAIN:
            return True
        if now - tried_at >= A_DAY or now < tried_at:  # it lies ahead: the clock was set back
            return True
        since = as_time(self.since)
        if since is None or now - tried_at < A_DAY / 2:
            return False
        return tried_at < since + A_DAY - POLLS <= now


@dataclass(frozen=True, slots=True)
class Met:
    """What a poll met: the sections whose pages it got, those of them that it could not
    read, the errors of articles, and how many articles were read well."""

    unread: Collection[str]
    sections: Collection[str]
    errors: Iterable[Exception]
    read: int

    @classmethod
    def of(
        cls, unread: Collection[str], tallies: Iterable[Tally], errors: Iterable[Exception]
    ) -> Met:
        """Of a poll that went so; of a section whose page could not be had nothing is known."""
        tallies = tuple(tallies)
        looked = {one.name for one in tallies if one.error is None or one.name in unread}
        return cls(unread, looked, tuple(errors), sum(one.read for one in tallies))

    def signs(self) -> set[str]:
        """What of it a redesign would be the reason of."""
        same = Counter(
            f"article {one.message}"
            for one in self.errors
            if isinstance(one, (LayoutUnknown, FieldMissing))
        )
        found = {sign for sign, count in same.items() if count >= LEAST}
        return found | {f"section {name}" for name in self.unread}


class Redesign:
    """Used in a poll, while the archive's lock is held."""

    def __init__(
        self,
        config: Config,
        archive: Archive,
        fetcher: Fetcher,
        clock: Callable[[], datetime],
        articles: ArticleReader,
        stop: Callable[[], bool],
    ) -> None:
        self._config = config
        self._archive = archive
        self._fetcher = fetcher
        self._clock = clock
        self._articles = articles
        self._layouts = articles.layouts
        self._stop = stop

    def attend(self, met: Met) -> KeptLayout | None:
        """Learn where it is time; the layout, where one was adopted.  Raises the archive's
        errors."""
        memory, now = self._archive.memory, self._clock()
        watch, signs = Watch.of(memory), met.signs()
        tried = met.read > 0 or any(True for _ in met.errors)
        waiting = {
            sign
            for sign in watch.signs
            if (sign.startswith("article ") and not tried)
            or (sign.startswith("section ") and sign.partition(" ")[2] not in met.sections)
        }
        again = signs & set(watch.signs)
        new = replace(watch, signs=tuple(sorted(signs | waiting)))
        if not new.signs:
            new = replace(new, since="", proven=False, changed=())
            health.note(memory, Kind.DRAFT, now, None)
        elif not watch.signs:
            new = replace(new, since=now.isoformat())
        if new != watch:
            new.keep(memory)
        mode = self._config.site.relearn
        if not again or self._stop() or not new.allows(mode, now):
            return None
        return self._try(new, mode)

    def _try(self, watch: Watch, mode: str) -> KeptLayout | None:
        from feedsvc.poll.relearning import Relearning  # most polls never need it

        memory, now = self._archive.memory, self._clock()
        begun = watch.begun + 1 if watch.begun < AGAIN else 1
        watch = replace(watch, tried_at=now.isoformat(), mode=mode, begun=begun, proven=False)
        watch.keep(memory)
        log.info("the site's layout has changed: learning from articles that are kept")
        learner = Relearning(
            self._config, self._archive, self._fetcher, self._clock, self._layouts,
            stop=self._stop,
        )  # fmt: skip
        made = learner.attempt(last=watch.changed)
        if made is None:
            replace(watch, begun=watch.begun - 1).keep(memory)
            return None
        watch = watch.after(made.changed)
        watch.keep(memory)
        if made.error is not None:
            log.warning("learning is put off: %s", made.error)
            return None
        proven = made.refused is None
        # Who undid the last one wants to be asked.
        undone = [one.state is LayoutState.UNDONE for one in self._layouts.kept()[-1:]]
        kept = self.settle(made, adopt=proven and mode == "adopt" and not any(undone))
        if kept is None:
            begun = watch.begun if made.nothing_stood else 0
            replace(watch, begun=begun, proven=proven).keep(memory)
        return kept

    def settle(self, made: Attempt, *, adopt: bool) -> KeptLayout | None:
        """Adopt what was learned, or tell the operator of the draft."""
        from feedsvc.poll import relearning

        memory, now = self._archive.memory, self._clock()
        if not adopt:
            text = draft_text(made)
            log.warning("%s", text)
            health.note(memory, Kind.DRAFT, now, text)
            return None
        kept = relearning.adopt(self._archive, made, now)
        self.wait_for(kept)
        health.note(memory, Kind.DRAFT, now, None)
        watch = Watch.of(memory)  # when it was tried stays: once a day, whatever came of it
        Watch(tried_at=watch.tried_at, mode=watch.mode).keep(memory)
        return kept

    def wait_for(self, kept: KeptLayout) -> None:
        """Note the articles that wait to be read by a layout that was adopted."""
        ids = [one.id for one in self._archive.pending()]
        known = self._archive.known(ids)
        waiting = [one for one in ids if one not in known]
        self._archive.memory.keep(Topic.ADOPTION, kept.name, waiting=waiting)

    def go_on(self) -> None:
        """Probation of a new layout, some articles further."""
        if any(one.kept.is_new for one in self._layouts.adopted()):
            from feedsvc.poll.probation import Probation

            probation = Probation(
                self._config, self._archive, self._fetcher, self._clock, self._layouts
            )
            probation.go_on(self._stop)

    def hold_shared(self) -> dict[int, str]:
        """Take back those of this poll's articles, and of earlier ones, that a new layout
        read with a text that several of them share and no other has: their ids, and why."""
        if not self._articles.read_by_new:
            return {}
        from feedsvc import relearn
        from feedsvc.poll.relearning import newest

        taken: dict[int, str] = {}
        for name, articles in self._articles.read_by_new.items():
            number = int(name.rpartition("-")[2])
            records = [one for one, _ in zip(newest(self._archive), range(_RECORDS), strict=False)]
            own = {one.id: one for one in records if number_of(one) == number}
            read = {one.id: _as_read(one) for one in own.values()}
            read |= {one.id: one for one in articles if one.id in own}
            others = [one for one in records if one.id not in own]
            doubts = relearn.shared(list(read.values()), others)
            if doubts:
                self._layouts.doubt(name, doubts)
                found = [own[one] for one in doubts if one in own]
                self._archive.withdraw(found, self._clock())
                taken |= {one.id: doubts[one.id] for one in found}
                for one, why in doubts.items():
                    log.warning("article %d is held: %s", one, why)
        return taken

    def note(self, held: Mapping[int, str]) -> None:
        """Note what is to be said of learned layouts, for the verdict on health; ``held``
        are the articles that this poll could not read, and why."""
        note_layouts(self._archive, self._layouts.kept(), self._clock(), held)


def finish(archive: Archive, now: datetime) -> None:
    """Go on with undoing a layout where that was killed.  Raises the archive's errors."""
    for taken in undoing.finish(archive, now):
        log.warning(
            "a layout that was being undone: %d articles are pending again, %d are what they "
            "were", len(taken.withdrawn), len(taken.put_back)
        )  # fmt: skip
        for line in taken.left:
            log.warning("%s", line)


def note_layouts(
    archive: Archive, kept: Iterable[KeptLayout], now: datetime, held: Mapping[int, str]
) -> None:
    """Note layouts on probation, and the newest one if it is suspended."""
    memory, kept = archive.memory, tuple(kept)
    new: dict[str, str] = {}
    for one in kept:
        if one.is_new:
            waited = memory.recall(Topic.ADOPTION, one.name).get("waiting", [])
            left = [each.id for each in archive.pending() if each.id in waited]
            why = tuple(dict.fromkeys(held[each] for each in left if each in held))
            agreed = Agreement.of(memory, one).agreed
            new[str(one.number)] = adopted_text(
                one, len(waited) - len(left), len(left), why, f"{agreed} of {ENOUGH_AGREED}"
            )
    health.note_all(memory, Kind.LEARNED, now, new)
    suspended = {
        str(one.number): suspended_text(one)
        for one in kept[-1:]
        if one.state is LayoutState.SUSPENDED
    }
    health.note_all(memory, Kind.SUSPENDED, now, suspended)


def _as_read(record: Record) -> ParsedArticle:
    return ParsedArticle(
        id=record.id, guid=record.guid, url=record.url, title=record.title,
        subtitle=record.subtitle, reporters=record.reporters, published_at=record.published_at,
        sections=record.sections, keywords=record.keywords, access=record.access,
        images=record.images, body=record.body, related=record.related, sources=record.sources,
        layout=dict(record.sources).get("layout", ""),
    )  # fmt: skip
