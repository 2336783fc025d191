"""Who wrote it: names out of bylines and datelines.

In: ``김가영 기자``, ``딜사이트 김하늘, 이도윤 선임기자 a@b.kr``, ``법무법인 세종 홍길동 변호사``
or a block that opens with ``[여수=딜사이트 김가영 기자]``.  Out: names in order, once each;
the block's rest.  Source: the site page, "What the editor makes".
"""

from __future__ import annotations

import re
from functools import lru_cache

from feedsvc.parse.newsroom import (
    COMPOUND_SURNAMES,
    DEPARTMENT,
    FIRM,
    FIRM_WORD,
    GUEST_TITLES,
    NOBODY,
    OUTLETS,
    REPORTER_TITLES,
    ROLES,
    SURNAMES,
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
    found: dict[str, None] = {}
    for part in _parts(_COMPANY.sub(" ", _OUTLET.sub(" ", _TAGS.sub("", text)))):
        found.update(dict.fromkeys(part))
    return tuple(found)


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
    if not match:
        return None
    told = _TAGS.sub("", match[2]).replace("&nbsp;", " ")
    ours = _IS_OURS.match(told)
    if not ours:
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
    told = any(map(_is_title, _words(_BETWEEN.sub(" ", text))))
    return names(text) if told else ()


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
        if title is not None and _looks_named(title[1], word) and _is_title(after):
            waiting.append(word)
        elif title is not None:
            titled = True
            if title[1] and _is_name(title[1]):
                found.append(title[1])
            else:
                found += _titled(waiting, is_reporter=_REPORTER.fullmatch(word) is not None)
            waiting = []
        elif (
            FIRM_WORD.fullmatch(before)
            or word in NOBODY
            or _is_body(word)
            or _OTHERS.fullmatch(word)
        ):
            continue  # the firm's name, a task, a department
        else:
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


def _looks_named(before: str, word: str) -> bool:
    return before in SURNAMES and len(word) == _USUAL_NAME


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
    found = []
    for word in part.split():
        if "@" in word:
            # ``김가영kim@…``; the rest is an address.
            start = _HANGUL.match(word)
            word = start[0] if start else ""
        word = word.strip(".,<>\"'“”‘’*★☆■◆-–~")
        if word:
            found.append(word)
    return found


def _titled(words: list[str], *, is_reporter: bool) -> list[str]:
    """Whom the title after these words belongs to."""
    # The family's name stands last in ``마이클 김``.
    if len(words) > 1 and words[-1] in _FAMILIES and _HANGUL.fullmatch(words[-2]):
        return [" ".join(words[-2:])]
    likely = [word for word in words if _is_name(word)]
    if is_reporter and any(map(_is_short_name, words)):
        return [word for word in words if _is_short_name(word)]
    people = [word for word in likely if not FIRM.search(word)] or likely
    if people:
        return people[-1:]
    # A name of two letters, or of no Korean family.
    return [one for one in words[-1:] if _ANY_NAME.fullmatch(one)]


def _is_name(word: str) -> bool:
    """Whether a word looks like a Korean name."""
    if word in NOBODY or not _HANGUL.fullmatch(word) or _is_body(word):
        return False
    if len(word) == 4:
        return word[:2] in COMPOUND_SURNAMES
    return len(word) == 3 and word[0] in SURNAMES


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
