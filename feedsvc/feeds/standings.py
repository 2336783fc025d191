"""In which feeds a record stands, as which entry, and how old it counts there.  Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedsvc.catalogue.standing import Standing
from feedsvc.feeds import select
from feedsvc.feeds.definitions import Definitions, Kind, is_released
from feedsvc.feeds.entry import korean_time
from feedsvc.model import Record
from feedsvc.revisions import as_it_was, changes

_ARTICLE = re.compile(r":articles/(\d+)")

RELEASED, REVISED = "released", "revised"


def standings(record: Record, definitions: Definitions) -> Iterator[Standing]:
    """The rows of a record, whether it is a near-duplicate or not: who knows what is published
    leaves that out.  Raises ``ValueError`` for a record with a time without zone."""
    published, updated = korean_time(record.published_at), korean_time(record.updated_at)
    hidden = definitions.hide and record.access.locked
    age = select.age(record, hide_locked=definitions.hide)
    korean_time(age)
    if not hidden:
        for feed in definitions.feeds:
            if feed.kind is Kind.ARTICLES and feed.wanted(record):
                yield Standing(feed.name, record.id, "", age, published, updated)
    released_at = record.access.released_at
    if released_at is not None and is_released(record):
        yield Standing(RELEASED, record.id, RELEASED, released_at, published, updated)
    for change in () if hidden else changes(record):
        then = as_it_was(record, change.number)
        at = change.seen_at
        yield Standing(
            REVISED, record.id, f"r{change.number}", at, korean_time(then.published_at), at
        )


def number_of(event: str) -> int:
    """Of the revision of which an entry in ``revised`` tells."""
    return int(event[1:])


def entry_id(guid: str, event: str) -> str:
    """The id of an entry, from its article's."""
    return f"{guid}#{event}" if event else guid


def article_of(name: str) -> int | None:
    """The number of the article in an entry's id."""
    found = _ARTICLE.search(name)
    return int(found[1]) if found else None
