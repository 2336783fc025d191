"""Publishing while a poll reads, so that nobody waits for its last article.

In: the records that are read, one after the other.  Out: published files, soon after the
first ten articles and then now and then; at the end whatever is left.  What else follows a
publication (bucket, hub, notices, troubles) waits for the end of the poll.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.feeds import Published
from feedsvc.model import Record
from feedsvc.poll.distribute import keep_up
from feedsvc.poll.guard import OF_THE_ARCHIVE, attempt
from feedsvc.poll.publishing import publish

log = logging.getLogger("feedsvc.poll")

FIRST = 10
"""Articles that are read before the first time."""

EVERY = timedelta(seconds=30)
LEAST = timedelta(seconds=5)
"""Between two times: the longest, and the shortest where a section has been read."""


class Showing:
    """What one poll publishes; for the one who holds the archive."""

    def __init__(self, config: Config, archive: Archive, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._archive = archive
        self._clock = clock
        self._last = clock()
        self._touched: dict[int, Record] = {}
        self._paths: dict[Path, None] = {}
        self._may = True
        self.shown = 0
        """Articles that were published while others were still to be read."""

    def begin(self) -> None:
        """The first article is about to be read."""
        self._last = self._clock()

    def take(self, record: Record) -> None:
        """A record that was kept, and is not published yet."""
        self._touched[record.id] = record

    def forget(self, ids: Iterable[int]) -> None:
        """These were kept anew since: the archive knows them better."""
        for article_id in ids:
            self._touched.pop(article_id, None)

    def is_due(self, *, section_read: bool = False) -> bool:
        """Whether to publish now: after the first ten articles, then every half minute, or
        when a section has been read, whichever comes first."""
        if not (self._may and self._touched):
            return False
        waited = self._clock() - self._last
        if not self.shown and len(self._touched) >= FIRST:
            return True
        return waited >= EVERY or (bool(self.shown) and section_read and waited >= LEAST)

    def show(self) -> bool:
        """Publish what was read so far; whether it was.  Where that fails nothing is tried
        before the end, which says why: all that is found must be read first."""
        try:
            published, error = attempt(self._publish)
            keep_up(self._config, self._archive, published or Published())
        except OF_THE_ARCHIVE as raised:
            published, error = None, raised
        if published is None or error is not None:
            log.debug("not published before the end of the poll: %s", error)
            self._may = False
            return False
        self.shown += len(self._touched)
        self._touched.clear()
        self._last = self._clock()
        return True

    def end(self) -> Published:
        """Publish what is left; all that was published since the poll began, and what failed."""
        published = self._publish()
        return Published(tuple(self._paths), published.problems, published.broken)

    def _publish(self) -> Published:
        published = publish(self._config, self._archive, self._clock(), self._touched)
        self._paths |= dict.fromkeys(published.paths)
        return published
