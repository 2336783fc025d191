"""A record's file: its bytes, and back; what else of the archive a record names.

The values are ``feedsvc.recordjson``'s; here they meet bytes and files.

Which raw pages there must be, the records say: each names those that were kept of it.  They
stand in its ``sources`` as ``page``: the ``WARC-Payload-Digest`` of each, oldest first.  A
record that was kept without its pages names none, and neither does one of an earlier
feedsvc: of those nothing is missing.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from feedsvc import recordjson, regular
from feedsvc.archive.tree import Tree
from feedsvc.errors import RecordDamaged, unreadable
from feedsvc.model import Json, Record
from feedsvc.recordjson import digest

DAMAGE = "feedsvc archive verify --repair mends it or writes the loss down, see docs/archive.md"
"""The way on that every message about a damaged file names."""

_PAGES = "page"
_GUID = re.compile(rb'"guid": "tag:([a-z0-9.-]+),2018:articles/')
_HEAD = 1000
"""Bytes at a record's beginning, among which is its guid."""


def to_json(record: Record) -> bytes:
    """The record's file: UTF-8, indented by two, Korean unescaped, newline at the end.

    Raises ``ValueError`` for what could not be read back: a time without a
    zone, a lone surrogate, a value the format does not allow.
    """
    text = json.dumps(recordjson.as_json(record), ensure_ascii=False, indent=2, allow_nan=False)
    data = text.encode() + b"\n"
    from_json(data)
    return data


def from_json(data: bytes) -> Record:
    """The record in a file's bytes.  Raises ``ValueError`` (``RecordInvalid``,
    or what JSON and UTF-8 raise)."""
    return recordjson.from_json(json.loads(data.decode("utf-8")))


def record_of(data: bytes, article_id: int) -> Record:
    """The record in the bytes of an article's file.  Raises ``ValueError``, also for a record
    of another id, and ``RecursionError``."""
    record = from_json(data)
    if record.id != article_id:
        raise ValueError(f"id: {record.id} in the file of {article_id}")
    return record


def read(path: Path, article_id: int, *, lenient: bool = False) -> tuple[Record, bytes] | None:
    """A record with its file's bytes; ``None`` where there is no file, and where
    ``lenient`` passes over a damaged one.

    Raises ``RecordDamaged`` when the file is no record of that id,
    ``ArchiveUnreadable`` when it cannot be read now.
    """
    try:
        data = regular.read(path)
        return record_of(data, article_id), data
    except FileNotFoundError:
        return None
    except (regular.NotRegular, ValueError, RecursionError) as error:
        if lenient:
            return None
        what = (
            str(error.strerror)
            if isinstance(error, regular.NotRegular)
            else f"damaged record: {error}"
        )
        raise RecordDamaged(what, about=str(path), advice=DAMAGE) from error
    except OSError as error:
        raise unreadable(path, error) from error


def as_written(record: Record, data: bytes) -> bool:
    """Whether these are bytes that feedsvc writes, of a text that its digest proves."""
    own = digest(record.title, record.subtitle, record.body)
    return own == record.digest and to_json(record) == data


def images_of(record: Record) -> Iterator[str]:
    """The local copies that a record, or a revision of it, points at."""
    yield from (image.file for image in record.images if image.file)
    for revision in record.revisions:
        images: Json = dict(revision.old).get("images")
        for one in images if isinstance(images, list) else ():
            if isinstance(one, dict) and isinstance(one.get("file"), str):
                yield str(one["file"])


def claimed(record: Record) -> tuple[str, ...]:
    """The raw pages that a record names."""
    return tuple(dict(record.sources).get(_PAGES, "").split())


def naming(record: Record, pages: Iterable[str]) -> Record:
    """The record, naming these raw pages and no others."""
    named = " ".join(dict.fromkeys(pages))
    others = tuple(pair for pair in record.sources if pair[0] != _PAGES)
    return replace(record, sources=(*others, (_PAGES, named)) if named else others)


def payload_digest(body: bytes) -> str:
    """``sha1:`` and the SHA-1 in base 32, as WARC 1.1 writes it."""
    found = hashlib.sha1(body, usedforsecurity=False).digest()
    return f"sha1:{base64.b32encode(found).decode()}"


def page_key(article_id: int, page: str) -> int:
    """64 bits for a page of an article, by its payload's digest, so that a million of them fit
    into memory."""
    return int.from_bytes(hashlib.blake2b(f"{article_id} {page}".encode(), digest_size=8).digest())


def authority_of(path: Path) -> str | None:
    """Whose ids an archive's records hold, as the first one that can be read tells; ``None``
    where there is none, or the folder cannot be read.

    An archive belongs to one site, and its records say to which: nothing else does, so that
    nothing else can be wrong or lost."""
    tree = Tree(path)
    with suppress(OSError):  # whoever opens the archive says so better
        for folder in reversed(tree.folders()):
            for _, file in tree.within(folder):
                with suppress(OSError), regular.reading(file) as stream:
                    if found := _GUID.search(stream.read(_HEAD)):
                        return found[1].decode()
    return None


def some(ids: Iterable[int], shown: int = 5) -> str:
    """Ids for a message, rising: a few of them, and how many more there are."""
    found = sorted(ids)
    more = f" and {len(found) - shown} more" if len(found) > shown else ""
    return ", ".join(map(str, found[:shown])) + more
