"""Which layout fits a page, and where on the page its parts are looked for.

In: a tree, the layouts.  Out: ``Places``: a part's elements, the article block's before
those of the rest of the page.  What is read from them is ``article``'s.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.parse.document import ancestors, under
from feedsvc.parse.layout import Layout, Selectors, any_of
from feedsvc.parse.sight import seen

_NEAR = 4
"""So many elements above the headline the main block is looked for before the whole page."""
# Elements, classes and ids, one in another.
_SIMPLE = re.compile(r"[A-Za-z0-9_.# >-]+")
_NAME = re.compile(r"[.#]([A-Za-z0-9_-]+)")
_HEAD_AND_TEXT = frozenset({"subtitle", "reporters", "published_at", "main", "body"})


def places_on(tree: LexborHTMLParser, layouts: Sequence[Layout]) -> Places | None:
    """The places of an article page's parts by the layout that fits it; ``None``: none does.

    What is the site's own counts more than what the operator's selectors find, which may
    fit something else on a page of another layout; and a text counts more than a headline.
    """
    learned = _signed(tree, layouts)
    places = Places(tree, learned or layouts[0])
    if learned is not None or places.are_sure():
        return places
    ranks = [_rank(tree, layout) for layout in layouts]
    return Places(tree, layouts[ranks.index(max(ranks))]) if any(ranks) else None


def _signed(tree: LexborHTMLParser, layouts: Sequence[Layout]) -> Layout | None:
    """The newest learned layout whose signs, headline and main block stand on a page."""
    return next(
        (
            one
            for one in reversed(layouts)
            if one.learned
            and all(tree.css_first(any_of(part)) for part in (one.signs, one.title, one.main))
        ),
        None,
    )


def _rank(tree: LexborHTMLParser, layout: Layout) -> int:
    own, given = layout.own or layout, layout.given
    stands = tree.css_first
    by_given = given is not None and stands(any_of(given.main + given.body)) is not None
    is_own = stands(any_of(own.signs or own.main + own.body + own.title)) is not None
    if is_own and stands(any_of(own.body)) is not None:
        return 3
    if is_own or by_given:
        return 2 if by_given else 1
    # Any page may have what the operator's headline fits; a lock says that it is an article.
    has_title = given is not None and stands(any_of(given.title)) is not None
    return int(has_title and stands(any_of(layout.markers)) is not None)


class Places:
    """Where the parts of one layout stand on one page.

    ``block`` is the smallest element that holds headline and main block, ``title`` and
    ``mains``; most of a page stands around it.  ``others`` are the main blocks of the articles
    that follow on one that goes on.  Where a page shows those that feedsvc knows,
    it is mostly an older one, and what the operator's selectors find of an article elsewhere
    than from the headline to the end of the text is something else.
    """

    __slots__ = (
        *("_known", "_near", "_root", "_source", "_text"),
        *("block", "layout", "mains", "others", "title", "title_by"),
    )

    def __init__(self, tree: LexborHTMLParser, layout: Layout) -> None:
        root = tree.root
        assert root is not None  # lexbor makes html, head and body out of nothing
        self._root = root
        self._source: bytes = tree.raw_html or b""
        self.layout = layout
        own = layout.own or layout
        self.title, self.title_by = _title(root, own.title, own.main)
        mains = _mains(root, own.main, own.title, self.title)
        self.mains = _until_next(root, mains, own.title, self.title)
        self.others = mains[len(self.mains) :]
        block = _common(self.title, self.mains)
        self._known = block is not None
        self.block = block or root
        self._near: frozenset[int] | None = None
        self._text: set[int] = set()
        if layout.given:
            self._take_given(layout.given, own, block)

    def _take_given(self, given: Layout, own: Layout, block: LexborNode | None) -> None:
        """Headline and main block as the operator's selectors find them."""
        within = self.block
        passed = {node.mem_id for node in within.css(any_of(self.layout.excluded))}
        if block is not None and self.title is not None:
            self._near = _between(block, self.title, self.mains[-1])
            self._text = {node.mem_id for node in block.css(any_of(own.body))}
            passed |= {one.mem_id for one in block.iter() if one.mem_id not in self._near}
            mains = {node.mem_id for node in self.mains}
            # A heading within the text is none of the article's.
            passed |= set() if under(self.title, mains) else mains
        else:
            self.mains = _mains(within, given.main, self.layout.title, None) or self.mains
        title, title_by = _title(within, given.title, self.layout.main, passed)
        if title is not None and (self.title is None or _holds_text(title)):
            self.title, self.title_by = title, title_by
        self.block = block or _common(self.title, self.mains) or within

    def are_sure(self) -> bool:
        """Whether headline, main block and text stand here as feedsvc knows them of this
        layout: then it fits, and no other is looked at."""
        own = self.layout.own or self.layout
        return (
            self._known
            and not own.signs
            and bool(own.body)
            and self.block.css_first(own.body[0]) is not None
        )

    def each(self, *parts: str, inside: bool = False) -> Iterator[tuple[str, list[LexborNode]]]:
        """Each selector of the parts that finds something, with what it finds: in the article
        block, then on the whole page.  ``inside``: what stands elsewhere is another's, but
        for what the operator named on a page that feedsvc does not know."""
        for part in parts:
            given = getattr(self.layout.given, part, ()) if part in _HEAD_AND_TEXT else ()
            for place, selector in enumerate(getattr(self.layout, part)):
                found = self.block.css(selector)
                near = self._near
                if near is not None and place < len(given):
                    text = self._text if part not in ("main", "body") else ()
                    beside = (one for one in found if not under(one, text))
                    found = [one for one in beside if one.mem_id in near or under(one, near)]
                if found:
                    yield selector, found
        if self.block.mem_id == self._root.mem_id or (inside and self._near is not None):
            return
        for part in parts:
            for selector in getattr(self.layout.given if inside else self.layout, part, ()):
                # A look over the whole page takes longer than all that was looked at so far.
                is_told = all(name in self._source for name in _names(selector))
                if is_told and (found := list(filter(seen, self._root.css(selector)))):
                    yield selector, found

    def texts(self, excluded: Collection[int]) -> tuple[list[LexborNode], str]:
        """The elements that hold the text, in order, none within another, and their
        selector: the first one's that finds some text outside of what is ``excluded``, the
        main block's where no other does."""
        spare: tuple[list[LexborNode], str] = ([], "")
        passed = {one.mem_id for one in self.others}
        for selector, found in self.each("body", "main"):
            outer = (one for one in _outermost(found) if one.mem_id not in passed)
            nodes = [one for one in outer if not under(one, passed)]
            if any(_holds_text(one) and not under(one, excluded) for one in nodes):
                return self._with_parts(*self._with_own(nodes, selector))
            spare = spare if spare[0] else (nodes, selector)
        return spare

    def _with_own(self, nodes: list[LexborNode], selector: str) -> tuple[list[LexborNode], str]:
        """What the operator's selector found, and the parts that feedsvc knows where they
        stand in their main block: less than them would not be the whole text."""
        own, given = self.layout.own, self.layout.given
        if own is None or given is None or selector not in given.body:
            return nodes, selector
        mains = {node.mem_id for node in self.block.css(any_of(own.main))}
        for one in own.body:
            known = self.block.css(one)
            if any(_holds_text(node) and under(node, mains) for node in known):
                both, wanted = any_of((selector, one)), {node.mem_id for node in (*nodes, *known)}
                found = (node for node in self.block.css(both) if node.mem_id in wanted)
                return _outermost(found), both
        return nodes, selector

    def _with_parts(self, nodes: list[LexborNode], selector: str) -> tuple[list[LexborNode], str]:
        """What was found, and the parts of the text beside it that other selectors of the
        layout find in its main block: the third may lack the first one's class."""
        own = self.layout.own or self.layout
        if own.learned or selector in own.main:
            return nodes, selector
        mains = {node.mem_id for node in self.mains}
        known = {node.mem_id for node in nodes}
        chosen, names = set(known), [selector]
        for one in (each for each in own.body if each != selector and each not in own.main):
            more = {
                node.mem_id
                for node in self.block.css(one)
                if node.mem_id not in known
                and under(node, mains)
                and not under(node, known)
                and not any(under(kept, {node.mem_id}) for kept in nodes)
                and _holds_text(node)
            }
            if more - chosen:
                names.append(one)
                chosen |= more
        if len(names) == 1:
            return nodes, selector
        every = any_of(tuple(names))
        return _outermost(one for one in self.block.css(every) if one.mem_id in chosen), every


