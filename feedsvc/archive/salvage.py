"""What is damaged put right, for ``verify --repair``: journal, ``pending.jsonl``,
``notices.jsonl`` and raw pages.  Records are not looked at here.

What is damaged is never thrown away: it goes to ``.state/damaged`` under a name of its own.

A journal line that can be proved is restored; one that cannot be read is left out, and the
chain is joined again behind it: from there on each line names the digest of the line that
now stands before it.  Of raw pages what is whole stays, byte for byte; a page of which only
what surrounds it is damaged (a bit in a member's header, which no checksum covers) is packed
anew, its content is the same.

All of it is for the one who holds the lock and was told to repair.  The functions raise
``OSError``; :class:`Quarantine`, for whoever has the archive open, ``ArchiveUnwritable``.
"""

import hashlib
import os
import shutil
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.archive import rawscan, warc
from feedsvc.archive.append import unwritable
from feedsvc.archive.journal import Journal, Line
from feedsvc.archive.notices import NoticesFile
from feedsvc.archive.pending import Leftovers, PendingFile
from feedsvc.archive.raw import RawPages
from feedsvc.archive.rawscan import Broken, PageAt, Stretch, walk
from feedsvc.archive.records import page_key
from feedsvc.archive.tree import Tree, is_bystander, is_raw
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError
from feedsvc.moment import month_of
from feedsvc.recordjson import sha256

_MOST_BITS = 1 << 17  # a file of 16 KB; trying takes time by the square of its length


def copied(path: Path, state: Path) -> Path:
    """Copy a file to ``.state/damaged``, with its mode; the copy."""
    copy = _free(state / "damaged", path.stem, path.suffix, ".")
    with regular.reading(path) as source, atomic.making(copy, like=path) as stream:
        shutil.copyfileobj(source, stream)
    return copy


def moved(path: Path, state: Path) -> Path:
    """Move a file, or whatever stands in its place, there; where it is now."""
    target = _free(state / "damaged", path.stem, path.suffix, ".")
    atomic.make_folder(target.parent)
    try:
        os.rename(path, target)  # noqa: PTH104 (a folder too, and never onto another)
    except OSError:
        if regular.kind(path):
            raise
        copied(path, state)  # .state lies on another file system
        path.unlink()
    atomic.sync_folder(path.parent)
    return target


def _free(folder: Path, stem: str, ending: str, mark: str) -> Path:
    """The first that is free of a name and the same with a number from 2 on."""
    names = chain([stem], (f"{stem}{mark}{number}" for number in count(2)))
    paths = (folder / f"{name}{ending}" for name in names)
    return next(path for path in paths if not path.exists())


def flipped_back(data: bytes, digest: str) -> bytes | None:
    """One bit that flipped on a disk: the bytes with the bit turned back that makes their
    SHA-256 the digest; ``None`` where no one bit does, or there are too many to try."""
    if not data or len(data) * 8 > _MOST_BITS:
        return None
    wanted = bytes.fromhex(digest.removeprefix("sha256:"))
    before = hashlib.sha256()
    for place, value in enumerate(data):
        rest = data[place + 1 :]
        for bit in range(8):
            tried = before.copy()
            tried.update(bytes([value ^ (1 << bit)]) + rest)
            if tried.digest() == wanted:
                return data[:place] + bytes([value ^ (1 << bit)]) + rest
        before.update(data[place : place + 1])
    return None


# Journal, pending articles, notices


@dataclass(slots=True)
class Salvaged:
    """A line for each thing that was done, and the articles beside each gap."""

    told: list[str] = field(default_factory=list)
    beside: set[int] = field(default_factory=set)


def salvage(tree: Tree) -> Salvaged:
    """Put them right, before the archive is opened."""
    done = Salvaged()
    pending = PendingFile(tree.pending)
    for file in (pending, NoticesFile(tree.notices)):
        if regular.kind(file.path):
            done.told.append(f"{file.path}: moved to {moved(file.path, tree.state)}")
        elif (left := file.salvaged()) is not None:
            copy = copied(file.path, tree.state)
            atomic.write(file.path, left)
            done.told.append(f"{file.path}: what is no line was left out; it is kept as {copy}")
    ids: Collection[int] = ()
    with suppress(ArchiveError):
        ids = pending.read()
    _journal(tree, Leftovers(tree, ids), done)
    return done


def _journal(tree: Tree, left: Leftovers, done: Salvaged) -> None:
    journal = Journal(tree.journal)
    prev: str | None = None
    names = journal.names()
    for name in names:
        path = journal.path(name)
        if regular.kind(path):
            done.told.append(f"{path}: moved to {moved(path, tree.state)}")
            continue
        data = regular.read(path)
        lines = data.splitlines(keepends=True)
        tail = b""
        if lines and not lines[-1].endswith(b"\n"):
            torn = lines.pop()
            if name == names[-1] and left.line(torn):
                tail = torn  # a crash left it: that is the next writer's to complete
        kept, prev = _joined([line[:-1] for line in lines], prev, done)
        whole = b"".join(line + b"\n" for line in kept) + tail
        if whole != data:
            copy = copied(path, tree.state)
            if whole:
                atomic.write(path, whole)
            else:
                path.unlink()
            done.told.append(f"{path}: the chain was joined again; as it was it is kept as {copy}")


