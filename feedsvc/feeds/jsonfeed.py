"""Entries to JSON Feed 1.1 (jsonfeed.org/version/1.1).

In: a channel and its entries, in the order they shall have.  Out: bytes, the same
for the same input.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from feedsvc.feeds.channel import LANGUAGE, Channel
from feedsvc.feeds.entry import ACCESS
from feedsvc.feeds.pictures import ICON
from feedsvc.model import Access, Entry, Json

VERSION = "https://jsonfeed.org/version/1.1"


def json_feed(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """A JSON Feed document, indented by two, Korean unescaped."""
    document: dict[str, Json] = {
        "version": VERSION,
        "title": channel.title,
        "home_page_url": channel.link,
        "feed_url": channel.address("json"),
        "description": channel.description,
        "user_comment": channel.note,
        "icon": channel.picture_address(ICON),
        "favicon": channel.picture_address(ICON),
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
