"""When two states of an article read the same.

Changes that a reader would not call a change are none: white space, quotation
marks' shape, the order of attributes, an image's size in its address.
"""

from __future__ import annotations

import re

from feedsvc.model import Access, Record
from feedsvc.text import fold, visible

TEXT_KEYS = ("title", "subtitle", "body")
"""The keys whose change is a revision of the text."""

_LOOKS = str.maketrans(
    # Joiners were left out of what was kept before they were let stand.
    {
        **dict.fromkeys("\u200c\u200d"),
        **dict.fromkeys("‘’‚‛′´`＇‹›❛❜", "'"),
        **dict.fromkeys("“”„‟″＂「」『』«»〝〞〟❝❞", '"'),
    }
)
_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>""")
_ATTRIBUTE = re.compile(r"""([a-zA-Z][\w:-]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_SIZE_IN_PATH = re.compile(r"[-_]?\d{2,4}x\d{2,4}|(?<=/)[wh]_?\d{2,4}(?=/)")
_SIZE_IN_QUERY = re.compile(
    r"(?:&amp;|[?&])(?:w|h|width|height|size|resize|fit|quality|q)=[^&#\"']*"
)
_LAYOUT_ATTRIBUTES = frozenset({"width", "height", "loading"})


def same(key: str, old: Record, new: Record) -> bool:
    """Whether a record's key reads the same in both states."""
    if key == "body":
        return _markup(old.body) == _markup(new.body)
    if key in TEXT_KEYS:
        return reading(getattr(old, key)) == reading(getattr(new, key))
    if key == "images":
        return [picture_key(image.url) for image in old.images] == [
            picture_key(image.url) for image in new.images
        ] and [reading(image.caption) for image in old.images] == [
            reading(image.caption) for image in new.images
        ]
    if key == "access":
        return _access_key(old.access) == _access_key(new.access)
    return bool(getattr(old, key) == getattr(new, key))


def _access_key(access: Access) -> tuple[object, ...]:
    kinds = frozenset(marker.kind for marker in access.markers)
    return access.status, kinds, access.plus_first_at, access.released_at, access.seen_as


def texts(record: Record, key: str) -> tuple[str, ...]:
    """The visible text of a key, a piece for each block of the body."""
    if key == "body":
        return tuple(visible(block) for block in record.body)
    return (getattr(record, key),)


def reading(value: str) -> str:
    """Text as a reader takes it in: without spaces, quotation marks of one shape."""
    return fold(value).translate(_LOOKS).replace(" ", "")


def _markup(body: tuple[str, ...]) -> str:
    """The body with its tags, so that a swapped picture or link is a change."""
    return "".join(reading(_TAG.sub(_plain_tag, block)) for block in body)


def _plain_tag(match: re.Match[str]) -> str:
    close, name, rest = match.groups()
    attributes = sorted(
        f"{key.lower()}={picture_key(value.strip(chr(34) + chr(39)))}"
        for key, value in _ATTRIBUTE.findall(rest)
        if key.lower() not in _LAYOUT_ATTRIBUTES
    )
    return f"<{close}{name.lower()} {' '.join(attributes)}>"


def picture_key(url: str) -> str:
    """An image's address without its size: the same for the same picture."""
    return _SIZE_IN_PATH.sub("", _SIZE_IN_QUERY.sub("", url))
