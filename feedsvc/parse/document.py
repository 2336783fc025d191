"""Bytes of a page to a tree, safely.

In: a fetched page.  Out: a selectolax tree, whatever the bytes are.  Not its job:
what stands on the page.

A page nested without end costs the parser quadratic time, and unclosed formatting
elements are copied into every block that follows them (HTML Standard, 13.2.4.3).
Such a page is flattened first, in one linear scan.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from feedsvc.encoding import is_utf8
from feedsvc.errors import LayoutUnknown, ParseError
from feedsvc.model import FetchedPage
from feedsvc.text import clean, fold

MAX_DEPTH = 400
"""Deeper elements lose their tags and keep their text; browsers stop at 512."""
MAX_OPEN_FORMATS = 24
MAX_TAGS = 250_000
"""A page with more is refused unread."""
MAX_PARTS = 65_000
"""A page with more tags and attributes, those left out that nest too deep, is refused,
unless it has ``BYTES_A_PART`` for each: its tree would take far more than ten times
its bytes."""
BYTES_A_PART = 120

MAX_ATTRIBUTES = 2_000
"""A page with more in one tag is refused: each is compared with all before it."""

LARGE = 1_000_000
"""Bytes of a page that is read only where it nests no deeper than others do: its text
would be taken once for each level."""

INSTEAD = "the section's own page is read instead"
"""What is done about a JSON listing that cannot be read."""

# In so many bytes there are not enough attributes to cost a second.
_UNSEEN_BYTES = 100_000
# Up to so many tags a hostile page costs tenths of a second: not worth a scan.
_UNSEEN_TAGS = 2_000
_HARMLESS_TAGS = 4_000
_HARMLESS_UNCLOSED = 400

# What a browser does to a tree after parsing (mirrored options) is not wanted, and costs.
_PLAIN = LexborDocumentOptions.WO_EVENTS

# References to characters that are none; the parser would put U+FFFD in their place.
# Most pages write quotation marks this way and nothing else.
_HIGH = (
    rb"(?:[xX]0*[dD][89abAB][0-9a-fA-F]{2}(?![0-9a-fA-F])"
    rb"|0*5(?:529[6-9]|5[3-9]\d\d|6[0-2]\d\d|63[01]\d)(?!\d))"
)
_LOW = (
    rb"(?:[xX]0*[dD][c-fC-F][0-9a-fA-F]{2}(?![0-9a-fA-F])"
    rb"|0*5(?:63[2-9]\d|6[4-9]\d\d|7[0-2]\d\d|73[0-3]\d|734[0-3])(?!\d))"
)
_BEYOND = rb"(?:[xX]0*(?:1[1-9a-fA-F]|[2-9a-fA-F][0-9a-fA-F])[0-9a-fA-F]{4,}|0*[1-9]\d{6,})"
_STRANGE = re.compile(
    rb"&#(" + _HIGH + rb");?&#(" + _LOW + rb");?"
    rb"|&#(?:" + _HIGH + rb"|" + _LOW + rb"|(" + _BEYOND + rb")|[xX]0+(?![0-9a-fA-F])|0+(?!\d));?"
)  # fmt: skip
_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9:_-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_BREAKS = "p, div, br, li, tr, td, dd, dt, section, figcaption, h1, h2, h3, h4, h5, h6, i"
"""Elements whose text stands apart from its neighbours' (``i``: a glyph of an icon font)."""
_LINES = "br, p, div, li"
"""Elements that end a line, wherever they stand."""
_GLYPHS = frozenset(["lock_clock", "lock_open", "lock", "help", "expand_more", "chevron_right"])
"""What stands in an element that an icon font draws (site page, "The sample page")."""
_LINE_TAGS = frozenset(_LINES.split(", "))
# An attribute as a browser reads it (HTML Standard, 13.2.5.32 to 39).
_ATTRIBUTE = (
    rb"[\s/]*+[^\s/>][^\s/>=]*+"
    rb"(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>\"'][^\s>]*+)?+)?+"
)
_OPENED = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(?:script|style)\b[^>]*+(?:\Z|>.*?(?:</(?:script|style)|\Z))"
    rb"|<[A-Za-z][^\s/>]*+(?P<many>(?:" + _ATTRIBUTE + rb"){%d})?+(?:" % MAX_ATTRIBUTES
    + _ATTRIBUTE + rb")*+",
    re.DOTALL | re.IGNORECASE,
)  # fmt: skip
SILENT = frozenset({"script", "style", "noscript", "template"})
_PRUNED = 4
_FEW = 3
_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
# These end by themselves when the next one begins, so they add no depth of their own.
_SELF_ENDING = frozenset(b"p li dt dd tr td th thead tbody tfoot option optgroup rp rt".split())
_FORMATS = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())


