"""What can go wrong with the site, as server.

In: a kind of fault and the answer that would have been given.  Out: the faulty
answer.  What needs a socket is marked in ``Answer.breaks`` and done by ``server``.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Self

from feedsvc.demo import server
from feedsvc.demo.server import HTML, Headers


class Fault(StrEnum):
    """A fault that ``StandIn.fault`` injects."""

    REFUSED = "refused"
    """The port is closed for the whole site until ``clear_faults`` (server only)."""
    RESET = "reset"
    """Half of the answer, then the connection is reset."""
    READ_TIMEOUT = "read-timeout"
    """The answer is held back until the client leaves or the site stops."""
    TRUNCATED = "truncated"
    """Half of the body that Content-Length promised, then an orderly end."""
    TOO_MANY_SECONDS = "429-seconds"
    TOO_MANY_DATE = "429-date"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    GATEWAY_TIMEOUT = "504"
    FIREWALL = "firewall-403"
    FIREWALL_OK = "firewall-200"
    LOGIN_REDIRECT = "login-redirect"
    ENDLESS_REDIRECT = "endless-redirect"
    COOKIE_WALL = "cookie-wall"
    """Who brings no cookie is sent to the same address with one."""
    NOWHERE = "redirect-nowhere"
    """A redirect to what is no address."""
    OTHER_ID = "redirect-other-id"
    """An article's page leads to another article; other pages are as they were."""
    OTHER_HOST = "redirect-other-host"
    PRIVATE_ADDRESS = "redirect-private"
    NO_HTTP = "no-http"
    """Bytes that are no answer at all, then an orderly end."""
    BAD_CHUNK = "chunk-of-minus-five"
    """A chunked answer, its first chunk of a negative size."""
    UNKNOWN_ENCODING = "unknown-encoding"
    """``Content-Encoding`` names what is no coding."""
    GZIP_BOMB = "gzip-bomb"
    HUGE = "huge"
    WRONG_CHARSET = "wrong-charset"
    CP949 = "cp949"
    UTF_16 = "utf-16"
    NUL = "nul"
    """A NUL between any two words."""
    EMPTY = "empty"
    ERROR_PAGE_OK = "error-page-200"
    NOT_FOUND = "404"
    GONE = "410"
    RENAMED = "layout-renamed"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Answer(server.SiteAnswer):
    """One answer; ``breaks`` names the fault of the connection that goes with it, if any:
    an in-memory transport raises what it stands for."""

    breaks: Fault | None = None

    @classmethod
    def of(cls, answer: server.SiteAnswer, breaks: Fault | None = None) -> Self:
        return cls(answer.status, answer.reason, answer.headers, answer.body, breaks)


@dataclass(slots=True)
class Rule:
    """A fault where a glob matches the target or its path, ``left`` times (``None``: always)."""

    kind: Fault
    path: str
    left: int | None = None
    after: float = 2
    hits: int = field(default=0)

    def takes(self, target: str) -> bool:
        if self.left == 0 or not (
            fnmatchcase(target, self.path) or fnmatchcase(target.partition("?")[0], self.path)
        ):
            return False
        self.hits += 1
        if self.left is not None:
            self.left -= 1
        return True


_CONNECTION = {
    Fault.REFUSED, Fault.RESET, Fault.READ_TIMEOUT, Fault.TRUNCATED, Fault.NO_HTTP, Fault.BAD_CHUNK,
}  # fmt: skip
_WALL = "wall=passed"
_FIREWALL = (
    '<!DOCTYPE html><html><head><title>Access Denied</title><meta charset="utf-8"></head><body>'
    "<h1>접근이 차단되었습니다</h1><p>The request was blocked by the web application firewall. "
    "보안 정책에 따라 요청이 차단되었습니다. Support ID: 4711</p>"
    '<script>document.cookie="waf_check=1"</script></body></html>'
)
_CLASS = re.compile(r'class=(\\?)"([^"\\]*)\\?"')
_ID_WIDGET = re.compile(r'id="(dablewidget[^"]*|dealsite_ci)"')


def page(
    status: int, body: str | bytes, content_type: str = HTML, *extra: tuple[str, str]
) -> Answer:
    """An answer with its content type and length set."""
    return Answer.of(server.page(status, body, content_type, *extra))


def redirect(location: str) -> Answer:
    return page(302, "", HTML, ("Location", location))


