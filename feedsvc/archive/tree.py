"""Where things stand below ``archive/``, what a file is by its path, and in what format it is.

Paths, names, sizes and the ``FORMAT`` file; no record, no journal line is read here.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.errors import ArchiveError, unreadable
from feedsvc.picture import ENDINGS
from feedsvc.recordjson import FORMAT

FORMAT_LINE = f"feedsvc-archive {FORMAT}\n"

_FORMAT_FORM = re.compile(r"feedsvc-archive (\d{1,9})\n?")
_ID = r"(0|[1-9]\d{0,11})"
_RECORD_NAME = re.compile(rf"{_ID}\.json")
_RAW = r"(\d{4}-\d\d)(?:-([2-9]|[1-9]\d+))?\.warc\.gz"
"""``2026-03.warc.gz``; ``2026-03-2.warc.gz`` where that one is damaged and left alone."""

_RAW_NAME = re.compile(_RAW)
_DIGEST = r"digests/[a-z0-9-]{1,100}/(?:\d{4}-\d\d-\d\dT\d{4}\.(?:json|gone)|since)"
_KINDS = {
    "record": re.compile(rf"articles/(\d{{4,}})/{_ID}\.json"),
    "raw": re.compile(f"raw/{_RAW}"),
    "image": re.compile(rf"images/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})\.({'|'.join(ENDINGS)})"),
    "digest": re.compile(_DIGEST),
    "layout": re.compile(rf"layouts/(?:\d{{4,}}\.yaml|\d{{4,}}/{_ID}\.json)"),
    "journal": re.compile(r"journal/\d{4}-\d\d\.jsonl"),
    "own": re.compile(r"FORMAT|pending\.jsonl|notices\.jsonl|\.lock"),
}
_TEMPORARY = re.compile(r"(?:.*/)?\..*\.tmp")
# What belongs into the archive's folder; an archive may be kept in git.
_FOLDERS = {"articles", "raw", "images", "journal", "digests", "layouts", ".state", ".git"}
_UNREAD = {".state", ".git"}
# What may lie in a folder before the first write: the repository's own file, and
# what a first run leaves when it is stopped before FORMAT.
_NO_CONTENT = {".gitkeep", ".lock", ".state"}

# Files and folders that operating systems, file servers, synchronisers and editors leave in
# any folder: they hold nothing of the archive, and do it no harm.
_OTHERS_FOLDERS = (
    r"lost\+found", r"@eaDir", r"#recycle", r"\.Trash.*", r"\.snapshots?", r"\.stfolder.*",
    r"\.stversions", r"\.AppleDouble", r"\.Spotlight-V100", r"\.fseventsd", r"\.TemporaryItems",
    r"\$RECYCLE\.BIN", "System Volume Information", r"\.zfs", r"@Recycle", r"@tmp",
    r"\.@__thumb", "#snapshot", r"\.AppleDB", r"\.DocumentRevisions-V100", r"\.git", r"\.hg",
    r"\.svn", r"\.dropbox\.cache",
)  # fmt: skip
_OTHERS_FILES = (
    r"\.DS_Store", r"Thumbs\.db", r"ehthumbs\.db", r"desktop\.ini", r"\.directory", r"\.stignore",
    r"\._.*", r"\.nfs[0-9a-f]+", r"\.fuse_hidden.*", r"\.syncthing\..*\.tmp",
    r"\.apdisk", r"aquota\.(user|group)", r"\.goutputstream-.*", r"\.dropbox(\.attr)?",
    r"\.(owncloud|nextcloud)sync\.log", r"\.git(ignore|attributes|keep|modules)", r"\.keep",
    r"\..*\.kate-swp", r"\..*\.sw[a-p]", r"\.#.*", r"#.*#", r".*~", r"\.~lock\..*#", r"4913",
)  # fmt: skip
_BYSTANDER = re.compile("|".join((*_OTHERS_FOLDERS, *_OTHERS_FILES)), re.IGNORECASE)


class Tree:
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

    def parts(self) -> list[str]:
        """The names of its files and folders that are there, those of the state last.
        Raises ``ArchiveUnreadable``."""
        found = (one for one in names_in(self.root) if one in _FOLDERS or kind_of(one) == "own")
        return sorted(found, key=lambda name: (name.startswith("."), name))

    def folders(self) -> list[int]:
        """The numbers of the folders that hold records, rising."""
        found = (self.articles / name for name in names_in(self.articles) if name.isdigit())
        return sorted(int(f.name) for f in found if f.is_dir() and f.name == f"{int(f.name):04d}")

    def within(self, folder: int) -> Iterator[tuple[int, Path]]:
        """The record files of one folder by rising id; alien files are passed over."""
        place = self.articles / f"{folder:04d}"
        found = map(_RECORD_NAME.fullmatch, names_in(place))
        ids = sorted(int(match[1]) for match in found if match)
        return ((one, place / f"{one}.json") for one in ids if one // 1000 == folder)

    def records(self) -> Iterator[tuple[int, Path]]:
        """Every record's file by rising id; alien files are passed over."""
        return (one for folder in self.folders() for one in self.within(folder))

    def count(self, folders: Iterable[int]) -> int:
        """How many files lie in these folders, without a look at their names."""
        return sum(len(names_in(self.articles / f"{folder:04d}")) for folder in folders)

    def check(self) -> bool:
        """Whether there is an archive here that this program can read; a folder
        with nothing in it is a new one.  Raises ``ArchiveError``."""
        should = f"it should be the line {FORMAT_LINE.strip()!r}; restore it from a copy"
        try:
            line = regular.read(self.format).decode("utf-8")
        except FileNotFoundError:
            # A link to what is not mounted is no new archive: names_in says so.
            content = sorted(
                name
                for name in names_in(self.root)
                if not (name.startswith(".") and name.endswith(".tmp"))
                and name not in _NO_CONTENT
                and not is_bystander(name)
            )
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
                f"cannot be read: {error}", about=str(self.format), advice=should
            ) from error
        match = _FORMAT_FORM.fullmatch(line)
        if match is None:
            raise ArchiveError(f"says {line[:40]!r}", about=str(self.format), advice=should)
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


