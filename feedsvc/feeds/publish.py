"""Puts the feeds in place: built in memory, parsed again, replaced where they differ.

In: a source of records and the configuration.  Out: files below ``feeds.path`` and
a :class:`Published` that names the ones replaced.  A feed that cannot be built
stays as it was published and never stops the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from xml.etree import ElementTree

from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.errors import PublishError
from feedsvc.feeds import check, pages
from feedsvc.feeds.channel import PUBLISHER, Channel, general_channel, section_channel
from feedsvc.feeds.contents import Contents, Reader, Source
from feedsvc.feeds.custom import belongs
from feedsvc.feeds.fit import Writer, fit
from feedsvc.feeds.history import History, Shelf
from feedsvc.feeds.jsonfeed import json_feed
from feedsvc.feeds.replace import FAILURES, Round
from feedsvc.feeds.status import Notice, contents
from feedsvc.model import Entry, Record
from feedsvc.revisions import changes
from feedsvc.site import Site

_DEALSITE = Site.at("https://dealsite.co.kr")
_ARTICLE_NUMBER = re.compile(rb"tag:dealsite\.co\.kr,2018:articles/(\d+)")

# The update times of entries in any format: RSS has them as atom:updated.
_UPDATED = re.compile(rb'(?:updated>|"date_modified": ")(\d{4}-\d\d-\d\dT[0-9:]{8}\+09:00)[<"]')
_HEADLINES = 12


@dataclass(frozen=True, slots=True)
class Published:
    """``paths`` are the files replaced; ``problems`` tell what could not be built
    (there, what was published stays)."""

    paths: tuple[Path, ...] = ()
    problems: tuple[PublishError, ...] = ()

    def joined(self, other: Published) -> Published:
        """Both together."""
        return Published((*self.paths, *other.paths), (*self.problems, *other.problems))


@dataclass(frozen=True, slots=True)
class _Feed:
    """A feed to publish: ``contents`` is asked only when it is built, ``touched_by``
    tells whether a record that changed can show in it.  ``archived`` tells whether it
    has archived pages."""

    channel: Channel
    contents: Callable[[], Contents]
    touched_by: Callable[[Record], bool]
    archived: bool = True


def publish(
    source: Source,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    now: datetime,
    *,
    changed: Collection[Record] | None = None,
    history: Collection[Record] | None = None,
    site: Site = _DEALSITE,
) -> Published:
    """Publish the feeds, the subscription list and the index page.

    ``changed`` are the records that changed since the last time: only the feeds that
    they can touch are built, and those that have no file yet.  ``None`` builds them
    all.  ``history`` are the records whose months are brought up among the archived
    pages, where that is not ``changed``: to write all of them again, which grows with
    the archive, is for a rebuild.  ``site`` is the polled one, for the links of the
    channels.  What the source raises is raised; everything else is in ``problems``.
    """
    reader = Reader(source, feeds, sections, now)
    planned = tuple(_planned(reader, feeds, sections, site))
    done = Round()
    if "atom" in feeds.formats and changed != ():
        # First, for the subscription document links the newest page.
        shelves = [_shelf(feed, feeds) for feed in planned if feed.archived]
        brought = changed if history is None else history
        History(source, reader, feeds.max_size, done).bring_up(shelves, brought)
    for feed in planned:
        if changed is None or _touched(feed, feeds, changed):
            _publish_feed(feed, feeds, done)
    channels = [feed.channel for feed in planned]
    opml = pages.opml(channels, feeds.formats, feeds.title)
    done.put(feeds.path / "feeds.opml", opml, lambda new, old: ElementTree.fromstring(new))
    index = _index(channels, feeds)
    done.put(feeds.path / "index.html", index, lambda new, old: new.decode())
    return Published(tuple(done.paths), (*reader.problems, *done.problems))


def _index(channels: Sequence[Channel], feeds: FeedsConfig) -> bytes:
    """The index page, made of what is published: nothing is asked of the source."""
    shown = []
    for channel in channels:
        path = feeds.path / f"{channel.name}.{feeds.formats[0]}"
        times = _UPDATED.findall(_bytes_of(path))
        shown.append(pages.Shown(channel, max(map(_time_of, times), default=None)))
    newest = feeds.path / f"all.{feeds.formats[0]}"
    try:
        found = check.headlines(_bytes_of(newest), feeds.formats[0])
    except PublishError:
        found = ()  # it is replaced with the next poll, and the page with it
    return pages.index(shown, found[:_HEADLINES], feeds.formats, feeds.title)


def _time_of(value: bytes) -> datetime:
    return datetime.fromisoformat(value.decode())


def publish_status(
    notices: tuple[Notice, ...],
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> Published:
    """Publish the ``status`` feed: apart from the others, because it changes when
    they must not, after a poll that failed."""
    channel = general_channel(
        "status",
        f"{feeds.title} - feedsvc 상태",
        "feedsvc를 돌리는 사람이 알아야 할 일",
        feeds,
        sections,
        site,
    )
    about = partial(contents, notices, channel.base_url)
    feed = _Feed(channel, about, lambda record: False, archived=False)
    done = Round()
    _publish_feed(feed, feeds, done)
    return Published(tuple(done.paths), tuple(done.problems))


def status_stands(feeds: FeedsConfig) -> bool:
    """Whether the ``status`` feed was published in every format."""
    return all(path.exists() for path in _paths("status", feeds))


def _planned(
    reader: Reader, feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site
) -> Iterator[_Feed]:
    general = partial(general_channel, feeds=feeds, sections=sections, site=site)

    def held(name: str) -> Callable[[], frozenset[str]]:
        return cache(partial(_held_ids, feeds, name))

    yield _Feed(
        general("all", feeds.title, f"{PUBLISHER} 전체 기사 전문"),
        partial(reader.articles, None, held("all")),
        lambda record: True,
    )
    for section in sections:
        yield _Feed(
            section_channel(section, feeds, site),
            partial(reader.articles, section.code, held(section.name)),
            partial(_listed, code=section.code),
        )
    for custom in feeds.custom:
        yield _Feed(
            general(custom.name, custom.title, f"{custom.title}: {PUBLISHER} 기사 모음"),
            partial(reader.custom, custom, held(custom.name)),
            partial(belongs, feed=custom, sections=sections),
        )
    yield _Feed(
        general("released", f"{feeds.title} - 무료 전환", "잠겨 있다가 무료로 풀린 기사"),
        reader.released,
        lambda record: record.access.released_at is not None,
        archived=False,
    )
    yield _Feed(
        general("revised", f"{feeds.title} - 수정된 기사", "내용이 바뀐 기사와 달라진 부분"),
        reader.revised,
        lambda record: bool(changes(record)),
        archived=False,
    )


def _listed(record: Record, code: str | None) -> bool:
    return code is None or code in record.sections


def _touched(feed: _Feed, feeds: FeedsConfig, changed: Collection[Record]) -> bool:
    if any(feed.touched_by(record) for record in changed):
        return True
    # A record may have left the feed: it no longer matches, and its entry stands there.
    numbers = {record.id for record in changed}
    for path in _paths(feed.channel.name, feeds):
        if not path.is_file():
            return True
        if numbers and numbers & {int(one) for one in _ARTICLE_NUMBER.findall(_bytes_of(path))}:
            return True
    return False


def _publish_feed(feed: _Feed, feeds: FeedsConfig, done: Round) -> None:
    contents = feed.contents()
    writers: dict[str, Writer] = {
        "rss": _rss,
        "atom": partial(_atom, previous=_newest_page(feed, feeds)),
    }
    writers["json"] = json_feed
    for suffix in dict.fromkeys(feeds.formats):
        path = feeds.path / f"{feed.channel.name}.{suffix}"
        try:
            document, count = fit(partial(writers[suffix], feed.channel), contents, feeds.max_size)
            if count == 0 and _ids_in(path):
                raise PublishError(
                    "the feed would be empty", advice=f"delete {path} if it shall be"
                )
        except FAILURES as error:
            done.failed(path, error)
            continue
        done.put(path, document, partial(check.approve, suffix=suffix, expected=count))


def _shelf(feed: _Feed, feeds: FeedsConfig) -> Shelf:
    name = feed.channel.name
    held = cache(partial(_held_ids, feeds, name))
    return Shelf(feeds.path / "archive" / name, feed.channel, feed.touched_by, held)


def _newest_page(feed: _Feed, feeds: FeedsConfig) -> str | None:
    names = _shelf(feed, feeds).names if feed.archived else ()
    return names[-1] if names else None


def _rss(channel: Channel, entries: Sequence[Entry]) -> bytes:
    # feedgen and lxml take memory that a poll with nothing new does not need.
    from feedsvc.feeds import xml

    return xml.rss(channel, entries)


def _atom(channel: Channel, entries: Sequence[Entry], previous: str | None) -> bytes:
    from feedsvc.feeds import xml

    return xml.atom(channel, entries, previous)


def _paths(name: str, feeds: FeedsConfig) -> list[Path]:
    return [feeds.path / f"{name}.{suffix}" for suffix in feeds.formats]


def _held_ids(feeds: FeedsConfig, name: str) -> frozenset[str]:
    """The ids that stand in a published feed, in any of its formats."""
    return frozenset(found for path in _paths(name, feeds) for found in _ids_in(path))


def _ids_in(path: Path) -> tuple[str, ...]:
    try:
        return check.ids(_bytes_of(path), path.suffix.lstrip("."))
    except PublishError:
        # A file that no reader could read held nothing for anybody; one that only we
        # cannot read is not replaced either (see _replace).
        return ()


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
