"""The addresses on one page, and which of them are articles.

In: a page's metadata and where it came from.  Out: addresses as a browser would follow them.
"""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from feedsvc import weburl
from feedsvc.parse.metadata import Metadata
from feedsvc.site import Site


@dataclass(frozen=True, slots=True)
class Links:
    """A page's addresses, read against its ``base``; articles are those of ``site``."""

    site: Site
    base: str

    @classmethod
    def of(cls, meta: Metadata, url: str, site: Site) -> Links:
        """Those of a page fetched from ``url``; a saved file's are the site's.

        The first ``base`` with an address counts (HTML Standard, 4.2.3), if it is http(s).
        """
        own = url if url.startswith(("https://", "http://")) else f"{site.base_url}/"
        said = weburl.absolute(meta.base, own) if meta.base is not None else None
        return cls(site, said if said and said.startswith("http") else own)

    def address(self, link: LexborNode) -> str | None:
        """Where a link leads."""
        href = link.attrs.get("href")
        return None if href is None else weburl.absolute(href, self.base)

    def article_id(self, link: LexborNode) -> int | None:
        """The article that a link leads to, if it is one of the site's."""
        address = self.address(link)
        return self.site.article_id(address) if address else None

    def section_code(self, link: LexborNode) -> str | None:
        """The section code that ends a link to an article."""
        address = self.address(link)
        return self.site.section_code(address) if address else None
