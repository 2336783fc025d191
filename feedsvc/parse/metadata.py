"""What a page says of itself in its head: JSON-LD, Open Graph, other meta elements.

In: a tree.  Out: plain strings, read when first asked for, since most pages show
all of it in their own elements.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from feedsvc.text import fold

_ARTICLE_TYPES = frozenset({"NewsArticle", "Article", "ReportageNewsArticle", "BlogPosting"})
_MAX_JSON = 500_000
_MAX_NODES = 2_000
_SITE_NAME = r"(?:딜사이트|Dealsite|팍스넷뉴스|팍스넷|paxnetnews)(?:\s*\([^()]{0,60}\))?"
_SUFFIX = re.compile(rf"\s*(?:[-|:·–—]|::|<)\s*{_SITE_NAME}\s*$", re.IGNORECASE)
_PREFIX = re.compile(rf"^\s*\[?{_SITE_NAME}\]?\s*[-|:–—]\s*", re.IGNORECASE)


def without_site_name(title: str) -> str:
    """A headline as metadata write it, less ``- 딜사이트``."""
    return _PREFIX.sub("", _SUFFIX.sub("", title)).strip()


class Metadata:
    """A page's metadata.  Nothing is raised: what cannot be read is not there."""

    __slots__ = ("_json", "_meta", "_tree")

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._tree = tree
        self._meta: dict[str, list[str]] | None = None
        self._json: dict[str, object] | None = None

    def meta(self, name: str) -> str:
        """The first ``meta`` of that property or name."""
        return next(iter(self.metas(name)), "")

    def head(self, name: str) -> str:
        """The same, looked for in the head alone: quick, where nothing else is wanted."""
        head = self._tree.head
        node = head.css_first(f"meta[property='{name}'], meta[name='{name}']") if head else None
        return fold(node.attributes.get("content") or "") if node is not None else ""

    def metas(self, name: str) -> list[str]:
        """Every ``meta`` of that property or name, the empty ones left out."""
        if self._meta is None:
            self._meta = {}
            for node in self._tree.css("meta[content]"):
                held = node.attributes
                key = held.get("property") or held.get("name") or held.get("itemprop")
                if key:
                    self._meta.setdefault(key.lower(), []).append(held["content"] or "")
        return [value for one in self._meta.get(name, ()) if (value := fold(one))]

    @property
    def canonical(self) -> tuple[str, ...]:
        """The addresses that the page calls its own: canonical link, og:url."""
        link = self._tree.css_first("link[rel=canonical]")
        graph = self._tree.css_first("meta[property='og:url']")
        said = (
            link.attributes.get("href") if link is not None else "",
            graph.attributes.get("content") if graph is not None else "",
        )
        return tuple(fold(one) for one in said if one)

    def said(self, key: str) -> str:
        """A string of the page's JSON-LD article, or nothing."""
        value = self.article.get(key)
        return fold(value) if isinstance(value, str) else ""

    @property
    def authors(self) -> str:
        """The JSON-LD's authors, joined by commas."""
        value = self.article.get("author")
        people = value if isinstance(value, list) else [value]
        found = [one.get("name") if isinstance(one, dict) else one for one in people]
        return ", ".join(fold(one) for one in found if isinstance(one, str))

    @property
    def article(self) -> dict[str, object]:
        """The JSON-LD object of an article's type; empty where there is none."""
        if self._json is None:
            self._json = next(self._articles(), {})
        return self._json

    def _articles(self) -> Iterator[dict[str, object]]:
        for node in self._tree.css('script[type="application/ld+json"]'):
            source = node.text()
            if len(source) > _MAX_JSON:
                continue
            try:
                data = json.loads(source, strict=False)
            except (ValueError, RecursionError):
                continue
            yield from _objects(data)


def _objects(data: object) -> Iterator[dict[str, object]]:
    waiting = [data]
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        elif isinstance(one, dict):
            kind = one.get("@type")
            kinds = kind if isinstance(kind, list) else [kind]
            if any(isinstance(k, str) and k in _ARTICLE_TYPES for k in kinds):
                yield one
            waiting.extend(one[key] for key in ("@graph", "mainEntity") if key in one)
