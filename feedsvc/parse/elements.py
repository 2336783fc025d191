"""What kind of element stands in a text: inline, a block, an image, a frame.

In: elements.  Out: yes or no.  Not its job: what becomes of them (``blocks``).
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from selectolax.lexbor import LexborNode

from feedsvc.parse.document import ancestors, words
from feedsvc.parse.media import FRAMES
from feedsvc.parse.sight import IMAGES

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
AS_IS = frozenset({"ul", "ol", "menu", "dir", "dl", "blockquote", "pre"})
_INLINE_WORDS = """
a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby
s samp small span strike strong sub sup time tt u var wbr acronym math
"""
INLINE = frozenset(_INLINE_WORDS.split())
FRAMED = f"{', '.join(sorted(FRAMES))}, [data-oembed-url]"
_MEDIA = f"{IMAGES}, {FRAMED}, [style*='url(']"
_BLOCKS = (
    "p, div, section, article, table, figure, ul, ol, menu, dir, li, dl, dt, dd, blockquote, "
    "pre, h1, h2, h3, h4, h5, h6, center, aside, details, summary, form, fieldset, legend, "
    "address, header, footer, main"
)
_MEDIA_OR_BLOCKS = f"{_MEDIA}, {_BLOCKS}"
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
    classes = paragraph.attributes.get("class")
    found = (_MEANINGS.get(one) for one in classes.split()) if classes else ()
    return next((one for one in found if one), "p")


def holds(node: LexborNode, selector: str) -> bool:
    """Whether a node has a descendant that fits; the node itself does not count."""
    first = node.css_first(selector)
    if first is None or first.mem_id != node.mem_id:
        return first is not None
    return len(node.css(selector)) > 1


def holds_media(node: LexborNode, others: Collection[str] = ()) -> bool:
    """Whether a node has an image or a frame in it, or an element of ``others`` (all block
    elements, if any); the node itself does not count."""
    looked = -1
    for looked, one in enumerate(islice(node.traverse(), FEW)):
        if looked == 0:
            continue
        tag = one.tag
        if tag in _MEDIA_TAGS or tag in others:
            return True
        held = one.attributes
        if held and ("data-oembed-url" in held or "url(" in (held.get("style") or "")):
            return True
    return looked + 1 == FEW and holds(node, _MEDIA_OR_BLOCKS if others else _MEDIA)


def texts_beside(figure: LexborNode, skipped: Collection[int]) -> list[LexborNode]:
    """The texts of a figure that stand beside its image or table and its caption."""
    found: dict[int, LexborNode] = {}
    for one in figure.css(_TEXTS):
        above = {node.mem_id: node.tag for node in ancestors(one)}
        if one.mem_id in skipped or not above.keys().isdisjoint(skipped):
            continue
        is_beside = _BESIDES.isdisjoint(above.values()) and above.keys().isdisjoint(found)
        if is_beside and words(one) and not holds_media(one):
            found[one.mem_id] = one
    return list(found.values())
