"""What is published besides feeds of the site's news: ``feeds.opml`` and ``index.html``, which
are about the feeds, and the ``status`` feed, what the person who runs feedsvc should know.

In: the channels, in the order they shall have; notices.  Out: bytes, the same for the same
input; entries, newest first.  What a trouble is, and when it begins and ends, is the poll's
to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from feedsvc import __version__, health
from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.feeds import pieces
from feedsvc.feeds.channel import LANGUAGE, MEDIA_TYPES, Channel, channel_of
from feedsvc.feeds.documents import of_entries, put
from feedsvc.feeds.entry import korean_time
from feedsvc.feeds.folder import Published, Round, bytes_of
from feedsvc.model import Access, Entry, Status
from feedsvc.site import COPYRIGHT, Site

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


def picture(name: str) -> bytes:
    """A picture that stands for a feed, as it is published beside the feeds."""
    return resources.files("feedsvc.feeds").joinpath("pictures", name).read_bytes()


@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("feedsvc.feeds"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ).get_template(name)


# The update times of entries in any format: RSS has them as atom:updated.
_UPDATED = re.compile(rb'(?:updated>|"date_modified": ")(\d{4}-\d\d-\d\dT[0-9:]{8}\+09:00)[<"]')


@dataclass(frozen=True, slots=True)
class StatusNotice:
    """A trouble that began, or ended (``ended``), at a time: ``kind`` is the key of its
    reason in the verdict, ``text`` one line."""

    kind: str
    at: datetime
    ended: bool
    text: str


def _entry(notice: StatusNotice, link: str, site: Site) -> Entry:
    what = "해결됨" if notice.ended else "문제"
    state = "ended" if notice.ended else "began"
    return Entry(
        id=site.tag(f"status/{notice.kind}/{notice.at:%Y%m%dT%H%M%S}/{state}"),
        link=link,
        title=f"[{what}] {health.title(notice.kind)}",
        authors=("feedsvc",),
        published=notice.at,
        updated=notice.at,
        summary=notice.text,
        content=f"<p>{escape(notice.text, quote=False)}</p>",
        categories=(),
        access=Access(Status.OPEN),
    )


def publish_status(
    notices: tuple[StatusNotice, ...],
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> Published:
    """Publish the ``status`` feed: apart from the others, because it changes when
    they must not, after a poll that failed."""
    channel = status_channel(feeds, sections, site)
    done = Round(feeds.path)
    try:
        holding = of_entries(_entry(one, channel.base_url, site) for one in reversed(notices))
        for suffix in feeds.formats:
            path = feeds.path / f"{channel.name}.{suffix}"
            put(channel, suffix, path, holding, None, feeds, done, lambda lost: True)
        done.finish()
    finally:
        done.drop()
    return Published(tuple(done.paths), tuple(done.problems), frozenset(done.broken))


def status_channel(feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site) -> Channel:
    return channel_of(
        "status",
        f"{feeds.title} - feedsvc 상태",
        "feedsvc를 돌리는 사람이 알아야 할 일",
        feeds,
        sections,
        site,
    )


def status_stands(feeds: FeedsConfig) -> bool:
    """Whether the ``status`` feed was published in every format."""
    return all((feeds.path / f"status.{suffix}").exists() for suffix in feeds.formats)


def status_changed_at(feeds: FeedsConfig) -> datetime | None:
    """When an entry of the published ``status`` feed last changed."""
    suffix = feeds.formats[0]
    document = bytes_of(feeds.path / f"status.{suffix}")
    times = _UPDATED.findall(pieces.entries_of(document, suffix))
    return max((datetime.fromisoformat(time.decode()) for time in times), default=None)
