"""Which feeds there are, in the order of the subscription list, which records belong into
each and how old they count there, and by what each is made (contract, section 5).

In: the configuration, a record.  Out: a :class:`Definition` a feed, and a digest of all that
shapes it besides the records.  Nothing is read here, but by :func:`selection`.

Words of a custom feed are found in headline, sub-headline, body and keywords, whatever stands
around them in Korean, so that particles are forgiven: ``삼성전자`` finds ``삼성전자는``.  A word
that begins or ends with a Latin letter or a digit must stand alone on that side: ``AI`` is
found in ``생성형AI는`` and not in ``CHAIN``.  ``search`` finds what ``feedsvc archive search``
finds with the same words.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Literal, Protocol

from feedsvc import text, words
from feedsvc.catalogue.record import counts_from
from feedsvc.config import CustomFeedConfig, FeedsConfig, SectionConfig
from feedsvc.digestentry import DigestEntry
from feedsvc.feeds import pieces
from feedsvc.feeds.channel import Channel, channel_of
from feedsvc.model import Picture, Record
from feedsvc.revisions import changes
from feedsvc.site import Site

_LATIN = re.compile(r"[a-z0-9]")


class Source(Protocol):
    """What feeds need of the archive."""

    def newest_first(self) -> Iterator[Record]:
        """All records, one at a time, by ``first_seen_at`` (a backfilled record:
        ``published_at``) and id, falling."""

    def read(self, ids: Iterable[int]) -> Iterator[Record]:
        """These records, in this order; those that cannot be read are left out."""

    def damaged_ids(self) -> frozenset[int]:
        """The articles whose records are kept and cannot be read, as far as it is known."""

    def happened(self, what: Literal["released", "revised"], since: datetime) -> Iterator[Record]:
        """Records that were released, by ``released_at``, or that have revisions, by the
        ``seen_at`` of the last: all of which that is not before ``since``."""

    def months(self) -> tuple[str, ...]:
        """The months (KST, ``2026-03``) of the records' ``published_at``, rising."""

    def month(self, month: str) -> Iterator[Record]:
        """The records of a month, one at a time."""

    def picture(self, file: str) -> Picture | None:
        """What is known of a kept image, by its path in a record."""

    def digest_entries(self, name: str) -> Iterator[DigestEntry]:
        """The entries of a digest as they were made, the newest first."""


class FeedKind(Enum):
    """What the entries of a feed are: articles, what happened to them, digests."""

    ARTICLES = "articles"
    EVENTS = "events"
    DIGESTS = "digests"


@dataclass(frozen=True, slots=True)
class Definition:
    """A feed.  ``wanted`` tells whether a record can show in it; ``own`` is what of the
    settings shapes this feed and not every one, as JSON has it."""

    channel: Channel
    wanted: Callable[[Record], bool]
    kind: FeedKind = FeedKind.ARTICLES
    own: Sequence[object] = ()

    @property
    def name(self) -> str:
        return self.channel.name

    def paths(self, feeds: FeedsConfig) -> dict[str, Path]:
        """Its documents by format."""
        return {suffix: feeds.path / f"{self.name}.{suffix}" for suffix in feeds.formats}


def definitions(
    feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site
) -> tuple[Definition, ...]:
    """Every feed but ``status``."""
    general = partial(channel_of, feeds=feeds, sections=sections, site=site)
    lists = {one.name: _list_of(one) for one in sections}
    channel = general("all", feeds.title, f"{site.name} 전체 기사 전문")
    found = [Definition(channel, lambda record: True)]
    for section in sections:
        channel = channel_of(
            section.name, f"{feeds.title} - {section.title}",
            f"{site.name} {section.title} 기사 전문", feeds, [section], site, section.url(site),
        )  # fmt: skip
        own = [section.title, *lists[section.name]]
        found.append(Definition(channel, partial(listed_in, section=section), own=own))
    for custom in feeds.custom:
        channel = general(custom.name, custom.title, f"{custom.title}: {site.name} 기사 모음")
        named = [one for name in custom.sections for one in lists.get(name, [None])]
        own = [custom.model_dump(mode="json"), named, *_query(custom.search)]
        wanted = partial(belongs, feed=custom, sections=sections)
        found.append(Definition(channel, wanted, own=own))
    for digest in feeds.digests:
        channel = general(digest.name, digest.title, f"{digest.title}: {site.name} 기사 목록")
        found.append(Definition(channel, lambda record: False, FeedKind.DIGESTS))
    released = general("released", f"{feeds.title} - 무료 전환", "잠겨 있다가 무료로 풀린 기사")
    revised = general("revised", f"{feeds.title} - 수정된 기사", "내용이 바뀐 기사와 달라진 부분")
    changed = partial(is_revised, hide=feeds.locked == "hide")
    events = ((released, is_released), (revised, changed))
    return (*found, *(Definition(one, wanted, FeedKind.EVENTS) for one, wanted in events))


def age(record: Record, *, hide_locked: bool) -> datetime:
    """What a record goes by among the newest.  Where locked articles are hidden, a feed that
    left one out until its release first shows it then."""
    released_at = record.access.released_at if hide_locked else None
    return max(counts_from(record), released_at or counts_from(record))


def is_shown(record: Record, *, hide_locked: bool, published: Callable[[], frozenset[str]]) -> bool:
    """Whether an article feed gives the record an entry.

    A near-duplicate gets none, but an entry once published is never withdrawn for
    it: ``published`` tells the ids that the feed holds now, and is asked only
    where it matters.
    """
    if hide_locked and record.access.locked:
        return False
    return record.duplicate_of is None or record.guid in published()


def is_released(record: Record) -> bool:
    """Whether it was locked once and is not any more."""
    return record.access.released_at is not None and not record.access.locked


