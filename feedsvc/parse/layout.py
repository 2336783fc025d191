"""What a layout is: where the parts of one generation of the site's pages stand, as data.

The built-in ones are ``TODAY`` and ``BEFORE``, the operator's selectors are one that is laid
over the others (``layouts``).  Which layout fits a page is ``fitting``'s to find; how often
each selector stands there, ``inspect`` asks (``tried``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from feedsvc.model import FetchedPage, Status
from feedsvc.parse.document import is_listing, listed, tree_of

_NUMBERS = re.compile(r"[0-9]+")

Selectors = tuple[str, ...]
"""CSS selectors in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What says of an article how it can be read: an element that stands on its page, and
    has these words if there are any (see ``lock_words``), wherever it stands."""

    selector: str
    words: str
    kind: Status


def lock_words(text: str) -> str:
    """The words of a lock as they are compared: numbers, such as those of a date, left out."""
    return " ".join(_NUMBERS.sub(" ", text).casefold().split())


@dataclass(frozen=True, slots=True)
class Layout:
    """The selectors of one layout, for each part in order; none where it is not known where
    that part stands.

    Of most parts the first selector counts that finds a value.  All count of ``excluded``,
    ``markers``, ``listing`` and ``rows``.
    """

    name: str
    # the article page
    title: Selectors = ()
    subtitle: Selectors = ()
    reporters: Selectors = ()
    published_at: Selectors = ()
    main: Selectors = ()
    body: Selectors = ()
    excluded: Selectors = ()
    markers: Selectors = ()
    keywords: Selectors = ()
    related: Selectors = ()
    # the section page
    listing: Selectors = ()
    rows: Selectors = ()
    row_link: Selectors = ()
    row_title: Selectors = ()
    row_time: Selectors = ()
    row_summary: Selectors = ()
    row_byline: Selectors = ()
    next_page: Selectors = ()
    # what is no part of a page
    signs: Selectors = ()
    """Any of them tells an article page of this layout; none: main block, text, headline."""
    ends: bool = False
    """Whether a section page without ``next_page`` is known to be the last one."""
    given: Layout | None = None
    """What was laid over this layout, and its selectors stand first."""
    own: Layout | None = None
    """What this layout was before."""
    locks: tuple[Lock, ...] = ()
    learned: bool = False
    """Learned from the archive's own articles: where one of its ``signs`` stands it comes
    before the layouts that were known before."""
    from_data: bool = False
    """Its pages are empty, and a script of theirs holds it all: see ``data``."""

    @classmethod
    def of(cls, name: str, values: Mapping[str, object]) -> Self:
        """A layout of plain values: for each part a selector, or a list of them in order.

        Raises ``ValueError`` that begins with the part's name."""
        parts: dict[str, Any] = {}
        for part, value in values.items():
            if part not in PARTS:
                raise ValueError(f"{part}: no such part; there are {', '.join(PARTS)}")
            several = value if isinstance(value, list | tuple) else (value,)
            if not all(isinstance(one, str) for one in several):
                raise ValueError(f"{part}: wanted a CSS selector, or a list of them")
            parts[part] = tuple(several)
            check_selectors(parts[part], part)
        return cls(name, **parts)


FIELDS: tuple[str, ...] = tuple(
    one.name for one in fields(Layout) if one.type == "Selectors" and one.name != "signs"
)
"""The parts of a page that ``site.selectors`` may name."""

_LISTING = FIELDS.index("listing")
ARTICLE_PARTS, LISTING_PARTS = FIELDS[:_LISTING], FIELDS[_LISTING:]

PARTS = (*FIELDS, "signs")


def any_of(selectors: Selectors) -> str:
    """One selector for all of them; the elements come in the order of the page, and one that
    fits several comes several times."""
    return ", ".join(selectors) or ":not(*)"


def check_selectors(selectors: Iterable[str], where: str) -> None:
    """Raises ``ValueError`` that begins with ``where`` for one that is no CSS selector."""
    for one in selectors:
        if not is_selector(one):
            raise ValueError(f"{where}: {one!r} is not a CSS selector")


def is_selector(text: str) -> bool:
    """Whether a text is a CSS selector, which another one may follow after a comma."""
    try:
        # ``a:has(b`` is one for the parser, and would swallow the next.
        return LexborHTMLParser("<p></p>").css_first(f"{text}, p") is not None
    except SelectolaxError:
        return False


