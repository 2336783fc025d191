"""Every feed with its addresses: ``/feeds``.

In: the configuration, the archive, the published files.  Out: a page; its addresses hold
the token of who is shown it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import get_args

from feedsvc.archive import Archive
from feedsvc.catalogue.days import Happened, Which
from feedsvc.config import Config, CustomFeedConfig, SectionConfig
from feedsvc.errors import DigestDamaged
from feedsvc.serve.lists import tells
from feedsvc.serve.rendering import Frame, Words, page
from feedsvc.serve.response import Document
from feedsvc.serve.subscribing import Subscription, of_feed, of_feeds, query_of
from feedsvc.site import KST

WEEK = 7
"""Days of which articles are counted, today among them."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as the page shows it: ``holds`` says what is in it, ``list`` is the address of
    the same articles on the newspaper, ``week`` how many came in the last days."""

    subscription: Subscription
    holds: str
    list: str
    week: str
    changed_at: datetime


def feeds_page(config: Config, archive: Archive, frame: Frame) -> Document:
    """Raises ``FeedsvcError``."""
    found = list(_published(config, archive, frame))
    return page(
        "feeds.html",
        frame,
        up="",
        title=frame.words["feeds"],
        alternates=[one.subscription for one in found],
        feeds=found,
        query=query_of(frame.token),
    )


def announced(config: Config, frame: Frame) -> list[Subscription]:
    """The feeds of all articles and of what the person who runs it should know."""
    return of_feeds(
        config.feeds,
        {"all": config.feeds.title, "status": frame.words["status_feed"]},
        up="",
        token=frame.token,
    )


def _published(config: Config, archive: Archive, frame: Frame) -> Iterator[Feed]:
    feeds = config.feeds
    for name, title, holds, where, week in _named(config, archive, frame):
        subscription = of_feed(feeds, name, title, up="", token=frame.token)
        if subscription is None:
            continue
        paths = (feeds.path / f"{name}.{suffix}" for suffix in feeds.formats)
        newest = max(path.stat().st_mtime for path in paths if path.is_file())
        yield Feed(subscription, holds, where, week, datetime.fromtimestamp(int(newest), KST))


def _named(
    config: Config, archive: Archive, frame: Frame
) -> Iterator[tuple[str, str, str, str, str]]:
    """Name and title of each feed, and what :class:`Feed` says of it, be it published or not."""
    words, today = frame.words, frame.now.astimezone(KST).date()
    counts = _Counts(archive, today - timedelta(days=WEEK - 1))
    yield "all", config.feeds.title, words["holds_all"], "./", counts.of_section(None)
    for section in config.sections:
        week = counts.of_section(section) if tells(section) else counts.of_feed(section.name)
        holds = words["holds_section"].format(section.title)
        if section.search is not None:
            holds = words["holds_search"].format(section.search)
        yield section.name, section.title, holds, f"./?section={section.name}", week
    for custom in config.feeds.custom:
        holds, week = _holds(custom, config, words), counts.of_feed(custom.name)
        yield custom.name, custom.title, holds, f"./?feed={custom.name}", week
    for digest in config.feeds.digests:
        holds = words["holds_digest"].format(digest.at, ", ".join(digest.feeds))
        yield digest.name, digest.title, holds, "", counts.of_digest(digest.name)
    for what in get_args(Happened):
        week = counts.of_what_happened(what)
        yield what, words[f"{what}_feed"], words[f"holds_{what}"], f"./?feed={what}", week
    yield "status", words["status_feed"], words["holds_status"], "status", ""


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many articles each feed got since a day on."""

    archive: Archive
    since: date

    def of_section(self, section: SectionConfig | None) -> str:
        days = self.archive.days.days(
            Which(section.code if section else None, period=self.since.isoformat())
        )
        return str(sum(count for _, count in days))

    def of_feed(self, name: str) -> str:
        """Of what a feed looks for no index tells: of what it holds, which may not go as
        far back as that."""
        held, complete = self.archive.standings.members(name)
        if not held and not complete:
            return ""
        count = sum(one.published.date() >= self.since for one in held)
        return f"{count}+" if not complete and count == len(held) else str(count)

    def of_what_happened(self, what: Happened) -> str:
        days = ((self.since + timedelta(days=place)).isoformat() for place in range(WEEK))
        return str(sum(self.archive.days.happened_on(what, Which(), day) for day in days))

    def of_digest(self, name: str) -> str:
        with suppress(DigestDamaged):
            new = takewhile(
                lambda one: one.until.astimezone(KST).date() >= self.since,
                self.archive.digests.newest_first(name),
            )
            return str(sum(1 for _ in new))
        return ""


def _holds(custom: CustomFeedConfig, config: Config, words: Words) -> str:
    """The conditions of a custom feed, as they are configured."""
    titles = {one.name: one.title for one in config.sections}
    parts = [
        ("any", " · ".join(custom.any)),
        ("each", " + ".join(custom.all)),
        ("search", custom.search or ""),
        ("none", ", ".join(custom.none)),
        ("in", ", ".join(titles.get(one, one) for one in custom.sections)),
        ("by", ", ".join(custom.reporters)),
        ("access", ", ".join(words[f"access_{one}"] for one in custom.access)),
    ]
    return "; ".join(words[f"custom_{name}"].format(value) for name, value in parts if value)
