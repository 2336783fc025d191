"""The layouts that pages are read by: feedsvc's own, those learned, and the operator's
selectors over all of them.

In: the configuration, the archive.  Out: ``parse.Layout``s.  The one place that knows where
they come from, and whether what a new one read may be believed: whoever reads a page asks
here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedsvc import parse
from feedsvc.archive import Archive, KeptLayout, LayoutState
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, PageDoubtful
from feedsvc.model import FetchedPage, ParsedArticle
from feedsvc.parse import Layout
from feedsvc.site import Site

if TYPE_CHECKING:
    from feedsvc.relearn import LearnedLayout

log = logging.getLogger("feedsvc.relearn")


@dataclass(frozen=True, slots=True)
class Adopted:
    """A learned layout that pages are read by, as it is kept and as it reads."""

    kept: KeptLayout
    layout: LearnedLayout


class Layouts:
    """Those of one archive.  ``tell`` hears of each that is there and cannot be used."""

    def __init__(
        self, config: Config, archive: Archive, tell: Callable[[str], object] | None = None
    ) -> None:
        self._given = config.site.selectors.given
        self._archive = archive
        self._tell = tell or (lambda line: None)  # ``Archive.damage`` tells of it
        self._kept: tuple[KeptLayout, ...] | None = None
        self._adopted: tuple[Adopted, ...] = ()
        self._all: tuple[Layout, ...] = ()

    def kept(self) -> tuple[KeptLayout, ...]:
        """Every learned layout that can be read, oldest first, whatever its state."""
        return self._archive.learned.whole(lambda error: self._tell(str(error)))

    def adopted(self) -> tuple[Adopted, ...]:
        """Those that are read by, oldest first."""
        self._look()
        return self._adopted

    def all(self) -> tuple[Layout, ...]:
        """What the parser is given."""
        self._look()
        return self._all

    def new(self, name: str) -> Adopted | None:
        """The layout of that name, if it is on probation."""
        found = (one for one in self.adopted() if one.kept.name == name)
        one = next(found, None)
        return one if one is not None and one.kept.is_new else None

    def check(self, article: ParsedArticle, page: FetchedPage, site: Site) -> bool:
        """Whether a layout on probation read this; raises ``PageDoubtful`` where it must not
        be believed."""
        adopted = self.new(article.layout)
        if adopted is None:
            return False
        from feedsvc import relearn  # a poll needs it while a layout is new

        known = self._archive.memory.watch.of(article.id)
        why: str | None = known.doubt if known.doubted_by == article.layout else None
        why = why or relearn.guard(article, page, adopted.layout, site)
        if why:
            raise PageDoubtful(
                why,
                about=article.url,
                advice=f"it is held while the layout {article.layout} is on probation; "
                f"'feedsvc relearn --undo {adopted.kept.number}' drops the layout",
            )
        return True

    def doubt(self, name: str, reasons: Mapping[int, str]) -> None:
        """Hold these articles, as long as the layout of that name is on probation."""
        for one, why in reasons.items():
            self._archive.memory.watch.set(one, doubt=why, doubted_by=name)

    def _look(self) -> None:
        kept = self.kept()
        if kept == self._kept:
            return
        self._kept = kept
        found = []
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


def layouts_at_hand(config: Config, tell: Callable[[str], object]) -> tuple[Layout, ...]:
    """For a command that reads pages and needs no archive: a damaged one is told of, and
    the layouts are feedsvc's own then."""
    try:
        archive = Archive(config.archive.path)
        try:
            return Layouts(config, archive, tell).all()
        finally:
            archive.close()
    except FeedsvcError as error:
        tell(f"without the layouts that were learned: {error}")
        return parse.layouts(config.site.selectors.given)
