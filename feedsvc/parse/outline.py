"""A page as plain elements: what its elements are called, how they nest, what they say.

In: a fetched page.  Out: an ``Outline`` of what a visitor sees, for whoever looks for the
place of something known.  What the places mean is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from feedsvc.errors import LayoutUnknown
from feedsvc.model import FetchedPage
from feedsvc.parse.data import told_by
from feedsvc.parse.document import tree_of
from feedsvc.parse.links import Links
from feedsvc.parse.metadata import Metadata
from feedsvc.parse.sight import remove_unseen
from feedsvc.site import Site
from feedsvc.text import fold

MOST = 8_000
"""Elements of a page that is looked at; the site's have one or two thousand."""
_ATTRIBUTES = 24
_NO_TEXT = frozenset({"script", "style", "head", "title", "textarea"})


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
    last: int = 0
    end: int = 0

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
    """A page's elements in order; ``owners`` are the elements right around its ``texts``."""

    tree: Any
    links: Links
    is_data: bool
    elements: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    owners: list[Element] = field(default_factory=list)
    _sizes: list[int] = field(default_factory=list)
    _numbers: dict[int, Element] = field(default_factory=dict)

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
        if not self._numbers:
            self._numbers.update((one.node.mem_id, one) for one in self.elements)
        nodes = dict.fromkeys(node.mem_id for node in self.tree.css(css))
        return [self._numbers[number] for number in nodes if number in self._numbers]

    def within(self, one: Element) -> list[Element]:
        """The elements within one, itself first."""
        return self.elements[one.number : one.last + 1]


def outline(page: FetchedPage, site: Site) -> Outline:
    """What stands on a page; of a page whose text is data, what its keys hold.

    Raises ``LayoutUnknown`` for a page of absurdly many elements.
    """
    tree = tree_of(page)
    told = told_by(tree)
    tree = told or tree
    remove_unseen(tree.root)
    links = Links.of(Metadata(tree), page.final_url or page.url, site)
    found = Outline(tree, links, told is not None)
    if tree.body is None:
        return found
    # Elements yet to enter, texts, and elements to leave (their number).
    waiting: list[tuple[Any, Element | None, int]] = [(tree.body, None, 1)]
    while waiting:
        node, parent, nth = waiting.pop()
        if nth == 0 and isinstance(node, Element):
            node.last, node.end = len(found.elements) - 1, len(found.texts)
            continue
        if node.is_text_node:
            text = node.text_lexbor()
            if parent is not None and text.strip():
                found.texts.append(text)
                found.owners.append(parent)
            continue
        if not node.is_element_node or node.tag in _NO_TEXT:
            continue
        if len(found.elements) >= MOST:
            raise LayoutUnknown(
                f"the page has more than {MOST} elements, an article page has a few thousand",
                about=page.final_url or page.url,
                advice="open it in a browser; the site may be broken",
            )
        held = node.attributes
        attributes = {name: held[name] or "" for name in list(held)[:_ATTRIBUTES]} if held else {}
        one = Element(
            node.tag or "", attributes, parent, len(found.elements), nth, len(found.texts), node
        )
        found.elements.append(one)
        waiting.append((one, None, 0))
        counts: dict[str, int] = {}
        inner: list[tuple[Any, Element | None, int]] = []
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            counts[tag] = counts.get(tag, 0) + 1
            inner.append((child, one, counts[tag]))
        waiting.extend(reversed(inner))
    return found
