"""Who wrote it: names out of bylines and datelines.

In: ``김가영 기자``, ``딜사이트 김하늘, 이도윤 선임기자 a@b.kr``, ``법무법인 세종 홍길동 변호사``
or a block that opens with ``[여수=딜사이트 김가영 기자]``.  Out: names in order, once each;
the block's rest.  The words of bylines that are no names (outlets, titles, departments, firms,
tasks) come first.  Source: the site page, "What the editor makes", and the trade's usual words.
"""

# ruff: noqa: E501 - Korean counts twice.

import re
from functools import lru_cache
from itertools import chain

OUTLETS = r"(?:딜사이트\s?(?:경제)?TV|딜사이트\s?플러스|딜사이트|팍스넷\s?뉴스|팍스넷|(?<![@.])Deal\s?site(?!\.))"

_DESKS = (
    r"(?:산업|금융|증권|경제|정치|사회|국제|문화|편집|보도|취재|사진|영상|온라인|디지털|뉴스|데이터|콘텐츠|전략|기획|"
    r"자본시장|부동산|건설|제약|바이오|유통|전자|모빌리티|투자|딜|IB|M&A|법조|탐사|테크|IT|ICT|특별취재|공동취재|신사업|"
    r"미래|중기|벤처|글로벌|생활경제|소비자|독자|교열|그래픽|홍보|마케팅)"
)
REPORTER_TITLES = (
    r"(?:(?:선임|수석|수습|인턴|객원|대|시민|명예|편집|사진|영상|취재|담당|탐사"
    rf"|(?:{_DESKS}|의학|법률|과학|군사|환경|노동|여행)?전문|의학|법률|{_DESKS})?기자(?:님|의)?"
    r"|記者|특파원|통신원|에디터|앵커|아나운서|PD|피디|reporter|editor)"
)
"""Titles of people of a newsroom, of whom several may stand before one title."""

GUEST_TITLES = (
    rf"(?:{_DESKS}?\d?부?(?:부국장|국장대우|국장|부장대우|부장|차장대우|차장|팀장|실장)|편집위원|논설위원|논설실장|논설고문|주필|"
    r"편집장|데스크|전문위원|객원위원|연구위원|위원장|위원|(?:선임|책임|수석)?연구원|애널리스트|이코노미스트|칼럼니스트|"
    r"대표이사|대표|부사장|사장|부회장|회장|의장|이사장|이사|전무|상무|고문|자문|감사|본부장|센터장|원장|소장|단장|총장|"
    r"학장|처장|과장|대리|매니저|파트너|심사역|운용역|컨설턴트|프로|CEO|CFO|CTO|PB|"
    r"변호사|회계사|세무사|노무사|변리사|법무사|관세사|감정평가사|계리사|교수|강사|박사|작가|평론가|전문가|의원|장관|차관|"
    r"대사|감독|부?대표|부?행장|지점장|그룹장|부문장|사업부장|상임위원|책임|선임|수석|총재|부총재|시인|소설가|약사|의사|"
    r"건축사|기술사|(?:공인)?중개사|벤처캐피탈리스트|스트래티지스트|디자이너|C[A-Z]O)"
)
"""Titles of guests, and of editors: one person before each."""

DEPARTMENT = re.compile(rf"{_DESKS}\d?(?:\d?부|팀|국|실|본부|센터|데스크|룸)", re.IGNORECASE)
FIRM_WORD = re.compile(r"(?:법무|회계|세무|특허|노무|감정|자산운용)?법인|주식회사")
"""Words after which a firm's name stands."""
FIRM = re.compile(
    r"(?:차|전자|증권|은행|생명|화재|손보|카드|건설|제약|바이오|홀딩스|그룹|지주|운용|캐피탈|투자|법인|연구원|연구소|"
    r"대학교|대학|협회|학회|위원회|센터|경제|뉴스|신문|통신|방송|컨설팅|파트너스|벤처스|인베스트먼트|에너지|화학|중공업|"
    r"조선|물산|상사|산업|공사|공단|재단|병원|본부|사무소|대)$"
    r"|^(?:김앤장|신세계|이마트|하이브|오뚜기|한진칼|유안타|기아차|이랜드|이녹스)$"
)
"""How names of firms and offices end."""

