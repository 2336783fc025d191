"""A record's file: its bytes, and back.

The values are ``feedsvc.recordjson``'s; here they meet bytes and files.
"""

from __future__ import annotations

import json
from pathlib import Path

from feedsvc import recordjson, regular
from feedsvc.errors import RecordDamaged, unreadable
from feedsvc.model import Record

DAMAGE = "feedsvc archive verify --repair mends it or writes the loss down, see docs/archive.md"
"""The way on that every message about a damaged file names."""


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


def read(path: Path, article_id: int, *, lenient: bool = False) -> tuple[Record, bytes] | None:
    """A record with its file's bytes; ``None`` where there is no file, and where
    ``lenient`` passes over a damaged one.

    Raises ``RecordDamaged`` when the file is no record of that id,
    ``ArchiveUnreadable`` when it cannot be read now.
    """
    try:
        data = regular.read(path)
    except FileNotFoundError:
        return None
    except regular.NotRegular as error:
        if lenient:
            return None
        raise RecordDamaged(str(error.strerror), about=str(path), advice=DAMAGE) from error
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        record = from_json(data)
        if record.id != article_id:
            raise ValueError(f"id: {record.id} in the file of {article_id}")
    except (ValueError, RecursionError) as error:
        if lenient:
            return None
        raise RecordDamaged(f"damaged record: {error}", about=str(path), advice=DAMAGE) from error
    return record, data