TODAY = Layout(
    name="today",
    title=(".read-news-title",),
    subtitle=(".sub-title", ".news-info-top-3news"),
    reporters=(".nis-reporter-name",),
    published_at=(".nis-r-info-wrap", ".nis-time", ".news-info-and-share"),
    main=(".read-news-main-contents",),
    body=(".content-area", ".rnmc-full", ".rnmc-right"),
    excluded=(
        ".rnmc-left",
        ".rnmc-relative-news",
        ".rec-keywords",
        "[id*=dablewidget]",
        "ins.adsbygoogle",
        ".share-btns-wrap",
        ".news-info-and-share",
        ".news-info-top-3news-wrap",
        ".read-news-row1",
        ".empty-rnmc",
        ".foot_notice",
        ".bkn-list",
        "#dealsite_ci",
        ".article-pack",
        ".relative-stock-wrap",
        ".rec-keywords-wrap2",
        ".preview-clip-wrap",
        ".ck-related-news-marker",
        ".rnmc-area:not(:has(.content-area, .rnmc-full, .rnmc-right))",
    ),
    markers=(".prime-msg",),
    keywords=(".rec-keywords", ".rec-keywords-wrap2"),
    related=(
        "a.relative-news-one",
        ".relative-news-one a",
        ".rnmc-relative-news a[href*='/articles/']",
    ),
    listing=(".mnm-news-list",),
    rows=(".mnm-news",),
    row_link=("a.ss-news-top-title", ".mnm-news-title-wrap a"),
    row_title=(".multi-line1",),
    row_time=(".mnm-news-info",),
    row_summary=(".mnm-news-txt",),
    row_byline=(".mnm-news-info span", ".mnm-news-info"),
    next_page=("a.next.active",),
    ends=True,
)
"""Today's pages of dealsite.co.kr (seen 2024 to 2026; site page, "Section pages",
"Article pages")."""

BEFORE = Layout(
    name="before",
    title=(".read-news-title", ".article-head .title", ".article-title", "h1.title", "h1"),
    subtitle=(".sub-title", ".subtitle"),
    reporters=(".nis-reporter-name", ".reporter", ".byline", ".writer"),
    published_at=(
        ".nis-r-info-wrap",
        ".info .pubdate",
        ".pubdate",
        ".article-head .date",
        ".info .date",
        "time[datetime]",
    ),
    main=("article.article",),
    body=("article.article",),
    excluded=(*TODAY.excluded, ".related-list", ".related-news"),
    markers=TODAY.markers,
    keywords=(".rec-keywords", ".tags", ".keywords"),
    related=(".related-list a", ".related-news a"),
    listing=("div.list",),
    rows=(".list-article",),
    row_link=("a.dyn.std", ".content a"),
    row_time=(".pubdate",),
    row_summary=(".sneakpeek",),
    row_byline=(".reporter", ".byline"),
    next_page=("a.next.active",),
    signs=("article.article",),
)
"""The pages before, of 팍스넷뉴스 (to about 2022; site page, "Section pages", "Article pages").

Little is known of its article page but ``article.article``; names that any newsroom's page
may bear are tried for the rest, metadata after them."""

BUILT_IN = (TODAY, BEFORE)
"""The layouts that a page is read by, in the order in which they are tried."""

Given = Mapping[str, str | Mapping[str, str]]
"""What ``site.selectors`` holds: a selector for a part of every layout, or by a layout's
name a selector for each of its parts."""


def layouts(given: Given, known: Sequence[Layout] = BUILT_IN) -> tuple[Layout, ...]:
    """The known layouts, each with the operator's selectors before its own; what is given
    for one layout stands before what is given for all.

    Raises ``ValueError`` as ``Layout.of`` does.
    """
    if not given:
        return tuple(known)
    shared = {name: one for name, one in given.items() if isinstance(one, str)}
    found = []
    for layout in known:
        own = given.get(layout.name)
        said = [own, shared] if isinstance(own, Mapping) else [shared]
        above = Layout.of(
            "site.selectors",
            {part: [one[part] for one in said if part in one] for part in FIELDS},
        )
        both: Any = {part: getattr(above, part) + getattr(layout, part) for part in FIELDS}
        found.append(replace(layout, **both, given=above, own=layout) if any(said) else layout)
    return tuple(found)


def refused_selectors(given: Given) -> Iterator[tuple[tuple[str, ...], str]]:
    """The place of each text in ``site.selectors`` that is no CSS selector, and what it is."""
    for name, one in given.items():
        for part, selector in one.items() if isinstance(one, Mapping) else [("", one)]:
            if not is_selector(selector):
                yield (name, part)[: 1 + bool(part)], f"{selector!r} is not a CSS selector"


@dataclass(frozen=True, slots=True)
class Tried:
    """A selector that a layout has for a part, the operator's if ``given``, and of how many
    elements of the page it is right."""

    layout: str
    part: str
    selector: str
    given: bool
    found: int


def tried(
    page: FetchedPage, layouts: Sequence[Layout], *, listing: bool = False
) -> tuple[Tried, ...]:
    """Every selector for the parts of an article page, or of a ``listing``, in the order in
    which they are tried.  Whether what it finds has a value is not asked.

    Raises ``ParseError`` for a page that has no tree.
    """
    tree = listed(page)[1] if listing and is_listing(page) else tree_of(page)
    return tuple(
        Tried(
            layout.name,
            part,
            selector,
            layout.given is not None and place < len(getattr(layout.given, part)),
            len({node.mem_id for node in tree.css(selector)}),
        )
        for layout in layouts
        for part in (LISTING_PARTS if listing else ARTICLE_PARTS)
        for place, selector in enumerate(getattr(layout, part))
    )
