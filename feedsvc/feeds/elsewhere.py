"""What carries the published files elsewhere: compressed copies, a bucket, the WebSub hub.

Compressed copies stand beside the files, for web servers that send such a copy as it is
(nginx ``gzip_static``, Caddy ``precompressed``).  In: the published folder.  Out:
``all.rss.gz`` beside ``all.rss``, with the same modification time, by which a copy is known
to be of today's file.  Archived pages get none: most of them are asked for once by each reader.

The bucket becomes as the folder is.  In: the folder, a :class:`Bucket`, what is remembered of
the last time.  Out: a :class:`Mirrored` to remember.  Only objects whose content changed are
put, and only objects that were put from here are removed: whatever else lies in the bucket is
left alone.  How a bucket is spoken to is ``s3``'s question.

The hub is told which feeds changed (W3C WebSub, section 7).  In: the files that were
replaced, the topics that still wait, and a way to post to the hub.  Out: the topics that wait
now.  How a request is made, and where what waits is remembered, is the poll's to say.
"""

import gzip
import hashlib
import json
import os
import re
import stat
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from feedsvc import atomic, regular
from feedsvc.config import FeedsConfig
from feedsvc.errors import FeedsvcError, PublishError
from feedsvc.feeds.channel import MEDIA_TYPES
from feedsvc.feeds.folder import is_ours, unwritable

SUFFIXES = (".rss", ".atom", ".json", ".opml", ".html")
LEVEL = 4
"""A seventh larger than at 6, in a fourth of the time, which each poll takes anew."""


def compress(folder: Path, names: Collection[str]) -> tuple[PublishError, ...]:
    """Bring the copies of the published files ``names`` up to date; what could not be
    written.

    A copy that is missing or older, as after a kill, is made by the next call; one whose
    feed is published no more is taken away.  A user's own files are left alone.
    """
    failed: list[tuple[Path, OSError]] = []
    files: dict[str, os.stat_result] = {}
    try:
        files = {entry.name: entry.stat() for entry in os.scandir(folder) if entry.is_file()}
    except FileNotFoundError:
        return ()
    except OSError as error:
        failed.append((folder, error))
    stale: dict[Path, os.stat_result] = {}
    for name, found in files.items():
        whole, copy = name.removesuffix(".gz"), folder / f"{name}.gz"
        try:
            if whole != name and whole.endswith(SUFFIXES) and whole not in files:
                if whole in names or _is_no_ones(folder / name, whole):
                    (folder / name).unlink(missing_ok=True)
            elif name in names:
                old = files.get(copy.name)
                if old is None or old.st_mtime_ns != found.st_mtime_ns:
                    # A server that looks in between finds none, rather than one of other content.
                    copy.unlink(missing_ok=True)
                    stale[copy] = found
        except OSError as error:
            failed.append((copy, error))
    made = {copy: _written(copy, found) for copy, found in stale.items()}
    failed += [(copy, one) for copy, one in made.items() if isinstance(one, OSError)]
    written = {copy: one for copy, one in made.items() if isinstance(one, Path)}
    try:
        failed += [(path, error) for path, error in atomic.put_in_place(written) if error]
    except OSError as error:
        failed.append((folder, error))
    then = "the feed itself is as it was put there"
    return tuple(unwritable(path, error, folder, then) for path, error in failed)


def _is_no_ones(copy: Path, whole: str) -> bool:
    """Whether a copy without its file is ours, or so broken that it can be nobody's."""
    try:
        with gzip.open(copy) as stream:
            stream.read(1)
    except (OSError, EOFError, zlib.error):
        return True
    return is_ours(copy, whole)


def _written(copy: Path, found: os.stat_result) -> Path | OSError:
    try:
        whole = regular.read(copy.with_suffix(""))
        new = atomic.beside(copy, gzip.compress(whole, LEVEL, mtime=0))
        os.utime(new, ns=(found.st_atime_ns, found.st_mtime_ns))
        new.chmod(stat.S_IMODE(found.st_mode))  # who may not read the one reads no copy
    except OSError as error:
        return error
    return new


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


Ping = Callable[[str, tuple[tuple[str, str], ...]], object]
"""Posts a form (names and values) to an address; raises ``FeedsvcError`` or ``OSError``
where the answer is not 2xx or none comes within seconds."""


def topics(paths: Iterable[Path], feeds: FeedsConfig) -> tuple[str, ...]:
    """The addresses of the feeds among the files replaced: the ``self`` links of those
    documents.  Archived pages name no hub, for nobody subscribes to them."""
    base = feeds.base_url.rstrip("/") + "/"
    return tuple(
        base + path.name
        for path in paths
        if path.parent == feeds.path and path.suffix.lstrip(".") in MEDIA_TYPES
    )


def tell_hub(feeds: FeedsConfig, waiting: str, ping: Ping) -> str:
    """Tell the hub which feeds changed, one of their :func:`topics` a line; gives what could
    not be told, to be handed in the next time.

    Nothing is raised.  The first failure ends the round: a hub that is down would take
    a time-out for each topic.  Without a hub nothing waits.
    """
    if feeds.hub is None:
        return ""
    left = waiting.split()
    while left:
        try:
            ping(feeds.hub, (("hub.mode", "publish"), ("hub.url", left[0]), ("hub.topic", left[0])))
        except (FeedsvcError, OSError):
            break
        left.pop(0)
    return "\n".join(left)
