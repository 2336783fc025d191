"""Which feeds there are, in the order of the subscription list, and by what each is made.

In: the configuration.  Out: a :class:`Definition` a feed, and a digest of all that shapes
it besides the records.  Nothing is read here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from hashlib import sha256
from pathlib import Path

from feedsvc import words
from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.feeds import pieces, select
from feedsvc.feeds.channel import Channel, general_channel, section_channel
from feedsvc.feeds.custom import belongs, listed_in
from feedsvc.feeds.source import Source
from feedsvc.model import Record
from feedsvc.revisions import changes
from feedsvc.site import Site


class Kind(Enum):
    """What the entries of a feed are: articles, what happened to them, digests."""

    ARTICLES = "articles"
    EVENTS = "events"
    DIGESTS = "digests"


@dataclass(frozen=True, slots=True)
class Definition:
    """A feed.  ``wanted`` tells whether a record can show in it."""

    channel: Channel
    wanted: Callable[[Record], bool]
    kind: Kind = Kind.ARTICLES

    @property
    def name(self) -> str:
        return self.channel.name

    def paths(self, feeds: FeedsConfig) -> dict[str, Path]:
        """Its documents by format."""
        return {suffix: feeds.path / f"{self.name}.{suffix}" for suffix in feeds.formats}


@dataclass(frozen=True, slots=True)
class Definitions:
    """Every feed but ``status``; ``hide``: articles are left out while they are locked."""

    feeds: tuple[Definition, ...]
    hide: bool

    @classmethod
    def of(cls, feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site) -> Definitions:
        general = partial(general_channel, feeds=feeds, sections=sections, site=site)
        hide = feeds.locked == "hide"
        found = [
            Definition(
                general("all", feeds.title, f"{site.name} 전체 기사 전문"), lambda record: True
            )
        ]
        for section in sections:
            channel = section_channel(section, feeds, site)
            found.append(Definition(channel, partial(listed_in, section=section)))
        for custom in feeds.custom:
            channel = general(custom.name, custom.title, f"{custom.title}: {site.name} 기사 모음")
            wanted = partial(belongs, feed=custom, sections=sections)
            found.append(Definition(channel, wanted))
        for digest in feeds.digests:
            channel = general(digest.name, digest.title, f"{digest.title}: {site.name} 기사 목록")
            found.append(Definition(channel, lambda record: False, Kind.DIGESTS))
        released = general("released", f"{feeds.title} - 무료 전환", "잠겨 있다가 무료로 풀린 기사")
        revised = general(
            "revised", f"{feeds.title} - 수정된 기사", "내용이 바뀐 기사와 달라진 부분"
        )
        found.append(Definition(released, is_released, Kind.EVENTS))
        found.append(Definition(revised, partial(is_revised, hide=hide), Kind.EVENTS))
        return cls(tuple(found), hide)


def is_released(record: Record) -> bool:
    """Whether it was locked once and is not any more."""
    return record.access.released_at is not None and not record.access.locked


def is_revised(record: Record, *, hide: bool) -> bool:
    """Whether its text changed, and may be shown."""
    return not (hide and record.access.locked) and bool(changes(record))


def selection(
    name: str,
    source: Source,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> Callable[[Record], bool] | None:
    """Whether a record belongs into the feed of this name, however old it is; ``None``:
    there is no such feed of articles."""
    definitions = Definitions.of(feeds, sections, site)
    for one in definitions.feeds:
        if one.name == name and one.kind is Kind.DIGESTS:
            listed = {line.id for entry in source.digest_entries(name) for line in entry.lines()}
            return lambda record: record.id in listed
        if one.name == name:
            wanted, events = one.wanted, one.kind is Kind.EVENTS
            return lambda record: (
                wanted(record)
                and (
                    events
                    or select.shown(record, hide_locked=definitions.hide, published=frozenset)
                )
            )
    return None


def file_names(feeds: FeedsConfig, sections: tuple[SectionConfig, ...]) -> tuple[str, ...]:
    """What is published directly below ``feeds.path``, pictures left out."""
    sites, customs = (one.name for one in sections), (one.name for one in feeds.custom)
    digests = (one.name for one in feeds.digests)
    names = ("all", *sites, *customs, *digests, "released", "revised", "status")
    documents = (f"{name}.{suffix}" for name in names for suffix in feeds.formats)
    return (*documents, "feeds.opml", "index.html")


def page_rules(
    feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site, *, members: bool
) -> dict[str, str]:
    """The :func:`rules` of the feeds that have archived pages; no feed without ``atom``."""
    if "atom" not in feeds.formats:
        return {}
    found = rules(feeds, sections, site, members=members)
    return {name: rule for name, rule in found.items() if name not in _OTHERS}


_OTHERS = ("", "released", "revised")


def rules(
    feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site, *, members: bool
) -> dict[str, str]:
    """A digest of all that shapes the entries of each feed besides the records; under ``""``
    of what shapes every entry.  ``members``: members' texts are published whole."""
    labels = {**site.section_names, **{one.code or "": one.title for one in sections}}
    common: list[object] = [
        pieces.FORM, feeds.base_url, feeds.title, feeds.max_size, feeds.locked, members,
        site.base_url, site.authority, site.name, sorted(labels.items()),
    ]  # fmt: skip
    own: dict[str, list[object]] = {"all": []}
    for section in sections:
        own[section.name] = [section.title, *_list_of(section)]
    lists = {one.name: _list_of(one) for one in sections}
    for custom in feeds.custom:
        named = [one for name in custom.sections for one in lists.get(name, [None])]
        own[custom.name] = [custom.model_dump(mode="json"), named, *_query(custom.search)]
    own |= {name: [] for name in _OTHERS}
    return {
        name: sha256(json.dumps([common, one], ensure_ascii=False).encode()).hexdigest()
        for name, one in own.items()
    }


def _query(search: str | None) -> list[str]:
    """As what it is looked for, which another version may see otherwise."""
    return [words.query(search)] if search else []


def _list_of(section: SectionConfig) -> list[object]:
    """What tells which list of the site's a section is."""
    if section.search is not None:
        return [None, "search", section.search, *_query(section.search)]
    return [None, "newsflash"] if section.newsflash else [section.code]
