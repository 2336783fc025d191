"""The layouts that pages are read by: feedsvc's own, those learned, and the operator's
selectors over all of them; and a learned one taken back.

In: the configuration, the archive.  Out: ``parse.Layout``s.  The one place that knows where
they come from, whether what a new one read may be believed, and what is said of those
learned: whoever reads a page asks here.  Of one that is taken back, for who holds the
archive's lock, what it read is withdrawn, what it changed put back (:class:`TakenBack`).
That the layout is read by no more is written down first, that it is done last, so that
whoever is killed in between is gone on from (:func:`finish_undoing`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from feedsvc import health, parse
from feedsvc.archive import ENOUGH_AGREED, Agreement, Archive, KeptLayout, LayoutState, number_of
from feedsvc.config import Config
from feedsvc.dedup import WITHIN, Change
from feedsvc.errors import ArchiveError, FeedsvcError, PageDoubtful, RecordDamaged
from feedsvc.memory import Topic
from feedsvc.model import Event, FetchedPage, ParsedArticle, Record
from feedsvc.parse import Layout
from feedsvc.poll.keeping import keep_marked, whole
from feedsvc.site import Site

if TYPE_CHECKING:
    from feedsvc.relearn import LearnedLayout


@dataclass(frozen=True, slots=True)
class Adopted:
    """A learned layout that pages are read by, as it is kept and as it reads."""

    kept: KeptLayout
    layout: LearnedLayout


class Layouts:
    """Those of one archive.  ``tell`` hears of each that is there and cannot be used;
    ``Archive.damage`` tells of it, too."""

    def __init__(
        self, config: Config, archive: Archive, tell: Callable[[str], object] = lambda line: None
    ) -> None:
        self._given = config.site.selectors.given
        self._archive = archive
        self._tell = tell
        self._kept: tuple[KeptLayout, ...] | None = None
        self._adopted: tuple[Adopted, ...] = ()
        self._all: tuple[Layout, ...] = ()

    def kept(self) -> tuple[KeptLayout, ...]:
        """Every learned layout that can be read, oldest first, whatever its state."""
        return self._archive.learned.whole(lambda error: self._tell(str(error)))

    def adopted(self) -> tuple[Adopted, ...]:
        """Those that are read by, oldest first."""
        kept = self.kept()
        if kept == self._kept:
            return self._adopted
        self._kept, found = kept, []
        for one in kept:
            if one.state is LayoutState.ADOPTED:
                from feedsvc.relearn import LearnedLayout  # a poll needs it where one was learned

                try:
                    found.append(Adopted(one, LearnedLayout.of(one.layout)))
                except ValueError as error:
                    self._tell(f"{self._archive.learned.path(one.number)}: not used: {error}")
        self._adopted = tuple(found)
        self._all = parse.layouts(
            self._given, (*parse.BUILT_IN, *(one.layout.layout for one in found))
        )
        return self._adopted

    def all(self) -> tuple[Layout, ...]:
        """What the parser is given."""
        self.adopted()
        return self._all

    def check(self, article: ParsedArticle, page: FetchedPage, site: Site) -> bool:
        """Whether a layout on probation read this; raises ``PageDoubtful`` where it must not
        be believed."""
        adopted = next((one for one in self.adopted() if one.kept.name == article.layout), None)
        if adopted is None or not adopted.kept.is_new:
            return False
        from feedsvc import relearn  # a poll needs it while a layout is new

        known = self._archive.memory.watch.of(article.id)
        doubt = known.doubt if known.doubted_by == article.layout else None
        if why := doubt or relearn.guard(article, page, adopted.layout, site):
            raise PageDoubtful(
                why,
                about=article.url,
                advice=f"it is held while the layout {article.layout} is on probation; "
                f"'feedsvc relearn --undo {adopted.kept.number}' drops the layout",
            )
        return True

    def note(self, now: datetime, held: Mapping[int, str]) -> None:
        """Note layouts on probation, and the newest one if it is suspended, for the verdict
        on health; ``held`` are the articles that a poll could not read, and why."""
        memory, kept = self._archive.memory, self.kept()
        health.note_all(
            memory, health.Kind.LEARNED, now,
            {str(one.number): self._adopted_text(one, held) for one in kept if one.is_new},
        )  # fmt: skip
        suspended = {
            str(one.number): f"{one.at:%H:%M} the layout {one.name} is suspended: {one.why}. What "
            "it published is read again as soon as a layout reads it; one is learned anew once a "
            f"day. feedsvc relearn learns now; feedsvc relearn --undo {one.number} drops it."
            for one in kept[-1:]
            if one.state is LayoutState.SUSPENDED
        }
        health.note_all(memory, health.Kind.SUSPENDED, now, suspended)

    def _adopted_text(self, kept: KeptLayout, held: Mapping[int, str]) -> str:
        """A layout on probation, and what became of the articles that waited for it."""
        waited = self._archive.memory.recall(Topic.ADOPTION, kept.name).get("waiting", [])
        left = [one.id for one in self._archive.pending.all() if one.id in waited]
        used, became, probation = sum(1 for _ in kept.pages()), "", ""
        if waited:
            why = "; ".join(dict.fromkeys(held[one] for one in left if one in held))
            became = f" {articles(len(waited) - len(left), 'held ')} published"
            became += f", {len(left)} still held" if left else ""
            became += f" ({why})." if why else "."
        if used:
            what = f"{articles(used)}: {kept.evidence.get('exact')} of {used} exact"
            agreed = Agreement.of(self._archive.memory, kept).agreed
            probation = f" Probation {agreed} of {ENOUGH_AGREED}."
        else:
            rows = kept.evidence.get("listed")
            what = f"the rows of section pages: {rows} of {rows} exact"
        coarse = " Times have fewer details than before." if kept.evidence.get("coarse") else ""
        return (
            f"{kept.learned_at:%H:%M} the site's layout changed. Learned from {what}."
            f"{coarse}{became}{probation} Undo: feedsvc relearn --undo {kept.number}."
        )


def articles(count: int, kind: str = "") -> str:
    """``1 article``, ``16 articles``, ``2 held articles``."""
    return f"{count} {kind}{'article' if count == 1 else 'articles'}"


def layouts_at_hand(config: Config, tell: Callable[[str], object]) -> tuple[Layout, ...]:
    """For a command that reads pages and needs no archive: a damaged one is told of, and
    the layouts are feedsvc's own then."""
    try:
        with closing(Archive(config.archive.path)) as archive:
            return Layouts(config, archive, tell).all()
    except FeedsvcError as error:
        tell(f"without the layouts that were learned: {error}")
        return parse.layouts(config.site.selectors.given)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Ids: ``withdrawn`` are pending again, ``put_back`` are what they were; ``left`` are
    lines about records that stay as the layout read them."""

    withdrawn: tuple[int, ...] = ()
    put_back: tuple[int, ...] = ()
    left: tuple[str, ...] = ()


def take_back(
    archive: Archive, kept: KeptLayout, state: LayoutState, now: datetime, why: str = ""
) -> TakenBack:
    """Suspend or undo a layout.  Raises ``ArchiveError``, ``ArchiveUnwritable``."""
    begun = replace(kept, state=state, at=now, why=why or kept.why, taken_back_at=None)
    archive.learned.keep(begun, now)
    return _take_back(archive, begun, now)


def finish_undoing(archive: Archive, now: datetime) -> tuple[TakenBack, ...]:
    """Go on with what was killed."""
    return tuple(
        _take_back(archive, kept, now)
        for kept in archive.learned.whole(lambda error: None)
        if kept.state is not LayoutState.ADOPTED and kept.taken_back_at is None
    )


def _take_back(archive: Archive, kept: KeptLayout, now: datetime) -> TakenBack:
    added: list[Record] = []
    put_back: list[int] = []
    left: list[str] = []
    dropped = {
        one.number
        for one in archive.learned.whole(lambda error: None)
        if one.state is not LayoutState.ADOPTED
    }
    touched = cache(partial(_touched, archive))
    for article_id in touched(kept.number)[0]:
        try:
            record = archive.get(article_id)
        except RecordDamaged as error:
            left.append(f"article {article_id}: {error}")
            continue
        if record is None or number_of(record) != kept.number:
            continue
        number = _earliest(archive, record, dropped)
        if number is None:
            added.append(record)
        elif archive.learned.before(number, article_id).exists():
            try:
                archive.put_back(number, article_id, now)
                put_back.append(article_id)
            except ArchiveError as error:
                left.append(f"article {article_id} stays as the layout read it: {error}")
        elif article_id in touched(number)[1]:
            left.append(f"article {article_id} stays as the layout read it: what it was is lost")
        else:
            added.append(record)
    withdrawn = {record.id for record in added}
    # What is left out of the feeds because it repeats one of these, and it may resemble only
    # another one that does.
    repeating = [*added]
    for record in repeating:
        repeating += [
            other
            for one in archive.index.resembling(record, WITHIN)
            if (other := whole(archive, one))
            and other.duplicate_of in withdrawn
            and other not in repeating
        ]
    # Before they are withdrawn: killed in between, nobody would know any more which these are.
    for one in sorted(repeating[len(added) :], key=lambda one: (one.published_at, one.id)):
        record = archive.get(one.id)
        # Whether it repeats another one, where that one's turn has not told already.
        if record is not None and record.duplicate_of in withdrawn:
            alone = Change(replace(record, duplicate_of=None), Event.NOTED)
            keep_marked(archive, alone, now, without=withdrawn)
    archive.withdraw(added, now)
    archive.learned.keep(replace(kept, taken_back_at=now), now)
    return TakenBack(tuple(sorted(withdrawn)), tuple(put_back), tuple(left))


def _earliest(archive: Archive, record: Record, dropped: Collection[int]) -> int | None:
    """The layout before which a record was read by none that is dropped: one that changed it
    may have changed what another one had read that was suspended or undone meanwhile.
    ``None``: there is no such time."""
    seen: list[int] = []
    number = number_of(record)
    while number is not None and number in dropped and number not in seen:
        seen.append(number)
        was = archive.learned.was(number, record.id)
        number = number_of(was) if was else None
    return seen[-1] if number not in seen else None


def _touched(archive: Archive, number: int) -> tuple[list[int], set[int]]:
    """The articles in the journal's lines since a layout was adopted, and those of which
    there were records before it."""
    first: set[int] = set()
    since: dict[int, None] = {}
    adopted = False
    for line in archive.lines():
        if line.article is None:
            adopted = adopted or line.id == number
        elif adopted:
            since[line.article] = None
        elif line.event is Event.WITHDRAWN:
            first.discard(line.article)
        elif line.event is not Event.MOVED:
            first.add(line.article)
    return sorted(since), first & since.keys()
