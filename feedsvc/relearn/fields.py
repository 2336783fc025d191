"""The fields that stand in elements of their own: what a selector reads of each, and whether
that is what the archive has.

In: pages with what is known of them.  Out: values, verdicts, the elements that hold a known
value.  The values are read as ``parse`` reads them; that they are is proven later, by
``parse`` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from feedsvc.parse import NO_WORDS, drift, keywords, reporters
from feedsvc.parse.dates import machine_time, read_time
from feedsvc.parse.outline import Element, Outline
from feedsvc.relearn.known import Page, squashed
from feedsvc.site import Site

Value = str | tuple[str, ...] | tuple[tuple[str, str], ...] | datetime | None
"""What a selector reads of a field; ``None`` or empty: nothing."""

_LONGEST = 60
_SAME = 4
_MOST = 60
TOO_MANY = 300
"""Elements of a page among which no field is."""


class Verdict(Enum):
    """Of what a selector reads on a page."""

    RIGHT = "right"
    WRONG = "wrong"
    NOTHING = "nothing"
    """It finds nothing; whether that is right depends on what the archive has."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the article: how elements are read for it, what the archive has, and which
    elements of a page may be those of its value."""

    name: str
    read: Callable[[Outline, list[Element], Site, datetime, int], Value]
    wanted: Callable[[Page], Value]
    holding: Callable[[Page, Value], Iterator[Element]]

    @property
    def is_single(self) -> bool:
        """Whether one element of a page holds it."""
        return self.name in ("title", "published_at", "subtitle")

    def is_own(self, page: Page) -> bool:
        """Whether an element of the page gave the archive's value: of another one it is not
        said where it should stand now."""
        source = drift.shown(page.record.sources).get(self.name, "")
        body = page.sources.get("body", "")
        return bool(source) and source not in (f"{body} dateline", f"{body} a")

    def judged(self, page: Page, found: list[Element]) -> Verdict:
        """What these elements say of a page, held against the archive."""
        if len(found) > TOO_MANY:
            return Verdict.WRONG
        read = self.read(page.outline, found, page.site, page.now, page.record.id)
        if not read:
            return Verdict.NOTHING
        wanted = self.wanted(page)
        if read == wanted or (isinstance(read, datetime) and agrees(read, wanted)):
            return Verdict.RIGHT
        if isinstance(read, tuple) and isinstance(wanted, tuple) and not self.is_own(page):
            return Verdict.NOTHING if set(read) <= set(wanted) else Verdict.WRONG
        return Verdict.WRONG


def agrees(read: datetime, wanted: Value) -> bool:
    """Whether a time is the archive's, as far as it goes: it may lack the seconds."""
    if not isinstance(wanted, datetime):
        return False
    return read.second == 0 and read == wanted.replace(second=0, microsecond=0)


# -- what is read --------------------------------------------------------------------------------


def _title(page: Outline, found: list[Element], site: Site, now: datetime, own: int) -> Value:
    return next((text for one in found if (text := page.joined(one))), None)


def _subtitle(page: Outline, found: list[Element], site: Site, now: datetime, own: int) -> Value:
    for one in found:
        text = page.words(one)
        if text not in NO_WORDS and not _lists_others(page, one, own):
            return text
    return None


def _lists_others(page: Outline, one: Element, own: int) -> bool:
    links = (each for each in page.within(one) if each.tag == "a" and "href" in each.attributes)
    return any(page.links.article_id(each.node) not in (None, own) for each in links)


def _reporters(page: Outline, found: list[Element], site: Site, now: datetime, own: int) -> Value:
    outer: list[Element] = []
    for one in found:
        if not outer or one.number > outer[-1].last:
            outer.append(one)
    return reporters.merged(*(reporters.names(page.words(one)) for one in outer[:_MOST])) or None


