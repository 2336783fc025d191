"""Pairs of records, labelled, drawn from the frames with a seed.

Half of the pairs are the same story twice, half are not: two of one series with other
names and figures, with the same names and other figures, with other names and the same
figures, or a story and what followed on it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from feedsvc import dedup
from feedsvc.model import ParsedArticle, Record
from tests.dedup.articles import ARTICLE, NOW
from tests.dedup.pairs.frames import Frame

_COMPANIES = (
    *("한빛전자", "늘봄제약", "가온건설", "다솜화학", "미르산업", "나래에너지", "도담식품"),
    *("라온텍", "한울중공업", "해솔바이오", "새론모빌리티", "은하소재", "태림정밀", "청솔해운"),
)
_PEOPLE = ("김민수", "김민우", "이서연", "박도현", "최유진", "정하준", "강지호", "윤서아", "오태민")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, the earlier first, and what was done to make the second."""

    earlier: Record
    later: Record
    same: bool
    kind: str


Values = dict[str, str]
Piece = tuple[str, list[str]]


def values(rng: random.Random) -> Values:
    company, other = rng.sample(_COMPANIES, 2)
    person, second = rng.sample(_PEOPLE, 2)
    return {
        "c": company,
        "d": other,
        "p": person,
        "q": second,
        "a": str(rng.randrange(110, 990)),
        "b": f"{rng.randrange(1, 9)},{rng.randrange(100, 999)}",
        "r": f"{rng.randrange(1, 60)}.{rng.randrange(1, 9)}",
        "m": str(rng.randrange(1, 5)),
        "t": str(rng.randrange(10, 28)),
    }


def filled(frame: Frame, given: Values) -> Piece:
    return frame.title.format(**given), [one.format(**given) for one in frame.paragraphs]


# What a newsroom does before a piece goes out again.


def _headline(piece: Piece, frame: Frame, given: Values, rng: random.Random) -> Piece:
    return frame.again.format(**given), piece[1]


def _added(piece: Piece, frame: Frame, given: Values, rng: random.Random) -> Piece:
    at = rng.randrange(1, len(piece[1]) + 1)
    return piece[0], [*piece[1][:at], frame.extra.format(**given), *piece[1][at:]]


def _removed(piece: Piece, frame: Frame, given: Values, rng: random.Random) -> Piece:
    at = rng.randrange(1, len(piece[1]))
    return piece[0], piece[1][:at] + piece[1][at + 1 :]


def _reordered(piece: Piece, frame: Frame, given: Values, rng: random.Random) -> Piece:
    rest = piece[1][1:]
    rng.shuffle(rest)
    return piece[0], [piece[1][0], *rest]


def _quotes(piece: Piece, frame: Frame, given: Values, rng: random.Random) -> Piece:
    title = piece[0].replace("'", "‘", 1).replace("'", "’").replace(' "', " “")
    body = [one.replace(' "', " “").replace('"고', "”고").replace('"이', "”이") for one in piece[1]]
    return title, [one.replace("억원", "억 원") for one in body]


def _typo(piece: Piece, frame: Frame, given: Values, rng: random.Random) -> Piece:
    """A jamo struck wrongly in one word of the text that has no figure or name in it."""
    title, body = piece
    own = [*given.values()]
    words = [
        (i, word)
        for i, one in enumerate(body)
        for word in one.split()
        if len(word) >= 3 and word.isalpha() and not any(value in word for value in own)
    ]
    at, word = rng.choice(words)
    place = rng.randrange(1, len(word))
    code = ord(word[place]) - 0xAC00
    tail = code % 28
    struck = chr(0xAC00 + code - tail + rng.choice([t for t in (0, 4, 8, 16, 21) if t != tail]))
    wrong = word[:place] + struck + word[place + 1 :]
    return title, [one.replace(word, wrong, 1) if i == at else one for i, one in enumerate(body)]


