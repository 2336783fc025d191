"""What browsers and crawlers ask every site for.

In: a name.  Out: a :class:`~feedsvc.serve.answer.Document`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from feedsvc.serve.answer import Document, document

ALWAYS = ("favicon.ico", "robots.txt")

ROBOTS = b"# The articles belong to Dealsite: nobody may index them.\nUser-agent: *\nDisallow: /\n"


@cache
def always(name: str, cache_control: str) -> Document:
    """The document of one of ``ALWAYS``."""
    if name == "robots.txt":
        return document(ROBOTS, "text/plain; charset=utf-8", cache_control=cache_control)
    # The feeds' picture in the container that browsers ask for.
    icon = resources.files("feedsvc.serve").joinpath("favicon.ico").read_bytes()
    return document(icon, "image/x-icon", cache_control=cache_control)
