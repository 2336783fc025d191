"""What kind of element stands in a text, and the clean HTML of what stands in it.

In: elements, what to leave out, a function for images and frames.  Out: yes or no; HTML of
allowed elements with absolute addresses, by a loop and not by recursion.  Not its job: what
becomes of the elements (``blocks``), to be the guard (``sanitize`` is).
"""

import re
from collections.abc import Callable, Collection
from html import escape
from itertools import islice

from selectolax.lexbor import LexborNode

from feedsvc import weburl
from feedsvc.parse.document import ancestors, words
from feedsvc.parse.sanitize import ADDRESSES, ATTRIBUTES, GONE_WITH_CONTENT, TAGS
from feedsvc.parse.sight import IMAGES

FALLING_BACK = frozenset({"video", "audio", "object", "amp-video", "amp-audio"})
"""Those that show what stands in them where they have nothing else to show."""
FRAMES = FALLING_BACK | {"iframe", "embed", "oembed", "amp-iframe", "amp-youtube"}
"""The elements that embed something."""
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
AS_IS = frozenset({"ul", "ol", "menu", "dir", "dl", "blockquote", "pre"})
INLINE = frozenset(
    """
    a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby
    s samp small span strike strong sub sup time tt u var wbr acronym math
    """.split()
)
FRAMED = f"{', '.join(sorted(FRAMES))}, [data-oembed-url]"
_MEDIA = f"{IMAGES}, {FRAMED}, [style*='url(']"
_BLOCKS = (
    "p, div, section, article, table, figure, ul, ol, menu, dir, li, dl, dt, dd, blockquote, "
    "pre, h1, h2, h3, h4, h5, h6, center, aside, details, summary, form, fieldset, legend, "
    "address, header, footer, main"
)
IMAGE_TAGS = frozenset({*IMAGES.split(", "), "picture"})
_MEDIA_TAGS = FRAMES | IMAGE_TAGS
BLOCK_TAGS = frozenset(_BLOCKS.split(", "))
# So many elements are looked at one by one before a selector is the cheaper way.
FEW = 24
KEPT_INLINE = INLINE - {"span", "font", "label", "big", "nobr", "tt", "data", "acronym", "strike"}
PLAIN_FIGURE = frozenset({"img", "figcaption", "a", "b", "strong", "br"})
NO_FRAME = f"table, {FRAMED}, figure, ul, ol, h1, h2, h3, h4, h5, h6"
_TEXTS = ", ".join(sorted({"p", "svg"} | HEADINGS | AS_IS))
_BESIDES = FRAMES | {"figcaption", "table"}
# What the editor means by a paragraph's class; the title and the unit of the table that
# follows become its caption (site page, "What the editor makes").
_MEANINGS = {
    "mid-title-input-box": "h3",
    "quote": "blockquote",
    "table-title": "caption",
    "table-txt": "caption",
}


def meaning(paragraph: LexborNode) -> str:
    """The element that a paragraph is by its class."""
    classes = (paragraph.attributes.get("class") or "").split()
    return next((_MEANINGS[one] for one in classes if one in _MEANINGS), "p")


def holds(node: LexborNode, selector: str) -> bool:
    """Whether a node has a descendant that fits; the node itself does not count."""
    first = node.css_first(selector)
    return first is not None and (first.mem_id != node.mem_id or len(node.css(selector)) > 1)


def holds_media(node: LexborNode, others: Collection[str] = ()) -> bool:
    """Whether a node has an image or a frame in it, or an element of ``others`` (all block
    elements, if any); the node itself does not count."""
    near = list(islice(node.traverse(), 1, FEW))
    for one in near:
        held = one.attributes
        is_embedded = "data-oembed-url" in held or "url(" in (held.get("style") or "")
        if is_embedded or one.tag in _MEDIA_TAGS or one.tag in others:
            return True
    return len(near) == FEW - 1 and holds(node, f"{_MEDIA}, {_BLOCKS}" if others else _MEDIA)


def texts_beside(figure: LexborNode, skipped: Collection[int]) -> list[LexborNode]:
    """The texts of a figure that stand beside its image or table and its caption."""
    found: dict[int, LexborNode] = {}
    for one in figure.css(_TEXTS):
        above = {node.mem_id: node.tag for node in ancestors(one)}
        is_text = one.mem_id not in skipped and above.keys().isdisjoint(skipped)
        is_beside = _BESIDES.isdisjoint(above.values()) and above.keys().isdisjoint(found)
        if is_text and is_beside and words(one) and not holds_media(one):
            found[one.mem_id] = one
    return list(found.values())


