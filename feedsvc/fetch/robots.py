"""Whether robots.txt lets an address be read, and how slowly (RFC 9309).

One file speaks for the site: the one of ``base_url``'s host, for its aliases too.  A
host of images below it has its own.  A file is read at first need and once a day,
and remembered over restarts.  While it cannot be reached no page is read, with an old
copy in hand for a day at most.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from protego import Protego

from feedsvc.errors import (
    Blocked,
    EndlessRedirect,
    FetchError,
    LoginWanted,
    Malformed,
    NotHtml,
    OffSite,
    RobotsForbid,
    StatusRefused,
    Unreachable,
)
from feedsvc.memory import Memory
from feedsvc.model import FetchedPage

PRODUCT = "feedsvc"
DAY = timedelta(days=1)
WAIT_WITH_COPY = timedelta(days=1)
"""So long an unreachable robots.txt stops all reading (RFC 9309, 2.3.1.4) though there is
a copy; then the copy is followed (2.4).  A site that is well but for this one file would
otherwise be lost for good."""

ANOTHER_TRY = timedelta(hours=1)
"""While the old copy is followed, or what came was no answer, robots.txt is asked for
again this often."""

SIZE = 512_000
"""Bytes read: RFC 9309, 2.5, asks for 500 KiB at least."""

LONGEST_DELAY = timedelta(seconds=60)
"""A crawl-delay is honoured up to here: at more, a day's articles and section pages
could not be read in a day, and a site that does not want us has ``Disallow``."""


class Robots:
    """``read`` fetches the file, redirects followed, raising the fetch errors.
    What it says to feedsvc is obeyed, and what it says to the product that a
    ``user_agent`` of one's own begins with: that is the name which the site sees."""

    def __init__(
        self,
        memory: Memory,
        url: str,
        *,
        read: Callable[[], FetchedPage],
        clock: Callable[[], datetime],
        user_agent: str = PRODUCT,
    ) -> None:
        self.trouble: FetchError | None = None
        """The answer that could not be made sense of, where the last one could not.  The
        site did answer, so it is not out of reach; what its file said before still counts,
        and where nothing is known of it nothing is forbidden."""

        named = _TOKEN.match(user_agent)
        self._names = tuple({PRODUCT, named[0].lower()} if named else {PRODUCT})
        self._memory = memory
        self._url = url
        self._read = read
        self._clock = clock
        self._known = memory.page.of(url)
        self._rules = Protego.parse(self._known.text) if self._known.read_at else None

    def delay(self) -> timedelta:
        """The crawl-delay asked of us, as far as robots.txt is known."""
        rules = self._rules
        asked = max((rules.crawl_delay(name) or 0.0 for name in self._names) if rules else (0.0,))
        return min(LONGEST_DELAY, timedelta(seconds=min(asked, 86_400.0)))

    def text(self) -> str:
        """robots.txt as it is followed, ``""`` where the site has none.

        Raises ``FetchError`` where nobody can say.
        """
        self._refresh()
        return self._known.text

    def check(self, url: str) -> None:
        """Raise ``RobotsForbid`` where the address may not be read, or where nobody can
        say because robots.txt does not answer (then ``site_down`` is set)."""
        self._refresh()
        rules = self._rules
        if rules is not None and not all(rules.can_fetch(url, name) for name in self._names):
            raise RobotsForbid(
                "robots.txt forbids this address to feedsvc",
                about=url,
                advice="ask the site's owner; http.robots: false is yours to answer for",
            )

    def _refresh(self) -> None:
        now, known = self._clock(), self._known
        just_tried = known.tried_at and known.tried_at <= now < known.tried_at + ANOTHER_TRY
        if just_tried and (self.trouble or self._copy_counts(now)):
            return
        if known.read_at is not None and known.read_at <= now < known.read_at + DAY:
            return
        self._known, self.trouble = replace(known, tried_at=now), None
        try:
            text = self._read().body.decode("utf-8-sig", "replace")
        except FetchError as error:
            # The site did answer, with what says neither that there are rules nor that it is in
            # trouble: no HTTP, a part of the file, a redirect to nowhere, a 304 without a copy.
            odd_status = isinstance(error, StatusRefused) and error.status < 400
            if odd_status or isinstance(error, Malformed):
                self.trouble = error
                return
            settled = _settled(error, known.text)
            if settled is None:
                self._keep(unreachable_since=min(known.unreachable_since or now, now))
                if error.site_down or not self._copy_counts(now):
                    forbidding = _forbidding(error, self._url)
                    raise forbidding from (None if forbidding is error else error)
                return
            text = settled
        self._rules = Protego.parse(text)
        self._keep(text=text, read_at=now, unreachable_since=None)

    def _copy_counts(self, now: datetime) -> bool:
        """Whether the old copy is followed, robots.txt being out of reach for so long."""
        since = self._known.unreachable_since
        return self._rules is not None and since is not None and now - since >= WAIT_WITH_COPY

    def _keep(self, **values: Any) -> None:
        self._known = replace(self._known, **values)
        self._memory.page.set(self._url, tried_at=self._known.tried_at, **values)


_TOKEN = re.compile(r"[A-Za-z_-]+")
"""A product token as RFC 9309, 2.2.1, has it."""


def _settled(error: FetchError, copy: str | None) -> str | None:
    """The rules that a failure stands for: none (``""``) where there is no such file,
    ``None`` where one has to wait."""
    # A firewall that refuses this file with a 4xx has not taken back what it said before.
    if isinstance(error, Blocked) and 400 <= error.status < 500:
        return copy or ""
    # RFC 9309, 2.3.1.2 and 2.3.1.3.  429 asks for patience and settles nothing.
    status = error.status if isinstance(error, StatusRefused) else 0
    no_file = 400 <= status < 500 and status != 429
    return "" if no_file or isinstance(error, (EndlessRedirect, LoginWanted, NotHtml)) else None


def _forbidding(error: FetchError, url: str) -> FetchError:
    """What to raise where nobody can say what is allowed; ``site_down`` is set on it."""
    # The network's failures and a firewall say more by their own names.
    if not isinstance(error, (Unreachable, Blocked)):
        advice = "feedsvc waits and asks again"
        if isinstance(error, OffSite):
            advice = f"{advice}; {error.advice}"
        error = RobotsForbid(
            f"robots.txt cannot be read ({error.message}), so no page may be (RFC 9309)",
            about=url,
            advice=advice,
        )
    error.site_down = True
    return error
