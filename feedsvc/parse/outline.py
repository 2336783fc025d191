"""A page as plain elements: what its elements are called, how they nest, what they say.

In: a fetched page.  Out: an ``Outline`` of what a visitor sees, for whoever looks for the
place of something known.  What the places mean is not known here.

A page that is empty, and whose text stands as JSON in a script of its own, becomes a tree in
which each key is an element of that class, so that the same selectors can tell where a part
stands (``told_by``).  What the keys mean is not known here either.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import accumulate, chain, islice
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from feedsvc.errors import LayoutUnknown
from feedsvc.model import FetchedPage
from feedsvc.parse.document import SILENT, parsed, words
from feedsvc.parse.layout import Layout
from feedsvc.parse.page import Links, opened
from feedsvc.parse.sight import remove_unseen
from feedsvc.site import Site
from feedsvc.text import fold

MOST = 8_000
"""Elements of a page that is looked at; the site's have one or two thousand."""
_ATTRIBUTES = 24
_NO_TEXT = frozenset({"script", "style", "head", "title", "textarea"})
# Characters of JSON; and a page that shows more text than that is not empty.
_LEAST = 200
_MOST_JSON = 2_000_000
_MOST_VALUES = 20_000
_DEEPEST = 40
_ITEM = "-item"
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
    """The tree of the keys of the page's largest JSON script, its head as it was; ``None``
    where a page shows its text itself."""
    source = _largest(tree)
    if not source or tree.body is None:
        return None
    shown = (words(node) for node in tree.body.iter() if node.tag not in SILENT)
    if len(" ".join(shown).strip()) > _LEAST:
        return None
    try:
        html = "".join(_elements(json.loads(source, strict=False)))
        head = tree.head.html if tree.head is not None else ""
        return parsed(f"<html>{head or ''}<body>{html}</body></html>".encode("utf-8", "ignore"))
    except (ValueError, RecursionError, LayoutUnknown):
        return None


def _largest(tree: LexborHTMLParser) -> str:
    """The largest script that is, or assigns, one JSON object; or nothing."""
    best = ""
    for node in tree.css("script:not([src])"):
        text = node.text() if node.attributes.get("type") != "application/ld+json" else ""
        if not max(len(best), _LEAST) < len(text) <= _MOST_JSON:
            continue
        start, end = text.find("{"), text.rfind("}")
        # What stands before it is an assignment at most.
        if 0 <= start < 80 and end > start and len(text) - end < 20 and "(" not in text[:start]:
            best = text[start : end + 1]
    return best


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
            inner = [
                (_KEY.sub("-", key).strip("-") or "key", each, own, depth + 1)
                for key, each in held.items()
            ]
            waiting += ["</div>", *reversed(inner)]
        elif isinstance(held, list):
            yield f'<div class="{name}">'
            items = [(f"{name}{_ITEM}", each, link, depth + 1) for each in reversed(held)]
            waiting += ["</div>", *items]
        elif held is not None and held != "":
            yield _leaf(name, held, link)


def _leaf(name: str, value: object, link: str) -> str:
    if not isinstance(value, str):
        html = escape(str(value).lower() if isinstance(value, bool) else str(value))
    elif _HTML.search(value):
        html = value
    elif _IMAGE.fullmatch(value):
        html = f'<img src="{escape(value)}">'
    elif link and not _ADDRESS.fullmatch(value):
        return f'<a class="{name}" href="{escape(link)}">{escape(value)}</a>'
    else:
        html = escape(value)
    return f'<div class="{name}">{html}</div>'


def _link(held: dict[str, object]) -> str:
    """Where what an object describes is to be found: an address in it, else its number."""
    texts = (value for value in held.values() if isinstance(value, str))
    addresses = (one for one in texts if _ADDRESS.fullmatch(one) and not _IMAGE.fullmatch(one))
    numbers = (
        f"/articles/{value}"
        for key, value in held.items()
        if _NUMBER_KEY.search(key) and isinstance(value, int | str) and str(value).isdigit()
    )
    return next(chain(addresses, numbers), "")


