"""What feedsvc published once and publishes no more: files of a feed or a format that was
taken out of the settings.

In: the published folder, and what belongs there now.  Out: the files to take away.  A file
is ours only where its own bytes say so, and of this very name: whatever else a user keeps
in the folder, a copy of a feed under another name included, is left alone.
"""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

from feedsvc.feeds import archived
from feedsvc.feeds.channel import MEDIA_TYPES

_HEAD = 32_768
"""Bytes at the beginning of a document in which it says what it is."""

# The note of channel.py, and the link of a document to itself.
_NOTE = (b"<?feedsvc ", b'"user_comment": "')
_SELF = (
    re.compile(rb'<(?:atom:)?link href="([^"]*)" rel="self"'),
    re.compile(rb'"feed_url": ("[^"]*")'),
)


def leftovers(folder: Path, names: Collection[str], pages: Collection[str]) -> Iterator[Path]:
    """Our files in the folder that are not among ``names`` (``all.rss``), and our archived
    pages of feeds that are not among ``pages``; compressed copies are not told apart.

    A folder that cannot be read holds none.
    """
    for path in _files(folder):
        if path.suffix[1:] in MEDIA_TYPES and path.name not in names and is_ours(path, path.name):
            yield path
    for feed in _folders(folder / "archive"):
        if feed.name in pages:
            continue
        for path in _files(feed):
            shown = f"archive/{feed.name}/{path.name}"
            if path.suffix == ".atom" and archived.place_of(path.stem) and is_ours(path, shown):
                yield path


def is_ours(path: Path, name: str) -> bool:
    """Whether a file, compressed or not, is a document that was published as ``name``."""
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


def _files(folder: Path) -> Iterator[Path]:
    for one in _entries(folder):
        if one.is_file(follow_symlinks=False) and not one.name.startswith("."):
            yield Path(one.path)


def _folders(folder: Path) -> Iterator[Path]:
    for one in _entries(folder):
        if one.is_dir(follow_symlinks=False) and not one.name.startswith("."):
            yield Path(one.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda one: one.name)
    except OSError:
        return []
