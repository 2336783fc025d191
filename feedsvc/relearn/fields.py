"""The fields that stand in elements of their own: what a selector reads of each, whether that
is what the archive has, and the selectors that are right on every known page.

In: pages with what is known of them.  Out: values, verdicts, the elements that hold a known
value, what was settled for a field.  The values are read as ``parse`` reads them; that they
are is proven later, by ``parse`` itself.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from feedsvc.parse import NO_WORDS, drift, reporters
from feedsvc.parse.dates import machine_time, read_time
from feedsvc.parse.fields import chips
from feedsvc.parse.outline import Element, Outline
from feedsvc.relearn.known import KnownPage, is_time, squashed
from feedsvc.relearn.layout import Evidence
from feedsvc.relearn.selectors import Selector, TriedSelector, cover, often, outermost, smallest
from feedsvc.site import Site

Value = str | tuple[str, ...] | tuple[tuple[str, str], ...] | datetime | None
"""What a selector reads of a field; ``None`` or empty: nothing."""

_SINGLE = ("title", "published_at", "subtitle")
_LONGEST = 60
_SAME = 4
_MOST = 60
TOO_MANY = 300
"""Elements of a page among which no field is."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the article: how elements are read for it, what the archive has, and which
    elements of a page may be those of its value."""

    name: str
    read: Callable[[Outline, list[Element], Site, datetime, int], Value]
    wanted: Callable[[KnownPage], Value]
    holding: Callable[[KnownPage, Value], Iterator[Element]]

    def is_own(self, page: KnownPage) -> bool:
        """Whether an element of the page gave the archive's value: of another one it is not
        said where it should stand now."""
        source = drift.shown(page.record.sources).get(self.name, "")
        body = dict(page.record.sources).get("body", "")
        return bool(source) and source not in (f"{body} dateline", f"{body} a")

    def judged(self, page: KnownPage, found: list[Element]) -> bool | None:
        """Whether these elements say what the archive has of a page; ``None``: they say
        nothing, and whether that is right depends on what it has."""
        if len(found) > TOO_MANY:
            return False
        read = self.read(page.outline, found, page.site, page.now, page.record.id)
        wanted = self.wanted(page)
        if not read:
            return None
        if isinstance(read, tuple) and isinstance(wanted, tuple) and not self.is_own(page):
            return read == wanted or (None if set(read) <= set(wanted) else False)
        return read == wanted or _is_time(read, wanted)


def _is_time(read: Value, wanted: Value) -> bool:
    return isinstance(read, datetime) and isinstance(wanted, datetime) and is_time(wanted, read)


# -- what is read --------------------------------------------------------------------------------


def _title(page: Outline, found: list[Element], site: Site, now: datetime, own: int) -> Value:
    return next((text for one in found if (text := page.joined(one))), None)


def _subtitle(page: Outline, found: list[Element], site: Site, now: datetime, own: int) -> Value:
    return next(
        (
            text
            for one in found
            if (text := page.words(one)) not in NO_WORDS
            and not page.links.lists_others(one.node, own)
        ),
        None,
    )


def _reporters(page: Outline, found: list[Element], site: Site, now: datetime, own: int) -> Value:
    said = (reporters.names(page.words(one)) for one in outermost(found)[:_MOST])
    return reporters.merged(*said) or None


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
    return chips(one.node for one in found[:_MOST]) or None


def _related(page: Outline, found: list[Element], site: Site, now: datetime, own: int) -> Value:
    links: dict[str, str] = {}
    for one in found[:_MOST]:
        title = page.joined(one) or one.attributes.get("title", "")
        url = page.links.address(one.node)
        if title and url and url.startswith("http") and title.lower() != "more":
            links.setdefault(url, title)
    return tuple((title, url) for url, title in links.items()) or None


# -- where a known value stands --------------------------------------------------------------------


def _saying(page: KnownPage, wanted: Value) -> Iterator[Element]:
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


def _naming(page: KnownPage, wanted: Value) -> Iterator[Element]:
    """The short elements of which the value is what they say."""
    if not isinstance(wanted, tuple) or not isinstance(first := wanted[0], str):
        return
    outline = page.outline
    for one in reversed(outline.elements):
        if 0 < one.end - one.start <= _MOST and outline.size(one) <= 4 * _LONGEST:
            said = outline.words(one)
            if first in said and reporters.names(said) == wanted:
                yield one


def _timed(page: KnownPage, wanted: Value) -> Iterator[Element]:
    outline = page.outline
    for one in reversed(outline.elements):
        if one.end - one.start > _SAME or outline.size(one) > 2 * _LONGEST:
            continue
        if _is_time(_published_at(outline, [one], page.site, page.now, 0), wanted):
            yield one


def _listing(page: KnownPage, wanted: Value) -> Iterator[Element]:
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


def _linking(page: KnownPage, wanted: Value) -> Iterator[Element]:
    if not isinstance(wanted, tuple):
        return
    for one in page.outline.elements:
        if one.tag == "a" and "href" in one.attributes:
            pair = _related(page.outline, [one], page.site, page.now, 0)
            if isinstance(pair, tuple) and pair and pair[0] in wanted:
                yield one


def _text(name: str) -> Callable[[KnownPage], Value]:
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


# -- the selectors of a field: those that are right on every known page --------------------------

_SELECTORS = 3
"""Selectors of a field at most: so many templates a site has at a time."""
_STANDBYS = 2
_HOLDING = 8
_JUDGED = 160
_RANK = 10
_LARGE = 6
_SEVERAL = 40
"""So many characters beside it an element is worth that stands on each page alone."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The ``chosen`` selectors of a field, with their ``evidence``: on no page are they wrong.
    ``doubted`` are the pages without which a selector would be right."""

    evidence: Evidence
    chosen: tuple[Selector, ...] = ()
    doubted: tuple[int, ...] = ()


def settle(field: Field, pages: Sequence[KnownPage], least: int = 2) -> Settled:
    """What finds a field: the plainest selectors that together give each page its value, those
    that stand by as guards, or why there are none; on fewer than ``least`` pages nothing is
    learned."""
    having = [page for page in pages if field.wanted(page) and field.is_own(page)]
    ids = {page.record.id for page in having}
    if not having:
        return Settled(Evidence(field.name, (), 0, 0))
    tried = _tried(field, having, pages)
    cheapest = sorted(tried, key=lambda one: (one.cost, one.selector.css))
    good = [one for one in tried if not one.wrong]
    chosen = cover([one for one in good if one.selector.is_named], ids, _SELECTORS)
    if not _right(chosen) >= ids:
        chosen = cover(good, ids, _SELECTORS)
    right = _right(chosen) & ids
    found = tuple(one.selector for one in chosen)
    css = tuple(one.css for one in found)
    if right == ids and len(having) >= least:
        standbys = _standbys(cheapest, ids, found[0]) if len(found) == 1 else ()
        return Settled(Evidence(field.name, css, len(ids), len(ids), standbys), found)
    shown = sum(bool(page.holding.get(field.name)) for page in having)
    if len(having) < least:
        why = f"it stands on {len(having)} of the pages alone"
    elif not right and 2 * shown < len(having):
        why = "the pages show it no more"
    else:
        why = f"no selector is right on more than {len(right)} of {len(having)} pages"
    # The page without which a selector were right on all may have been edited; one that has
    # nothing to be changed there was not edited there.
    off = ((ids - one.right) | one.wrong for one in cheapest)
    doubted = next((tuple(each) for each in off if len(each) == 1 and each <= ids), ())
    return Settled(Evidence(field.name, css, len(right), len(having), (), why), found, doubted)


def _right(chosen: Sequence[TriedSelector]) -> set[int]:
    return set().union(*(one.right for one in chosen))


def _standbys(
    cheapest: Sequence[TriedSelector], ids: set[int], chosen: Selector
) -> tuple[str, ...]:
    """Selectors that are right on all pages too and go by something else: ``div.a`` beside
    ``.a`` is no witness of its own, nor is a plain tag within something, for what stands there
    changes with the page."""
    taken = [chosen]
    for one in cheapest:
        own = one.selector.own
        others = (each.own for each in taken)
        if (
            one.right >= ids
            and not one.wrong
            and one.selector.is_named
            and all(own != key and set(key[1:]).isdisjoint(own[1:]) for key in others)
        ):
            taken.append(one.selector)
    return tuple(one.css for one in taken[1 : 1 + _STANDBYS])


def _tried(
    field: Field, having: Sequence[KnownPage], pages: Sequence[KnownPage]
) -> list[TriedSelector]:
    """The candidates, each held against every page: a small element before a large one."""
    counted: Counter[Selector] = Counter()
    beside: Counter[Selector] = Counter()
    for page in having:
        if field.name not in page.holding:
            first = islice(field.holding(page, field.wanted(page)), _HOLDING)
            page.holding[field.name] = list(first)
        holding = page.holding[field.name]
        least = min(map(page.outline.size, holding), default=0)
        for selector, size in smallest(holding, page.outline).items():
            counted[selector] += 1
            beside[selector] += size - least
    tried = []
    # What stands on one page alone is that page's, where others have the field too.
    for selector in often(counted, min(2, len(having)))[:_JUDGED]:
        right: set[int] = set()
        wrong: set[int] = set()
        more = beside[selector] / counted[selector]
        for page in pages:
            found = page.find(selector)
            if field.name in _SINGLE and len(found) > 1:
                more += _SEVERAL / len(pages)
            verdict = field.judged(page, found)
            if verdict is not None:
                (right if verdict else wrong).add(page.record.id)
            if len(wrong) > 2:
                break
        rank, length, _ = selector.plainness
        cost = rank + min(_LARGE, more / _RANK) + length / 1000
        tried.append(TriedSelector(selector, right, cost, wrong))
    return tried
