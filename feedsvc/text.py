"""Text, as the contract wants it: clean, NFC; an article's body as sentences, and the few of
them by which it is found again; and as Markdown shows it.

Strings in, strings and short hashes out; no HTML is parsed here.  Not its job: whether two
articles are the same story (``dedup.similar``).
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator

# Contract, section 4: C0 but tab and newline, DEL, C1, surrogates, noncharacters,
# zero-width characters (U+200B..U+200D, U+2060, U+FEFF; soft hyphen and the
# direction marks are as invisible and are met in pasted text).
_FORBIDDEN_SIGNS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ud800-\udfff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17)
    )
)
_JOINERS = "\u200c\u200d"
_FORBIDDEN = re.compile(f"[{_FORBIDDEN_SIGNS}{_JOINERS}]")
# What a joiner may stand between: emoji (Unicode Technical Standard 51: pictographs with
# their selectors, tones and tags), and letters of the scripts that join or stack.
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u20e3\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f"
)
_JOINING = (
    "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1700-\u180d\u180f-\u18af\u1a20-\u1c4f\ua840-\ua87f\ua8e0-\uaaff"
    "\uabc0-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
_FORBIDDEN_OR_LONE = re.compile(
    f"[{_FORBIDDEN_SIGNS}]"
    f"|[{_JOINERS}](?!(?<=[{_EMOJI}].)[{_EMOJI}]|(?<=[{_JOINING}].)[{_JOINING}])",
    re.DOTALL,
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
    unfit = _FORBIDDEN_OR_LONE if "\u200d" in value or "\u200c" in value else _FORBIDDEN
    # A substitution holds each piece between two finds: many times a dirty page.
    value = "".join(unfit.sub("", piece) for piece in _pieces(value))
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
    at = 0
    while at < len(value):
        end = at + _PIECE
        # A joiner is judged by its neighbours.
        while end < len(value) and (value[end - 1] in _JOINERS or value[end] in _JOINERS):
            end += 1
        yield value[at:end]
        at = end


def fold(value: str) -> str:
    """Clean text with every run of white space (``&nbsp;`` too) made one space, trimmed."""
    if value.isprintable() and unicodedata.is_normalized("NFC", value):
        # The one white space that is printable is the space.
        if "  " in value or value[:1] == " " or value[-1:] == " ":
            return _single_spaced(value)
        return value
    return _single_spaced(clean(value))


def same_headline(listed: str, kept: str) -> bool:
    """Whether a listed headline is the kept one, perhaps cut with an ellipsis."""
    shown, whole = fold(listed), fold(kept)
    is_cut = shown.endswith(("…", "..."))
    return whole.startswith(shown.rstrip(" .…")) if is_cut else shown == whole


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


LEAD = 2
SKETCH = 8
"""How many hashes an article is known by at most: those of its first sentences, and
the smallest of all.  Two bodies that share most sentences share some of the smallest."""

_LEAST = 15
"""Letters of a sentence that says something of its own."""

# The sign first, then what stands before it: so most of a text is passed over quickly.
_END = re.compile(r"[.!?](?<=[다요죠까음됨함임][.!?])[.!?]*[\"'”’)\]]*\s+")
_IGNORED = re.compile(r"[\s\"'“”‘’‚‛„‟′″´`＂＇「」『』〈〉《》<>·ㆍ・…,.!?~∼\-–—]+")
# A point or a comma between digits is part of a figure.
_IN_FIGURE = re.compile(r"[.,](?<=\d[.,])(?=\d)")


def sentences(body: Iterable[str]) -> tuple[str, ...]:
    """The visible sentences of a body (sanitised HTML blocks), in order, as written."""
    parts = (one.strip() for block in body for one in _END.split(visible(block)))
    return tuple(filter(None, parts))


def core(sentence: str) -> str:
    """A sentence without white space, quotation marks and punctuation; figures stay
    whole: ``1.5%`` is not ``15%``, ``1,500`` is ``1500``."""
    joined = "".join(_IN_FIGURE.sub(lambda sign: "\0" if sign[0] == "." else "", sentence).split())
    return _IGNORED.sub("", joined).replace("\0", ".").lower()


def sketch(body: Iterable[str]) -> tuple[int, ...]:
    """Hashes (63 bits) of some of the body's sentences: see :data:`SKETCH`."""
    from hashlib import blake2b  # 4 MB that --help has no use for

    cores = (core(one) for one in sentences(body))
    telling = (one.encode("utf-8", "replace") for one in cores if len(one) >= _LEAST)
    found = (blake2b(one, digest_size=8).digest() for one in telling)
    hashes = [int.from_bytes(one, "big") >> 1 for one in found]
    return tuple(dict.fromkeys((*hashes[:LEAD], *sorted(set(hashes))[:SKETCH])))


def meant(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """``did you mean '…'?`` of the known name that is most like it; ``otherwise`` of none."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    return f"did you mean '{near[0]}'?" if near else otherwise


# -- as Markdown (CommonMark) shows it: as it is, whatever stands in it ---------------------------

# A reference of HTML is read in Markdown too: ``&lt;`` would be shown as ``<``.
_MARK = re.compile(r"[\\`*_\[\]<>#|~]|&(?=#?\w+;)")
_BEGIN = re.compile(r"(\s*)(?:([+-])(?=\s|$)|(=+|-+)(?=\s*$)|(\d{1,9})([.)])(?=\s|$))")


def escaped(text: str) -> str:
    """Text on one line with what would be a mark of Markdown escaped: within a line, or behind
    a mark."""
    return _MARK.sub(r"\\\g<0>", text)


def begun(line: str) -> str:
    """An escaped line that may stand first in a paragraph or below another line: what would
    make a list, a rule or a heading of it is escaped too."""
    match = _BEGIN.match(line)
    if match is None:
        return line
    space, item, rule, number, dot = match.groups()
    rest = line[match.end() :]
    return f"{space}{number}\\{dot}{rest}" if number else f"{space}\\{item or rule}{rest}"
