"""The pictures that stand for a feed in a reader: a square, and one twice as wide as high
(RFC 4287, 4.2.5 and 4.2.8), no higher than RSS allows (144 pixels).  Drawn for feedsvc;
the site's own are the site's."""

from __future__ import annotations

from importlib import resources

ICON = "icon.png"
LOGO = "logo.png"
SIDE = 144
"""Pixels of the square's side."""


def picture(name: str) -> bytes:
    """The file of this name, as it is published."""
    return resources.files(__name__).joinpath(name).read_bytes()
