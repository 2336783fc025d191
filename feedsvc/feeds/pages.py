"""The documents about the feeds: ``feeds.opml`` and ``index.html``.

In: the channels, in the order they shall have.  Out: bytes, the same for the same
input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from feedsvc import __version__
from feedsvc.feeds.channel import LANGUAGE, MEDIA_TYPES, Channel
from feedsvc.feeds.entry import korean_time
from feedsvc.site import COPYRIGHT

if TYPE_CHECKING:
    from jinja2 import Template

# The order in which formats are offered; the first stands where only one address can: Atom
# links its archived pages.  OPML's type "rss" means RSS and Atom alike.
_PREFERENCE = ("atom", "rss", "json")

NAMES = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}

Headline = tuple[str, str, datetime]
"""Title with its flag, address on the site, time of publication."""


def opml(channels: Sequence[Channel], formats: Sequence[str], title: str) -> bytes:
    """The subscription list (OPML 2.0), one outline a feed."""
    suffix = next(known for known in _PREFERENCE if known in formats)
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = title
    ElementTree.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    body = ElementTree.SubElement(root, "body")
    for channel in channels:
        ElementTree.SubElement(
            body,
            "outline",
            type="rss",
            text=channel.title,
            title=channel.title,
            description=channel.description,
            language=LANGUAGE,
            xmlUrl=channel.address(suffix),
            htmlUrl=channel.link,
        )
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def index(
    channels: Sequence[Channel],
    changed_at: Mapping[str, datetime | None],
    headlines: Sequence[Headline],
    formats: Sequence[str],
    title: str,
) -> bytes:
    """The index page, for any web server.  ``changed_at`` is when an entry of each feed last
    changed, ``None`` where it has none.  Its links are relative, so that it works under any
    prefix; the addresses to copy are the configured ones.  It is in Korean with English beside
    it, for a file cannot ask the browser."""
    shown = [
        {
            "title": channel.title,
            "description": channel.description,
            "changed_at": (at := changed_at.get(channel.name)) and korean_time(at),
            "formats": [
                {
                    "name": NAMES[suffix],
                    "file": f"{channel.name}.{suffix}",
                    "address": channel.address(suffix),
                    "type": MEDIA_TYPES[suffix],
                }
                for suffix in _PREFERENCE
                if suffix in formats
            ],
        }
        for channel in channels
    ]
    page = _template("index.html").render(
        title=title,
        feeds=shown,
        headlines=[(name, link, korean_time(at)) for name, link, at in headlines],
        language=LANGUAGE,
        rights=COPYRIGHT,
        version=__version__,
    )
    return page.encode()


@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("feedsvc.feeds"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
