"""Whose ids an archive's records hold.

An archive belongs to one site, and its records say to which: nothing else does, so that
nothing else can be wrong or lost.
"""

from __future__ import annotations

import re
from pathlib import Path

from feedsvc.archive.layout import Layout

_GUID = re.compile(rb'"guid": "tag:([a-z0-9.-]+),2018:articles/')
_HEAD = 1000
"""Bytes at a record's beginning, among which is its guid."""


def authority_of(path: Path) -> str | None:
    """The authority in the ids of an archive's records, as the first one that can be read
    tells; ``None`` where there is none, or the folder cannot be read."""
    layout = Layout(path)
    try:
        for folder in reversed(layout.folders()):
            for _, record in layout.within(folder):
                found = _GUID.search(_head(record))
                if found:
                    return found[1].decode()
    except OSError:
        return None  # whoever opens the archive says so better
    return None


def _head(path: Path) -> bytes:
    """The first bytes of a record; none of what is no file, or cannot be read."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""
