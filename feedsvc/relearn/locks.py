"""How locked articles tell that they are: what their pages have and no other has.

In: pages with the kinds of marker that the archive knows of each.  Out: locks (an element
and its words), the elements whose words mean something of that sort, the words seen there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from feedsvc.model import STATUS_PRECEDENCE, Status
from feedsvc.parse import phrases
from feedsvc.parse.layout import Lock, lock_words
from feedsvc.parse.outline import Element
from feedsvc.relearn.known import KnownPage, squashed
from feedsvc.relearn.selectors import Key, Selector, is_named, keys

LONGEST = 300
"""Characters of a notice at most."""
_MOST = 3
_MOST_WORDS = 8
_TEXTS = 12

_Feature = tuple[Key, str]
_Said = dict[Key, dict[str, set[int]]]
"""What each named element says, and on which pages."""
_Told = dict[int, frozenset[Status]]
"""The kinds of marker of each page."""


@dataclass(frozen=True, slots=True)
class Locks:
    """``markers`` are the selectors of elements that stand on no page without a marker;
    ``words`` what was seen in each element that tells how an article can be read, on any
    page; ``missing`` the kinds that no element tells, each with its pages."""

    locks: tuple[Lock, ...] = ()
    markers: tuple[str, ...] = ()
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    missing: tuple[tuple[Status, tuple[int, ...]], ...] = ()


def kinds(page: KnownPage) -> frozenset[Status]:
    """The kinds of marker that the archive knows of an article."""
    return frozenset(one.kind for one in page.record.access.markers if one.counted)


def learned(pages: Sequence[KnownPage], taken: Callable[[KnownPage], Sequence[Element]]) -> Locks:
    """The locks of these pages: the words of a named element that stand on pages of one kind
    alone, the element being one that says such things and little else.  ``taken`` are the
    elements of an article's fields, which are its own."""
    told = {page.record.id: kinds(page) for page in pages}
    said = _said(pages, taken)
    phrased = _phrased(said, told, pages[0])
    marked = {number for number, one in told.items() if one}
    # An element that stands on the pages of one kind alone may do so by chance.
    common = {key: len(marked & set().union(*words.values())) for key, words in said.items()}
    locks: list[Lock] = []
    chosen: list[_Feature] = []
    missing: list[tuple[Status, tuple[int, ...]]] = []
    # The kinds of most pages first: they show which element says such things.
    for kind in sorted(
        STATUS_PRECEDENCE, key=lambda kind: -sum(kind in one for one in told.values())
    ):
        rest = {number for number, one in told.items() if kind in one}
        named = {key for key, _ in chosen}
        good = [
            (key, words, where)
            for key, all_words in said.items()
            if len(all_words) <= _MOST_WORDS and _is_explained(all_words, told)
            for words, where in all_words.items()
            if where <= rest
            and _may_say(words, kind, _meant(where, told, phrased), pages[0])
            # Where the phrases that are known say so, one page is enough.
            and (len(where) > 1 or key in named or kind in _kinds_said(words, pages[0]))
        ]
        for _ in range(_MOST):
            best = max(
                good,
                key=lambda one: (
                    len(one[2] & rest),
                    one[0] in named,
                    common[one[0]],
                    *_rank(one, said),
                ),
                default=None,
            )
            if best is None or not best[2] & rest:
                break
            rest -= best[2]
            locks.append(Lock(Selector(best[0]).css, best[1], kind))
            chosen.append(best[:2])
        if rest:
            missing.append((kind, tuple(sorted(rest))))
    return Locks(tuple(locks), *_elements(chosen, pages, told), tuple(missing))


def _said(pages: Sequence[KnownPage], taken: Callable[[KnownPage], Sequence[Element]]) -> _Said:
    said: _Said = {}
    for page in pages:
        for key, words in _features(page, taken(page)):
            said.setdefault(key, {}).setdefault(words, set()).add(page.record.id)
    return said


