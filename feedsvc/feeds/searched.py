"""A search as a feed: made when it is asked for, of the entries that every feed has.

In: records that a search found, the newest first, and how it is written as an address.
Out: a document's bytes, the same for the same records.  Nothing is put in a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.feeds import select
from feedsvc.feeds.channel import channel_of
from feedsvc.feeds.documents import built, of_entries
from feedsvc.feeds.entry import entry_of
from feedsvc.feeds.source import Source
from feedsvc.model import Entry, Record
from feedsvc.site import Site


def searched(
    source: Source,
    found: Iterable[Record],
    query: str,
    title: str,
    suffix: str,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> bytes:
    """The document of a search's newest ``feeds.entries`` articles.  Those that article feeds
    give no entry are left out, as is one that cannot be written.

    Raises ``ValueError`` or ``PublishError`` where there is something and not one entry can
    be made of it.
    """
    channel = channel_of("search", title, f"{title}: {site.name} 기사 검색", feeds, sections, site)
    page = f"{channel.base_url}search{f'?{query}' if query else ''}"
    channel = replace(channel, link=page, hub=None, query=query)
    hide = feeds.locked == "hide"
    shown = (one for one in found if select.shown(one, hide_locked=hide, published=frozenset))
    titles = {**site.section_names, **{one.code: one.title for one in sections if one.code}}
    entries: list[Entry] = []
    for record in islice(shown, feeds.entries):
        with suppress(ValueError, TypeError, KeyError):
            entries.append(entry_of(record, titles, source.picture))
    held = of_entries(entries)
    ordered = sorted(held.shown, key=lambda one: one.published, reverse=True)
    return built(channel, suffix, replace(held, shown=ordered), None, feeds)[0]
