"""A subtree to clean HTML, by a loop and not by recursion.

In: a node, what to leave out, a function for images and one for frames.  Out: HTML
of allowed elements with absolute addresses.  Not its job: to be the guard
(``sanitize`` is).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from html import escape

from selectolax.lexbor import LexborNode

from feedsvc import weburl
from feedsvc.parse.sanitize import ATTRIBUTES, GONE_WITH_CONTENT, TAGS

_DEEPEST = 40
"""A block nested deeper than this keeps its text and loses its inner elements."""
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_ADDRESSES = frozenset({"href", "src", "cite"})
_DRAWN_WORDS = """
img amp-img amp-anim picture svg noscript button form iframe video audio embed object oembed
amp-iframe amp-video amp-audio amp-youtube
"""
_DRAWN = frozenset(_DRAWN_WORDS.split())
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


def quoted(value: str) -> str:
    """Text for an attribute between double quotes."""
    return escape(value, quote=True)


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
        if isinstance(one, str):
            out.append(one)
            continue
        if one.is_text_node:
            out.append(written(one.text_lexbor()))
            continue
        tag = one.tag or ""
        if not one.is_element_node or one.mem_id in skipped:
            continue
        if tag in _DRAWN:
            out.append(drawn(one))
            continue
        if tag in GONE_WITH_CONTENT:
            continue
        if tag in _VOID:
            out.append(f"<{tag}>" if tag != "hr" else "")
            continue
        if (tag in TAGS or tag in _NAMED) and depth < _DEEPEST:
            opened, closed = tags(one, base)
            out.append(opened)
            waiting.append((closed, depth))
        waiting.extend((child, depth + 1) for child in reversed(list(one.iter(include_text=True))))
    return "".join(out)


def tags(node: LexborNode, base: str) -> tuple[str, str]:
    """An allowed element's start and end tag; a link to nowhere has none."""
    tag = node.tag or ""
    tag = _NAMED.get(tag, tag)
    if tag == "span":
        return "", ""
    parts = [tag]
    allowed = ATTRIBUTES.get(tag)
    if allowed:
        held = node.attributes
        for name in sorted(allowed & held.keys()):
            value = held[name] or ""
            if name in _ADDRESSES:
                value = weburl.absolute(value, base) or ""
                if not value:
                    continue
            parts.append(f'{name}="{quoted(value)}"')
        if tag == "a" and "href" not in held:
            return "", ""
        if tag == "a" and len(parts) == 1:
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
