"""Answers of the stand-in: status, headers, body.

In: a body, or an address to go to.  Out: ``Answer``.  Not here: which address answers what.
"""

from __future__ import annotations

from dataclasses import dataclass

HTML = "text/html; charset=UTF-8"
Headers = tuple[tuple[str, str], ...]
_REASONS = {
    200: "OK", 302: "Found", 304: "Not Modified", 400: "Bad Request", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 410: "Gone", 429: "Too Many Requests",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: ``body`` as it goes over the wire."""

    status: int
    reason: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


def page(
    status: int, body: str | bytes, content_type: str = HTML, *extra: tuple[str, str]
) -> Answer:
    """An answer with its content type and length set."""
    data = body.encode() if isinstance(body, str) else body
    headers = (("Content-Type", content_type), ("Content-Length", str(len(data))), *extra)
    return Answer(status, _REASONS.get(status, "Unknown"), headers, data)


def error_page(status: int) -> Answer:
    """The site's own page for an error."""
    return page(
        status,
        '<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>딜사이트</title></head>'
        '<body><div id="wrap"><div class="error-page"><h1>페이지를 찾을 수 없습니다.</h1>'
        "<p>요청하신 페이지가 삭제되었거나 주소가 변경되었습니다. 주소를 다시 확인해 주세요.</p>"
        f'<p class="error-code">{status}</p><a href="/">홈으로</a></div></div></body></html>',
    )