def broken(
    rule: Rule, target: str, good: Answer, now: datetime, *, headers: Headers = (), newest: int = 0
) -> Answer:
    """The answer under a fault; ``good`` is what the site would have said, ``headers`` the
    request's, ``newest`` the id of an article that there is."""
    kind = rule.kind
    if kind in _CONNECTION:
        return replace(good, breaks=kind)
    if kind is Fault.TOO_MANY_SECONDS:
        return page(429, "Too Many Requests", "text/plain", ("Retry-After", str(int(rule.after))))
    if kind is Fault.TOO_MANY_DATE:
        date = format_datetime((now + timedelta(seconds=rule.after)).astimezone(UTC), usegmt=True)
        return page(429, "Too Many Requests", "text/plain", ("Retry-After", date))
    if kind in (Fault.FIREWALL, Fault.FIREWALL_OK):
        return page(403 if kind is Fault.FIREWALL else 200, _FIREWALL)
    if kind is Fault.LOGIN_REDIRECT:
        return redirect("/member/login?returnUrl=" + target.partition("?")[0])
    if kind is Fault.ENDLESS_REDIRECT:
        turn = re.search(r"[?&]turn=(\d+)", target)
        return redirect(f"{target.partition('?')[0]}?turn={int(turn[1]) + 1 if turn else 1}")
    if kind is Fault.COOKIE_WALL:
        if any(name.lower() == "cookie" and _WALL in value for name, value in headers):
            return good
        return page(302, "", HTML, ("Location", target), ("Set-Cookie", f"{_WALL}; Path=/"))
    if kind is Fault.NOWHERE:
        return redirect("http://[zz/")
    if kind is Fault.OTHER_ID:
        article = re.match(r"/articles/(\d+)", target)
        moves = article is not None and int(article[1]) != newest and good.status == 200
        return redirect(f"/articles/{newest}") if moves else good
    if kind is Fault.UNKNOWN_ENCODING:
        return replace(good, headers=(*good.headers, ("Content-Encoding", "aws-chunked")))
    if kind is Fault.OTHER_HOST:
        return redirect("https://elsewhere.example/articles/1")
    if kind is Fault.PRIVATE_ADDRESS:
        return redirect("http://10.0.0.1/admin")
    if kind is Fault.GZIP_BOMB:
        return page(200, _bomb(), HTML, ("Content-Encoding", "gzip"))
    if kind is Fault.HUGE:
        return page(200, _huge())
    if kind in (Fault.WRONG_CHARSET, Fault.CP949, Fault.UTF_16, Fault.NUL):
        return _recoded(kind, good)
    if kind is Fault.EMPTY:
        return page(200, "")
    if kind is Fault.ERROR_PAGE_OK:
        return page(200, server.error_page(404).body)
    if kind is Fault.RENAMED:
        return page(good.status, renamed(good.body), good.header("content-type") or HTML)
    if kind is Fault.PDF:
        return page(
            200, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "application/pdf"
        )
    return Answer.of(server.error_page(int(kind.value)))


def renamed(body: bytes) -> bytes:
    """A page whose class names and known ids are all other ones."""
    text = body.decode("utf-8", "surrogateescape")
    text = _CLASS.sub(
        lambda m: 'class={0}"{1}{0}"'.format(
            m[1], " ".join(f"v{zlib.crc32(name.encode()):08x}" for name in m[2].split())
        ),
        text,
    )
    return _ID_WIDGET.sub('id="vnext"', text).encode("utf-8", "surrogateescape")


def _recoded(kind: Fault, good: Answer) -> Answer:
    """UTF-8 bytes under a header that says EUC-KR, or CP949 bytes that say so in the page;
    UTF-16 with its mark, or UTF-8 with NULs in it."""
    if not (good.header("content-type") or "").startswith("text/html"):
        return good
    if kind is Fault.WRONG_CHARSET:
        return page(good.status, good.body, "text/html; charset=EUC-KR")
    if kind is Fault.UTF_16:
        return page(good.status, good.body.decode().encode("utf-16"), "text/html")
    if kind is Fault.NUL:
        return page(good.status, good.body.replace(b"> ", b">\0 ").replace(b". ", b".\0 "))
    text = good.body.decode().replace('<meta charset="utf-8">', '<meta charset="euc-kr">')
    return page(good.status, text.encode("cp949", "xmlcharrefreplace"), "text/html")


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    """Less than a megabyte that unpacks to 200 MB."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    parts = [packer.compress(b"<html><body><p>")]
    block = b"0" * 1_000_000
    parts += [packer.compress(block) for _ in range(200)]
    return b"".join(parts) + packer.flush()


@lru_cache(maxsize=1)
def _huge() -> bytes:
    line = "<p>끝없이 이어지는 문장입니다.</p>\n".encode()
    return b"<html><body>" + line * (50_000_000 // len(line) + 1) + b"</body></html>"
