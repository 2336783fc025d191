"""Pages as fetched: ``raw/2026-03.warc.gz`` (WARC 1.1, ISO 28500:2017), each record
a gzip member of its own.

In: a :class:`~feedsvc.model.FetchedPage` and the article it led to.  Out: the same
page again.  A page is one member for the answer and one for the request.  The body
is kept decoded, so the headers that spoke of its coded form carry
``X-Archive-Orig-`` before their names; cookies and authorizations are left out.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedsvc import __version__
from feedsvc.archive import append
from feedsvc.archive.layout import month
from feedsvc.archive.records import DAMAGE
from feedsvc.archive.state import State
from feedsvc.errors import ArchiveError
from feedsvc.model import FetchedPage
from feedsvc.site import KST

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecord

_ORIGINAL = "X-Archive-Orig-"
_CODED = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_SECRET = frozenset({"cookie", "set-cookie", "authorization", "proxy-authorization"})
_ARTICLE = "Feedsvc-Article"  # WARC 1.1 leaves further named fields to us (section 4)
_ASKED = "Feedsvc-Asked-URI"
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the answer of a page stands."""

    file: str
    offset: int


class RawPages:
    """The files of ``raw/``.  What is whole in each, and where each article's last
    page is, stands in ``.state`` and is found again by reading the files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def files(self) -> list[Path]:
        try:
            return sorted(p for p in self._folder.iterdir() if p.name.endswith(".warc.gz"))
        except FileNotFoundError:
            return []

    def add(self, article_id: int, page: FetchedPage, state: State) -> None:
        """Keep a page at the end of its month's file.  Raises ``OSError``."""
        path = self._folder / f"{month(page.fetched_at)}.warc.gz"
        noted = state.meta(f"raw:{path.name}")
        start = int(noted) if noted is not None else append.size(path)
        data = b"" if start else _warcinfo(path.name, page.fetched_at)
        offset = start + len(data)
        end = append.append(path, data + _members(article_id, page), start)
        with state.transaction():
            self._note(state, article_id, path.name, offset)
            state.set_meta(f"raw:{path.name}", str(end))

    def mend(self, state: State, *, lenient: bool = False) -> list[str]:
        """Cut off what a crash left behind the last whole page; tell what was cut.

        Only files that are longer than noted are read, and only what is not noted.
        Where nothing is noted, .state is lost: the newest file alone can be torn.
        Whole pages behind broken ones are none that a crash left: ``ArchiveError``,
        and nothing is cut; ``lenient`` leaves such a file as it is.
        """
        repaired = []
        files = self.files()
        for path in files:
            noted = state.meta(f"raw:{path.name}")
            if noted is None and path != files[-1]:
                continue
            length = append.size(path)
            if noted is not None and int(noted) == length:
                continue
            end = self._scan(path, state)
            if end < length and _more_behind(path, end):
                if lenient:
                    continue
                raise _damaged(path, end, "a broken page with whole ones behind it")
            if end < length:
                append.cut(path, end)
                repaired.append(f"{path}: cut {length - end} bytes of a page half written")
        return repaired

    def find(self, article_id: int, state: State) -> Kept | None:
        """Where the last page of an article is; reads files not yet looked through."""
        for path in self._unread(state):
            self._scan(path, state)
        rows = state.rows("SELECT file, offset FROM raw WHERE id=?", (article_id,))
        return Kept(*rows[0]) if rows else None

    def is_noted(self, state: State) -> bool:
        """Whether :meth:`find` has nothing to read and to note first."""
        return not self._unread(state)

    def _unread(self, state: State) -> list[Path]:
        return [p for p in self.files() if int(state.meta(f"raw:{p.name}") or 0) < append.size(p)]

    def read(self, kept: Kept) -> FetchedPage:
        """Raises ``ArchiveError``."""
        path = self._folder / kept.file
        for _, page in _pages(path, kept.offset):
            return page
        raise _damaged(path, kept.offset, "no page here")

    def pages(self) -> Iterator[tuple[int, FetchedPage]]:
        """Every page with its article's id, oldest first.  Raises ``ArchiveError``."""
        for path in self.files():
            yield from _pages(path, 0)

    def members(self, ids: Collection[int], name: str, at: datetime) -> Iterator[bytes]:
        """A file called ``name`` with the pages of these articles, oldest first, byte
        for byte as they were kept.  Raises ``ArchiveError``."""
        yield _warcinfo(name, at)
        for path in self.files():
            with path.open("rb") as stream:
                end = 0
                for offset, end, head in _heads(path, 0):
                    number = _fields(head).get(_ARTICLE.lower(), "")
                    if number.isdigit() and int(number) in ids:
                        stream.seek(offset)
                        yield stream.read(end - offset)
            if end < append.size(path) and _more_behind(path, end):
                raise _damaged(path, end, "a broken page")

    def _scan(self, path: Path, state: State) -> int:
        """Note the pages of a file behind what is noted; the end of the last whole one."""
        noted = state.meta(f"raw:{path.name}")
        end = int(noted) if noted is not None and int(noted) <= append.size(path) else 0
        answer: tuple[int, int] | None = None
        with state.transaction():
            for offset, after, head in _heads(path, end):
                fields = _fields(head)
                kind = fields.get("warc-type")
                if kind == "warcinfo":
                    end = after
                elif kind == "response" and fields.get(_ARTICLE.lower(), "").isdigit():
                    answer = (int(fields[_ARTICLE.lower()]), offset)
                elif kind == "request" and answer:
                    # A page is whole when its request, the second member, is.
                    self._note(state, answer[0], path.name, answer[1])
                    end, answer = after, None
            state.set_meta(f"raw:{path.name}", str(end))
        return end

    def _note(self, state: State, article_id: int, name: str, offset: int) -> None:
        state.rows(
            "INSERT INTO raw VALUES(?,?,?) ON CONFLICT(id) DO UPDATE SET"
            " file=excluded.file, offset=excluded.offset"
            " WHERE (excluded.file, excluded.offset) > (file, offset)",
            (article_id, name, offset),
        )


