"""What a feed is besides its entries: name, title, addresses, how often it is polled.

In: the configuration.  Out: one :class:`Channel` a feed.  Nothing in it depends on
a request, a clock or the archive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from feedsvc.config import Config, FeedsConfig, SectionConfig
from feedsvc.site import KST, Site

EPOCH = datetime(2018, 1, 1, tzinfo=KST)
"""When a feed without entries was last updated: the year in the ids."""

LANGUAGE = "ko"

ICON = "icon.png"
LOGO = "logo.png"
"""The pictures that stand for a feed in a reader: a square, and one twice as wide as high
(RFC 4287, 4.2.5 and 4.2.8), no higher than RSS allows (144 pixels).  Drawn for feedsvc;
the site's own are the site's."""

SIDE = 144
"""Pixels of the square's side."""

MEDIA_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}

_DEFAULT_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Channel:
    """``link`` is the page on the site, ``base_url`` where the feeds are served
    (ending in a slash), ``every`` the interval at which the ``site`` is polled.  Of a search
    ``query`` is what stands behind the ``?`` of its address, in a fixed order."""

    name: str
    title: str
    description: str
    link: str
    base_url: str
    every: timedelta
    site: Site
    hub: str | None = None
    query: str | None = None

    @property
    def id(self) -> str:
        """The feed's Atom id (RFC 4151): no host or port that could change is in it."""
        return self.site.tag(
            f"feeds/{self.name}" if self.query is None else f"{self.name}/{self.query}"
        )

    @property
    def note(self) -> str:
        """For a person who opened a feed's file: where the page for people is."""
        return (
            "피드 리더에 이 주소를 붙여 넣으세요. 사람이 읽는 페이지는 "
            f"{self.base_url} 입니다. This is a feed, for feed readers; the page to read "
            f"is {self.base_url}"
        )

    def address(self, suffix: str) -> str:
        """Where the feed is served, whatever the request was."""
        asked = f"?{self.query}" if self.query else ""
        return f"{self.base_url}{quote(self.name)}.{suffix}{asked}"

    def page_address(self, page: str) -> str:
        """Where an archived page, such as ``2026-03-2``, is served."""
        return f"{self.base_url}archive/{quote(self.name)}/{page}.atom"

    @property
    def ttl(self) -> int:
        """Minutes between two polls, at least one."""
        return max(1, round(self.every.total_seconds() / 60))

    @property
    def period(self) -> tuple[str, int]:
        """``sy:updatePeriod`` and ``sy:updateFrequency``."""
        seconds = max(60.0, self.every.total_seconds())
        for name, length in (("hourly", 3600), ("daily", 86400), ("weekly", 604800)):
            if seconds <= length:
                return name, max(1, round(length / seconds))
        return "monthly", 1


def channel_of(
    name: str,
    title: str,
    description: str,
    feeds: FeedsConfig,
    sections: Sequence[SectionConfig],
    site: Site,
    link: str | None = None,
) -> Channel:
    """A feed over these sections; it changes as often as the one polled most.  Without a
    ``link`` of its own its page on the site is the list of everything."""
    return Channel(
        name=name,
        title=title,
        description=description,
        link=link or site.section_url(None),
        base_url=feeds.base_url.rstrip("/") + "/",
        every=min(
            (one.every if isinstance(one.every, timedelta) else _DEFAULT_EVERY for one in sections),
            default=_DEFAULT_EVERY,
        ),
        site=site,
        hub=feeds.hub,
    )


def title_of(feed: str, config: Config) -> str:
    """The title of the feed of this name, in short."""
    named = {
        **{one.name: one.title for one in config.sections},
        **{one.name: one.title for one in config.feeds.custom},
        **{one.name: one.title for one in config.feeds.digests},
        "released": f"{config.feeds.title} - 무료 전환",
        "revised": f"{config.feeds.title} - 수정된 기사",
        "status": f"{config.feeds.title} - feedsvc 상태",
    }
    return named.get(feed, config.feeds.title)
