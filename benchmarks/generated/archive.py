"""An archive of any size, as feedsvc would have written it, in a minute or two.

In: a folder and a number of records.  Out: the records ``1`` to that number, their
journal and raw pages, unflushed; no ``.state``.  Korean text of about 1,500 characters
from a vocabulary whose words are as unevenly common as in a language, each sentence the
article's own; five sections, every twentieth article locked, every hundredth gone.  A
raw page of 60 KB (the site's own are larger) for each record, above 100,000 records for
every tenth, which spares the disk.  Equal sizes give equal bytes.
"""

from __future__ import annotations

import base64
import hashlib
import os
import random
import struct
import zlib
from bisect import bisect_left
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from feedsvc.archive import Line, warc
from feedsvc.archive.records import to_json
from feedsvc.model import Access, Event, Record, Status
from feedsvc.moment import month_of
from feedsvc.recordjson import sha256
from feedsvc.site import KST, guid

START = datetime(2018, 1, 2, 9, 0, tzinfo=KST)
END = datetime(2026, 3, 9, 9, 0, tzinfo=KST)
WORD = "합병"
SYLLABLES = "가나다라마바사아자차하거너더러머버서어저허고노도로모보소오조호구누두루무부수우주후기니"
SECTIONS = ("068000", "083000", "089000", "080000", "075000")
ALL_PAGES = 100_000
"""The largest archive in which each record has its raw page."""

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"


def vocabulary(rng: random.Random) -> list[str]:
    """4,000 words of two to four syllables, most common first; the searched one is
    the eight hundredth: about one article in twelve holds it."""
    words = {"".join(rng.choices(SYLLABLES, k=rng.choice((2, 2, 3, 4)))) for _ in range(6000)}
    ordered = sorted(words)[:4000]
    rng.shuffle(ordered)
    ordered.insert(800, WORD)
    return ordered


def texts(rng: random.Random, number: int) -> list[tuple[str, str]]:
    """Pairs of headline and body, to be used again and again."""
    words = vocabulary(rng)
    weights = [1 / (rank + 10) for rank in range(len(words))]
    made = []
    for _ in range(number):
        chosen = rng.choices(words, weights, k=430)
        body = "".join(f"<p>{' '.join(chosen[at : at + 54])}다.</p>\n" for at in range(8, 430, 54))
        made.append((" ".join(chosen[:8]), body))
    return made


def generate(path: Path, size: int) -> None:
    """Write an archive of this many records, as files, without flushing them."""
    (path / "raw").mkdir(parents=True)
    (path / "journal").mkdir()
    (path / "FORMAT").write_text("feedsvc-archive 1\n")
    for folder in range(size // 1000 + 1):
        (path / "articles" / f"{folder:04d}").mkdir(parents=True)
    months = _months(size)
    firsts, ends = list(months.values()), [*list(months.values())[1:], size + 1]
    work = ([path] * len(months), [size] * len(months), firsts, ends)
    prev: str | None = None
    with ProcessPoolExecutor(1 if size < 5000 else min(4, os.cpu_count() or 1)) as pool:
        # The chain goes through all months, so the lines are written here, in order.
        for name, lines in zip(months, pool.map(_write_month, *work), strict=True):
            with (path / "journal" / f"{name}.jsonl").open("wb") as journal:
                for line in lines:
                    data = replace(line, prev=prev).to_bytes()
                    journal.write(data + b"\n")
                    prev = sha256(data)


def _published(size: int, number: int) -> datetime:
    return (START + (END - START) / size * number).replace(microsecond=0)


def _months(size: int) -> dict[str, int]:
    """The first id of each month."""
    found: dict[str, int] = {}
    number = 1
    while number <= size:
        name = month_of(_published(size, number))
        found[name] = number
        number += bisect_left(
            range(number, size + 1), True, key=lambda n: month_of(_published(size, n)) > name
        )
    return found


@dataclass(frozen=True, slots=True)
class _Page:
    """An answer of the site whose body, the same in many, is compressed once."""

    body: bytes
    deflated: bytes
    payload: str
    block: str
    """Digests of the body and of the whole answer, as WARC writes them."""

    @classmethod
    def of(cls, text: str) -> _Page:
        links = "".join(
            f'<li class="menu-item"><a href="/categories/{n * 7919 % 999983}">{n}</a></li>'
            for n in range(900)
        )
        html = f"<html><title>기사</title><body><ul>{links}</ul>{text}</body></html>".encode()
        deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        end = b"\r\n\r\n"
        deflated = deflate.compress(html + end) + deflate.flush()
        return cls(html, deflated, _base32(html), _base32(_ANSWER + html))

    def members(self, number: int, at: datetime) -> bytes:
        """The answer and its request, as a page is kept."""
        length = len(_ANSWER) + len(self.body)
        answer = _head("response", number, at, self.payload, self.block, length) + _ANSWER
        # Behind a full flush the stream goes on as if it began: the body fits any head.
        deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        begun = deflate.compress(answer) + deflate.flush(zlib.Z_FULL_FLUSH)
        tail = self.body + b"\r\n\r\n"
        checksum = zlib.crc32(tail, zlib.crc32(answer))
        trailer = struct.pack("<II", checksum, len(answer) + len(tail))
        asked = f"GET /articles/{number} HTTP/1.1\r\nUser-Agent: feedsvc\r\n\r\n".encode()
        request = (
            _head("request", number, at, _base32(b""), _base32(asked), len(asked))
            + asked
            + b"\r\n\r\n"
        )
        gzip = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS + 16)
        asking = gzip.compress(request) + gzip.flush()
        return asking[:10] + begun + self.deflated + trailer + asking


