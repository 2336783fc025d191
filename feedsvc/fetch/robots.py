"""Whether robots.txt lets an address be read, and how slowly (RFC 9309).

One file speaks for the site: the one of ``base_url``'s host, for its aliases too.  A
host of images below it has its own.  A file is read at first need and once a day,
and remembered over restarts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from protego import Protego

from feedsvc.errors import (
    Blocked,
    EndlessRedirect,
    FetchError,
    LoginWanted,
    NotHtml,
    RobotsForbid,
    StatusRefused,
    Unreachable,
)
from feedsvc.fetch.memory import Memory, as_time, keep, recall

KEY = "fetch.robots"
"""Where a site's own file is remembered; another host's has the host behind it."""

PRODUCT = "feedsvc"
DAY = timedelta(days=1)
ANOTHER_TRY = timedelta(hours=1)
"""With an old copy in hand, an unreachable robots.txt is asked for again this often."""

SIZE = 512_000
"""Bytes read: RFC 9309, 2.5, asks for 500 KiB at least."""

LONGEST_DELAY = timedelta(seconds=60)
"""A crawl-delay is honoured up to here: at more, a day's articles and section pages
could not be read in a day, and a site that does not want us has ``Disallow``."""


class Robots:
    """``read`` fetches the file's text, redirects followed, raising the fetch errors."""

    def __init__(
        self,
        memory: Memory,
        url: str,
        *,
        read: Callable[[], str],
        clock: Callable[[], datetime],
        key: str = KEY,
    ) -> None:
        self._key = key
        self._memory = memory
        self._url = url
        self._read = read
        self._clock = clock
        kept = recall(memory, key)
        # A copy of another site's file says nothing: base_url may have been changed.
        kept = kept if kept.get("url") == url else {}
        self._at = as_time(kept.get("at"))
        self._tried = as_time(kept.get("tried"))
        text = kept.get("text")
        self._text = text if isinstance(text, str) and self._at else None
        self._rules = Protego.parse(self._text) if self._text is not None else None

    def delay(self) -> timedelta:
        """The crawl-delay asked of us, as far as robots.txt is known."""
        asked = self._rules.crawl_delay(PRODUCT) if self._rules else None
        return min(LONGEST_DELAY, timedelta(seconds=min(asked or 0.0, 86_400.0)))

    def text(self) -> str:
        """robots.txt as it is followed, ``""`` where the site has none.

        Raises ``FetchError`` where nobody can say.
        """
        self._refresh()
        return self._text or ""

    def check(self, url: str) -> None:
        """Raise ``RobotsForbid`` where the address may not be read, or where nobody can
        say because robots.txt does not answer (then ``site_down`` is set)."""
        self._refresh()
        if self._rules is not None and not self._rules.can_fetch(url, PRODUCT):
            raise RobotsForbid(
                "robots.txt forbids this address to feedsvc",
                about=url,
                advice="ask the site's owner; http.robots: false is yours to answer for",
            )

    def _refresh(self) -> None:
        now = self._clock()
        if self._at is not None and self._at <= now < self._at + DAY:
            return
        if (
            self._text is not None
            and self._tried is not None
            and self._tried <= now < self._tried + ANOTHER_TRY
        ):
            return
        self._tried = now
        try:
            text = self._read()
        except FetchError as error:
            settled = _settled(error)
            if settled is None:
                # RFC 9309, 2.4: a file that cannot be reached now may be followed as it was.
                if self._text is None or error.site_down:
                    forbidding = _forbidding(error, self._url)
                    raise forbidding from (None if forbidding is error else error)
                self._keep()
                return
            text = settled
        self._text, self._at = text, now
        self._rules = Protego.parse(text)
        self._keep()

    def _keep(self) -> None:
        keep(
            self._memory,
            self._key,
            url=self._url,
            at=self._at.isoformat() if self._at else None,
            tried=self._tried.isoformat() if self._tried else None,
            text=self._text,
        )


def _settled(error: FetchError) -> str | None:
    """The rules that a failure stands for: none (``""``) where there is no such file,
    ``None`` where one has to wait."""
    # RFC 9309, 2.3.1.2 and 2.3.1.3.  429 asks for patience and settles nothing.
    if isinstance(error, StatusRefused) and 400 <= error.status < 500 and error.status != 429:
        return ""
    if isinstance(error, (EndlessRedirect, LoginWanted, NotHtml)):
        return ""
    return None


def _forbidding(error: FetchError, url: str) -> FetchError:
    """What to raise where nobody can say what is allowed; ``site_down`` is set on it."""
    # The network's failures and a firewall say more by their own names.
    if not isinstance(error, (Unreachable, Blocked)):
        error = RobotsForbid(
            f"robots.txt cannot be read ({error.message}), so no page may be (RFC 9309)",
            about=url,
            advice="feedsvc waits and asks again",
        )
    error.site_down = True
    return error
