"""Puts one document in place: checked against what stands there, then replaced.

In: bytes and a path.  Out: the file, or a problem in :class:`Round`.  What the
document says is not its job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from feedsvc import atomic
from feedsvc.errors import PublishError

FAILURES = (PublishError, OSError, ValueError)
"""What a document can fail with: text that XML refuses, a disk that is full.  Other
errors are bugs and go up to the cycle."""

_STANDS = "what was published before is still there"


@dataclass(slots=True)
class Round:
    """What one round of publishing has done so far."""

    paths: list[Path] = field(default_factory=list)
    problems: list[PublishError] = field(default_factory=list)

    def failed(self, path: Path, error: Exception) -> None:
        """Note that a file could not be built or put in place."""
        message = error.message if isinstance(error, PublishError) else str(error)
        advice = error.advice if isinstance(error, PublishError) else ""
        if isinstance(error, OSError):
            message = f"could not be written: {error.strerror or error}"
            advice = f"make room on the disk or mend its permissions; {_STANDS}"
        problem = PublishError(message, about=str(path), advice=advice or _STANDS)
        problem.__cause__ = error
        self.problems.append(problem)

    def put(self, path: Path, document: bytes, approve: Callable[[bytes, bytes], object]) -> bool:
        """Replace a file if its bytes differ and ``approve`` has nothing against it.

        ``approve`` is given the new bytes and the old ones (none: empty) and raises.
        Tells whether the file now holds the document.
        """
        try:
            old = path.read_bytes() if path.exists() else b""
            if old != document:
                approve(document, old)
                atomic.write(path, document)
                self.paths.append(path)
        except (*FAILURES, ElementTree.ParseError) as error:
            self.failed(path, error)
            return False
        return True

    def remove(self, path: Path) -> None:
        """Take a file away."""
        try:
            path.unlink(missing_ok=True)
            self.paths.append(path)
        except OSError as error:
            self.failed(path, error)
