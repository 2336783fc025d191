"""A page of words and values: the templates, and what every page has.

In: a template's name, the words of a language, values.  Out: a
:class:`~feedsvc.serve.answer.Document`.  Links are relative, so that pages work under
any path prefix: ``up`` is the way from a page to the root.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from feedsvc import __version__
from feedsvc.serve.answer import Document, document
from feedsvc.site import COPYRIGHT

if TYPE_CHECKING:
    from jinja2 import Environment


def page(
    template: str, words: Mapping[str, str], *, up: str, cache_control: str, **values: object
) -> Document:
    """The page, in the language of ``words``: caches must keep one for each."""
    html = (
        _environment()
        .get_template(template)
        .render(w=words, up=up, rights=COPYRIGHT, version=__version__, **values)
    )
    return document(
        html.encode(),
        "text/html; charset=utf-8",
        cache_control=cache_control,
        vary=b"accept-encoding, accept-language",
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("feedsvc.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