def is_revised(record: Record, *, hide: bool) -> bool:
    """Whether its text changed, and may be shown."""
    return not (hide and record.access.locked) and bool(changes(record))


def selection(
    name: str,
    entries: Callable[[str], Iterable[DigestEntry]],
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> Callable[[Record], bool] | None:
    """Whether a record belongs into the feed of this name, however old it is; ``None``:
    there is no such feed of articles.  ``entries`` gives those of a digest."""
    one = next((one for one in definitions(feeds, sections, site) if one.name == name), None)
    if one is None or one.kind is FeedKind.EVENTS:
        return one.wanted if one else None
    if one.kind is FeedKind.DIGESTS:
        listed = {line.id for entry in entries(name) for line in entry.lines()}
        return lambda record: record.id in listed
    wanted, hide = one.wanted, feeds.locked == "hide"
    return lambda record: wanted(record) and is_shown(record, hide_locked=hide, published=frozenset)


def belongs(record: Record, feed: CustomFeedConfig, sections: Sequence[SectionConfig]) -> bool:
    """Whether the record meets every condition that the feed states.

    ``feed.sections`` are the names of configured sections.
    """
    if feed.access and record.access.status.value not in feed.access:
        return False
    if feed.reporters and not {*map(_fold, feed.reporters)} & {*map(_fold, record.reporters)}:
        return False
    named = [section for section in sections if section.name in feed.sections]
    if feed.sections and not any(listed_in(record, section) for section in named):
        return False
    if feed.search is not None and not words.holds(_fields(record), feed.search):
        return False
    if not (feed.any or feed.all or feed.none):
        return True
    whole = _folded(record.title, record.subtitle, record.keywords, record.body)
    return (
        all(_pattern(word).search(whole) for word in feed.all)
        and (not feed.any or any(_pattern(word).search(whole) for word in feed.any))
        and not any(_pattern(word).search(whole) for word in feed.none)
    )


def listed_in(record: Record, section: SectionConfig) -> bool:
    """Whether the record belongs into a section's feed.  Of what a search lists no record
    tells: it holds the words."""
    if section.search is not None:
        return words.holds(_fields(record), section.search)
    if section.newsflash:
        return record.is_flash
    return section.code is None or section.code in record.sections


def _fields(record: Record) -> tuple[str, str]:
    """The texts of a record in which words are looked for, as the archive's index has
    them: what heads it, and its body."""
    return _texts(record.title, record.subtitle, record.keywords, record.body)


@lru_cache(maxsize=4)
def _texts(
    title: str, subtitle: str, keywords: tuple[str, ...], body: tuple[str, ...]
) -> tuple[str, str]:
    """Kept for a few records: each is asked about for all feeds before the next."""
    return "\n".join((title, subtitle, *keywords)), "\n".join(map(text.visible, body))


@lru_cache(maxsize=4)
def _folded(title: str, subtitle: str, keywords: tuple[str, ...], body: tuple[str, ...]) -> str:
    """The same with case and spacing folded, which takes longest."""
    return _fold("\n".join(_texts(title, subtitle, keywords, body)))


@lru_cache(maxsize=1024)
def _pattern(word: str) -> re.Pattern[str]:
    """A word as it is looked for; spaces inside it may be missing in the text, for
    Korean spacing is loose."""
    folded = _fold(word)
    inner = r"\s*".join(map(re.escape, folded.split(" ")))
    before = r"(?<![a-z0-9])" if _LATIN.match(folded[0]) else ""
    after = r"(?![a-z0-9])" if _LATIN.match(folded[-1]) else ""
    return re.compile(f"{before}{inner}{after}")


def _fold(value: str) -> str:
    return text.fold(value).casefold()


def file_names(feeds: FeedsConfig, sections: tuple[SectionConfig, ...]) -> tuple[str, ...]:
    """What is published directly below ``feeds.path``, pictures left out."""
    names = (
        "all",
        *(one.name for one in sections),
        *(one.name for one in feeds.custom),
        *(one.name for one in feeds.digests),
        *("released", "revised", "status"),
    )
    documents = (f"{name}.{suffix}" for name in names for suffix in feeds.formats)
    return (*documents, "feeds.opml", "index.html")


def page_rules(
    feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site, *, members: bool
) -> dict[str, str]:
    """The :func:`rules` of the feeds that have archived pages; no feed without ``atom``."""
    if "atom" not in feeds.formats:
        return {}
    named = definitions(feeds, sections, site)
    found = rules(named, feeds, sections, site, members=members)
    return {one.name: found[one.name] for one in named if one.kind is FeedKind.ARTICLES}


def rules(
    named: Sequence[Definition],
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
    *,
    members: bool,
) -> dict[str, str]:
    """A digest of all that shapes the entries of each feed besides the records; under ``""``
    of what shapes every entry.  ``members``: members' texts are published whole."""
    labels = {**site.section_names, **{one.code or "": one.title for one in sections}}
    common: list[object] = [
        pieces.FORM, feeds.base_url, feeds.title, feeds.max_size, feeds.locked, members,
        site.base_url, site.authority, site.name, sorted(labels.items()),
    ]  # fmt: skip
    return {
        name: sha256(json.dumps([common, own], ensure_ascii=False).encode()).hexdigest()
        for name, own in (("", ()), *((one.name, one.own) for one in named))
    }


def _query(search: str | None) -> list[str]:
    """As what it is looked for, which another version may see otherwise."""
    return [words.query(search)] if search else []


def _list_of(section: SectionConfig) -> list[object]:
    """What tells which list of the site's a section is."""
    if section.search is not None:
        return [None, "search", section.search, *_query(section.search)]
    return [None, "newsflash"] if section.newsflash else [section.code]
