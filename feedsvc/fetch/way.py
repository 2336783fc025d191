"""The way to one page: its redirects, the cookies set on it, its retries at their pace.

In: an address of the site that may be asked for.  Out: the page at the end of the way.
Not its job: whether the site is to be left alone, and what a failure says of it
(``fetcher``).
"""

import random
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import urlsplit

from feedsvc.config import HttpConfig
from feedsvc.errors import EndlessRedirect, FetchError, OffSite
from feedsvc.fetch import address, patience, verdict
from feedsvc.fetch.dates import SiteDates, http_date, retry_after
from feedsvc.fetch.robots import Robots
from feedsvc.fetch.transport import ACCEPT_ENCODING, USER_AGENT, Answer, Ask, Transport
from feedsvc.fetch.transports import AutoTransport
from feedsvc.model import FetchedPage
from feedsvc.site import Site, host_of

Headers = tuple[tuple[str, str], ...]

REDIRECTS = 5

_SECRET = frozenset({"cookie", "authorization", "set-cookie", "set-cookie2", "proxy-authorization"})
_REDIRECT = frozenset({301, 302, 303, 307, 308})

MOST_COOKIES = 50
LONGEST_COOKIE = 4096
"""Cookies that are kept, and characters of one: as many as browsers take at least."""

_COOKIE_SPACE = " \t"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Way:
    """One thread at a time.  ``rules`` gives the robots.txt that speaks for an address,
    ``None`` where none is obeyed."""

    def __init__(
        self,
        site: Site,
        http: HttpConfig,
        transport: Transport,
        pace: patience.Pace,
        dates: SiteDates,
        *,
        clock: Callable[[], datetime],
        rng: random.Random,
        rules: Callable[[str], Robots | None],
    ) -> None:
        self.requests = 0
        self._site = site
        self._http = http
        self._transport = transport
        self._auto = transport if isinstance(transport, AutoTransport) else None
        self._pace = pace
        self._dates = dates
        self._clock = clock
        self._rng = rng
        self._rules = rules

    @property
    def by_curl(self) -> bool:
        """Whether curl's client asks, by choice or because the site took no other."""
        return self._auto.by_curl if self._auto else self._http.transport == "curl"

    def page(
        self,
        url: str,
        wanted: verdict.Wanted | None,
        extra: Headers,
        *,
        tries: int,
        size: int | None = None,
        as_member: bool = False,
    ) -> FetchedPage:
        """Follow redirects on the site, where robots.txt lets each hop be read; ``wanted``
        ``None`` is robots.txt itself, whatever it says, and ``size`` cuts it there.  Each hop
        has ``tries``.  Raises ``FetchError``."""
        own = self._http.cookie or "" if as_member else ""
        # An address that fell back from https would carry the reader's session in the clear.
        open_site = self._site.base_url.startswith("http:")
        here, cookies = url, Chain()
        seen: set[tuple[str, str]] = set()
        while True:
            rules = self._rules(here) if wanted else None
            if rules is not None:
                rules.check(here)
            may_see = open_site or here.startswith("https:")
            cookie = cookies.sent_to(here, own if may_see else "")
            # The same address with another cookie is no circle: a cookie wall asks for it.
            if (here, cookie) in seen or len(seen) > REDIRECTS:
                raise EndlessRedirect(
                    "redirected in a circle"
                    if (here, cookie) in seen
                    else f"more than {REDIRECTS} redirects",
                    about=url,
                    advice="look at the address in a browser; a script there may be needed",
                )
            seen.add((here, cookie))
            headers = (
                ("User-Agent", self._http.user_agent or USER_AGENT),
                ("Accept", wanted.value if wanted else "text/plain,*/*;q=0.5"),
                ("Accept-Language", "ko"),
                ("Accept-Encoding", ACCEPT_ENCODING),
                *extra,
                *((("Cookie", cookie),) if cookie else ()),
            )
            ask = Ask(here, headers, size or self._http.max_size, bool(size))
            answer = self._hop(ask, wanted, tries)
            location = answer.header("location")
            if answer.status not in _REDIRECT or not location:
                break
            cookies.take(here, answer.headers, self._clock())
            there = address.target(here, location)
            if address.is_login(there):
                raise verdict.login_wanted(url)
            try:
                away = wanted is verdict.Wanted.IMAGE or not self._site.owns(here)
                here = address.checked(there, self._site, image=away)
            except OffSite as error:
                raise OffSite(
                    f"redirected off the site, to {there}", about=url, advice=error.advice
                ) from error
        return FetchedPage(
            url=url,
            final_url=here,
            status=answer.status,
            reason=answer.reason,
            headers=_open(answer.headers),
            body=answer.body,
            # Whole seconds, as records and the pages kept have them.
            fetched_at=self._clock().astimezone(self._site.tz).replace(microsecond=0),
            request_headers=_open(ask.headers),
            seen_as="member" if own else "guest",
        )

    def _hop(self, ask: Ask, wanted: verdict.Wanted | None, tries: int) -> Answer:
        """One answer, tried again where that may help."""
        failures, more = 0, 0.0
        while True:
            try:
                return self._once(ask, wanted, more)
            except FetchError as error:
                if self._auto is not None and self._auto.another_way(error, ask.url):
                    continue
                failures += 1
                if failures >= tries or not patience.worth_another(error):
                    raise
                more = patience.wait(failures, error, self._rng)

    def _once(self, ask: Ask, wanted: verdict.Wanted | None, more: float) -> Answer:
        both = (self._rules(self._site.base_url), self._rules(ask.url))
        delay = max((self._http.delay, *(rules.delay() for rules in both if rules)))
        self._pace.wait(delay, more)
        self.requests += 1
        try:
            answer = self._transport.send(ask)
        finally:
            self._pace.done()
        if self._site.owns(ask.url):
            self._dates.saw(answer, self._clock())
        if answer.status in _REDIRECT and answer.header("location"):
            return answer
        if answer.status == 304 and any(key.startswith("If-") for key, _ in ask.headers):
            return answer
        asked = retry_after(answer.header("retry-after"), self._clock())
        error = verdict.refusal(ask.url, answer, wanted, asked, by_curl=self.by_curl)
        if error is not None:
            raise error
        if self._auto is not None and wanted is not None:
            self._auto.went_well()
        return answer


