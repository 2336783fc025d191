"""Bytes of a page to a tree, safely.

In: a fetched page.  Out: a selectolax tree, whatever the bytes are.  Not its job:
what stands on the page.

A page nested without end costs the parser quadratic time, and unclosed formatting
elements are copied into every block that follows them (HTML Standard, 13.2.4.3).
Such a page is flattened first, in one linear scan.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from feedsvc.errors import LayoutUnknown
from feedsvc.model import FetchedPage
from feedsvc.text import clean, fold

MAX_DEPTH = 400
"""Deeper elements lose their tags and keep their text; browsers stop at 512."""
MAX_OPEN_FORMATS = 24
MAX_TAGS = 250_000
"""A page with more is refused: the tree would take a hundred times its bytes."""

# Up to so many tags a hostile page costs tenths of a second: not worth a scan.
_UNSEEN_TAGS = 2_000
_HARMLESS_TAGS = 4_000
_HARMLESS_UNCLOSED = 400

# What a browser does to a tree after parsing (mirrored options) is not wanted, and costs.
_PLAIN = LexborDocumentOptions.WO_EVENTS

# References to characters that are none; the parser would put U+FFFD in their place.
# Fixed letters at the beginning of the pattern make the search quick.
_REFERENCES = re.compile(
    rb"&#(?:[xX][0-9a-fA-F]{1,8}|[0-9]{1,9});?(?:&#(?:[xX][0-9a-fA-F]{1,8}|[0-9]{1,9});?)*"
)
# None of those: most pages write quotation marks this way and nothing else.
_STRANGE = re.compile(
    rb"&#(?:[xX](?:0*(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0)(?![0-9a-fA-F])|0*[1-9a-fA-F][0-9a-fA-F]{5})"
    rb"|0*(?:5[5-7][0-9]{3}|0)(?![0-9])|0*[1-9][0-9]{6})"
)
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_SURROGATES = range(0xD800, 0xE000)
_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9:_-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_BREAKS = "p, div, br, li, tr, td, dd, dt, section, figcaption, h1, h2, h3, h4, h5, h6, i"
"""Elements whose text stands apart from its neighbours' (``i``: a glyph of an icon font)."""
_SILENT = frozenset({"script", "style", "noscript", "template"})
_PRUNED = 4
_FEW = 3
_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
# These end by themselves when the next one begins, so they add no depth of their own.
_SELF_ENDING = frozenset(b"p li dt dd tr td th thead tbody tfoot option optgroup rp rt".split())
_FORMATS = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())


def tree_of(page: FetchedPage) -> LexborHTMLParser:
    """The page's tree.  Raises ``LayoutUnknown`` for a page of absurdly many tags."""
    body = page.body
    if not body.isascii():
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            body = page.text.encode("utf-8", "replace")
    return parsed(body, page.final_url or page.url)


def parsed(body: bytes, about: str = "") -> LexborHTMLParser:
    """The tree of UTF-8 bytes; see :func:`tree_of`."""
    tags = body.count(b"<")
    if tags > MAX_TAGS:
        raise LayoutUnknown(
            f"the page has {tags} tags, an article page has a few thousand",
            about=about,
            advice="open it in a browser; the site may be broken",
        )
    if tags > _UNSEEN_TAGS and (
        tags > _HARMLESS_TAGS or tags - 2 * body.count(b"</") > _HARMLESS_UNCLOSED
    ):
        body = flattened(body)
    if b"\0" in body:
        body = body.replace(b"\0", b"")
    if b"&#" in body and _STRANGE.search(body):
        body = _REFERENCES.sub(_readable, body)
    return LexborHTMLParser(body, options=_PLAIN)


