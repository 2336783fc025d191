"""A fetched page laid beside what the archive knows of its article.

In: a record, the page, the article as it was read.  Out: which of the page's texts and
pictures the archive has; the fields in which article and record differ, the texts' markup
too, for it is published; whether the page was edited rather than made anew.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import accumulate

from feedsvc import weburl
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, ParsedArticle, Record
from feedsvc.parse import drift, media
from feedsvc.parse.outline import Element, Outline, outline
from feedsvc.relearn.selectors import Index, Selector, indexed
from feedsvc.site import Site
from feedsvc.text import fold, visible

TELLING = 12
"""Characters, spaces not counted, from which a text can be told from others."""
MEDIA = frozenset({"img", "amp-img", "iframe", "oembed", "video", "embed", "object"})
_ADDRESSES = ("src", "data-src", "data-original", "url", "data-oembed-url", "data-lazy-src")
_INLINE = frozenset(
    """
    a abbr b bdi big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small
    span strike strong sub sup time tt u var wbr
    """.split()
)
_TAG = re.compile(r"<[^>]*>")
# Something embedded: what the link to it is called does not stand on the page.
_LINK = re.compile(r"<(p|figure)><a [^>]*>[^<]*</a>.*</\1>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Known:
    """An article as the archive has it, its page as it is today, and as it was when the
    archive read it, where that is at hand."""

    record: Record
    page: FetchedPage
    before: FetchedPage | None = None


def squashed(text: str) -> str:
    """Text without white space."""
    return "".join(fold(text).split())


@dataclass(eq=False)
class KnownPage:
    """One known article beside its page."""

    known: Known
    outline: Outline
    site: Site
    now: datetime
    found: dict[Selector, list[Element]] = field(default_factory=dict)
    holding: dict[str, list[Element]] = field(default_factory=dict)
    """The elements that may hold a field, by its name, as far as they were looked for."""
    said: list[tuple[Element, str]] | None = None
    """The short texts that are none of the article's, as far as they were looked for."""

    @classmethod
    def of(cls, known: Known, site: Site, now: datetime) -> KnownPage:
        """Raises ``ParseError`` for a page that has no outline."""
        return cls(known, outline(known.page, site), site, now)

    @property
    def record(self) -> Record:
        return self.known.record

    @cached_property
    def index(self) -> Index:
        return indexed(self.outline)

    def find(self, selector: Selector) -> list[Element]:
        """The elements that a selector fits, in order."""
        if selector not in self.found:
            self.found[selector] = selector.find(self.index)
        return self.found[selector]

    @cached_property
    def whole(self) -> str:
        """All that the page says, squashed."""
        return squashed("".join(self.outline.texts))

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """The known text, squashed, a piece for each block."""
        return tuple(text for one in self.record.body if (text := squashed(visible(one))))

    @cached_property
    def text(self) -> str:
        return "".join(self.blocks)

    @cached_property
    def is_known(self) -> list[bool]:
        """Of each text of the page whether it stands in the archive's text."""
        whole, long = self.text, [one for one in self.blocks if len(one) >= TELLING]
        around: dict[int, bool] = {}
        told: list[bool] = []
        for text, block in zip(self.outline.texts, self.outline.owners, strict=True):
            piece = squashed(text)
            if len(piece) >= TELLING and piece in whole:
                told.append(True)
                continue
            while block.tag in _INLINE and block.parent is not None:
                block = block.parent
            if block.number not in around:
                around[block.number] = self._is_known_block(block, whole, long)
            told.append(bool(piece) and around[block.number])
        return told

    @cached_property
    def unknown(self) -> list[int]:
        """How many characters that the archive does not have stand before each text."""
        sizes = (
            0 if known else len(squashed(text))
            for text, known in zip(self.outline.texts, self.is_known, strict=True)
        )
        return list(accumulate(sizes, initial=0))

    def _is_known_block(self, block: Element, whole: str, long: list[str]) -> bool:
        # The text as it stands in HTML may be twice as long for its white space.
        if self.outline.size(block) > 4 * len(whole) + 200:
            return False
        said = squashed("".join(self.outline.texts[block.start : block.end]))
        return said in whole or any(one in said for one in long if len(said) < 3 * len(one))

    @cached_property
    def anchors(self) -> list[int]:
        """The texts of the page, by number, that the archive's text alone can be.

        A sentence of it may stand elsewhere on the page too: then the place where most of
        the others stand counts.
        """
        pieces = {
            number: piece
            for number, known in enumerate(self.is_known)
            if known and len(piece := squashed(self.outline.texts[number])) >= TELLING
        }
        seen = Counter(pieces.values())
        return [
            number
            for number, piece in pieces.items()
            if seen[piece] == 1 or self.text.count(piece) >= seen[piece]
        ]

    def is_media(self, one: Element) -> bool:
        return one.tag in MEDIA or "data-oembed-url" in one.attributes

    def is_known_media(self, one: Element) -> bool:
        """Whether a picture or a frame is one that the archive has."""
        said = (one.attributes.get(name) for name in _ADDRESSES)
        base = self.outline.links.base
        addresses = {weburl.absolute(each, base) for each in said if each}
        return not self.media.isdisjoint({*addresses, media.address_of(one.node, base)})

    @cached_property
    def media(self) -> frozenset[str]:
        body = " ".join(self.record.body).replace("&amp;", "&")
        found = re.findall(r'(?:src|href)="([^"]*)"', body)
        return frozenset(filter(None, (*found, *(one.url for one in self.record.images))))