def _members(article_id: int, page: FetchedPage) -> bytes:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    named = {"WARC-Date": _date(page.fetched_at), _ARTICLE: str(article_id)}
    if page.url != page.final_url:
        named[_ASKED] = page.url
    answer = writer.create_warc_record(
        page.final_url,
        "response",
        payload=io.BytesIO(page.body),
        length=len(page.body),
        warc_headers_dict=named,
        http_headers=StatusAndHeaders(
            f"{page.status} {page.reason}".strip(), _kept(page.headers), protocol="HTTP/1.1"
        ),
    )
    request = writer.create_warc_record(
        page.final_url,
        "request",
        warc_headers_dict={"WARC-Date": _date(page.fetched_at), _ARTICLE: str(article_id)},
        http_headers=StatusAndHeaders(
            f"GET {_target(page.final_url)} HTTP/1.1",
            _kept(page.request_headers),
            is_http_request=True,
        ),
    )
    writer.write_request_response_pair(request, answer)
    return out.getvalue()


def _warcinfo(name: str, at: datetime) -> bytes:
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


def _pages(path: Path, offset: int) -> Iterator[tuple[int, FetchedPage]]:
    """Answers with their requests, from an offset on."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            answer: tuple[dict[str, Any], int] | None = None
            for record in ArchiveIterator(stream, check_digests="raise"):
                if record.rec_type == "response":
                    number = record.rec_headers.get_header(_ARTICLE) or ""
                    answer = (_answer(record), int(number)) if number.isdigit() else None
                elif record.rec_type == "request" and answer:
                    sent = tuple(record.http_headers.headers) if record.http_headers else ()
                    yield answer[1], FetchedPage(**answer[0], request_headers=sent)
                    answer = None
    except (OSError, ValueError, ArchiveLoadFailed, zlib.error) as error:
        raise _damaged(path, offset, str(error).strip()) from error


def _answer(record: ArcWarcRecord) -> dict[str, Any]:
    url = record.rec_headers.get_header("WARC-Target-URI")
    status, _, reason = record.http_headers.statusline.partition(" ")
    headers = tuple(
        (name[len(_ORIGINAL) :] if name.startswith(_ORIGINAL) else name, value)
        for name, value in record.http_headers.headers
    )
    at = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))
    return {
        "url": record.rec_headers.get_header(_ASKED) or url,
        "final_url": url,
        "status": int(status),
        "reason": reason,
        "headers": headers,
        "body": record.raw_stream.read(),
        "fetched_at": at.astimezone(KST),
    }


def _heads(path: Path, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Whole gzip members from an offset on: begin, end, the first bytes of content.
    Stops without a word at the first that is not whole."""
    with path.open("rb") as stream:
        stream.seek(start)
        begin = start
        rest = b""
        while True:
            member = zlib.decompressobj(wbits=31)
            head = b""
            used = 0
            while not member.eof:
                data = rest or stream.read(_BLOCK)
                rest = b""
                if not data:
                    return
                try:
                    while data:
                        content = member.decompress(data, _BLOCK)
                        head += content[: 8192 - len(head)]
                        # At a member's end its unconsumed_tail is an old one.
                        left = member.unused_data if member.eof else member.unconsumed_tail
                        used += len(data) - len(left)
                        data = b"" if member.eof else left
                except zlib.error:
                    return
            rest = member.unused_data
            yield begin, begin + used, head
            begin += used


def _more_behind(path: Path, end: int) -> bool:
    """Whether a whole page stands behind what is not whole."""
    from feedsvc.archive import rawcheck  # only after a crash

    # An answer whose request was cut off is whole itself; then nothing follows it.
    return rawcheck.next_member(path.read_bytes()[end:], 1) is not None


def _fields(head: bytes) -> dict[str, str]:
    """A WARC record's named fields, names in lower case."""
    lines = head.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _damaged(path: Path, offset: int, what: str) -> ArchiveError:
    return ArchiveError(
        f"damaged raw pages behind byte {offset}: {what}", about=str(path), advice=DAMAGE
    )
