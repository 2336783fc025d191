"""Today's pages with other names for their elements.

In: a page's HTML, how it is renamed.  Out: the HTML.  What an editor made keeps its names:
it is stored with the text, and no redesign touches it.
"""

from __future__ import annotations

import re
from hashlib import md5
from typing import Literal

Names = Literal["renamed", "hashed", "builds", "data", "partial", "anonymous"]

EDITORS = frozenset(
    {
        *("image", "image_resized", "obj_container", "align_left", "table", "media", "quote"),
        *("mid-title-input-box", "table-title", "table-txt", "lazy", "img-table", "stock_table"),
        *("material-icons", "adsbygoogle", "ck-related-news-marker"),
    }
)
"""Classes of stored texts, icon fonts and advertisers."""
_PARTIAL = {
    "read-news-title": "view-title",
    "content-area": "view-text",
    "rnmc-right": "view-column",
    "rnmc-full": "view-column",
    "read-news-main-contents": "view-main",
    "mnm-news": "line",
    "mnm-news-list": "lines",
    "multi-line1": "line-title",
    "ss-news-top-title": "line-link",
}
_CLASS = re.compile(r'(<[a-z][a-z0-9]*\b[^<>]*?) class="([^"]*)"')
_ID = re.compile(r' id="(?:wrap|container|dealsite_ci)"')


def renamed(html: str, names: Names, build: str = "") -> str:
    """The page under the new names; ``build`` makes the hashes of ``builds`` others."""
    if names in ("data", "anonymous"):
        html = _ID.sub("", html)

    def tag(found: re.Match[str]) -> str:
        classes = found[2].split()
        kept = [one for one in classes if one in EDITORS]
        own = [one for one in classes if one not in EDITORS]
        attributes = ""
        if names == "data" and own:
            attributes = f' data-part="{_word(own[-1])}"'
        elif names not in ("data", "anonymous"):
            kept += [_new(one, names, build) for one in own]
        return found[1] + (f' class="{" ".join(kept)}"' if kept else "") + attributes

    return _CLASS.sub(tag, html)


def _new(name: str, names: Names, build: str) -> str:
    if names == "partial":
        return _PARTIAL.get(name, name)
    if names == "renamed":
        return f"v2-{_word(name)}"
    digest = md5(f"{build} {name}".encode(), usedforsecurity=False).hexdigest()
    return f"c{digest[:6]}"


def _word(name: str) -> str:
    """The name with its parts the other way round: nothing of ours fits it by chance."""
    return "-".join(reversed(re.split(r"[-_]", name)))