@dataclass(slots=True, eq=False)
class Element:
    """One element: ``number`` is its place in the page, ``last`` that of the last one within
    it, ``nth`` its place among the siblings of its tag (from 1); its texts are
    ``outline.texts[start:end]``.  ``node`` is the parser's own."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None
    number: int
    nth: int
    start: int
    node: Any
    last: int
    end: int

    def holds(self, other: Element) -> bool:
        """Whether another one stands within it, or is it."""
        return self.number <= other.number <= self.last

    def above(self) -> Iterator[Element]:
        """What holds it, nearest first."""
        one = self.parent
        while one is not None:
            yield one
            one = one.parent


@dataclass(slots=True, eq=False)
class Outline:
    """A page's elements in order, and by ``mem_id`` (``numbers``); ``owners`` are the elements
    right around its ``texts``."""

    tree: Any
    links: Links
    is_data: bool
    elements: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    owners: list[Element] = field(default_factory=list)
    numbers: dict[int, Element] = field(default_factory=dict)
    _sizes: list[int] = field(default_factory=list)

    def joined(self, one: Element) -> str:
        """An element's text, folded; what touches stays joined."""
        return fold("".join(self.texts[one.start : one.end]))

    def words(self, one: Element) -> str:
        """The same, the words of neighbouring elements apart."""
        return fold(" ".join(self.texts[one.start : one.end]))

    def size(self, one: Element) -> int:
        """How many characters an element's texts have."""
        if len(self._sizes) <= len(self.texts):
            self._sizes[:] = accumulate(map(len, self.texts), initial=0)
        return self._sizes[one.end] - self._sizes[one.start]

    def find(self, css: str) -> list[Element]:
        """The elements that a CSS selector fits, in order."""
        nodes = dict.fromkeys(node.mem_id for node in self.tree.css(css))
        return [self.numbers[number] for number in nodes if number in self.numbers]

    def within(self, one: Element) -> list[Element]:
        """The elements within one, itself first."""
        return self.elements[one.number : one.last + 1]


def outline(page: FetchedPage, site: Site) -> Outline:
    """What stands on a page; of a page whose text is data, what its keys hold.

    Raises ``LayoutUnknown`` for a page of absurdly many elements.
    """
    tree, links = opened(page, site)
    told = told_by(tree)
    tree = told or tree
    remove_unseen(tree.root)
    found = Outline(tree, links, told is not None)
    if tree.body is None:
        return found
    counts: Counter[tuple[int, str]] = Counter()
    nodes: Iterator[Any] = tree.body.traverse(include_text=True)
    for node in nodes:
        key = node.parent.mem_id, node.tag
        parent = found.numbers.get(key[0])
        counts[key] += 1
        if parent is None and found.elements:
            continue  # within what is no text
        if node.is_text_node and parent is not None:
            text = node.text_lexbor()
            if text.strip():
                found.texts.append(text)
                found.owners.append(parent)
                parent.end = len(found.texts)
        elif node.is_element_node and node.tag not in _NO_TEXT:
            place, start = len(found.elements), len(found.texts)
            if place >= MOST:
                raise LayoutUnknown(
                    f"the page has more than {MOST} elements, an article page has a few thousand",
                    about=links.about,
                    advice="open it in a browser; the site may be broken",
                )
            held = islice(node.attributes.items(), _ATTRIBUTES)
            attributes = {name: value or "" for name, value in held}
            one = Element(
                node.tag, attributes, parent, place, counts[key], start, node, place, start
            )
            found.elements.append(one)
            found.numbers[node.mem_id] = one
    for one in reversed(found.elements):
        if one.parent is not None:
            one.parent.last = max(one.parent.last, one.last)
            one.parent.end = max(one.parent.end, one.end)
    return found
