"""What is remembered of a feed from one publication to the next.

In and out: a :class:`Memory`, which may lose all of it: then the feed is built from
nothing, and comes out the same.  What is done with it is ``publish.py``'s job.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from feedsvc.feeds.members import Members

_KEY = "feed:"


class Memory(Protocol):
    """Text by keys."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """Of one feed: its ``members`` (a feed of articles has them), the newest archived
    page that it links, when an entry of it last changed, and the digests of its documents
    by format: one that reads otherwise was put there by somebody else, and no part of it
    is used again."""

    members: Members | None = None
    previous: str | None = None
    changed_at: datetime | None = None
    documents: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, memory: Memory, name: str) -> Remembered | None:
        """What is remembered of a feed, if anything."""
        try:
            value = json.loads(memory.get(_KEY + name) or "")
            members, at = value["members"], value["changed_at"]
            return cls(
                None if members is None else Members.from_json(members),
                value["previous"],
                None if at is None else datetime.fromisoformat(at),
                dict(value["documents"]),
            )
        except (ValueError, TypeError, KeyError):
            return None

    def keep(self, memory: Memory, name: str) -> None:
        value = {
            "members": None if self.members is None else self.members.as_json(),
            "previous": self.previous,
            "changed_at": None if self.changed_at is None else self.changed_at.isoformat(),
            "documents": dict(self.documents),
        }
        memory.put(_KEY + name, json.dumps(value))

    def is_ours(self, suffix: str, document: bytes) -> bool:
        """Whether a document is, byte for byte, the one that was published."""
        return self.documents.get(suffix) == digest(document)


def digest(document: bytes) -> str:
    return sha256(document).hexdigest()
