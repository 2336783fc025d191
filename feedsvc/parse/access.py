"""The access status of an article: the markers of its page, each with its scope.

In: a tree, and the elements of the article on it.  Out: the article block, markers, elements
that are no text, the status.  Not its job: the words of the markers (``phrases``).

A marker speaks about the article only when it stands inside the article block; the same
words stand in page-wide boxes on every page (site page, "The sample page").  What is inside
is told by the document's structure, not by the boxes' class names, which nobody has shown us.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import islice, takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.model import STATUS_PRECEDENCE, Access, Marker, Scope, Status
from feedsvc.parse import phrases
from feedsvc.parse.body import Body, LockNotice
from feedsvc.parse.document import (
    ancestors,
    described,
    holding,
    sentence,
    siblings,
    under,
    words,
)
from feedsvc.parse.layout import Layout, any_of, lock_words
from feedsvc.parse.page import Links

_UNSEEN = frozenset({"script", "style", "head", "title", "textarea", "option"})
_FURNITURE = frozenset({"nav", "aside", "footer", "head"})
_HEADING = "h1, h2, h3, h4, h5, h6, dt, th, legend"
_MORE = re.compile(r"\b(?:show )?more\b|expand_more|더\s?보기", re.IGNORECASE)
_LONGEST = 300
"""How many characters of an element are looked at for a marker, or are one."""
_BESIDE_LINK = 30
_LONGEST_BOX = 5_000
# A box's heading stands not so many elements above its notice.
_HIGHEST = 12
_MOST = 120
"""More notices, phrases or links than this stand on no honest page; the rest is not looked at."""


@dataclass(slots=True)
class ArticleBlock:
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
) -> ArticleBlock:
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
            both = zip(shared, numbers, strict=False)
            shared = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], both)]
    holders.difference_update(shared[:-1])
    return ArticleBlock(
        first[len(shared) - 1] if first and shared else None,
        frozenset(node.mem_id for node in areas),
        frozenset(node.mem_id for node in excluded),
        frozenset(node.mem_id for node in main),
        frozenset(node.mem_id for node in head),
        frozenset(holders),
    )


def _place_of(node: LexborNode, block: ArticleBlock, notices: set[int]) -> str:
    """``text`` (a part of the body), ``near`` (elsewhere about the article block), ``page``,
    or nothing: within a notice, or not seen."""
    around = (node, *ancestors(node))
    if any(one.tag in _UNSEEN or one.mem_id in notices for one in around):
        return ""
    for one in around:
        number = one.mem_id
        if (number in block.excluded and number not in block.holders) or one.tag in _FURNITURE:
            return "page"
        if number in block.area:
            return "text"
        if number in block.main or number in block.head or number in block.holders:
            return "near"
    return "page"


def _inside(
    node: LexborNode, block: ArticleBlock, links: Links, own_id: int, *, is_notice: bool
) -> bool:
    """Whether an element stands in the article block and in no box there.

    ``is_notice``: it is the site's notice element, which may bear a heading or a
    button; anything else that does is a box.
    """
    unit, about = node, block.area | block.main | block.head
    for above in (node, *ancestors(node)):
        number = above.mem_id
        if number in block.holders or number in about:
            # The byline's block is cut from the text as a whole and yet is the headline's.
            within = number in about or number in block.excluded
            break
        if number in block.excluded or above.tag in _FURNITURE:
            return False
        unit = above
    else:
        return False
    # What is never text stands in the article block too: its links make no box of that.
    but = block.excluded
    if links.lists_others(node, own_id, but) or _is_box(unit, links, own_id, but):
        return False
    for one in islice(ancestors(node), _HIGHEST if node.mem_id != unit.mem_id else 0):
        if _has_heading(one, but=node) and not _holds_story(one):
            return False
        if one.mem_id == unit.mem_id:
            break
    told = words(unit)
    text = block.main | block.area | block.holders
    return is_notice or (
        not _has_heading(node)
        and not _MORE.search(told)
        # Or the text comes after this element among its siblings, or below them.
        and (within or ("회원가입" not in told and any(n.mem_id in text for n in siblings(unit))))
    )


def _box_above(
    node: LexborNode, block: ArticleBlock, links: Links, own_id: int, boxes: dict[int, bool]
) -> LexborNode | None:
    """The box within the text that holds a phrase and lists other articles, if any.
    ``boxes`` remembers which elements are one: many phrases may stand in the same."""
    box = None
    around = (node, *islice(ancestors(node), _HIGHEST))
    within = takewhile(lambda one: one.mem_id not in block.area, around)
    for one in (one for one in within if one.tag not in ("p", "span", "a", "li")):
        if one.mem_id not in boxes:
            boxes[one.mem_id] = _is_box(one, links, own_id, block.excluded)
        box = one if boxes[one.mem_id] else box
    return box


def _whole_notice(node: LexborNode, block: ArticleBlock, tz: tzinfo) -> LexborNode | None:
    """The largest element around a phrase that says nothing else."""
    whole = None
    beyond = block.main | block.area | block.holders
    for one in takewhile(lambda one: one.mem_id not in beyond, (node, *ancestors(node))):
        text = words(one)
        if len(text) > _LONGEST or not phrases.said(text, tz).whole:
            break
        whole = one
    return whole


def _is_box(node: LexborNode, links: Links, own_id: int, but: frozenset[int]) -> bool:
    """Whether an element lists other articles and holds no text of this one, which may
    link others itself."""
    return links.lists_others(node, own_id, but) and not _holds_story(node)


def _holds_story(node: LexborNode) -> bool:
    """Whether news are told within a node, links that have a line of their own aside."""
    text = words(node)
    if len(text) > _LONGEST_BOX:
        return True
    lengths: dict[int, int] = {}  # of what holds links, which is one for many
    for link in node.css("a")[:_MOST]:
        told, above = words(link), link.parent
        if not told or above is None:
            continue
        if above.mem_id not in lengths:
            lengths[above.mem_id] = len(words(above))
        if lengths[above.mem_id] <= len(told) + _BESIDE_LINK:
            text = text.replace(told, " ", 1)
    return phrases.tells(text)


def _has_heading(node: LexborNode, but: LexborNode | None = None) -> bool:
    """Whether a heading stands within a node, outside of ``but``."""
    inner = (but, *but.css(_HEADING)) if but is not None else ()
    spared = {one.mem_id for one in (node, *inner)}
    return any(one.mem_id not in spared for one in node.css(_HEADING))


_SQUASH = re.compile(r"\s+|…|\.\.\.$")
_DATELINE = re.compile(r"\[[^\[\]]{0,60}기자[^\[\]]{0,60}\]")
# A summary of fewer characters, or fewer of them after the body's end, say nothing.
_SUMMARY = 20
_LONGEST_SUMMARY = 2_000
_BEYOND = 8


def found_on(
    tree: LexborHTMLParser,
    block: ArticleBlock,
    layout: Layout,
    links: Links,
    own_id: int,
    *,
    everywhere: bool,
) -> tuple[list[LockNotice], list[LockNotice], set[int]]:
    """Every marker outside the text's own paragraphs: the article's, and those of the rest of
    the page if ``everywhere``, for they can say nothing of it; and the elements inside the
    text that are none (notices, boxes), by ``mem_id``."""
    own: list[LockNotice] = []
    others: list[LockNotice] = []
    tz = links.site.tz
    root = (None if everywhere else block.whole) or tree.body or tree.root
    assert root is not None  # lexbor makes html, head and body out of nothing
    beyond = {node.mem_id for node in ancestors(block.whole)} if block.whole else set()
    told_already = _learned(tree, block, layout, links, own)
    skipped = set(told_already)
    notices = [
        one
        for one in root.css(any_of(layout.markers))[:_MOST]
        if one.mem_id not in beyond and one.mem_id not in told_already
    ]
    numbers = {node.mem_id for node in notices} | told_already
    for node in notices:
        if under(node, numbers):
            continue  # the outer one has said it
        skipped.add(node.mem_id)
        told = phrases.said(words(node)[:_LONGEST], tz, notice=True)
        if told.kinds:
            is_own = _inside(node, block, links, own_id, is_notice=True)
            (own if is_own else others).append(
                LockNotice(sentence(node)[:_LONGEST], told, is_own, described(node))
            )
    boxes: dict[int, bool] = {}
    for node in holding(root, phrases.SEARCHED)[:_MOST]:
        text = words(node)[:_LONGEST]
        place = _place_of(node, block, numbers) if phrases.hinted(text) else ""
        if place == "text" and (box := _box_above(node, block, links, own_id, boxes)) is not None:
            skipped.add(box.mem_id)
        elif place not in ("near", "page"):
            continue
        whole = _whole_notice(node, block, tz) if place == "near" else None
        if whole is not None and _inside(whole, block, links, own_id, is_notice=False):
            text = words(whole)
            if not any(one.text == text for one in own):
                own.append(LockNotice(text, phrases.said(text, tz), True, described(whole)))
        else:
            others.append(LockNotice(text, phrases.said(text, tz), False, described(node)))
    return own, others, skipped


def _learned(
    tree: LexborHTMLParser, block: ArticleBlock, layout: Layout, links: Links, own: list[LockNotice]
) -> set[int]:
    """Add the locks that a layout knows, wherever they stand; their elements."""
    numbers: set[int] = set()
    for lock in layout.locks:
        for node in tree.css(lock.selector)[:_MOST]:
            text = words(node)
            if lock.words and lock_words(text) != lock.words:
                continue
            is_first = lock.kind is Status.PLUS_FIRST
            at = phrases.said(text[:_LONGEST], links.site.tz).plus_first_at if is_first else None
            text = lock.selector
            if node.mem_id not in block.holders | block.main | block.area:
                numbers.add(node.mem_id)
                text = sentence(node)[:_LONGEST]
            said = phrases.Said((lock.kind,), True, at)
            if not any(one.text == text and one.said.kinds == said.kinds for one in own):
                own.append(LockNotice(text, said, True, described(node)))
    return numbers


def access_of(
    own: Sequence[LockNotice],
    others: Sequence[LockNotice],
    body: Body,
    *,
    summary: str,
    reads_on: bool,
) -> Access:
    """The status that the article's ``own`` markers give: the first of soon-free,
    members-only, plus-only, plus-first.

    Without one, a body that breaks off is ``unknown``: it ends with an ellipsis, a
    "read more" element stood in it, or the listing's summary goes on after its end.
    """
    own = [*own, *body.notices]
    markers = dict.fromkeys(
        Marker(kind, scope, one.text, one.counted, one.selector)
        for scope, notices in ((Scope.ARTICLE, own), (Scope.PAGE, others))
        for one in notices
        for kind in one.said.kinds
    )
    counted = {marker.kind for marker in markers if marker.counted}
    status = next((kind for kind in STATUS_PRECEDENCE if kind in counted), None)
    if status is None:
        broken = reads_on or body.ends_open or _goes_on(summary, body)
        status = Status.UNKNOWN if broken or Status.UNKNOWN in counted else Status.OPEN
    times = (one.said.plus_first_at for one in own if one.counted)
    return Access(status, tuple(markers), next(filter(None, times), None))


def _goes_on(summary: str, body: Body) -> bool:
    """Whether the listing's summary holds text after the body's end.

    A summary is cut out of the page by machine, so that captions and the dateline may
    stand in it too.
    """
    told = _SQUASH.sub("", _DATELINE.sub("", summary[:_LONGEST_SUMMARY]))
    if len(told) < _SUMMARY:
        return False
    texts = [_SQUASH.sub("", one) for one in body.texts]
    captions = [_SQUASH.sub("", image.caption) for image in body.images]
    rest, read = told, "".join(texts)
    for one in filter(None, (*captions, *texts)):
        rest = rest.replace(one, "", 1)
    goes_on = len(rest) >= _BEYOND and told.endswith(rest[-_BEYOND:])
    is_new = rest not in read and not any(one.startswith(rest) for one in captions)
    return goes_on and (not read or (read in told and is_new))