def _dateline(piece: Piece, frame: Frame, given: Values, rng: random.Random) -> Piece:
    title, body = piece
    return f"[단독] {title}", [*body[:-1], f"{body[-1]} 딜사이트경제TV 제공."]


def _spacing(piece: Piece, frame: Frame, given: Values, rng: random.Random) -> Piece:
    title, body = piece
    swaps = (
        ("기업설명회", "기업 설명회"),
        ("거래일보다", "거래일 보다"),
        ("같은 기간", "같은기간"),
    )
    more = (("이번 인사", "이번인사"), ("시장에 발을", "시장에발을"), ("이 회사", "이회사"))
    for before, after in (*swaps, *more):
        body = [one.replace(before, after) for one in body]
    return title, [part for one in body for part in one.split(". ", 1) if part]


EDITS: dict[str, Callable[[Piece, Frame, Values, random.Random], Piece]] = {
    "headline": _headline,
    "added": _added,
    "removed": _removed,
    "reordered": _reordered,
    "quotes": _quotes,
    "typo": _typo,
    "dateline": _dateline,
    "spacing": _spacing,
}


# What a newsroom writes in the same words about something else.


def _other(names: str) -> Callable[[Frame, Values, Values], Piece]:
    def made(frame: Frame, given: Values, fresh: Values) -> Piece:
        changed = {key: value for key, value in fresh.items() if key in names}
        return filled(frame, {**given, **changed})

    return made


def _followed(frame: Frame, given: Values, fresh: Values) -> Piece:
    """The day after, with the story so far told again word for word."""
    _, body = filled(frame, given)
    news = [frame.next_lead.format(**given), frame.next_text.format(**given)]
    return frame.next_title.format(**given), [*news, *body]


def _followed_short(frame: Frame, given: Values, fresh: Values) -> Piece:
    title, body = _followed(frame, given, fresh)
    return title, [*body[:2], *body[3:5]]


SERIES: dict[str, Callable[[Frame, Values, Values], Piece]] = {
    "another": _other("cdpqabrmt"),
    "other figures": _other("abrmt"),
    "other company": _other("cd"),
    "one company": _other("c"),
    "other names": _other("pq"),
    "other amount": _other("a"),
    "follow-up": _followed,
    "short follow-up": _followed_short,
}


def record(number: int, piece: Piece, *, hours: float) -> Record:
    """The piece as kept."""
    title, body = piece
    article: ParsedArticle = replace(
        ARTICLE,
        id=number,
        title=title,
        subtitle="",
        published_at=NOW + timedelta(hours=hours),
        body=tuple(f"<p>{one}</p>" for one in body),
    )
    return dedup.compare(None, article, now=NOW + timedelta(hours=hours)).record


def pairs(frames: Sequence[Frame], *, each: int, seed: int) -> tuple[Pair, ...]:
    """``each`` pairs of every edit (every second with another edit on top) and of every
    kind of series, for each of the frames."""
    rng = random.Random(seed)
    found: list[Pair] = []
    for frame in frames:
        for number in range(each):
            for (edit, change), (kind, series) in zip(EDITS.items(), SERIES.items(), strict=True):
                given = values(rng)
                first = filled(frame, given)
                again = change(first, frame, given, rng)
                if number % 2:
                    edit, again = f"{edit}+headline", _headline(again, frame, given, rng)
                one = record(100000, first, hours=0)
                found.append(
                    Pair(one, record(100001, again, hours=rng.randrange(1, 700)), True, edit)
                )
                fresh = values(rng)
                while any(fresh[key] == given[key] for key in given):
                    fresh = values(rng)
                piece = series(frame, given, fresh)
                if piece == first:  # the frame has no place for what this kind changes
                    kind, piece = "another", filled(frame, fresh)
                other = record(100001, piece, hours=rng.randrange(1, 700))
                found.append(Pair(one, other, False, kind))
    return tuple(found)
