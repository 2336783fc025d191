"""What is true of Dealsite and its sisters and is not HTML: names, hosts, forms of address,
ids, codes.

Source: the site page, "The site" and "URLs".  Selectors live in ``parse/``.  The sites run
on one system, each with ids of its own.  What is known of the single ones is not needed to
poll them: one that is not known has no names, and is otherwise read like the others.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo
from urllib.parse import quote_plus, urlsplit

from feedsvc import weburl


@dataclass(frozen=True, slots=True)
class Sister:
    """``aliases`` are hosts that mean the same site; ``sections`` names by code."""

    host: str
    name: str
    aliases: tuple[str, ...] = ()
    sections: Mapping[str, str] = field(default_factory=dict)


DEALSITE = Sister(
    "dealsite.co.kr",
    "딜사이트",
    ("www.dealsite.co.kr", "paxnetnews.com", "www.paxnetnews.com"),
    {
        "068000": "산업",
        "083000": "금융",
        "089000": "증권",
        "080000": "인수합병",
        "075000": "대체투자·PEF·VC",
    },
)
PLUS = Sister(
    "dealsiteplus.co.kr",
    "딜사이트 플러스",
    ("www.dealsiteplus.co.kr",),
    {
        "002062": "M&A",
        "002063": "ECM",
        "002064": "IPO",
        "002065": "PF",
        "002066": "Debt",
        "016068": "IB",
        "016069": "PEF/VC",
        "025073": "건설·부동산",
        "025074": "제약·바이오",
    },
)
TV = Sister("news.dealsitetv.com", "딜사이트TV")

SISTERS: Mapping[str, Sister] = {one.host: one for one in (DEALSITE, PLUS, TV)}
"""By authority, which is the host."""


def sister_of(host: str) -> Sister | None:
    """The site that a host means, if one is known to."""
    return next((one for one in SISTERS.values() if host in (one.host, *one.aliases)), None)


KST = timezone(timedelta(hours=9), "KST")
"""Korea Standard Time; the country keeps no daylight saving time."""

COPYRIGHT = "ⓒ새로운 눈으로 시장을 바라봅니다. 딜사이트 무단전재 배포금지"

_ARTICLE_PATH = re.compile(r"/+articles/(?:print/+)?([0-9]{1,12})(?:/([0-9]{6})|/[0-9]{2})?/*")
"""A section has a code of six digits; long ago it had two."""

_PORTS = {"http": 80, "https": 443}
_FLASH_PATH = re.compile(r"/+newsflash/([0-9]{1,12})/*")


def guid(article_id: int, authority: str = DEALSITE.host) -> str:
    """The id of an article in every feed, for good (RFC 4151): it depends on
    nothing that a move to another host or section could change."""
    return f"tag:{authority},2018:articles/{article_id}"


def authority_of(base_url: str) -> str:
    """Whose the ids are where the configuration does not say: dealsite.co.kr's for its
    hosts and for a stand-in on this machine, else those of ``base_url``'s host."""
    host = (urlsplit(base_url).hostname or "").lower().rstrip(".")
    if host in (DEALSITE.host, *DEALSITE.aliases) or is_loopback(host):
        return DEALSITE.host
    return re.sub(r"[^a-z0-9.-]", "-", host)  # an address in numbers may hold colons


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, reached from it alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