def _head(kind: str, number: int, at: datetime, payload: str, block: str, length: int) -> bytes:
    own = hashlib.md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest()
    return (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\n"
        f"WARC-Record-ID: <urn:uuid:{own[:8]}-{own[8:12]}-{own[12:16]}-{own[16:20]}-{own[20:]}>\r\n"
        f"WARC-Target-URI: https://dealsite.co.kr/articles/{number}\r\n"
        f"WARC-Date: {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\r\nFeedsvc-Article: {number}\r\n"
        f"WARC-Payload-Digest: {payload}\r\nWARC-Block-Digest: {block}\r\n"
        f"Content-Type: application/http; msgtype={kind}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _base32(data: bytes) -> str:
    sha1 = hashlib.sha1(data, usedforsecurity=False).digest()
    return f"sha1:{base64.b32encode(sha1).decode()}"


@dataclass(frozen=True, slots=True)
class _Parts:
    """What articles are put together from, made once a process."""

    headlines: Sequence[str]
    paragraphs: Sequence[str]
    pages: Sequence[_Page]
    templates: Sequence[str]


@cache
def _parts(size: int) -> _Parts:
    pairs = texts(random.Random(size), min(size, 5000))
    return _Parts(
        [title for title, _ in pairs],
        [block[3:-6] for _, body in pairs for block in body.splitlines()],
        [_Page.of(body) for _, body in pairs[:50]],
        [_template(Status.OPEN, False), _template(Status.MEMBERS_ONLY, False),
         _template(Status.OPEN, True)],
    )  # fmt: skip


def _template(status: Status, gone: bool) -> str:
    """A record's file with ``@`` and a letter where the articles differ."""
    record = Record(
        0, guid(0), "https://dealsite.co.kr/articles/0", "@T", "", ("김하나",), START, START,
        START, "poll", ("@S",), ("반도체",), Access(status), (), ("@B",), (), None,
        START if gone else None, "@D", (("title", ".read-news-title"),),
    )  # fmt: skip
    data = to_json(record).decode()
    for was, is_now in (
        (f'"{START.isoformat()}"', '"@A"'), ('"id": 0', '"id": @I'), ("articles/0", "articles/@I"),
    ):  # fmt: skip
        data = data.replace(was, is_now)
    return data.replace('"@B"', "@B")


def _write_month(path: Path, size: int, first: int, end: int) -> list[Line]:
    """Write the records and raw pages of some ids; their lines, not yet chained."""
    parts = _parts(size)
    rng = random.Random(size * 1000 + first)
    name = month_of(_published(size, first))
    lines = []
    pages = [warc.info(f"{name}.warc.gz", _published(size, first))]
    for number in range(first, end):
        at = _published(size, number)
        title = f"{rng.choice(parts.headlines)} {number}"
        body = [f"{one} {number % 9973}억원이다." for one in rng.choices(parts.paragraphs, k=8)]
        digest = sha256("\n".join((title, "", " ".join(body))).encode())
        kind = 2 if number % 100 == 50 else 1 if number % 20 == 7 else 0
        data = (
            parts.templates[kind]
            .replace("@I", str(number))
            .replace("@T", title)
            .replace("@S", SECTIONS[number % len(SECTIONS)])
            .replace("@B", ",\n    ".join(f'"<p>{one}</p>"' for one in body))
            .replace("@A", at.isoformat())
            .replace("@D", digest)
            .encode()
        )
        (path / "articles" / f"{number // 1000:04d}" / f"{number}.json").write_bytes(data)
        lines.append(Line(at, Event.ADDED, number, digest, sha256(data), None))
        if size <= ALL_PAGES or number % 10 == 0:
            pages.append(parts.pages[number % len(parts.pages)].members(number, at))
    (path / "raw" / f"{name}.warc.gz").write_bytes(b"".join(pages))
    return lines
