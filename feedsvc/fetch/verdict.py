"""Whether an answer is a page, and if not, which error it is.  Pure.

An error page, a firewall's page or a login form is never handed on as a page.
What a whole page of the site says is the parser's to judge.
"""

import re
from enum import Enum
from urllib.parse import urlsplit

from feedsvc import encoding, picture
from feedsvc.errors import (
    Blocked,
    EmptyAnswer,
    FetchError,
    LoginWanted,
    NotAnImage,
    NotHtml,
    StatusRefused,
)
from feedsvc.fetch.transport import Answer


class Wanted(Enum):
    """What the caller can use: a page, the JSON listing too, or an image."""

    PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"
    LISTING = "application/json,text/html;q=0.8,*/*;q=0.5"
    # What every program opens comes first: the copy outlives today's browsers.
    IMAGE = "image/jpeg,image/png,image/gif,image/webp;q=0.8,image/avif;q=0.7,*/*;q=0.1"


_HTML = ("text/html", "application/xhtml+xml")
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x1f\x8b")
_TAG = re.compile(rb"<[A-Za-z!?/]")
_UNCLEAR = ("", "text/plain", "application/octet-stream", "text/xml", "application/xml")
# Bot checks are short pages; every page of the site links articles, which none of them does.
_SMALL = 60_000
_OWN = b"/articles/"
_FIREWALL_STATUS = frozenset({200, 202, 403, 405, 406, 503})
_FIREWALL = re.compile(
    r"cf-chl|challenge-platform|cf-browser-verification|checking (?:if the site|your browser)"
    r"|<title>\s*just a moment|attention required!\s*\|\s*cloudflare"
    r"|enable javascript and cookies to continue|_incapsula_resource|incapsula incident"
    r"|the requested url was rejected|sucuri website firewall|ddos-guard|ddos protection by"
    r"|errors\.edgesuite\.net|aws-?waf|awswafintegration|perimeterx|px-captcha|datadome"
    r"|g-recaptcha|h-captcha|hcaptcha\.com|cf-turnstile|are you a robot|unusual traffic"
    r"|web application firewall|access denied"
    r"|비정상적인\s*(?:접근|접속|트래픽|요청)|자동화된\s*(?:접근|접속|요청|프로그램)"
    r"|(?:접근|접속|요청)[이가은는]?\s*(?:차단|제한)|보안\s*정책에\s*(?:의해|따라)"
    r"|웹\s*방화벽|로봇이\s*아닙니다|봇\s*(?:차단|탐지)",
    re.IGNORECASE,
)
_SCRIPT_ONLY = re.compile(
    rb"document\.cookie.{0,2000}location|location.{0,2000}document\.cookie", re.S
)
# What a store of objects, such as a host of images, says of one that it does not have.
_NO_OBJECT = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<Error>\s*<Code>")
_PASSWORD = re.compile(rb"""<input[^<>]+type\s*=\s*["']?password""", re.IGNORECASE)

BLOCKED_ADVICE = "wait, ask less often (http.delay), look at the page in a browser"
BY_CURL = "or, where curl reaches the site and feedsvc does not, set http.transport: curl"
"""Nothing switches by itself for an answer: it is the operator's choice."""
LOGIN_ADVICE = "the page is for members: set http.cookie to your own session, or leave it locked"


