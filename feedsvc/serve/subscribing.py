"""The feeds that a page names: where they are, in each format, for who is shown it.

In: the configuration, a feed's name or a search's parameters, the reader's token.  Out: a
:class:`Subscription`, or the published list of feeds, with ``?token=`` in each address.  Such
an answer is that person's alone: no cache keeps it, and nothing of it is written anywhere.
Atom comes first: of the three it tells most, and links the archived pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from feedsvc.config import FeedsConfig
from feedsvc.feeds import MEDIA_TYPES, NAMES
from feedsvc.serve.response import Document, document

ORDER = ("atom", "rss", "json")

CONTROL = "private, no-store"
"""``Cache-Control`` of what holds a token."""


@dataclass(frozen=True, slots=True)
class Link:
    """One format of a feed; ``href`` is relative to the page."""

    name: str
    type: str
    href: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed: its links, and the ``address`` to copy.  All hold the reader's token."""

    title: str
    links: tuple[Link, ...]
    address: str


def query_of(token: str) -> str:
    """What stands behind an address: nothing without a token."""
    return f"?token={quote(token, safe='')}" if token else ""


def of_feed(
    feeds: FeedsConfig, name: str, title: str, *, up: str, token: str
) -> Subscription | None:
    """A feed that is published; ``None`` where none of its documents is there yet."""
    there = [
        one for one in ORDER if one in feeds.formats and (feeds.path / f"{name}.{one}").is_file()
    ]
    return _subscription(feeds, name, title, there, up, query_of(token)) if there else None


def of_feeds(
    feeds: FeedsConfig, titles: Mapping[str, str], *, up: str, token: str
) -> list[Subscription]:
    """Those that are published, of feeds by name with their titles."""
    return [
        made
        for name, title in titles.items()
        if (made := of_feed(feeds, name, title, up=up, token=token)) is not None
    ]


def of_search(
    feeds: FeedsConfig, parameters: Mapping[str, str], title: str, *, up: str, token: str
) -> Subscription:
    """The feed of a search (``/search.atom?…``), in every format."""
    given = {key: value for key, value in parameters.items() if value}
    if token:
        given["token"] = token
    query = f"?{urlencode(given, safe='', quote_via=quote)}" if given else ""
    return _subscription(feeds, "search", title, ORDER, up, query)


def _subscription(
    feeds: FeedsConfig, name: str, title: str, formats: Sequence[str], up: str,
    query: str,
) -> Subscription:  # fmt: skip
    file = quote(name)
    return Subscription(
        title,
        tuple(Link(NAMES[one], MEDIA_TYPES[one], f"{up}{file}.{one}{query}") for one in formats),
        f"{feeds.base_url.rstrip('/')}/{file}.{formats[0]}{query}",
    )


def opml(published: Document, base_url: str, token: str) -> Document:
    """The list of feeds as it was published, each address below ``base_url`` with the
    token.  Raises ``ElementTree.ParseError`` where it is no XML."""
    root = ElementTree.fromstring(published.plain.body)
    base = base_url.rstrip("/") + "/"
    for outline in root.iter("outline"):
        for key in ("xmlUrl", "htmlUrl"):
            address = outline.get(key, "")
            if address.startswith(base):
                outline.set(key, address + query_of(token))
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document(written + b"\n", published.media_type, cache_control=CONTROL)
