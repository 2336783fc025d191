"""The fields of an article page but its text and access: id, headline, byline, times, keywords.

In: a page while it is read (``PageReading``).  Out: a field's value; what gave it is noted down
in ``sources``.  Keywords are the chips of the page, else what its metadata say: words, once
each, in order.  Not its job: the text, and what stands in it (``blocks``, ``body``).
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, takewhile
from typing import TypeVar

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc import weburl
from feedsvc.errors import AnotherArticle, FieldMissing
from feedsvc.model import FetchedPage, Image, Related, Row
from feedsvc.parse import media, reporters
from feedsvc.parse.blocks import NO_WORDS
from feedsvc.parse.body import Body
from feedsvc.parse.dates import Shown, machine_time, read_time
from feedsvc.parse.document import ancestors, attribute, joined, siblings, under, words
from feedsvc.parse.fitting import Places
from feedsvc.parse.layout import any_of
from feedsvc.parse.markup import HEADINGS, INLINE
from feedsvc.parse.page import Links, Metadata, without_site_name
from feedsvc.text import fold, same_headline

T = TypeVar("T")
_BYLINE = 60
"""A longer text tells more than who wrote it."""
_LINES = frozenset({"p", "li", "td", "th", "dd", "blockquote", "figcaption", *HEADINGS})

CHANGED = (
    "the site may have changed its layout: feedsvc inspect URL shows what is found on the page;"
    " set site.selectors.{}"
)


@dataclass(slots=True)
class PageReading:
    """One page while it is read; ``sources`` fills up field by field."""

    tree: LexborHTMLParser
    places: Places
    now: datetime
    meta: Metadata
    links: Links
    number: int = 0
    addresses: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)

    def found(self, name: str, source: str) -> None:
        self.sources.setdefault(name, source)

    def first(self, name: str, choices: Iterable[tuple[str, T | None]]) -> T | None:
        """The first value of a field that is there; what gave it is noted down."""
        source, value = next((one for one in choices if one[1]), ("", None))
        if value:
            self.found(name, source)
        return value


def number_of(
    reading: PageReading, page: FetchedPage, title: str, row: Row | None, nameless: bool
) -> int:
    """The id: that of the address.  Where canonical link and og:url name another one, the
    headline that a section listed tells whose page it is."""
    site = reading.links.site
    said = dict.fromkeys(
        weburl.absolute(one, reading.links.base) or "" for one in reading.meta.canonical
    )
    own = [number for one in said if (number := site.id_of_page(one)) is not None]
    reading.addresses = tuple(dict.fromkeys((page.url, page.final_url, *said)))
    for one in dict.fromkeys((page.final_url, page.url)):
        number = site.id_of_page(one)
        if number is None:
            continue
        if own and number not in own:
            listed = row.title if row and row.id == number else ""
            if not (listed and same_headline(listed, title)):
                raise AnotherArticle(
                    f"the page says that it is article {own[0]}, not {number}",
                    about=reading.links.about,
                    advice="feedsvc asks for it again, more and more seldom",
                    number=own[0],
                    title=title,
                )
            # What the page says of another's address says nothing of its own.
            reading.addresses = (page.url, page.final_url)
        reading.found("id", "address")
        return number
    if nameless and not own:
        return 0
    if not own:
        raise FieldMissing(
            "no address on the page tells the article's id",
            about=reading.links.about,
            advice="name the saved file after the id, such as 117013.html",
        )
    reading.found("id", "link[rel=canonical]")
    return own[0]


def title_of(reading: PageReading, node: LexborNode | None, excluded: Collection[int]) -> str:
    # Any page may bear an h1; metadata prove that it is the headline.
    source = reading.places.title_by
    og = without_site_name(reading.meta.meta("og:title")) if source.startswith("h1") else ""
    told = joined(node, excluded)
    is_another = og and told not in og and og not in told
    title = reading.first("title", [(source, "" if is_another else told)]) or reading.first(
        "title",
        (
            ("json-ld:headline", reading.meta.said("headline")),
            ("og:title", og or without_site_name(reading.meta.meta("og:title"))),
            ("title", without_site_name(joined(reading.tree.css_first("title")))),
        ),
    )
    if title is None:
        raise FieldMissing(
            "the article has no headline", about=reading.links.about, advice=CHANGED.format("title")
        )
    return title


def subtitle_place(reading: PageReading, text: Collection[int]) -> tuple[list[LexborNode], str]:
    """The sub-headline's elements, several where it has several lines, and their selector;
    what links other articles is none.  One within the ``text`` is a heading there, unless it
    opens it and the head has none."""
    spare: tuple[list[LexborNode], str] = ([], "")
    for selector, nodes in reading.places.each("subtitle", inside=True):
        found = [
            node
            for node in nodes
            if words(node) not in NO_WORDS and not reading.links.lists_others(node, reading.number)
        ]
        outside = [node for node in found if not under(node, text)]
        if outside:
            above = outside[0].parent
            beside = above.mem_id if above is not None else 0
            lines = (one for one in outside if one.parent and one.parent.mem_id == beside)
            return list({words(one): one for one in lines}.values()), selector
        if found and not spare[0] and _opens(found[0], text):
            spare = found[:1], selector
    return spare


def _opens(node: LexborNode, text: Collection[int]) -> bool:
    """Whether an element is the first with words in one of the parts of the text."""
    for one in (node, *ancestors(node)):
        if one.mem_id in text or any(words(before) for before in siblings(one, back=True)):
            return one.mem_id in text
    return False


def subtitle_of(reading: PageReading, nodes: list[LexborNode], source: str, title: str) -> str:
    told = " ".join(map(words, nodes))
    # og:description is the text's beginning as often as the sub-headline: not used.
    said = "" if told else reading.meta.said("alternativeHeadline")
    other = said if said != title else ""
    return reading.first("subtitle", ((source, told), ("json-ld:alternativeHeadline", other))) or ""


def bylines_within(reading: PageReading, areas: Collection[LexborNode]) -> set[int]:
    """The ``mem_id``s of the elements of a byline that stand in the text, and in none of its
    lines."""
    selectors = any_of(reading.places.layout.reporters)
    return {
        node.mem_id
        for area in areas
        for node in area.css(selectors)
        if _has_own_place(node, area)
        and len(told := words(node)) < _BYLINE
        and reporters.names(told)
    }


def _has_own_place(node: LexborNode, area: LexborNode) -> bool:
    within = list(takewhile(lambda one: one.mem_id != area.mem_id, ancestors(node)))
    is_part = node.mem_id != area.mem_id and (node.tag not in INLINE or bool(within))
    return is_part and not any(one.tag in _LINES for one in within)


def reporters_of(
    reading: PageReading, body: Body, text_by: str, info: LexborNode | None, info_by: str
) -> tuple[str, ...]:
    each = reading.places.each("reporters", inside=True)
    bylines = ((selector, _outer_names(nodes)) for selector, nodes in each)
    by, bylined = next((one for one in bylines if one[1]), (f"{text_by} dateline", ()))
    meta = reading.meta
    return (
        reading.first("reporters", [(by, reporters.merged(bylined, body.reporters))])
        # The block of byline and time tells it without an element of its own.
        or reading.first("reporters", [(info_by, reporters.at_work(words(info)))])
        or reading.first("reporters", [("json-ld:author", reporters.names(meta.authors))])
        or reading.first(
            "reporters",
            (
                ("article:author", reporters.names(meta.meta("article:author"))),
                ("meta[name=author]", reporters.names(meta.meta("author"))),
            ),
        )
        or ()
    )


def _outer_names(nodes: list[LexborNode]) -> tuple[str, ...]:
    """The names in these elements; one within another is read with it."""
    numbers = {node.mem_id for node in nodes}
    return reporters.merged(
        *(reporters.names(words(node)) for node in nodes if not under(node, numbers))
    )


def time_place(reading: PageReading) -> tuple[LexborNode | None, str, Shown | None]:
    """The first element for the time that shows one, else the first that stands there, with
    its selector and the time that it shows, or says in its attribute."""
    now, tz = reading.now, reading.links.site.tz
    spare: tuple[LexborNode | None, str, Shown | None] = (None, "", None)
    for selector, (node, *_) in reading.places.each("published_at"):
        found = read_time(words(node), now, tz, alone=True)
        if found is None or not found.sure:
            told = attribute(node.css_first("[datetime]"), "datetime")
            at = machine_time(told, now, tz) if told else None
            found = Shown(at, sure=True) if at else found
        if found is not None:
            return node, selector, found
        spare = spare if spare[0] else (node, selector, None)
    return spare


def published_at_of(
    reading: PageReading, shown: Shown | None, selector: str, row: Row | None
) -> Shown:
    """``shown``: the time that an element shows, by a ``selector``."""
    choices: list[tuple[str, Shown | None]] = [(selector, shown)]
    if shown is None or not shown.sure:
        said = {
            "json-ld:datePublished": reading.meta.said("datePublished"),
            "article:published_time": reading.meta.meta("article:published_time"),
        }
        times = (
            (name, machine_time(said[name], reading.now, reading.links.site.tz)) for name in said
        )
        listed = Shown(row.listed_at, sure=False) if row and row.listed_at else None
        sure = ((name, Shown(at, sure=True)) for name, at in times if at)
        choices = [*sure, *choices, ("listing", listed)]
    found = reading.first("published_at", choices)
    if found is None:
        raise FieldMissing(
            "the article has no time of publication that can be true",
            about=reading.links.about,
            advice=CHANGED.format("published_at"),
        )
    return found


def sections_of(reading: PageReading, row: Row | None) -> tuple[str, ...]:
    codes = map(reading.links.site.section_code, reading.addresses)
    told, listed = tuple(filter(None, codes)), row.sections if row else ()
    reading.first("sections", (("address", told), ("listing", listed)))
    return tuple(dict.fromkeys((*listed, *told)))


def keywords_of(reading: PageReading) -> tuple[str, ...]:
    found = ((by, chips(holders)) for by, holders in reading.places.each("keywords"))
    return reading.first("keywords", chain(found, _said_keywords(reading.meta))) or ()


_NO_CHIPS = frozenset(
    {
        "키워드",
        "추천키워드",
        "연관키워드",
        "연관 키워드",
        "추천 키워드",
        "관련 키워드",
        "관련키워드",
        "태그",
        "more",
        "더보기",
    }
)
_CHIP_LABEL = re.compile(r"^(?:(?:추천|관련|연관) ?)?(?:키워드|태그) ?[:：] ?")
_CHIP_TAGS = frozenset(["span", "b", "strong", "em", "i", "mark", "small", "font", "label", "li"])
_CHIP_LISTS = "a, button, li, ul, ol, dl, p, div"
_KEYWORDS = ("news_keywords", "article:tag", "keywords")


def chips(holders: Iterable[LexborNode]) -> tuple[str, ...]:
    """The words on the chips in these elements, or on those that are chips themselves."""
    texts = (text for node in holders for text in _chip_texts(node))
    return tuple(dict.fromkeys(word for text in texts for word in _chip_words(text)))


def _chip_texts(holder: LexborNode) -> Iterator[str]:
    """The text of each chip, and what stands beside them."""
    lists: set[int] = set()
    for one in holder.css(_CHIP_LISTS):
        while one.mem_id != holder.mem_id and one.parent and one.parent.mem_id not in lists:
            one = one.parent
            lists.add(one.mem_id)
    waiting = [holder]
    while waiting:
        node = waiting.pop()
        if node.is_text_node:
            yield fold(node.text_lexbor())
        elif node.is_element_node and _is_chip(node, lists, alone=node is holder):
            yield joined(node)
        elif node.is_element_node:
            waiting += list(node.iter(include_text=True))[::-1]


def _is_chip(node: LexborNode, lists: Collection[int], *, alone: bool) -> bool:
    """Whether an element's text is one keyword, however it is made up within; ``alone``: it
    was not found in a list of them, but may be that list."""
    if node.tag in ("a", "button"):
        return True
    if node.mem_id in lists or node.tag not in _CHIP_TAGS or (alone and node.tag != "li"):
        return False
    within = list(node.iter(include_text=True))
    # One element in it, or words beside it: a span of spans is a list.
    return (
        node.tag == "li"
        or len(within) == 1
        or any(one.is_text_node and one.text_lexbor().strip() for one in within)
    )


def _said_keywords(meta: Metadata) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The metadata's keywords, each with the name of what gave them."""
    for name in _KEYWORDS:
        parts = (part for one in meta.metas(name) for part in one.split(","))
        told = (part.strip().lstrip("#").strip() for part in parts)
        yield f"meta[name={name}]", tuple(dict.fromkeys(filter(None, told)))


