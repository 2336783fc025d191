"""What a ``style`` attribute declares (CSS Syntax, 5.4.4), in linear time.

In: the attribute.  Out: its declarations, comments and escapes read.  Not its job: what
they mean.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(
    r"/\*.*?(?:\*/|\Z)|\"(?:[^\"\\]++|\\.)*+\"?|'(?:[^'\\]++|\\.)*+'?|\\.|[;(){}\[\]]"
    r"|[^\\\"'/;(){}\[\]]++|/",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_IMPORTANT = re.compile(r"!\s?important\s?$", re.IGNORECASE)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


@lru_cache(maxsize=256)  # the elements of a page share a few of them
def declared(style: str) -> dict[str, tuple[str, ...]]:
    """The values of each property, the one that counts first where it is valid; names in
    lower case, values as they stand."""
    found: dict[str, list[tuple[bool, str]]] = {}
    for one in _parts(style):
        name, colon, value = one.partition(":")
        value = " ".join(value.split())
        if name.strip() and colon and value:
            plain = _IMPORTANT.sub("", value).strip()
            found.setdefault(_unescaped(name.strip()).lower(), []).append(
                (plain != value, _unescaped(plain))
            )
    for values in found.values():
        # The last one counts, and one that is important before all others.
        values.reverse()
        values.sort(key=lambda one: not one[0])
    return {name: tuple(value for _, value in values) for name, values in found.items()}


def _parts(style: str) -> list[str]:
    """What stands between semicolons, those in strings and brackets left alone."""
    parts: list[list[str]] = [[]]
    open_now = 0
    for token in _TOKEN.findall(style):
        if token == ";" and not open_now:
            parts.append([])
        elif token.startswith("/*"):
            parts[-1].append(" ")
        else:
            open_now += (token in _OPENING) - (token in _CLOSING and open_now > 0)
            parts[-1].append(token)
    return ["".join(one) for one in parts]


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda one: _sign(one[1]) if one[1] else one[2], text)


def _sign(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
