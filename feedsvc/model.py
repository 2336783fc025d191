"""What flows through feedsvc: one frozen type for each state the data is in.

``Row`` (a line on a section page) → ``FetchedPage`` (bytes and headers) →
``ParsedArticle`` (what one page says) → ``Record`` (what the archive keeps of
one article over time) → ``Entry`` (one article in a published feed).

Every time is aware and in the site's zone (Asia/Seoul unless configured);
a naive one is an error where it is made.  Nothing here reads a clock, a file
or the network.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from feedsvc import encoding

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
"""A value as it stands in a record's file."""


class Status(StrEnum):
    """Access status, as the article's own markers tell it (contract, section 1)."""

    OPEN = "open"
    PLUS_FIRST = "plus-first"
    SOON_FREE = "soon-free"
    MEMBERS_ONLY = "members-only"
    PLUS_ONLY = "plus-only"
    UNKNOWN = "unknown"

    @property
    def locked(self) -> bool:
        """Whether the site does not show the whole article; of ``unknown`` that is for
        :class:`Access` to say."""
        return self in (Status.SOON_FREE, Status.MEMBERS_ONLY, Status.PLUS_ONLY)


STATUS_PRECEDENCE = (
    Status.SOON_FREE,
    Status.MEMBERS_ONLY,
    Status.PLUS_ONLY,
    Status.PLUS_FIRST,
)
"""Where several markers stand, the first of these gives the status."""


class Scope(StrEnum):
    """What a marker speaks about."""

    ARTICLE = "article"
    PAGE = "page"


class Event(StrEnum):
    """What a journal line says happened to a record, or to a layout (contract, section 4)."""

    ADDED = "added"
    REVISED = "revised"
    RELEASED = "released"
    GONE = "gone"
    NOTED = "noted"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    LAYOUT = "layout"
    REPAIRED = "repaired"


@dataclass(frozen=True, slots=True)
class Row:
    """One article's line on a section page or in a page-wide box.

    ``sections`` are the codes in the address that linked it, ``listed_at`` the
    time shown beside it (``None`` where there is none or it cannot be true).
    ``hint`` is the status of the box that listed it, ``None`` for plain rows.
    """

    id: int
    url: str
    title: str
    summary: str = ""
    byline: str = ""
    listed_at: datetime | None = None
    sections: tuple[str, ...] = ()
    hint: Status | None = None


