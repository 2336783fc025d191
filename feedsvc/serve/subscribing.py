"""The feeds that a page names: where they are, in each format, for who is shown it.

In: the configuration, a feed's name or a search's parameters.  Out: a
:class:`Subscription`.  Atom comes first: of the three it tells most, and links the
archived pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from feedsvc.config import FeedsConfig
from feedsvc.feeds import MEDIA_TYPES, NAMES
from feedsvc.serve.personal import query_of

ORDER = ("atom", "rss", "json")


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


def of_feed(
    feeds: FeedsConfig, name: str, title: str, *, up: str, token: str
) -> Subscription | None:
    """A feed that is published; ``None`` where none of its documents is there yet."""
    there = [
        one for one in ORDER if one in feeds.formats and (feeds.path / f"{name}.{one}").is_file()
    ]
    return _subscription(feeds, name, title, there, up, query_of(token)) if there else None


def of_search(
    feeds: FeedsConfig, parameters: Mapping[str, str], title: str, *, up: str, token: str
) -> Subscription:
    """The feed of a search (``/search.atom?…``), in every format."""
    given = {key: value for key, value in parameters.items() if value}
    own = urlencode(given, safe="", quote_via=quote)
    held = query_of(token)
    query = f"?{own}{held.replace('?', '&')}" if own else held
    return _subscription(feeds, "search", title, ORDER, up, query)


def _subscription(
    feeds: FeedsConfig, name: str, title: str, formats: Sequence[str], up: str,
    query: str,
) -> Subscription:  # fmt: skip
    file = quote(name)
    links = tuple(Link(NAMES[one], MEDIA_TYPES[one], f"{up}{file}.{one}{query}") for one in formats)
    base = feeds.base_url.rstrip("/")
    return Subscription(title, links, f"{base}/{file}.{formats[0]}{query}")
