"""The markers of a page with their scope, and the access status that they give.

In: a tree and where its article block stands.  Out: markers, elements that are no
text, the access status.  Not its job: the words of the markers (``phrases``), what
stands where (``scope``).

A marker speaks about the article only when it stands inside the article block; the
same words stand in page-wide boxes on every page (site page, "The sample page").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.model import STATUS_PRECEDENCE, Access, Marker, Scope, Status
from feedsvc.parse import phrases
from feedsvc.parse.body import Body, Notice
from feedsvc.parse.document import ancestors, described, holding, sentence, words
from feedsvc.parse.layout import Layout, any_of, lock_words
from feedsvc.parse.links import Links
from feedsvc.parse.scope import (
    LONGEST,
    MOST,
    UNSEEN,
    Block,
    box_above,
    inside,
    place_of,
    whole_notice,
)

_SQUASH = re.compile(r"\s+|…|\.\.\.$")
_DATELINE = re.compile(r"\[[^\[\]]{0,60}기자[^\[\]]{0,60}\]")
# A summary of fewer characters, or fewer of them after the body's end, say nothing.
_SUMMARY = 20
_LONGEST_SUMMARY = 2_000
_BEYOND = 8


@dataclass(slots=True)
class Found:
    """What a look over the page found: markers outside the text, and the elements
    inside the text that are none (notices, boxes), by ``mem_id``."""

    notices: list[Notice]
    page: list[Marker]
    skipped: set[int]


def found_on(
    tree: LexborHTMLParser,
    block: Block,
    layout: Layout,
    links: Links,
    own_id: int,
    *,
    everywhere: bool,
) -> Found:
    """Every marker outside the text's own paragraphs, with its scope decided; those of the
    article alone unless ``everywhere``, for the rest of the page can say nothing of it."""
    found = Found([], [], set())
    root = block.whole
    beyond: set[int] = set()
    if root is None or everywhere:
        if root is not None:
            beyond = {node.mem_id for node in ancestors(root)}
        root = tree.body or tree.root
    if root is None:
        return found
    told_already = _learned(tree, block, layout, links, found) if layout.locks else set()
    notices = [
        one
        for one in root.css(any_of(layout.markers))[:MOST]
        if one.mem_id not in beyond and one.mem_id not in told_already
    ]
    numbers = {node.mem_id for node in notices} | told_already
    for node in notices:
        if any(one.mem_id in numbers for one in ancestors(node)):
            continue  # the outer one has said it
        text = words(node)[:LONGEST]
        told = phrases.said(text, links.site.tz, notice=True)
        text = sentence(node)[:LONGEST]  # what is kept as evidence
        if not told.kinds:
            found.skipped.add(node.mem_id)
            continue
        found.skipped.add(node.mem_id)
        if inside(node, block, links, own_id, is_notice=True):
            found.notices.append(Notice(text, told, True, described(node)))
        else:
            found.page += _of_page(text, told, node)
    boxes: dict[int, bool] = {}
    for node in holding(root, phrases.SEARCHED)[:MOST]:
        text = words(node)[:LONGEST]
        if node.tag in UNSEEN or not phrases.hinted(text):
            continue
        place = place_of(node, block, numbers)
        if place in ("unseen", "notice"):
            continue
        if place == "text":
            box = box_above(node, block, links, own_id, boxes)
            if box is None:
                continue
            found.skipped.add(box.mem_id)
        else:
            whole = whole_notice(node, block, links.site.tz) if place == "near" else None
            if whole is not None and inside(whole, block, links, own_id, is_notice=False):
                text = words(whole)
                told = phrases.said(text, links.site.tz)
                if not any(one.text == text for one in found.notices):
                    found.notices.append(Notice(text, told, True, described(whole)))
                continue
        told = phrases.said(text, links.site.tz)
        found.page += _of_page(text, told, node)
    return found


def _learned(
    tree: LexborHTMLParser, block: Block, layout: Layout, links: Links, found: Found
) -> set[int]:
    """Add the locks that a layout knows, wherever they stand; their elements."""
    numbers: set[int] = set()
    for lock in layout.locks:
        for node in tree.css(lock.selector)[:MOST]:
            text = words(node)
            if lock.words and lock_words(text) != lock.words:
                continue
            at = None
            if lock.kind is Status.PLUS_FIRST:
                at = phrases.said(text[:LONGEST], links.site.tz).plus_first_at
            holds_text = node.mem_id in block.holders | block.main | block.area
            if not holds_text:
                numbers.add(node.mem_id)
                found.skipped.add(node.mem_id)
            text = lock.selector if holds_text else sentence(node)[:LONGEST]
            said = phrases.Said((lock.kind,), True, at)
            if not any(one.text == text and one.said.kinds == said.kinds for one in found.notices):
                found.notices.append(Notice(text, said, True, described(node)))
    return numbers


def _markers(
    text: str, told: phrases.Said, scope: Scope, counted: bool, selector: str
) -> Iterator[Marker]:
    for kind in told.kinds:
        yield Marker(kind, scope, text, counted, selector)


def _of_page(text: str, told: phrases.Said, node: LexborNode) -> Iterator[Marker]:
    if told.kinds:
        yield from _markers(text, told, Scope.PAGE, False, described(node))


def access_of(found: Found, body: Body, *, summary: str, reads_on: bool) -> Access:
    """The status that the article's own markers give: the first of soon-free,
    members-only, plus-only, plus-first.

    Without one, a body that breaks off is ``unknown``: it ends with an ellipsis, a
    "read more" element stood in it, or the listing's summary goes on after its end.
    """
    markers: dict[Marker, None] = {}
    at: datetime | None = None
    for notice in (*found.notices, *body.notices):
        for marker in _markers(
            notice.text, notice.said, Scope.ARTICLE, notice.counted, notice.selector
        ):
            markers.setdefault(marker)
        if notice.counted:
            at = at or notice.said.plus_first_at
    for marker in found.page:
        markers.setdefault(marker)
    counted = {marker.kind for marker in markers if marker.counted}
    status = next((kind for kind in STATUS_PRECEDENCE if kind in counted), None)
    if status is None:
        broken = reads_on or body.ends_open or _goes_on(summary, body)
        status = Status.UNKNOWN if broken or Status.UNKNOWN in counted else Status.OPEN
    return Access(status, tuple(markers), at)


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
    rest = told
    for one in (*captions, *texts):
        if one:
            rest = rest.replace(one, "", 1)
    if len(rest) < _BEYOND or not told.endswith(rest[-_BEYOND:]):
        return False
    read = "".join(texts)
    if not read:
        return True
    return read in told and rest not in read and not any(one.startswith(rest) for one in captions)
