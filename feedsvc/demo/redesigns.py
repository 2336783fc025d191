"""The stand-in's wardrobe: what its pages look like after the site was redesigned.

In: the name of a redesign, an article and what surrounds it.  Out: whole pages.  The words
are the site's, their places are new: a redesign of the first kind gives today's elements
other names, one of the second has a template of its own (``template``).  What an editor made
keeps its names: it is stored with the text, and no redesign touches it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import md5
from typing import Literal

from feedsvc.demo import chrome, listing, pages, template
from feedsvc.demo.articles import StandInArticle
from feedsvc.demo.template import Template

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


@dataclass(frozen=True, slots=True)
class SiteRedesign:
    """``what`` is for people.  ``names`` gives today's elements other names, ``template``
    is used in place of today's pages (``locked``: for the locked articles); ``articles``
    tells whether theirs change, and not those of sections alone; ``turns``: every other time
    alone."""

    what: str
    names: Names | None = None
    template: Template | None = None
    locked: Template | None = None
    articles: bool = True
    turns: bool = False


_NEW = Template("art")

REDESIGNS: dict[str, SiteRedesign] = {
    "renamed": SiteRedesign("every class has another name", names="renamed"),
    "wrapped": SiteRedesign(
        "new wrappers, another order", template=replace(_NEW, wrapped=True, row="card")
    ),
    "hashed": SiteRedesign("classes are opaque hashes", names="hashed"),
    "builds": SiteRedesign("classes are opaque hashes, others every day", names="builds"),
    "data": SiteRedesign("no classes, data attributes", names="data"),
    "divs": SiteRedesign("paragraphs are div elements", template=replace(_NEW, paragraphs="div")),
    "minutes": SiteRedesign("times without seconds", template=replace(_NEW, time="%Y-%m-%d %H:%M")),
    "partial": SiteRedesign("headline, text and rows have other names", names="partial"),
    "json": SiteRedesign("empty pages with one JSON script", template=replace(_NEW, json=True)),
    "turns": SiteRedesign("old and new pages by turns", template=_NEW, turns=True),
    "gate": SiteRedesign(
        "locked pages have a template of their own",
        template=_NEW,
        locked=replace(_NEW, prefix="gate", wrapped=True),
    ),
    "sections": SiteRedesign("section pages alone", names="renamed", articles=False),
    "words": SiteRedesign("locks in new words", template=replace(_NEW, words=True)),
    "semantic": SiteRedesign(
        "headings, time and article elements", template=replace(_NEW, tags=True)
    ),
    "promos": SiteRedesign(
        "named boxes in the middle of most texts", template=replace(_NEW, promo=0.7)
    ),
    "no-keywords": SiteRedesign(
        "keywords are shown no more", template=replace(_NEW, without=("keywords",))
    ),
    "anonymous": SiteRedesign("neither classes nor ids", names="anonymous"),
    "boxes": SiteRedesign(
        "boxes that look like paragraphs in most texts", template=replace(_NEW, box=0.6)
    ),
    "noise": SiteRedesign(
        "a box that looks like a paragraph in one text of twenty", template=replace(_NEW, box=0.05)
    ),
}
"""By the name that ``DemoSite.redesign`` takes."""


def build(name: str, when: datetime) -> str:
    """What a redesign's pages depend on besides the article: the day, where it matters."""
    return f"{when:%Y-%m-%d}" if REDESIGNS[name].names == "builds" else ""


def article_page(
    name: str,
    article: StandInArticle,
    when: datetime,
    reading: pages.Interpretation,
    around: chrome.Around,
) -> str:
    """The page of an article after the redesign of that name; ``KeyError`` for no such one."""
    redesign = REDESIGNS[name]
    own = redesign.locked if redesign.locked and article.status.locked else redesign.template
    if own is not None and redesign.articles:
        return template.article_page(article, own, reading, around)
    names = redesign.names if redesign.articles else None
    today = reading.page(article, around)
    return renamed(today, names, build(name, when)) if names else today


def section_page(
    name: str,
    rows: Sequence[StandInArticle],
    code: str | None,
    when: datetime,
    today: str,
    place: listing.ListPage,
    around: chrome.Around,
) -> str:
    """A section page after the redesign, ``today`` before it."""
    redesign = REDESIGNS[name]
    if redesign.template is not None:
        return template.section_page(rows, redesign.template, code, place, around)
    names = redesign.names
    return renamed(today, names, build(name, when)) if names else today


def turned(name: str, number: int, count: int) -> bool:
    """Whether the new page is served to the request of that number (``count``), of a
    redesign that is served by turns."""
    if not REDESIGNS[name].turns:
        return True
    return (md5(f"{number}".encode(), usedforsecurity=False).digest()[0] + count) % 2 == 0


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
    match names:
        case "partial":
            return _PARTIAL.get(name, name)
        case "renamed":
            return f"v2-{_word(name)}"
    digest = md5(f"{build} {name}".encode(), usedforsecurity=False).hexdigest()
    return f"c{digest[:6]}"


def _word(name: str) -> str:
    """The name with its parts the other way round: nothing of ours fits it by chance."""
    return "-".join(reversed(re.split(r"[-_]", name)))
