"""Damaged files of the archive set aside, for who mends: see :class:`SettingAside`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from feedsvc import regular
from feedsvc.archive import aside, rawclaims
from feedsvc.archive.append import unwritable
from feedsvc.archive.digests import is_digest
from feedsvc.archive.images import is_image
from feedsvc.archive.layout import is_raw
from feedsvc.archive.learned import is_layout
from feedsvc.archive.reading import Reading


class SettingAside(Reading):
    """The part of :class:`~feedsvc.archive.archive.Archive` that puts files out of the way;
    what moves anything is called inside ``writing()``."""

    def put_aside(self, article_id: int) -> Path | None:
        """Copy a record's file into ``.state/damaged`` before it is written over."""
        self._writing_state()
        path = self.path_of(article_id)
        with unwritable(path):
            return aside.copied(path, self._layout.state) if path.is_file() else None

    def put_file_aside(self, path: Path) -> Path:
        """Move a file that is damaged, or an image that no record names, into
        ``.state/damaged``."""
        self._writing_state()
        with unwritable(path):
            return aside.moved(path, self._layout.state)

    def clear(self, path: Path) -> None:
        """Move what stands where a file belongs, and is none, into ``.state/damaged``."""
        with unwritable(path):
            if regular.kind(path):
                aside.moved(path, self._layout.state)

    def is_image(self, path: Path) -> bool:
        """Whether a path is one that an image can have."""
        return is_image(path.relative_to(self.path).as_posix())

    def is_digest(self, path: Path) -> bool:
        """Whether a path is one that a file of a digest can have."""
        return is_digest(path.relative_to(self.path).as_posix())

    def is_layout(self, path: Path) -> bool:
        """Whether a path is one that a file of a learned layout can have."""
        return is_layout(path.relative_to(self.path).as_posix())

    def is_raw(self, path: Path) -> bool:
        """Whether a path is one that a file of raw pages can have."""
        return path.parent == self._layout.raw and is_raw(path.name)

    def salvage_raw(
        self, paths: Iterable[Path], missed: Collection[int]
    ) -> tuple[tuple[str, ...], frozenset[int]]:
        """Put files of raw pages right: one that only bears another name gets its own again
        where it holds pages of articles that ``missed`` some, what is whole in the others
        stays, byte for byte, the damaged files go to ``.state/damaged``, and all of them are
        read again.  Tells of each, and of which articles a page is gone for good; inside
        :meth:`writing`."""
        from feedsvc.archive import rawsalvage

        state, told = self._writing_state(), list[str]()
        paths, lost = set(paths), set[tuple[int, str]]()
        before = self._raw.noted(state)
        with unwritable(self._layout.raw):
            wanted = {*missed, *before}
            for path, line in rawsalvage.found_again(self._layout.raw, wanted, self._raw.keys()):
                paths.add(path)
                told.append(line)
            for path in sorted(paths):
                told += rawsalvage.salvage(path, self._layout.state, lost)
            self._raw.forget(state)
            left = self._raw.keys()
        gone = {one for one, page in lost if page and rawclaims.key(one, page) not in left}
        return tuple(told), (before - self._raw.noted(state)) | gone

    def raw_keys(self) -> frozenset[int]:
        """The keys (``rawclaims``) of all whole pages."""
        return self._raw.keys()
