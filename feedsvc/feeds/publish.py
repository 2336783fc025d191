"""Puts the feeds in place: built in memory, parsed again, replaced where they differ.

In: a source of records, the configuration, and what is remembered of the last time.
Out: files below ``feeds.path`` and a :class:`Published` that names the ones replaced.
A feed that cannot be built stays as it was published and never stops the others.

Only the feeds that a change can touch are built, and of their documents only the pieces
that changed: the others are taken from the document that is there.  Built from nothing
they come out the same, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.errors import PublishError
from feedsvc.feeds import check, pages, pictures, pieces
from feedsvc.feeds.channel import Channel, general_channel
from feedsvc.feeds.contents import Reader, Source
from feedsvc.feeds.documents import Documents, bytes_of, put, shelf_of
from feedsvc.feeds.history import History
from feedsvc.feeds.leftovers import leftovers
from feedsvc.feeds.plan import Plan, planned
from feedsvc.feeds.press import Press
from feedsvc.feeds.remembered import Memory, Remembered
from feedsvc.feeds.replace import Round
from feedsvc.feeds.status import Notice, contents
from feedsvc.model import Record
from feedsvc.site import Site

_DEALSITE = Site.at("https://dealsite.co.kr")

# The update times of entries in any format: RSS has them as atom:updated.
_UPDATED = re.compile(rb'(?:updated>|"date_modified": ")(\d{4}-\d\d-\d\dT[0-9:]{8}\+09:00)[<"]')
_HEADLINES = 12


@dataclass(frozen=True, slots=True)
class Published:
    """``paths`` are the files replaced or taken away; ``problems`` tell what could not be
    built (there, what was published stays), ``broken`` names the files that failed."""

    paths: tuple[Path, ...] = ()
    problems: tuple[PublishError, ...] = ()
    broken: frozenset[Path] = frozenset()

    def joined(self, other: Published) -> Published:
        """Both together; one cause is told once."""
        problems = {str(one): one for one in (*self.problems, *other.problems)}
        return Published(
            (*self.paths, *other.paths), tuple(problems.values()), self.broken | other.broken
        )


def publish(
    source: Source,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    now: datetime,
    *,
    memory: Memory,
    changed: Collection[Record] | None = None,
    history: Collection[Record] | None = None,
    anew: Collection[str] = (),
    withhold: bool = False,
    withdrawn: Collection[int] = (),
    site: Site = _DEALSITE,
    served: bool = False,
) -> Published:
    """Publish the feeds, the subscription list and the index page.

    ``changed`` are the records that changed since the last time: only the feeds that
    they can touch are built, and those that have no file yet.  ``None`` builds them
    all, from nothing, and takes away what was published of feeds and formats that the
    settings name no more.  ``history`` are the records whose months are brought up among
    the archived pages, where that is not ``changed``: to write all of them again, which
    grows with the archive, is for a rebuild, and for the feeds in ``anew``, whose pages
    were made by other settings or are gone.  ``withhold``: what is published may hold
    locked articles in a form that must not stand there any more; what cannot be replaced
    is taken away.  ``withdrawn`` are articles that the source had and has no more, so that
    their entries leave: by number.  ``site`` is the polled one, for the links of the
    channels; ``served`` tells that there are reading pages below ``feeds.base_url``.  What the
    source raises is raised; everything else is in ``problems``.
    """
    reader = Reader(source, feeds, sections, now, site, served=served)
    plans = tuple(planned(reader, feeds, sections, site))
    brought = changed if history is None else history
    fresh = {record.id: record for record in brought or ()}
    press = Press(source.read, fresh, reader.entry, feeds.formats, reader.problems)
    done = Round(feeds.path)
    try:
        shelves = [shelf_of(plan, feeds) for plan in plans if plan.contents is None]
        if "atom" in feeds.formats and changed != ():
            # First, for the subscription document links the newest page.
            shelf = History(
                source, reader, press, feeds.max_size, done, withhold=withhold, withdrawn=withdrawn
            )
            shelf.bring_up(shelves, brought, anew)
            done.finish()
        documents = Documents(
            reader, press, feeds, memory, done, withhold=withhold, withdrawn=withdrawn
        )
        documents.publish(plans, changed)
        channels = [plan.channel for plan in plans]
        channels.append(_status_channel(feeds, sections, site))
        opml = pages.opml(channels, feeds.formats, feeds.title)
        done.put(feeds.path / "feeds.opml", opml, lambda new, old: ElementTree.fromstring(new))
        for name in (pictures.ICON, pictures.LOGO):
            done.put(feeds.path / name, pictures.picture(name), lambda new, old: None)
        index = _index(channels, feeds, documents.known)
        done.put(feeds.path / "index.html", index, lambda new, old: new.decode())
        if changed is None:
            _take_away(channels, [one.channel.name for one in shelves], feeds, done)
        done.finish()
        if withhold:
            for path in sorted(done.broken):
                _withdraw(path, done)
            done.finish()
    finally:
        done.drop()
    problems = (*reader.problems, *done.problems)
    return Published(tuple(done.paths), problems, frozenset(done.broken))


def _take_away(
    channels: Sequence[Channel], shelves: Sequence[str], feeds: FeedsConfig, done: Round
) -> None:
    """Remove the files that the settings name no more."""
    names = {f"{channel.name}.{suffix}" for channel in channels for suffix in feeds.formats}
    kept = shelves if "atom" in feeds.formats else ()
    for path in list(leftovers(feeds.path, names, kept)):
        done.remove(path)
    done.finish()
    for folder in (feeds.path / "archive").glob("*/"):
        if folder.name not in kept:
            with suppress(OSError):  # something of the user's lies there
                folder.rmdir()


def _withdraw(path: Path, done: Round) -> None:
    """Remove a document that failed, or the pages of a feed that did."""
    for one in [*path.glob("*.atom")] if path.is_dir() else [path]:
        if one.is_file():
            done.remove(one)


def publish_status(
    notices: tuple[Notice, ...],
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> Published:
    """Publish the ``status`` feed: apart from the others, because it changes when
    they must not, after a poll that failed."""
    channel = _status_channel(feeds, sections, site)
    plan = Plan(channel, lambda record: False)
    press = Press(lambda numbers: (), {}, lambda record: None, feeds.formats, [])
    done = Round(feeds.path)
    try:
        held = contents(notices, channel.base_url, site)
        for suffix, path in plan.paths(feeds).items():
            put(channel, suffix, path, held, None, press, {}, feeds, done, lambda lost: True)
        done.finish()
    finally:
        done.drop()
    return Published(tuple(done.paths), tuple(done.problems), frozenset(done.broken))


def _status_channel(feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site) -> Channel:
    return general_channel(
        "status",
        f"{feeds.title} - feedsvc 상태",
        "feedsvc를 돌리는 사람이 알아야 할 일",
        feeds,
        sections,
        site,
    )


def status_stands(feeds: FeedsConfig) -> bool:
    """Whether the ``status`` feed was published in every format."""
    return all((feeds.path / f"status.{suffix}").exists() for suffix in feeds.formats)


def _index(
    channels: Sequence[Channel],
    feeds: FeedsConfig,
    remembered: Callable[[str], Remembered | None],
) -> bytes:
    """The index page, made of what is published: nothing is asked of the source."""
    shown = []
    suffix = feeds.formats[0]
    for channel in channels:
        known = remembered(channel.name)
        if known is not None and suffix in known.documents:
            changed_at = known.changed_at
        else:
            changed_at = _changed_at(bytes_of(feeds.path / f"{channel.name}.{suffix}"), suffix)
        shown.append(pages.Shown(channel, changed_at))
    newest = bytes_of(feeds.path / f"all.{suffix}")
    try:
        found = check.headlines(pieces.first(newest, suffix, _HEADLINES), suffix)
    except PublishError:
        found = ()  # it is replaced with the next poll, and the page with it
    return pages.index(shown, found, feeds.formats, feeds.title)


def _changed_at(document: bytes, suffix: str) -> datetime | None:
    """When an entry of a document last changed."""
    times = _UPDATED.findall(pieces.entries_of(document, suffix))
    return max((datetime.fromisoformat(time.decode()) for time in times), default=None)
