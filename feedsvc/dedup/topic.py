"""Which articles tell of the same thing, so that one event does not fill a digest.

In: records.  Out: for each the first of those that tell of the same thing.  Pure.  It is
less than :mod:`~feedsvc.dedup.similar`, which finds one text printed twice: here two
articles are written by two people, and what they share is the event.

A headline of Korean business news is made of names and other words, and figures.  Words are
taken back to what they are without particles, abbreviations of the trade to what they stand
for, sums of money to one number, so that two newsrooms' headlines of one thing come to be
alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from feedsvc.model import Record
from feedsvc.site import Site

_LONG_FORMS = {
    "영업익": "영업이익", "순익": "순이익", "유증": "유상증자", "우협": "우선협상대상자",
    "예심": "예비심사", "주총": "주주총회", "임단협": "임금협상", "회사채": "사채",
    "전년比": "전년대비", "美": "미국", "日": "일본", "中": "중국", "英": "영국", "韓": "한국",
    "獨": "독일", "佛": "프랑스", "1q": "1분기", "2q": "2분기", "3q": "3분기", "4q": "4분기",
    "↑": "증가", "↓": "감소",
}  # fmt: skip
"""What newsrooms write, inside of other words too, and what it stands for."""

_MEANT = {
    "산은": "산업은행", "한은": "한국은행", "gp": "운용사", "따내": "수주", "따냈": "수주",
    "품은": "인수", "품는": "인수", "품었": "인수", "사들": "인수", "주인": "인수",
    "매물": "매각", "판다": "매각", "짓는": "건설", "세운": "건설", "세워": "건설",
    "찍었": "발행", "찍는": "발행", "샜다": "유출", "먹통": "장애", "물러": "사임",
    "늘어": "증가", "늘었": "증가", "줄어": "감소", "줄었": "감소",
}  # fmt: skip
"""Beginnings of words, and what they mean."""

COMMON = frozenset(
    (
        *("분기", "영업이익", "순이익", "매출", "영업손실", "적자", "적자전환", "흑자", "실적"),
        *("증가", "감소", "전년대비", "최대", "사상", "역대", "기록", "투자", "투입", "유치"),
        *("인수", "매각", "우선협상대상자", "예비입찰", "본입찰", "입찰", "인수전", "유찰"),
        *("상장", "예비심사", "청구", "코스닥", "코스피", "공모가", "공모", "밴드", "상단"),
        *("유상증자", "증자", "발행", "사채", "채권", "자사주", "소각", "배당", "지분", "주식"),
        *("대표", "대표이사", "사장", "회장", "부회장", "임원", "인사", "선임", "승진", "취임"),
        *("후보", "내정", "사임", "신임", "결정", "추진", "착수", "검토", "신청", "확정", "선정"),
        *("공장", "건설", "준공", "착공", "가동", "증설", "생산", "사업", "계약", "체결", "수주"),
        *("확보", "규모", "공급", "출시", "출범", "설립", "확대", "강화", "본격화", "개시"),
        *("그룹", "계열사", "자회사", "법인", "회사", "업체", "기업", "시장", "글로벌", "국내"),
        *("해외", "미국", "중국", "일본", "유럽", "한국", "내년", "올해", "지난해", "내달"),
        *("이달", "하반기", "상반기", "주가", "상한가", "급등", "급락", "강세", "약세", "목표"),
        *("전망", "기대", "우려", "논란", "위기", "속도", "검사", "조사", "금융위", "금감원"),
        *("공정위", "국세청", "금융당국", "은행", "증권", "펀드", "출자", "운용사", "조달"),
        *("완료", "진행", "참여", "파업", "노조", "임상", "신약", "허가", "개발", "기술"),
        *("단독", "속보", "종합", "최종", "결국", "나선다", "나섰다", "돌입", "단행", "실시"),
        *("전기차", "배터리", "반도체", "자동차", "신차", "수소", "태양광", "풍력", "원전", "정유"),
        *("철강", "조선", "선박", "해운", "항공", "물류", "물류센터", "유통", "식품", "화장품"),
        *("바이오", "제약", "의료기기", "치료제", "백신", "게임", "신작", "콘텐츠", "플랫폼"),
        *("데이터센터", "클라우드", "인공지능", "로봇", "통신", "보안", "서비스", "소프트웨어"),
        *("보험", "카드", "저축은행", "대출", "예금", "금리", "채무", "부채", "자본", "유동성"),
        *("부동산", "아파트", "재건축", "재개발", "분양", "호텔", "리츠", "pf", "esg", "ai", "ipo"),
        *("m&a", "pef", "가상자산", "코인", "블라인드펀드", "인프라", "벤처", "스타트업"),
        *("고객", "소비자", "직원", "주주", "임직원", "소액주주", "노사", "정부", "국회", "법원"),
        *("소송", "과징금", "제재", "사고"),
        *("본사", "이전", "신규", "차기", "기존", "대규모", "국산", "차세대", "핵심", "주력"),
        *("위해", "대비", "이상", "이하", "첫", "새", "또", "등", "외", "서", "및", "전", "후"),
    )
)
"""Words that many headlines share: they tell of what kind a thing is, not which it is."""

_TAG = re.compile(r"^\s*(?:[\[(<【][^\])>】]{1,12}[\])>】]\s*)+")
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_SUM = re.compile(
    rf"({_NUMBER})\s*(조|억|만|천)?\s*(?:({_NUMBER})\s*(억|만|천)?)?\s*(%|[가-힣a-z]{{0,2}})"
)
_SCALE = {"조": 10**12, "억": 10**8, "만": 10**4, "천": 10**3}
TIMES = frozenset({"분기", "년", "월", "일", "시간"})
"""Units of time: many headlines of a company share such a figure."""

_PARTICLE = re.compile(
    r"(?<=[가-힣a-z0-9]{2})(?:에게서|에서|에게|으로|까지|부터|보다|처럼|라며|라고|하며|하고|이라"
    r"|은|는|이|가|을|를|에|서|로|와|과|의|도|만|며|한다|한|할|해|된|돼)$"
)
_COMMA = re.compile(r",(?=\s)")
_WORD = re.compile(r"[가-힣a-z0-9&+]+|[↑↓美日中英韓獨佛印比]+")


@dataclass(frozen=True, slots=True)
class Headline:
    """``words`` in order, each once; ``figures`` are values and what they count (``원`` of a
    sum of money); ``text`` is the words without spaces; ``subjects`` those before the first
    comma, where newsrooms put who it is about."""

    words: tuple[str, ...]
    figures: frozenset[tuple[float, str]]
    text: str
    subjects: tuple[str, ...]

    @classmethod
    @lru_cache(maxsize=4096)
    def of(cls, title: str) -> Headline:
        plain = _TAG.sub(" ", unicodedata.normalize("NFKC", title).lower())
        figures: set[tuple[float, str]] = set()

        def take(match: re.Match[str]) -> str:
            value, unit = _value(match)
            figures.add((value, unit))
            return f" {match[5]} " if unit != "%" and unit not in TIMES else " "

        for short, long in _LONG_FORMS.items():
            plain = plain.replace(short, f" {long} ")
        rest = _SUM.sub(take, plain)
        found = (_meant(word) for word in _WORD.findall(rest))
        words = tuple(dict.fromkeys(word for word in found if len(word) > 1))
        before = _WORD.findall(rest[: comma.start()]) if (comma := _COMMA.search(rest)) else ()
        subjects = tuple(word for word in map(_meant, before) if word in words)
        return cls(words, frozenset(figures), "".join(words), subjects)

    @property
    def quarters(self) -> frozenset[float]:
        return frozenset(value for value, unit in self.figures if unit == "분기")


def _meant(word: str) -> str:
    meanings = (meaning for begin, meaning in _MEANT.items() if word.startswith(begin))
    return next(meanings, None) or _PARTICLE.sub("", word)


def _value(match: re.Match[str]) -> tuple[float, str]:
    value = float(match[1].replace(",", "")) * _SCALE.get(match[2] or "", 1)
    if match[3] and match[2]:
        value += float(match[3].replace(",", "")) * _SCALE.get(match[4] or "", 1)
    return value, "원" if "억" in match[0] or "조" in match[0] else match[5]


# -- what two of them share ----------------------------------------------------------------------

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
    return (
        links == 2
        or (links == 1 and _of_one(one, other))
        or one.duplicate_of == other.id
        or other.duplicate_of == one.id
        or alike(one.title, other.title)
    )


def _of_one(one: Record, other: Record) -> bool:
    """Whether a name or another telling word stands in both headlines, or in one and among
    the other's keywords: lists of related articles are filled up with what is only of the
    same kind."""
    left, right = Headline.of(one.title), Headline.of(other.title)
    if _apart(left, right):
        return False
    here, there = set(left.words), set(right.words)
    shared = {word for word in here & there if len(word) >= _NAME}
    shared |= here & set(map(str.lower, other.keywords))
    shared |= there & set(map(str.lower, one.keywords))
    return not shared <= COMMON


def _linked(record: Record, site: Site) -> set[int | None]:
    return {site.article_id(one.url) for one in record.related}


def alike(one: str, other: str) -> bool:
    """Whether two headlines tell of the same thing."""
    left, right = Headline.of(one), Headline.of(other)
    return likeness(left, right) >= LEAST and not _apart(left, right)


def _apart(one: Headline, other: Headline) -> bool:
    """Whether two headlines tell of two things in the same words: of two companies, of two
    quarters, of a rise and a fall, of today and tomorrow in a series."""
    both = ((one, other), (other, one))
    return (
        bool(one.quarters and other.quarters and not one.quarters & other.quarters)
        or (one.words == other.words and one.figures != other.figures)
        or any(_tells(x, pair) and _tells(y, pair[::-1]) for x, y in both for pair in _OPPOSITES)
        # Nothing of whom one is about stands in the other.
        or all(x.subjects and not any(_stands_in(word, y) for word in x.subjects) for x, y in both)
        or _differs_in_a_name(one.words, other.words)
    )


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


def _tells(headline: Headline, words: Sequence[str]) -> bool:
    """Whether a headline says the first and not the second of two words."""
    return words[0] in headline.text and words[1] not in headline.text


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
    sure = 1.0 if told else _FEW_NAMES.get(rare, 1.0)
    return both / whole * sure * _OTHER_FIGURES ** len(_other_units(one, other))


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
