"""The lists of articles by day: ``/``, the newest first, and the archive, by months
(``/archive/``) and a month by days (``/archive/{section}/2026-03``).

In: the path, what the address asks (``section``, ``feed``, ``access``, ``day``, ``page``), the
archive.  Out: pages of no more than fifty rows; the newest name the feed which holds just this
list.
"""

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Self, get_args
from urllib.parse import urlencode

from feedsvc.archive import Archive
from feedsvc.catalogue.access import ACCESS, LOCKED, READABLE
from feedsvc.catalogue.days import Happened, Listed, Which
from feedsvc.config import Config, SectionConfig
from feedsvc.errors import ArchiveError
from feedsvc.model import Status
from feedsvc.serve.rendering import Frame, page
from feedsvc.serve.request import Asked, Wrong
from feedsvc.serve.response import Document
from feedsvc.serve.rows import Rows
from feedsvc.serve.subscribing import Subscription, of_feed, of_feeds, of_search
from feedsvc.serve.translations import month_name

_MONTH = re.compile(r"archive/([a-z0-9-]+)/(\d{4})-(0[1-9]|1[0-2])")
_EVERYTHING = "all"  # the feed of all articles

_Lists = dict[str, tuple[str, str]]
"""By name, of each list but that of everything: the parameter that asks for it, its title."""

PAGE = 50
"""Articles on a page of them by day."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a list can be narrowed to."""

    title: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """The list that an address names: ``name`` of a section or a feed, empty for all."""

    section: str
    feed: str
    access: str
    page: int

    @classmethod
    def of(cls, asked: Asked, config: Config, lists: _Lists) -> Self:
        """Raises ``Wrong``."""
        feed = asked.one_of("feed", (_EVERYTHING, *lists))
        return cls(
            asked.one_of("section", (one.name for one in config.sections)),
            "" if feed == _EVERYTHING else feed,
            asked.one_of("access", ACCESS),
            asked.page(),
        )

    @property
    def name(self) -> str:
        return self.feed or self.section

    def address(self, **changed: object) -> str:
        """Of the same list, some of it changed; without a change of page, its first."""
        own = {"section": self.section, "feed": self.feed, "access": self.access, "page": ""}
        query = urlencode({key: value for key, value in (own | changed).items() if value})
        return f"./?{query}" if query else "./"


def newspaper(config: Config, archive: Archive, asked: Asked, frame: Frame) -> Document:
    """Raises ``Wrong`` for an address that says nothing, ``FeedsvcError``; that too where
    there is nothing to show for damage alone: what is published has an index page."""
    words = frame.words
    # Each section, each feed of the reader's own, and what happened.
    lists: _Lists = {
        **{one.name: ("section", one.title) for one in config.sections},
        **{one.name: ("feed", one.title) for one in config.feeds.custom},
        **{one: ("feed", words[f"{one}_list"]) for one in get_args(Happened)},
    }
    wanted = Listing.of(asked, config, lists)
    listed, counts, more = _read(wanted, config, archive)
    if not listed and not len(archive) and archive.damaged_ids():
        raise ArchiveError("none of its records can be read", about=str(archive.path))
    _, title = lists.get(wanted.name, ("", words["articles"]))
    if wanted.access:
        title = f"{title} · {words[f'access_{wanted.access}']}"
    own, exact = _subscription(config, wanted, title, frame)
    whole = of_feed(config.feeds, _EVERYTHING, config.feeds.title, up="", token=frame.token)
    return page(
        "index.html",
        frame,
        up="",
        title=title,
        # Each address once, though the list of everything has a title of its own.
        alternates=tuple({one.address: one for one in (own, whole) if one}.values()),
        days=Rows(config, words["language"]).days(listed, counts, frame.now),
        lists_of=[
            Choice(words["everything"], wanted.address(section="", feed=""), not wanted.name),
            *(
                Choice(said, wanted.address(**{"section": "", "feed": "", parameter: name}),
                       wanted.name == name)
                for name, (parameter, said) in lists.items()
            ),
        ],
        accesses=[
            Choice(words[f"access_{one}"], wanted.address(access=one), wanted.access == one)
            # And the one status that was asked for.
            for one in dict.fromkeys(("", READABLE, LOCKED, wanted.access))
        ],
        subscription=own,
        exact=exact,
        newer=wanted.address(page=wanted.page - 1 if wanted.page > 2 else "")
        if wanted.page > 1
        else None,
        older=wanted.address(page=wanted.page + 1) if more else None,
    )  # fmt: skip