def _is_explained(words: dict[str, set[int]], told: _Told) -> bool:
    """Whether each thing that an element says stands on pages of one kind alone, or on
    those that are not locked."""
    return all(
        frozenset.intersection(*(told[number] for number in where))
        or all(told[number] <= {Status.PLUS_FIRST} for number in where)
        for where in words.values()
    )


def _phrased(said: _Said, told: _Told, page: KnownPage) -> dict[int, set[Status]]:
    """The kinds that known phrases tell on each page; the same phrases stand in boxes of
    every page, and there they tell nothing."""
    where: dict[str, set[int]] = {}
    for words_of_one in said.values():
        for words, numbers in words_of_one.items():
            where.setdefault(words, set()).update(numbers)
    found: dict[int, set[Status]] = {number: set() for number in told}
    for words, numbers in where.items():
        kinds = _kinds_said(words, page)
        for number in numbers:
            found[number] |= kinds.intersection(*(told[each] for each in numbers))
    return found


def _meant(where: set[int], told: _Told, phrased: dict[int, set[Status]]) -> set[Status]:
    """The kinds of which all these pages are, those left out that known phrases tell there."""
    shared = frozenset.intersection(*(told[number] for number in where))
    return {kind for kind in shared if any(kind not in phrased[number] for number in where)}


def _may_say(words: str, kind: Status, meant: set[Status], page: KnownPage) -> bool:
    """Whether words may mean a kind: known phrases mean what they say, and of what stands on
    pages of several kinds alone (two notices on each) it is not told which one it means."""
    said = _kinds_said(words, page)
    return kind in said if said else meant == {kind}


def _kinds_said(words: str, page: KnownPage) -> set[Status]:
    return set(phrases.said(words, page.site.tz, notice=True).kinds) - {Status.UNKNOWN}


def _elements(
    chosen: Sequence[_Feature], pages: Sequence[KnownPage], told: _Told
) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Of the elements of the locks: those of marked pages alone, and the words seen."""
    markers: list[str] = []
    words: list[tuple[str, tuple[str, ...]]] = []
    # What an element says on pages of a kind that was not learned is not known.
    unmarked = [page for page in pages if not told[page.record.id]]
    for key in dict.fromkeys(one for one, _ in chosen):
        css = Selector(key).css
        others = [
            lock_words(page.outline.words(one))
            for page in unmarked
            for one in page.index.get(key, ())
        ]
        words.append((css, tuple(sorted({*others, *(said for one, said in chosen if one == key)}))))
        if not others:
            markers.append(css)
    return tuple(markers), tuple(words)


def _features(page: KnownPage, taken: Sequence[Element]) -> set[_Feature]:
    """What the page's short texts that are none of the article's say, with the elements
    around."""
    if page.said is None:
        page.said = list(_notices(page))
    return {
        (key, words)
        for one, words in page.said
        if not any(one.holds(other) or other.holds(one) for other in taken)
        for key in keys(one)
        if is_named(key)
    }


def _notices(page: KnownPage) -> Iterator[tuple[Element, str]]:
    """The short texts that the archive does not have."""
    outline = page.outline
    own = {squashed(page.record.title), squashed(page.record.subtitle)}
    for one in outline.elements:
        if not 0 < one.end - one.start <= _TEXTS or outline.size(one) > LONGEST:
            continue
        link = next((each for each in (one, *one.above()) if each.tag == "a"), None)
        leads_to = outline.links.article_id(link.node) if link else None
        if any(page.is_known[one.start : one.end]) or leads_to not in (None, page.record.id):
            continue
        words = lock_words(outline.words(one))
        if words and squashed(words) not in own:
            yield one, words


def _rank(one: tuple[Key, str, set[int]], said: _Said) -> tuple[int, int, int, str]:
    """Few other words before many, a whole notice before a part of it, the plainer name."""
    key, words, _ = one
    return -len(said[key]), len(words), -Selector(key).plainness[0], Selector(key).css
