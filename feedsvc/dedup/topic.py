"""Which articles tell of the same thing, so that one event does not fill a digest.

In: records.  Out: for each the first of those that tell of the same thing.  Pure.  It is
less than :mod:`~feedsvc.dedup.similar`, which finds one text printed twice: here two
articles are written by two people, and what they share is the event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache

from feedsvc.dedup.headline import COMMON, TIMES, Headline
from feedsvc.model import Record
from feedsvc.site import Site

WITHIN = timedelta(days=10)
"""No further apart are two articles that are taken for one thing."""

LEAST = 0.46
"""So much of two headlines, by the weight of their words, must be shared."""

_COVERED = 0.6
"""So many of a word's pairs of letters stand together in the other headline."""

_RARE, _COMMON, _FIGURE = 2.0, 0.9, 1.5
_SMALL = 3
_NAME = 3
"""Letters of a name, in headlines; many a word of two (``만에``, ``공시``) stands in any."""
_OPPOSITES = (
    ("상승", "하락"), ("급등", "급락"), ("강세", "약세"), ("회복", "붕괴"), ("상향", "하향"),
    ("순매수", "순매도"), ("흑자", "적자"), ("증가", "감소"), ("인상", "인하"), ("승소", "패소"),
    ("개선", "악화"), ("호조", "부진"), ("성공", "실패"), ("확대", "축소"),
)  # fmt: skip
_FEW_NAMES, _OTHER_FIGURES = {1: 0.55, 2: 0.8}, 0.8


def stories(records: Sequence[Record], site: Site) -> dict[int, int]:
    """For each record's id the id of the first that tells of the same thing, by time of
    publication; its own where there is none.

    Two belong together that are not further apart than :data:`WITHIN`, where they link each
    other as related articles, one links the other and tells of whom that does, one repeats
    the other, or both have a headline of the same.
    """
    ordered = sorted(records, key=lambda one: (one.published_at, one.id))
    heads: dict[int, int] = {}
    before: list[Record] = []
    for record in ordered:
        near = [one for one in before if record.published_at - one.published_at <= WITHIN]
        found = next((one for one in near if _together(one, record, site)), None)
        heads[record.id] = record.id if found is None else heads[found.id]
        before.append(record)
    return heads


def _together(one: Record, other: Record, site: Site) -> bool:
    links = (other.id in _linked(one, site)) + (one.id in _linked(other, site))
    if links == 2 or (links and _of_one(one, other)):
        return True
    if one.duplicate_of == other.id or other.duplicate_of == one.id:
        return True
    return alike(one.title, other.title)


def _of_one(one: Record, other: Record) -> bool:
    """Whether a name or another telling word stands in both headlines, or in one and among
    the other's keywords: lists of related articles are filled up with what is only of the
    same kind."""
    left, right = _read(one.title), _read(other.title)
    if _apart(left, right):
        return False
    here, there = set(left.words), set(right.words)
    shared = {word for word in here & there if len(word) >= _NAME}
    shared |= here & _keys(other) | there & _keys(one)
    return not shared <= COMMON


def _keys(record: Record) -> set[str]:
    return {each.lower() for each in record.keywords}


def _linked(record: Record, site: Site) -> set[int | None]:
    return {site.article_id(one.url) for one in record.related}


def alike(one: str, other: str) -> bool:
    """Whether two headlines tell of the same thing."""
    left, right = _read(one), _read(other)
    return likeness(left, right) >= LEAST and not _apart(left, right)


def _apart(one: Headline, other: Headline) -> bool:
    """Whether two headlines tell of two things in the same words: of two companies, of two
    quarters, of a rise and a fall, of today and tomorrow in a series."""
    if one.quarters and other.quarters and not one.quarters & other.quarters:
        return True
    if one.words == other.words and one.figures != other.figures:
        return True
    if any(_said(pair, one) and _said(pair, other, back=True) for pair in _OPPOSITES):
        return True
    if any(_said(pair, other) and _said(pair, one, back=True) for pair in _OPPOSITES):
        return True
    if _is_strange(one, other) and _is_strange(other, one):
        return True
    return _differs_in_a_name(one.words, other.words)


def _differs_in_a_name(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two headlines are the same but for one of the words that they begin with,
    where the names stand."""
    places = [
        place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]
    ]
    if len(one) != len(other) or len(places) != 1 or places[0] not in (0, 1):
        return False
    here, there = one[places[0]], other[places[0]]
    both_common = here in COMMON and there in COMMON
    last = places[0] == len(one) - 1  # what was done, which is told in many ways
    return not (last or both_common or _shortens(here, there) or _shortens(there, here))


def _shortens(short: str, long: str) -> bool:
    """Whether the letters of a word stand in another one, in their order."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def _said(pair: tuple[str, str], headline: Headline, *, back: bool = False) -> bool:
    """Whether a headline says the first and not the second of two words."""
    said, other = reversed(pair) if back else pair
    return said in headline.text and other not in headline.text


def _is_strange(one: Headline, other: Headline) -> bool:
    """Whether nothing of whom a headline is about stands in the other one."""
    return bool(one.subjects) and not any(_stands_in(word, other) for word in one.subjects)


def likeness(one: Headline, other: Headline) -> float:
    """From 0 to 1: how much two headlines share.  Little where it is one name and the kind
    of thing alone, less where they tell of other quarters, sums or numbers."""
    left, right = _shared(one, other), _shared(other, one)
    rare = min(sum(word not in COMMON for word in side) for side in (left, right))
    common = min(sum(word in COMMON for word in side) for side in (left, right))
    told = _FIGURE * len(_same_figures(one, other))
    if rare == 0 or (rare == 1 and not told and common < 2):
        return 0.0
    both = _weight(left) + _weight(right) + 2 * told
    whole = _weight(one.words) + _weight(other.words) + 2 * told
    found = both / whole
    if not told:
        found *= _FEW_NAMES.get(rare, 1.0)
    return found * _OTHER_FIGURES ** len(_other_units(one, other))


def _same_figures(one: Headline, other: Headline) -> set[float]:
    """The values that both tell; small ones and times say nothing."""
    known = [value for value, unit in other.figures if unit not in TIMES]
    return {
        value
        for value, unit in one.figures
        if value > _SMALL and unit not in TIMES and any(_about(value, own) for own in known)
    }


def _other_units(one: Headline, other: Headline) -> set[str]:
    """What both count, and come to other values."""
    units = {unit for _, unit in one.figures} & {unit for _, unit in other.figures} - {""}
    return {
        unit
        for unit in units
        if not any(
            _about(value, own)
            for value, its in one.figures
            for own, too in other.figures
            if its == too == unit
        )
    }


def _about(one: float, other: float) -> bool:
    return abs(one - other) <= 0.02 * max(one, other)


def _shared(one: Headline, other: Headline) -> list[str]:
    return [word for word in one.words if _stands_in(word, other)]


def _stands_in(word: str, other: Headline) -> bool:
    if word in other.words:
        return True
    pairs = [word[place : place + 2] for place in range(len(word) - 1)]
    found = sum(pair in other.text for pair in pairs)
    return found >= _COVERED * len(pairs)


def _weight(words: Iterable[str]) -> float:
    return sum(_COMMON if word in COMMON else _RARE for word in words)


@lru_cache(maxsize=4096)
def _read(title: str) -> Headline:
    return Headline.of(title)
