"""The ``status`` feed: what the person who runs feedsvc should know.

In: notices.  Out: entries, newest first.  What a trouble is, and when it begins and
ends, is the cycle's to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape

from feedsvc.feeds.contents import Contents
from feedsvc.health import title
from feedsvc.model import Access, Entry, Status
from feedsvc.site import Site


@dataclass(frozen=True, slots=True)
class Notice:
    """A trouble that began, or ended (``ended``), at a time: ``kind`` is the key of its
    reason in the verdict, ``text`` one line."""

    kind: str
    at: datetime
    ended: bool
    text: str


def contents(notices: tuple[Notice, ...], link: str, site: Site) -> Contents:
    """The entries of the status feed; ``link`` is the page that each one names."""
    return Contents.of(_entry(one, link, site) for one in reversed(notices))


def _entry(notice: Notice, link: str, site: Site) -> Entry:
    what = "해결됨" if notice.ended else "문제"
    state = "ended" if notice.ended else "began"
    return Entry(
        id=site.tag(f"status/{notice.kind}/{notice.at:%Y%m%dT%H%M%S}/{state}"),
        link=link,
        title=f"[{what}] {title(notice.kind)}",
        authors=("feedsvc",),
        published=notice.at,
        updated=notice.at,
        summary=notice.text,
        content=f"<p>{escape(notice.text, quote=False)}</p>",
        categories=(),
        access=Access(Status.OPEN),
    )
