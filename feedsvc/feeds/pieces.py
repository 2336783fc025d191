"""A feed document as a frame and pieces, each piece an entry as it stands in it.

In: entries, or the bytes of a document that we published.  Out: bytes, the same for the
same entries.  An entry reads the same in every document of its format, so that one new
article does not make the others be written anew.  Which entries a document has, and
whether an old document is to be trusted, is not its job.

JSON Feed 1.1 (jsonfeed.org/version/1.1) is written here, RSS and Atom by ``xml``.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from feedsvc.feeds.channel import EPOCH, ICON, LANGUAGE, Channel
from feedsvc.feeds.entry import ACCESS
from feedsvc.model import Access, Entry, Json
from feedsvc.site import Site


@dataclass(frozen=True, slots=True)
class _Form:
    """How entries stand in the documents of a format.

    ``begin`` and ``end`` are where one begins and ends.  In text "<" is escaped (XML) and
    so is a line end (JSON), so that no article can hold them.  A document without entries
    ends with ``empty``; with entries it has ``opening`` in place of that, then the pieces
    with ``joint`` between them, then ``tail``.
    """

    begin: bytes
    end: bytes
    id: re.Pattern[bytes]
    empty: bytes
    tail: bytes
    opening: bytes = b""
    joint: bytes = b""


_FORMS = {
    "rss": _Form(
        begin=b"    <item>\n",
        end=b"    </item>\n",
        id=re.compile(rb'<guid isPermaLink="false">([^<]+)</guid>\n'),
        empty=b"  </channel>\n</rss>\n",
        tail=b"  </channel>\n</rss>\n",
    ),
    "atom": _Form(
        begin=b"  <entry>\n",
        end=b"  </entry>\n",
        id=re.compile(rb"<id>([^<]+)</id>\n"),
        empty=b"</feed>\n",
        tail=b"</feed>\n",
    ),
    "json": _Form(
        begin=b"    {\n",
        end=b"\n    }",
        id=re.compile(rb'"id": "([^"\\]+)",\n'),
        empty=b'  "items": []\n}\n',
        tail=b"\n  ]\n}\n",
        opening=b'  "items": [\n',
        joint=b",\n",
    ),
}

# In text no such element or key can stand, see above.
_TIMES = {
    "rss": (rb"<pubDate>([^<]+)<", rb"<atom:updated>([^<]+)<"),
    "atom": (rb"<published>([^<]+)<", rb"<updated>([^<]+)<"),
    "json": (rb'"date_published": "([^"]+)"', rb'"date_modified": "([^"]+)"'),
}

_ACCESS = {
    "rss": rb"<dcterms:accessRights>([a-z-]+)<",
    "atom": rb"<dcterms:accessRights>([a-z-]+)<",
    "json": rb'"_feedsvc": \{\s*"access": \{\s*"status": "([a-z-]+)"',
}

FORM = 2
"""Of the entries that are written here: to be raised when the same record comes to read
otherwise, so that archived pages are written anew."""

# An entry is written for no feed in particular.
_ANY = Channel(
    "any", "any", "any", "https://any/", "https://any/", timedelta(hours=1), Site.at("https://any")
)


def cut(document: bytes, suffix: str) -> dict[str, bytes]:
    """The entries of a document by id.  Raises ``ValueError`` for one that is not ours."""
    form = _FORMS[suffix]
    *parts, _ = document[_begin(document, form) :].split(form.end)
    found: dict[str, bytes] = {}
    for part in parts:
        data = part.removeprefix(form.joint)
        named = form.id.search(data)
        if named is None or not data.startswith(form.begin):
            raise ValueError("an entry that is not ours")
        found[named[1].decode()] = data + form.end
    return found


def times_of(piece: bytes, suffix: str) -> tuple[datetime, datetime]:
    """When an entry was published and updated.  Raises ``ValueError``."""
    found = [re.search(form, piece) for form in _TIMES[suffix]]
    texts = [one[1].decode() for one in found if one is not None]
    if len(texts) < 2:
        raise ValueError("an entry without its times")
    published = texts[0]
    at = parsedate_to_datetime(published) if suffix == "rss" else datetime.fromisoformat(published)
    return at, datetime.fromisoformat(texts[1])


def is_open(piece: bytes, suffix: str) -> bool:
    """Whether an entry surely is of an article that the site showed whole, as it is now: a
    change may tell of what was locked before."""
    found = re.search(_ACCESS[suffix], piece)
    named = _FORMS[suffix].id.search(piece)
    if found is None or named is None or re.search(rb"#r\d", named[1]):
        return False
    return found[1] in (b"open", b"plus-first")


def first(document: bytes, suffix: str, count: int) -> bytes:
    """The document with its first ``count`` entries alone."""
    form = _FORMS[suffix]
    at = _begin(document, form)
    for _ in range(count):
        end = document.find(form.end, at)
        if end < 0:
            return document
        at = end + len(form.end)
    return document[:at] + form.tail


def entries_of(document: bytes, suffix: str) -> bytes:
    """The document without what stands before its entries."""
    return document[_begin(document, _FORMS[suffix]) :]


def _begin(document: bytes, form: _Form) -> int:
    """Where the first entry stands; the end of a document without any."""
    at = document.find(form.opening + form.begin)
    return len(document) if at < 0 else at + len(form.opening)


def made(suffix: str, entries: Sequence[Entry]) -> dict[str, bytes]:
    """Entries as pieces, by id.  Raises ``ValueError`` for text that XML cannot hold."""
    found = cut(frame(_ANY, suffix, entries=entries), suffix)
    if len(found) != len(entries):
        raise ValueError(f"{len(entries)} entries were written and {len(found)} are found again")
    return found


def frame(
    channel: Channel,
    suffix: str,
    updated: datetime = EPOCH,
    published: datetime = EPOCH,
    previous: str | None = None,
    *,
    entries: Sequence[Entry] = (),
) -> bytes:
    """A feed's document, without entries as it reads around those of these times;
    ``previous`` names the newest archived page, for Atom.  Its length is always the same.

    Raises ``ValueError`` for a title that XML cannot hold.
    """
    if suffix == "json":
        return json_feed(channel, entries)
    # feedgen and lxml take memory that a poll with nothing new does not need.
    from feedsvc.feeds import xml

    return (
        xml.rss(channel, entries, updated, published)
        if suffix == "rss"
        else xml.atom(channel, entries, updated, previous)
    )


def joined(frame: bytes, suffix: str, parts: Sequence[bytes]) -> bytes:
    """The document of this frame with these pieces, in their order."""
    if not parts:
        return frame
    form = _FORMS[suffix]
    return b"".join(
        (frame.removesuffix(form.empty), form.opening, form.joint.join(parts), form.tail)
    )


def weight(piece: bytes, suffix: str) -> int:
    """The bytes by which a document grows with one more piece."""
    return len(piece) + len(_FORMS[suffix].joint)


def room(frame: bytes, suffix: str, max_size: int) -> int:
    """The weight that the pieces of a document of ``max_size`` bytes may have."""
    form = _FORMS[suffix]
    around = len(frame) - len(form.empty) + len(form.opening) + len(form.tail)
    return max_size - around + len(form.joint)


def json_feed(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """A JSON Feed document, indented by two, Korean unescaped."""
    document: dict[str, Json] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.link,
        "feed_url": channel.address("json"),
        "description": channel.description,
        "user_comment": channel.note,
        "icon": f"{channel.base_url}{ICON}",
        "favicon": f"{channel.base_url}{ICON}",
        "language": LANGUAGE,
        "authors": [{"name": channel.site.name}],
    }
    if channel.hub:
        document["hubs"] = [{"type": "WebSub", "url": channel.hub}]
    document["items"] = [_item(entry) for entry in entries]
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _item(entry: Entry) -> Json:
    item: dict[str, Json] = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "content_html": entry.content,
        "summary": entry.summary,
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        "language": LANGUAGE,
    }
    if entry.image is not None:
        item["image"] = entry.image.url
    if entry.authors:
        item["authors"] = [{"name": author} for author in entry.authors]
    # Tags are for people, so sections go by their titles; the access status is below.
    tags = [part.label or part.term for part in entry.categories if part.scheme != ACCESS]
    if tags:
        item["tags"] = list(dict.fromkeys(tags))
    item["_feedsvc"] = {"access": _access(entry.access)}
    return item


def _access(access: Access) -> Json:
    """The access part with the keys of the record's file (contract, section 4)."""
    return {
        "status": access.status.value,
        "locked": access.locked,
        "plus_first_at": access.plus_first_at.isoformat() if access.plus_first_at else None,
        "released_at": access.released_at.isoformat() if access.released_at else None,
        "seen_as": access.seen_as,
        "markers": [{"kind": marker.kind.value, "text": marker.text} for marker in access.markers],
    }
