"""The keywords of an article: chips of the page, else what its metadata say.

In: the elements that hold chips, metadata.  Out: words, once each, in order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from selectolax.lexbor import LexborNode

from feedsvc.parse.document import joined
from feedsvc.parse.page import Metadata
from feedsvc.text import fold

_NO_CHIPS = frozenset(
    {
        "키워드",
        "추천키워드",
        "연관키워드",
        "연관 키워드",
        "추천 키워드",
        "관련 키워드",
        "관련키워드",
        "태그",
        "more",
        "더보기",
    }
)
_LABEL = re.compile(r"^(?:(?:추천|관련|연관) ?)?(?:키워드|태그) ?[:：] ?")
_INLINE = frozenset(["span", "b", "strong", "em", "i", "mark", "small", "font", "label", "li"])
_LISTED = "a, button, li, ul, ol, dl, p, div"
_METADATA = ("news_keywords", "article:tag", "keywords")


def chips(holders: Iterable[LexborNode]) -> tuple[str, ...]:
    """The words on the chips in these elements, or on those that are chips themselves."""
    words = (word for node in holders for text in _texts(node) for word in _words(text))
    return tuple(dict.fromkeys(words))


def _texts(holder: LexborNode) -> Iterator[str]:
    """The text of each chip, and what stands beside them."""
    lists: set[int] = set()
    for one in holder.css(_LISTED):
        while one.mem_id != holder.mem_id and one.parent and one.parent.mem_id not in lists:
            one = one.parent
            lists.add(one.mem_id)
    waiting = [holder]
    while waiting:
        node = waiting.pop()
        if node.is_text_node:
            yield fold(node.text_lexbor())
        elif node.is_element_node and _is_chip(node, lists, alone=node is holder):
            yield joined(node)
        elif node.is_element_node:
            waiting += list(node.iter(include_text=True))[::-1]


def _is_chip(node: LexborNode, lists: Collection[int], *, alone: bool) -> bool:
    """Whether an element's text is one keyword, however it is made up within; ``alone``: it
    was not found in a list of them, but may be that list."""
    if node.tag in ("a", "button"):
        return True
    if node.mem_id in lists or node.tag not in _INLINE or (alone and node.tag != "li"):
        return False
    within = list(node.iter(include_text=True))
    # One element in it, or words beside it: a span of spans is a list.
    return (
        node.tag == "li"
        or len(within) == 1
        or any(one.is_text_node and one.text_lexbor().strip() for one in within)
    )


def said(meta: Metadata) -> tuple[str, tuple[str, ...]]:
    """The metadata's keywords, and the name of what gave them."""
    for name in _METADATA:
        values = [word for one in meta.metas(name) for word in one.split(",")]
        found = dict.fromkeys(word for one in values if (word := one.strip().lstrip("#").strip()))
        if found:
            return f"meta[name={name}]", tuple(found)
    return "", ()


def _words(text: str) -> list[str]:
    text = _LABEL.sub("", text)
    parts = text.split("#") if "#" in text else text.split(",")
    return [word for one in parts if (word := one.strip(" ,:")) and word not in _NO_CHIPS]