def _published_at(
    page: Outline, found: list[Element], site: Site, now: datetime, own: int
) -> Value:
    if not found:
        return None
    shown = read_time(page.words(found[0]), now, site.tz, alone=True)
    if shown is not None and shown.sure:
        return shown.at
    said = found[0].attributes.get("datetime")
    return machine_time(said, now, site.tz) if said else None


def _keywords(page: Outline, found: list[Element], site: Site, now: datetime, own: int) -> Value:
    return keywords.chips(one.node for one in found[:_MOST]) or None


def _related(page: Outline, found: list[Element], site: Site, now: datetime, own: int) -> Value:
    links: dict[str, str] = {}
    for one in found[:_MOST]:
        title = page.joined(one) or one.attributes.get("title", "")
        url = page.links.address(one.node)
        if title and url and url.startswith("http") and title.lower() != "more":
            links.setdefault(url, title)
    return tuple((title, url) for url, title in links.items()) or None


# -- where a known value stands --------------------------------------------------------------------


def _saying(page: Page, wanted: Value) -> Iterator[Element]:
    """The elements whose text is the value, the smallest first."""
    if not isinstance(wanted, str):
        return
    outline, text = page.outline, squashed(wanted)
    for one in reversed(outline.elements):
        if 0 < one.end - one.start <= _MOST:
            size = outline.size(one)
            if (
                len(text) <= size <= 4 * len(text) + _LONGEST
                and squashed("".join(outline.texts[one.start : one.end])) == text
            ):
                yield one


def _naming(page: Page, wanted: Value) -> Iterator[Element]:
    """The short elements of which the value is what they say."""
    if not isinstance(wanted, tuple) or not isinstance(first := wanted[0], str):
        return
    outline = page.outline
    for one in reversed(outline.elements):
        if 0 < one.end - one.start <= _MOST and outline.size(one) <= 4 * _LONGEST:
            said = outline.words(one)
            if first in said and reporters.names(said) == wanted:
                yield one


def _timed(page: Page, wanted: Value) -> Iterator[Element]:
    outline = page.outline
    for one in reversed(outline.elements):
        if one.end - one.start > _SAME or outline.size(one) > 2 * _LONGEST:
            continue
        read = _published_at(outline, [one], page.site, page.now, 0)
        if isinstance(read, datetime) and (read == wanted or agrees(read, wanted)):
            yield one


def _listing(page: Page, wanted: Value) -> Iterator[Element]:
    """The small elements that hold each of the words, and those of each word."""
    if not isinstance(wanted, tuple):
        return
    outline = page.outline
    words = [word for word in wanted if isinstance(word, str)]
    most = 3 * sum(map(len, words)) + 2 * _LONGEST
    for one in reversed(outline.elements):
        if 0 < one.end - one.start <= 3 * len(words) + 6 and outline.size(one) <= most:
            said: str = outline.words(one)
            if said.lstrip("#") in words or all(word in said for word in words):
                yield one


def _linking(page: Page, wanted: Value) -> Iterator[Element]:
    if not isinstance(wanted, tuple):
        return
    for one in page.outline.elements:
        if one.tag == "a" and "href" in one.attributes:
            pair = _related(page.outline, [one], page.site, page.now, 0)
            if isinstance(pair, tuple) and pair and pair[0] in wanted:
                yield one


def _text(name: str) -> Callable[[Page], Value]:
    return lambda page: getattr(page.record, name) or None


FIELDS: tuple[Field, ...] = (
    Field("title", _title, _text("title"), _saying),
    Field("published_at", _published_at, _text("published_at"), _timed),
    Field("subtitle", _subtitle, _text("subtitle"), _saying),
    Field("reporters", _reporters, _text("reporters"), _naming),
    Field("keywords", _keywords, _text("keywords"), _listing),
    Field(
        "related",
        _related,
        lambda page: tuple((one.title, one.url) for one in page.record.related) or None,
        _linking,
    ),
)

OPTIONAL = tuple(one.name for one in FIELDS if one.name not in ("title", "published_at"))
"""Fields without which there is an article all the same: those that a site may give up."""
