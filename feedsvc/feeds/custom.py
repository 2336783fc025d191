"""Whether a record belongs into a custom feed.  Pure.

In: a record and a ``feeds.custom`` part of the configuration.  Words are found in
headline, sub-headline, body and keywords, whatever stands around them in Korean,
so that particles are forgiven: ``삼성전자`` finds ``삼성전자는``.  A word that
begins or ends with a Latin letter or a digit must stand alone on that side:
``AI`` is found in ``생성형AI는`` and not in ``CHAIN``.  ``search`` finds what ``feedsvc
archive search`` finds with the same words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from feedsvc import text, words
from feedsvc.config import CustomFeedConfig, SectionConfig
from feedsvc.model import Record

_LATIN = re.compile(r"[a-z0-9]")


def belongs(record: Record, feed: CustomFeedConfig, sections: Sequence[SectionConfig]) -> bool:
    """Whether the record meets every condition that the feed states.

    ``feed.sections`` are the names of configured sections.
    """
    if feed.access and record.access.status.value not in feed.access:
        return False
    if feed.reporters and not {*map(_fold, feed.reporters)} & {*map(_fold, record.reporters)}:
        return False
    if feed.sections:
        named = [section for section in sections if section.name in feed.sections]
        if not any(listed_in(record, section) for section in named):
            return False
    if feed.search is not None and not words.holds(_fields(record), feed.search):
        return False
    if not (feed.any or feed.all or feed.none):
        return True
    whole = _folded(record.title, record.subtitle, record.keywords, record.body)
    return (
        all(_found(word, whole) for word in feed.all)
        and (not feed.any or any(_found(word, whole) for word in feed.any))
        and not any(_found(word, whole) for word in feed.none)
    )


def listed_in(record: Record, section: SectionConfig) -> bool:
    """Whether the record belongs into a section's feed.  Of what a search lists no record
    tells: it holds the words."""
    if section.search is not None:
        return words.holds(_fields(record), section.search)
    if section.newsflash:
        return record.is_flash
    return section.code is None or section.code in record.sections


def _fields(record: Record) -> tuple[str, str]:
    """The texts of a record in which words are looked for, as the archive's index has
    them: what heads it, and its body."""
    return _texts(record.title, record.subtitle, record.keywords, record.body)


@lru_cache(maxsize=4)
def _texts(
    title: str, subtitle: str, keywords: tuple[str, ...], body: tuple[str, ...]
) -> tuple[str, str]:
    """Kept for a few records: each is asked about for all feeds before the next."""
    return "\n".join((title, subtitle, *keywords)), "\n".join(map(text.visible, body))


@lru_cache(maxsize=4)
def _folded(title: str, subtitle: str, keywords: tuple[str, ...], body: tuple[str, ...]) -> str:
    """The same with case and spacing folded, which takes longest."""
    return _fold("\n".join(_texts(title, subtitle, keywords, body)))


def _found(word: str, folded: str) -> bool:
    return _pattern(word).search(folded) is not None


@lru_cache(maxsize=1024)
def _pattern(word: str) -> re.Pattern[str]:
    """A word as it is looked for; spaces inside it may be missing in the text, for
    Korean spacing is loose."""
    folded = _fold(word)
    inner = r"\s*".join(map(re.escape, folded.split(" ")))
    before = r"(?<![a-z0-9])" if _LATIN.match(folded[0]) else ""
    after = r"(?![a-z0-9])" if _LATIN.match(folded[-1]) else ""
    return re.compile(f"{before}{inner}{after}")


def _fold(value: str) -> str:
    return text.fold(value).casefold()
