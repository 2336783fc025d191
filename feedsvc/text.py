"""Text, as the contract wants it: decoded, clean, NFC.

Strings in, strings out; no HTML is parsed here.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

# Contract, section 4: C0 but tab and newline, DEL, C1, surrogates, noncharacters,
# zero-width characters (U+200B..U+200D, U+2060, U+FEFF; soft hyphen and the
# direction marks are as invisible and are met in pasted text).
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ud800-\udfff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17)
    )
    + "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# CR is a line end before it is a control character; vertical tab and form feed are spaces.
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_PIECE = 1 << 16
_TAG = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|cite|code|del|em|i|ins|kbd|mark|q|rp|rt|ruby|s|samp|small|span|strong|sub|sup|time|u|var)"
    r"""(?:\s(?:[^<>"']|"[^"]*"|'[^']*')*)?/?>""",
    re.IGNORECASE,
)
_META_CHARSET = re.compile(
    rb"""<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE
)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)


def clean(value: str) -> str:
    """The text in NFC, without the characters that the contract keeps out.

    A pair of surrogates that spells one character becomes that character.
    """
    # Printable leaves out every character below and every line end; most text is so.
    if value.isprintable() and unicodedata.is_normalized("NFC", value):
        return value
    value = _LINE_ENDS.sub("\n", value)
    if _SURROGATE.search(value):
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    if len(value) > _PIECE:
        # A substitution holds each piece between two finds: many times a dirty page.
        value = "".join(_FORBIDDEN.sub("", piece) for piece in _pieces(value))
    else:
        value = _FORBIDDEN.sub("", value)
    return unicodedata.normalize("NFC", value)


def one_line(value: str) -> str:
    """The text as it may stand in a message, a log or on a terminal, whoever wrote it: one
    line without control characters, escape codes and marks that reorder or hide what
    follows.  Characters are dropped, white space becomes a space; nothing else changes.
    """
    if value.isprintable():
        return value
    return "".join(char if char.isprintable() else _harmless(char) for char in value)


def _harmless(char: str) -> str:
    kind = unicodedata.category(char)
    if char.isspace() or kind[0] == "Z":
        return " "
    if kind == "Cs":  # half a character; of a path that is no UTF-8, a byte of its name
        return "\ufffd"
    # Joiners hide nothing; private and unassigned characters are shown as the font has them.
    return char if kind in ("Co", "Cn") or char in "\u200c\u200d" else ""


def _pieces(value: str) -> Iterator[str]:
    return (value[at : at + _PIECE] for at in range(0, len(value), _PIECE))


def fold(value: str) -> str:
    """Clean text with every run of white space (``&nbsp;`` too) made one space, trimmed."""
    if value.isprintable() and unicodedata.is_normalized("NFC", value):
        # The one white space that is printable is the space.
        if "  " in value or value[:1] == " " or value[-1:] == " ":
            return _single_spaced(value)
        return value
    return _single_spaced(clean(value))


def _single_spaced(value: str) -> str:
    if len(value) <= _PIECE:
        return " ".join(value.split())
    # Piece by piece, as the words of a huge text are many objects.
    out: list[str] = []
    apart = False
    for piece in _pieces(value):
        words = " ".join(piece.split())
        if words:
            if out and (apart or piece[0].isspace()):
                out.append(" ")
            out.append(words)
        apart = piece[-1].isspace() or (apart and not words)
    return "".join(out)


def visible(block: str) -> str:
    """What a reader sees of one sanitised HTML block, folded.

    Inline elements join what they touch; every other tag separates words.
    """
    return fold(html.unescape(_TAG.sub(" ", _INLINE.sub("", block))))


def decode(body: bytes, content_type: str = "") -> str:
    """Bytes of a page as text: UTF-8 where they are valid UTF-8, else the
    header's charset, the page's own, then CP949, whatever fits first.

    Headers lie more often than bytes do, so the bytes are asked first.  What
    fits nowhere is read as UTF-8 with U+FFFD in the gaps; nothing is raised.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    named = [match[1] for match in [_HEADER_CHARSET.search(content_type)] if match]
    named += [match[1].decode("ascii") for match in [_META_CHARSET.search(body[:4096])] if match]
    # Korean pages that say EUC-KR mean its superset CP949, as the WHATWG Encoding
    # Standard maps it; UTF-8 has just been ruled out.
    korean = {"euc-kr", "euckr", "ks_c_5601-1987", "ksc5601", "ks_c_5601", "korean"}
    for charset in [*named, "cp949"]:
        label = charset.lower()
        if label in {"utf-8", "utf8"}:
            continue
        try:
            return body.decode("cp949" if label in korean else label)
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("utf-8", "replace")
