"""The archive by months, ``/archive/``, and a month by days, ``/archive/{section}/2026-03``.

In: the path, what the address asks (``day``, ``page``), the archive.  Out: pages of no
more than fifty rows.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from feedsvc.archive import Archive
from feedsvc.catalogue.days import Which
from feedsvc.config import Config
from feedsvc.serve.rendering import Frame, page
from feedsvc.serve.request import Asked, Wrong
from feedsvc.serve.response import Document
from feedsvc.serve.rows import PAGE, Choice, Rows
from feedsvc.serve.subscribing import Subscription, of_feeds
from feedsvc.serve.translations import month_name

_MONTH = re.compile(r"archive/([a-z0-9-]+)/(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Shelf:
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
    years = [
        (
            year,
            sum(count for _, count in some),
            [_count(month, month[5:].lstrip("0"), count, most) for month, count in some],
        )
        for year, found in groupby(reversed(months), key=lambda one: one[0][:4])
        for some in [list(found)]
    ]
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
        years=years,
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


def _feeds(config: Config, shelf: Shelf, frame: Frame, up: str) -> list[Subscription]:
    titles = {shelf.name: shelf.title, "all": config.feeds.title}
    return of_feeds(config.feeds, titles, up=up, token=frame.token)


def _shelves(config: Config, frame: Frame) -> dict[str, Shelf]:
    """By the name in the address."""
    everything = Shelf("all", frame.words["everything"], None)
    sections = (Shelf(one.name, one.title, one.code) for one in config.sections if one.code)
    return {one.name: one for one in (everything, *sections)}
