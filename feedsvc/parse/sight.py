"""What a visitor sees of a page, and what not.

In: a tree.  Out: the same tree without the elements that nobody sees: whoever looks for
text, markers, rows, names or times afterwards finds only what a visitor finds.

Hidden are ``hidden``, ``display: none``, ``visibility: hidden``, ``noscript`` (but for
its images: those of late loading stand there), ``template``, ``datalist``, a closed ``dialog``
or ``popover``; of a drawing (SVG) its title, description and what it draws nowhere.  Not
hidden is what a visitor can open by himself: ``details``, ``hidden=until-found``.  What style
sheets and scripts hide is not known, nor what a custom property of theirs is.

What a ``style`` attribute declares is read here too (``declared``: CSS Syntax, 5.4.4; CSS
Cascade, 3 and 6), in linear time; which values are valid, and what they mean, is its reader's
to know.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from selectolax.lexbor import LexborNode

from feedsvc.parse.document import ancestors

# White space of CSS is not Python's: a no-break space is a letter of a name.
_SPACE = " \t\n\r\f"
_TOKEN = re.compile(
    r"/\*.*?(?:\*/|\Z)"
    r"|url\((?=[ \t\n\r\f]*+[^\"' \t\n\r\f])(?:[^\\)]|\\.)*+\)?"  # neither string nor comment in it
    r"|\"(?:[^\"\\\n\r\f]|\\.)*+\"?|'(?:[^'\\\n\r\f]|\\.)*+'?|\\(?:.|\Z)|[;(){}\[\]]"
    r"|[\w-]++|[^\w\\\"'/;(){}\[\]-]++|/",
    re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6}+)(?:\r\n|[ \t\n\r\f])?|(.)|\Z)", re.DOTALL)
# Without groups: CPython 3.11 loses count of those in what a possessive repeats.
_WORD = re.compile(
    r"(?:\\(?:[0-9a-fA-F]{1,6}+(?:\r\n|[ \t\n\r\f])?|.|\Z)|[^\\ \t\n\r\f])++", re.DOTALL
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
# What the shorthand ``all`` leaves as it is.
_NOT_ALL = frozenset({"all", "direction", "unicode-bidi"})


def declared(style: str, name: str) -> tuple[str, ...]:
    """The values that are declared for a property, the one that counts first where it is
    valid, ``all``'s among them; as they stand, escapes unread."""
    found = _declarations(style)
    if "all" not in found or name in _NOT_ALL or name.startswith("--"):
        return tuple(value for _, _, value in found.get(name, ()))
    both = sorted((*found.get(name, ()), *found["all"]), reverse=True)
    return tuple(value for _, _, value in both)


def words(value: str) -> tuple[str, ...]:
    """The words of a value, in lower case, escapes read: an escaped space parts no words."""
    return tuple(unescaped(one[0]).lower() for one in _WORD.finditer(value))


@lru_cache(maxsize=256)  # the elements of a page share a few of them
def _declarations(style: str) -> dict[str, list[tuple[bool, int, str]]]:
    """For each name whether the value is important, its place and the value; what counts
    more comes first: what is important, then what stands later."""
    found: dict[str, list[tuple[bool, int, str]]] = {}
    for place, one in enumerate(_parts(style)):
        name, colon, value = one.partition(":")
        name, value = name.strip(_SPACE), value.strip(_SPACE)
        if not (name and colon and value):
            continue
        name = unescaped(name)
        before, mark, said = value.rpartition("!")
        important = bool(mark) and before[-1:] != "\\" and words(said) == ("important",)
        value = before.rstrip(_SPACE) if important else value
        # The case of a custom property's name counts.
        name = name if name.startswith("--") else name.lower()
        found.setdefault(name, []).append((important, place, value))
    for values in found.values():
        values.sort(reverse=True)
    return found


def _parts(style: str) -> list[str]:
    """What stands between semicolons, those in strings and brackets left alone."""
    parts: list[list[str]] = [[]]
    open_now: list[str] = []
    for token in _TOKEN.findall(style):
        if token == ";" and not open_now:
            parts.append([])
        elif token.startswith("/*"):
            parts[-1].append(" ")
        else:
            if token in _CLOSING:
                open_now.append(_CLOSING[token])
            elif open_now and token == open_now[-1]:
                open_now.pop()
            parts[-1].append(token)
    return ["".join(one) for one in parts]


