"""Reading a section's pages, newest first, until something known is met.

In: a section, how far back to go and a way to tell known rows.  Out: a
:class:`Walk`.  Not its job: deciding which rows are read, or keeping anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from feedsvc import parse
from feedsvc.config import SectionConfig
from feedsvc.errors import FeedsvcError, LayoutUnknown, RobotsForbid, ShortPage
from feedsvc.fetch import Fetcher, NotModified
from feedsvc.memory import Memory
from feedsvc.model import FetchedPage, Row, SectionPage
from feedsvc.parse import Layout
from feedsvc.poll.guard import attempt
from feedsvc.site import Site

JSON = "json"
"""The layout's name of the JSON listing."""


@dataclass(slots=True)
class Walk:
    """What a walk found: each id once, in the pages' order.

    ``layout`` is that of the first page.  ``boxes`` are the rows of the page-wide boxes,
    ``None`` where only the JSON listing was read, which has none.

    ``unchanged`` says that the first page was the one dealt with last time.
    ``whole`` is false where an error cut the walk short: its rows are real but
    must not pass for known ground, or the next walk would stop above the hole.
    ``forbidden`` says that robots.txt ended it: no next walk will get further.
    """

    rows: list[Row] = field(default_factory=list)
    layout: str = ""
    boxes: list[Row] | None = None
    first_page: FetchedPage | None = None
    pages: int = 0
    unchanged: bool = False
    whole: bool = True
    met_known: bool = False
    more: bool = False
    """The last page read has a next one."""
    forbidden: bool = False
    error: FeedsvcError | None = None

    @property
    def ends_in_the_open(self) -> bool:
        """Whether there may be articles behind the last page that nobody knows of."""
        return self.whole and self.more and not self.met_known


class SectionReader:
    """Fetches and parses section pages; knows HTML rows and the JSON listing.

    Some sections answer a page without rows that a script fills from the JSON
    listing (site page, "URLs").  Which of the two worked is remembered, so that
    each poll costs one request.
    """

    def __init__(
        self,
        site: Site,
        fetcher: Fetcher,
        memory: Memory,
        layouts: Callable[[], Sequence[Layout]],
        clock: Callable[[], datetime],
    ) -> None:
        self._site = site
        self._fetcher = fetcher
        self._memory = memory
        self._layouts = layouts
        self._clock = clock

    def read(
        self, section: SectionConfig, number: int, *, conditional: bool
    ) -> tuple[FetchedPage, SectionPage] | None:
        """Page ``number`` (from 1) of a section; ``None`` where it is not modified.

        Raises ``FetchError`` and ``ParseError``.
        """
        if section.newsflash or section.search is not None:
            return self._list(section, number, conditional)
        known = self._memory.section
        if known.of(section.name).by_listing:
            answer, error = attempt(partial(self._listing, section, number, conditional))
            if error is None:
                return answer
            known.set(section.name, by_listing=False)
        page = self._fetcher.get(
            self._site.section_url(section.code, number), conditional=conditional
        )
        if isinstance(page, NotModified):
            return None
        read = parse.section(page, self._site, self._clock(), self._layouts())
        if read.rows or number > 1:
            return page, read
        answer, _ = attempt(partial(self._listing, section, number, False))
        if answer is None or not answer[1].rows:
            # An empty section is not an error, and not every section has a listing.
            return page, read
        known.set(section.name, by_listing=True)
        return answer

    def _list(
        self, section: SectionConfig, number: int, conditional: bool
    ) -> tuple[FetchedPage, SectionPage] | None:
        """A page of the news flashes, or of a search."""
        page = self._fetcher.get(section.url(self._site, number), conditional=conditional)
        if isinstance(page, NotModified):
            return None
        if section.newsflash:
            return page, parse.flashes(page, self._site, self._clock())
        try:
            return page, parse.section(page, self._site, self._clock(), self._layouts())
        except (LayoutUnknown, ShortPage):
            # Nobody has shown how its rows look; that they are a section's is a guess.
            return page, parse.linked(page, self._site, self._clock(), self._layouts()[0])

    def _listing(
        self, section: SectionConfig, number: int, conditional: bool
    ) -> tuple[FetchedPage, SectionPage] | None:
        page = self._fetcher.get(
            self._site.listing_url(section.code, number),
            referer=self._site.section_url(section.code),
            ajax=True,
            conditional=conditional,
        )
        if isinstance(page, NotModified):
            return None
        return page, parse.listing(page, self._site, self._clock(), self._layouts())


def walk(
    reader: SectionReader,
    section: SectionConfig,
    *,
    at_least: int,
    at_most: int,
    is_known: Callable[[Sequence[Row]], bool],
) -> Walk:
    """Read pages until one ends on known ground, ``at_most`` is reached, or the
    section ends.

    Fewer than ``at_least`` pages are read only where there are no more.  A page
    that answers the same rows for every number ends the walk.  An error on the
    first page is raised; on a later one it stands in the result.
    """
    result = Walk()
    seen: set[int] = set()
    for number in range(1, at_most + 1):
        conditional = number == 1 and at_least == 1
        answer, error = attempt(partial(reader.read, section, number, conditional=conditional))
        if error is not None:
            if number == 1:
                raise error
            if isinstance(error, RobotsForbid) and not error.site_down:
                result.forbidden = True
                return result
            result.whole, result.error = False, error
            return result
        if answer is None:
            result.unchanged = True
            return result
        page, read = answer
        result.more = read.has_next
        if number == 1:
            result.first_page = page
            result.layout = read.layout
            result.boxes = list(read.boxes) if read.layout != JSON else None
        result.pages = number
        fresh = [row for row in read.rows if row.id not in seen]
        seen.update(row.id for row in fresh)
        result.rows.extend(fresh)
        if not fresh:
            result.more = False
            return result
        if is_known(read.rows):
            result.met_known = True
            if number >= at_least:
                return result
        if not read.has_next:
            return result
    return result
