"""Korean text as search takes it: to tokens for the index, to a query, to marks.

Strings in, strings out.  A word's tokens are its first character behind ``^``, then
each pair of characters: ``오픈AI`` is ``^오 오픈 픈a ai``.  So a part of a word is a run
of pairs, words of two syllables are one lookup, and the ``^`` tells where a word
begins: ``인수합병`` is also looked for as ``^인 인수 ^합 합병``, with a space inside, but
``합병`` is not found in ``연합 병원``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from operator import add

TOKENIZER = "ascii tokenchars '^&'"
"""SQLite's tokenizer for what :func:`tokens` gives: all but ASCII signs are tokens."""

_WORD = re.compile(r"[^\W_]+(?:&[^\W_]+)*")  # M&A is one word
_QUOTED = re.compile(r'"([^"]*)"|(\S+)')


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
        term = " ".join(_WORD.findall(folded(quoted or plain)))
        if term:
            found.append(term)
    return tuple(dict.fromkeys(found))


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
    return all(any(_stands(form, one) for form in _forms(term) for one in cut) for term in wanted)


def _stands(form: str, cut: str) -> bool:
    """A phrase of SQLite's among tokens with spaces around; ``*``: its last one goes on."""
    phrase = form.removesuffix(" *").strip('"')
    return f" {phrase}" in cut if form.endswith("*") else f" {phrase} " in cut


def _forms(term: str) -> list[str]:
    """A term as phrases: written together, and with a space at each place."""
    own = term.split(" ")
    joined = "".join(own)
    if len(joined) == 1:
        return [f'"^{joined}"', f'"{joined}" *']
    forms = [_pairs(joined)]
    forms += [_spaced(joined[:cut], joined[cut:]) for cut in range(1, len(joined))]
    if len(own) > 2:
        forms.append(_spaced(*own))
    return list(dict.fromkeys(forms))


def _pairs(text: str) -> str:
    return '"' + " ".join(text[place : place + 2] for place in range(len(text) - 1)) + '"'


def _spaced(*parts: str) -> str:
    """Whole words one after the other, the last of which may go on."""
    return '"' + " ".join(tokens(part) for part in parts) + '"'


def marked(text: str, words: str, before: str, after: str) -> str:
    """The text with every hit between two strings."""
    pattern = _pattern(words)
    if pattern is None:
        return text
    return pattern.sub(lambda match: f"{before}{match[0]}{after}", text)


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
    found = terms(words)
    if not found:
        return None
    # What may stand between two characters of a hit: the space that is ignored.
    forms = (r"\s?".join(re.escape(sign) for sign in term.replace(" ", "")) for term in found)
    return re.compile("|".join(forms), re.IGNORECASE)
