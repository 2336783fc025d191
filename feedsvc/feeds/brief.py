"""An article in a few lines, as a notice tells it.

In: a record as it may be shown, and what happened to it.  Out: the headline as the feeds
have it, its flag before it; the sub-headline, if any; the address.  Pure.
"""

from __future__ import annotations

from feedsvc import text
from feedsvc.config import Config
from feedsvc.feeds.entry import FLAGS
from feedsvc.model import Record

_HAPPENED = {"released": "무료 전환: ", "revised": "수정: "}


def brief(record: Record, event: str) -> str:
    """The lines; ``event`` is ``new``, ``released`` or ``revised``."""
    headline = text.fold(record.title) or record.url
    flag = FLAGS[record.access.status] if record.access.locked else ""
    first = _HAPPENED.get(event, "") + flag + headline
    lines = (first, text.fold(record.subtitle), text.clean(record.url))
    return "\n".join(line for line in lines if line)


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