ROLES = frozenset({"글", "사진", "영상", "정리", "취재", "편집", "그래픽", "대담", "진행", "번역"})
NOBODY = ROLES.union(
    """
    공동취재 공동취재단 공동취재팀 공동 특별취재팀 종합 외 뉴스팀 편집국 편집부 취재팀 온라인 뉴스 뉴스룸 보도국
    디지털 데이터 입력 수정 승인 등록 최종 기사입력 서울 세종 부산 대구 인천 광주 대전 울산 제주 여수 전주 뉴욕 워싱턴
    전남 전북 경남 경북 강원 강릉 원주 진주 경주 나주 양주 여주 안산 안양 안동 서산 성남 하남 남원 구미 김포 김해 이천 오산
    정읍 제천 진천 음성 고양 용인 홍성 당진 창원 포항 거제 목포 순천 평택 화성 파주 과천 판교 여의도 용산 강남 방콕 하노이
    도쿄 베이징 상하이 홍콩 런던 파리 싱가포르 라스베이거스 실리콘밸리 기고 외부기고 외부필자 특별기고 독자기고 칼럼
    사설 시론 논단 기획 특집 연재 인터뷰 데스크칼럼 기자수첩 취재수첩 현장에서 전문가 필자 독자 저자 자료 제공 연합뉴스
    유럽 인도 이란 도하 두바이 마닐라 오사카 제네바 시카고 시애틀 나고야 천안 사천 구례 기장 남양주 서귀포 남해 하동 함안
    함양 고창 고성 고흥 장성 장흥 장수 진도 진안 신안 강진 구리 금산 금천 기흥 김제 노원 단양 담양 문경 마산 마포 봉화 부천
    부안 부여 서초 서천 성주 송도 송파 순창 시흥 아산 양평 연천 예산 예천 오창 옥천 온양 완주 의왕 의정부 이천 인제 임실 장항
    전의 정선 조치원 주안 진해 창녕 태백 태안 평창 포천 하남 함평 해남 홍천 화순 화천 반도체 부동산 이야기 전망대 유통가 금융권 은행권 제약사 방산주 성장주 신기술
    전기차 공모주 조선업 원자력 신재생 정치권 노트북 위클리 브리핑 방금 조금 한마디 오프닝 유튜브 모바일 송년사 신년사 신년호 이메일 문의 작성자 글쓴이 담당 by By BY
    뉴시스 이데일리 한국경제 머니투데이 기자단 명예 전 현 전직 제공자 편집인 발행인
    """.split()
)
"""Words of a byline that are nobody's name."""

SURNAMES = frozenset(
    "강고곽구국권금기길김나남노도라류마맹명모목문민박반방배백변복봉부빈사서석선설성소손송시신심안양어엄여연염예오옥온왕용"
    "우원위유육윤은음이인임장전정제조좌주지진차채천최추탁태편평표피하한함허현형호홍화황공갈감경계두범상승심여엽옹제판팽"
)
COMPOUND_SURNAMES = frozenset(
    [
        "남궁",
        "황보",
        "제갈",
        "선우",
        "독고",
        "사공",
        "서문",
        "동방",
        "망절",
        "어금",
        "장곡",
        "강전",
        "소봉",
    ]
)


# The dateline, between brackets of any kind; inline elements may stand around it
# and within it, hence the tags.
_DATELINE = re.compile(
    r"^((?:<[^<>]+>|\s)*+)[\[［【]((?:[^\[\]［］【】<]|<[^<>]*>){0,300}+)[\]］】]\s*+((?:</[^<>]+>)*+)\s*+(?:[=＝:：]|[-–—](?=\s))?\s*+"
)
# The same between round or angle brackets, which hold other things more often; a place
# within it may have its country in round ones.
_OTHER_DATELINE = re.compile(
    r"^((?:<[^<>]+>|\s)*+)(?:[(（〔〈]|&lt;)((?:[^()（）〔〕〈〉<&]|<[^<>]*>|&nbsp;|\([^()<&]{0,20}\)){0,300}+)(?:[)）〕〉]|&gt;)"
    r"\s*+((?:</[^<>]+>)*+)\s*+(?:[=＝:：]|[-–—](?=\s))?\s*+"
)
_IS_OURS = re.compile(
    r"\s*((?!사진|자료|출처|제공|그래픽|영상|이미지|그림|일러스트|캡처|표|도표)[^=＝@]{1,30}[=＝]\s*)?"
    rf"{OUTLETS}(?:(?![가-힣])|(?=[가-힣]{{2,4}}\s?{REPORTER_TITLES}))\s*(?:\([^()]{{0,20}}\))?",
    re.IGNORECASE,
)
_OUTLET = re.compile(OUTLETS, re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]*>")
# What parts one person from the next; brackets hold what is said beside.
_BETWEEN = re.compile(r"([,،、·ㆍ∙•/|&;=＝:()\[\]（）]|\s(?:및|와|과)\s)")
_OPENING, _CLOSING = frozenset("([（"), frozenset(")]）")
_HANGUL = re.compile(r"[가-힣]+")
_ADDRESS = re.compile(r"[^가-힣].*", re.DOTALL)
_ANY_NAME = re.compile(r"[가-힣]{2,5}|[\u4e00-\u9fff]{2,4}")
_COMPANY = re.compile(r"(?:\(주\)|㈜)\s?[^\s,()]{1,30}|[^\s,()]{1,30}(?:\(주\)|㈜)")
_OTHERS = re.compile(r"외?\d+[명인]")
_FOREIGN_NAME = re.compile(r"[A-Z][\w.'’-]*(?:\s[A-Z][\w.'’-]*){1,3}")
_REPORTER = re.compile(rf"{REPORTER_TITLES}", re.IGNORECASE)
_TITLE = re.compile(rf"(.*?)({REPORTER_TITLES}|{GUEST_TITLES})", re.IGNORECASE)
_SIGNED = re.compile(
    rf"(?:[가-힣]{{2,4}}(?:\s?(?:{REPORTER_TITLES}|{GUEST_TITLES}))?\s?)?[(<\[]?\s?[\w.+-]+@[\w-]+(?:\.[\w-]+)+\s?[)>\]]?",
    re.IGNORECASE,
)
_LONGEST_WORD = 20
_USUAL_NAME = 3
_FAMILIES = SURNAMES | {"리"}
# ``오늘의 시황``, ``정책과 시장``: not two names.
_JOINING = re.compile(r"[가-힣]{2,}[의과와]")
_USUAL = 100


