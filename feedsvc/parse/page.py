"""What a page says of itself: its metadata, where its links lead, and what it is where no
layout fits.

In: a page, or its tree.  Out: plain strings of its head (JSON-LD, Open Graph, other meta
elements); addresses as a browser would follow them, and which of them are articles; the
error that names a page that is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc import weburl
from feedsvc.errors import LayoutUnknown, LoginForm, NotAnArticle, ParseError, ShortPage
from feedsvc.model import FetchedPage
from feedsvc.parse.document import joined, tree_of, under, words
from feedsvc.site import Site
from feedsvc.text import fold

_ARTICLE_TYPES = frozenset({"NewsArticle", "Article", "ReportageNewsArticle", "BlogPosting"})
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
    """A page's metadata.  Nothing is raised: what cannot be read is not there.  JSON-LD is
    read when first asked for, since most pages show all of it in their own elements.

    ``base`` is the address of its first ``base`` element with one, or ``None``.
    """

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._tree = tree
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
            held = node.attributes
            match node.tag:
                case "meta":
                    key = held.get("property") or held.get("name") or held.get("itemprop")
                    if key and "content" in held:
                        self._meta.setdefault(key.lower(), []).append(held["content"] or "")
                case "link" if (held.get("rel") or "").lower() == "canonical":
                    self._link = self._link or fold(held.get("href") or "")
                case "script" if held.get("type") == _JSON_LD:
                    self._scripts.append(node)
                case "base" if self.base is None:
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

    @cached_property
    def article(self) -> dict[str, object]:
        """The JSON-LD object of an article's type; empty where there is none."""
        return next(self._articles(), {})

    def _articles(self) -> Iterator[dict[str, object]]:
        scripts = self._scripts
        if not scripts and b"ld+json" in (self._tree.raw_html or b""):
            scripts = self._tree.css(f'script[type="{_JSON_LD}"]')
        for node in scripts:
            source = node.text()
            if len(source) <= _MAX_JSON:
                with suppress(ValueError, RecursionError):
                    yield from _objects(json.loads(source, strict=False))


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


@dataclass(frozen=True, slots=True)
class Links:
    """A page's addresses, read against its ``base``; articles are those of ``site``.
    ``about`` is the page's own address."""

    site: Site
    base: str
    about: str

    @classmethod
    def of(cls, meta: Metadata, url: str, site: Site) -> Links:
        """Those of a page fetched from ``url``; a saved file's are the site's.

        The first ``base`` with an address counts (HTML Standard, 4.2.3), if it is http(s).
        """
        own = url if url.startswith(("https://", "http://")) else f"{site.base_url}/"
        said = weburl.absolute(meta.base, own) if meta.base is not None else None
        return cls(site, said if said and said.startswith("http") else own, url)

    def address(self, link: LexborNode) -> str | None:
        """Where a link leads."""
        href = link.attrs.get("href")
        return None if href is None else weburl.absolute(href, self.base)

    def article_id(self, link: LexborNode) -> int | None:
        """The article that a link leads to, if it is one of the site's."""
        address = self.address(link)
        return self.site.article_id(address) if address else None

    def lists_others(self, node: LexborNode, own: int, but: Collection[int] = frozenset()) -> bool:
        """Whether links to other articles than ``own`` stand in an element, outside of the
        elements in ``but``."""
        return any(
            self.article_id(link) not in (None, own) and not under(link, but)
            for link in node.css("a[href]")
        )

    def sections(self, link: LexborNode) -> tuple[str, ...]:
        """The section code that ends a link to an article, if one does."""
        address = self.address(link)
        code = self.site.section_code(address) if address else None
        return (code,) if code else ()


def opened(page: FetchedPage, site: Site) -> tuple[LexborHTMLParser, Links]:
    """The tree of a page, and its addresses.  Raises ``LayoutUnknown`` as ``tree_of`` does."""
    tree = tree_of(page)
    return tree, Links.of(Metadata(tree), page.final_url or page.url, site)


_FIREWALL = re.compile(
    r"web application firewall|access denied|request (?:was )?blocked|attention required|"
    r"just a moment|checking your browser|captcha|are you (?:a )?(?:human|robot)|"
    r"bot (?:check|detect)|ddos|cloudflare|incapsula|접근이 (?:차단|거부)|"
    r"(?:요청|접속)이 (?:차단|거부|제한)|비정상적인 접근|자동 ?입력 ?방지|보안 정책",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"페이지를 찾을 수 없|존재하지 않는|삭제되었거나|삭제된 (?:기사|페이지|게시물)|"
    r"없는 (?:기사|페이지)|잘못된 (?:접근|요청|주소)|오류가 발생|에러가 발생|서비스 점검|"
    r"점검 중|일시적으로|이용에 불편|"
    r"not found|internal server error|service unavailable|bad gateway|\b(?:404|500|502|503)\b",
    re.IGNORECASE,
)
_AGAIN = "it is asked for again at the next poll"
_NO_ARTICLES = (
    (
        _FIREWALL,
        "the page is a firewall's or a bot check",
        "poll less often, or ask the site to let your address through",
    ),
    (_ERROR, "the page is an error page, though its status says success", _AGAIN),
)
_SHORT = 1500
_OWN_FORM = "form#loginForm"
_LOGIN_TITLE = re.compile(r"로그인|log\s?in|sign\s?in", re.IGNORECASE)
_LOGIN_PATH = re.compile(r"/(?:member/|user/access/)?(?:login|signin|sign-in)\b", re.IGNORECASE)


def refusal(tree: LexborHTMLParser, about: str, wanted: str) -> ParseError:
    """The error for a page on which no layout found ``wanted`` (an article, rows).  One that
    looks like an article, or like the site's own list, means that the site has changed."""
    text = words(tree.body)[:6000]
    if not text and tree.css_first(_OWN_FORM) is None:
        return NotAnArticle("the page is empty", about=about, advice=_AGAIN)
    meta = Metadata(tree)
    looks_whole = (
        meta.meta("og:type") == "article"
        or bool(meta.article)
        or bool(meta.meta("article:published_time"))
    )
    if not looks_whole:
        short = len(text) < _SHORT
        if _is_login(tree, about, short):
            return LoginForm(
                "the page is a login form",
                about=about,
                advice="if it should be readable to you, set http.cookie",
            )
        headings = " ".join(joined(node) for node in tree.css("h1, h2, title")[:6])
        for shape, message, advice in _NO_ARTICLES:
            if shape.search(text if short else headings):
                return NotAnArticle(message, about=about, advice=advice)
        if short:
            return ShortPage(
                f"the page is short and holds no {wanted}",
                about=about,
                advice="open it in a browser and see what it says",
            )
    listing = "" if wanted == "article" else " --listing"
    return LayoutUnknown(
        f"no known layout of the site fits the page: no {wanted} found",
        about=about,
        advice=(
            f"the site has probably changed: feedsvc inspect URL{listing} shows what is found on"
            " it; set site.selectors, or wait for a new release"
        ),
    )


def _is_login(tree: LexborHTMLParser, about: str, short: bool) -> bool:
    """Whether the page asks for a login (site page, "URLs").  A form for it may stand in
    the frame of every page: one that is not the site's own counts on a page made for it."""
    if tree.css_first(_OWN_FORM) is not None or _LOGIN_PATH.search(urlsplit(about).path):
        return True
    asked = tree.css_first("input[type=password]") is not None
    named = _LOGIN_TITLE.search(joined(tree.css_first("title"))) is not None
    return (asked or short) and (named or (asked and short))