_DEEPEST = 40
"""A block nested deeper than this keeps its text and loses its inner elements."""
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
# An ``image`` stands in a drawing, and is drawn with it.
_DRAWN = (FRAMES | IMAGE_TAGS | {"svg", "noscript", "button", "form"}) - {"image"}
_NAMED_WORDS = """
address article aside center details fieldset footer header hgroup legend main search
section summary
"""
# Blocks that are not allowed by their own name, whose words stand apart all the same.
_NAMED = {**dict.fromkeys(_NAMED_WORDS.split(), "div"), "menu": "ul", "dir": "ul"}
_SPACE = re.compile(r"(?:\s|&nbsp;)+")
_PIECE = re.compile(
    r"<(?P<end>/?)(?P<name>abbr|a|b|code|em|i|mark|small|strong|sub|sup|s|u)(?=[\s>])[^<>]*+>"
    r"|<br>|[^<]++|<"
)

Drawn = Callable[[LexborNode], str]


def escaped(text: str) -> str:
    """Text for HTML, its white space folded."""
    if not text.isprintable() or "  " in text or "&nbsp;" in text:
        text = _SPACE.sub(" ", text)
    return escape(text, quote=False)


def preformatted(text: str) -> str:
    """Text for HTML, its lines and columns as they are."""
    return escape(text, quote=False)


def inner(
    node: LexborNode,
    skipped: Collection[int],
    base: str,
    drawn: Drawn,
    written: Callable[[str], str] = escaped,
) -> str:
    """The HTML within a node; ``skipped`` are ``mem_id``s, ``drawn`` gives the HTML of
    an image, a frame, a form or a button, or nothing, ``written`` that of text."""
    out: list[str] = []
    # Nodes yet to write, and end tags between them; the last one is next.
    waiting: list[tuple[LexborNode | str, int]] = [
        (child, 0) for child in reversed(list(node.iter(include_text=True)))
    ]
    while waiting:
        one, depth = waiting.pop()
        tag = "" if isinstance(one, str) else one.tag or ""
        if isinstance(one, str):
            out.append(one)
        elif one.is_text_node:
            out.append(written(one.text_lexbor()))
        elif one.is_element_node and one.mem_id not in skipped:
            if tag in _DRAWN:
                out.append(drawn(one))
            elif tag in _VOID:
                out.append(f"<{tag}>" if tag != "hr" else "")
            elif tag not in GONE_WITH_CONTENT:
                if (tag in TAGS or tag in _NAMED) and depth < _DEEPEST:
                    opened, closed = tags(one, base)
                    out.append(opened)
                    waiting.append((closed, depth))
                waiting += [(child, depth + 1) for child in list(one.iter(include_text=True))[::-1]]
    return "".join(out)


def tags(node: LexborNode, base: str) -> tuple[str, str]:
    """An allowed element's start and end tag; a link to nowhere has none."""
    tag = node.tag or ""
    tag = _NAMED.get(tag, tag)
    allowed = ATTRIBUTES.get(tag)
    held = node.attributes if allowed else {}
    parts = [tag]
    for name in sorted(allowed & held.keys()) if allowed else ():
        value = held[name] or ""
        if name in ADDRESSES:
            value = weburl.absolute(value, base) or ""
        if value or name not in ADDRESSES:
            parts.append(f'{name}="{escape(value)}"')
    if tag == "span" or (tag == "a" and ("href" not in held or len(parts) == 1)):
        return "", ""
    return f"<{' '.join(parts)}>", f"</{tag}>"


def without_hollow(html: str) -> str:
    """HTML of a block less the inline elements that hold nothing."""
    if "></" not in html and "> </" not in html and "<br></" not in html:
        return html.strip()
    out: list[str] = []
    # The inline elements open now: their name, and where they stand in ``out``.
    opened: list[tuple[str, int]] = []
    filled = -1
    for match in _PIECE.finditer(html):
        name, piece = match["name"], match[0]
        if name and not match["end"]:
            opened.append((name, len(out)))
            out.append(piece)
            continue
        if name and opened and opened[-1][0] == name:
            start = opened.pop()[1]
            if filled < start:
                between = "".join(out[start + 1 :])
                del out[start:]
                if between.replace("<br>", "") and out and not out[-1][-1:].isspace():
                    out.append(" ")
                continue
        out.append(piece)
        if piece != "<br>" and not piece.isspace():
            filled = len(out) - 1
    return "".join(out).strip()
