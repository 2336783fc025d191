"""Reading a section's pages, newest first, until something known is met.

In: a section, how far back to go and a way to tell known rows.  Out: a
:class:`Walk`.  Not its job: deciding which rows are read, or keeping anything.
"""

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
from feedsvc.poll.guard import attempt
from feedsvc.site import Site

JSON = "json"
"""The layout's name of the JSON listing."""

_Answer = tuple[FetchedPage, SectionPage] | None
_Read = Callable[[FetchedPage, Site, datetime, Sequence[parse.Layout]], SectionPage]


@dataclass(slots=True)
class Walk:
    """What a walk found: each id once, in the pages' order.

    ``layout`` is that of the first page.  ``boxes`` are the rows of the page-wide boxes,
    ``None`` where only the JSON listing was read, which has none.

    ``unchanged`` says that the first page was the one dealt with last time.
    ``error`` cut the walk short: its rows are real but must not pass for known ground, or
    the next walk would stop above the hole.
    ``forbidden`` says that robots.txt ended it: no next walk will get further.
    """

    rows: list[Row] = field(default_factory=list)
    layout: str = ""
    boxes: list[Row] | None = None
    first_page: FetchedPage | None = None
    pages: int = 0
    unchanged: bool = False
    met_known: bool = False
    more: bool = False
    """The last page read has a next one."""
    forbidden: bool = False
    error: FeedsvcError | None = None


@dataclass(frozen=True, slots=True)
class SectionReader:
    """Fetches and parses section pages; knows HTML rows and the JSON listing.

    Some sections answer a page without rows that a script fills from the JSON
    listing (site page, "URLs").  Which of the two worked is remembered, so that
    each poll costs one request.
    """

    site: Site
    fetcher: Fetcher
    memory: Memory
    layouts: Callable[[], Sequence[parse.Layout]]
    clock: Callable[[], datetime]

    def read(self, section: SectionConfig, number: int, *, conditional: bool) -> _Answer:
        """Page ``number`` (from 1) of a section, the news flashes or a search; ``None``
        where it is not modified.

        Raises ``FetchError`` and ``ParseError``.
        """
        known, listing = self.memory.section, partial(self._listing, section, number)
        has_listing = not (section.newsflash or section.search)
        if has_listing and known.of(section.name).by_listing:
            answer, error = attempt(partial(listing, conditional))
            if error is None:
                return answer
            known.set(section.name, by_listing=False)
        page = self.fetcher.get(section.url(self.site, number), conditional=conditional)
        answer = self._read(page, partial(_rows, section))
        if answer is None or answer[1].rows or number > 1 or not has_listing:
            return answer
        listed, _ = attempt(partial(listing, False))
        if listed is None or not listed[1].rows:
            # An empty section is not an error, and not every section has a listing.
            return answer
        known.set(section.name, by_listing=True)
        return listed

    def _listing(self, section: SectionConfig, number: int, conditional: bool) -> _Answer:
        page = self.fetcher.get(
            self.site.listing_url(section.code, number),
            referer=self.site.section_url(section.code),
            ajax=True,
            conditional=conditional,
        )
        return self._read(page, parse.listing)

    def _read(self, page: FetchedPage | NotModified, read: _Read) -> _Answer:
        if isinstance(page, NotModified):
            return None
        return page, read(page, self.site, self.clock(), self.layouts())


def _rows(
    section: SectionConfig,
    page: FetchedPage,
    site: Site,
    now: datetime,
    layouts: Sequence[parse.Layout],
) -> SectionPage:
    if section.newsflash:
        return parse.flashes(page, site, now)
    try:
        return parse.section(page, site, now, layouts)
    except (LayoutUnknown, ShortPage):
        if section.search is None:
            raise
        # Nobody has shown how a search's rows look; that they are a section's is a guess.
        return parse.linked(page, site, now, layouts[0])


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
    for number in range(1, at_most + 1):
        conditional = number == 1 and at_least == 1
        answer, error = attempt(partial(reader.read, section, number, conditional=conditional))
        if error is not None:
            if number == 1:
                raise error
            if isinstance(error, RobotsForbid) and not error.site_down:
                result.forbidden = True
            else:
                result.error = error
            break
        if answer is None:
            result.unchanged = True
            break
        page, read = answer
        if number == 1:
            result.first_page, result.layout = page, read.layout
            result.boxes = list(read.boxes) if read.layout != JSON else None
        seen = {row.id for row in result.rows}
        fresh = [row for row in read.rows if row.id not in seen]
        result.rows += fresh
        result.pages, result.more = number, read.has_next and bool(fresh)
        on_known_ground = bool(fresh) and is_known(read.rows)
        result.met_known |= on_known_ground
        if not result.more or (on_known_ground and number >= at_least):
            break
    return result
