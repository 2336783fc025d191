"""What a page is that no layout fits.

In: a tree.  Out: the error that names it.  A page that looks like an article, or
like the site's own list, and fits no layout means that the site has changed.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from feedsvc.errors import LayoutUnknown, LoginForm, NotAnArticle, ParseError, ShortPage
from feedsvc.parse.document import joined, words
from feedsvc.parse.metadata import Metadata

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
_OWN_FORM = "form#loginForm"
_LOGIN_TITLE = re.compile(r"로그인|log\s?in|sign\s?in", re.IGNORECASE)
_LOGIN_PATH = re.compile(r"/(?:member/|user/access/)?(?:login|signin|sign-in)\b", re.IGNORECASE)


def refusal(tree: LexborHTMLParser, about: str, wanted: str) -> ParseError:
    """The error for a page on which no layout found ``wanted`` (an article, rows)."""
    body = tree.body
    text = words(body)[:6000] if body is not None else ""
    if not text and tree.css_first(_OWN_FORM) is None:
        return NotAnArticle(
            "the page is empty", about=about, advice="it is asked for again at the next poll"
        )
    meta = Metadata(tree)
    looks_whole = (
        meta.meta("og:type") == "article"
        or bool(meta.article)
        or bool(meta.meta("article:published_time"))
    )
    if not looks_whole and _is_login(tree, about, len(text) < 1500):
        return LoginForm(
            "the page is a login form",
            about=about,
            advice="if it should be readable to you, set http.cookie",
        )
    if not looks_whole:
        short = len(text) < 1500
        headings = " ".join(joined(node) for node in tree.css("h1, h2, title")[:6])
        told = text if short else headings
        if _FIREWALL.search(told):
            return NotAnArticle(
                "the page is a firewall's or a bot check",
                about=about,
                advice="poll less often, or ask the site to let your address through",
            )
        if _ERROR.search(told):
            return NotAnArticle(
                "the page is an error page, though its status says success",
                about=about,
                advice="it is asked for again at the next poll",
            )
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
