"""Invented news of our own, sentence by sentence, out of a seeded generator.

Other words than the stand-in's, so that a parser that knew the stand-in's would show it.
"""

from __future__ import annotations

from random import Random

_FIRMS = [
    "누리정밀",
    "해든바이오",
    "가람제철",
    "온새미로",
    "미르캐피탈",
    "다온에너지",
    "솔빛전자",
    "한결로직스",
    "새솔화학",
    "벼리게임즈",
]
_PLACES = ["창원", "군산", "평택", "오송", "여수", "울산", "판교", "송도", "구미", "광양"]
_THINGS = [
    "전환사채",
    "공장부지",
    "지분",
    "특허권",
    "물류센터",
    "합작법인",
    "시추선",
    "양극재",
    "영업권",
    "백신후보물질",
]
_MANNERS = [
    "사모 방식으로",
    "장내에서",
    "이사회 결의를 거쳐",
    "주관사 없이",
    "두 차례에 나눠",
    "경쟁 입찰로",
]
_ENDS = ["처분했다", "사들였다", "담보로 잡혔다", "되찾았다", "내놓았다", "떠안았다"]
_SAYINGS = (
    '"급할 것은 없다"며 "시장이 먼저 움직일 것"이라고 말했다',
    "'최악은 지났다'는 진단을 내놨다",
    "“숫자가 말해줄 것”이라고 잘라 말했다",
    "…그러나 뒷말은 아꼈다. 美·日 자금도 들어왔다",
    "EBITDA 대비 7.5배(10㎡당 3만원) 수준이라고 했다 😀",
    "《상법》 제360조의2와 R&D <세부안>을 근거로 들었다",
)
NAMES = [
    "남궁단",
    "서린",
    "오하율",
    "문지후",
    "채나래",
    "권도담",
    "심아람",
    "홍예성",
    "표승우",
    "백이든",
]


def sentence(random: Random) -> str:
    """One sentence; its figures make it one of its kind."""
    firm, place, thing = (random.choice(words) for words in (_FIRMS, _PLACES, _THINGS))
    if random.random() < 0.2:
        return f"{firm} 관계자는 {random.randint(2, 999)}번째 설명회에서 {random.choice(_SAYINGS)}."
    return (
        f"{firm}는 {random.randint(1, 28)}일 {place}의 {thing} "
        f"{random.randint(11, 9999):,}억원어치를 "
        f"{random.choice(_MANNERS)} {random.choice(_ENDS)}."
    )


def paragraph(random: Random) -> str:
    return " ".join(sentence(random) for _ in range(random.randint(1, 4)))


def headline(random: Random) -> str:
    shape = random.choice(
        (
            "{0}, {1} {2} 매각 '저울질'",
            '[단독] {0} {2}…"{1}서 승부"',
            "{0} vs 채권단, {1} {2} 놓고 2R",
            "{0}·{1} {2}↑ & '뒷심'",
        )
    )
    return (
        str(shape.format(random.choice(_FIRMS), random.choice(_PLACES), random.choice(_THINGS)))
        + f" {random.randint(2, 99)}"
    )