def _read(
    wanted: Listing, config: Config, archive: Archive
) -> tuple[list[Listed], Counter[str], bool]:
    """A page of a list, how many there are on each of its days, whether there are more."""
    offset = (wanted.page - 1) * PAGE
    named = wanted.section or wanted.feed
    section = next((one for one in config.sections if one.name == named), None)
    remembered = wanted.feed if section is None or wanted.section else ""
    if section is not None and not tells(section):
        remembered, section = section.name, None
    which = Which(section.code if section else None, wanted.access or None)
    days = archive.days
    counts: Counter[str] = Counter()
    for what in get_args(Happened):
        if wanted.feed == what:
            listed = days.happened(what, which, offset, PAGE + 1)
            for day in {one.day for one in listed}:
                counts[day] = days.happened_on(what, which, day)
            return listed[:PAGE], counts, len(listed) > PAGE
    if remembered:
        # As it was last published: of what a feed looks for no index tells.
        held, _ = archive.standings.members(remembered)
        every = [one for one in days.of([one.article for one in held]) if _fits(one, which)]
        counts.update(one.day for one in every)
        return every[offset : offset + PAGE], counts, len(every) > offset + PAGE
    listed = days.page(which, offset, PAGE + 1)
    if listed:
        counts.update(dict(days.days(replace(which, period=listed[-1].day), listed[0].day)))
    return listed[:PAGE], counts, len(listed) > PAGE


def tells(section: SectionConfig) -> bool:
    """Whether a record tells that it is of this section."""
    return section.search is None and not section.newsflash


def _fits(one: Listed, which: Which) -> bool:
    """Whether an article is one of those."""
    accesses = {
        None: True,
        LOCKED: one.locked,
        READABLE: one.status in (Status.OPEN, Status.PLUS_FIRST),
        one.status.value: True,
    }
    return accesses.get(which.access, False) and which.section in (None, *one.sections)


def _subscription(
    config: Config, wanted: Listing, title: str, frame: Frame
) -> tuple[Subscription | None, bool]:
    """The feed that holds just this list, or the nearest one, and whether it does."""
    feeds, name, token = config.feeds, wanted.name, frame.token
    told = {"", *(one.name for one in config.sections if tells(one))}
    exact = not (wanted.feed and wanted.section)
    if exact and wanted.access and name in told:
        parameters = {"section": name, "access": wanted.access}
        return of_search(feeds, parameters, title, up="", token=token), True
    return (
        of_feed(feeds, name or _EVERYTHING, title, up="", token=token),
        exact and not wanted.access,
    )


