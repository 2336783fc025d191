"""Whether two articles are the same story, published twice.

In: two records.  Out: which of them is the duplicate, if any.  Not its job: finding
records worth comparing (``feedsvc.text.sketch`` and the archive's index do).

A republished article keeps its sentences; one of a series keeps its phrases.  So
whole sentences are compared, and whatever differs inside a sentence must be no more
than a correction of spelling (see ``spelling``).  In doubt two articles are two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher
from functools import lru_cache

from feedsvc.dedup.spelling import figures, is_correction
from feedsvc.model import Record
from feedsvc.text import core, sentences

WITHIN = timedelta(days=30)
"""How far apart two publications of one story may be."""

LEAST_SHARED = 0.75
"""The share of the shorter text, in letters, that stands in the other."""

MOST_ADDED = 1.8
"""How many times as long the later text may be: beyond, it tells more than a reader
of the earlier one has got."""

LEAST_TEXT = 80
"""Letters of text below which nothing tells a story from its frame."""

SHORT_TEXT = 200
"""Letters of text that may be a mere frame: below, the headline has a say."""

TELLING_FIGURES = 2
"""Shared figures that tie even a short text to one event."""

ALIKE = 0.55
"""From here on two sentences say the same thing, or one thing of two articles."""

LONGEST_COMPARED = 1_000
"""Letters of a sentence that is compared with another letter by letter; a longer one is
the same or is not."""

MOST_PAIRS = 40_000
"""Pairs of sentences that are compared; who differs in more says something else."""

_HEADLINE_MARK = re.compile(r"[\[(<【][^\])>】]{1,12}[\])>】]")


@dataclass(frozen=True, slots=True)
class Story:
    """A record taken apart for comparing."""

    title: str
    written: tuple[str, ...]
    cores: tuple[str, ...]

    @classmethod
    def of(cls, record: Record) -> Story:
        return _taken_apart(record.title, record.body)

    @property
    def length(self) -> int:
        return sum(map(len, self.cores))


# One record is held against many, and many of them against the next.
@lru_cache(maxsize=64)
def _taken_apart(title: str, body: tuple[str, ...]) -> Story:
    kept = [(one, key) for one in sentences(body) if (key := core(one))]
    return Story(title, tuple(one for one, _ in kept), tuple(key for _, key in kept))


def duplicate(one: Record, other: Record) -> Record | None:
    """The one of two records that is a republication of the other, or ``None``.

    It is the one with the later ``published_at`` (the higher id, where they are the
    same), unless the earlier is locked and the later is not: then it is none.
    """
    if one.id == other.id or abs(one.published_at - other.published_at) > WITHIN:
        return None
    earlier, later = sorted((one, other), key=lambda record: (record.published_at, record.id))
    if earlier.access.locked and not later.access.locked:
        return None
    return later if same_story(Story.of(earlier), Story.of(later)) else None


def same_story(earlier: Story, later: Story) -> bool:
    """Whether the later text is the earlier one over again, edited at most."""
    lengths = earlier.length, later.length
    if min(lengths) < LEAST_TEXT or later.length > MOST_ADDED * earlier.length:
        return False
    shared = set(earlier.cores) & set(later.cores)
    exact = sum(len(key) for key in earlier.cores if key in shared)
    if exact < min(lengths) * 0.4:
        return False
    left = [i for i, key in enumerate(earlier.cores) if key not in shared]
    right = [i for i, key in enumerate(later.cores) if key not in shared]
    corrected = _corrected(earlier, later, left, right)
    if corrected is None:
        return False
    left = [i for i in left if i not in {pair[0] for pair in corrected}]
    right = [i for i in right if i not in {pair[1] for pair in corrected}]
    if 0 in left or 0 in right:
        return False  # who begins otherwise reports something else: a follow-up
    found = exact + sum(len(earlier.cores[i]) for i, _ in corrected)
    return found >= LEAST_SHARED * min(lengths) and not _contradict(earlier, later, left, right)


def _corrected(
    earlier: Story, later: Story, left: list[int], right: list[int]
) -> list[tuple[int, int]] | None:
    """Pairs of sentences that differ by a correction; ``None`` where two that belong
    together differ in what they say."""
    if len(left) * len(right) > MOST_PAIRS:
        return None
    pairs: list[tuple[int, int]] = []
    texts = " ".join((earlier.title, *earlier.written)), " ".join((later.title, *later.written))
    free = set(right)
    for i in left:
        best, likeness = -1, ALIKE
        for j in free:
            ratio = _likeness(earlier.cores[i], later.cores[j])
            if ratio >= likeness:
                best, likeness = j, ratio
        if best < 0:
            continue
        is_lead = i == 0 or best == 0
        if not is_correction(earlier.written[i], later.written[best], texts, is_lead=is_lead):
            return None
        free.discard(best)
        pairs.append((i, best))
    return pairs


def _likeness(one: str, other: str) -> float:
    if max(len(one), len(other)) > LONGEST_COMPARED:
        return float(one == other)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()


def _contradict(earlier: Story, later: Story, left: list[int], right: list[int]) -> bool:
    """Whether each tells figures that the other does not know, or a headline does."""
    known_before = figures(" ".join((earlier.title, *earlier.written)))
    known_after = figures(" ".join((later.title, *later.written)))
    only_before = figures(" ".join(earlier.written[i] for i in left)) - known_after
    only_after = figures(" ".join(later.written[i] for i in right)) - known_before
    if only_before and only_after:
        return True
    titled_before, titled_after = figures(earlier.title), figures(later.title)
    if titled_before - known_after or titled_after - known_before:
        return True
    return _other_headline(earlier, later)


def _other_headline(earlier: Story, later: Story) -> bool:
    """Whether two headlines are one frame around other words, and the texts, which
    would be the same, do not tell why: a series of captions or notices."""
    if min(earlier.length, later.length) >= SHORT_TEXT:
        return False
    told = figures(" ".join(earlier.written)) & figures(" ".join(later.written))
    if len(told) >= TELLING_FIGURES:
        return False  # no mere frame
    one, other = _words(earlier.title), _words(later.title)
    changed = [pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]]
    if len(one) != len(other) or len(changed) * 2 > len(one):
        return False
    text = "".join((*earlier.cores, *later.cores))
    return any(word[: max(2, len(word) - 1)] not in text for pair in changed for word in pair)


def _words(title: str) -> list[str]:
    found = (core(word) for word in _HEADLINE_MARK.sub(" ", title).replace(",", " ").split())
    return [word for word in found if word]
