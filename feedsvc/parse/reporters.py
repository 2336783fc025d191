"""Who wrote it: names out of bylines and datelines.

In: ``김가영 기자``, ``딜사이트 김하늘, 이도윤 선임기자 a@b.kr`` or a block that opens
with ``[딜사이트 김가영 기자]``.  Out: names in order, once each; the block's rest.
"""

from __future__ import annotations

import re

_OUTLETS = r"(?:딜사이트\s?(?:경제)?TV|딜사이트\s?플러스|딜사이트|팍스넷\s?뉴스|팍스넷|Deal\s?site)"
# The dateline, between brackets of any kind; inline elements may stand around it
# and within it, hence the tags.
_DATELINE = re.compile(
    r"^((?:<[^>]+>|\s)*)[\[［【]((?:[^\[\]［］【】<]|<[^>]*>){0,300})[\]］】]\s*((?:</[^>]+>)*)\s*[=＝]?\s*"
)
# The same between round or angle brackets, which hold other things more often.
_OTHER_DATELINE = re.compile(
    r"^((?:<[^>]+>|\s)*)(?:[(（〔〈]|&lt;)((?:[^()（）〔〕〈〉<&]|<[^>]*>|&nbsp;){0,300})(?:[)）〕〉]|&gt;)"
    r"\s*((?:</[^>]+>)*)\s*[=＝]?\s*"
)
_IS_OURS = re.compile(
    rf"^\s*(?:(?!사진|자료|출처|제공|그래픽|영상)[가-힣]{{2,4}}\s*[=＝]\s*)?{_OUTLETS}(?![가-힣])",
    re.IGNORECASE,
)
_OUTLET = re.compile(_OUTLETS, re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")
_EMAIL = re.compile(r"[(<]?\s*[\w.+-]+@[\w-]+(?:\.[\w-]+)+\s*[)>]?", re.ASCII)
_BETWEEN = re.compile(r"[,،、·ㆍ∙•/|&;=＝()\[\]:]|\s(?:및|와|과)\s")
_TITLES = (
    r"(?:(?:선임|수석|수습|인턴|객원|전문|대|시민|명예|편집|사진|영상|취재)?\s?기자|특파원|에디터|편집위원|논설위원|"
    r"논설실장|전문위원|객원위원|편집국장|편집장|부국장|국장|부장대우|부장|차장|팀장|데스크|앵커|아나운서|PD|피디|"
    r"칼럼니스트|연구원|연구위원|위원|reporter)"
)
_TITLED = re.compile(rf"{_TITLES}\s*$", re.IGNORECASE)
_TITLE_WORD = re.compile(rf"^{_TITLES}$", re.IGNORECASE)
_TITLE_END = re.compile(rf"(?<=[가-힣]{{2}}){_TITLES}$", re.IGNORECASE)
_KOREAN_NAME = re.compile(r"^[가-힣]{2,5}$")
_FOREIGN_NAME = re.compile(r"^[A-Z][\w.'’-]*(?:\s[A-Z][\w.'’-]*){1,3}$")
# Words of a byline that are nobody's name.
_NOBODY_WORDS = """
공동취재 공동취재단 공동 취재 종합 정리 글 사진 영상 온라인 뉴스팀 편집국 편집부 취재팀
입력 수정 승인 서울 세종 부산 대구 인천 광주 대전 울산 제주 뉴욕 워싱턴 도쿄 베이징 상하이
홍콩 런던 파리 싱가포르 기고
"""
_NOBODY = frozenset(_NOBODY_WORDS.split())
_SIGNED = re.compile(
    rf"^[가-힣]{{2,4}}(?:\s?{_TITLES})?\s*[(<\[]?\s*[\w.+-]+@[\w-]+(?:\.[\w-]+)+\s*[)>\]]?$",
    re.IGNORECASE,
)


def names(text: str) -> tuple[str, ...]:
    """The names in a byline or in a dateline's inside; none where it names nobody."""
    text = _OUTLET.sub(" ", _EMAIL.sub(" ", _TAGS.sub("", text)))
    found: dict[str, None] = {}
    for part in _BETWEEN.split(text):
        part = part.strip()
        if _FOREIGN_NAME.match(part):
            found.setdefault(part)
            continue
        for word in part.split():
            if _TITLE_WORD.match(word):
                continue
            word = _TITLE_END.sub("", word)
            if _KOREAN_NAME.match(word) and word not in _NOBODY:
                found.setdefault(word)
    return tuple(found)


def merged(*lists: tuple[str, ...]) -> tuple[str, ...]:
    """The names of several places, once each, in order."""
    return tuple(dict.fromkeys(name for one in lists for name in one))


def cut_dateline(inner: str) -> tuple[tuple[str, ...], str] | None:
    """A block's inner HTML that opens with a dateline: its names, and what is left.

    ``None`` where the block opens with none; a bracket of somebody else's
    (``[단독]``, ``[사진=…]``) is text.
    """
    match = _DATELINE.match(inner)
    if not match:
        match = _OTHER_DATELINE.match(inner)
        if not match or not _TITLED.search(_EMAIL.sub("", _TAGS.sub("", match[2]))):
            return None
    if not _IS_OURS.match(_TAGS.sub("", match[2])):
        return None
    tags = "".join(_TAGS.findall(match[1] + match[2])) + match[3]
    return names(match[2]), tags + inner[match.end() :]


def signs(text: str) -> bool:
    """Whether a block's text is only a name with an e-mail address: a signature."""
    return len(text) < 80 and _SIGNED.match(text) is not None
