"""Feeds: records in, published documents out (contract, section 5).

The public face: :func:`publish` and what it takes and gives.
"""

from feedsvc.feeds.contents import Source
from feedsvc.feeds.publish import Published, publish, publish_status, status_stands
from feedsvc.feeds.status import Notice
from feedsvc.feeds.websub import Ping, tell_hub

__all__ = [
    "Notice",
    "Ping",
    "Published",
    "Source",
    "publish",
    "publish_status",
    "status_stands",
    "tell_hub",
]
