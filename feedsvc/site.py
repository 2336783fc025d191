"""What is true of Dealsite and is not HTML: hosts, forms of address, ids, codes.

Source: the site page, "URLs" and "The site".  Selectors live in ``parse/``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo
from urllib.parse import urlsplit

KST = timezone(timedelta(hours=9), "KST")
"""Korea Standard Time; the country keeps no daylight saving time."""

COPYRIGHT = "ⓒ새로운 눈으로 시장을 바라봅니다. 딜사이트 무단전재 배포금지"

_ARTICLE_PATH = re.compile(r"^/+articles/(\d{1,12})(?:/(\d{6}))?/*$")
_GUID = "tag:dealsite.co.kr,2018:articles/{}"


def guid(article_id: int) -> str:
    """The id of an article in every feed, for good (RFC 4151): it depends on
    nothing that a move to another host or section could change."""
    return _GUID.format(article_id)


@dataclass(frozen=True, slots=True)
class Site:
    """The polled site: its address, the hosts that mean the same, its time zone.

    ``base_url`` has no trailing slash; ``hosts`` holds lower-case names with the
    port where it is not the scheme's own, ``base_url``'s among them.
    """

    base_url: str
    hosts: frozenset[str]
    tz: tzinfo = KST

    @classmethod
    def at(cls, base_url: str, aliases: tuple[str, ...] = (), tz: tzinfo = KST) -> Site:
        base = base_url.rstrip("/")
        own = urlsplit(base).netloc.lower()
        return cls(base, frozenset({own, *(alias.lower() for alias in aliases)}), tz)

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

    def owns(self, url: str) -> bool:
        """Whether an absolute address is http(s) on one of the site's hosts."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return False
        host = parts.hostname.lower()
        if port is not None and port != {"http": 80, "https": 443}[parts.scheme]:
            host = f"{host}:{port}"
        return host in self.hosts

    def owns_image(self, url: str) -> bool:
        """Whether an absolute address is http(s) on one of the site's hosts or a host
        below one of them (``img.dealsite.co.kr``), where sites keep their images."""
        if self.owns(url):
            return True
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if parts.scheme not in ("http", "https"):
            return False
        usual = port in (None, {"http": 80, "https": 443}[parts.scheme])
        for own in self.hosts:
            name, _, own_port = own.partition(":")
            if not (usual if not own_port else str(port) == own_port):
                continue
            # An address in numbers has nothing below it.
            if not name.replace(".", "").isdigit() and host.endswith(
                f".{name.removeprefix('www.')}"
            ):
                return True
        return False

    def article_id(self, url: str) -> int | None:
        """The id in an absolute or root-relative article address of this site,
        else ``None``: the sister sites number their articles on their own."""
        match = self._article(url)
        return int(match[1]) if match else None

    def section_code(self, url: str) -> str | None:
        """The section code that ends an article address, or ``None``."""
        match = self._article(url)
        return match[2] if match else None

    def _article(self, url: str) -> re.Match[str] | None:
        if "/articles/" not in url:
            return None
        # Nearly every address is a path of ours, or that behind our own name.
        path = url.removeprefix(self.base_url)
        if path.startswith("/") and not path.startswith("//"):
            match = _ARTICLE_PATH.match(path)
            if match:
                return match
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if (parts.scheme or parts.netloc) and not self.owns(
            url if parts.scheme else f"https:{url}"
        ):
            return None
        return _ARTICLE_PATH.match(parts.path)
