"""Which feeds there are: a plan of each, in the order of the subscription list.

In: the configuration.  Out: one :class:`Plan` a feed, and by which settings a feed's
archived pages are made.  Nothing is read here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from feedsvc import words
from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.feeds import pieces
from feedsvc.feeds.channel import Channel, general_channel, section_channel
from feedsvc.feeds.contents import Contents, Reader, Source
from feedsvc.feeds.custom import belongs, listed_in
from feedsvc.model import Record
from feedsvc.site import Site


@dataclass(frozen=True, slots=True)
class Plan:
    """A feed to publish.  ``wanted`` tells whether a record can show in it.  A feed of
    articles holds records of section ``code`` (``None``: any); any other has ``contents``,
    which is asked only when it is built, and no archived pages; a digest tells of when its
    ``newest`` entry is, for no record says that there is a new one."""

    channel: Channel
    wanted: Callable[[Record], bool]
    code: str | None = None
    contents: Callable[[], Contents] | None = None
    newest: Callable[[], datetime | None] | None = None

    def paths(self, feeds: FeedsConfig) -> dict[str, Path]:
        """Its documents by format."""
        name = self.channel.name
        return {suffix: feeds.path / f"{name}.{suffix}" for suffix in feeds.formats}


def planned(
    reader: Reader, feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site
) -> Iterator[Plan]:
    """Every feed but ``status``."""
    general = partial(general_channel, feeds=feeds, sections=sections, site=site)
    yield Plan(general("all", feeds.title, f"{site.name} 전체 기사 전문"), lambda record: True)
    for section in sections:
        channel = section_channel(section, feeds, site)
        yield Plan(channel, partial(listed_in, section=section), section.code)
    for custom in feeds.custom:
        yield Plan(
            general(custom.name, custom.title, f"{custom.title}: {site.name} 기사 모음"),
            partial(belongs, feed=custom, sections=sections),
        )
    for digest in feeds.digests:
        yield Plan(
            general(digest.name, digest.title, f"{digest.title}: {site.name} 기사 목록"),
            lambda record: False,
            contents=partial(reader.digest, digest.name),
            newest=partial(reader.newest_of_digest, digest.name),
        )
    yield Plan(
        general("released", f"{feeds.title} - 무료 전환", "잠겨 있다가 무료로 풀린 기사"),
        reader.is_released,
        contents=reader.released,
    )
    yield Plan(
        general("revised", f"{feeds.title} - 수정된 기사", "내용이 바뀐 기사와 달라진 부분"),
        reader.is_revised,
        contents=reader.revised,
    )


def selection(
    name: str,
    source: Source,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    now: datetime,
    site: Site,
) -> Callable[[Record], bool] | None:
    """Whether a record belongs into the feed of this name, however old it is; ``None``:
    there is no such feed of articles."""
    reader = Reader(source, feeds, sections, now, site)
    if any(digest.name == name for digest in feeds.digests):
        listed = {line.id for entry in source.digest_entries(name) for line in entry.lines()}
        return lambda record: record.id in listed
    for plan in planned(reader, feeds, sections, site):
        if plan.channel.name == name:
            wanted, shown = plan.wanted, plan.contents is not None
            return lambda record: wanted(record) and (shown or reader.shown(record, frozenset))
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
    """A digest of all that shapes the archived pages of each feed besides the records;
    no feed without ``atom``.  ``members``: members' texts are published whole."""
    if "atom" not in feeds.formats:
        return {}
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