def names(text: str) -> tuple[str, ...]:
    """The names in a byline or in a dateline's inside; none where it names nobody.

    A title, a firm, a department, a column, a place is no name."""
    # The same few people write again and again.
    return _remembered(text) if len(text) <= _USUAL else _names(text)


def _names(text: str) -> tuple[str, ...]:
    parts = _parts(_COMPANY.sub(" ", _OUTLET.sub(" ", _TAGS.sub("", text))))
    return tuple(dict.fromkeys(chain.from_iterable(parts)))


_remembered = lru_cache(maxsize=512)(_names)


def merged(*lists: tuple[str, ...]) -> tuple[str, ...]:
    """The names of several places, once each, in order."""
    return tuple(dict.fromkeys(name for one in lists for name in one))


def cut_dateline(inner: str) -> tuple[tuple[str, ...], str] | None:
    """A block's inner HTML that opens with a dateline: its names, and what is left.

    ``None`` where the block opens with none; a bracket of somebody else's
    (``[단독]``, ``[사진=…]``, ``[딜사이트 창간기획]``) is text.
    """
    match = _DATELINE.match(inner) or _OTHER_DATELINE.match(inner)
    told = _TAGS.sub("", match[2]).replace("&nbsp;", " ") if match else ""
    ours = _IS_OURS.match(told)
    if match is None or ours is None:
        return None
    rest = told[ours.end() :].strip(" =＝\u00a0")
    who = merged(at_work(ours[1] or ""), names(rest))
    round_one = inner[match.end(1)] not in "[［【"
    known = bool(who) or _names_newsroom(rest)
    # ``(서울=딜사이트)`` is one, and so is ``[딜사이트]``; ``(딜사이트)`` may be anything.
    alone = not rest and (not round_one or "=" in told or "＝" in told)
    if not (alone or known):
        return None
    tags = "".join(_TAGS.findall(match[1] + match[2])) + match[3]
    return who, tags + inner[match.end() :]


def at_work(text: str) -> tuple[str, ...]:
    """The names in a text that may hold none, and then has no title: a place before the
    outlet, ``[정리 김가영 기자=딜사이트]``; a time."""
    return names(text) if any(map(_is_title, _words(_BETWEEN.sub(" ", text)))) else ()


def signs(text: str) -> bool:
    """Whether a block's text is only an e-mail address, with a name or without: a signature."""
    return len(text) < 80 and _SIGNED.fullmatch(text) is not None


def _parts(text: str) -> list[list[str]]:
    """The names in each part of a line."""
    pieces = [*_BETWEEN.split(text), ""]
    found: list[tuple[list[str], bool, int]] = []
    depth = group = 0
    for part, sign in zip(pieces[::2], pieces[1::2], strict=False):
        people, titled = _people(part)
        # ``도쿄=``, ``(여수)``: a place or a task, unless a title says that it is somebody.
        if titled or sign not in ("=", "＝"):
            found.append((people, titled, group if depth else 0))
        group += sign in _OPENING
        depth = max(0, depth + (sign in _OPENING) - (sign in _CLOSING))
    named = {0, *(group for _, titled, group in found if titled)}
    found = [one for one in found if one[2] in named]
    # Beside somebody else a name may be one of two letters.
    others = any(titled or any(map(_is_name, people)) for people, titled, _ in found)
    likely = _is_short_name if others else _is_name
    # Without a title all of a part must be names: ``여의도 산책`` is a column.
    return [
        people for people, titled, _ in found
        if titled or all(likely(one) or _FOREIGN_NAME.fullmatch(one) for one in people)
    ]  # fmt: skip


