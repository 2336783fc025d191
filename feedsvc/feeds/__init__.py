"""Feeds: records in, published documents out (contract, section 5).

The public face: :func:`publish` and what it takes and gives.  A round (``publication``): which
feeds there are (``definitions``, ``channel``), in which of them a record stands
(``standings``), entries (``entry``, ``entries``) and how they are written (``pieces``,
``xml``), documents (``documents``, ``archived``), the gate (``check``), the files
(``folder``).  Besides: ``digest``, ``pages`` (list, index, status feed), and what goes
``elsewhere``: copies, bucket (``s3``), hub.
"""

from feedsvc.feeds.channel import MEDIA_TYPES, title_of
from feedsvc.feeds.definitions import Source, file_names, page_rules, selection
from feedsvc.feeds.digest import FirstShown, Window, due_times, first_shown
from feedsvc.feeds.elsewhere import Ping, tell_hub, topics
from feedsvc.feeds.entry import brief
from feedsvc.feeds.folder import Published
from feedsvc.feeds.pages import NAMES, StatusNotice, publish_status, status_stands
from feedsvc.feeds.pieces import FORM
from feedsvc.feeds.publication import publish

__all__ = [
    "FORM",
    "MEDIA_TYPES",
    "NAMES",
    "FirstShown",
    "Ping",
    "Published",
    "Source",
    "StatusNotice",
    "Window",
    "brief",
    "digest",
    "documents",
    "due_times",
    "elsewhere",
    "file_names",
    "first_shown",
    "page_rules",
    "publish",
    "publish_status",
    "s3",
    "selection",
    "status_stands",
    "tell_hub",
    "title_of",
    "topics",
]
