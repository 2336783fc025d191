"""Why a page that a new layout read is held all the same.

In: the article as it was read, its page, the layout.  Out: a reason in a few words, or none.
A layout knows what it was learned from; a page that shows something else may need a rule
that nobody has learned yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, ParsedArticle, Record
from feedsvc.parse.layout import lock_words
from feedsvc.parse.outline import Element, Outline, outline
from feedsvc.relearn.fields import FIELDS
from feedsvc.relearn.layout import LearnedLayout
from feedsvc.relearn.selectors import EDITORS, NAMED_TAGS
from feedsvc.site import Site
from feedsvc.text import visible

COUNTED = ("title", "main", "body", "subtitle", "published_at")
"""Parts of which a page shows no more than the pages that were learned from."""
_DIGITS = re.compile(r"[0-9]+")
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}")
_USUAL_WORDS = """
a abbr b bdi big br caption cite code col colgroup dd del dfn div dl dt em figcaption figure font
h3 h4 h5 i iframe img ins li mark oembed ol p picture pre q s small source span strike strong sub
sup table tbody td tfoot th thead tr u ul video blockquote wbr hr data label
"""
_USUAL = frozenset(_USUAL_WORDS.split())
"""Elements of which any text may have some."""
_SAYING = frozenset({"itemprop", "slot", "part"})
_SHARED = 10
"""Characters of a text from which several pages do not have it by chance."""


def guard(
    article: ParsedArticle, page: FetchedPage, layout: LearnedLayout, site: Site
) -> str | None:
    """Why an article must be held that this layout read; ``None``: it need not."""
    try:
        seen = outline(page, site)
    except ParseError as error:
        return error.message
    guards = layout.guards
    for name, found in counts(seen, layout).items():
        most = guards.counts.get(name, 0)
        if found > most:
            return f"{found} elements of {name}, never more than {most} before"
    for css, known in guards.words.items():
        for one in seen.find(css):
            words = lock_words(seen.words(one))
            if words not in known:
                return f"a lock that was never seen ({css}: {words[:40]})"
    kind = next((one for one in kinds(seen, layout) if one not in guards.kinds), None)
    if kind is not None:
        return f"unknown block {kind}"
    # The first field that a standby reads in another way than the layout's own selector.
    now = article.published_at
    for field in FIELDS:
        value = field.read(seen, _part(seen, layout, field.name), site, now, article.id)
        for css in guards.standbys.get(field.name, ()):
            if field.read(seen, seen.find(css), site, now, article.id) != value:
                return f"{css} shows another {field.name}"
    return None


def _part(seen: Outline, layout: LearnedLayout, name: str) -> list[Element]:
    """What the first selector of a part finds that finds anything."""
    return next(filter(None, map(seen.find, layout.parts.get(name, ()))), [])


def counts(seen: Outline, layout: LearnedLayout) -> dict[str, int]:
    """How often each part stands on a page."""
    return {name: len(_part(seen, layout, name)) for name in COUNTED}


def kinds(seen: Outline, layout: LearnedLayout) -> Iterator[str]:
    """The kinds of element in a page's article block, those within excluded ones left out:
    ``div.promo``, ``div[data-part=promo]``, ``aside``, and ``beside div.promo`` where it does
    not stand in the text.  Numbers in names are not told apart, and what an editor makes is
    no kind of its own: beside the text it is one, for it may be a part that was missed."""
    mains, titles = _part(seen, layout, "main"), _part(seen, layout, "title")
    above = mains[0].above() if mains and titles else ()
    block = next((one for one in above if one.holds(titles[0]) and one.holds(mains[-1])), None)
    excluded = layout.parts.get("excluded", ())
    skipped = {one.number for css in excluded for one in seen.find(css)}
    areas = _part(seen, layout, "body")
    until = -1
    for one in seen.within(block)[1:] if block else ():
        if one.number <= until:
            continue
        if one.number in skipped:
            until = one.last
        if any(area.holds(one) or one.holds(area) for area in areas):
            yield from _kinds(one)
        else:
            yield from (f"beside {kind}" for kind in _kinds(one) or [one.tag])


def _kinds(one: Element) -> list[str]:
    classes = one.attributes.get("class", "").split()
    found = [f"{one.tag}.{_DIGITS.sub('0', name)}" for name in classes if name not in EDITORS]
    found += [
        f"{one.tag}[{name}={value}]"
        for name, value in one.attributes.items()
        if (name.startswith("data-") or name in _SAYING) and _WORD.fullmatch(value)
    ]
    return found or ([one.tag] if one.tag in NAMED_TAGS or one.tag not in _USUAL else [])


def texts(article: ParsedArticle | Record) -> frozenset[str]:
    """The texts of a body's blocks, by which pages that share one are found."""
    found = (visible(block) for block in article.body)
    return frozenset(text for text in found if len(text) >= _SHARED)


def shared(articles: Iterable[ParsedArticle | Record], records: Iterable[Record]) -> dict[int, str]:
    """Of articles that a new layout read, those that must be held since another of them has
    the same text and no record does: why, by id."""
    having: dict[str, set[int]] = {}
    for article in articles:
        for text in texts(article):
            having.setdefault(text, set()).add(article.id)
    several = {text: ids for text, ids in having.items() if len(ids) > 1}
    for record in records if several else ():
        for text in texts(record):
            several.pop(text, None)
    told = "new pages share a text that the archive does not have"
    return {
        number: f"{len(ids)} {told}: {text[:40]}" for text, ids in several.items() for number in ids
    }
