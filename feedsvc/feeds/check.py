"""A document is parsed again before it replaces the last one.

In: the bytes about to be published.  Out: the ids they hold, or a ``PublishError``
that says what is wrong.  The parser is expat (or ``json``), not the libxml2 that
wrote the document; nothing here shares code with the writers.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

from feedsvc.errors import PublishError

_ATOM = "{http://www.w3.org/2005/Atom}"
# Outside of XML 1.0's Char, or allowed there and still unfit: C1, noncharacters of
# the first plane.  Carriage returns are changed by every parser on the way.
_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_OUR_ID = re.compile(
    r"tag:dealsite\.co\.kr,2018:(articles/(\d+)(#(released|r\d+))?|status/[a-z0-9-]+/\w+/\w+)"
)

_RSS_ITEM = ("title", "link", "guid", "pubDate", "description")
_ATOM_ENTRY = ("title", "id", "updated", "published", "content", "summary")
_JSON_ITEM = ("id", "url", "title", "content_html", "date_published", "date_modified")


def ids(document: bytes, suffix: str) -> tuple[str, ...]:
    """The ids of the entries of a feed document, in its order.

    ``suffix`` is ``rss``, ``atom`` or ``json``.  Raises ``PublishError`` for a
    document that does not parse, that is no feed, or that has an entry without one
    of the parts that every entry has.
    """
    try:
        entries = _json_entries(document) if suffix == "json" else _xml_entries(document, suffix)
        for entry in entries:
            _check_times(entry)
    except (ValueError, TypeError, KeyError, ElementTree.ParseError) as error:
        raise PublishError(f"the {suffix} document does not parse again: {error}") from error
    return tuple(entry["id"] for entry in entries)


def approve(document: bytes, before: bytes = b"", *, suffix: str, expected: int) -> None:
    """Raise ``PublishError`` unless the document is fit to take the place of ``before``.

    ``expected`` is the number of entries it was made from; ``before`` is empty where
    nothing is published yet.
    """
    found = ids(document, suffix)
    if len(found) != expected:
        raise PublishError(f"the {suffix} document holds {len(found)} entries, not {expected}")
    if len(set(found)) != len(found):
        twice = next(name for name in found if found.count(name) > 1)
        raise PublishError(f"the {suffix} document holds the id {twice} twice")
    foreign = next((name for name in found if not _OUR_ID.fullmatch(name)), None)
    if foreign is not None:
        raise PublishError(f"the {suffix} document holds {foreign!r}, which is no id of ours")
    illegal = _ILLEGAL.search(document.decode("utf-8"))
    if illegal is not None:
        raise PublishError(f"the {suffix} document holds the character {illegal[0]!r}")
    if before:
        _check_moved(links(document, suffix), before, suffix)


def links(document: bytes, suffix: str) -> dict[str, str]:
    """The link of each entry by its id.  Raises as :func:`ids` does."""
    try:
        entries = _json_entries(document) if suffix == "json" else _xml_entries(document, suffix)
    except (ValueError, TypeError, KeyError, ElementTree.ParseError) as error:
        raise PublishError(f"the {suffix} document does not parse again: {error}") from error
    return {entry["id"]: entry["link"] for entry in entries}


def headlines(document: bytes, suffix: str) -> tuple[tuple[str, str, datetime], ...]:
    """Title, link and publishing time of each entry.  Raises as :func:`ids` does."""
    try:
        entries = _json_entries(document) if suffix == "json" else _xml_entries(document, suffix)
        return tuple((one["title"], one["link"], _published(one)) for one in entries)
    except (ValueError, TypeError, KeyError, ElementTree.ParseError) as error:
        raise PublishError(f"the {suffix} document does not parse again: {error}") from error


def _published(entry: dict[str, str]) -> datetime:
    if "rfc822" in entry:
        return parsedate_to_datetime(entry["rfc822"])
    return datetime.fromisoformat(entry.get("published") or entry["date_published"])


def _check_moved(now: dict[str, str], before: bytes, suffix: str) -> None:
    """An id belongs to one article for good: a reader that knows it shows the new
    entry in place of the old one."""
    try:
        old = links(before, suffix)
    except PublishError:
        return  # what no reader could read has no ids to keep
    if old and not now:
        raise PublishError(f"the {suffix} document would lose all of its {len(old)} entries")
    for name in now.keys() & old.keys():
        # The host may have changed, the article must not.
        if _article(now[name]) != _article(old[name]):
            raise PublishError(f"the id {name} would move from {old[name]} to {now[name]}")


def _article(link: str) -> str:
    return urlsplit(link).path.rpartition("/articles/")[2]


def _xml_entries(document: bytes, suffix: str) -> list[dict[str, str]]:
    root = ElementTree.fromstring(document)
    if suffix == "rss":
        if root.tag != "rss" or root.find("channel") is None:
            raise ValueError("the root is not rss")
        return [_rss_parts(item) for item in root.iterfind("channel/item")]
    if root.tag != f"{_ATOM}feed":
        raise ValueError("the root is not an Atom feed")
    return [_atom_parts(entry) for entry in root.iterfind(f"{_ATOM}entry")]


def _atom_parts(entry: ElementTree.Element) -> dict[str, str]:
    found = (one for one in entry.iterfind(f"{_ATOM}link") if one.get("rel") in (None, "alternate"))
    link = next((one.get("href") for one in found), None)
    if not link:
        raise ValueError("an entry has no link")
    return {**_parts(entry, _ATOM_ENTRY, _ATOM), "link": link}


def _rss_parts(item: ElementTree.Element) -> dict[str, str]:
    parts = _parts(item, _RSS_ITEM)
    return {
        "id": parts["guid"],
        "title": parts["title"],
        "link": parts["link"],
        "rfc822": parts["pubDate"],
    }


def _parts(
    element: ElementTree.Element, names: tuple[str, ...], namespace: str = ""
) -> dict[str, str]:
    parts: dict[str, str] = {}
    for name in names:
        value = element.findtext(f"{namespace}{name}")
        if not value:
            raise ValueError(f"an entry has no {name}")
        parts[name] = value
    return parts


def _json_entries(document: bytes) -> list[dict[str, str]]:
    feed = json.loads(document)
    if not str(feed["version"]).startswith("https://jsonfeed.org/version/1"):
        raise ValueError("it is no JSON Feed")
    found: list[dict[str, str]] = []
    for item in feed["items"]:
        parts = {name: item[name] for name in _JSON_ITEM}
        if not all(isinstance(value, str) and value for value in parts.values()):
            raise ValueError("an item has an empty part")
        found.append({**parts, "link": parts["url"]})
    return found


def _check_times(entry: dict[str, str]) -> None:
    for name, value in entry.items():
        if name == "rfc822":
            moment = parsedate_to_datetime(value)
        elif name in ("updated", "published", "date_published", "date_modified"):
            moment = datetime.fromisoformat(value)
        else:
            continue
        if moment.tzinfo is None:
            raise ValueError(f"{value} has no zone")