def _joined(
    lines: Sequence[bytes], prev: str | None, done: Salvaged
) -> tuple[list[bytes], str | None]:
    """The lines of one file as a chain behind ``prev``, and the digest of the last."""
    kept: list[bytes] = []
    gap = False
    for place, raw in enumerate(lines):
        line = _line(raw)
        if line is not None and place and raw == lines[place - 1]:
            continue  # the same line twice
        following = _line(lines[place + 1]) if place + 1 < len(lines) else None
        if following is not None and following.prev and sha256(raw) != following.prev:
            found = flipped_back(raw, following.prev)
            line = line if found is None else _line(found)
        if line is None:
            gap = True
            continue
        if line.prev != prev or gap:
            _note(line, done)
            line, gap = replace(line, prev=prev), False
        kept.append(line.to_bytes())
        prev = sha256(kept[-1])
    if gap and kept:
        _note(Line.from_bytes(kept[-1]), done)
    return kept, prev


def _note(line: Line, done: Salvaged) -> None:
    """A layout beside a gap needs no line: its file tells all that the journal does."""
    if line.article is not None:
        done.beside.add(line.article)


def _line(raw: bytes) -> Line | None:
    with suppress(ValueError):
        return Line.from_bytes(raw)
    return None


class Quarantine:
    """``.state/damaged`` of one archive, for the one who holds the lock: to nobody else
    ``state`` gives the index."""

    def __init__(self, tree: Tree, raw: RawPages, state: Callable[[], State]) -> None:
        self._tree = tree
        self._raw = raw
        self._state = state

    def put_aside(self, article_id: int) -> Path | None:
        """Make room for a record's file, or for none: a file that stands there is copied, and
        the copy given; what is no file is moved."""
        self._state()
        path = self._tree.record(article_id)
        with unwritable(path):
            if regular.kind(path):
                moved(path, self._tree.state)
            return copied(path, self._tree.state) if path.is_file() else None

    def move(self, path: Path) -> Path:
        """Move a file that is damaged, or an image that no record names; where it is now."""
        self._state()
        with unwritable(path):
            return moved(path, self._tree.state)

    def raw_pages(
        self, paths: Iterable[Path], missed: Collection[int]
    ) -> tuple[tuple[str, ...], frozenset[int]]:
        """Put files of raw pages right: one that only bears another name gets its own again
        where it holds pages of articles that ``missed`` some, what is whole in the others
        stays, byte for byte, the damaged files go to ``.state/damaged``, and all of them are
        read again.  Tells of each, and of which articles a page is gone for good."""
        state, told = self._state(), list[str]()
        paths, lost = set(paths), set[tuple[int, str]]()
        before = self._raw.noted(state)
        with unwritable(self._tree.raw):
            for path, line in named_again(self._tree.raw, {*missed, *before}, self._raw.keys()):
                paths.add(path)
                told.append(line)
            for path in sorted(paths):
                told += salvage_raw(path, self._tree.state, lost)
            self._raw.forget(state)
            left = self._raw.keys()
        gone = {one for one, page in lost if page and page_key(one, page) not in left}
        return tuple(told), (before - self._raw.noted(state)) | gone


# Raw pages


def named_again(
    folder: Path, wanted: Collection[int], have: Collection[int]
) -> Iterator[tuple[Path, str]]:
    """Give files that lie in ``raw/`` under a name of no file of pages one that is, where they
    hold pages of articles that are ``wanted`` and that no other file has (``have``: keys of
    pages): the new path, and a line for it."""
    for name in sorted(regular.names(folder)):
        path = folder / name
        if is_raw(name) or is_bystander(name) or regular.kind(path):
            continue
        for part in walk(path):
            if (
                isinstance(part, PageAt)
                and part.article in wanted
                and page_key(part.article, part.digest) not in have
            ):
                at = warc.read(rawscan.read(path, part)).fetched_at
                target = _free(folder, month_of(at), ".warc.gz", "-")
                path.rename(target)
                atomic.sync_folder(folder)
                yield target, f"{target}: it lay there as {name}"
                break


def salvage_raw(path: Path, state: Path, lost: set[tuple[int, str]]) -> Iterator[str]:
    """Put one file of raw pages right, if it needs it; a line for what was done.  ``lost`` gets
    article and payload digest of each page that is not whole, as far as they can be told."""
    if what := regular.kind(path):
        yield f"{path}: {what} that stood there was moved to {moved(path, state)}"
        return
    if not path.exists() or _is_sound(regular.read(path)):
        return
    copy = copied(path, state)
    pages = damaged = 0
    with regular.reading(copy) as source, atomic.making(path) as stream:
        for part in walk(copy):
            source.seek(part.begin)
            data = source.read(part.end - part.begin)
            whole = None if isinstance(part, Broken) else _sound(data, part)
            if whole is None:
                damaged += 1
                if isinstance(part, (Broken, PageAt)) and part.article is not None:
                    lost.add((part.article, part.digest or ""))
                continue
            stream.write(whole)
            pages += isinstance(part, PageAt)
    if not path.stat().st_size:
        path.unlink()
    yield (
        f"{path}: {pages} whole pages are left in it, {damaged} places were damaged; "
        f"the damaged file is kept as {copy}"
    )


def _sound(data: bytes, part: Stretch) -> bytes | None:
    """The bytes, or the same content packed anew; ``None`` where that is not whole."""
    pages = int(isinstance(part, PageAt))
    if _is_sound(data, pages):
        return data
    with suppress(zlib.error, EOFError):
        packed = b"".join(_packed(data))
        return packed if _is_sound(packed, pages) else None
    return None


def _is_sound(data: bytes, pages: int | None = None) -> bool:
    report = rawscan.check(data)
    return (
        (pages is None or report.pages == pages) and not report.faults and report.whole >= len(data)
    )


def _packed(data: bytes) -> Iterator[bytes]:
    """Each member anew, as it is written."""
    while data:
        member = zlib.decompressobj(wbits=31)
        content = member.decompress(data)
        if not member.eof:
            raise EOFError("half a member")
        packing = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS + 16)
        yield packing.compress(content) + packing.flush()
        data = member.unused_data
