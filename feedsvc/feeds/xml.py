"""Entries to RSS 2.0 and Atom 1.0, with feedgen (its only home).

In: a channel and its entries, in the order they shall have.  Out: bytes, the same
for the same input.  feedgen starts every document with the current time and
switches the locale of the process while it writes one, hence: every time is set,
and one document is built at a time, whichever thread wants it.

feedgen calls ``extend_ns``, ``extend_rss`` and ``extend_atom`` of every extension
registered with it; the two here hold what one entry and one channel add: elements that
feedgen does not write, or writes differently than we need.  In RSS a category's text must
be the term (feedgen prints the label) and authors are ``dc:creator`` (feedgen leaves out
authors without e-mail).  feedgen's own ``sy`` extension writes ``sy:UpdatePeriod``, which
no reader knows.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import PurePosixPath
from threading import Lock
from urllib.parse import urlsplit

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # it has no types
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]
from lxml import etree

from feedsvc import __version__
from feedsvc.feeds.channel import EPOCH, ICON, LANGUAGE, LOGO, MEDIA_TYPES, SIDE, Channel
from feedsvc.model import Entry
from feedsvc.site import COPYRIGHT

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
FH = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
SY = "http://purl.org/rss/1.0/modules/syndication/"

# Fixed, for the tables of the ``mimetypes`` module differ from machine to machine.
IMAGE_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
    ".bmp": "image/bmp",
    ".avif": "image/avif",
}

GENERATOR = "feedsvc"
_ONE_AT_A_TIME = Lock()

Links = Sequence[tuple[str, str]]
"""Relation and address of links to other Atom documents of the feed."""


class EntryExtension:
    """Authors, categories, access right, update time and image of one entry."""

    entry: Entry  # set by xml.py; feedgen makes extensions without arguments

    def extend_rss(self, item: etree._Element) -> None:
        for author in self.entry.authors:
            _add(item, DC, "creator", author)
        for category in self.entry.categories:
            element = etree.SubElement(item, "category", domain=category.scheme)
            element.text = category.term
        _add(item, ATOM, "updated", self.entry.updated.isoformat())
        self._extend_both(item)

    def extend_atom(self, element: etree._Element) -> None:
        for category in self.entry.categories:
            found = etree.SubElement(
                element, "category", term=category.term, scheme=category.scheme
            )
            if category.label:
                found.set("label", category.label)
        self._extend_both(element)

    def _extend_both(self, element: etree._Element) -> None:
        _add(element, DCTERMS, "accessRights", self.entry.access.status.value)
        if self.entry.image is not None:
            image = etree.SubElement(element, f"{{{MEDIA}}}content", url=self.entry.image.url)
            kept = self.entry.picture
            suffix = PurePosixPath(urlsplit(self.entry.image.url).path).suffix.lower()
            kind = kept.media_type if kept else IMAGE_TYPES.get(suffix)
            if kind:
                image.set("type", kind)
            image.set("medium", "image")
            if kept:
                image.set("fileSize", str(kept.size))
            if kept and kept.width and kept.height:
                image.set("width", str(kept.width))
                image.set("height", str(kept.height))


class ChannelExtension:
    """Update hints and the hub of one feed, and the names of all namespaces used;
    of an archived page the mark that it is one (RFC 5005, section 4)."""

    channel: Channel
    archived = False

    def extend_ns(self) -> dict[str, str]:
        names = {"dc": DC, "dcterms": DCTERMS, "media": MEDIA, "sy": SY}
        return names | {"fh": FH} if self.archived else names

    def extend_rss(self, root: etree._Element) -> None:
        element = root[0]
        # The author of items that name none, as in Atom: rss2email mails "<author>" else.
        _add(element, DC, "creator", self.channel.site.name)
        self._extend_both(element)
        if self.channel.hub:
            etree.SubElement(element, f"{{{ATOM}}}link", href=self.channel.hub, rel="hub")

    def extend_atom(self, root: etree._Element) -> None:
        if self.archived:
            etree.SubElement(root, f"{{{FH}}}archive")
        else:
            self._extend_both(root)

    def _extend_both(self, element: etree._Element) -> None:
        period, frequency = self.channel.period
        _add(element, SY, "updatePeriod", period)
        _add(element, SY, "updateFrequency", str(frequency))


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
        generator = _generator(channel, entries, "rss")
        # Only Atom has an attribute for the version.
        generator.generator(f"{GENERATOR} {__version__}")
        generator.updated(updated)
        generator.pubDate(published)
        generator.ttl(channel.ttl)
        icon = f"{channel.base_url}{ICON}"
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
        generator.icon(f"{channel.base_url}{ICON}")
        generator.logo(f"{channel.base_url}{LOGO}")
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


def _add(parent: etree._Element, namespace: str, name: str, value: str) -> None:
    etree.SubElement(parent, f"{{{namespace}}}{name}").text = value
