"""The ``status`` feed: what the person who runs feedsvc should know.

In: notices.  Out: entries, newest first.  What a trouble is, and when it begins and
ends, is the poll's to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import escape

from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.feeds import pieces
from feedsvc.feeds.channel import Channel, channel_of
from feedsvc.feeds.documents import of_entries, put
from feedsvc.feeds.published_before import bytes_of
from feedsvc.feeds.replace import Published, Round
from feedsvc.health import title
from feedsvc.model import Access, Entry, Status
from feedsvc.site import Site

# The update times of entries in any format: RSS has them as atom:updated.
_UPDATED = re.compile(rb'(?:updated>|"date_modified": ")(\d{4}-\d\d-\d\dT[0-9:]{8}\+09:00)[<"]')


@dataclass(frozen=True, slots=True)
class Notice:
    """A trouble that began, or ended (``ended``), at a time: ``kind`` is the key of its
    reason in the verdict, ``text`` one line."""

    kind: str
    at: datetime
    ended: bool
    text: str


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


def publish_status(
    notices: tuple[Notice, ...],
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> Published:
    """Publish the ``status`` feed: apart from the others, because it changes when
    they must not, after a poll that failed."""
    channel = status_channel(feeds, sections, site)
    done = Round(feeds.path)
    try:
        holding = of_entries(_entry(one, channel.base_url, site) for one in reversed(notices))
        for suffix in feeds.formats:
            path = feeds.path / f"{channel.name}.{suffix}"
            put(channel, suffix, path, holding, None, feeds, done, lambda lost: True)
        done.finish()
    finally:
        done.drop()
    return Published(tuple(done.paths), tuple(done.problems), frozenset(done.broken))


def status_channel(feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site) -> Channel:
    return channel_of(
        "status",
        f"{feeds.title} - feedsvc 상태",
        "feedsvc를 돌리는 사람이 알아야 할 일",
        feeds,
        sections,
        site,
    )


def status_stands(feeds: FeedsConfig) -> bool:
    """Whether the ``status`` feed was published in every format."""
    return all((feeds.path / f"status.{suffix}").exists() for suffix in feeds.formats)


def status_changed_at(feeds: FeedsConfig) -> datetime | None:
    """When an entry of the published ``status`` feed last changed."""
    suffix = feeds.formats[0]
    document = bytes_of(feeds.path / f"status.{suffix}")
    times = _UPDATED.findall(pieces.entries_of(document, suffix))
    return max((datetime.fromisoformat(time.decode()) for time in times), default=None)
