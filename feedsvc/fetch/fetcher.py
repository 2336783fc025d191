"""An address to a :class:`~feedsvc.model.FetchedPage`, or "not modified".

In: absolute addresses of the site.  Out: pages as the site sent them, whole.
Polite and patient: robots.txt, pace, retries, back-off.  Nothing is parsed here, and
what a failure means for the rest of a poll is the poll's to say.

A page is known to be unchanged by the site's validators, else by its bytes' hash: dates in
a page are no evidence, and a page with moving parts (advertisements, tokens) just counts as
changed.
"""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from feedsvc.config import HttpConfig
from feedsvc.errors import (
    Blocked,
    EndlessRedirect,
    FetchError,
    LeftAlone,
    LoginWanted,
    Malformed,
    NotAnImage,
    NotHtml,
    RobotsForbid,
    StatusRefused,
    TooLarge,
    Truncated,
    Unreachable,
)
from feedsvc.fetch import address
from feedsvc.fetch.dates import SiteDates
from feedsvc.fetch.patience import BackOff, Pace, wants_peace
from feedsvc.fetch.robots import SIZE, Robots
from feedsvc.fetch.transport import USER_AGENT, Transport
from feedsvc.fetch.transports import open_transport
from feedsvc.fetch.verdict import Wanted
from feedsvc.fetch.way import Headers, Way
from feedsvc.memory import Memory, Page
from feedsvc.model import FetchedPage
from feedsvc.site import Site

SUSPECTS = 3
"""Pages in a row that fail before the site as a whole is under suspicion."""

# The site itself answered, whatever became of this page.
_ANSWERS = (StatusRefused, LoginWanted, NotHtml, NotAnImage, TooLarge, EndlessRedirect)


@dataclass(frozen=True, slots=True)
class NotModified:
    """The page is as it was when :meth:`Fetcher.dealt_with` was last called for it.

    ``by`` is ``validators`` (the site said so) or ``hash`` (the same bytes came)."""

    url: str
    fetched_at: datetime
    by: str


