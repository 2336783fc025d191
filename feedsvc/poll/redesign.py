"""The site was redesigned: when a new layout is learned, and what becomes of it.

In: what a poll met.  Out: a layout adopted, or a draft for the operator, as ``site.relearn``
says; notes for the verdict on health.  An adopted one is on probation: known articles are
read again, at leisure; a layout under which one differs is suspended, and what it published
is pending again.  What is remembered is what failed in the last poll, when learning was
tried, and how far probation got; lost, that begins anew.  How it is learned is
``relearning``'s.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from feedsvc import health, parse
from feedsvc.archive import ENOUGH_AGREED, Agreement, Archive, KeptLayout, LayoutState, number_of
from feedsvc.errors import FieldMissing, LayoutUnknown
from feedsvc.fetch import NotModified, is_site_wide
from feedsvc.memory import Memory, Topic
from feedsvc.model import Record, Row
from feedsvc.moment import as_time
from feedsvc.poll.guard import attempt
from feedsvc.poll.layouts import Adopted, TakenBack, finish_undoing, take_back
from feedsvc.poll.read import ArticleReader
from feedsvc.poll.stage import Tally, Tools

if TYPE_CHECKING:
    from feedsvc.poll.relearning import Attempt

# ``relearn`` and ``relearning`` are imported where they are needed: most polls never do.

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

SETTLED = timedelta(days=1)
"""Since an article came out or last changed, before it can speak against a layout."""

LEISURE = 4
"""Known articles that are read again in one poll."""


@dataclass(frozen=True, slots=True)
class RedesignState:
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
    def of(cls, memory: Memory) -> RedesignState:
        """What is remembered; nothing where it is forgotten."""
        with suppress(TypeError, KeyError):
            told = memory.recall(Topic.REDESIGN)
            signs, changed = tuple(told["signs"]), tuple(told.get("changed", ()))
            return cls(**{**told, "signs": signs, "changed": changed})
        return cls()

    def keep(self, memory: Memory) -> None:
        memory.keep(Topic.REDESIGN, **asdict(self))

    def after(self, changed: Collection[int]) -> RedesignState:
        """The same after an attempt at which these articles had changed."""
        return replace(self, changed=tuple(sorted({*self.changed, *changed})))

    def allows(self, mode: str, now: datetime) -> bool:
        """Whether learning may be tried now."""
        if mode == "off" or (self.proven and mode == self.mode):
            return False
        tried_at, since = as_time(self.tried_at), as_time(self.since)
        if tried_at is None or mode != self.mode or 0 < self.begun < AGAIN:
            return True
        if now - tried_at >= A_DAY or now < tried_at:  # it lies ahead: the clock was set back
            return True
        half_a_day_ago = now - tried_at >= A_DAY / 2
        return since is not None and half_a_day_ago and tried_at < since + A_DAY - POLLS <= now


def signs_of(unread: Iterable[str], errors: Iterable[Exception]) -> set[str]:
    """What a redesign would be the reason of, of the sections that could not be read and of
    the errors of articles."""
    same = Counter(
        f"article {one.message}" for one in errors if isinstance(one, (LayoutUnknown, FieldMissing))
    )
    found = {sign for sign, count in same.items() if count >= LEAST}
    return found | {f"section {name}" for name in unread}


@dataclass
class Redesign(Tools):
    """Used in a poll, while the archive's lock is held."""

    articles: ArticleReader

    def attend(
        self, unread: Collection[str], tallies: Collection[Tally], errors: Sequence[Exception]
    ) -> KeptLayout | None:
        """Learn where it is time; the layout, where one was adopted.  ``unread`` are the
        sections whose pages came and could not be read, ``errors`` those of articles.
        Raises the archive's errors."""
        memory, now, mode = self.archive.memory, self.clock(), self.config.site.relearn
        state, signs = RedesignState.of(memory), signs_of(unread, errors)
        # Of a section whose page could not be had nothing is known.
        looked = {one.name for one in tallies if one.error is None or one.name in unread}
        tried = bool(errors) or any(one.read for one in tallies)
        waiting = {
            sign
            for sign in state.signs
            if (sign.startswith("article ") and not tried)
            or (sign.startswith("section ") and sign.partition(" ")[2] not in looked)
        }
        new = replace(state, signs=tuple(sorted(signs | waiting)))
        if not new.signs:
            new = replace(new, since="", proven=False, changed=())
            health.note(memory, health.Kind.DRAFT, now, None)
        elif not state.signs:
            new = replace(new, since=now.isoformat())
        if new != state:
            new.keep(memory)
        again = signs & set(state.signs)
        is_time = again and not self.stop() and new.allows(mode, now)
        return self._try(new, mode) if is_time else None

    def _try(self, state: RedesignState, mode: str) -> KeptLayout | None:
        from feedsvc.poll.relearning import Relearning

        memory, layouts = self.archive.memory, self.articles.layouts
        begun = state.begun + 1 if state.begun < AGAIN else 1
        at = self.clock().isoformat()
        state = replace(state, tried_at=at, mode=mode, begun=begun, proven=False)
        state.keep(memory)
        log.info("the site's layout has changed: learning from articles that are kept")
        made = Relearning(
            self.config, self.archive, self.fetcher, self.clock, layouts, stop=self.stop
        ).attempt(last=state.changed)
        if made is None:
            replace(state, begun=state.begun - 1).keep(memory)
            return None
        state = state.after(made.changed)
        state.keep(memory)
        if made.error is not None:
            log.warning("learning is put off: %s", made.error)
            return None
        proven = made.refused is None
        # Who undid the last one wants to be asked.
        undone = any(one.state is LayoutState.UNDONE for one in layouts.kept()[-1:])
        kept = self.settle(made, adopt=proven and mode == "adopt" and not undone)
        if kept is None:
            begun = state.begun if made.nothing_stood else 0
            replace(state, begun=begun, proven=proven).keep(memory)
        return kept

    def settle(self, made: Attempt, *, adopt: bool) -> KeptLayout | None:
        """Adopt what was learned, or tell the operator of the draft."""
        from feedsvc.poll import relearning

        memory, now = self.archive.memory, self.clock()
        if not adopt:
            text = relearning.draft_text(made)
            log.warning("%s", text)
            health.note(memory, health.Kind.DRAFT, now, text)
            return None
        kept = relearning.adopt(self.archive, made, now)
        self.wait_for(kept)
        health.note(memory, health.Kind.DRAFT, now, None)
        state = RedesignState.of(memory)  # when it was tried stays: once a day, come what may
        RedesignState(tried_at=state.tried_at, mode=state.mode).keep(memory)
        return kept

    def wait_for(self, kept: KeptLayout) -> None:
        """Note the articles that wait to be read by a layout that was adopted."""
        ids = [one.id for one in self.archive.pending.all()]
        known = self.archive.index.known(ids)
        waiting = [one for one in ids if one not in known]
        self.archive.memory.keep(Topic.ADOPTION, kept.name, waiting=waiting)

    def hold_shared(self) -> dict[int, str]:
        """Take back those of this poll's articles, and of earlier ones, that a new layout
        read with a text that several of them share and no other has: their ids, and why.
        They are held as long as it is on probation."""
        taken: dict[int, str] = {}
        for name, articles in self.articles.read_by_new.items():
            from feedsvc import relearn
            from feedsvc.poll.relearning import newest

            records = newest(self.archive)
            number = int(name.rpartition("-")[2])
            own = {one.id: one for one in records if number_of(one) == number}
            read = own | {one.id: one for one in articles if one.id in own}
            doubts = relearn.shared(read.values(), (one for one in records if one.id not in own))
            for one, why in doubts.items():
                self.archive.memory.watch.set(one, doubt=why, doubted_by=name)
            if doubts:
                found = [own[one] for one in doubts if one in own]
                self.archive.withdraw(found, self.clock())
                taken |= {one.id: doubts[one.id] for one in found}
            for one, why in doubts.items():
                log.warning("article %d is held: %s", one, why)
        return taken

    def go_on(self) -> None:
        """Probation, some articles further for each new layout.  Raises the archive's errors."""
        for one in self.articles.layouts.adopted():
            if one.kept.is_new and not self.stop():
                self._go_on(one)

    def _go_on(self, adopted: Adopted) -> None:
        from feedsvc import relearn
        from feedsvc.poll.relearning import newest

        kept, memory = adopted.kept, self.archive.memory
        now_at = Agreement.of(memory, kept)
        records = {one.id: one for one in newest(self.archive) if number_of(one) != kept.number}
        # Else section pages alone changed.
        reads_articles = "body" in adopted.layout.parts
        left = relearn.choose(records.values(), asked=now_at.asked) if reads_articles else ()
        # Old enough not to be corrected any more: what differs is then the layout's doing.
        settled = [one for one in left if self.clock() - records[one].updated_at > SETTLED]
        for article_id in settled[:LEISURE]:
            if now_at.agreed >= ENOUGH_AGREED or self.stop():
                break
            agrees = self._agrees(adopted, records[article_id])
            if agrees is None:
                break
            if isinstance(agrees, str):
                self._suspend(kept, article_id, agrees)
                return
            now_at.asked.add(article_id)
            now_at.agreed += agrees
        now_at.keep(memory, kept)
        if now_at.agreed >= ENOUGH_AGREED or not left:
            now = self.clock()
            self.archive.learned.keep(replace(kept, proven_at=now), now)
            log.info(
                "layout %s: %d known articles agree, probation is over", kept.name, now_at.agreed
            )

    def _agrees(self, adopted: Adopted, record: Record) -> bool | str | None:
        """Whether a page is read as it is kept, or in what it differs; one that shows
        another text than it did, or is not of this layout, says nothing.  ``None``: the site
        as a whole does not answer."""
        from feedsvc import relearn

        site = self.config.site_of()
        page, error = attempt(partial(self.fetcher.get, site.article_url(record.id)))
        if error is not None and is_site_wide(error):
            return None
        now = self.clock()
        if page is None or isinstance(page, NotModified):
            return False
        off, error = attempt(partial(relearn.unaligned, record, page, site, now))
        if off or error:
            return False
        row = Row(record.id, record.url, record.title, listed_at=record.published_at)
        layouts = self.articles.layouts.all()
        article, _ = attempt(partial(parse.article, page, site, now, row=row, layouts=layouts))
        if (
            article is None
            or article.layout != adopted.kept.name
            or relearn.guard(article, page, adopted.layout, site) is not None  # it would be held
        ):
            return False
        differing = relearn.differences(record, article)
        if "access" in differing and "body" in differing:
            return False  # it was released since, or locked again
        return ", ".join(differing) or True

    def _suspend(self, kept: KeptLayout, article_id: int, differing: str) -> None:
        why = f"article {article_id} is read with another {differing} than it is kept with"
        blamed = replace(kept, evidence={**kept.evidence, "against": article_id})
        taken = take_back(self.archive, blamed, LayoutState.SUSPENDED, self.clock(), why)
        again = f"{len(taken.withdrawn)} articles that it read are pending again"
        _tell_of(taken, f"layout {kept.name} is suspended: {why}; {again}")


def finish(archive: Archive, now: datetime) -> None:
    """Go on with undoing a layout where that was killed.  Raises the archive's errors."""
    for taken in finish_undoing(archive, now):
        again = f"{len(taken.withdrawn)} articles are pending again"
        _tell_of(taken, f"a layout that was being undone: {again}")


def _tell_of(taken: TakenBack, line: str) -> None:
    log.warning("%s, %d are what they were", line, len(taken.put_back))
    for each in taken.left:
        log.warning("%s", each)