def _chip_words(text: str) -> list[str]:
    text = _CHIP_LABEL.sub("", text)
    parts = text.split("#") if "#" in text else text.split(",")
    return [word for one in parts if (word := one.strip(" ,:")) and word not in _NO_CHIPS]


def images_of(reading: PageReading, body: Body) -> tuple[Image, ...]:
    """The cover first, if it stands in the metadata alone, then those of the body."""
    shown = tuple(dict.fromkeys(body.images))
    said = (
        media.cover_address(one, reading.links.base, reading.number) for one in reading.meta.images
    )
    cover = next(filter(None, said), None)
    if cover is None or media.is_shown(cover, (one.url for one in shown)):
        return shown
    reading.found("cover", "og:image")
    return (Image(cover), *shown)


def related_of(reading: PageReading, body: Body, text_by: str) -> tuple[Related, ...]:
    found: dict[str, Related] = {}
    for selector, nodes in reading.places.each("related", inside=True):
        for node in nodes:
            title = joined(node) or attribute(node, "title")
            url = reading.links.address(node)
            if title and url and url.startswith("http") and title.lower() != "more":
                found.setdefault(url, Related(title, url))
        if found:
            reading.found("related", selector)
            break
    for link in body.related:
        if link.url not in found:
            reading.found("related", f"{text_by} a")
            found[link.url] = link
    return tuple(found.values())
