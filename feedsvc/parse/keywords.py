"""The keywords of an article: chips of the page, else what its metadata say.

In: the elements that hold chips, metadata.  Out: words, once each, in order.
"""

from __future__ import annotations

from collections.abc import Iterable

from selectolax.lexbor import LexborNode

from feedsvc.parse.document import joined
from feedsvc.parse.metadata import Metadata

_NO_CHIPS = frozenset(
    {"키워드", "추천 키워드", "관련 키워드", "관련키워드", "태그", "more", "더보기"}
)
_METADATA = ("news_keywords", "article:tag", "keywords")


def chips(holders: Iterable[LexborNode]) -> tuple[str, ...]:
    """The words on the chips in these elements."""
    found: dict[str, None] = {}
    for node in holders:
        parts = [joined(one) for one in node.css("a, li, span, button") if not _holds_chips(one)]
        for text in parts or [joined(node)]:
            found.update(dict.fromkeys(_words(text)))
    return tuple(found)


def _holds_chips(node: LexborNode) -> bool:
    child = node.first_child
    if node.tag == "a" or child is None or (child.is_text_node and child.next is None):
        return False
    return any(one.tag in ("a", "li") for one in node.css("a, li") if one.mem_id != node.mem_id)


def said(meta: Metadata) -> tuple[str, tuple[str, ...]]:
    """The metadata's keywords, and the name of what gave them."""
    for name in _METADATA:
        values = [word for one in meta.metas(name) for word in one.split(",")]
        found = dict.fromkeys(word for one in values if (word := one.strip().lstrip("#").strip()))
        if found:
            return f"meta[name={name}]", tuple(found)
    return "", ()


def _words(text: str) -> list[str]:
    parts = text.split("#") if "#" in text else text.split(",")
    return [word for one in parts if (word := one.strip(" ,")) and word not in _NO_CHIPS]
