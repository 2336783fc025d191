"""What stands in the published files, where nothing else tells: entries that must not be
withdrawn though no record gives them.

In: the published folder.  Out: ids, and pieces.  It is asked of near-duplicates (an entry
once published is never withdrawn for being one), of articles whose records cannot be read
or are lost, and of nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from feedsvc import regular
from feedsvc.catalogue.standing import Standing
from feedsvc.feeds import archived, pieces
from feedsvc.feeds.entry import korean_time

_ARTICLE = re.compile(r":articles/(\d+)(?:#(\w+))?$")
_IN_PAGE = re.compile(rb"  <entry>\n    <id>[^<]*:articles/(\d+)</id>")


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
                keys = _cut(path)
                self._held[path] = frozenset(number for number, event in keys if not event)
            if article in self._held[path]:
                return True
        return False

    def piece(self, row: Standing, suffix: str) -> bytes | None:
        """An entry as it stands there, if it may stay."""
        paths = [self.folder / f"{row.feed}.{suffix}"]
        if suffix == "atom":
            paths += self._pages(row.feed, [f"{row.published:%Y-%m}"])
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
            numbers = {int(one) for one in _IN_PAGE.findall(_bytes(path))}
            if numbers - {*known}:
                for (article, event), piece in _cut(path).items():
                    if article not in known:
                        at, updated = map(korean_time, pieces.times_of(piece, "atom"))
                        yield Standing(feed, article, event, None, at, updated)

    def _documents(self, feed: str) -> list[Path]:
        return [self.folder / f"{feed}.{suffix}" for suffix in self.formats]

    def _pages(self, feed: str, months: Collection[str] | None) -> list[Path]:
        folder = self.folder / "archive" / feed
        found = ((path, archived.place_of(path.stem)) for path in sorted(folder.glob("*.atom")))
        return [path for path, at in found if at and (months is None or at[0] in months)]


def _cut(path: Path) -> dict[tuple[int, str], bytes]:
    """The entries of articles in a document; none in a file of somebody else's."""
    try:
        found = pieces.cut(_bytes(path), path.suffix.lstrip("."))
    except ValueError:
        return {}
    named = ((_ARTICLE.search(name), piece) for name, piece in found.items())
    return {(int(name[1]), name[2] or ""): piece for name, piece in named if name}


def _bytes(path: Path) -> bytes:
    try:
        return regular.read(path)
    except OSError:
        return b""
