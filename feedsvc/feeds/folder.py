"""The published folder: what stands there, and how documents are put in place.

What stands there: which entries, where nothing else tells that they must not be withdrawn
though no record gives them; and what feedsvc publishes no more.  In: the folder.  Out: ids
and pieces; files to take away.  Of entries it is asked for near-duplicates (an entry once
published is never withdrawn for being one), for articles whose records cannot be read or are
lost, and for nothing else.  A file is ours only where its own bytes say so, and of this very
name: whatever else a user keeps in the folder, a copy of a feed under another name included,
is left alone.

Documents are each checked against what stands there, then all replaced.  In: bytes and a
path.  Out: the files, or problems, in :class:`Round`.  What the documents say is not its job.
"""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from feedsvc import atomic, regular
from feedsvc.catalogue.standing import Key, Standing
from feedsvc.errors import DigestDamaged, FeedsvcError, PublishError
from feedsvc.feeds import pieces
from feedsvc.feeds.channel import MEDIA_TYPES
from feedsvc.feeds.entry import key_of, korean_time
from feedsvc.moment import month_of

LONGEST_NAME = "0000-00-0000"
"""As long as the name of an archived page can be."""

_NAME = re.compile(r"(\d{4}-\d\d)(?:-(\d{1,4}))?")
_IN_PAGE = re.compile(rb"  <entry>\n    <id>[^<]*:articles/(\d+)</id>")

_HEAD = 32_768
"""Bytes at the beginning of a document in which it says what it is."""

# The note of channel.py, and the link of a document to itself.
_NOTE = (b"<?feedsvc ", b'"user_comment": "')
_SELF = (
    re.compile(rb'<(?:atom:)?link href="([^"]*)" rel="self"'),
    re.compile(rb'"feed_url": ("[^"]*")'),
)


def place_of(name: str) -> tuple[str, int]:
    """Month and number of an archived page's name (``2026-03``, ``2026-03-2`` …), by which
    pages are in order of time; nothing and 0 for another name."""
    match = _NAME.fullmatch(name)
    return (match[1], int(match[2] or 1)) if match else ("", 0)


def names_in(folder: Path) -> list[str]:
    """The archived pages in the folder of a feed, oldest first."""
    try:
        with os.scandir(folder) as found:  # a Path for each would take ten times as long
            names = [one.name.removesuffix(".atom") for one in found if one.name[-5:] == ".atom"]
    except OSError:
        return []
    return [name for (month, _), name in sorted((place_of(one), one) for one in names) if month]


@dataclass(slots=True)
class Before:
    """The files in ``folder``; ``withhold``: of locked articles they may hold what must not
    stand there any more."""

    folder: Path
    formats: tuple[str, ...]
    withhold: bool
    _held: dict[Path, frozenset[int]] = field(default_factory=dict)

    def holds(self, feed: str, article: int, months: Collection[str]) -> bool:
        """Whether an article has an entry in a feed, or in its archived pages of a month."""
        for path in (*self._documents(feed), *self._pages(feed, months)):
            if path not in self._held:
                self._held[path] = frozenset(number for number, event in _cut(path) if not event)
            if article in self._held[path]:
                return True
        return False

    def piece(self, row: Standing, suffix: str) -> bytes | None:
        """An entry as it stands there, if it may stay."""
        paths = [self.folder / f"{row.feed}.{suffix}"]
        if suffix == "atom":
            paths += self._pages(row.feed, [month_of(row.published)])
        for path in paths:
            piece = _cut(path).get(row.key)
            if piece is not None and (not self.withhold or pieces.is_open(piece, suffix)):
                return piece
        return None

    def without_record(
        self, feed: str, known: Collection[int], damaged: Collection[int]
    ) -> Iterator[Standing]:
        """Entries of a feed whose articles are not ``known``: of ``damaged`` records they stay,
        any other stays in archived pages alone."""
        for path in self._documents(feed):
            for (article, event), piece in _cut(path).items():
                if article in damaged and article not in known:
                    suffix = path.suffix.lstrip(".")
                    at, updated = map(korean_time, pieces.times_of(piece, suffix))
                    # What happened goes by when it was seen, articles by their publication.
                    yield Standing(feed, article, event, updated if event else at, at, updated)
        for path in self._pages(feed, None):
            numbers = {int(one) for one in _IN_PAGE.findall(bytes_of(path))}
            for (article, event), piece in _cut(path).items() if numbers - {*known} else ():
                if article not in known:
                    at, updated = map(korean_time, pieces.times_of(piece, "atom"))
                    yield Standing(feed, article, event, None, at, updated)

    def _documents(self, feed: str) -> list[Path]:
        return [self.folder / f"{feed}.{suffix}" for suffix in self.formats]

    def _pages(self, feed: str, months: Collection[str] | None) -> list[Path]:
        folder = self.folder / "archive" / feed
        found = ((path, place_of(path.stem)) for path in sorted(folder.glob("*.atom")))
        return [path for path, at in found if at[0] and (months is None or at[0] in months)]


def _cut(path: Path) -> dict[Key, bytes]:
    """The entries of articles in a document; none in a file of somebody else's."""
    try:
        found = pieces.cut(bytes_of(path), path.suffix.lstrip("."))
    except ValueError:
        return {}
    named = ((key_of(name), piece) for name, piece in found.items())
    return {key: piece for key, piece in named if key}


def bytes_of(path: Path) -> bytes:
    """What stands there; nothing where it cannot be read."""
    try:
        return regular.read(path)
    except OSError:
        return b""


