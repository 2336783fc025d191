"""The articles, newest first and by day: ``/``.

In: what the address asks (``section``, ``feed``, ``access``, ``page``), the archive.
Out: a page that names the feed which holds just this list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import get_args
from urllib.parse import urlencode

from feedsvc.archive import Archive
from feedsvc.catalogue.days import LOCKED, READABLE, Happened, Listed, Which
from feedsvc.config import Config, SectionConfig
from feedsvc.errors import ArchiveError
from feedsvc.model import Status
from feedsvc.serve.asked import ACCESS, Asked
from feedsvc.serve.dates import day_name
from feedsvc.serve.rendering import Frame, page
from feedsvc.serve.response import Document
from feedsvc.serve.rows import ArticleRow, Rows
from feedsvc.serve.subscribing import Subscription, of_feed, of_search
from feedsvc.site import KST

PAGE = 50
"""Articles on a page."""

_EVERYTHING = "all"  # the feed of all articles


@dataclass(frozen=True, slots=True)
class Choice:
    """What a list can be narrowed to."""

    title: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day's articles, as far as they stand on the page; ``count`` is of all."""

    name: str
    day: str
    count: int
    articles: list[ArticleRow]


@dataclass(frozen=True, slots=True)
class Listing:
    """The list that an address names: ``name`` of a section or a feed, empty for all."""

    section: str
    feed: str
    access: str
    page: int

    @classmethod
    def of(cls, asked: Asked, config: Config) -> Listing:
        """Raises ``Wrong``."""
        feed = asked.one_of("feed", _feed_names(config))
        return cls(
            asked.one_of("section", (one.name for one in config.sections)),
            "" if feed == _EVERYTHING else feed,
            asked.one_of("access", ACCESS),
            asked.page(),
        )

    def address(self, **changed: object) -> str:
        """Of the same list, some of it changed; without a change of page, its first."""
        own = {"section": self.section, "feed": self.feed, "access": self.access, "page": ""}
        query = urlencode({key: value for key, value in (own | changed).items() if value})
        return f"./?{query}" if query else "./"


def newspaper(config: Config, archive: Archive, asked: Asked, frame: Frame) -> Document:
    """Raises ``Wrong`` for an address that says nothing, ``FeedsvcError``; that too where
    there is nothing to show for damage alone: what is published has an index page."""
    wanted, words = Listing.of(asked, config), frame.words
    listed, counts, more = _Lists(config, archive).read(wanted)
    if not listed and not len(archive) and archive.damaged_ids():
        raise ArchiveError("none of its records can be read", about=str(archive.path))
    rows = Rows(config, words["language"])
    today = frame.now.astimezone(KST).date()
    own, exact = _subscription(config, wanted, frame)
    whole = of_feed(config.feeds, _EVERYTHING, config.feeds.title, up="", token=frame.token)
    return page(
        "index.html",
        frame,
        up="",
        title=_title(config, wanted, frame),
        alternates=tuple(dict.fromkeys(one for one in (own, whole) if one)),
        days=[
            Day(
                day_name(date.fromisoformat(day), today, words["language"]), day, counts[day],
                [rows.listed(one) for one in some],
            )
            for day, some in groupby(listed, key=lambda one: one.day)
        ],
        lists_of=_lists(config, wanted, frame),
        accesses=_accesses(wanted, frame),
        subscription=own,
        exact=exact,
        newer=wanted.address(page=wanted.page - 1 if wanted.page > 2 else "")
        if wanted.page > 1
        else None,
        older=wanted.address(page=wanted.page + 1) if more else None,
    )  # fmt: skip


