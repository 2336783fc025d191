"""A document is parsed again before it replaces the last one.

In: the bytes about to be published.  Out: the ids they hold, or a ``PublishError``
that says what is wrong.  The parser is expat (or ``json``), not the libxml2 that
wrote the document; nothing here shares code with the writers.  Each document is
parsed whole, whatever of it is new, hence expat's own callbacks instead of a tree.
"""

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
_XML = {
    "rss": (("rss", "channel", "item"), _RSS_ITEM, ""),
    "atom": ((f"{_ATOM}feed", f"{_ATOM}entry"), _ATOM_ENTRY, _ATOM),
}
"""Where entries stand, what each has, in which namespace."""
_LINK = f"{_ATOM}link"  # in Atom the address is an attribute

_TEXTS = ("content", "summary", "description")  # long; it is enough that there is one
_JSON_ITEM = ("id", "url", "title", "content_html", "date_published", "date_modified")

_TIMES = ("pubDate", "updated", "published", "date_published", "date_modified")

_BROKEN = (ValueError, TypeError, KeyError, expat.ExpatError)


def ids(document: bytes, suffix: str) -> tuple[str, ...]:
    """The ids of the entries of a feed document, in its order.

    ``suffix`` is ``rss``, ``atom`` or ``json``.  Raises ``PublishError`` for a
    document that does not parse, that is no feed, or that has an entry without one
    of the parts that every entry has.
    """
    return tuple(entry["id"] for entry in _entries(document, suffix))


def readable_ids(document: bytes, suffix: str) -> tuple[str, ...]:
    """The same of any document, ours or not: what no reader could read has no entries."""
    try:
        return ids(document, suffix) if document else ()
    except PublishError:
        return ()


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
    if not found and (lost := readable_ids(before, suffix)):
        raise PublishError(f"the {suffix} document would lose all of its {len(lost)} entries")


def headlines(document: bytes, suffix: str) -> tuple[tuple[str, str, datetime], ...]:
    """Title, link and publishing time of each entry.  Raises as :func:`ids` does."""
    entries = _entries(document, suffix)
    at = {"rss": "pubDate", "atom": "published"}.get(suffix, "date_published")
    return tuple((one["title"], one["link"], _time(at, one[at])) for one in entries)


def _check_id(name: str, link: str, suffix: str, authority: str) -> None:
    """An id belongs to one article for good, for a reader that knows it shows the new
    entry in place of the old one: so it must link the article whose number it holds."""
    match = _OUR_ID.fullmatch(name)
    if match is None or match[1] != authority:
        raise PublishError(f"the {suffix} document holds {name!r}, which is no id of ours")
    # The host may change, the article must not.
    if match[3] and not link.endswith((f"/articles/{match[3]}", f"/newsflash/{match[3]}")):
        raise PublishError(f"the {suffix} document holds the id {name}, which would move to {link}")


def _illegal(document: bytes) -> str | None:
    """The first character that must not stand in a document; the parsers have seen
    that it is UTF-8, and expat that XML allows the rest."""
    ascii_ones = document.translate(None, _LEGAL_ASCII)
    if ascii_ones:
        return chr(ascii_ones[0])
    match = next(filter(None, (pattern.search(document) for pattern in _ILLEGAL)), None)
    return match[0].decode("utf-8", "surrogatepass") if match else None


def _entries(document: bytes, suffix: str) -> list[dict[str, str]]:
    """The parts of each entry, by the names they have in the document, and ``id`` and
    ``link`` in any."""
    try:
        entries = _json_entries(document) if suffix == "json" else _xml_entries(document, suffix)
        for entry in entries:
            for name in _TIMES:
                if name in entry and _time(name, entry[name]).tzinfo is None:
                    raise ValueError(f"{entry[name]} has no zone")
    except _BROKEN as error:
        raise PublishError(f"the {suffix} document does not parse again: {error}") from error
    return entries


def _xml_entries(document: bytes, suffix: str) -> list[dict[str, str]]:
    """The children of each entry that every entry has: the first of each name, which must be
    there and not be empty."""
    path, parts, namespace = _XML[suffix]
    wanted, deepest = {f"{namespace}{name}": name for name in parts}, len(path)
    entries: list[dict[str, str]] = []
    depth = matched = reached = 0  # of the path: where we are in it, and how far we ever came
    key = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, matched, reached, key
        depth += 1
        if depth <= deepest:
            if matched == depth - 1 and name == path[matched]:
                matched, reached = depth, max(reached, depth)
                if matched == deepest:
                    entries.append({})
        # Most children are categories and names, of which nothing is asked.
        elif (name in wanted or name == _LINK) and depth == deepest + 1 and matched == deepest:
            key = wanted.get(name, "")
            if name == _LINK and attributes.get("rel", "alternate") == "alternate":
                entries[-1].setdefault("link", attributes.get("href", ""))
            elif key and key not in entries[-1]:
                entries[-1][key] = ""
                parser.CharacterDataHandler = see if key in _TEXTS else keep

    def keep(text: str) -> None:
        entries[-1][key] += text

    def see(text: str) -> None:
        entries[-1][key] = text
        parser.CharacterDataHandler = None

    def end(name: str) -> None:
        nonlocal depth, matched, key
        depth -= 1
        if depth < deepest:
            matched = min(matched, depth)
        elif key and depth == deepest:
            parser.CharacterDataHandler = None
            key = ""

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(document, True)
    if reached < deepest - 1:
        raise ValueError("it is no feed")
    for entry in entries:
        entry.setdefault("id", entry.get("guid", ""))
        for name in (*parts, "link"):
            if not entry.get(name):
                raise ValueError(f"an entry has no {name}")
    return entries


def _json_entries(document: bytes) -> list[dict[str, str]]:
    feed = json.loads(document)
    if not str(feed["version"]).startswith("https://jsonfeed.org/version/1"):
        raise ValueError("it is no JSON Feed")
    found = [{name: item[name] for name in _JSON_ITEM} for item in feed["items"]]
    if not all(isinstance(value, str) and value for one in found for value in one.values()):
        raise ValueError("an item has an empty part")
    return [{**one, "link": one["url"]} for one in found]


def _time(name: str, value: str) -> datetime:
    return parsedate_to_datetime(value) if name == "pubDate" else datetime.fromisoformat(value)
