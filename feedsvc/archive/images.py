"""Images as fetched: ``images/ab/ab12….jpg``, named by the SHA-256 of their bytes.

In: bytes of one of the kinds that :mod:`feedsvc.picture` knows.  Out: the file's path
below ``archive/``, for the record that shows it.  The same bytes are kept once.  Which
images are wanted, and from where, is decided elsewhere.
"""

import hashlib
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.archive.tree import kind_of as kind_of_file
from feedsvc.errors import FeedsvcError
from feedsvc.model import Picture
from feedsvc.picture import HEAD, kind_of, pixels


def fault_of(path: Path, data: bytes) -> str | None:
    """What is wrong with a file of that name and these bytes."""
    if hashlib.sha256(data).hexdigest() != path.name.partition(".")[0]:
        return "the image is not what its name says"
    kind = kind_of(data)
    if kind is None or kind.ending != path.suffix[1:]:
        return "no image of the kind that its name says"
    return None


class Images:
    """The files of ``images/`` below an archive's ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "images"

    def add(self, data: bytes) -> str:
        """Keep an image; its path below ``archive/``.  On the disk when this returns.

        Raises ``ValueError`` for bytes of no known kind, ``FeedsvcError`` where its
        own place is taken or may not be written to, ``OSError`` where nothing may.
        """
        kind = kind_of(data)
        if kind is None:
            raise ValueError("no image of a kind that is kept")
        named = hashlib.sha256(data).hexdigest()
        file = f"images/{named[:2]}/{named}.{kind.ending}"
        path = self._root / file
        try:
            if not self.holds(file):
                # Half-written files lie in one folder, where the next writer looks for them.
                atomic.write(path, data, beside=self._folder)
            else:
                # Who put it there may have been killed before the folders were flushed.
                for folder in (path.parent, self._folder, self._root):
                    atomic.sync_folder(folder)
        except OSError as error:
            if not regular.is_of_the_place(error):
                raise
            raise FeedsvcError(
                f"could not be kept: {error.strerror or error}",
                about=str(error.filename or path),
                advice=regular.advice(error),
            ) from error
        return file

    def holds(self, file: str) -> bool:
        """Whether the file is there, whole."""
        data = self.read(file)
        return data is not None and fault_of(self._root / file, data) is None

    def read(self, file: str) -> bytes | None:
        """The bytes; ``None`` where there is no such file, or it has no image's path."""
        if kind_of_file(file) != "image":
            return None
        try:
            return regular.read(self._root / file)
        except OSError:
            return None

    def picture(self, file: str) -> Picture | None:
        """What feeds tell of it; only its beginning is read."""
        if kind_of_file(file) != "image":
            return None
        try:
            with regular.reading(self._root / file) as stream:
                head = stream.read(HEAD)
                size = stream.seek(0, 2)
        except OSError:
            return None
        kind = kind_of(head)
        return Picture(kind.media_type, size, *(pixels(head) or (None, None))) if kind else None
