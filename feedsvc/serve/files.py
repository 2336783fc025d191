"""Published files, kept in memory with their compressed form.

In: a path below one folder, already checked by :mod:`feedsvc.serve.request`.  Out:
a :class:`~feedsvc.serve.response.Document`, or ``None``; or why a published file must not be
served under the settings that the server was started with (:class:`Permit`).  A file is read
again when its identity on disk (inode, size, modification time) changes; what is held is
bounded in bytes, the longest unused goes first.  Nothing is ever written.
"""

import asyncio
import logging
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError
from feedsvc.memory import Edition
from feedsvc.serve.response import Document, document

log = logging.getLogger("feedsvc.serve")

MEDIA_TYPES = {
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".opml": "text/x-opml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".ico": "image/x-icon",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
}
"""Types by suffix; a file of any other suffix is not served."""

Identity = tuple[int, int, int, int]


@dataclass(slots=True)
class Held:
    """Documents by their file, at most ``limit`` bytes of them, shared by all folders."""

    limit: int
    held: OrderedDict[str, tuple[Identity, Document]] = field(default_factory=OrderedDict)
    used: int = 0

    def get(self, path: str, identity: Identity) -> Document | None:
        found = self.held.get(path)
        if found is None or found[0] != identity:
            return None
        self.held.move_to_end(path)
        return found[1]

    def put(self, path: str, identity: Identity, content: Document) -> None:
        old = self.held.pop(path, None)
        if old is not None:
            self.used -= old[1].size
        if content.size > self.limit:
            return
        self.held[path] = (identity, content)
        self.used += content.size
        while self.used > self.limit:
            _, (_, gone) = self.held.popitem(last=False)
            self.used -= gone.size


class Withheld(FeedsvcError):
    """A published file is not served, for it may hold what these settings forbid."""


class Permit:
    """Asked whenever a file is read anew; what is in memory was permitted.

    Whatever was published under one rule must not outlive it: members' texts that went out
    under tokens are not for everybody when the tokens are gone, nor is a locked article where
    locked ones are to be hidden.  Then nothing is served of the folder until a poll or a
    rebuild has published it anew."""

    def __init__(self, config: Config, archive: Archive) -> None:
        self._folder = config.feeds.path
        self._archive = archive
        self._members = bool(config.server.tokens)
        self._locked = config.feeds.locked != "hide"
        self._known = False
        self._looked: tuple[str | None, bool] | None = None
        self._told = False
        self._looking = threading.Lock()

    def check(self) -> None:
        """Raise :class:`Withheld` where the folder must not be served."""
        if self._members and self._locked:
            return
        edition = Edition.of(self._archive.memory)
        if edition is not None and not self._known:
            # Once is enough: from then on the folder changes with its edition.
            self._known = edition.stands_in(self._folder)
        rule = edition if self._known else None
        permitted = (
            rule is not None and rule.members <= self._members and rule.locked <= self._locked
        )
        if not permitted and (rule is None or not rule.files):
            permitted = not self._may_hold_more()
        if permitted:
            self._told = False
            return
        refusal = Withheld(
            "what is published was made under other settings",
            about=str(self._folder),
            advice="it is served again when a poll or 'feedsvc rebuild' has published it anew",
        )
        if not self._told:
            self._told = True
            log.warning("%s", refusal)
        raise refusal

    def _may_hold_more(self) -> bool:
        """Whether there is an article at all of which a folder of unknown making may show
        too much.  The records' files are asked, for they are there without an index."""
        with self._looking:
            head = self._archive.head()
            if self._looked is None or self._looked[0] != head:
                mark = b'"seen_as": "member"' if self._locked else b'"locked": true'
                self._looked = head, self._archive.holds(mark)
            return self._looked[1]


class Folder:
    """The files below one folder.  ``cache_control`` goes with every one of them but
    pages, which a browser asks about each time."""

    def __init__(
        self,
        path: Path,
        held: Held,
        *,
        cache_control: str,
        page_control: str,
        permit: Callable[[], None] = lambda: None,
    ) -> None:
        """``permit`` raises where files must not be served; it is asked before one is read,
        and after."""
        self.path = path
        self._permit = permit
        self._held = held
        self._cache_control = cache_control
        self._page_control = page_control
        self._reading: dict[str, asyncio.Task[Document | None]] = {}

    def held(self, relative: str) -> Document | None:
        """The document of that file where it is in memory and still what is on the disk."""
        path = f"{self.path}/{relative}"
        found = _stat(path)
        return self._held.get(path, identity(found)) if found else None

    async def get(self, relative: str) -> Document | None:
        """The document of that file, or ``None`` if there is none to serve.  Raises what
        ``permit`` raises."""
        path = f"{self.path}/{relative}"
        found = _stat(path)
        if found is None:
            return None
        held = self._held.get(path, identity(found))
        if held is not None:
            return held
        # One reading for all who wait for the same file, off the loop: hashing and
        # compressing two megabytes would hold everyone else up.
        task = self._reading.get(path)
        if task is None:
            task = self._reading[path] = asyncio.create_task(self._read(path))
            task.add_done_callback(lambda _: self._reading.pop(path, None))
        return await asyncio.shield(task)

    async def _read(self, path: str) -> Document | None:
        read = await asyncio.to_thread(self._load, path)
        if read is not None:
            self._held.put(path, *read)
        return read and read[1]

    def _load(self, path: str) -> tuple[Identity, Document] | None:
        media_type = MEDIA_TYPES.get(os.path.splitext(path)[1])  # noqa: PTH122
        if media_type is None:
            return None
        self._permit()
        opened = open_inside(self.path, path)
        if opened is None:
            return None
        handle, found = opened
        try:
            with os.fdopen(handle, "rb") as stream:
                content = stream.read()
        except OSError:
            return None
        # Once more: it may have been published anew in between.
        self._permit()
        return identity(found), document(
            content,
            media_type,
            cache_control=self._page_control
            if media_type.startswith("text/html")
            else self._cache_control,
            modified=datetime.fromtimestamp(found.st_mtime_ns // 1_000_000_000, UTC),
        )


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - once a request; Path costs more than the call
    except (OSError, ValueError):
        return None


def identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def open_inside(root: Path, path: str) -> tuple[int, os.stat_result] | None:
    """A handle on a regular file that, all links followed, stands below ``root``
    and in no hidden folder; ``None`` for anything else."""
    try:
        # Non-blocking: a named pipe must not hold the reader up.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(handle)
        if stat.S_ISREG(found.st_mode):
            # The handle is asked, not the name, so that a link exchanged meanwhile
            # cannot make the two differ.
            real = Path(path).resolve(strict=True)
            inside = real.relative_to(root.resolve(strict=True))
            hidden = any(part.startswith(".") for part in inside.parts)
            if not hidden and os.path.samestat(real.stat(), found):
                return handle, found
    except (OSError, ValueError):
        pass
    os.close(handle)
    return None