def _people(part: str) -> tuple[list[str], bool]:
    """The names in one part of a line, and whether a title stands in it; without one,
    words that may be names."""
    plain = part.strip()
    *first, last = plain.split() or [""]
    foreign = " ".join(first)[:80]
    if _is_title(last) and _FOREIGN_NAME.fullmatch(foreign):
        return [foreign], True
    if _FOREIGN_NAME.fullmatch(plain[:80]):
        return [plain], False
    found: list[str] = []
    waiting: list[str] = []
    titled = False
    words = _joined(_words(plain))
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        title = _TITLE.fullmatch(word) if len(word) <= _LONGEST_WORD else None
        # ``이수석 기자``: the first of two titles is a name if it looks like one.
        is_name = title is not None and title[1] in SURNAMES and len(word) == _USUAL_NAME
        if is_name and _is_title(after):
            waiting.append(word)
        elif title is not None:
            titled = True
            if title[1] and _is_name(title[1]):
                found.append(title[1])
            else:
                found += _titled(waiting, is_reporter=_REPORTER.fullmatch(word) is not None)
            waiting = []
        # Not the firm's name, a task, a department.
        elif not (
            FIRM_WORD.fullmatch(before)
            or word in NOBODY
            or _is_body(word)
            or _OTHERS.fullmatch(word)
        ):
            waiting.append(word)
            if before in ROLES and found and _is_name(word):
                found.append(word)
    if titled:
        return found or [word for word in waiting if _is_name(word)], True
    # A column's title is kept whole, so that it is no name.
    is_column = any(_JOINING.fullmatch(word) for word in waiting[:-1])
    return ([" ".join(waiting)] if is_column else waiting), False


def _is_title(word: str) -> bool:
    found = _TITLE.fullmatch(word) if len(word) <= _LONGEST_WORD else None
    return found is not None and not found[1]


def _joined(words: list[str]) -> list[str]:
    """The words, a family's name and the one after it joined where a title follows."""
    out: list[str] = []
    for number, word in enumerate(words):
        family = out[-1] if out else ""
        if (
            family not in NOBODY
            and (family in SURNAMES or family in COMPOUND_SURNAMES)
            and len(word) <= 2
            and _HANGUL.fullmatch(word)
            and word not in NOBODY
            and number + 1 < len(words)
            and _is_title(words[number + 1])
        ):
            out[-1] += word
        else:
            out.append(word)
    return out


def _words(part: str) -> list[str]:
    # ``김가영kim@…``; the rest is an address.
    plain = (_ADDRESS.sub("", word) if "@" in word else word for word in part.split())
    return [word for one in plain if (word := one.strip(".,<>\"'“”‘’*★☆■◆-–~"))]


def _titled(words: list[str], *, is_reporter: bool) -> list[str]:
    """Whom the title after these words belongs to."""
    # The family's name stands last in ``마이클 김``.
    if len(words) > 1 and words[-1] in _FAMILIES and _HANGUL.fullmatch(words[-2]):
        return [" ".join(words[-2:])]
    likely = [word for word in words if _is_name(word)]
    if is_reporter and any(map(_is_short_name, words)):
        return [word for word in words if _is_short_name(word)]
    people = [word for word in likely if not FIRM.search(word)] or likely
    # Or a name of two letters, or of no Korean family.
    return people[-1:] or [one for one in words[-1:] if _ANY_NAME.fullmatch(one)]


def _is_name(word: str) -> bool:
    """Whether a word looks like a Korean name."""
    is_usual = len(word) == _USUAL_NAME and word[0] in SURNAMES
    is_family = is_usual or (len(word) == 4 and word[:2] in COMPOUND_SURNAMES)
    is_hangul = _HANGUL.fullmatch(word) is not None
    return is_family and is_hangul and word not in NOBODY and not _is_body(word)


def _is_short_name(word: str) -> bool:
    return _is_name(word) or (
        len(word) == 2
        and word[0] in SURNAMES
        and word not in NOBODY
        and _HANGUL.fullmatch(word) is not None
    )


def _is_body(word: str) -> bool:
    """Whether a word is a department, or a firm by its ending."""
    return DEPARTMENT.fullmatch(word) is not None or (
        len(word) > 3 and word[:2] not in COMPOUND_SURNAMES and FIRM.search(word) is not None
    )


def _names_newsroom(text: str) -> bool:
    """Whether a text only names the newsroom, a task, or a title without its person."""
    words = _words(_BETWEEN.sub(" ", text))
    return bool(words) and all(
        word in NOBODY or _is_body(word) or (len(word) <= _LONGEST_WORD and _TITLE.fullmatch(word))
        for word in words
    )