@lru_cache(maxsize=256)
def _names(selector: str) -> tuple[bytes, ...]:
    """The classes and ids without which nothing on a page fits a selector; none where it is
    no simple one."""
    names = _NAME.findall(selector) if _SIMPLE.fullmatch(selector) else ()
    return tuple(name.encode() for name in names)


def _between(block: LexborNode, title: LexborNode, main: LexborNode) -> frozenset[int]:
    """What stands in the block from the headline to the main block."""
    children = [one.mem_id for one in block.iter()]
    chains = [{node.mem_id, *(one.mem_id for one in ancestors(node))} for node in (title, main)]
    ends = [next(n for n, one in enumerate(children) if one in chain) for chain in chains]
    return frozenset(children[min(ends) : max(ends) + 1])


def _title(
    root: LexborNode, titles: Selectors, mains: Selectors, passed: Collection[int] = ()
) -> tuple[LexborNode | None, str]:
    """The headline that a visitor sees and its selector; ``passed`` are elements that hold
    the headlines of others."""
    keeper = any_of(mains)
    spare: tuple[LexborNode | None, str] = (None, "")
    for selector in titles:
        node = root.css_first(selector)
        if node is not None and not _is_own(node, keeper, passed):
            node = next((one for one in root.css(selector) if _is_own(one, keeper, passed)), None)
        if node is not None and _holds_text(node):
            return node, selector
        spare = spare if spare[0] or node is None else (node, selector)
    return spare


