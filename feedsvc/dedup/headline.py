"""What a headline of Korean business news is made of: names and other words, figures.

In: a headline.  Out: :class:`Headline`.  Pure.  Words are taken back to what they are
without particles, abbreviations of the trade to what they stand for, sums of money to one
number, so that two newsrooms' headlines of one thing come to be alike.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

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
_FIGURE = re.compile(
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
    def of(cls, title: str) -> Headline:
        plain = unicodedata.normalize("NFKC", title).lower()
        plain = _TAG.sub(" ", plain)
        figures: set[tuple[float, str]] = set()

        def take(match: re.Match[str]) -> str:
            value, unit = _value(match)
            figures.add((value, unit))
            return f" {match[5]} " if unit != "%" and unit not in TIMES else " "

        for short, long in _LONG_FORMS.items():
            plain = plain.replace(short, f" {long} ")
        rest = _FIGURE.sub(take, plain)
        found = (_meant(word) for word in _WORD.findall(rest))
        words = tuple(dict.fromkeys(word for word in found if len(word) > 1))
        before = _WORD.findall(rest[: comma.start()]) if (comma := _COMMA.search(rest)) else ()
        subjects = tuple(word for word in map(_meant, before) if word in words)
        return cls(words, frozenset(figures), "".join(words), subjects)

    @property
    def quarters(self) -> frozenset[float]:
        return frozenset(value for value, unit in self.figures if unit == "분기")


def _meant(word: str) -> str:
    for begin, meaning in _MEANT.items():
        if word.startswith(begin):
            return meaning
    return _PARTICLE.sub("", word)


def _value(match: re.Match[str]) -> tuple[float, str]:
    value = float(match[1].replace(",", "")) * _SCALE.get(match[2] or "", 1)
    if match[3] and match[2]:
        value += float(match[3].replace(",", "")) * _SCALE.get(match[4] or "", 1)
    return value, "원" if "억" in match[0] or "조" in match[0] else match[5]
