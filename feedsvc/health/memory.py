"""Where it is remembered how polling goes: texts by keys, each of which may be forgotten or
hold anything; then a section counts as never polled."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Protocol


class Memory(Protocol):
    """Texts by keys."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, value: str) -> None: ...


def tried_key(section: str) -> str:
    """The memory's key of the daemon's last attempt, an ISO time with zone."""
    return f"poll:{section}:tried_at"


def succeeded_key(section: str) -> str:
    """The memory's key of the last poll that read the section's page."""
    return f"poll:{section}:succeeded_at"


def as_time(kept: object) -> datetime | None:
    """An aware time from its ISO form, else ``None``."""
    try:
        time = datetime.fromisoformat(str(kept or ""))
    except ValueError:
        return None
    return time if time.tzinfo else None


def as_object(kept: str | None) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        value = json.loads(kept or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
