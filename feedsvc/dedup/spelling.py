"""What differs between two wordings of a sentence: its spelling, or what it says.

In: two sentences as written.  Out: whether one is the other corrected.  Figures,
names and dates always count; a word may differ where spelling alone explains it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher

from feedsvc.text import core

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
    if not _one_slip(one, other) or re.search(r"\d", one + other):
        return False
    if _TITLES.match(then):
        return False  # a person's name
    if min(len(one), len(other)) >= 3 and (_PREDICATE.search(one) or _PREDICATE.search(other)):
        return True
    for word in (one, other):
        stem = min((stem for stem, _ in _stems(word)), key=len)
        # Once here, in one of the texts, and once more at least in each.
        if len(stem) >= 2 and all(stem in core(text) for text in texts):
            return True
    return not is_lead and min(len(one), len(other)) >= 3 and not _may_be_name(one, other)


def _may_be_name(*words: str) -> bool:
    """Whether one of the words, less its particle, is built like a person's name."""
    stems = (min((stem for stem, _ in _stems(word)), key=len) for word in words)
    return any(len(stem) == 3 and stem[0] in _SURNAMES for stem in stems)


def _said_of(word: str) -> str:
    return next(word.removesuffix(said) for said in _SAID if word.endswith(said))


def _stems(word: str) -> frozenset[tuple[str, int]]:
    """The word with what is left when a particle goes, and which kind of particle."""
    found = {(word, kind) for kind in range(len(_PARTICLES))}
    for kind, particles in enumerate(_PARTICLES):
        for particle in particles:
            if word.endswith(particle) and len(word) - len(particle) >= 2:
                found.add((word.removesuffix(particle), kind))
    return frozenset(found)


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter (jamo) was changed, left out, put in, or two were swapped."""
    a, b = unicodedata.normalize("NFD", one), unicodedata.normalize("NFD", other)
    if abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    x, y = a[start : len(a) - end], b[start : len(b) - end]
    return max(len(x), len(y)) <= 1 or (len(x) == 2 and x == y[::-1])


def _counted(value: str) -> Counter[str]:
    return Counter(
        re.sub(r"[\s,]", "", match[0]).rstrip(".:/").removesuffix("원")
        for match in _FIGURE.finditer(value)
    )
