"""What is remembered: four kinds of rows.  Each value may be lost at any time; a row all of
whose values are lost, or mean nothing any more, is none.

The fields without a default are the key.  Times are aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Watch:
    """An article that is to be asked for again, or not; ``feedsvc.poll.recheck`` decides.

    ``next_at`` is the next look at one that is kept.  ``failed_since`` and ``failed_at`` are
    the first and the last try in a row that failed of one that is pending.  ``missing`` counts
    the answers in a row that there is no such page (404, 410), from ``missing_since`` on.
    ``given_up_at``: the site has no such article.  ``boxed_at``: since when the box of those
    that are soon free shows it.  ``moved_at``: when it was journaled that the page of one that
    is kept led to another id.  ``held`` is the digest of the page that was kept of one that
    cannot be read, ``doubt`` why the layout ``doubted_by`` is not believed about it.
    """

    id: int
    next_at: datetime | None = None
    failed_since: datetime | None = None
    failed_at: datetime | None = None
    missing_since: datetime | None = None
    missing: int = 0
    given_up_at: datetime | None = None
    boxed_at: datetime | None = None
    moved_at: datetime | None = None
    held: str = ""
    doubt: str = ""
    doubted_by: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """How reading a section goes.

    ``tried_at`` is the daemon's last attempt, ``cut_short`` whether that was, so that it is
    due.  ``succeeded_at`` is the last poll that read its page, ``deep_at`` the last one that
    went deeper.  ``expected_from`` is since when the daemon polls it, ``waits`` are those (s)
    between the last polls from outside; one of the two is known, or none.  Its rows stand in
    the JSON listing where ``by_listing``; ``page`` is where a backfill goes on.

    Of the last poll, ``polled_at``: counts, and its failure: ``error`` of the ``kind``, the
    ``times``-th in a row since ``failing_since``.
    """

    name: str
    tried_at: datetime | None = None
    cut_short: bool = False
    succeeded_at: datetime | None = None
    deep_at: datetime | None = None
    expected_from: datetime | None = None
    waits: tuple[int, ...] | None = None
    by_listing: bool = False
    page: int = 0
    polled_at: datetime | None = None
    rows: int = 0
    unchanged: bool = False
    new: int = 0
    revised: int = 0
    released: int = 0
    failed: int = 0
    error: str = ""
    kind: str = ""
    failing_since: datetime | None = None
    times: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A page by its address, as it was last dealt with: the site's validators and its bytes'
    SHA-256.  It is left alone until ``rests_until``.

    Of a robots.txt: its ``text``, as it was read at ``read_at``; when it was last ``tried_at``,
    and since when it has been out of reach.
    """

    url: str
    etag: str = ""
    modified: str = ""
    digest: str = ""
    rests_until: datetime | None = None
    read_at: datetime | None = None
    tried_at: datetime | None = None
    unreachable_since: datetime | None = None
    text: str = ""


class Topic(StrEnum):
    """What a note is about."""

    AGENDA = "agenda"  # how far the journal was when looks ahead were planned
    FAILING = "failing"  # new articles in a row that failed
    TOLD = "told"  # a line of the log, once a day
    TROUBLES = "troubles"  # what goes on and was noted, for the verdict on health
    STATUS = "status"  # what the status feed told
    EDITION = "edition"  # what was published
    DIGEST = "digest"  # what a digest was looked through for
    NOTICES = "notices"  # since when it is known which troubles go on
    NOTICE = "notice"  # when a target was tried, and what it could not be told
    HUB = "hub"  # what the hub is to be told of
    BUCKET = "bucket"  # what the bucket holds
    FIRST = "first"  # what the first walks of sections listed
    REDESIGN = "redesign"  # what failed, and when learning was tried
    ADOPTION = "adoption"  # articles that waited for a learned layout
    PROBATION = "probation"  # known articles that a learned layout was held against
    GAPS = "gaps"  # ids never seen that were asked for today
    HOURS = "hours"  # articles by hour of the week
    REQUEST = "request"  # when the site was last asked
    BACK_OFF = "back-off"  # how long the site is left alone
    TRANSPORT = "transport"  # which client the site takes
    CLOCK = "clock"  # how far the site's clock is from ours


@dataclass(frozen=True, slots=True)
class Note:
    """What was told, sent, met or tried: a time, and a text that is its topic's to read."""

    topic: str
    about: str
    at: datetime | None = None
    text: str = ""
