"""A fetched page laid beside what the archive knows of its article.

In: a record, the page.  Out: which of the page's texts and pictures the archive has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import accumulate

from feedsvc import weburl
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, Record
from feedsvc.parse import media
from feedsvc.parse.outline import Element, Outline, outline
from feedsvc.relearn.selectors import Index, Selector, indexed
from feedsvc.site import Site
from feedsvc.text import fold, visible

TELLING = 12
"""Characters, spaces not counted, from which a text can be told from others."""
MEDIA = frozenset({"img", "amp-img", "iframe", "oembed", "video", "embed", "object"})
_ADDRESSES = ("src", "data-src", "data-original", "url", "data-oembed-url", "data-lazy-src")
_INLINE_WORDS = """
a abbr b bdi big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small
span strike strong sub sup time tt u var wbr
"""
_INLINE = frozenset(_INLINE_WORDS.split())
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
class Page:
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
    def of(cls, known: Known, site: Site, now: datetime) -> Page:
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
        held = self.found.get(selector)
        if held is None:
            held = self.found[selector] = selector.find(self.index)
        return held

    @cached_property
    def sources(self) -> dict[str, str]:
        return dict(self.record.sources)

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
        for text, owner in zip(self.outline.texts, self.outline.owners, strict=True):
            piece = squashed(text)
            if len(piece) >= TELLING and piece in whole:
                told.append(True)
                continue
            block = owner
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
        whole = self.text
        found = [
            number
            for number, known in enumerate(self.is_known)
            if known and len(squashed(self.outline.texts[number])) >= TELLING
        ]
        seen: dict[str, int] = {}
        for number in found:
            piece = squashed(self.outline.texts[number])
            seen[piece] = seen.get(piece, 0) + 1
        return [
            number
            for number in found
            if (piece := squashed(self.outline.texts[number]))
            and (seen[piece] == 1 or whole.count(piece) >= seen[piece])
        ]

    def is_media(self, one: Element) -> bool:
        return one.tag in MEDIA or "data-oembed-url" in one.attributes

    def is_known_media(self, one: Element) -> bool:
        """Whether a picture or a frame is one that the archive has."""
        said = (one.attributes.get(name) for name in _ADDRESSES)
        base = self.outline.links.base
        addresses = [weburl.absolute(each, base) for each in said if each]
        addresses.append(media.address_of(one.node, base))
        return any(each and each in self.media for each in addresses)

    @cached_property
    def media(self) -> frozenset[str]:
        body = " ".join(self.record.body)
        found = set(re.findall(r'(?:src|href)="([^"]*)"', body.replace("&amp;", "&")))
        return frozenset(found | {one.url for one in self.record.images})


def unaligned(record: Record, page: FetchedPage, site: Site, now: datetime) -> str | None:
    """Why a page cannot be laid beside its record, in a few words; ``None``: it can.

    What the archive has must stand on the page word for word; whether the page has more is
    not looked at here.
    """
    led_to = site.id_of_page(page.final_url or page.url)
    if led_to not in (None, record.id):
        return f"it leads to article {led_to}"
    try:
        one = Page.of(Known(record, page), site, now)
    except ParseError as error:
        return error.message
    whole = one.whole
    if squashed(record.title) not in whole:
        return "its headline is another, or it is no article's page"
    for block in record.body:
        if _LINK.fullmatch(block):
            continue
        parts = [squashed(visible(f"<p>{part}</p>")) for part in _TAG.split(block)]
        if any(part and part not in whole for part in parts):
            return "its text differs"
    return None
