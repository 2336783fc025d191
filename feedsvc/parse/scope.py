"""Where things stand on an article's page: in its block, in a box of other articles, or
elsewhere on the page.

In: elements of the page.  Out: the ``Block``, and for an element its place.  Not its job:
what is said there (``phrases``), what follows from it (``access``).

What is inside is told by the document's structure, not by the boxes' class names,
which nobody has shown us.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import islice, takewhile

from selectolax.lexbor import LexborNode

from feedsvc.parse import phrases
from feedsvc.parse.document import ancestors, words
from feedsvc.parse.links import Links

UNSEEN = frozenset({"script", "style", "head", "title", "textarea", "option"})
_FURNITURE = frozenset({"nav", "aside", "footer", "head"})
_HEADING = "h1, h2, h3, h4, h5, h6, dt, th, legend"
_MORE = re.compile(r"\b(?:show )?more\b|expand_more|더\s?보기", re.IGNORECASE)
LONGEST = 300
"""How many characters of an element are looked at for a marker, or are one."""
_BESIDE_LINK = 30
_LONGEST_BOX = 5_000
# A box's heading stands not so many elements above its notice.
_HIGHEST = 12
MOST = 120
"""More notices, phrases or links than this stand on no honest page; the rest is not looked at."""


@dataclass(slots=True)
class Block:
    """Where the article stands on its page; all but ``whole`` are sets of ``mem_id``.

    ``whole``: the smallest element that holds all of it.  ``area``: the parts of the
    body; ``excluded``: never text; ``main``: what holds the parts; ``head``: headline,
    sub-headline, byline; ``holders``: every element that holds one of these and lies
    within ``whole``.
    """

    whole: LexborNode | None
    area: frozenset[int]
    excluded: frozenset[int]
    main: frozenset[int]
    head: frozenset[int]
    holders: frozenset[int]


def block_of(
    head: Sequence[LexborNode],
    main: Sequence[LexborNode],
    areas: Sequence[LexborNode],
    excluded: Iterable[LexborNode],
) -> Block:
    """The article block of these elements."""
    # One chain of ancestors at a time: on a hostile page there are thousands of long ones.
    first: list[LexborNode] | None = None
    shared: list[int] = []
    holders: set[int] = set()
    for one in (*head, *main, *areas):
        chain = list(ancestors(one))[::-1]
        numbers = [node.mem_id for node in chain]
        holders.update(numbers)
        if first is None:
            first, shared = chain, numbers
        elif numbers[: len(shared)] != shared:
            shared = [a for a, b in takewhile(_equal, zip(shared, numbers, strict=False))]
    holders.difference_update(shared[:-1])
    return Block(
        first[len(shared) - 1] if first and shared else None,
        frozenset(node.mem_id for node in areas),
        frozenset(node.mem_id for node in excluded),
        frozenset(node.mem_id for node in main),
        frozenset(node.mem_id for node in head),
        frozenset(holders),
    )


def _equal(pair: tuple[int, int]) -> bool:
    return pair[0] == pair[1]


def place_of(node: LexborNode, block: Block, notices: set[int]) -> str:
    """``notice``, ``text`` (a part of the body), ``near`` (elsewhere about the article
    block), ``page``, or ``unseen``."""
    place = ""
    for one in (node, *ancestors(node)):
        number = one.mem_id
        if one.tag in UNSEEN:
            return "unseen"
        if number in notices:
            return "notice"
        if not place:
            if (number in block.excluded and number not in block.holders) or one.tag in _FURNITURE:
                place = "page"
            elif number in block.area:
                place = "text"
            elif number in block.main or number in block.head or number in block.holders:
                place = "near"
    return place or "page"


def inside(node: LexborNode, block: Block, links: Links, own_id: int, *, is_notice: bool) -> bool:
    """Whether an element stands in the article block and in no box there.

    ``is_notice``: it is the site's notice element, which may bear a heading or a
    button; anything else that does is a box.
    """
    unit = node
    above: LexborNode | None = node
    while above is not None and above.is_element_node:
        number = above.mem_id
        if number in block.area or number in block.main or number in block.head:
            within = True
            break
        if number in block.holders:
            # The byline's block is cut from the text as a whole and yet is the headline's.
            within = number in block.excluded
            break
        if number in block.excluded or above.tag in _FURNITURE:
            return False
        unit, above = above, above.parent
    else:
        return False
    # What is never text stands in the article block too: its links make no box of that.
    but = block.excluded
    if _lists_others(node, links, own_id, but) or _is_box(unit, links, own_id, but):
        return False
    for one in islice(ancestors(node), _HIGHEST if node.mem_id != unit.mem_id else 0):
        if _has_heading(one, but=node) and not _holds_story(one):
            return False
        if one.mem_id == unit.mem_id:
            break
    if is_notice:
        return True
    told = words(unit)
    if _has_heading(node) or _MORE.search(told):
        return False
    return within or (_stands_before(unit, block) and "회원가입" not in told)


def _stands_before(unit: LexborNode, block: Block) -> bool:
    """Whether the text comes after this element among its siblings, or below them."""
    wanted = block.main | block.area
    following = unit.next
    while following is not None:
        if following.mem_id in wanted or following.mem_id in block.holders:
            return True
        following = following.next
    return False


def box_above(
    node: LexborNode, block: Block, links: Links, own_id: int, boxes: dict[int, bool]
) -> LexborNode | None:
    """The box within the text that holds a phrase and lists other articles, if any.
    ``boxes`` remembers which elements are one: many phrases may stand in the same."""
    box = None
    for one in (node, *islice(ancestors(node), _HIGHEST)):
        number = one.mem_id
        if number in block.area:
            break
        if one.tag in ("p", "span", "a", "li"):
            continue
        if number not in boxes:
            boxes[number] = _is_box(one, links, own_id, block.excluded)
        if boxes[number]:
            box = one
    return box


def whole_notice(node: LexborNode, block: Block, tz: tzinfo) -> LexborNode | None:
    """The largest element around a phrase that says nothing else."""
    whole = None
    for one in (node, *ancestors(node)):
        number = one.mem_id
        if number in block.main or number in block.area or number in block.holders:
            break
        text = words(one)
        if len(text) > LONGEST or not phrases.said(text, tz).whole:
            break
        whole = one
    return whole


def _is_box(node: LexborNode, links: Links, own_id: int, but: frozenset[int] = frozenset()) -> bool:
    """Whether an element lists other articles and holds no text of this one, which may
    link others itself."""
    return _lists_others(node, links, own_id, but) and not _holds_story(node)


def _holds_story(node: LexborNode) -> bool:
    """Whether news are told within a node, links that have a line of their own aside."""
    text = words(node)
    if len(text) > _LONGEST_BOX:
        return True
    lengths: dict[int, int] = {}  # of what holds links, which is one for many
    for link in node.css("a")[:MOST]:
        told, above = words(link), link.parent
        if not told or above is None:
            continue
        if above.mem_id not in lengths:
            lengths[above.mem_id] = len(words(above))
        if lengths[above.mem_id] <= len(told) + _BESIDE_LINK:
            text = text.replace(told, " ", 1)
    return phrases.tells(text)


def _lists_others(node: LexborNode, links: Links, own_id: int, but: frozenset[int]) -> bool:
    """Whether links to other articles stand in a node, outside of the elements in ``but``."""
    for link in node.css("a[href]"):
        number = links.article_id(link)
        if number in (None, own_id):
            continue
        if not any(one.mem_id in but for one in ancestors(link)):
            return True
    return False


def _has_heading(node: LexborNode, but: LexborNode | None = None) -> bool:
    """Whether a heading stands within a node, outside of ``but``."""
    spared = {node.mem_id}
    if but is not None:
        spared |= {one.mem_id for one in (but, *but.css(_HEADING))}
    return any(one.mem_id not in spared for one in node.css(_HEADING))