def _readable(run: re.Match[bytes]) -> bytes:
    """References in a row: a pair of surrogates joined, what is no character left out."""
    codes = [
        (int(one[1], 16) if one[1] else int(one[2]), one[0]) for one in _REFERENCE.finditer(run[0])
    ]
    if all(0 < code < 0x110000 and code not in _SURROGATES for code, _ in codes):
        return run[0]
    out: list[str] = []
    for code, written in codes:
        if code in _SURROGATES:
            out.append(chr(code))
        elif 0 < code < 0x110000:
            out.append(written.decode("ascii"))
    joined = "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return joined.encode()


def flattened(body: bytes) -> bytes:
    """The same markup without the tags that nest deeper than ``MAX_DEPTH`` or leave
    more than ``MAX_OPEN_FORMATS`` formatting elements open."""
    depth = 0
    formats = 0
    dropped: dict[bytes, int] = {}

    def keep(match: re.Match[bytes]) -> bytes:
        nonlocal depth, formats
        name = match[2].lower()
        if name in _VOID or name in _SELF_ENDING:
            return match[0]
        if match[1]:
            if dropped.get(name):
                dropped[name] -= 1
                return b""
            depth = max(0, depth - 1)
            if name in _FORMATS:
                formats = max(0, formats - 1)
            return match[0]
        if depth >= MAX_DEPTH or (name in _FORMATS and formats >= MAX_OPEN_FORMATS):
            dropped[name] = dropped.get(name, 0) + 1
            return b""
        depth += 1
        if name in _FORMATS:
            formats += 1
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
                    if child.is_element_node and child.tag not in _SILENT
                ]
                continue
        for inner in node.traverse(include_text=True, skip_empty=True):
            if inner.is_text_node:
                text = inner.text_lexbor()
                if one in text or two in text or three in text:
                    above = inner.parent
                    if above is not None and above.tag not in _SILENT:
                        found.setdefault(above.mem_id, above)
    return list(found.values())


def words(node: LexborNode | None) -> str:
    """A node's text, folded; words of neighbouring blocks stay apart."""
    if node is None:
        return ""
    child = node.first_child
    if child is None or (child.next is None and child.is_text_node):
        return fold(node.text_lexbor())
    return fold(node.text(separator=" "))


def joined(node: LexborNode | None, skipped: Collection[int] = ()) -> str:
    """A node's text, folded; what touches stays joined.  ``skipped`` are the ``mem_id``s
    of elements within whose text does not count."""
    if node is None:
        return ""
    if not skipped or all(one.mem_id not in skipped for one in node.traverse()):
        return fold(node.text_lexbor())
    parts: list[str] = []
    waiting = list(node.iter(include_text=True))[::-1]
    while waiting:
        one = waiting.pop()
        if one.is_text_node:
            parts.append(one.text_lexbor())
        elif one.mem_id not in skipped:
            waiting += list(one.iter(include_text=True))[::-1]
    return fold("".join(parts))


def sentence(node: LexborNode) -> str:
    """A node's text as a reader sees it: joined where nothing in it breaks the line."""
    within = (one for one in node.css(_BREAKS) if one.mem_id != node.mem_id)
    return words(node) if next(within, None) is not None else joined(node)


def attribute(node: LexborNode | None, name: str) -> str:
    """An attribute's value or nothing, folded."""
    return fold(node.attrs.get(name) or "") if node is not None else ""


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """The elements that hold a node, nearest first."""
    above = node.parent
    while above is not None and above.is_element_node:
        yield above
        above = above.parent


def described(node: LexborNode) -> str:
    """A short selector that says where a node stands: itself and what holds it."""
    parts = [_simple(node)]
    above = node.parent
    if above is not None and above.is_element_node and above.tag not in ("body", "html"):
        parts.append(_simple(above))
    return " > ".join(reversed(parts))


def _simple(node: LexborNode) -> str:
    held = node.attributes
    classes = (held.get("class") or "").split()[:2]
    if classes:
        return clean(f".{'.'.join(classes)}")
    number = held.get("id")
    return clean(f"{node.tag}#{number.split()[0]}" if number and number.strip() else node.tag or "")
