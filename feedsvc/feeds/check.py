"""A document is parsed again before it replaces the last one.

In: the bytes about to be published.  Out: the ids they hold, or a ``PublishError``
that says what is wrong.  The parser is expat (or ``json``), not the libxml2 that
wrote the document; nothing here shares code with the writers.  Each document is
parsed whole, whatever of it is new, hence expat's own callbacks instead of a tree.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.parsers import expat

from feedsvc.errors import PublishError
from feedsvc.site import DEALSITE

_ATOM = "http://www.w3.org/2005/Atom "
# Outside of XML 1.0's Char, or allowed there and still unfit: C1, noncharacters of
# the first plane.  Carriage returns are changed by every parser on the way.
# As bytes of UTF-8, for a document is large and decoding it takes as long as parsing.
_LEGAL_ASCII = bytes({*range(256)} - {*range(0x09), *range(0x0B, 0x20), 0x7F})
_ILLEGAL = tuple(
    map(
        re.compile,
        (
            rb"\xc2[\x80-\x9f]",
            rb"\xed[\xa0-\xbf][\x80-\xbf]",
            rb"\xef(?:\xb7[\x90-\xaf]|\xbf[\xbe\xbf])",
        ),
    )
)
_OUR_ID = re.compile(
    r"tag:([a-z0-9.-]+),2018:(articles/(\d+)(#(released|r\d+))?|status/[a-z0-9._-]+/\w+/\w+"
    r"|digests/[a-z0-9-]+/\d{4}-\d\d-\d\dT\d{4})"
)

_RSS_ITEM = ("title", "link", "guid", "pubDate", "description")
_ATOM_ENTRY = ("title", "id", "updated", "published", "content", "summary")
_TEXTS = ("content", "summary", "description")  # long; it is enough that there is one
_JSON_ITEM = ("id", "url", "title", "content_html", "date_published", "date_modified")

_BROKEN = (ValueError, TypeError, KeyError, expat.ExpatError)


def ids(document: bytes, suffix: str) -> tuple[str, ...]:
    """The ids of the entries of a feed document, in its order.

    ``suffix`` is ``rss``, ``atom`` or ``json``.  Raises ``PublishError`` for a
    document that does not parse, that is no feed, or that has an entry without one
    of the parts that every entry has.
    """
    return tuple(entry["id"] for entry in _entries(document, suffix))


def approve(
    document: bytes,
    before: bytes = b"",
    *,
    suffix: str,
    expected: int,
    authority: str = DEALSITE.host,
) -> None:
    """Raise ``PublishError`` unless the document is fit to take the place of ``before``.

    ``expected`` is the number of entries it was made from, ``authority`` the one of their
    ids; ``before`` is empty where nothing is published yet.
    """
    entries = _entries(document, suffix)
    found = [entry["id"] for entry in entries]
    if len(found) != expected:
        raise PublishError(f"the {suffix} document holds {len(found)} entries, not {expected}")
    if len(set(found)) != len(found):
        twice = next(name for name in found if found.count(name) > 1)
        raise PublishError(f"the {suffix} document holds the id {twice} twice")
    for entry in entries:
        _check_id(entry["id"], entry["link"], suffix, authority)
    illegal = _illegal(document)
    if illegal is not None:
        raise PublishError(f"the {suffix} document holds the character {illegal!r}")
    if before and not found:
        _check_lost(before, suffix)


def headlines(document: bytes, suffix: str) -> tuple[tuple[str, str, datetime], ...]:
    """Title, link and publishing time of each entry.  Raises as :func:`ids` does."""
    entries = _entries(document, suffix)
    return tuple((one["title"], one["link"], _published(one)) for one in entries)


def _published(entry: dict[str, str]) -> datetime:
    if "pubDate" in entry:
        return parsedate_to_datetime(entry["pubDate"])
    return datetime.fromisoformat(entry.get("published") or entry["date_published"])


def _check_id(name: str, link: str, suffix: str, authority: str) -> None:
    """An id belongs to one article for good, for a reader that knows it shows the new
    entry in place of the old one: so it must link the article whose number it holds."""
    match = _OUR_ID.fullmatch(name)
    if match is None or match[1] != authority:
        raise PublishError(f"the {suffix} document holds {name!r}, which is no id of ours")
    # The host may change, the article must not.
    if match[3] and not link.endswith((f"/articles/{match[3]}", f"/newsflash/{match[3]}")):
        raise PublishError(f"the {suffix} document holds the id {name}, which would move to {link}")


def _check_lost(before: bytes, suffix: str) -> None:
    try:
        lost = len(ids(before, suffix))
    except PublishError:
        return  # what no reader could read has no entries to lose
    if lost:
        raise PublishError(f"the {suffix} document would lose all of its {lost} entries")


def _illegal(document: bytes) -> str | None:
    """The first character that must not stand in a document; the parsers have seen
    that it is UTF-8, and expat that XML allows the rest."""
    ascii_ones = document.translate(None, _LEGAL_ASCII)
    if ascii_ones:
        return chr(ascii_ones[0])
    for pattern in _ILLEGAL:
        match = pattern.search(document)
        if match:
            return match[0].decode("utf-8", "surrogatepass")
    return None


def _entries(document: bytes, suffix: str) -> list[dict[str, str]]:
    """The parts of each entry, by the names they have in the document, and ``id`` and
    ``link`` in any."""
    try:
        entries = _json_entries(document) if suffix == "json" else _xml_entries(document, suffix)
        for entry in entries:
            _check_times(entry)
    except _BROKEN as error:
        raise PublishError(f"the {suffix} document does not parse again: {error}") from error
    return entries


def _xml_entries(document: bytes, suffix: str) -> list[dict[str, str]]:
    if suffix == "rss":
        entries = _Reader(("rss", "channel", "item"), _RSS_ITEM, "").read(document)
        return [{**one, "id": one["guid"]} for one in entries]
    entries = _Reader((f"{_ATOM}feed", f"{_ATOM}entry"), _ATOM_ENTRY, _ATOM).read(document)
    if not all(one.get("link") for one in entries):
        raise ValueError("an entry has no link")
    return entries


class _Reader:
    """Reads the children of the elements at ``path`` whose names, in ``namespace``, are
    ``wanted``: the first of each name, which must be there and not be empty."""

    def __init__(self, path: tuple[str, ...], wanted: tuple[str, ...], namespace: str) -> None:
        self._path = path
        self._wanted = {f"{namespace}{name}": name for name in wanted}
        self._link = f"{_ATOM}link" if namespace == _ATOM else None
        self._names: list[str] = []  # no deeper than the path
        self._depth = 0
        self._entries: list[dict[str, str]] = []
        self._key = ""
        self._deepest = len(path)
        self._reached = 0
        self._inside = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self, document: bytes) -> list[dict[str, str]]:
        self._parser.Parse(document, True)
        if self._reached < len(self._path) - 1:
            raise ValueError("it is no feed")
        for entry in self._entries:
            for name in self._wanted.values():
                if not entry.get(name):
                    raise ValueError(f"an entry has no {name}")
        return self._entries

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth = depth = self._depth + 1
        if depth > self._deepest:
            # Most children are categories and names, of which nothing is asked.
            asked = name in self._wanted or name == self._link
            if asked and depth == self._deepest + 1 and self._inside:
                self._child(name, attributes)
            return
        self._names.append(name)
        if tuple(self._names) == self._path[: self._depth]:
            self._reached = max(self._reached, self._depth)
            self._inside = self._depth == len(self._path)
            if self._inside:
                self._entries.append({})

    def _child(self, name: str, attributes: dict[str, str]) -> None:
        entry = self._entries[-1]
        self._key = self._wanted.get(name, "")
        if name == self._link and attributes.get("rel", "alternate") == "alternate":
            entry.setdefault("link", attributes.get("href", ""))
        elif self._key and self._key not in entry:
            entry[self._key] = ""
            self._parser.CharacterDataHandler = self._see if self._key in _TEXTS else self._keep

    def _keep(self, text: str) -> None:
        self._entries[-1][self._key] += text

    def _see(self, text: str) -> None:
        self._entries[-1][self._key] = text
        self._parser.CharacterDataHandler = None

    def _end(self, name: str) -> None:
        depth = self._depth
        self._depth = depth - 1
        if depth > self._deepest:
            if self._key and depth == self._deepest + 1:
                self._parser.CharacterDataHandler = None
                self._key = ""
        else:
            self._names.pop()
            self._inside = False


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
        if name == "pubDate":
            moment = parsedate_to_datetime(value)
        elif name in ("updated", "published", "date_published", "date_modified"):
            moment = datetime.fromisoformat(value)
        else:
            continue
        if moment.tzinfo is None:
            raise ValueError(f"{value} has no zone")
