"""A search's parameters, read in one way for the command, the page and the feed.

In: parameters as text (contract, section 6), the configured sections, the time now in the
site's zone.  Out: a :class:`Question`: what to look for (``catalogue.search`` finds it), and how
that is written as an address; of a record that was found the part that answers it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from feedsvc import words
from feedsvc.catalogue.access import ACCESS
from feedsvc.catalogue.search import Filter, Order
from feedsvc.config import SectionConfig
from feedsvc.model import Record
from feedsvc.moment import WANTED, Moment
from feedsvc.text import fold, one_line, visible

SORTS = {"newest": Order.NEWEST, "best": Order.BEST}
FILTERS = ("section", "access", "reporter", "since", "until")
"""The parameters that narrow a search, in the order in which they are written."""

PAGES = 500
"""Pages of a search that are shown."""


class Unfit(ValueError):
    """A parameter that cannot be followed: ``part`` is its name."""

    def __init__(self, part: str, said: str) -> None:
        super().__init__(f"{part} {said}")
        self.part = part
        self.said = said


@dataclass(frozen=True, slots=True)
class Question:
    """A search: ``words`` in what ``which`` selects.  ``given`` are the words and filters
    as they were asked for, clean, in a fixed order, without those that are not there."""

    words: str
    which: Filter
    how: Order
    page: int
    given: Mapping[str, str]

    @property
    def moves(self) -> bool:
        """Whether its times are others tomorrow."""
        return any(Moment.of(self.given.get(name, "")).moves for name in ("since", "until"))

    def query(self, **changed: str) -> str:
        """The search as it stands behind the ``?`` of an address, some parameters changed,
        or left out where they are empty; the same for the same search."""
        how = next(name for name, one in SORTS.items() if one is self.how)
        plain = {"sort": "newest", "page": "1"}
        all_ = {"q": "", **self.given, "sort": how, "page": str(self.page), **changed}
        return "&".join(
            f"{name}={quote(all_[name], safe='')}"
            for name in ("q", *FILTERS, "sort", "page")
            if all_.get(name) and all_[name] != plain.get(name)
        )


def question(
    parameters: Mapping[str, str], sections: Iterable[SectionConfig], now: datetime
) -> Question:
    """Read a search.  Raises :class:`Unfit` for what cannot be followed; parameters that
    are empty are not there."""
    told = ((name, fold(parameters.get(name, ""))) for name in ("q", *FILTERS))
    given = {name: value for name, value in told if value}
    q = given.get("q", "")
    if fault := words.fault(q):
        raise Unfit("q", fault)
    access = given.get("access")
    if access is not None and access not in ACCESS:
        raise Unfit("access", f"is none of {', '.join(ACCESS)}")
    reporter = given.get("reporter")
    if reporter is not None and len(reporter) > words.LONGEST:
        raise Unfit("reporter", f"is longer than {words.LONGEST} characters")
    which = Filter(
        section=_code(given.get("section"), sections),
        since=_time("since", given.get("since"), now),
        until=_time("until", given.get("until"), now),
        access=access,
        reporter=reporter,
    )
    sort = fold(parameters.get("sort", "")) or "newest"
    if sort not in SORTS:
        raise Unfit("sort", f"is none of {', '.join(SORTS)}")
    page = fold(parameters.get("page", "")) or "1"
    if not (page.isascii() and page.isdigit() and len(page) < 5 and 0 < int(page) <= PAGES):
        raise Unfit("page", f"is no number from 1 to {PAGES}")
    return Question(q, which, SORTS[sort], int(page), given)


def snippet(record: Record, asked_for: str) -> str:
    """The part of the text in which the words stand, one line; nothing where they stand in
    the headline alone, or where there are none."""
    lines = (record.subtitle, *(visible(block) for block in record.body), *record.keywords)
    return one_line(words.excerpt(" ".join(line for line in lines if line), asked_for))


def _code(section: str | None, sections: Iterable[SectionConfig]) -> str | None:
    """The code of a section by its name, or the code itself."""
    if section is None or (section.isascii() and section.isdigit() and len(section) < 13):
        return section
    known = {one.name: one for one in sections}
    if section not in known:
        raise Unfit("section", f"is none of {', '.join(known)}")
    if known[section].code is None and not known[section].holds_all:
        raise Unfit("section", "has no code, by which records know their sections")
    return known[section].code


def _time(part: str, written: str | None, now: datetime) -> datetime | None:
    if written is None:
        return None
    moment = Moment.of(written)
    try:
        return moment.begin(now) if part == "since" else moment.end(now)
    except (ValueError, OverflowError):
        raise Unfit(part, f"is no time: {WANTED}") from None