@dataclass(frozen=True, slots=True)
class Site:
    """The polled site: its address, the hosts that mean the same, its time zone.

    ``base_url`` has no trailing slash; ``hosts`` holds lower-case names with the
    port where it is not the scheme's own, ``base_url``'s among them; ``image_hosts``
    those of other hosts that keep its images.  ``authority`` stands in every id.
    """

    base_url: str
    hosts: frozenset[str]
    tz: tzinfo = KST
    authority: str = DEALSITE.host
    image_hosts: frozenset[str] = frozenset()

    @classmethod
    def at(
        cls,
        base_url: str,
        aliases: tuple[str, ...] = (),
        tz: tzinfo = KST,
        *,
        authority: str | None = None,
        image_hosts: tuple[str, ...] = (),
    ) -> Site:
        """The site at an address; a host known to mean another site is no alias of it."""
        base = base_url.rstrip("/")
        own = urlsplit(base).netloc.lower()
        ids = authority or authority_of(base)
        this = sister_of(own) or SISTERS.get(ids)
        also = (
            alias.lower()
            for alias in aliases
            if this is None or sister_of(alias.lower()) in (None, this)
        )
        images = frozenset(host.lower() for host in image_hosts)
        return cls(base, frozenset({own, *also}), tz, ids, images)

    def tag(self, path: str) -> str:
        """An id of this site's: of a feed, an article, whatever ``path`` names."""
        return f"tag:{self.authority},2018:{path}"

    def guid(self, article_id: int) -> str:
        """The id of an article in every feed, for good."""
        return guid(article_id, self.authority)

    @property
    def name(self) -> str:
        """What the site is called."""
        return SISTERS.get(self.authority, DEALSITE).name

    @property
    def section_names(self) -> Mapping[str, str]:
        """The names of its sections by code, as far as they are known."""
        return SISTERS[self.authority].sections if self.authority in SISTERS else {}

    def article_url(self, article_id: int) -> str:
        """The canonical address, without section code."""
        return f"{self.base_url}/articles/{article_id}"

    def section_url(self, code: str | None, page: int = 1) -> str:
        """A section page; ``code`` ``None`` is the page of all articles, ``page`` counts from 1."""
        address = f"{self.base_url}/categories" + (f"/{code}" if code else "")
        return f"{address}?page={page}" if page > 1 else address

    def listing_url(self, code: str | None, page: int = 1) -> str:
        """The same rows as JSON; here too ``page`` counts from 1 (the site's from 0)."""
        return (
            f"{self.base_url}/api/articles/categoryNews?categoryCode={code or ''}"
            f"&page={page - 1}&size=20&pageBlockSize=10"
        )

    def search_url(self, words: str, page: int = 1) -> str:
        """A page of the site's own search in headlines and texts; ``page`` counts from 1."""
        address = f"{self.base_url}/search/?LIKE={quote_plus(words)}&SEARCHFIELD=TITLE_CONTENT"
        return f"{address}&page={page}" if page > 1 else address

    def flashes_url(self, page: int = 1) -> str:
        """A page of the news flashes; ``page`` counts from 1."""
        address = f"{self.base_url}/newsflash/"
        return f"{address}?page={page}" if page > 1 else address

    def flash_url(self, article_id: int) -> str:
        """The page of one news flash, which has a number among the articles'."""
        return f"{self.base_url}/newsflash/{article_id}"

    def owns(self, url: str) -> bool:
        """Whether an absolute address is http(s) on one of the site's hosts."""
        return host_of(url) in self.hosts

    def owns_image(self, url: str) -> bool:
        """Whether an absolute address is http(s) on one of the site's hosts, a host below
        one of them (``img.dealsite.co.kr``), or one of ``image_hosts``."""
        place = _place(url)
        if place is None:
            return False
        if host_of(url) in self.hosts | self.image_hosts:
            return True
        host, port, scheme = place
        own = (one.partition(":") for one in self.hosts)
        return any(
            host.endswith(f".{name.removeprefix('www.')}")
            and (str(port) == own_port if own_port else port in (None, _PORTS[scheme]))
            # An address in numbers has nothing below it.
            and not name.replace(".", "").isdigit()
            for name, _, own_port in own
        )

    def article_id(self, url: str) -> int | None:
        """The id in an article address of this site, relative ones being its own, else
        ``None``: the sister sites number their articles on their own, from 1."""
        match = self._article(url)
        return (int(match[1]) or None) if match else None

    def flash_id(self, url: str) -> int | None:
        """The id in the address of a news flash of this site, else ``None``."""
        full = weburl.absolute(url, f"{self.base_url}/") if "/newsflash/" in url else None
        if full is None or not self.owns(full):
            return None
        match = _FLASH_PATH.fullmatch(urlsplit(full).path)
        return (int(match[1]) or None) if match else None

    def id_of_page(self, url: str) -> int | None:
        """The id in the address of an article's page or a flash's, else ``None``."""
        number = self.article_id(url)
        return self.flash_id(url) if number is None else number

    def canonical(self, url: str, article_id: int) -> str:
        """The address to link of an article that was read at ``url``: that of a flash
        only where it stands nowhere else."""
        flash = self.flash_id(url) is not None
        return self.flash_url(article_id) if flash else self.article_url(article_id)

    def section_code(self, url: str) -> str | None:
        """The section code that ends an article address, or ``None``."""
        match = self._article(url)
        return match[2] if match else None

    def _article(self, url: str) -> re.Match[str] | None:
        # Nearly every address is a path of ours, or that behind our own name.
        path = url.removeprefix(self.base_url)
        if path.startswith("/") and not path.startswith("//"):
            match = _ARTICLE_PATH.fullmatch(path)
            if match:
                return match
        full = weburl.absolute(url, f"{self.base_url}/")
        if full is None or "/articles/" not in full or not self.owns(full):
            return None
        return _ARTICLE_PATH.fullmatch(urlsplit(full).path)


def _place(url: str) -> tuple[str, int | None, str] | None:
    """Host, port and scheme of an http(s) address; ``None`` for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.scheme not in _PORTS:
        return None
    return parts.hostname.lower(), port, parts.scheme


def host_of(url: str) -> str | None:
    """The host of an http(s) address, with its port where that is not the scheme's own;
    ``None`` for any other."""
    place = _place(url)
    if place is None:
        return None
    host, port, scheme = place
    return host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
