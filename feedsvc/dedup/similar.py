"""Whether two articles are the same story, published twice.

In: two records.  Out: which of them is the duplicate, if any.  Not its job: finding
records worth comparing (``feedsvc.text.sketch`` and the archive's index do).

A republished article keeps its sentences; one of a series keeps its phrases.  So
whole sentences are compared, and whatever differs inside a sentence must be no more
than a correction of spelling: figures, names and dates always count; a word may differ
where spelling alone explains it.  In doubt two articles are two.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import takewhile
from operator import eq

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

    @property
    def length(self) -> int:
        return sum(map(len, self.cores))


# One record is held against many, and many of them against the next.
@lru_cache(maxsize=64)
def _story(title: str, body: tuple[str, ...]) -> Story:
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
    stories = (_story(record.title, record.body) for record in (earlier, later))
    return later if same_story(*stories) else None


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
    from difflib import SequenceMatcher  # a poll with nothing new compares nothing

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
    return (
        bool(only_before and only_after)
        or not figures(earlier.title) <= known_after
        or not figures(later.title) <= known_before
        or _other_headline(earlier, later)
    )


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


# -- what differs between two wordings of a sentence: its spelling, or what it says ---------------

_FIGURE = re.compile(
    r"\d+(?:[.,:/]\d+)*\s*"
    r"(?:조|억|만|천|백|%p|%|퍼센트|포인트|배|원|달러|엔|위안|유로|주|명|건|개|곳|년|월|일|시|분기|분|차|호|bp|톤|대|가구)*"
)
_PARTICLES = (
    frozenset({"은", "는", "이", "가", "께서"}),
    frozenset({"을", "를"}),
    frozenset({"와", "과", "및"}),
    frozenset({"로", "으로"}),
)
_LIGHT = frozenset(
    (
        *("이날", "또", "또한", "한편", "최근", "이번", "이미", "특히", "다만", "이에", "이어"),
        *("아울러", "그러나", "하지만", "당시", "이같이"),
    )
)
"""Words that come and go without changing what a sentence says."""
_SAID = ("말했다", "밝혔다", "전했다", "설명했다", "강조했다", "덧붙였다", "했다")
_TITLES = re.compile(
    r"^(?:대표|회장|부회장|사장|부사장|전무|상무|이사|부장|차장|과장|팀장|본부장|실장|센터장"
    r"|기자|연구원|애널리스트|장관|위원|의원|교수|씨|행장|지점장|감사|총괄|변호사)"
)
_PREDICATE = re.compile(
    r"(?:[가-힣]다|다고|다는|라고|라는|으며|하며|는데|지만|면서|도록|하는|되는|려고|하기로|했고)$"
)
"""Endings that verbs have and names hardly ever."""
_SURNAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진나"
)
_MOST_CORRECTED = 3


def figures(value: str) -> frozenset[str]:
    """The figures of a text with their units, ``1,500억``, ``1500 억`` and ``1500억원``
    being one."""
    return frozenset(_counted(value))


def is_correction(
    before: str, after: str, texts: tuple[str, str], *, is_lead: bool = False
) -> bool:
    """Whether two sentences say the same, word for word but for spelling.

    ``texts`` are the whole articles: a word that stands elsewhere in both is no name
    that only one of them has.  ``is_lead``: one of them opens its article, where a
    word that differs is more likely news than a slip.
    """
    from difflib import SequenceMatcher

    if _counted(before) != _counted(after):
        return False
    old, new = before.split(), after.split()
    keys = [core(word) for word in old], [core(word) for word in new]
    changes = 0
    for tag, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = keys[0][a:b], keys[1][c:d]
        if "".join(gone) == "".join(come):
            continue  # spacing
        changes += 1
        if tag == "replace" and len(gone) == len(come):
            followers = [*keys[0][a + 1 : b], keys[0][b] if b < len(keys[0]) else ""]
            pairs = zip(gone, come, followers, strict=True)
            if all(_respelled(x, y, texts, then, is_lead=is_lead) for x, y, then in pairs):
                continue
            return False
        if tag == "replace" and _one_slip("".join(gone), "".join(come)):
            continue  # a slip and a space at once
        if not all(word in _LIGHT for word in (*gone, *come) if word):
            return False
    return changes <= _MOST_CORRECTED


def _respelled(one: str, other: str, texts: tuple[str, str], then: str, *, is_lead: bool) -> bool:
    """Whether two words are one, spelled otherwise; ``then`` is the word behind them."""
    if one == other or _stems(one) & _stems(other):
        return True
    if one.endswith(_SAID) and other.endswith(_SAID):
        return _said_of(one) == _said_of(other) or {one, other} <= set(_SAID)
    is_person = _TITLES.match(then)
    if is_person or not _one_slip(one, other) or re.search(r"\d", one + other):
        return False
    long = min(len(one), len(other)) >= 3
    if long and (_PREDICATE.search(one) or _PREDICATE.search(other)):
        return True
    stems = [min((stem for stem, _ in _stems(word)), key=len) for word in (one, other)]
    # Once here, in one of the texts, and once more at least in each.
    if any(len(stem) >= 2 and all(stem in core(text) for text in texts) for stem in stems):
        return True
    may_be_name = any(len(stem) == 3 and stem[0] in _SURNAMES for stem in stems)
    return not is_lead and long and not may_be_name


def _said_of(word: str) -> str:
    return next(word.removesuffix(said) for said in _SAID if word.endswith(said))


def _stems(word: str) -> frozenset[tuple[str, int]]:
    """The word with what is left when a particle goes, and which kind of particle."""
    return frozenset(
        (word.removesuffix(particle), kind)
        for kind, particles in enumerate(_PARTICLES)
        for particle in ("", *particles)
        if word.endswith(particle) and (not particle or len(word) - len(particle) >= 2)
    )


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter (jamo) was changed, left out, put in, or two were swapped."""
    a, b = unicodedata.normalize("NFD", one), unicodedata.normalize("NFD", other)
    if abs(len(a) - len(b)) > 1:
        return False
    start = sum(takewhile(bool, map(eq, a, b)))
    end = sum(takewhile(bool, map(eq, a[start:][::-1], b[start:][::-1])))
    x, y = a[start : len(a) - end], b[start : len(b) - end]
    return max(len(x), len(y)) <= 1 or (len(x) == 2 and x == y[::-1])


def _counted(value: str) -> Counter[str]:
    return Counter(
        re.sub(r"[\s,]", "", match[0]).rstrip(".:/").removesuffix("원")
        for match in _FIGURE.finditer(value)
    )
