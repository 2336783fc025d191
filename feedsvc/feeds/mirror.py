"""What of the published folder is to be put into a bucket, and what taken away.

In: the folder, a :class:`Bucket`, what is remembered of the last time.  Out: the bucket
as the folder is, and a :class:`Mirrored` to remember.  Only objects whose content
changed are put, and only objects that were put from here are removed: whatever else
lies in the bucket is left alone.  How a bucket is spoken to is ``s3``'s question.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from feedsvc.errors import PublishError
from feedsvc.feeds.channel import MEDIA_TYPES

TYPES = {f".{suffix}": f"{kind}; charset=utf-8" for suffix, kind in MEDIA_TYPES.items()} | {
    ".opml": "text/x-opml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".png": "image/png",
}
"""What is put, by suffix.  No compressed copies: a bucket does not choose by what a
reader accepts."""

_PAGE = re.compile(r"archive/[a-z0-9-]+/\d{4}-\d\d(?:-\d{1,4})?\.atom")

PATIENCE = 3
"""Failures in one round, after which the rest waits: a bucket that is down would take a
time-out for each object."""


class Bucket(Protocol):
    """Objects by name, below the configured prefix.  Every method raises ``PublishError``."""

    @property
    def id(self) -> str:
        """Which bucket and prefix: what is remembered of another one says nothing."""

    def put(self, name: str, content: bytes, media_type: str, cache_control: str) -> None: ...

    def remove(self, name: str) -> None: ...

    def digests(self) -> dict[str, str]:
        """The MD5 of each object's content, in hex, as far as the bucket tells it."""


@dataclass(slots=True)
class Mirrored:
    """``kept`` names what is in the bucket with the file it came from (size and time) and
    the MD5 of its content; ``waiting`` counts what is left for the next time."""

    id: str
    kept: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    problems: list[PublishError] = field(default_factory=list)
    waiting: int = 0

    def remembered(self) -> str:
        return json.dumps({"id": self.id, "kept": self.kept})


def recalled(bucket: Bucket, text: str) -> Mirrored:
    """What is remembered of this bucket; where nothing is, the bucket is asked.

    Raises ``PublishError``.
    """
    told = json.loads(text) if text else {}
    if told.get("id") == bucket.id:
        kept = {name: (int(s), int(t), str(d)) for name, (s, t, d) in told["kept"].items()}
        return Mirrored(bucket.id, kept)
    return Mirrored(bucket.id, {name: (-1, -1, one) for name, one in bucket.digests().items()})


def doubted(before: Mirrored) -> Mirrored:
    """The same names, none of which the bucket is taken to hold as it should: what is
    remembered of a bucket is a rumour, for others may empty it."""
    kept = {name: (min(size, 0), min(at, 0), "") for name, (size, at, _) in before.kept.items()}
    return Mirrored(before.id, kept)


def mirror(
    folder: Path, bucket: Bucket, before: Mirrored, late: Callable[[], bool] = lambda: False
) -> Mirrored:
    """Put what changed and remove what is gone; where ``late`` says so, or after some
    failures, the rest waits.  Raises nothing: ``problems`` say what failed."""
    files = dict(_files(folder))
    after = Mirrored(bucket.id, dict(before.kept))

    def done(do: Callable[[], None]) -> bool:
        if len(after.problems) >= PATIENCE or late():
            after.waiting += 1
            return False
        try:
            do()
        except PublishError as error:
            after.problems.append(error)
            return False
        return True

    for name, path in files.items():
        found = path.stat()
        size, time, digest = before.kept.get(name, (-1, -1, ""))
        if (size, time) == (found.st_size, found.st_mtime_ns):
            continue
        content = path.read_bytes()
        now = hashlib.md5(content, usedforsecurity=False).hexdigest()
        control = "no-cache" if path.suffix == ".html" else "max-age=60"
        put = partial(bucket.put, name, content, TYPES[path.suffix], control)
        if now == digest or done(put):
            after.kept[name] = (found.st_size, found.st_mtime_ns, now)
    # Last: what is published names no page that is gone.
    for name in [one for one in after.kept if one not in files]:
        # What was found in the bucket, and was never put there from here, is left alone;
        # but an archived page has a name that nobody else would give.
        ours = before.kept[name][:2] != (-1, -1) or _PAGE.fullmatch(name)
        if not ours or done(partial(bucket.remove, name)):
            del after.kept[name]
    return after


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Archived pages first, the documents that link them next, the index page last."""
    pages = sorted(folder.glob("archive/*/*.atom"))
    top = sorted(path for path in folder.glob("*.*") if path.suffix in TYPES)
    top.sort(key=lambda path: (path.suffix == ".html", path.suffix == ".opml"))
    for path in (*pages, *top):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix(), path
