"""Elements that feedgen does not write, or writes differently than we need.

feedgen calls ``extend_ns``, ``extend_rss`` and ``extend_atom`` of every extension
registered with it; these two hold what one entry and one channel add.  In RSS a
category's text must be the term (feedgen prints the label) and authors are
``dc:creator`` (feedgen leaves out authors without e-mail).  feedgen's own ``sy``
extension writes ``sy:UpdatePeriod``, which no reader knows.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from lxml import etree

from feedsvc.feeds.channel import Channel
from feedsvc.model import Entry

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
            kind = kept.media_type if kept else image_type(self.entry.image.url)
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
            return
        self._extend_both(root)

    def _extend_both(self, element: etree._Element) -> None:
        period, frequency = self.channel.period
        _add(element, SY, "updatePeriod", period)
        _add(element, SY, "updateFrequency", str(frequency))


def image_type(url: str) -> str | None:
    """The media type that an image's address tells, or ``None``."""
    return IMAGE_TYPES.get(PurePosixPath(urlsplit(url).path).suffix.lower())


def _add(parent: etree._Element, namespace: str, name: str, value: str) -> None:
    etree.SubElement(parent, f"{{{namespace}}}{name}").text = value
