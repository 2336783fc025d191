"""Compressed copies beside the published files, for web servers that send such a copy
as it is (nginx ``gzip_static``, Caddy ``precompressed``).

In: the published folder.  Out: ``all.rss.gz`` beside ``all.rss``, with the same
modification time, by which a copy is known to be of today's file.  Archived pages get
none: most of them are asked for once by each reader.
"""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from feedsvc import atomic, regular
from feedsvc.errors import PublishError
from feedsvc.feeds.published_before import is_ours
from feedsvc.feeds.replace import unwritable

SUFFIXES = (".rss", ".atom", ".json", ".opml", ".html")
LEVEL = 4
"""A seventh larger than at 6, in a fourth of the time, which each poll takes anew."""


def beside(folder: Path, names: Collection[str]) -> tuple[PublishError, ...]:
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
    with ThreadPoolExecutor(max_workers=2) as pool:  # zlib lets go of the interpreter
        made = dict(zip(stale, pool.map(_written, stale, stale.values()), strict=True))
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
