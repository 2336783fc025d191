"""The images of an article, fetched right after it and kept.

In: the change that reading an article led to.  Out: the change with the local copies
that its images have now.  An image that fails never fails the article: it has no copy,
and is asked for again when the article is read again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from feedsvc.archive import Archive
from feedsvc.dedup import Change
from feedsvc.errors import Blocked, FeedsvcError, OffSite, RobotsForbid, Unreachable
from feedsvc.fetch import Fetcher, is_site_wide
from feedsvc.model import Event, Record
from feedsvc.poll.guard import attempt

log = logging.getLogger("feedsvc.poll")

AT_ONCE = 40
"""Images of one article that are asked for at one reading; the archive's lock is held
meanwhile.  The rest is for the next."""

SILENCE = timedelta(minutes=10)
"""How long a host that did not answer is asked for no other image: a poll waits for it
once, a backfill of many hours does not do without its images for good."""


class Pictures:
    """Keeps images; the caller holds the archive's lock."""

    def __init__(self, archive: Archive, fetcher: Fetcher, clock: Callable[[], datetime]) -> None:
        self._archive = archive
        self._fetcher = fetcher
        self._clock = clock
        self._silent: dict[str, datetime] = {}  # hosts that did not answer, and when
        self._site_is_down = False
        self.failed: list[FeedsvcError] = []
        """Why images could not be had, one for each of them."""

    def fill(self, change: Change) -> Change:
        """The change with a copy of every image that could be had.

        A kept copy is not asked for again, unless it is gone or damaged: then the
        change is at least ``repaired``, where only missing ones came it is ``noted``.
        Raises ``ArchiveUnwritable``.
        """
        record = change.record
        files: dict[str, str] = {}
        lost = False
        self._site_is_down = False
        for url, known in self._wanted(record)[:AT_ONCE]:
            file, error = attempt(partial(self._keep, record, url))
            if error is not None:
                self._failed(record, url, error)
            if self._site_is_down:
                break
            if file is None:
                continue
            files[url] = file
            if known is not None:
                lost = True
                log.warning("article %d: image %s was gone or damaged", record.id, known)
        if not files:
            return change
        images = tuple(replace(one, file=files.get(one.url, one.file)) for one in record.images)
        event = change.event or (Event.REPAIRED if lost else Event.NOTED)
        return Change(replace(record, images=images), event)

    def _wanted(self, record: Record) -> list[tuple[str, str | None]]:
        """Address, and the copy that a record names, of each image without a whole copy."""
        found = {image.url: image.file for image in record.images}
        return [
            (url, file)
            for url, file in found.items()
            if file is None or not self._archive.images.holds(file)
        ]

    def _keep(self, record: Record, url: str) -> str | None:
        """The path of the copy that was made; ``None`` where its host is not asked now."""
        failed_at = self._silent.get(_host(url))
        if failed_at is not None and self._clock() - failed_at < SILENCE:
            return None
        page = self._fetcher.image(url, referer=record.url)
        return self._archive.add_image(record, self._clock(), page.body)

    def _failed(self, record: Record, url: str, error: FeedsvcError) -> None:
        # Every article with an image from elsewhere has one that is not asked for.
        if isinstance(error, OffSite):
            log.debug("article %d: image: %s", record.id, error)
        else:
            log.warning("article %d: image: %s", record.id, error)
            self.failed.append(error)
        self._site_is_down = is_site_wide(error)
        if isinstance(error, (Unreachable, Blocked)) or _rules_unread(error):
            self._silent[_host(url)] = self._clock()


def _host(url: str) -> str:
    """Whatever stands where an address has its host; addresses may be anything."""
    return url.partition("//")[2].partition("/")[0]


def _rules_unread(error: FeedsvcError) -> bool:
    """Whether the host's robots.txt could not be read, so that nobody can say what it
    allows: that is asked once, not for each image."""
    return isinstance(error, RobotsForbid) and error.__cause__ is not None
