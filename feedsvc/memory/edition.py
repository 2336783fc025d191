"""What was published last: how far, under which rule, and whether it still stands there.

In: the archive's memory, the folder of published files.  Out: one :class:`Edition`.
Derived: where it is lost, or the folder is another one than it speaks of, everything is
published anew.  Whoever serves the folder asks here what may stand in it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from feedsvc.memory.tables import Memory, Topic

Files = Mapping[str, tuple[int, int]]
"""Size and modification time in nanoseconds by path below the folder; a folder's is the
time of its last new or removed file, its size is nothing."""


@dataclass(frozen=True, slots=True)
class Edition:
    """``head`` is the journal's when it was published, ``settings`` a digest of all that
    shapes a document besides the records, ``pages`` the same by feed for its archived
    pages.  ``members`` tells whether members' whole texts may stand in the folder,
    ``locked`` whether locked articles may.  ``digests`` names the newest entry of each.  No
    ``files``: a publication was cut short, and the folder may be ahead of ``head``."""

    head: str = ""
    settings: str = ""
    pages: Mapping[str, str] = field(default_factory=dict)
    members: bool = True
    locked: bool = True
    digests: Mapping[str, str] = field(default_factory=dict)
    files: Files = field(default_factory=dict)

    @classmethod
    def of(cls, memory: Memory) -> Edition | None:
        """The last one that is remembered."""
        try:
            told = memory.recall(Topic.EDITION)
            files = {path: (int(size), int(at)) for path, (size, at) in told["files"].items()}
            return cls(**{**told, "files": files})
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def keep(self, memory: Memory) -> None:
        memory.keep(Topic.EDITION, **asdict(self))

    def stands_in(self, folder: Path) -> bool:
        """Whether the folder may be taken for the one that was published."""
        return not self.files or self.files == files_in(folder, self.files)


def files_in(folder: Path, names: Iterable[str]) -> Files:
    """What stands in the folder under these names."""
    found: dict[str, tuple[int, int]] = {}
    for name in names:
        try:
            one = os.stat(f"{folder}/{name}")  # noqa: PTH116 - many; Path costs more than the call
        except OSError:
            found[name] = (-1, -1)
        else:
            found[name] = (one.st_size if stat.S_ISREG(one.st_mode) else 0, one.st_mtime_ns)
    return found
