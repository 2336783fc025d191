"""Puts the feeds in place: built in memory, parsed again, replaced where they differ.

In: a source of records and the configuration.  Out: files below ``feeds.path`` and
a :class:`Published` that names the ones replaced.  A feed that cannot be built
stays as it was published and never stops the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from xml.etree import ElementTree

from feedsvc import atomic
from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.errors import PublishError
from feedsvc.feeds import check, pages
from feedsvc.feeds.channel import PUBLISHER, Channel, general_channel, section_channel
from feedsvc.feeds.contents import Contents, Reader, Source
from feedsvc.feeds.custom import belongs
from feedsvc.feeds.fit import Writer, fit
from feedsvc.feeds.jsonfeed import json_feed
from feedsvc.feeds.revisions import changes
from feedsvc.feeds.status import Notice, contents
from feedsvc.model import Entry, Record
from feedsvc.site import Site

_DEALSITE = Site.at("https://dealsite.co.kr")
_ARTICLE_NUMBER = re.compile(rb"tag:dealsite\.co\.kr,2018:articles/(\d+)")
# What a document can fail with: text that XML refuses, a disk that is full.  Other
# errors are bugs and go up to the cycle.
_FAILURES = (PublishError, OSError, ValueError)


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
    tells whether a record that changed can show in it."""

    channel: Channel
    contents: Callable[[], Contents]
    touched_by: Callable[[Record], bool]


@dataclass(slots=True)
class _Round:
    """What one call of :func:`publish` has done so far."""

    paths: list[Path] = field(default_factory=list)
    problems: list[PublishError] = field(default_factory=list)


def publish(
    source: Source,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    now: datetime,
    *,
    changed: Collection[Record] | None = None,
    site: Site = _DEALSITE,
) -> Published:
    """Publish the feeds, the subscription list and the index page.

    ``changed`` are the records that changed since the last time: only the feeds that
    they can touch are built, and those that have no file yet.  ``None`` builds them
    all.  ``site`` is the polled one, for the links of the channels.  What the
    source raises is raised; everything else is in ``problems``.
    """
    reader = Reader(source, feeds, sections, now)
    planned = tuple(_planned(reader, feeds, sections, site))
    done = _Round()
    for feed in planned:
        if changed is None or _touched(feed, feeds, changed):
            _publish_feed(feed, feeds, done)
    channels = [feed.channel for feed in planned]
    opml = pages.opml(channels, feeds.formats, feeds.title)
    _replace(feeds.path / "feeds.opml", opml, ElementTree.fromstring, done)
    index = pages.index(channels, feeds.formats, feeds.title)
    _replace(feeds.path / "index.html", index, bytes.decode, done)
    return Published(tuple(done.paths), (*reader.problems, *done.problems))


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
    feed = _Feed(channel, partial(contents, notices, channel.base_url), lambda record: False)
    done = _Round()
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
    )
    yield _Feed(
        general("revised", f"{feeds.title} - 수정된 기사", "내용이 바뀐 기사와 달라진 부분"),
        reader.revised,
        lambda record: bool(changes(record)),
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


def _publish_feed(feed: _Feed, feeds: FeedsConfig, done: _Round) -> None:
    contents = feed.contents()
    for suffix in dict.fromkeys(feeds.formats):
        path = feeds.path / f"{feed.channel.name}.{suffix}"
        try:
            document, count = fit(partial(_WRITERS[suffix], feed.channel), contents, feeds.max_size)
            if count == 0 and _ids_in(path):
                raise PublishError(
                    "the feed would be empty", advice=f"delete {path} if it shall be"
                )
        except _FAILURES as error:
            done.problems.append(_problem(path, error))
            continue
        _replace(path, document, partial(check.approve, suffix=suffix, expected=count), done)


def _replace(path: Path, document: bytes, approve: Callable[[bytes], object], done: _Round) -> None:
    """Replace a file if its bytes differ and the new ones parse."""
    try:
        if path.exists() and path.read_bytes() == document:
            return
        approve(document)
        atomic.write(path, document)
        done.paths.append(path)
    except (*_FAILURES, ElementTree.ParseError) as error:
        done.problems.append(_problem(path, error))


def _problem(path: Path, error: Exception) -> PublishError:
    message = error.message if isinstance(error, PublishError) else str(error)
    advice = error.advice if isinstance(error, PublishError) else ""
    problem = PublishError(
        message, about=str(path), advice=advice or "what was published before is still there"
    )
    problem.__cause__ = error
    return problem


def _rss(channel: Channel, entries: Sequence[Entry]) -> bytes:
    # feedgen and lxml take memory that a poll with nothing new does not need.
    from feedsvc.feeds import xml

    return xml.rss(channel, entries)


def _atom(channel: Channel, entries: Sequence[Entry]) -> bytes:
    from feedsvc.feeds import xml

    return xml.atom(channel, entries)


_WRITERS: dict[str, Writer] = {"rss": _rss, "atom": _atom, "json": json_feed}


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
