"""Puts documents in place: each checked against what stands there, then all replaced.

In: bytes and a path.  Out: the files, or problems, in :class:`Round`.  What the
documents say is not its job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from feedsvc import atomic, regular
from feedsvc.errors import DigestDamaged, FeedsvcError, PublishError

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