def unaligned(record: Record, page: FetchedPage, site: Site, now: datetime) -> str | None:
    """Why a page cannot be laid beside its record, in a few words; ``None``: it can.

    What the archive has must stand on the page word for word; whether the page has more is
    not looked at here.
    """
    led_to = site.id_of_page(page.final_url or page.url)
    if led_to not in (None, record.id):
        return f"it leads to article {led_to}"
    try:
        one = KnownPage.of(Known(record, page), site, now)
    except ParseError as error:
        return error.message
    whole = one.whole
    if squashed(record.title) not in whole:
        return "its headline is another, or it is no article's page"
    parts = (
        squashed(visible(f"<p>{part}</p>"))
        for block in record.body
        if not _LINK.fullmatch(block)
        for part in _TAG.split(block)
    )
    return None if all(part in whole for part in parts) else "its text differs"


# -- what was read of it ------------------------------------------------------------------------

_EXACT = ("title", "body")
_OPTIONAL = ("subtitle", "reporters", "keywords", "related")


def differences(record: Record, article: ParsedArticle) -> tuple[str, ...]:
    """The fields in which a page as it was read differs from the archive, by name.

    A time with fewer details that agrees as far as it goes is none, nor what metadata said
    before and say no more.
    """
    found = [name for name in _EXACT if getattr(record, name) != getattr(article, name)]
    own = drift.shown(record.sources)
    for name in _OPTIONAL:
        kept, read = getattr(record, name), getattr(article, name)
        if kept != read and (name in own or (read and not set(read) <= set(kept))):
            found.append(name)
    rest = {
        "published_at": is_time(record.published_at, article.published_at),
        "access": _access(record) == _access(article),
        "images": _images(record) == _images(article),
    }
    return (*found, *(name for name, same in rest.items() if not same))


def is_time(kept: datetime, read: datetime) -> bool:
    """Whether a time as read is the archive's, which may have the seconds besides."""
    return read in (kept, kept.replace(second=0, microsecond=0))


def _access(one: Record | ParsedArticle) -> tuple[object, ...]:
    counted = frozenset(marker.kind for marker in one.access.markers if marker.counted)
    return one.access.status, counted, one.access.plus_first_at


def _images(one: Record | ParsedArticle) -> list[tuple[str, str]]:
    """The pictures of the text; the cover is what metadata say."""
    covered = any(name == "cover" for name, _ in one.sources)
    return [(each.url, each.caption) for each in one.images][covered:]


def is_more(record: Record, article: ParsedArticle) -> bool:
    """Whether the page has all of the archive's text in its order, and more."""
    kept = [visible(block) for block in record.body]
    read = iter(visible(block) for block in article.body)
    return len(article.body) > len(kept) and all(text in read for text in kept)


EDITED = "it was edited or released since"


def is_edited(known: Known, article: ParsedArticle, site: Site, now: datetime) -> bool:
    """Whether the page was read whole: nothing that the archive has stands on it and was
    not read.  Then it has something besides, or other words in an optional field.  A newsroom
    adds to its articles, releases them, gives them other keywords; that is no sign of a new
    layout."""
    record = known.record
    differing = differences(record, article)
    read, kept = _text(article), _text(record)
    released = record.access.locked and not article.access.locked and len(read) > len(kept)
    lost = {one.url for one in record.images} - {one.url for one in article.images}
    if (
        squashed(record.title) not in squashed(article.title)
        or not all(squashed(visible(block)) in read for block in record.body)
        or "published_at" in differing
        or ("access" in differing and not released)
        or any(url.rpartition("/")[2].encode() in known.page.body for url in lost)
    ):
        return False
    had, has = optional_words(record), optional_words(article)
    try:
        whole = KnownPage.of(known, site, now).whole
    except ParseError:
        return False
    return not any(word in whole for name in had if not has[name] for word in had[name])


def _text(one: Record | ParsedArticle) -> str:
    return "".join(squashed(visible(block)) for block in one.body)


def optional_words(one: Record | ParsedArticle) -> dict[str, list[str]]:
    """The values of the optional fields, squashed."""
    said = {
        "subtitle": (one.subtitle,),
        "reporters": one.reporters,
        "keywords": one.keywords,
        "related": tuple(each.title for each in one.related),
    }
    return {name: [*filter(None, map(squashed, those))] for name, those in said.items()}
