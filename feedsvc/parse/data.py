"""A page that is empty, and whose text stands as JSON in a script of its own.

In: a tree.  Out: a tree in which each key is an element of that class, so that the same
selectors can tell where a part stands; ``None`` where a page shows its text itself.
What the keys mean is not known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.errors import LayoutUnknown
from feedsvc.parse.document import parsed, words
from feedsvc.parse.layout import Layout

LEAST = 200
"""Characters of JSON; and a page that shows more text than that is not empty."""
MOST = 2_000_000
_MOST_VALUES = 20_000
_DEEPEST = 40
_ITEM = "-item"
_JSON_LD = "application/ld+json"
_KEY = re.compile(r"[^A-Za-z0-9_-]+")
_HTML = re.compile(r"</?(?:p|div|br|img|figure|table|span|ul|ol|h[1-6]|blockquote)\b[^>]*>")
_IMAGE = re.compile(r"(?:https?:/)?/[^\s\"'<>]+\.(?:jpe?g|png|gif|webp)(?:\?\S*)?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?:/)?/[^\s\"'<>]*")
_NUMBER_KEY = re.compile(r"(?:^|_)(?:id|no|idx|seq)$|(?:Id|No|Idx|Seq)$", re.IGNORECASE)


def read_by(
    tree: LexborHTMLParser, layouts: Sequence[Layout]
) -> tuple[LexborHTMLParser, Sequence[Layout]]:
    """The tree in which a page's parts are to be looked for, and the layouts that may know
    where: those of data for a page whose text is data, where there are any."""
    of_data = [one for one in layouts if one.from_data]
    told = told_by(tree) if of_data else None
    return (tree, layouts) if told is None else (told, of_data)


def told_by(tree: LexborHTMLParser) -> LexborHTMLParser | None:
    """The tree of the keys of the page's largest JSON script, its head as it was."""
    source = _largest(tree)
    if source is None or tree.body is None or len(_shown(tree.body)) > LEAST:
        return None
    try:
        value = json.loads(source, strict=False)
        html = "".join(_elements(value))
        head = tree.head.html if tree.head is not None else ""
        return parsed(f"<html>{head or ''}<body>{html}</body></html>".encode("utf-8", "ignore"))
    except (ValueError, RecursionError, LayoutUnknown):
        return None


def _largest(tree: LexborHTMLParser) -> str | None:
    """The largest script that is, or assigns, one JSON object."""
    best = ""
    for node in tree.css("script:not([src])"):
        if node.attributes.get("type") == _JSON_LD:
            continue
        text = node.text()
        if not max(len(best), LEAST) < len(text) <= MOST:
            continue
        start, end = text.find("{"), text.rfind("}")
        # What stands before it is an assignment at most.
        if 0 <= start < 80 and end > start and len(text) - end < 20 and "(" not in text[:start]:
            best = text[start : end + 1]
    return best or None


def _shown(body: LexborNode) -> str:
    parts: list[str] = []
    for node in body.iter():
        if node.tag not in ("script", "style", "noscript", "template"):
            parts.append(words(node))
    return " ".join(parts).strip()


def _elements(value: object) -> Iterator[str]:
    """HTML of a value; a value that is not closed yet waits on a list, not on the stack."""
    waiting: list[tuple[str, object, str, int] | str] = [("data", value, "", 0)]
    count = 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
            continue
        name, held, link, depth = one
        count += 1
        if count > _MOST_VALUES or depth > _DEEPEST:
            raise ValueError("too many values, or nested too deep")
        if isinstance(held, dict):
            yield f'<div class="{name}">'
            # Where an item of a list leads to; what holds the list is the page itself.
            own = _link(held) if name.endswith(_ITEM) else ""
            inner = [(_named(key), each, own, depth + 1) for key, each in held.items()]
            waiting.append("</div>")
            waiting.extend(reversed(inner))
        elif isinstance(held, list):
            yield f'<div class="{name}">'
            waiting.append("</div>")
            waiting.extend((f"{name}{_ITEM}", each, link, depth + 1) for each in reversed(held))
        elif held is not None and held != "":
            yield _leaf(name, held, link)


def _leaf(name: str, value: object, link: str) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, str) and _HTML.search(text):
        return f'<div class="{name}">{text}</div>'
    if isinstance(value, str) and _IMAGE.fullmatch(text):
        return f'<div class="{name}"><img src="{escape(text)}"></div>'
    if isinstance(value, str) and link and not _ADDRESS.fullmatch(text):
        return f'<a class="{name}" href="{escape(link)}">{escape(text)}</a>'
    return f'<div class="{name}">{escape(text)}</div>'


def _link(held: dict[str, object]) -> str:
    """Where what an object describes is to be found: an address in it, else its number."""
    for value in held.values():
        if isinstance(value, str) and _ADDRESS.fullmatch(value) and not _IMAGE.fullmatch(value):
            return value
    for key, value in held.items():
        if _NUMBER_KEY.search(key) and isinstance(value, int | str) and str(value).isdigit():
            return f"/articles/{value}"
    return ""


def _named(key: str) -> str:
    return _KEY.sub("-", key).strip("-") or "key"
