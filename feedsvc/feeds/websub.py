"""Which feeds the WebSub hub is told of (W3C WebSub, section 7).

In: the files that were replaced, the topics that still wait, and a way to post to the
hub.  Out: the topics that wait now.  How a request is made, and where what waits is
remembered, is the poll's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from feedsvc.config import FeedsConfig
from feedsvc.errors import FeedsvcError
from feedsvc.feeds.channel import MEDIA_TYPES

Ping = Callable[[str, tuple[tuple[str, str], ...]], object]
"""Posts a form (names and values) to an address; raises ``FeedsvcError`` or ``OSError``
where the answer is not 2xx or none comes within seconds."""


def topics(paths: Iterable[Path], feeds: FeedsConfig) -> tuple[str, ...]:
    """The addresses of the feeds among the files replaced: the ``self`` links of those
    documents.  Archived pages name no hub, for nobody subscribes to them."""
    base = feeds.base_url.rstrip("/") + "/"
    return tuple(
        base + path.name
        for path in paths
        if path.parent == feeds.path and path.suffix.lstrip(".") in MEDIA_TYPES
    )


def tell_hub(paths: Iterable[Path], feeds: FeedsConfig, waiting: str, ping: Ping) -> str:
    """Tell the hub which feeds changed; gives what could not be told, to be handed in as
    ``waiting`` the next time (one topic a line).

    Nothing is raised.  The first failure ends the round: a hub that is down would take
    a time-out for each topic.  Without a hub nothing waits.
    """
    if feeds.hub is None:
        return ""
    left = list(dict.fromkeys((*waiting.split(), *topics(paths, feeds))))
    while left:
        try:
            ping(feeds.hub, (("hub.mode", "publish"), ("hub.url", left[0]), ("hub.topic", left[0])))
        except (FeedsvcError, OSError):
            break
        left.pop(0)
    return "\n".join(left)