def _is_own(node: LexborNode, keeper: str, passed: Collection[int]) -> bool:
    return not (passed and (node.mem_id in passed or under(node, passed))) and seen(node, keeper)


def _mains(
    root: LexborNode, mains: Selectors, titles: Selectors, title: LexborNode | None
) -> list[LexborNode]:
    """The main blocks that a visitor sees: those beside the headline, for further below may
    stand the next article's."""
    keeper = any_of(titles)
    near = islice(ancestors(title), _NEAR) if title is not None else ()
    found = (
        [node for node in within.css(selector) if seen(node, keeper)]
        for within in (*near, root)
        for selector in mains
    )
    return next(filter(None, found), [])


def _until_next(
    root: LexborNode, mains: list[LexborNode], titles: Selectors, title: LexborNode | None
) -> list[LexborNode]:
    """The main blocks before the next article's headline, where one stands below the first."""
    if len(mains) == 1 or not mains or title is None:
        return mains
    wanted = {node.mem_id: node for node in mains}
    others = {
        node.mem_id
        for node in root.css(titles[0])
        if node.mem_id != title.mem_id and not under(node, wanted) and seen(node)
    }
    kept: list[LexborNode] = []
    for node in root.traverse() if others else ():
        if node.mem_id in others and kept:
            return kept
        if node.mem_id in wanted:
            kept.append(node)
    return mains


def _common(title: LexborNode | None, mains: Sequence[LexborNode]) -> LexborNode | None:
    """The smallest element that holds the headline and the text."""
    if title is None or not mains:
        return None
    above = {node.mem_id for node in ancestors(title)}
    return next((one for one in ancestors(mains[-1]) if one.mem_id in above), None)


def _holds_text(node: LexborNode) -> bool:
    """Whether there are words in an element, or a picture."""
    # Not by all of its text: that of a large page would stay in memory with its tree.
    return any(
        one.tag == "img" or (one.is_text_node and one.text_lexbor().strip())
        for one in node.traverse(include_text=True, skip_empty=True)
    )


def _outermost(nodes: Iterable[LexborNode]) -> list[LexborNode]:
    """The nodes that stand in none of the others, each once."""
    found = {node.mem_id: node for node in nodes}
    return [node for node in found.values() if not under(node, found)]