@dataclass(frozen=True, slots=True)
class SectionPage:
    """A section page read: its rows in order, and what its boxes list.

    ``layout`` names what fitted: ``today``, ``before``, ``json``, ``newsflash``, or
    ``links`` where nothing is known of a page but that it links articles.
    """

    layout: str
    rows: tuple[Row, ...]
    boxes: tuple[Row, ...] = ()
    has_next: bool = False


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """One answer of the site, after redirects, its body decoded and whole.

    ``request_headers`` never hold a cookie or an authorization.  ``headers``
    keep the site's order; names compare without case (see :meth:`header`).
    ``seen_as`` is ``guest``, or ``member`` where it was asked for with the reader's own
    session, and ``None`` where that is not told: a raw page of an earlier feedsvc.
    ``guest_status`` is what guests get of the article that a member's page shows, where
    that is known.
    """

    url: str
    final_url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    request_headers: tuple[tuple[str, str], ...] = ()
    seen_as: str | None = None
    guest_status: Status | None = None

    def header(self, name: str) -> str | None:
        """The first header of that name, or ``None``."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def text(self) -> str:
        """The body as text: see :func:`feedsvc.encoding.decode` for the rule."""
        return encoding.decode(self.body, self.header("content-type") or "")


@dataclass(frozen=True, slots=True)
class Marker:
    """A paywall phrase or element found on a page.

    ``counted`` tells whether it spoke for the article's status; ``selector``
    is where it stood, for ``inspect``.
    """

    kind: Status
    scope: Scope
    text: str
    counted: bool
    selector: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """Access status with its evidence.

    ``markers`` holds in a ``ParsedArticle`` every marker that was looked for, in a
    ``Record`` only those that counted.  ``released_at`` is when we saw the lock
    gone; a parser never sets it.
    """

    status: Status
    markers: tuple[Marker, ...] = ()
    plus_first_at: datetime | None = None
    released_at: datetime | None = None
    seen_as: str = "guest"

    @property
    def locked(self) -> bool:
        """Whether the site does not show the whole article: so says the status, or a
        notice of the article's own in words that nobody knows."""
        return self.status.locked or (
            self.status is Status.UNKNOWN
            and any(one.counted and one.kind is Status.UNKNOWN for one in self.markers)
        )


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the body: absolute address, caption as shown, and the local
    copy's path below ``archive/`` where images are kept."""

    url: str
    caption: str = ""
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of a kept image: media type, bytes, and pixels where its first
    bytes tell them."""

    media_type: str
    size: int
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """A related article as linked from the page."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """All that one article page says, and nothing that we observed ourselves.

    ``body`` holds sanitised HTML blocks in reading order.  ``sources`` pairs each
    filled field with the selector (or other source) that gave it.
    A time that is not sure was completed from the clock (a page without its year, the
    listing): a later reading would give another.
    """

    id: int
    guid: str
    url: str
    title: str
    subtitle: str
    reporters: tuple[str, ...]
    published_at: datetime
    sections: tuple[str, ...]
    keywords: tuple[str, ...]
    access: Access
    images: tuple[Image, ...]
    body: tuple[str, ...]
    related: tuple[Related, ...]
    sources: tuple[tuple[str, str], ...]
    layout: str
    is_time_sure: bool = True


FLASH = ("sections", "newsflash")
"""Among a record's ``sources``: the site's news flashes list it, which have no code."""


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier state of a record: the old value of every key that changed,
    in the form it had in the record's file."""

    seen_at: datetime
    old: tuple[tuple[str, Json], ...]

    @property
    def changed(self) -> tuple[str, ...]:
        return tuple(key for key, _ in self.old)


@dataclass(frozen=True, slots=True)
class Record:
    """What the archive keeps of one article (contract, section 4)."""

    id: int
    guid: str
    url: str
    title: str
    subtitle: str
    reporters: tuple[str, ...]
    published_at: datetime
    updated_at: datetime
    first_seen_at: datetime
    origin: str
    sections: tuple[str, ...]
    keywords: tuple[str, ...]
    access: Access
    images: tuple[Image, ...]
    body: tuple[str, ...]
    related: tuple[Related, ...]
    duplicate_of: int | None
    gone_at: datetime | None
    digest: str
    sources: tuple[tuple[str, str], ...]
    revisions: tuple[Revision, ...] = ()

    @property
    def is_flash(self) -> bool:
        """Whether the site's news flashes list it."""
        return FLASH in self.sources


@dataclass(frozen=True, slots=True)
class Category:
    """A feed category: ``scheme`` is one of the contract's three URNs."""

    term: str
    scheme: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as a feed shows it: flag in the title, access line in the content.

    ``picture`` is what the copy that was kept of ``image`` tells of it."""

    id: str
    link: str
    title: str
    authors: tuple[str, ...]
    published: datetime
    updated: datetime
    summary: str
    content: str
    categories: tuple[Category, ...]
    access: Access
    image: Image | None = None
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class SectionOutcome:
    """What a poll did for one section (a line of its table, an object of ``--json``)."""

    name: str
    rows: int = 0
    new: int = 0
    revised: int = 0
    released: int = 0
    failed: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """What a poll did; ``published`` are the feed files that were replaced."""

    started_at: datetime
    finished_at: datetime
    sections: tuple[SectionOutcome, ...]
    requests: int
    published: tuple[str, ...] = field(default=())