@dataclass(frozen=True, slots=True)
class ListedSection:
    """A section that records know, or all of them (``code`` is ``None``)."""

    name: str
    title: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles a month or a day has; of the most in one, ``part`` in hundredths."""

    name: str
    title: str
    count: int
    part: int
    chosen: bool = False


def shelves_page(config: Config, archive: Archive, asked: Asked, frame: Frame) -> Document:
    """Years and their months, of one section or all.  Raises ``Wrong``."""
    shelves = _shelves(config, frame)
    shelf = shelves[asked.one_of("section", shelves) or "all"]
    months = archive.days.months(Which(shelf.code))
    most = max((count for _, count in months), default=1)
    return page(
        "archive.html",
        frame,
        up="../",
        title=frame.words["archive"],
        alternates=_feeds(config, shelf, frame, "../"),
        shelf=shelf,
        total=archive.days.count(Which(shelf.code)),
        sections=[
            Choice(one.title, f"./?section={one.name}" if one.code else "./", one == shelf)
            for one in shelves.values()
        ],
        years=[
            (
                year,
                sum(count for _, count in some),
                [_count(month, month[5:].lstrip("0"), count, most) for month, count in some],
            )
            for year, found in groupby(reversed(months), key=lambda one: one[0][:4])
            for some in [list(found)]
        ],
    )


def month_page(
    config: Config, archive: Archive, path: str, asked: Asked, frame: Frame
) -> Document | None:
    """``None`` for a section or a month of which nothing is kept.  Raises ``Wrong``."""
    match = _MONTH.fullmatch(path)
    shelves = _shelves(config, frame)
    shelf = shelves.get(match[1]) if match else None
    if match is None or shelf is None:
        return None
    year, language = int(match[2]), frame.words["language"]
    month = f"{match[2]}-{match[3]}"
    months = [one for one, _ in archive.days.months(Which(shelf.code))]
    if month not in months:
        return None
    counts = Counter(dict(archive.days.days(Which(shelf.code, period=month))))
    chosen = _day(asked, counts)
    number = asked.page()
    listed = archive.days.page(
        Which(shelf.code, period=chosen or month), (number - 1) * PAGE, PAGE + 1
    )
    most = max(counts.values())
    place = months.index(month)
    own = f"{month}?day={chosen}&page=" if chosen else f"{month}?page="
    return page(
        "month.html",
        frame,
        up="../../",
        title=f"{shelf.title} {month_name(year, int(match[3]), language)}",
        alternates=_feeds(config, shelf, frame, "../../"),
        month=month,
        shelf=shelf,
        sections=[
            Choice(one.title, f"../{one.name}/{month}", one == shelf)
            for one in shelves.values()
            if archive.days.count(Which(one.code, period=month))
        ],
        strip=[
            _count(day, str(int(day[8:])), counts[day], most, chosen=day == chosen)
            for day in (
                f"{month}-{one:02}" for one in range(1, monthrange(year, int(match[3]))[1] + 1)
            )
        ],
        whole=archive.days.count(Which(shelf.code, period=month)),
        chosen=chosen,
        earlier=months[place - 1] if place else None,
        later=months[place + 1] if place + 1 < len(months) else None,
        days=Rows(config, language).days(listed[:PAGE], counts, frame.now),
        newer=f"{own}{number - 1}" if number > 1 else None,
        older=f"{own}{number + 1}" if len(listed) > PAGE else None,
    )


def _day(asked: Asked, days: Iterable[str]) -> str:
    """The day of the month that is asked for, if one is: ``2026-03-09``, or ``9``."""
    wanted = asked.text("day")
    for day in days:
        if wanted in (day, day[8:], day[8:].lstrip("0")):
            return day
    if wanted:
        raise Wrong("day", "이 달에 기사가 있는 날이어야 합니다.", "takes a day that has articles")
    return ""


def _count(name: str, title: str, count: int, most: int, *, chosen: bool = False) -> Count:
    return Count(name, title, count, count and max(1, round(100 * count / most)), chosen)


def _feeds(config: Config, shelf: ListedSection, frame: Frame, up: str) -> list[Subscription]:
    return of_feeds(
        config.feeds,
        {shelf.name: shelf.title, "all": config.feeds.title},
        up=up,
        token=frame.token,
    )


def _shelves(config: Config, frame: Frame) -> dict[str, ListedSection]:
    """By the name in the address."""
    return {
        "all": ListedSection("all", frame.words["everything"], None),
        **{
            one.name: ListedSection(one.name, one.title, one.code)
            for one in config.sections
            if one.code
        },
    }