def order(name: str) -> tuple[int, str, int]:
    """By which files of raw pages are in the order in which they were begun."""
    match = _RAW_NAME.fullmatch(name)
    return (len(match[1]), match[1], int(match[2] or 1)) if match else (0, name, 0)


def is_raw(name: str) -> bool:
    """Whether a file of raw pages can have this name."""
    return _RAW_NAME.fullmatch(name) is not None


def is_bystander(name: str) -> bool:
    """Whether a file or folder of this name is one that systems and editors leave."""
    return _BYSTANDER.fullmatch(name) is not None


def kind_of(name: str) -> str | None:
    """What the file at a path below ``archive/`` is: ``record``, ``raw``, ``image``,
    ``digest``, ``layout``, ``journal``, ``own`` (one of its single files); ``None`` where no
    file of the archive can have that path."""
    for kind, form in _KINDS.items():
        match = form.fullmatch(name)
        if match and (kind != "record" or match[1] == f"{int(match[2]) // 1000:04d}"):
            return kind
    return None


def names_in(folder: Path) -> list[str]:
    """The names in a folder.  Raises ``ArchiveUnreadable``."""
    try:
        return regular.names(folder)
    except NotADirectoryError:
        return []
    except OSError as error:
        raise unreadable(folder, error) from error


@dataclass(slots=True)
class Files:
    """What lies in the archive's folder: the ids of ``records``, the paths ``of`` each other
    kind, with ``alien``, ``temporary``, and ``bystander`` for what systems and editors leave;
    the ``size`` of all in bytes.  A folder or a FIFO where a file belongs is sorted as that
    file."""

    records: list[int] = field(default_factory=list)
    of: defaultdict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    size: int = 0


def listed(root: Path) -> Files:
    """Every file below the archive's folder, sorted by what its path says it is.
    Raises ``ArchiveUnreadable``."""
    found = Files()
    for folder, folders, names in os.walk(root, onerror=_stop):
        place = Path(folder)
        inside = []
        for name in folders:
            path = place / name
            if is_bystander(name) or kind_of(path.relative_to(root).as_posix()):
                _sort_in(path, root, found)
            elif place == root and name not in _FOLDERS:
                found.of["alien"].append(path)
            elif not (place == root and name in _UNREAD):
                inside.append(name)
        folders[:] = sorted(inside)
        left = _without_records(place, names, found) if place.parent == root / "articles" else names
        for name in left:
            _sort_in(place / name, root, found)
    found.records.sort()
    found.of["raw"].sort(key=lambda path: order(path.name))
    return found


def _stop(error: OSError) -> None:
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        raise unreadable(Path(error.filename or ""), error)


def _without_records(folder: Path, names: list[str], found: Files) -> list[str]:
    """Takes in the records of one folder; there may be a million in all."""
    left = []
    for name in names:
        match = _RECORD_NAME.fullmatch(name)
        if match and f"{int(match[1]) // 1000:04d}" == folder.name:
            found.records.append(int(match[1]))
            with suppress(OSError):
                found.size += os.stat(f"{folder}/{name}").st_size  # noqa: PTH116 (quick)
        else:
            left.append(name)
    return left


def _sort_in(path: Path, root: Path, found: Files) -> None:
    name = path.relative_to(root).as_posix()
    if is_bystander(path.name):
        found.of["bystander"].append(path)
        return
    kind = kind_of(name) or ("temporary" if _TEMPORARY.fullmatch(name) else "alien")
    if kind == "record":
        found.records.append(int(path.stem))  # a folder in its place
    else:
        found.of[kind].append(path)
    if kind != "own":
        with suppress(OSError):
            found.size += regular.size(path)
