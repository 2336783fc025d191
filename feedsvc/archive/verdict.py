"""What ``verify`` found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """One damaged file.  ``id`` is set where a record is damaged or missing, ``derived``
    where the file can be made again from the others."""

    path: Path
    what: str
    id: int | None = None
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was read and what is wrong.  ``unfinished`` is no damage: a crash left it,
    or another feedsvc is writing, and the next poll completes it.  ``unnamed`` are the
    images, by their path in the archive, that no record which can be read names;
    ``unshown`` those that are gone or damaged and that a record names; ``unkept`` the
    articles of which a raw page is gone.  ``bystanders`` are what systems and editors
    leave: no part of the archive, and no harm to it."""

    records: int
    lines: int
    pages: int
    images: int
    size: int
    faults: tuple[Fault, ...]
    unfinished: tuple[str, ...]
    unnamed: tuple[str, ...] = ()
    unshown: tuple[str, ...] = ()
    unkept: tuple[int, ...] = ()
    bystanders: tuple[Path, ...] = ()


def some(ids: Iterable[int]) -> str:
    """Ids for a message: a few of them, and how many more there are."""
    found = sorted(ids)
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return ", ".join(map(str, found[:5])) + more