def _open(headers: Headers) -> Headers:
    return tuple((key, value) for key, value in headers if key.lower() not in _SECRET)


class Chain:
    """The cookies that the site sets on the way to a page, for that way alone (RFC 6265).

    In: each answer of one chain of redirects.  Out: what the next request of the chain sends.
    Kept nowhere: a wall that sends one back to the same address with a cookie is passed anew
    each time.  A cookie goes back to the host that set it and to no other, whatever its
    ``Domain`` says; the reader's own session (``http.cookie``) is not kept here.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str | None, str, str], tuple[str, bool]] = {}
        """By host, path and name: the value, and whether it is for https alone."""

    def take(self, url: str, headers: Iterable[tuple[str, str]], now: datetime) -> None:
        """Take in what the answer of an address sets, or takes back."""
        for key, value in headers:
            if key.lower() == "set-cookie" and len(value) <= LONGEST_COOKIE:
                self._take_one(url, value, now)

    def sent_to(self, url: str, own: str = "") -> str:
        """The value of ``Cookie`` for an address: ``own``, the reader's, then what was set
        on the way under names that it has not; ``""`` for none."""
        parts = urlsplit(url)
        host, path, secure = host_of(url), parts.path or "/", parts.scheme == "https"
        taken = {pair.partition("=")[0].strip() for pair in own.split(";")}
        fitting = [
            (above, f"{name}={value}")
            for (owner, above, name), (value, only_secure) in self._kept.items()
            if owner == host
            and name not in taken
            # RFC 6265, 5.1.4
            and (path == above or path.startswith(f"{above.removesuffix('/')}/"))
            and (secure or not only_secure)
        ]
        fitting.sort(key=lambda one: -len(one[0]))
        return "; ".join([*([own] if own else []), *(pair for _, pair in fitting)])

    def _take_one(self, url: str, line: str, now: datetime) -> None:
        pair, *told = line.split(";")
        name, equals, value = pair.partition("=")
        # A value is bytes, each of them a character here: some are white space to Python.
        name, value = name.strip(_COOKIE_SPACE), value.strip(_COOKIE_SPACE)
        if not (equals and name) or _CONTROL.search(pair):
            return
        asked = [attribute.partition("=") for attribute in told]
        attributes = {key.strip().lower(): text.strip() for key, _, text in asked}
        domain = attributes.get("domain", "").lstrip(".").lower()
        own = (urlsplit(url).hostname or "").lower()
        if domain and own != domain and not own.endswith(f".{domain}"):
            return  # another host's, which this one may not set
        path = attributes.get("path", "")
        if not path.startswith("/"):
            path = urlsplit(url).path.rpartition("/")[0] or "/"
        key = (host_of(url), path, name)
        if _is_over(attributes, now):
            self._kept.pop(key, None)
        elif key in self._kept or len(self._kept) < MOST_COOKIES:
            self._kept[key] = value, "secure" in attributes


def _is_over(attributes: dict[str, str], now: datetime) -> bool:
    age = attributes.get("max-age", "")
    digits = age.removeprefix("-")
    if digits.isascii() and digits.isdigit():
        return age.startswith("-") or not digits.strip("0")
    until = http_date(attributes["expires"]) if attributes.get("expires") else None
    return until is not None and until <= now
