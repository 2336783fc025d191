"""The paywall phrases: one table, and what a text that holds them says.

In: folded text.  Out: the kinds it names, and whether it says nothing else.  Not
its job: where the text stood (``access``).
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache

from feedsvc.model import STATUS_PRECEDENCE, Status
from feedsvc.parse.dates import minute_of

_NAMED = r"deal\s?site\s*plus(?:\.co\.kr)?"
_PLUS = rf"(?:딜사이트\s*플러스|{_NAMED})(?:\s*\(\s*(?:https?://)?(?:www\.)?{_NAMED}/?\s*\))?"
_SHOWN = r"(?:표출|게재|공개|노출|출고|송고|발행|보도)"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One line of the table; what it says of the article stands above it.  ``where`` is
    ``block`` for a phrase that may stand as an element of its own anywhere in the article
    block, ``notice`` for one that is only believed inside the site's own notice element."""

    kind: Status
    where: str
    pattern: re.Pattern[str]


def _phrase(kind: Status, where: str, pattern: str) -> Phrase:
    return Phrase(kind, where, re.compile(pattern, re.IGNORECASE))


# Source: the site page, "Paywall markers".  Order matters: what one line finds is
# taken out before the next one looks, and the plus-first sentence names the service
# that plus-only points at.
TABLE = (
    # was sold first, is released now
    _phrase(
        Status.PLUS_FIRST,
        "block",
        r"이\s*기사는\s*(\d{4})년\s*(\d{1,2})월\s*(\d{1,2})일\s*(\d{1,2})시\s*(\d{1,2})분(?:\s*\d{1,2}초)?(?:에)?"
        rf"[^.。\d]{{0,40}}?{_PLUS}\s*(?:에|에서|를\s*통해)?\s*(?:먼저|우선)?\s*{_SHOWN}(?:된|한|됐던)?\s*기사(?:입니다)?\s*[.。]?",
    ),
    # locked, will open without payment
    _phrase(
        Status.SOON_FREE,
        "block",
        r"(?:이\s*기사는\s*)?곧\s*무료로\s*풀릴\s*기사(?:입니다)?\s*[.。]?",
    ),
    # locked until a free sign-up
    _phrase(
        Status.MEMBERS_ONLY,
        "block",
        r"(?:이\s*기사는\s*)?딜사이트\s*회원\s*(?:전용(?:\s*(?:기사|콘텐[트츠]))?(?:입니다)?|에게만\s*제공되는\s*특별한\s*콘텐[트츠]\s*입니다)\s*[.。]?",
    ),
    # locked until a free sign-up
    _phrase(
        Status.MEMBERS_ONLY,
        "block",
        r"무료\s*회원\s*가입\s*후\s*(?:바로\s*)?이용하실\s*수\s*있습니다\s*[.。]?",
    ),
    # sold: the rest is read after a login
    _phrase(
        Status.PLUS_ONLY,
        "block",
        r"^[^\"'“”‘’.]{0,20}?유료\s*콘텐[트츠](?!\s*서비스)[^\"'“”‘’]{0,20}?로그인\s*후[^\"'“”‘’.]{0,30}"
        r"(?:니다|세요|주십시오)\s*[.。]?$",
    ),
    # locked until a free sign-up
    _phrase(
        Status.MEMBERS_ONLY,
        "block",
        r"^(?:이\s*기사는\s*)?회원용(?:\s*(?:기사|콘텐[트츠]))?(?:입니다)?\s*[.。]?$",
    ),
    # sold: the rest is read on Dealsite Plus
    _phrase(
        Status.PLUS_ONLY,
        "block",
        r"^[^\"'“”‘’.]{0,60}?(?:전문|전체|나머지|이하|이후|이어지는|이어서|계속|자세한|더\s*많은|남은|유료)[^\"'“”‘’.]{0,40}?"
        rf"{_PLUS}[^\"'“”‘’.]{{0,40}}?(?:볼|보실|읽|확인|이용|만나|가입|구독|이어|계속|제공)[^\"'“”‘’.]{{0,30}}[.。]?",
    ),
    # sold: the rest is read on Dealsite Plus
    _phrase(
        Status.PLUS_ONLY,
        "block",
        rf"^[^\"'“”‘’.]{{0,20}}?{_PLUS}[^\"'“”‘’.]{{0,30}}?(?:에서|로|으로|에|회원)\s*(?:계속|이어|전문|구독|유료|나머지|전용|전체)"
        r"[^\"'“”‘’.]{0,40}[.。]?",
    ),
    # sold: for those who pay
    _phrase(
        Status.PLUS_ONLY,
        "block",
        rf"^[^\"'“”‘’.]{{0,20}}?{_PLUS}\s*(?:의\s*)?(?:유료\s*)?(?:회원|구독자|가입자|유료|구독)[^\"'“”‘’.]{{0,10}}?"
        r"(?:만|전용|한해|위한|한정)[^\"'“”‘’.]{0,30}(?:니다|기사|콘텐[트츠])\s*[.。]?",
    ),
    # was sold first, is released now
    _phrase(
        Status.PLUS_FIRST,
        "notice",
        rf"{_PLUS}[^.。]{{0,80}}?{_SHOWN}(?:된|한|됐던)?\s*기사",
    ),
    # locked, by its icon
    _phrase(Status.SOON_FREE, "notice", r"^\s*lock_clock\s*$"),
    # locked, will open without payment
    _phrase(
        Status.SOON_FREE,
        "notice",
        r"(?:곧|잠시\s*후|이후)[^.。]{0,80}?무료(?:로)?\s*(?:풀|공개|전환|열람)",
    ),
    # sold: the rest is read after a login
    _phrase(
        Status.PLUS_ONLY,
        "notice",
        r"유료\s*콘텐[트츠](?!\s*서비스).{0,80}?로그인\s*후"
        r"|로그인\s*후.{0,80}?유료\s*콘텐[트츠](?!\s*서비스)",
    ),
    # locked until a free sign-up
    _phrase(
        Status.MEMBERS_ONLY,
        "notice",
        r"회원\s*전용|회원용|회원에게만|회원\s*가입|로그인\s*(?:후|하시|하셔)",
    ),
    # sold: the rest is read on Dealsite Plus
    _phrase(
        Status.PLUS_ONLY,
        "notice",
        rf"{_PLUS}|유료\s*(?:회원|구독|기사|콘텐[트츠])",
    ),
)

