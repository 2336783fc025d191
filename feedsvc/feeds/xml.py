"""Entries to RSS 2.0 and Atom 1.0, with feedgen (its only home).

In: a channel and its entries, in the order they shall have.  Out: bytes, the same
for the same input.  feedgen starts every document with the current time and
switches the locale of the process while it writes one, hence: every time is set,
and one document is built at a time, whichever thread wants it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from threading import Lock

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # it has no types
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]

from feedsvc import __version__
from feedsvc.feeds.channel import EPOCH, LANGUAGE, MEDIA_TYPES, Channel
from feedsvc.feeds.extensions import ChannelExtension, EntryExtension
from feedsvc.feeds.pictures import ICON, LOGO, SIDE
from feedsvc.model import Entry
from feedsvc.site import COPYRIGHT

GENERATOR = "feedsvc"
_ONE_AT_A_TIME = Lock()

Links = Sequence[tuple[str, str]]
"""Relation and address of links to other Atom documents of the feed."""


def rss(
    channel: Channel,
    entries: Sequence[Entry],
    updated: datetime = EPOCH,
    published: datetime = EPOCH,
) -> bytes:
    """An RSS 2.0 document; the times are the feed's own.

    Raises ``ValueError`` for text that XML cannot hold.
    """
    with _ONE_AT_A_TIME:
        return _rss(channel, entries, updated, published)


def _rss(
    channel: Channel, entries: Sequence[Entry], updated: datetime, published: datetime
) -> bytes:
    generator = _generator(channel, entries, "rss")
    # Only Atom has an attribute for the version.
    generator.generator(f"{GENERATOR} {__version__}")
    generator.updated(updated)
    generator.pubDate(published)
    generator.ttl(channel.ttl)
    icon = channel.picture_address(ICON)
    generator.image(icon, channel.title, channel.link, width=str(SIDE), height=str(SIDE))
    return _noted(generator.rss_str(pretty=True), channel)


def atom(
    channel: Channel,
    entries: Sequence[Entry],
    updated: datetime = EPOCH,
    previous: str | None = None,
) -> bytes:
    """An Atom document (RFC 4287); ``previous`` names the newest archived page.

    Raises ``ValueError`` for text that XML cannot hold.
    """
    links = (("prev-archive", channel.page_address(previous)),) if previous else ()
    with _ONE_AT_A_TIME:
        generator = _generator(channel, entries, "atom", links)
        generator.updated(updated)
        generator.icon(channel.picture_address(ICON))
        generator.logo(channel.picture_address(LOGO))
        return _noted(_atom(generator, channel), channel)


def archived_page(channel: Channel, links: Links, changed_at: datetime) -> bytes:
    """An archived page (RFC 5005, section 4) without its entries."""
    with _ONE_AT_A_TIME:
        generator = _generator(channel, (), "atom", links, archived=True)
        generator.updated(changed_at)
        # Another version of feedsvc does not change pages of years ago.
        return _noted(_atom(generator, channel, version=None), channel)


def _atom(generator: FeedGenerator, channel: Channel, version: str | None = __version__) -> bytes:
    generator.generator(GENERATOR, version=version)
    # For the entries that name no reporter: RFC 4287, 4.1.1, wants one or the other.
    generator.author({"name": channel.site.name})
    return bytes(generator.atom_str(pretty=True))


def _noted(document: bytes, channel: Channel) -> bytes:
    """The document with the channel's note on its second line, where a browser shows it.

    Browsers transform feeds no longer (Chromium has dropped XSLT), so what a person sees is
    the source.  A processing instruction, because the address of a host with a
    Korean name has "--" in it, which no comment may have.
    """
    declaration, line, rest = document.partition(b"\n")
    note = channel.note.replace("?>", "%3F%3E")
    return declaration + line + f"<?feedsvc {note} ?>".encode() + line + rest


def _generator(
    channel: Channel,
    entries: Sequence[Entry],
    suffix: str,
    links: Links = (),
    *,
    archived: bool = False,
) -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("channel", ChannelExtension, EntryExtension)
    generator.channel.channel = channel
    generator.channel.archived = archived
    generator.id(channel.id)
    generator.title(channel.title)
    generator.description(channel.description)
    generator.language(LANGUAGE)
    generator.rights(COPYRIGHT)
    if not archived:
        generator.link(href=channel.address(suffix), rel="self", type=MEDIA_TYPES[suffix])
    for relation, href in links:
        generator.link(href=href, rel=relation, type=MEDIA_TYPES["atom"])
    if channel.hub and not archived:
        generator.link(href=channel.hub, rel="hub")
    # Last: the channel's link in RSS is the last one given, whatever its relation.
    generator.link(href=channel.link, rel="alternate", type="text/html", hreflang=LANGUAGE)
    for entry in entries:
        generator.add_entry(_entry(entry), order="append")
    return generator


def _entry(entry: Entry) -> FeedEntry:
    made = FeedEntry()
    made.register_extension("channel", EntryExtension)
    made.channel.entry = entry
    made.guid(entry.id, permalink=False)
    made.title(entry.title)
    made.link(href=entry.link)
    made.published(entry.published)
    made.updated(entry.updated)
    # Names without e-mail reach Atom only; the extension writes them for RSS.
    made.author([{"name": author} for author in entry.authors])
    # HTML in both formats: the escaped text is what a description must be in RSS, and
    # rss2email mails a plain Atom summary in place of the content.
    made.summary(escape(entry.summary, quote=False), type="html")
    made.content(entry.content, type="html")
    return made
