"""Where things stand below ``archive/``, and what format they are in.

Paths and the ``FORMAT`` file; no record, no journal line is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.archive.bystanders import is_bystander
from feedsvc.errors import ArchiveError, unreadable
from feedsvc.recordjson import FORMAT
from feedsvc.site import KST

FORMAT_LINE = f"feedsvc-archive {FORMAT}\n"

_FORMAT_FORM = re.compile(r"feedsvc-archive (\d{1,9})\n?")
_RECORD_NAME = re.compile(r"(0|[1-9]\d{0,11})\.json")
RAW_NAME = r"(\d{4,}-\d\d)(?:-([2-9]|[1-9]\d+))?\.warc\.gz"
"""``2026-03.warc.gz``; ``2026-03-2.warc.gz`` where that one is damaged and left alone."""

_RAW_FORM = re.compile(RAW_NAME)
# What may lie in a folder before the first write: the repository's own file, and
# what a first run leaves when it is stopped before FORMAT.
_NO_CONTENT = {".gitkeep", ".lock", ".state"}


class Layout:
    """The paths of one archive."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.format = root / "FORMAT"
        self.articles = root / "articles"
        self.raw = root / "raw"
        self.images = root / "images"
        self.journal = root / "journal"
        self.digests = root / "digests"
        self.layouts = root / "layouts"
        self.pending = root / "pending.jsonl"
        self.notices = root / "notices.jsonl"
        self.lock = root / ".lock"
        self.state = root / ".state"

    def record(self, article_id: int) -> Path:
        """A record's file: its folder is ``id // 1000``, four digits or more."""
        return self.articles / f"{article_id // 1000:04d}" / f"{article_id}.json"

    def folders(self) -> list[int]:
        """The numbers of the folders that hold records, rising."""
        names = (f.name for f in _listed(self.articles) if f.name.isdigit() and f.is_dir())
        return sorted(int(name) for name in names if name == f"{int(name):04d}")

    def within(self, folder: int) -> Iterator[tuple[int, Path]]:
        """The record files of one folder by rising id; alien files are passed over."""
        place = self.articles / f"{folder:04d}"
        found = (_RECORD_NAME.fullmatch(name) for name in _names(place))
        ids = sorted(int(match[1]) for match in found if match)
        return ((one, place / f"{one}.json") for one in ids if one // 1000 == folder)

    def records(self) -> Iterator[tuple[int, Path]]:
        """Every record's file by rising id; alien files are passed over."""
        for folder in self.folders():
            yield from self.within(folder)

    def count(self, folders: Iterable[int]) -> int:
        """How many files lie in these folders, without a look at their names."""
        return sum(len(_names(self.articles / f"{folder:04d}")) for folder in folders)

    def check(self) -> bool:
        """Whether there is an archive here that this program can read; a folder
        with nothing in it is a new one.  Raises ``ArchiveError``."""
        try:
            line = regular.read(self.format).decode("utf-8")
        except FileNotFoundError:
            # A link to what is not mounted is no new archive: _listed says so.
            content = sorted(p.name for p in _listed(self.root) if not _passing(p.name))
            if content:
                raise ArchiveError(
                    f"no FORMAT beside {content[0]}",
                    about=str(self.root),
                    advice=f"if this is an archive, write the line {FORMAT_LINE.strip()!r} "
                    "into FORMAT; else name another folder in archive.path",
                ) from None
            return False
        except OSError as error:
            raise unreadable(self.format, error) from error
        except UnicodeDecodeError as error:
            raise ArchiveError(
                f"cannot be read: {error}",
                about=str(self.format),
                advice=f"it should be the line {FORMAT_LINE.strip()!r}; restore it from a copy",
            ) from error
        match = _FORMAT_FORM.fullmatch(line)
        if match is None:
            raise ArchiveError(
                f"says {line[:40]!r}",
                about=str(self.format),
                advice=f"it should be the line {FORMAT_LINE.strip()!r}; restore it from a copy",
            )
        if int(match[1]) != FORMAT:
            raise ArchiveError(
                f"archive format {match[1]}, this feedsvc reads format {FORMAT}",
                about=str(self.format),
                advice="install a newer feedsvc",
            )
        return True

    def begin(self) -> None:
        """Make a new archive of an empty folder.  Raises ``OSError``."""
        atomic.write(self.format, FORMAT_LINE.encode())


def month(at: datetime) -> str:
    """``2026-03``: the month in which a time falls, KST; names journal and raw files."""
    return at.astimezone(KST).strftime("%Y-%m")


def order(name: str) -> tuple[int, str, int]:
    """By which files of raw pages are in the order in which they were begun."""
    match = _RAW_FORM.fullmatch(name)
    return (len(match[1]), match[1], int(match[2] or 1)) if match else (0, name, 0)


def is_raw(name: str) -> bool:
    """Whether a file of raw pages can have this name."""
    return _RAW_FORM.fullmatch(name) is not None


def _listed(folder: Path) -> list[Path]:
    return [folder / name for name in _names(folder)]


def _names(folder: Path) -> list[str]:
    """The names in a folder.  Raises ``ArchiveUnreadable``."""
    try:
        return regular.names(folder)
    except NotADirectoryError:
        return []
    except OSError as error:
        raise unreadable(folder, error) from error


def _passing(name: str) -> bool:
    if name in _NO_CONTENT or is_bystander(name):
        return True
    return name.startswith(".") and name.endswith(".tmp")