class _Lists:
    """Where the articles of a list come from."""

    def __init__(self, config: Config, archive: Archive) -> None:
        self._config = config
        self._archive = archive

    def read(self, wanted: Listing) -> tuple[list[Listed], Counter[str], bool]:
        """A page of it, how many there are on each of its days, whether there are more."""
        offset = (wanted.page - 1) * PAGE
        section = self._section(wanted.section or wanted.feed)
        remembered = wanted.feed if section is None or wanted.section else ""
        if section is not None and not tells(section):
            remembered = section.name
        code = section.code if section is not None and tells(section) else None
        which = Which(code, wanted.access or None)
        days = self._archive.days
        for what in get_args(Happened):
            if wanted.feed == what:
                listed = days.happened(what, which, offset, PAGE + 1)
                counts = Counter({
                    day: days.happened_on(what, which, day) for day in {one.day for one in listed}
                })  # fmt: skip
                return listed[:PAGE], counts, len(listed) > PAGE
        if remembered:
            every = [one for one in self._of_feed(remembered) if _fits(one, which)]
            counts = Counter(one.day for one in every)
            return every[offset : offset + PAGE], counts, len(every) > offset + PAGE
        listed = days.page(which, offset, PAGE + 1)
        if not listed:
            return [], Counter(), False
        first, last = listed[-1].day, listed[0].day
        counts = Counter(dict(days.days(replace(which, period=first), last)))
        return listed[:PAGE], counts, len(listed) > PAGE

    def _section(self, name: str) -> SectionConfig | None:
        return next((one for one in self._config.sections if one.name == name), None)

    def _of_feed(self, name: str) -> list[Listed]:
        """What a feed holds, as it was last published: of what it looks for no index tells."""
        held, _ = self._archive.standings.members(name)
        return self._archive.days.of([one.article for one in held])


def tells(section: SectionConfig) -> bool:
    """Whether a record tells that it is of this section."""
    return section.search is None and not section.newsflash


def _fits(one: Listed, which: Which) -> bool:
    if which.section is not None and which.section not in one.sections:
        return False
    if which.access == LOCKED:
        return one.locked
    if which.access == READABLE:
        return one.status in (Status.OPEN, Status.PLUS_FIRST)
    return which.access is None or one.status.value == which.access


def _feed_names(config: Config) -> Iterable[str]:
    yield _EVERYTHING
    yield from (one.name for one in config.sections)
    yield from (one.name for one in config.feeds.custom)
    yield from get_args(Happened)


def _lists(config: Config, wanted: Listing, frame: Frame) -> list[Choice]:
    """Everything, each section, each feed of the reader's own, and what happened."""
    named = [("section", one.name, one.title) for one in config.sections]
    named += [("feed", one.name, one.title) for one in config.feeds.custom]
    named += [("feed", one, frame.words[f"{one}_list"]) for one in get_args(Happened)]
    chosen = wanted.feed or wanted.section
    whole = Choice(frame.words["everything"], wanted.address(section="", feed=""), not chosen)
    return [
        whole,
        *(
            Choice(title, wanted.address(**({"section": "", "feed": ""} | {kind: name})),
                   chosen == name)
            for kind, name, title in named
        ),
    ]  # fmt: skip


def _accesses(wanted: Listing, frame: Frame) -> list[Choice]:
    """All, readable, locked; and the one status that was asked for."""
    shown = ["", READABLE, LOCKED]
    if wanted.access not in shown:
        shown.append(wanted.access)
    return [
        Choice(frame.words[f"access_{one}"], wanted.address(access=one), wanted.access == one)
        for one in shown
    ]


def _title(config: Config, wanted: Listing, frame: Frame) -> str:
    name = wanted.feed or wanted.section
    titles = {one.name: one.title for one in config.sections}
    titles |= {one.name: one.title for one in config.feeds.custom}
    titles |= {one: frame.words[f"{one}_list"] for one in get_args(Happened)}
    parts = [titles.get(name, frame.words["articles"])]
    if wanted.access:
        parts.append(frame.words[f"access_{wanted.access}"])
    return " · ".join(parts)


def _subscription(
    config: Config, wanted: Listing, frame: Frame
) -> tuple[Subscription | None, bool]:
    """The feed that holds just this list, or the nearest one, and whether it does."""
    feeds, title = config.feeds, _title(config, wanted, frame)
    sections = {one.name: one for one in config.sections}
    name = wanted.feed or wanted.section
    plain = not (wanted.feed and wanted.section)
    if not wanted.access and plain:
        return of_feed(feeds, name or _EVERYTHING, title, up="", token=frame.token), True
    if plain and (not name or (name in sections and tells(sections[name]))):
        parameters = {"section": name, "access": wanted.access}
        return of_search(feeds, parameters, title, up="", token=frame.token), True
    return of_feed(feeds, name, title, up="", token=frame.token), False
