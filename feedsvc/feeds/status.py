"""The ``status`` feed: what the person who runs feedsvc should know.

In: notices.  Out: entries, newest first.  What a trouble is, and when it begins and
ends, is the cycle's to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape

from feedsvc.feeds.contents import Contents
from feedsvc.model import Access, Entry, Status
from feedsvc.site import Site

TITLES = {
    "blocked": "사이트가 접속을 막고 있습니다",
    "robots": "robots.txt가 접근을 허용하지 않습니다",
    "layout": "사이트의 화면 구조가 바뀌었습니다",
    "articles": "새 기사를 읽지 못하고 있습니다",
    "disk": "디스크 공간이 거의 찼습니다",
}
_SECTION = "section-"


@dataclass(frozen=True, slots=True)
class Notice:
    """A trouble that began, or ended (``ended``), at a time; ``text`` is one line."""

    kind: str
    at: datetime
    ended: bool
    text: str


def contents(notices: tuple[Notice, ...], link: str, site: Site) -> Contents:
    """The entries of the status feed; ``link`` is the page that each one names."""
    return Contents.of(_entry(one, link, site) for one in reversed(notices))


def _entry(notice: Notice, link: str, site: Site) -> Entry:
    if notice.kind.startswith(_SECTION):
        title = f"섹션 {notice.kind.removeprefix(_SECTION)}: 오래 읽지 못하고 있습니다"
    else:
        title = TITLES.get(notice.kind, notice.kind)
    what = "해결됨" if notice.ended else "문제"
    state = "ended" if notice.ended else "began"
    return Entry(
        id=site.tag(f"status/{notice.kind}/{notice.at:%Y%m%dT%H%M%S}/{state}"),
        link=link,
        title=f"[{what}] {title}",
        authors=("feedsvc",),
        published=notice.at,
        updated=notice.at,
        summary=notice.text,
        content=f"<p>{escape(notice.text, quote=False)}</p>",
        categories=(),
        access=Access(Status.OPEN),
    )
