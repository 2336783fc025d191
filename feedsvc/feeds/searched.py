"""A search as a feed: made when it is asked for, of the entries that every feed has.

In: records that a search found, the newest first, and how it is written as an address.
Out: a document's bytes, the same for the same records.  Nothing is put in a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.feeds.channel import Channel, general_channel
from feedsvc.feeds.contents import Contents, Reader, Source
from feedsvc.feeds.documents import built
from feedsvc.feeds.press import Press
from feedsvc.model import Record
from feedsvc.site import Site


@dataclass(frozen=True, slots=True)
class SearchChannel(Channel):
    """``query`` is what stands behind the ``?`` of its address, in a fixed order."""

    query: str = ""

    @property
    def id(self) -> str:
        return self.site.tag(f"search/{self.query}")

    def address(self, suffix: str) -> str:
        return f"{self.base_url}search.{suffix}{self._asked}"

    @property
    def _asked(self) -> str:
        return f"?{self.query}" if self.query else ""


def searched(
    source: Source,
    found: Iterable[Record],
    query: str,
    title: str,
    suffix: str,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    now: datetime,
    site: Site,
) -> bytes:
    """The document of a search's newest ``feeds.entries`` articles.  Those that article feeds
    give no entry are left out, as is one that cannot be written.

    Raises ``ValueError`` or ``PublishError`` where there is something and not one entry can
    be made of it.
    """
    general = general_channel(
        "search", title, f"{title}: {site.name} 기사 검색", feeds, sections, site
    )
    channel = SearchChannel(
        general.name, general.title, general.description,
        f"{general.base_url}search{f'?{query}' if query else ''}",
        general.base_url, general.every, site, query=query,
    )  # fmt: skip
    reader = Reader(source, feeds, sections, now, site)
    shown = (one for one in found if reader.shown(one, frozenset))
    made = (reader.entry(one) for one in islice(shown, feeds.entries))
    entries = [one for one in made if one is not None]
    ranked = Contents.of(entries)
    ordered = sorted(ranked.shown, key=lambda one: one.published, reverse=True)
    held = Contents(ranked.ranked, tuple(ordered), ranked.entries)
    press = Press(reader.read, {}, reader.entry, (suffix,), reader.problems)
    return built(channel, suffix, held, None, press, {}, feeds)[0]
