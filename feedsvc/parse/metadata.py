"""What a page says of itself in its head: JSON-LD, Open Graph, other meta elements.

In: a tree.  Out: plain strings; JSON-LD is read when first asked for, since most pages
show all of it in their own elements.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.text import fold

_ARTICLE_TYPES = frozenset({"NewsArticle", "Article", "ReportageNewsArticle", "BlogPosting"})
_TOLD_BY = frozenset({"meta", "link", "base", "script"})
_IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_JSON_LD = "application/ld+json"
_MAX_JSON = 500_000
_MAX_NODES = 2_000
_SITE_NAME = r"(?:딜사이트|Dealsite|팍스넷뉴스|팍스넷|paxnetnews)(?:\s*\([^()]{0,60}\))?"
_SUFFIX = re.compile(rf"\s*(?:[-|:·–—]|::|<)\s*{_SITE_NAME}\s*$", re.IGNORECASE)
_PREFIX = re.compile(rf"^\s*\[?{_SITE_NAME}\]?\s*[-|:–—]\s*", re.IGNORECASE)


def without_site_name(title: str) -> str:
    """A headline as metadata write it, less ``- 딜사이트``."""
    return _PREFIX.sub("", _SUFFIX.sub("", title)).strip()


class Metadata:
    """A page's metadata.  Nothing is raised: what cannot be read is not there.

    ``base`` is the address of its first ``base`` element with one, or ``None``.
    """

    __slots__ = ("_json", "_link", "_meta", "_scripts", "_tree", "base")

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._tree = tree
        self._json: dict[str, object] | None = None
        self._meta: dict[str, list[str]] = {}
        self._link = ""
        self._scripts: list[LexborNode] = []
        self.base: str | None = None
        # One walk, for each look by a selector takes as long.
        self._read(tree.head.iter() if tree.head is not None else ())
        if not (self._meta or self._link):
            # A head that broke off stands further below.
            self._read(tree.css("base, link, meta, script"))

    def _read(self, elements: Iterable[LexborNode]) -> None:
        for node in elements:
            tag = node.tag
            if tag not in _TOLD_BY:
                continue
            held = node.attributes
            if tag == "meta":
                key = held.get("property") or held.get("name") or held.get("itemprop")
                if key and "content" in held:
                    self._meta.setdefault(key.lower(), []).append(held["content"] or "")
            elif tag == "link":
                if not self._link and (held.get("rel") or "").lower() == "canonical":
                    self._link = fold(held.get("href") or "")
            elif tag == "script":
                if held.get("type") == _JSON_LD:
                    self._scripts.append(node)
            elif self.base is None:
                self.base = held.get("href")

    def meta(self, name: str) -> str:
        """The first ``meta`` of that property or name."""
        return next(iter(self.metas(name)), "")

    def metas(self, name: str) -> list[str]:
        """Every ``meta`` of that property or name, the empty ones left out."""
        return [value for one in self._meta.get(name, ()) if (value := fold(one))]

    @property
    def canonical(self) -> tuple[str, ...]:
        """The addresses that the page calls its own: canonical link, og:url."""
        return tuple(one for one in (self._link, self.meta("og:url")) if one)

    @property
    def images(self) -> tuple[str, ...]:
        """The addresses of the images that stand for the page: Open Graph's before Twitter's."""
        return tuple(one for name in _IMAGES for one in self.metas(name))

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
        scripts = self._scripts
        if not scripts and b"ld+json" in (self._tree.raw_html or b""):
            scripts = self._tree.css(f'script[type="{_JSON_LD}"]')
        for node in scripts:
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
