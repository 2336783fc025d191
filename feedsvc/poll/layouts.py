"""The layouts that pages are read by: feedsvc's own, those learned, and the operator's
selectors over all of them.

In: the configuration, the archive.  Out: ``parse.Layout``s.  The one place that knows where
they come from, whether what a new one read may be believed, and what is said of those
learned: whoever reads a page asks here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from feedsvc import health, parse
from feedsvc.archive import ENOUGH_AGREED, Agreement, Archive, KeptLayout, LayoutState
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, PageDoubtful
from feedsvc.health import Kind
from feedsvc.memory import Topic
from feedsvc.model import FetchedPage, ParsedArticle
from feedsvc.parse import Layout
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
        known = (*parse.BUILT_IN, *(one.layout.layout for one in found))
        self._all = parse.layouts(self._given, known)
        return self._adopted

    def all(self) -> tuple[Layout, ...]:
        """What the parser is given."""
        self.adopted()
        return self._all

    def check(self, article: ParsedArticle, page: FetchedPage, site: Site) -> bool:
        """Whether a layout on probation read this; raises ``PageDoubtful`` where it must not
        be believed."""
        found = (one for one in self.adopted() if one.kept.name == article.layout)
        adopted = next(found, None)
        if adopted is None or not adopted.kept.is_new:
            return False
        from feedsvc import relearn  # a poll needs it while a layout is new

        known = self._archive.memory.watch.of(article.id)
        why = known.doubt if known.doubted_by == article.layout else None
        why = why or relearn.guard(article, page, adopted.layout, site)
        if why:
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
        new = {str(one.number): self._adopted_text(one, held) for one in kept if one.is_new}
        health.note_all(memory, Kind.LEARNED, now, new)
        suspended = {
            str(one.number): f"{one.at:%H:%M} the layout {one.name} is suspended: {one.why}. What "
            "it published is read again as soon as a layout reads it; one is learned anew once a "
            f"day. feedsvc relearn learns now; feedsvc relearn --undo {one.number} drops it."
            for one in kept[-1:]
            if one.state is LayoutState.SUSPENDED
        }
        health.note_all(memory, Kind.SUSPENDED, now, suspended)

    def _adopted_text(self, kept: KeptLayout, held: Mapping[int, str]) -> str:
        """A layout on probation, and what became of the articles that waited for it."""
        waited = self._archive.memory.recall(Topic.ADOPTION, kept.name).get("waiting", [])
        left = [one.id for one in self._archive.pending() if one.id in waited]
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
