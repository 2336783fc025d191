"""Korean text as search takes it: to tokens for the index, to a query, to marks.

Strings in, strings out.  A word's tokens are its first character behind ``^``, then
each pair of characters: ``오픈AI`` is ``^오 오픈 픈a ai``.  So a part of a word is a run
of pairs, words of two syllables are one lookup, and the ``^`` tells where a word
begins: ``인수합병`` is also looked for as ``^인 인수 ^합 합병``, with a space inside, but
``합병`` is not found in ``연합 병원``.

A particle is forgiven in what is asked as in what is found: ``한빛중공업은`` asks for
``한빛중공업``, unless it stands in quotation marks.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from operator import add

TOKENIZER = "ascii tokenchars '^&'"
"""SQLite's tokenizer for what :func:`tokens` gives: all but ASCII signs are tokens."""

_WORD = re.compile(r"[^\W_]+(?:&[^\W_]+)*")  # M&A is one word
_QUOTED = re.compile(r'"([^"]*)"|(\S+)')

LONGEST = 200
"""Characters of a search that is answered."""

MOST = 20
"""Words of a search that is answered."""

_SPACED = 16  # signs of a word that is also looked for with a space inside

# Particles by the sign they follow: a syllable with a final consonant, one without, one
# without or with ㄹ, any.  도, 만 and 나 are left alone: too many nouns end with them.
_PARTICLES = {
    "closed": "으로부터 으로서 으로써 으로는 으로도 으로 이라는 이라고 이라도 이나 이란 이며 이랑"
    " 과의 과는 과도 은 이 을 과",
    "open": "라는 라고 라도 란 며 와의 와는 와도 는 가 를 와",
    "open or rieul": "로부터 로서 로써 로는 로도 로",
    "any": "에서는 에서도 에서의 에서 에게서 에게는 에게 에는 에도 에만 까지 부터 보다 처럼 마다"
    " 한테 께서 의 에",
}
_ENDS = sorted(
    ((end, after) for after, ends in _PARTICLES.items() for end in ends.split()),
    key=lambda one: -len(one[0]),
)
# Nouns that end as if with one: prices above all.
_NOUNS = (
    *("공모가", "최고가", "최저가", "신고가", "신저가", "초고가", "중저가", "시초가", "목표가"),
    *("공시가", "실거래가", "어린이", "젊은이"),
)
_FINALS, _RIEUL = 28, 8  # syllables stand in rows of 28 finals, ㄹ the eighth


def folded(text: str) -> str:
    """Text in which case, width and composition make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


def tokens(text: str) -> str:
    """A text as tokens with spaces between them."""
    return " ".join(map(_tokens, _WORD.findall(folded(text))))


@lru_cache(maxsize=20_000)  # most words of a text stood in the one before, too
def _tokens(word: str) -> str:
    return " ".join((f"^{word[0]}", *map(add, word, word[1:])))


def forget() -> None:
    """Let go of the words that are remembered, megabytes in a process that goes on."""
    _tokens.cache_clear()


def terms(words: str) -> tuple[str, ...]:
    """The words of a search, folded; what stands in quotation marks is one, and spaces
    and signs within it do not count."""
    found = []
    for quoted, plain in _QUOTED.findall(words):
        parts = _WORD.findall(folded(quoted or plain))
        if plain and parts:
            parts[-1] = _bare(parts[-1])
        found.append(" ".join(parts))
    return tuple(filter(None, dict.fromkeys(found)))


def _bare(word: str) -> str:
    """A word without the particle that it ends with; two signs at least are left."""
    ends = () if word.endswith(_NOUNS) else _ENDS
    stems = ((word.removesuffix(end), after) for end, after in ends)
    fit = (
        stem for stem, after in stems if 2 <= len(stem) < len(word) and _may_follow(stem[-1], after)
    )
    return next(fit, word)


def _may_follow(sign: str, after: str) -> bool:
    if not "가" <= sign <= "힣":  # how a Latin word is spoken nobody can tell
        return not sign.isdigit()
    final = (ord(sign) - ord("가")) % _FINALS
    return {"closed": final > 0, "open": not final, "any": True}.get(after, final in (0, _RIEUL))


def fault(words: str) -> str | None:
    """Why these words are too many to be looked for, or ``None``."""
    if len(words) > LONGEST:
        return f"is longer than {LONGEST} characters"
    return f"has more than {MOST} words" if len(terms(words)) > MOST else None


def query(words: str) -> str:
    """The full-text query that finds all these words; empty where there are none."""
    return " AND ".join(f"({' OR '.join(_forms(term))})" for term in terms(words))


def holds(texts: Iterable[str], words: str) -> bool:
    """Whether texts hold all these words, as :func:`query` finds them in an index with
    a column for each text: a word stands within one of them.  No words are in none."""
    wanted = terms(words)
    columns = [folded(text) for text in texts]
    # Most texts lack a sign, and are not cut into tokens for it.
    if not wanted or any(
        not any(sign in column for column in columns) for sign in set("".join(wanted)) - {" "}
    ):
        return False
    cut = [f" {tokens(column)} " for column in columns]
    # A phrase of SQLite's, among tokens with spaces around.
    return all(
        any(f" {form[1:-1]} " in one for form in _forms(term) for one in cut) for term in wanted
    )


def _forms(term: str) -> list[str]:
    """A term as phrases: written together, and with a space at each place."""
    own = term.split(" ")
    joined = "".join(own)
    if len(joined) == 1:
        # Inside of words it would be in every text, and take as long to look for.
        return [f'"^{joined}"']
    forms = [f'"{" ".join(map(add, joined, joined[1:]))}"']
    if len(joined) <= _SPACED:
        forms += [_spaced(joined[:cut], joined[cut:]) for cut in range(1, len(joined))]
    if len(own) > 1:
        forms.append(_spaced(*own))
    return list(dict.fromkeys(forms))


def _spaced(*parts: str) -> str:
    """Whole words one after the other, the last of which may go on."""
    return '"' + " ".join(tokens(part) for part in parts) + '"'


def marked(text: str, words: str, before: str, after: str) -> str:
    """The text with every hit between two strings."""
    pattern = _pattern(words)
    return pattern.sub(lambda match: f"{before}{match[0]}{after}", text) if pattern else text


def excerpt(text: str, words: str, length: int = 120) -> str:
    """The part of a text around its first hit, ``length`` characters at most, or
    nothing where there is no hit."""
    pattern = _pattern(words)
    match = pattern.search(text) if pattern else None
    if match is None:
        return ""
    start = max(0, match.start() - length // 3)
    end = min(len(text), start + length)
    return ("…" if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")


def _pattern(words: str) -> re.Pattern[str] | None:
    # What may stand between two characters of a hit: the space that is ignored.
    forms = [
        r"\s?".join(re.escape(sign) for sign in term.replace(" ", "")) for term in terms(words)
    ]
    return re.compile("|".join(forms), re.IGNORECASE) if forms else None
