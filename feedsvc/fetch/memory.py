"""What fetching remembers from one process to the next, as named texts.

The archive's ``.state`` store is handed in; :class:`PlainMemory` forgets with the
process.  Every value may be lost at any time: then robots.txt is read again and a
section page is parsed once more, no harm done.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Protocol


class Memory(Protocol):
    """A store of texts by key.  Called under the fetcher's lock only."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, value: str) -> None: ...


class PlainMemory:
    """A memory for one process: ``inspect`` and tests."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def put(self, key: str, value: str) -> None:
        self.values[key] = value


def recall(memory: Memory, key: str) -> dict[str, object]:
    """The JSON object kept under a key; empty where there is none or it is damaged."""
    kept = memory.get(key)
    try:
        value = json.loads(kept) if kept else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def keep(memory: Memory, key: str, **values: object) -> None:
    """Keep a JSON object under a key."""
    memory.put(key, json.dumps(values, ensure_ascii=False))


def as_time(value: object) -> datetime | None:
    """An aware time from its ISO form, else ``None``."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo else None