def unescaped(text: str) -> str:
    """Text with its escapes read."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda one: _sign(one[1]) if one[1] else one[2] or "\ufffd", text)


def _sign(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


_HIDING = frozenset({"style", "hidden", "popover"})
_HIDING_TAGS = frozenset({"noscript", "template", "dialog", "datalist"})
_UNDRAWN = frozenset(
    ["title", "desc", "metadata", "defs", "symbol", "clipPath", "mask", "pattern", "marker"]
)
"""What is not drawn where it stands in a drawing."""
_MAY_HIDE = "[style], [hidden], [popover], noscript, template, dialog, datalist, svg"
# Only where there is a drawing: each selector is a look at every element.
_MAY_HIDE_DRAWN = f"{_MAY_HIDE}, {', '.join(sorted(_UNDRAWN))}, [display], [visibility]"
IMAGES = "img, amp-img, amp-anim, image"
"""Elements that are an image (``image``: within a drawing)."""

_IMAGE_TAGS = frozenset(IMAGES.split(", "))

_BOXES = frozenset(
    """
    block inline flow flow-root table flex grid ruby math list-item run-in
    """.split()
)
"""The words of which several may make up one value of ``display``."""

_ROLLED_BACK = frozenset({"revert", "revert-layer"})
_ALONE = _ROLLED_BACK.union(
    """
    none contents inline-block inline-flex inline-grid inline-table table-row table-cell
    table-caption table-column table-column-group table-row-group table-header-group
    table-footer-group ruby-base ruby-text -webkit-box -webkit-inline-box -webkit-flex
    -webkit-inline-flex inherit initial unset
    """.split()
)
_VISIBILITIES = {
    "hidden": False,
    "collapse": False,
    "visible": True,
    "initial": True,
    **dict.fromkeys(("inherit", "unset", *_ROLLED_BACK)),
}
_PAGE = frozenset({"html", "body", "head"})
_SHOWN_THEMSELVES = _IMAGE_TAGS | {"iframe", "video", "audio", "object", "embed", "br", "hr"}

_CUSTOM = re.compile(
    r"var\(\s*+(--(?:[^\s,()\\]|\\.)++)\s*+(?:,(.*))?\)", re.DOTALL | re.IGNORECASE
)
_PUT_IN = re.compile(r"\b(?:var|env|attr)\(", re.IGNORECASE)


def seen(node: LexborNode, keeper: str = "") -> bool:
    """Whether a visitor sees an element.  What holds an element that ``keeper`` selects
    hides nothing: a page that hides its own article is one that a script reveals."""
    visible: bool | None = None
    for one in (node, *ancestors(node)):
        held, tag = one.attributes, one.tag or ""
        if tag in _PAGE:
            break
        if _HIDING.isdisjoint(held) and tag not in _HIDING_TAGS:
            continue
        hidden, veil = _hides(one), _veil(one)
        if (hidden or veil is False) and keeper and one.css_first(keeper) is not None:
            break
        if hidden:
            return False
        visible = veil if visible is None else visible
    return visible is not False or _unveiled_within(node)


def remove_unseen(root: LexborNode | None, spared: Iterable[LexborNode] = ()) -> None:
    """Take out of a tree what nobody sees.  ``spared`` are elements that stay, with all that
    holds them."""
    if root is None:
        return
    found = root.css(_MAY_HIDE)
    if any(one.tag == "svg" for one in found):
        found = root.css(_MAY_HIDE_DRAWN)
    hiding = [one for one in found if _hides(one) or _veil(one) is False]
    kept = {one.mem_id for node in (root, *spared) for one in (node, *ancestors(node))}
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
        elif _hides(node) or not _unveiled_within(node):
            doomed.append(node)
        else:
            doomed += _veiled_parts(node)
        done.add(number)
    for node in doomed:
        node.decompose()


def _hides(node: LexborNode) -> bool:
    """Whether an element takes all that stands in it off the page."""
    tag, held = node.tag or "", node.attributes
    display = _display(held.get("style") or "")
    if display and tag not in ("template", "noscript"):
        return display == "none"
    return (
        tag in ("template", "noscript", "datalist")
        or ("hidden" in held and (held["hidden"] or "").strip().lower() != "until-found")
        or "popover" in held
        or (tag == "dialog" and "open" not in held)
        or ((tag in _UNDRAWN or "display" in held or "visibility" in held) and _is_undrawn(node))
    )


def _is_undrawn(node: LexborNode) -> bool:
    """Whether an element of a drawing is not drawn."""
    held = node.attributes
    return any(one.tag == "svg" for one in (node, *ancestors(node))) and (
        node.tag in _UNDRAWN
        or (held.get("display") or "").strip() == "none"
        or (held.get("visibility") or "").strip() in ("hidden", "collapse")
    )


def _veil(node: LexborNode) -> bool | None:
    """What an element says of visibility: ``True`` is visible, ``None`` nothing."""
    return _visibility(node.attributes.get("style") or "")


@lru_cache(maxsize=256)  # the elements of a page share a few styles
def _visibility(style: str) -> bool | None:
    """The same of a style."""
    values = _values(style, "visibility")
    return next((_VISIBILITIES[value] for value in values if value in _VISIBILITIES), None)


@lru_cache(maxsize=256)
def _display(style: str) -> str:
    """The ``display`` that a style declares: ``none``, another, or nothing."""
    values = _values(style, "display")
    known = (one for one in values if one in _ALONE or _BOXES.issuperset(one.split(" ")))
    value = next(known, "")
    # Rolled back it is what the browser does by itself, or a style sheet.
    return "" if value in _ROLLED_BACK else value


def _values(style: str, name: str) -> Iterator[str]:
    """The values that a style declares, custom properties put in their place."""
    for value in declared(style, name):
        if "(" in value and _PUT_IN.search(value):
            # It counts, whatever it comes to; what is not known here hides nothing.
            held = _CUSTOM.fullmatch(value)
            value = next(iter(declared(style, unescaped(held[1]))), held[2] or "") if held else ""
            yield "unset" if "(" in value else " ".join(words(value)) or "unset"
        else:
            yield " ".join(words(value))


def _unveiled_within(node: LexborNode) -> bool:
    return any(_veil(one) for one in node.css("[style]") if one.mem_id != node.mem_id)


def _all_but_images(node: LexborNode) -> list[LexborNode]:
    """What of a ``noscript`` nobody sees, outermost nodes."""
    found: list[LexborNode] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if not one.is_element_node or one.css_first(IMAGES) is None:
            found.append(one)
        elif one.tag not in _IMAGE_TAGS:
            waiting += one.iter(include_text=True)
    return found


def _veiled_parts(root: LexborNode) -> list[LexborNode]:
    """The texts and images under a veil, where some of what stands in it is visible."""
    found: list[LexborNode] = []
    waiting: list[tuple[LexborNode, bool]] = [(root, False)]
    while waiting:
        node, visible = waiting.pop()
        veil = _veil(node)
        visible = visible if veil is None else veil
        is_shown = not node.is_element_node or node.tag in _SHOWN_THEMSELVES
        if _hides(node) or (is_shown and not visible):
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
