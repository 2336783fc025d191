"""What a ``style`` attribute declares (CSS Syntax, 5.4.4; CSS Cascade, 3 and 6), in linear
time.

In: the attribute.  Out: the values of a property, in the order in which they count; the
words of one.  Not its job: which values are valid, and what they mean.
"""

from __future__ import annotations

import re
from functools import lru_cache

# White space of CSS is not Python's: a no-break space is a letter of a name.
_SPACE = " \t\n\r\f"
_TOKEN = re.compile(
    r"/\*.*?(?:\*/|\Z)"
    r"|url\((?=[ \t\n\r\f]*+[^\"' \t\n\r\f])(?:[^\\)]|\\.)*+\)?"  # neither string nor comment in it
    r"|\"(?:[^\"\\\n\r\f]|\\.)*+\"?|'(?:[^'\\\n\r\f]|\\.)*+'?|\\(?:.|\Z)|[;(){}\[\]]"
    r"|[\w-]++|[^\w\\\"'/;(){}\[\]-]++|/",
    re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6}+)(?:\r\n|[ \t\n\r\f])?|(.)|\Z)", re.DOTALL)
# Without groups: CPython 3.11 loses count of those in what a possessive repeats.
_WORD = re.compile(
    r"(?:\\(?:[0-9a-fA-F]{1,6}+(?:\r\n|[ \t\n\r\f])?|.|\Z)|[^\\ \t\n\r\f])++", re.DOTALL
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
# What the shorthand ``all`` leaves as it is.
_NOT_ALL = frozenset({"all", "direction", "unicode-bidi"})


def declared(style: str, name: str) -> tuple[str, ...]:
    """The values that are declared for a property, the one that counts first where it is
    valid, ``all``'s among them; as they stand, escapes unread."""
    found = _declarations(style)
    if "all" not in found or name in _NOT_ALL or name.startswith("--"):
        return tuple(value for _, _, value in found.get(name, ()))
    both = sorted((*found.get(name, ()), *found["all"]), reverse=True)
    return tuple(value for _, _, value in both)


def words(value: str) -> tuple[str, ...]:
    """The words of a value, in lower case, escapes read: an escaped space parts no words."""
    return tuple(unescaped(one[0]).lower() for one in _WORD.finditer(value))


@lru_cache(maxsize=256)  # the elements of a page share a few of them
def _declarations(style: str) -> dict[str, list[tuple[bool, int, str]]]:
    """For each name whether the value is important, its place and the value; what counts
    more comes first: what is important, then what stands later."""
    found: dict[str, list[tuple[bool, int, str]]] = {}
    for place, one in enumerate(_parts(style)):
        name, colon, value = one.partition(":")
        name, value = name.strip(_SPACE), value.strip(_SPACE)
        if not (name and colon and value):
            continue
        name = unescaped(name)
        before, mark, said = value.rpartition("!")
        important = bool(mark) and before[-1:] != "\\" and words(said) == ("important",)
        if important:
            value = before.rstrip(_SPACE)
        # The case of a custom property's name counts.
        name = name if name.startswith("--") else name.lower()
        found.setdefault(name, []).append((important, place, value))
    for values in found.values():
        values.sort(reverse=True)
    return found


def _parts(style: str) -> list[str]:
    """What stands between semicolons, those in strings and brackets left alone."""
    parts: list[list[str]] = [[]]
    open_now: list[str] = []
    for token in _TOKEN.findall(style):
        if token == ";" and not open_now:
            parts.append([])
        elif token.startswith("/*"):
            parts[-1].append(" ")
        else:
            if token in _CLOSING:
                open_now.append(_CLOSING[token])
            elif open_now and token == open_now[-1]:
                open_now.pop()
            parts[-1].append(token)
    return ["".join(one) for one in parts]


def unescaped(text: str) -> str:
    """Text with its escapes read."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda one: _sign(one[1]) if one[1] else one[2] or "\ufffd", text)


def _sign(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