PLUS_FIRST = TABLE[0].pattern
"""The sentence of an article that was sold first."""

SEARCHED = ("풀릴", "회원", "플러스")
"""Words of which nearly every phrase above holds one, for a quick look over a whole page;
``유료콘텐츠`` with ``로그인 후`` is looked for in the text and in notices alone."""
_QUICK = (*SEARCHED, "유료")

_NAMES_PLUS = frozenset({Status.PLUS_FIRST, Status.PLUS_ONLY})
_LONGEST = 2000
_HINT = re.compile(
    rf"무료로\s*풀릴|딜사이트\s*회원|회원\s*가입|^(?:이\s*기사는\s*)?회원용|유료\s*콘텐|{_PLUS}",
    re.IGNORECASE,
)
# Icon glyphs and buttons that stand in a notice beside its words.
_BESIDE = re.compile(
    r"\b(?:lock_clock|lock_open|lock|help_outline|help|info|schedule|expand_more|chevron_right|arrow_forward)\b"
    rf"|바로\s*가기|구독하기|자세히\s*보기|회원\s*가입(?:하기)?|로그인(?:하기)?|{_PLUS}(?:로|에서)?\s*(?:바로\s*가기|가기|구독하기|구독|가입하기|이동|보기)",
    re.IGNORECASE,
)
# What somebody said, in the plain style of news.
_REPORTED = re.compile(r"[다라]고\s|(?:밝혔|말했|전했|설명했|덧붙였|강조했)다")
_STORY = re.compile(r"(?<!니)다\.")
_POINTS = re.compile(r"[\s.,·|/()\[\]<>※*▶☞→-]+")


@dataclass(frozen=True, slots=True)
class Said:
    """What a text says of access: ``kinds`` by precedence, ``whole`` where it says
    nothing else, ``plus_first_at`` where it tells."""

    kinds: tuple[Status, ...]
    whole: bool
    plus_first_at: datetime | None = None


def hinted(text: str) -> bool:
    """Whether a text may hold a phrase at all: quick, and true too often."""
    may_hold = any(word in text for word in _QUICK) or "plus" in text.casefold()
    return may_hold and _HINT.search(text) is not None


def tells(text: str) -> bool:
    """Whether a text, its phrases left out, holds a sentence in the plain style that news
    are written in; what a site says to its readers ends in ``-니다``."""
    for phrase in TABLE:
        if phrase.where == "block":
            text = phrase.pattern.sub(" ", text)
    return _STORY.search(text) is not None


# The boxes say the same on every page.
@lru_cache(maxsize=64)
def said(text: str, tz: tzinfo, *, notice: bool = False) -> Said:
    """What a block's text says; ``notice`` for the site's own notice element, which
    means what it says even in other words."""
    kinds: set[Status] = set()
    at: datetime | None = None
    rest = text[:_LONGEST]
    named = "플러스" in rest or "plus" in rest.lower()
    for phrase in TABLE:
        if phrase.where == "notice":
            counts = notice and not kinds
        else:
            counts = phrase.kind not in _NAMES_PLUS or named or "유료" in rest
        match = phrase.pattern.search(rest) if counts else None
        is_quoted = match and phrase.kind is Status.PLUS_ONLY and not notice
        if match is None or (is_quoted and _REPORTED.search(match[0])):
            continue
        kinds.add(phrase.kind)
        if phrase.kind is Status.PLUS_FIRST and phrase.where == "block":
            at = minute_of(match, tz)
        rest = phrase.pattern.sub(" ", rest)
    whole = bool(kinds) and not _POINTS.sub("", _BESIDE.sub(" ", rest)) and len(text) <= _LONGEST
    if notice and text and not kinds:
        kinds.add(Status.UNKNOWN)
    ranked = tuple(kind for kind in (*STATUS_PRECEDENCE, Status.UNKNOWN) if kind in kinds)
    return Said(ranked, whole or (notice and bool(ranked)), at)