def refusal(
    url: str,
    answer: Answer,
    wanted: Wanted | None,
    retry_after: float | None,
    *,
    by_curl: bool = False,
) -> FetchError | None:
    """The error that an answer (no redirect, not 304) is; ``None`` for a page.

    ``wanted`` ``None`` is robots.txt: any text will do, but no firewall's page.
    ``retry_after`` is what its header asks for, in seconds; ``by_curl`` tells that curl's
    client got the answer.
    """
    status = answer.status
    body = answer.body if wanted is Wanted.IMAGE else _readable(answer)
    if _is_firewall(answer, body):
        blocked = Blocked(
            f"a firewall or bot check answered (status {status})",
            about=url,
            advice=_or_curl(BLOCKED_ADVICE, by_curl),
        )
        blocked.status = status
        return blocked
    if status == 401:
        return login_wanted(url)
    # RFC 9309, 2.3.1.1: any success; 204 is a file without rules.
    is_rules = wanted is None and 200 <= status < 300 and status != 206
    if status != 200 and not is_rules:
        return _status(url, answer, retry_after, by_curl)
    if wanted is None:
        return None
    called = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    if wanted is Wanted.IMAGE:
        advice = f"kept are {', '.join(picture.ENDINGS)}; look at the address in a browser"
        said = f"the answer is no image that is kept (called {called or 'nothing'})"
        return None if picture.kind_of(answer.body) else NotAnImage(said, about=url, advice=advice)
    if not body.strip():
        return EmptyAnswer(
            "the site sent an empty page", about=url, advice="feedsvc tries again at the next poll"
        )
    if wanted is Wanted.PAGE and _OWN not in body and _PASSWORD.search(body):
        return login_wanted(url)
    return _not_html(url, answer, body, wanted, called)


def login_wanted(url: str) -> LoginWanted:
    return LoginWanted("the site asks for a login", about=url, advice=LOGIN_ADVICE)


def _readable(answer: Answer) -> bytes:
    """The body in UTF-8 where it is a page in UTF-16, as it came else: what is looked for
    below is ASCII."""
    body = answer.body
    if not (b"\0" in body[:512] or body.startswith((b"\xff\xfe", b"\xfe\xff"))):
        return body
    return encoding.as_utf8(body, answer.header("content-type") or "")


def _is_firewall(answer: Answer, body: bytes) -> bool:
    if answer.header("cf-mitigated") or answer.header("x-amzn-waf-action"):
        return True
    if answer.status not in _FIREWALL_STATUS or len(body) > _SMALL or _OWN in body:
        return False
    if answer.status == 503 and answer.header("retry-after"):
        return False  # maintenance, announced in the proper way
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return False  # a listing's JSON may hold a headline with such words; robots.txt too
    if _NO_OBJECT.match(body):
        return False
    if answer.status == 200 and len(body) < 8_000 and _SCRIPT_ONLY.search(body):
        return b"<p" not in body
    text = body.decode("utf-8", "replace")
    if "�" in text:
        text = body.decode("cp949", "replace")
    return bool(_FIREWALL.search(text))


def _or_curl(advice: str, by_curl: bool) -> str:
    return advice if by_curl else f"{advice}, {BY_CURL}"


def _status(url: str, answer: Answer, retry_after: float | None, by_curl: bool) -> StatusRefused:
    refused = "the site refuses this page or this machine; look at it in a browser"
    advice = {
        403: _or_curl(refused, by_curl),
        404: "the page is gone or never was",
        410: "the page is gone for good",
        429: "the site wants fewer requests: raise http.delay",
    }.get(
        answer.status,
        "the site has trouble; feedsvc tries again by itself"
        if answer.status >= 500
        else "look at the address in a browser",
    )
    said = f"{answer.status} {answer.reason}".strip()
    if retry_after:
        said += f", try again after {retry_after:.0f} s"
    return StatusRefused(
        f"the site answered {said}",
        about=url,
        advice=advice,
        status=answer.status,
        retry_after=retry_after,
    )


def _not_html(url: str, answer: Answer, body: bytes, wanted: Wanted, kind: str) -> NotHtml | None:
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    listing = wanted is Wanted.LISTING and (kind.endswith("json") or start[:1] in (b"{", b"["))
    if listing or (kind in _UNCLEAR and start.startswith(b"<")):
        return None
    # A label alone is not enough: bytes that are no text are no page.  A NUL proves
    # nothing, browsers pass over it; but where there is one there must be a tag, too.
    is_binary = picture.kind_of(answer.body) or answer.body.startswith(_BINARY)
    has_nul = b"\0" in answer.body[:512]
    if kind in _HTML and not is_binary and (not has_nul or _TAG.search(body[:4096])):
        return None
    name = urlsplit(url).path.rsplit("/", 1)[-1]
    return NotHtml(
        f"the answer is not a page but {kind or 'of no known type'}",
        about=url,
        advice=f"nothing to read in {name or 'it'}; look at the address in a browser",
    )
