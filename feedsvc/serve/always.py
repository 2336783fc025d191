"""What browsers and crawlers ask every site for, and what our pages are made with.

In: a name.  Out: a :class:`~feedsvc.serve.response.Document`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from feedsvc.serve.rendering import static
from feedsvc.serve.response import Document, document

ALWAYS = ("favicon.ico", "robots.txt", "style.css", "script.js")

STATIC = {"style.css": "text/css; charset=utf-8", "script.js": "text/javascript; charset=utf-8"}

ROBOTS = b"# The articles belong to Dealsite: nobody may index them.\nUser-agent: *\nDisallow: /\n"


@cache
def always(name: str, cache_control: str) -> Document:
    """The document of one of ``ALWAYS``."""
    if name == "robots.txt":
        return document(ROBOTS, "text/plain; charset=utf-8", cache_control=cache_control)
    if name in STATIC:
        return document(static(name), STATIC[name], cache_control=cache_control)
    # The feeds' picture in the container that browsers ask for.
    icon = resources.files("feedsvc.serve").joinpath("favicon.ico").read_bytes()
    return document(icon, "image/x-icon", cache_control=cache_control)
