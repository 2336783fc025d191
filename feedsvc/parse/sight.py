"""What a visitor sees of a page, and what not.

In: a tree.  Out: the same tree without the elements that nobody sees: whoever looks for
text, markers, rows, names or times afterwards finds only what a visitor finds.

Hidden are ``hidden``, ``display: none``, ``visibility: hidden``, ``noscript`` (but for
its images: those of late loading stand there), ``template``, a closed ``dialog`` or
``popover``.  Not hidden is what a visitor can open by himself: ``details``,
``hidden=until-found``.  What style sheets and scripts hide is not known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from selectolax.lexbor import LexborNode

from feedsvc.parse.document import ancestors
from feedsvc.parse.styles import declared

_HIDING = frozenset({"style", "hidden", "popover"})
_HIDING_TAGS = frozenset({"noscript", "template", "dialog"})
_MAY_HIDE = "[style], [hidden], [popover], noscript, template, dialog"
IMAGES = "img, amp-img, amp-anim"
"""Elements that are an image."""

_IMAGE_TAGS = frozenset(IMAGES.split(", "))

_DISPLAYS_WORDS = """
none block inline inline-block flow flow-root flex inline-flex grid inline-grid contents
list-item run-in table inline-table table-row table-cell table-caption table-column
table-column-group table-row-group table-header-group table-footer-group ruby ruby-base
ruby-text math inherit initial unset revert revert-layer
"""
_DISPLAYS = frozenset(_DISPLAYS_WORDS.split())
_VISIBILITIES = {"hidden": False, "collapse": False, "visible": True, "initial": True}
_PAGE = frozenset({"html", "body", "head"})
_SHOWN_THEMSELVES = _IMAGE_TAGS | {"iframe", "video", "audio", "object", "embed", "br", "hr"}

Held = Mapping[str, str | None]


def seen(node: LexborNode, keeper: str = "") -> bool:
    """Whether a visitor sees an element.  What holds an element that ``keeper`` selects
    hides nothing: a page that hides its own article is one that a script reveals."""
    visible: bool | None = None
    one: LexborNode | None = node
    while one is not None and one.is_element_node and one.tag not in _PAGE:
        held, tag = one.attributes, one.tag or ""
        if _HIDING.isdisjoint(held) and tag not in _HIDING_TAGS:
            one = one.parent
            continue
        hidden, veil = _hides(tag, held), _veil(held)
        if (hidden or veil is False) and keeper and one.css_first(keeper) is not None:
            break
        if hidden:
            return False
        visible = veil if visible is None else visible
        one = one.parent
    return visible is not False or _unveiled_within(node)


def remove_unseen(root: LexborNode | None, spared: Iterable[LexborNode] = ()) -> None:
    """Take out of a tree what nobody sees.  ``spared`` are elements that stay, with all that
    holds them."""
    if root is None:
        return
    hiding = [one for one in root.css(_MAY_HIDE) if _hides_any(one)]
    if not hiding:
        return
    kept = {root.mem_id}
    for one in spared:
        kept |= {one.mem_id, *(above.mem_id for above in ancestors(one))}
    doomed: list[LexborNode] = []
    done: set[int] = set()
    # Whether an element or one above it is done.  All above a node come before it.
    known: dict[int, bool] = {}
    for node in hiding:
        number, tag = node.mem_id, node.tag or ""
        if number in kept or number in done or tag in _PAGE or _under(node, done, known):
            continue
        if tag == "noscript":
            doomed += _all_but_images(node)
        elif _hides(tag, node.attributes) or not _unveiled_within(node):
            doomed.append(node)
        else:
            doomed += _veiled_parts(node)
        done.add(number)
    for node in doomed:
        node.decompose()


def _hides_any(node: LexborNode) -> bool:
    held = node.attributes
    return _hides(node.tag or "", held) or _veil(held) is False


def _hides(tag: str, held: Held) -> bool:
    """Whether an element takes all that stands in it off the page."""
    if tag == "template" or tag == "noscript":
        return True
    style = held.get("style")
    display = _display(style) if style else ""
    if display:
        return display == "none"
    return (
        ("hidden" in held and (held["hidden"] or "").strip().lower() != "until-found")
        or "popover" in held
        or (tag == "dialog" and "open" not in held)
    )


def _veil(held: Held) -> bool | None:
    """What an element says of visibility: ``True`` is visible, ``None`` nothing."""
    style = held.get("style")
    for value in declared(style).get("visibility", ()) if style else ():
        if value.lower() in _VISIBILITIES:
            return _VISIBILITIES[value.lower()]
        if value.lower() in ("inherit", "unset", "revert"):
            return None
    return None


def _display(style: str) -> str:
    for value in declared(style).get("display", ()):
        words = value.lower().split()
        if all(one in _DISPLAYS or one.startswith("-") for one in words):
            return " ".join(words)
    return ""


def _unveiled_within(node: LexborNode) -> bool:
    return any(_veil(one.attributes) for one in node.css("[style]") if one.mem_id != node.mem_id)


def _all_but_images(node: LexborNode) -> list[LexborNode]:
    """What of a ``noscript`` nobody sees, outermost nodes."""
    found: list[LexborNode] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.css_first(IMAGES) is None:
            found.append(one)
        elif one.tag not in _IMAGE_TAGS:
            for below in one.iter(include_text=True):
                if below.is_element_node:
                    waiting.append(below)
                else:
                    found.append(below)
    return found


def _veiled_parts(root: LexborNode) -> list[LexborNode]:
    """The texts and images under a veil, where some of what stands in it is visible."""
    found: list[LexborNode] = []
    waiting: list[tuple[LexborNode, bool]] = [(root, False)]
    while waiting:
        node, visible = waiting.pop()
        if not node.is_element_node:
            if not visible:
                found.append(node)
            continue
        held, tag = node.attributes, node.tag or ""
        veil = _veil(held)
        visible = visible if veil is None else veil
        if _hides(tag, held) or (tag in _SHOWN_THEMSELVES and not visible):
            found.append(node)
        else:
            waiting += [(one, visible) for one in node.iter(include_text=True)]
    return found


def _under(node: LexborNode, done: Collection[int], known: dict[int, bool]) -> bool:
    path: list[int] = []
    answer = False
    for above in ancestors(node):
        number = above.mem_id
        path.append(number)
        if number in known or number in done:
            answer = known.get(number, True)
            break
    known.update(dict.fromkeys(path, answer))
    return answer
