"""One page as WARC 1.1 (ISO 28500:2017) has it, and back.

In: a :class:`~feedsvc.model.FetchedPage`.  Out: its gzip members.  The body is kept
decoded, so the headers that spoke of its coded form carry ``X-Archive-Orig-`` before
their names; cookies and authorizations are left out.
"""

from __future__ import annotations

import io
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feedsvc import __version__
from feedsvc.archive.rawscan import ARTICLE
from feedsvc.model import FetchedPage, Status
from feedsvc.site import KST

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecord

_ORIGINAL = "X-Archive-Orig-"
_CODED = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_SECRET = frozenset({"cookie", "set-cookie", "authorization", "proxy-authorization"})
_ASKED = "Feedsvc-Asked-URI"
_SEEN_AS = "Feedsvc-Seen-As"
_GUEST_STATUS = "Feedsvc-Guest-Status"


def page(article_id: int, page: FetchedPage) -> bytes:
    """The two members of a page: its answer and its request."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    named = {"WARC-Date": _date(page.fetched_at), ARTICLE: str(article_id)}
    told = {
        _ASKED: page.url if page.url != page.final_url else None,
        _SEEN_AS: page.seen_as,
        _GUEST_STATUS: page.guest_status and page.guest_status.value,
    }
    answer = writer.create_warc_record(
        page.final_url,
        "response",
        payload=io.BytesIO(page.body),
        length=len(page.body),
        warc_headers_dict=named | {name: value for name, value in told.items() if value},
        http_headers=StatusAndHeaders(
            f"{page.status} {page.reason}".strip(), _kept(page.headers), protocol="HTTP/1.1"
        ),
    )
    request = writer.create_warc_record(
        page.final_url,
        "request",
        warc_headers_dict=named,
        http_headers=StatusAndHeaders(
            f"GET {_target(page.final_url)} HTTP/1.1",
            _kept(page.request_headers),
            is_http_request=True,
        ),
    )
    writer.write_request_response_pair(request, answer)
    return out.getvalue()


def info(name: str, at: datetime) -> bytes:
    """The member that a file called ``name`` begins with."""
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    record = writer.create_warcinfo_record(
        name, {"software": f"feedsvc/{__version__}", "format": "WARC File Format 1.1"}
    )
    record.rec_headers.replace_header("WARC-Date", _date(at))
    writer.write_record(record)
    return out.getvalue()


def _kept(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [
        (f"{_ORIGINAL}{name}" if name.lower() in _CODED else name, value)
        for name, value in headers
        if name.lower() not in _SECRET
    ]


def _date(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _target(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def read(data: bytes) -> FetchedPage:
    """The page in its two members.  Raises ``ValueError``."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    answer: dict[str, Any] | None = None
    try:
        for record in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
            if record.rec_type == "response":
                answer = _answer(record)
            elif record.rec_type == "request" and answer is not None:
                sent = tuple(record.http_headers.headers) if record.http_headers else ()
                return FetchedPage(**answer, request_headers=sent)
    except (ArchiveLoadFailed, zlib.error) as error:
        raise ValueError(str(error)) from error
    raise ValueError("no page here")


def _answer(record: ArcWarcRecord) -> dict[str, Any]:
    url = record.rec_headers.get_header("WARC-Target-URI")
    status, _, reason = record.http_headers.statusline.partition(" ")
    headers = tuple(
        (name[len(_ORIGINAL) :] if name.startswith(_ORIGINAL) else name, value)
        for name, value in record.http_headers.headers
    )
    at = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))
    status_for_guests = record.rec_headers.get_header(_GUEST_STATUS)
    return {
        "url": record.rec_headers.get_header(_ASKED) or url,
        "final_url": url,
        "status": int(status),
        "reason": reason,
        "headers": headers,
        "body": record.raw_stream.read(),
        "fetched_at": at.astimezone(KST),
        "seen_as": record.rec_headers.get_header(_SEEN_AS),
        "guest_status": Status(status_for_guests) if status_for_guests else None,
    }
