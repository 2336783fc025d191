"""From what a page says to what is kept: whose reading it is, what it repeats, its images.

In: an article as its raw page reads; a record about to be kept; the change that reading an
article led to.  Out: the article with the access that guests have, and who saw it: what only
a member's page shows must not be taken for what everybody may read, whenever the page is
read again.  The record, marked where it repeats an earlier one, and the kept ones that
repeat it; what is the same story says ``dedup.similar``.  The change with the local copies
that its images have now, fetched right after it: one that fails never fails the article, it
has no copy, and is asked for again when the article is read again.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import filterfalse

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.dedup import WITHIN, Change, duplicate
from feedsvc.errors import (
    ArchiveError,
    ArchiveUnreadable,
    Blocked,
    FeedsvcError,
    OffSite,
    RecordDamaged,
    RobotsForbid,
    Unreachable,
)
from feedsvc.fetch import Fetcher, is_site_wide
from feedsvc.model import Event, FetchedPage, ParsedArticle, Record, Status
from feedsvc.poll.guard import attempt
from feedsvc.poll.stage import log


def as_seen(
    article: ParsedArticle, page: FetchedPage, doubtful: Callable[[], bool]
) -> tuple[ParsedArticle, str]:
    """The article with the status that guests get, and ``guest`` or ``member``.

    Pages of an earlier feedsvc do not say who saw them: where that is ``doubtful``
    (:func:`had_session`), one that shows all is taken for a member's, and its status for
    ``members-only`` until the article is read anew.
    """
    is_guests = page.seen_as == "guest" or (page.seen_as is None and not doubtful())
    if is_guests or (page.seen_as is None and article.access.locked):
        return article, "guest"
    told = page.guest_status
    status = told if told is not None and told.locked else Status.MEMBERS_ONLY
    return replace(article, access=replace(article.access, status=status)), "member"


def had_session(config: Config, archive: Archive) -> bool:
    """Whether the reader's own session was ever used here, as far as the configuration and
    the records tell.  Else no page can be a member's."""
    return config.http.cookie is not None or archive.holds(b'"seen_as": "member"')


def whole(archive: Archive, article_id: int) -> Record | None:
    """The record that is kept, unless it is damaged or gone."""
    with suppress(RecordDamaged):
        return archive.get(article_id)
    return None


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
        wanted = [
            (url, known)
            for url, known in {image.url: image.file for image in record.images}.items()
            if known is None or not self._archive.images.holds(known)
        ]
        for url, known in wanted[:AT_ONCE]:
            file, error = attempt(partial(self._keep, record, url))
            if error is not None:
                self._failed(record, url, error)
                if is_site_wide(error):
                    break
            if file is not None:
                files[url] = file
                if known is not None:
                    lost = True
                    log.warning("article %d: image %s was gone or damaged", record.id, known)
        if not files:
            return change
        images = tuple(replace(one, file=files.get(one.url, one.file)) for one in record.images)
        event = Event.REPAIRED if lost else Event.NOTED
        return Change(replace(record, images=images), change.event or event)

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
        # That a host's robots.txt could not be read, so that nobody can say what it allows,
        # is asked once, not for each image.
        unread = isinstance(error, RobotsForbid) and error.__cause__ is not None
        if unread or isinstance(error, (Unreachable, Blocked)):
            self._silent[_host(url)] = self._clock()


_TEXT_EVENTS = (Event.ADDED, Event.REVISED, Event.RELEASED)


def keep_marked(
    archive: Archive, change: Change, now: datetime, page: FetchedPage | None = None,
    pictures: Pictures | None = None, *, without: Collection[int] | None = None,
) -> tuple[Change, set[int]]:  # fmt: skip
    """Keep what changed, marked where it repeats a kept record, with the page that tells it and
    its images; then, marked anew, the records that turn out to repeat it: published after it
    and read before.  Gives the change as it was kept, and the ids of those.

    Only a new record or one whose text or lock changed is compared with others, or any where
    some are to be left out (``without``).  One that was withdrawn and is read again was first
    seen when it was first seen.
    """
    record, repeating = change.record, list[Record]()
    seen = archive.pending.first_sight(record.id) if change.event is Event.ADDED else None
    if seen is not None and seen.first_seen_at is not None:
        record = replace(
            record, first_seen_at=seen.first_seen_at, origin=seen.origin or record.origin
        )
    if without is not None or change.event in _TEXT_EVENTS:
        record, repeating = _marked(archive, record, without or ())
    kept = replace(change, record=record)
    if pictures:
        kept = pictures.fill(kept)
    if kept.event is not None:
        # That an image could be had by now is nothing that the page tells.
        archive.keep(kept.record, kept.event, now, page if change.event else None)
    for one in repeating:
        archive.keep(one, Event.NOTED, now)
    return kept, {one.id for one in repeating}


def _marked(
    archive: Archive, record: Record, without: Collection[int]
) -> tuple[Record, list[Record]]:
    """The record with its ``duplicate_of``, and those that repeat it where theirs is another."""
    around: list[Record | None] = []
    for article_id in filterfalse(without.__contains__, archive.index.resembling(record, WITHIN)):
        # ``archive verify`` tells of what is damaged; this article is none the worse
        with suppress(ArchiveError, ArchiveUnreadable):
            around.append(archive.get(article_id))
    found = [(other, duplicate(record, other)) for other in around if other is not None]
    earlier = [other for other, repeated in found if repeated is record]
    later = [other for other, repeated in found if repeated is other]
    first = min(earlier, key=lambda one: (one.published_at, one.id), default=None)
    # The first is named even where the one that was found repeats a still earlier one.
    original = None if first is None else first.duplicate_of or first.id
    named = original or record.id
    return replace(record, duplicate_of=original), [
        replace(one, duplicate_of=named) for one in later if one.duplicate_of != named
    ]


def _host(url: str) -> str:
    """Whatever stands where an address has its host; addresses may be anything."""
    return url.partition("//")[2].partition("/")[0]
