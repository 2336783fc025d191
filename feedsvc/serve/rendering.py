"""A page of words and values: the templates, and what every page has.

In: a template's name, a :class:`Frame`, values.  Out: a
:class:`~feedsvc.serve.response.Document`; that of a file, too, that pages are made with, or
that browsers and crawlers ask every site for.  Links are relative, so that pages work under
any path prefix: ``up`` is the way from a page to the root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from feedsvc import __version__
from feedsvc.serve.response import Document, document
from feedsvc.serve.subscribing import Subscription
from feedsvc.site import COPYRIGHT

if TYPE_CHECKING:
    from jinja2 import Environment

Words = Mapping[str, str]

ALWAYS = {
    "favicon.ico": "image/x-icon",  # the feeds' picture in the container that browsers ask for
    "robots.txt": "text/plain; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
    "script.js": "text/javascript; charset=utf-8",
}
"""The files that come with every server, and their types."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page: ``words`` of the reader's language, the ``site``'s
    title, the ``token`` of who is shown it, whether anything is wrong (``trouble``)."""

    words: Words
    site: str
    cache_control: str
    now: datetime
    token: str = ""
    trouble: bool = False
    feeds: str = "feeds"
    """The address of the page of feeds, from the root."""


def page(
    template: str, frame: Frame, *, up: str, title: str,
    alternates: Sequence[Subscription] = (), sealed: bool = False, **values: object,
) -> Document:  # fmt: skip
    """The page, in the language of ``frame``: caches must keep one for each.

    ``alternates`` are the feeds of what it lists, the narrowest first.  A ``sealed`` page
    needs no other file: it is for who may fetch none.
    """
    html = (
        _environment()
        .get_template(template)
        .render(
            w=frame.words, site=frame.site, token=frame.token,
            trouble=frame.trouble, page_of_feeds=frame.feeds,
            up=up, title=title,
            alternates=alternates, sealed=sealed, rights=COPYRIGHT, version=__version__,
            style=static("style.css").decode() if sealed else _print_of("style.css"),
            script=_print_of("script.js"), **values,
        )
    )  # fmt: skip
    return document(
        html.encode(),
        "text/html; charset=utf-8",
        cache_control=frame.cache_control,
        vary=b"accept-encoding, accept-language",
        level=3,  # for one reader: half the time of 6, and 6 % longer
    )


@cache
def always(name: str, cache_control: str) -> Document:
    """The document of one of ``ALWAYS``."""
    return document(static(name), ALWAYS[name], cache_control=cache_control)


@cache
def static(name: str) -> bytes:
    """The bytes of one of ``ALWAYS``."""
    return resources.files("feedsvc.serve").joinpath("static", name).read_bytes()


@cache
def _print_of(name: str) -> str:
    """Stands in the address, so that no browser goes on with that of another version."""
    return hashlib.sha256(static(name)).hexdigest()[:12]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("feedsvc.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