def is_listing(page: FetchedPage) -> bool:
    """Whether it is an answer of the JSON listing."""
    return page.text.lstrip()[:1] == "{"


def listed(page: FetchedPage) -> tuple[dict[str, object], LexborHTMLParser]:
    """The JSON listing's answer, and the tree of the rows in it; raises ``ParseError``."""
    about = page.final_url or page.url
    try:
        answer = json.loads(page.text, strict=False)
    except (ValueError, RecursionError) as error:
        raise ParseError("the listing is not JSON", about=about, advice=INSTEAD) from error
    html = answer.get("articlesHtml") if isinstance(answer, dict) else None
    if not isinstance(html, str):
        raise ParseError("the listing has no articlesHtml", about=about, advice=INSTEAD)
    return answer, parsed(html.replace("\0", "").encode("utf-8", "ignore"), about)


def tree_of(page: FetchedPage) -> LexborHTMLParser:
    """The page's tree.  Raises ``LayoutUnknown`` for a page of absurdly many tags, or of
    as many attributes in one."""
    body = page.body if is_utf8(page.body) else page.text.encode("utf-8", "replace")
    return parsed(body, page.final_url or page.url)


def parsed(body: bytes, about: str = "") -> LexborHTMLParser:
    """The tree of UTF-8 bytes without NUL; see :func:`tree_of`."""
    tags = body.count(b"<")
    if tags > MAX_TAGS:
        raise _monster(f"the page has {tags} tags, an article page has a few thousand", about)
    if len(body) > _UNSEEN_BYTES and any(one["many"] for one in _OPENED.finditer(body)):
        raise _monster(f"a tag of the page has more than {MAX_ATTRIBUTES} attributes", about)
    if tags > _UNSEEN_TAGS and (
        tags > _HARMLESS_TAGS or tags - 2 * body.count(b"</") > _HARMLESS_UNCLOSED
    ):
        flat = flattened(body)
        if len(flat) < len(body) and len(body) > LARGE:
            raise _monster(f"the page is large and its tags nest deeper than {MAX_DEPTH}", about)
        body = flat
        parts = body.count(b"<") + body.count(b"=")
        if parts > max(MAX_PARTS, len(body) // BYTES_A_PART):
            raise _monster(f"the page has {parts} tags and attributes, far too many", about)
    return LexborHTMLParser(_STRANGE.sub(_readable, body), options=_PLAIN)


def _monster(message: str, about: str) -> LayoutUnknown:
    return LayoutUnknown(
        message, about=about, advice="open it in a browser; the site may be broken"
    )


def _readable(found: re.Match[bytes]) -> bytes:
    """A pair of surrogates joined to the character that it spells; what is no character
    left out."""
    high, low, beyond = found.groups()
    if high:
        pair = f"{chr(_code(high))}{chr(_code(low))}".encode("utf-16", "surrogatepass")
        return pair.decode("utf-16").encode()
    # Six hexadecimal digits are beyond all characters, seven decimal ones may be.
    short = beyond and len(beyond.lstrip(b"xX0")) < 8
    return found[0] if short and _code(beyond) < 0x110000 else b""


def _code(digits: bytes) -> int:
    return int(digits[1:], 16) if digits[:1] in b"xX" else int(digits)


def flattened(body: bytes) -> bytes:
    """The same markup without the tags that nest deeper than ``MAX_DEPTH`` or leave
    more than ``MAX_OPEN_FORMATS`` formatting elements open."""
    depth = formats = 0
    dropped: Counter[bytes] = Counter()

    def keep(match: re.Match[bytes]) -> bytes:
        nonlocal depth, formats
        name = match[2].lower()
        if name in _VOID or name in _SELF_ENDING:
            return match[0]
        ends, is_format = match[1] == b"/", name in _FORMATS
        is_deep = depth >= MAX_DEPTH or (is_format and formats >= MAX_OPEN_FORMATS)
        if dropped[name] if ends else is_deep:
            dropped[name] += -1 if ends else 1
            return b""
        depth = max(0, depth + (-1 if ends else 1))
        if is_format:
            formats = max(0, formats + (-1 if ends else 1))
        return match[0]

    return _TAG.sub(keep, body)


def holding(root: LexborNode, wanted: tuple[str, str, str]) -> list[LexborNode]:
    """The elements right around each text that holds one of three words, once each, in
    order; not within scripts and styles.

    (The CSS way, ``:lexbor-contains``, takes ten times as long.)
    """
    one, two, three = wanted
    found: dict[int, LexborNode] = {}
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth:
            text = node.text_lexbor()
            if not (one in text or two in text or three in text):
                continue
        if depth < _PRUNED:
            below = list(node.iter(include_text=True))
            if not any(child.is_text_node and child.text_lexbor().strip() for child in below):
                # Nothing but elements: look only into those that hold a word.
                deeper = depth + 1 if len(below) > _FEW else depth
                waiting += [
                    (child, deeper)
                    for child in reversed(below)
                    if child.is_element_node and child.tag not in SILENT
                ]
                continue
        for inner in node.traverse(include_text=True, skip_empty=True):
            if inner.is_text_node:
                text = inner.text_lexbor()
                if one in text or two in text or three in text:
                    above = inner.parent
                    if above is not None and above.tag not in SILENT:
                        found.setdefault(above.mem_id, above)
    return list(found.values())


def words(node: LexborNode | None) -> str:
    """A node's text, folded; words of neighbouring blocks stay apart."""
    if node is None:
        return ""
    child = node.first_child
    is_one = child is None or (child.next is None and child.is_text_node)
    return fold(node.text_lexbor() if is_one else node.text(separator=" "))


def joined(node: LexborNode | None, skipped: Collection[int] = ()) -> str:
    """A node's text, folded; what touches on a line stays joined.  ``skipped`` are the ``mem_id``s
    of elements within whose text does not count; that of an icon font's glyph never does."""
    if node is None:
        return ""
    child = node.first_child
    if child is None or (child.next is None and child.is_text_node):
        return fold(node.text_lexbor())
    whole = node.text_lexbor()
    drawn = any(one in whole for one in _GLYPHS)
    if not skipped and not drawn and node.css_first(_LINES) is None:
        return fold(whole)
    glyphs = (one.mem_id for one in node.css("i, span, em") if drawn and _is_glyph(one))
    passed = {*skipped, *glyphs}
    parts: list[str] = []
    waiting: list[LexborNode | str] = [*list(node.iter(include_text=True))[::-1]]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            parts.append(one)
        elif one.is_text_node:
            parts.append(one.text_lexbor())
        elif one.mem_id not in passed:
            apart = " " if one.tag in _LINE_TAGS else ""
            waiting += [apart, *list(one.iter(include_text=True))[::-1], apart]
    return fold("".join(parts))


def _is_glyph(node: LexborNode) -> bool:
    child = node.first_child
    text = child.text_lexbor() if child is not None and child.next is None else ""
    # Words of which some are English ones too.
    is_drawn = node.tag == "i" or "_" in text or "icon" in attribute(node, "class")
    return is_drawn and fold(text) in _GLYPHS


def sentence(node: LexborNode) -> str:
    """A node's text as a reader sees it: joined where nothing in it breaks the line.  The
    name of a glyph stays: it may be the evidence of a lock."""
    breaks = any(one.mem_id != node.mem_id for one in node.css(_BREAKS))
    return words(node) if breaks else fold(node.text_lexbor())


def attribute(node: LexborNode | None, name: str) -> str:
    """An attribute's value or nothing, folded."""
    return fold(node.attrs.get(name) or "") if node is not None else ""


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """The elements that hold a node, nearest first."""
    above = node.parent
    while above is not None and above.is_element_node:
        yield above
        above = above.parent


def under(node: LexborNode, numbers: Collection[int]) -> bool:
    """Whether a node stands within one of these elements."""
    # By hand, for nothing is asked more often.
    above = node.parent
    while above is not None and above.mem_id not in numbers:
        above = above.parent
    return above is not None


def siblings(node: LexborNode, *, back: bool = False) -> Iterator[LexborNode]:
    """The nodes beside a node that come after it, or before it, nearest first."""
    one = node.prev if back else node.next
    while one is not None:
        yield one
        one = one.prev if back else one.next


def described(node: LexborNode) -> str:
    """A short selector that says where a node stands: itself and what holds it."""
    above = node.parent
    is_known = above is not None and above.is_element_node and above.tag not in ("body", "html")
    return f"{_simple(above)} > {_simple(node)}" if above and is_known else _simple(node)


def _simple(node: LexborNode) -> str:
    held = node.attributes
    classes = (held.get("class") or "").split()[:2]
    if classes:
        return clean(f".{'.'.join(classes)}")
    number = held.get("id")
    return clean(f"{node.tag}#{number.split()[0]}" if number and number.strip() else node.tag or "")
