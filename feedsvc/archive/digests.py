"""The digests of an archive: entries as they were made, and since when each is configured.

In and out: :class:`~feedsvc.digestentry.DigestEntry`, one file each, and times.  An entry
is written once, flushed before anybody is told of it, and never again.  What an entry
holds is not decided here.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from feedsvc import atomic, digestentry, regular
from feedsvc.archive.append import unwritable
from feedsvc.archive.tree import names_in
from feedsvc.digestentry import DigestEntry
from feedsvc.errors import DigestDamaged
from feedsvc.recordjson import time_from_json

SINCE = "since"
"""The file that says since when a digest stands in the configuration: one line, a time.
Without it the digest is not configured."""

_FILE = re.compile(r"(\d{4}-\d\d-\d\dT\d{4})\.json")
_ADVICE = (
    "restore it from a copy, or let 'feedsvc archive verify --repair' move it away; until then "
    "the digest stays as it was published"
)


class Digests:
    """The folder ``digests`` of one archive.  Writing is for the one who holds the lock."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str, at: str) -> Path:
        return self.root / name / f"{at}.json"

    def names(self) -> tuple[str, ...]:
        """The digests of which there is anything."""
        return tuple(name for name in sorted(names_in(self.root)) if (self.root / name).is_dir())

    def begun(self) -> tuple[str, ...]:
        """The digests that stood in the configuration when it was last looked at."""
        return tuple(name for name in self.names() if (self.root / name / SINCE).exists())

    def since(self, name: str) -> datetime | None:
        """Since when the digest stands in the configuration.  Raises ``DigestDamaged``."""
        path = self.root / name / SINCE
        try:
            return since_of(regular.read(path))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise _damaged(path, error) from error

    def begin(self, name: str, now: datetime) -> None:
        """Write down that the digest stands in the configuration from now on."""
        path = self.root / name / SINCE
        with unwritable(path):
            atomic.write(path, f"{now.isoformat()}\n".encode())

    def end(self, name: str) -> None:
        """Write down that it does not any more."""
        path = self.root / name / SINCE
        with unwritable(path):
            path.unlink(missing_ok=True)
            atomic.sync_folder(path.parent)

    def made(self, name: str) -> tuple[str, ...]:
        """The names of the entries of a digest (``2026-11-25T0800``), rising."""
        found = map(_FILE.fullmatch, names_in(self.root / name))
        return tuple(sorted(match[1] for match in found if match))

    def is_taken(self, name: str, at: str) -> bool:
        """Whether there is, or was, an entry of this name."""
        path = self.path(name, at)
        return path.exists() or path.with_suffix(".gone").exists()

    def entry(self, name: str, at: str) -> DigestEntry:
        """An entry as it was made.  Raises ``DigestDamaged``."""
        path = self.path(name, at)
        try:
            return checked(regular.read(path), name, at)
        except (OSError, ValueError) as error:
            raise _damaged(path, error) from error

    def newest_first(self, name: str) -> Iterator[DigestEntry]:
        """The entries of a digest by their names, falling.  Raises ``DigestDamaged``."""
        return (self.entry(name, at) for at in reversed(self.made(name)))

    def faults(self, paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
        """What is wrong with these files, and which entries later ones name that are gone."""
        for path in paths:
            try:
                what = _fault_of(path, regular.read(path))
            except OSError as error:
                what = f"cannot be read: {error.strerror or error}"
            if what is not None:
                yield path, what
        for name in self.names():
            named = {one.previous for one in self._whole(name) if one.previous}
            for at in sorted(named - set(self.made(name))):
                if not self.is_taken(name, at):
                    yield self.path(name, at), "is gone"

    def last(self, name: str) -> DigestEntry | None:
        """The newest entry that is whole."""
        return max(self._whole(name), key=lambda one: one.until, default=None)

    def _whole(self, name: str) -> Iterator[DigestEntry]:
        for at in self.made(name):
            with suppress(DigestDamaged):
                yield self.entry(name, at)

    def keep(self, entry: DigestEntry) -> None:
        """Write an entry down, for good.  Raises ``ValueError`` for one that is there."""
        path = self.path(entry.name, entry.at)
        if self.is_taken(entry.name, entry.at):
            raise ValueError(f"{path} is there already")
        with unwritable(path):
            atomic.write(path, digestentry.to_bytes(entry))

    def give_up(self, path: Path) -> None:
        """Write down that the file of an entry is lost: no other is made in its place."""
        with unwritable(path):
            atomic.write(path.with_suffix(".gone"), b"")


def since_of(data: bytes) -> datetime:
    """The time in a digest's ``since``.  Raises ``ValueError``."""
    return time_from_json(data.decode("utf-8").strip())


def checked(data: bytes, name: str, at: str) -> DigestEntry:
    """The entry in a file that stands at this place.  Raises ``ValueError``."""
    entry = digestentry.from_bytes(data)
    if (entry.name, entry.at) != (name, at):
        raise ValueError(f"it is the entry {entry.at} of {entry.name}")
    return entry


def _fault_of(path: Path, data: bytes) -> str | None:
    """What is wrong with a file of a digest, if anything."""
    try:
        if path.name == SINCE:
            since_of(data)
        elif path.suffix == ".json":
            checked(data, path.parent.name, path.stem)
    except ValueError as error:
        return f"damaged: {error}"
    return None


def _damaged(path: Path, error: OSError | ValueError) -> DigestDamaged:
    what, advice = (
        (f"cannot be read: {error.strerror or error}", regular.advice(error))
        if isinstance(error, OSError)
        else (f"damaged: {error}", _ADVICE)
    )
    return DigestDamaged(what, about=str(path), advice=advice)