class Fetcher:
    """The only way to the site.  Safe for several threads; one request at a time.

    ``clock`` gives aware times, with their fractions.  ``sleep`` takes seconds, sleeps
    them all or raises.  ``probe`` lets one request through though the site is to be left
    alone, and asks for a page that is (a poll by hand); while the site counts as down, a
    request is made once, without retries.
    ``monotonic``: see :class:`~feedsvc.fetch.patience.Pace`.

    Raises ``ConfigError`` where curl is configured and pycurl is missing.
    """

    def __init__(
        self,
        site: Site,
        http: HttpConfig,
        memory: Memory,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        transport: Transport | None = None,
        rng: random.Random | None = None,
        probe: bool = True,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._site = site
        self._http = http
        self._memory = memory
        self._clock = clock
        self._by_hand = self._probe = probe
        self._transport = transport or open_transport(http, site, memory, clock)
        self._dates = SiteDates(memory)
        pace = Pace(memory, clock=clock, sleep=sleep, monotonic=monotonic)
        self._way = Way(
            site, http, self._transport, pace, self._dates,
            clock=clock, rng=rng or random.Random(), rules=self._rules,
        )  # fmt: skip
        self._back_off = BackOff(memory)
        self._robots: dict[str, Robots] = {}
        self._answered: str | None = None
        self._as_member = False
        self._lock = threading.RLock()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def requests(self) -> int:
        """Requests made to the site, robots.txt, redirects and retries included."""
        return self._way.requests

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._transport.close()

    def get(
        self,
        url: str,
        *,
        referer: str | None = None,
        ajax: bool = False,
        conditional: bool = False,
        as_member: bool = False,
    ) -> FetchedPage | NotModified:
        """One page of the site.

        ``as_member`` sends ``http.cookie``, the reader's own session, where there is one.
        ``ajax`` asks as a page's script does (``X-Requested-With``) and takes JSON too.
        ``conditional`` gives :class:`NotModified` for a page that is as it was when it
        was last :meth:`dealt_with`.

        Raises the kinds of :class:`~feedsvc.errors.FetchError`; where ``site_down`` is
        set on it, asking for the next page is no use.
        """
        wanted = Wanted.LISTING if ajax else Wanted.PAGE
        with self._lock:
            self._as_member = as_member
            url = address.checked(url, self._site)
            known = self._memory.page.of(url) if conditional else Page(url)
            asked = (
                ("Referer", address.tidy(referer or "")),
                ("X-Requested-With", "XMLHttpRequest" if ajax else ""),
                ("If-None-Match", known.etag),
                ("If-Modified-Since", known.modified),
            )
            page = self._guarded(url, wanted, tuple(one for one in asked if one[1]))
            self._answered = url
            if known.digest and page.status == 304:
                return NotModified(url, page.fetched_at, "validators")
            if known.digest == hashlib.sha256(page.body).hexdigest():
                return NotModified(url, page.fetched_at, "hash")
            return page

    def image(self, url: str, *, referer: str) -> FetchedPage:
        """One image of an article, whose address is the ``referer``, of a kind that
        :mod:`feedsvc.picture` knows.

        It may stand on a host below the site's own.  What fails there says nothing of
        the site, so ``site_down`` is never set then.  Raises as :meth:`get` does, and
        ``NotAnImage``.
        """
        extra = (("Referer", address.tidy(referer)),)
        with self._lock:
            self._as_member = False
            url = address.checked(url, self._site, image=True)
            if self._site.owns(url):
                return self._guarded(url, Wanted.IMAGE, extra)
            self._not_left_alone(url)
            try:
                return self._permitted(url, Wanted.IMAGE, extra)
            except FetchError as error:
                error.site_down = False
                raise

    def dealt_with(self, page: FetchedPage) -> None:
        """What the page said is safely kept: from now on the same page is "not modified".

        Never called by the fetcher itself, so that a crash after fetching loses nothing.
        """
        with self._lock:
            self._memory.page.set(
                page.url,
                etag=page.header("etag") or "",
                modified=page.header("last-modified") or "",
                digest=hashlib.sha256(page.body).hexdigest(),
            )

    def robots(self) -> str | None:
        """The text of robots.txt as it is followed, read if need be; ``""`` where the
        site has none, ``None`` where ``http.robots`` is off.  Raises ``FetchError``."""
        with self._lock:
            rules = self._rules(self._site.base_url)
            return rules.text() if rules else None

    @property
    def robots_trouble(self) -> FetchError | None:
        """What came in place of robots.txt, where no sense could be made of it."""
        with self._lock:
            rules = self._rules(self._site.base_url)
            return rules.trouble if rules else None

    def clock_ahead(self) -> timedelta | None:
        """How far this machine's clock is ahead of the site's, by the answers so far;
        ``None`` where too little is known."""
        with self._lock:
            return self._dates.ahead()

    @property
    def by_curl(self) -> bool:
        """Whether curl's client asks, by choice or because the site took no other."""
        return self._way.by_curl

    def _guarded(self, url: str, wanted: Wanted, extra: Headers) -> FetchedPage:
        """Ask unless the site is left alone, and learn from the outcome how it fares."""
        self._not_left_alone(url)
        self._probe = False
        try:
            page = self._permitted(url, wanted, extra)
        except FetchError as error:
            self._failed(url, error)
            raise
        self._back_off.cleared()
        self._back_off.page_answered(url)
        return page

    def _not_left_alone(self, url: str) -> None:
        now = self._clock()
        site_until = None if self._probe else self._back_off.until(now)
        until = site_until or (None if self._by_hand else self._back_off.page_until(url, now))
        if until is not None:
            why = (
                f"the site failed ({self._back_off.why})"
                if site_until
                else "the page asked for patience"
            )
            error = LeftAlone(
                f"not asked: {why}",
                about=url,
                advice=f"it is asked again after {until.astimezone(self._site.tz):%H:%M:%S %Z}",
            )
            error.site_down = site_until is not None
            raise error

    def _failed(self, url: str, error: FetchError) -> None:
        """Judge whether a failure is the page's or the site's; set ``site_down`` on it."""
        if isinstance(error, StatusRefused) and wants_peace(error):
            # The page may want it for itself, so that the others go on: another page answers.
            # With 429 the site asks for less, and not for one request more: the first time it
            # has its peace, and the page is under suspicion from then on.
            suspected = url in self._back_off.pages or self._back_off.failures > 0
            self._back_off.page_rests(url, self._clock(), error.retry_after or 0.0)
            pages_own = (suspected or error.status != 429) and self._still_answers(url)
            error.site_down = not pages_own
            if pages_own:
                return
        elif _led_away(url, error):
            error.site_down = False  # the site answered: it is the way that leads nowhere
        if not error.site_down:
            if not _suspicious(error):
                if isinstance(error, _ANSWERS):
                    self._back_off.cleared()
                return
            self._back_off.suspected()
            doubtful = self._back_off.failures > 0 or self._back_off.suspects >= SUSPECTS
            error.site_down = doubtful and not self._still_answers(url)
        if error.site_down:
            said = error.__cause__ if isinstance(error, RobotsForbid) else error
            asked = said.retry_after if isinstance(said, StatusRefused) else None
            self._back_off.failed(self._clock(), error.message, asked)

    def _still_answers(self, failed: str) -> bool:
        """Ask once for a page that was there before, or the page of all articles: broken
        pages in a row, which a page of the site may well be, must not keep the good ones
        from being read, nor one broken section the others once the site was down."""
        others = (self._answered, self._site.section_url(None), f"{self._site.base_url}/")
        other = next(one for one in others if one and one != failed)
        try:
            self._permitted(other, Wanted.PAGE, (), tries=1)
        except FetchError:
            return False
        self._back_off.cleared()
        return True

    def _permitted(
        self, url: str, wanted: Wanted, extra: Headers, *, tries: int | None = None
    ) -> FetchedPage:
        return self._way.page(
            url, wanted, extra, tries=tries or self._tries(), as_member=self._as_member
        )

    def _tries(self) -> int:
        return 1 if self._back_off.failures else 1 + self._http.retries

    def _rules(self, url: str) -> Robots | None:
        """The robots.txt that speaks for an address, the site's own or that of a host of
        images; ``None`` where none is obeyed."""
        if not self._http.robots:
            return None
        parts = urlsplit(url)
        other = f"{parts.scheme}://{parts.netloc}".lower()
        file = f"{self._site.base_url if self._site.owns(url) else other}/robots.txt"
        if file not in self._robots:
            self._robots[file] = Robots(
                self._memory,
                file,
                read=lambda: self._way.page(file, None, (), tries=self._tries(), size=SIZE),
                clock=self._clock,
                user_agent=self._http.user_agent or USER_AGENT,
            )
        return self._robots[file]


def is_site_wide(error: BaseException) -> bool:
    """Whether an error says that the rest of the site need not be tried now."""
    return isinstance(error, FetchError) and error.site_down


def _led_away(url: str, error: FetchError) -> bool:
    """Whether a redirect led from an address to where the failure was."""
    failed = (error.about or "").split("/", 3)[:3]
    return len(failed) == 3 and failed[1] == "" and failed != url.split("/", 3)[:3]


def _suspicious(error: FetchError) -> bool:
    """Whether a failure may be the whole site's: several in a row then are."""
    if isinstance(error, StatusRefused):
        return error.status == 403 or error.status >= 500
    return isinstance(error, (Unreachable, Truncated, Malformed, Blocked))
