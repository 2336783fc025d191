"""Whether an article was read as the archive has it.

In: a record, an article as read.  Out: the fields in which they differ.  The texts' markup
counts, for it is published.
"""

from __future__ import annotations

from datetime import datetime

from feedsvc.model import ParsedArticle, Record
from feedsvc.parse import drift
from feedsvc.text import visible

_EXACT = ("title", "body")
_OPTIONAL = ("subtitle", "reporters", "keywords", "related")


def differences(record: Record, article: ParsedArticle) -> tuple[str, ...]:
    """The fields in which a page as it was read differs from the archive, by name.

    A time with fewer details that agrees as far as it goes is none, nor what metadata said
    before and say no more.
    """
    found = [name for name in _EXACT if getattr(record, name) != getattr(article, name)]
    own = drift.shown(record.sources)
    for name in _OPTIONAL:
        kept, read = getattr(record, name), getattr(article, name)
        if kept != read and (name in own or (read and not set(read) <= set(kept))):
            found.append(name)
    if not is_time(record.published_at, article.published_at):
        found.append("published_at")
    if _access(record) != _access(article):
        found.append("access")
    if _images(record) != _images(article):
        found.append("images")
    return tuple(found)


def is_time(kept: datetime, read: datetime) -> bool:
    """Whether a time as read is the archive's, which may have the seconds besides."""
    return read in (kept, kept.replace(second=0, microsecond=0))


def _access(one: Record | ParsedArticle) -> tuple[object, ...]:
    counted = frozenset(marker.kind for marker in one.access.markers if marker.counted)
    return one.access.status, counted, one.access.plus_first_at


def _images(one: Record | ParsedArticle) -> list[tuple[str, str]]:
    """The pictures of the text; the cover is what metadata say."""
    covered = any(name == "cover" for name, _ in one.sources)
    return [(each.url, each.caption) for each in one.images][covered:]


def is_more(record: Record, article: ParsedArticle) -> bool:
    """Whether the page has all of the archive's text in its order, and more."""
    kept = [visible(block) for block in record.body]
    read = iter(visible(block) for block in article.body)
    return len(article.body) > len(kept) and all(text in read for text in kept)