def leftovers(folder: Path, names: Collection[str], pages: Collection[str]) -> Iterator[Path]:
    """Our files in the folder that are not among ``names`` (``all.rss``), and our archived
    pages of feeds that are not among ``pages``; compressed copies are not told apart.

    A folder that cannot be read holds none.
    """
    for path in _within(folder):
        if path.suffix[1:] in MEDIA_TYPES and path.name not in names and is_ours(path, path.name):
            yield path
    for feed in _within(folder / "archive"):
        for path in _within(feed) if feed.name not in pages else ():
            shown = f"archive/{feed.name}/{path.name}"
            if path.suffix == ".atom" and place_of(path.stem)[0] and is_ours(path, shown):
                yield path


def is_ours(path: Path, name: str) -> bool:
    """Whether a file, compressed or not, is a document that was published as ``name``."""
    if not path.is_file():
        return False
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            head = stream.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return False
    note, own = (_NOTE[1], _SELF[1]) if name.endswith(".json") else (_NOTE[0], _SELF[0])
    found = own.search(head)
    if note not in head or found is None:
        return False
    address = found[1].decode("utf-8", "replace").strip('"')
    return address.endswith(f"/{name}")


def _within(folder: Path) -> list[Path]:
    """What lies in a folder, by name, but what is hidden or a link."""
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return []
    return [one for one in found if not one.name.startswith(".") and not one.is_symlink()]


FAILURES = (PublishError, OSError, ValueError)
"""What a document can fail with: text that XML refuses, a disk that is full.  Other
errors are bugs and go up to the poll."""

_STANDS = "what was published before is still there"


def unwritable(path: Path, error: OSError, folder: Path, then: str) -> PublishError:
    """A file could not be written.  Where nothing in the whole ``folder`` may be, that is
    the problem, the same for every file."""
    cause = regular.shut(folder)
    if cause is not None:
        path, error, then = folder, cause, _STANDS
    return PublishError(
        f"could not be written: {error.strerror or error}",
        about=str(path),
        advice=f"{regular.advice(error)}; {then}",
    )


@dataclass(frozen=True, slots=True)
class Published:
    """``paths`` are the files replaced or taken away; ``problems`` tell what could not be
    built (there, what was published stays), ``broken`` names the files that failed."""

    paths: tuple[Path, ...] = ()
    problems: tuple[PublishError, ...] = ()
    broken: frozenset[Path] = frozenset()

    def joined(self, other: Published) -> Published:
        """Both together; one cause is told once."""
        problems = {str(one): one for one in (*self.problems, *other.problems)}
        return Published(
            (*self.paths, *other.paths), tuple(problems.values()), self.broken | other.broken
        )


@dataclass(slots=True)
class Round:
    """What one round of publishing has done so far.

    What is put is written beside its place at once and put in place by :meth:`finish`,
    in the order it came, so that files are flushed together: to flush each by itself
    takes longer than to build it.
    """

    folder: Path
    """The folder that holds all that is published."""
    paths: list[Path] = field(default_factory=list)
    problems: list[PublishError] = field(default_factory=list)
    broken: set[Path] = field(default_factory=set)
    """The files that ``problems`` are about."""
    _waiting: dict[Path, Path] = field(default_factory=dict)
    _leaving: list[Path] = field(default_factory=list)

    def failed(self, path: Path, error: Exception) -> None:
        """Note that a file could not be built or put in place."""
        if isinstance(error, OSError):
            problem = unwritable(path, error, self.folder, _STANDS)
        elif isinstance(error, FeedsvcError):
            of = f"{error.about}: " if isinstance(error, DigestDamaged) else ""
            advice = error.advice or _STANDS
            problem = PublishError(f"{of}{error.message}", about=str(path), advice=advice)
        else:
            problem = PublishError(str(error), about=str(path), advice=_STANDS)
        problem.__cause__ = error
        self.problems.append(problem)
        self.broken.add(path)

    def put(self, path: Path, document: bytes, approve: Callable[[bytes, bytes], object]) -> bool:
        """Replace a file if its bytes differ and ``approve`` has nothing against it.

        ``approve`` is given the new bytes and the old ones (none: empty) and raises.
        Tells whether the file holds the document, or will.
        """
        self._leaving = [one for one in self._leaving if one != path]
        try:
            old = regular.read(self._waiting.get(path, path)) if self.exists(path) else b""
            if old != document:
                approve(document, old)
                self._waiting.pop(path, None)  # it comes in last
                self._waiting[path] = atomic.beside(path, document)
        except (*FAILURES, ElementTree.ParseError) as error:
            self.failed(path, error)
            return False
        return True

    def exists(self, path: Path) -> bool:
        """Whether there is such a file, or will be."""
        return path in self._waiting or path.exists()

    def remove(self, path: Path) -> None:
        """Take a file away, after the others are in place."""
        self._leaving.append(path)

    def finish(self) -> None:
        """Put in place and take away what was asked for."""
        waiting, self._waiting = self._waiting, {}
        try:
            for path, error in atomic.put_in_place(waiting):
                if error is None:
                    self.paths.append(path)
                else:
                    self.failed(path, error)
        except OSError as error:  # a folder cannot be flushed
            self.failed(next(iter(waiting)).parent, error)
        leaving, self._leaving = self._leaving, []
        for path in leaving:
            try:
                path.unlink(missing_ok=True)
                self.paths.append(path)
            except OSError as error:
                self.failed(path, error)

    def drop(self) -> None:
        """Leave everything as it stands; for a round that ends with an error."""
        for new in self._waiting.values():
            new.unlink(missing_ok=True)
        self._waiting, self._leaving = {}, []
