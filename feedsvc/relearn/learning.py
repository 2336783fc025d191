"""A layout out of known articles and their pages: learned, proven, or refused.

In: known articles with their pages, section pages, the records of what they list.  Out: a
``Draft``.  Nothing is adopted here, and a draft that is not proven says why.

Source of the idea: wrapper re-induction (Lerman, Minton and Knoblock 2003; Raposo and Pan
2005).  What makes it safe: known articles of every aspect, a proof by the program's own
parser, and a refusal wherever something is in doubt.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, Record
from feedsvc.parse import BUILT_IN, Given
from feedsvc.parse.layout import Layout
from feedsvc.relearn import locks, rows
from feedsvc.relearn.known import Known, KnownPage, is_more, optional_words
from feedsvc.relearn.layout import NOTHING_NEW, Draft, LearnedLayout
from feedsvc.relearn.learner import FOLDS, Learner
from feedsvc.site import Site

LEAST = 16
"""Known articles that a layout is learned from, at least."""
DOUBTED = 1
"""Pages that may be put aside because they seem to have been edited since: of more than one
it is likelier that the selector is wrong."""
MORE = "it has more than the archive: it was edited since, or something is read as text"
_OPTIONAL = ("subtitle", "keywords", "related")
_RELEASED = "it was released since"
_ADDED = "it has text that the archive does not have"


def learn(
    known: Sequence[Known],
    listings: Sequence[FetchedPage],
    records: Mapping[int, Record],
    site: Site,
    now: datetime,
    *,
    number: int,
    without: Collection[str] = (),
    layouts: Sequence[Layout] = BUILT_IN,
    given: Given = MappingProxyType({}),
) -> Draft:
    """The layout of these pages, with its evidence.

    ``listings`` are section pages, ``records`` those of the articles that they list;
    ``number`` is that of the layout to be; ``without`` names fields that the operator says
    the site gave up; ``layouts`` are all that are read by now, ``given`` the operator's
    selectors.  What those still read is not learned anew.
    """
    learner = Learner(site, now, number, without, layouts, given)
    aside: dict[int, str] = {}
    pages: list[KnownPage] = []
    for one in known:
        try:
            pages.append(KnownPage.of(one, site, now))
        except ParseError as error:
            aside[one.record.id] = error.message
    old = [page for page in pages if _off(learner, None, page) is None]
    listed = rows.still_read(learner, listings, records)
    if old and len(old) == len(pages):
        draft = Draft(None, None, used=tuple(page.record.id for page in old), exact=len(old))
    else:
        aside |= {page.record.id: "it is read as before" for page in old}
        draft = _articles(learner, [page for page in pages if page not in old], aside)
    if listed is None:
        return rows.with_rows(draft, learner, listings, records)
    is_new = draft.layout is not None or draft.refused is not None
    return replace(draft, listed=listed) if is_new else replace(draft, refused=NOTHING_NEW)


def _articles(learner: Learner, pages: list[KnownPage], aside: dict[int, str]) -> Draft:
    doubts = 0
    pages = _unchanged(pages, aside)
    while True:
        refused = _unsuited(pages)
        attempt = learner.attempt(pages) if pages else Draft(None, None)
        if refused:
            return _draft(learner, attempt, pages, aside, refused, len(pages))
        off = [
            (page, why)
            for page in pages
            if (why := _off(learner, attempt.layout, page)) is not None
        ]
        released = [page for page, why in off if why == _RELEASED]
        if released and _are_told(pages, released):
            aside |= {page.record.id: _RELEASED for page in released}
            pages = [page for page in pages if page not in released]
            continue
        doubted = [page for page in pages if page.record.id in attempt.doubted]
        doubted += [page for page, why in off if why == _ADDED]
        if doubted and doubts + len(doubted) <= DOUBTED:
            doubts += len(doubted)
            aside |= {page.record.id: MORE for page in doubted}
            pages = [page for page in pages if page not in doubted]
            continue
        refused, folds = _judged(learner, attempt, pages, off)
        draft = _draft(learner, attempt, pages, aside, refused, len(pages) - len(off), folds)
        return replace(draft, doubted=tuple(page.record.id for page in released))


def _judged(
    learner: Learner, attempt: Draft, pages: list[KnownPage], off: list[tuple[KnownPage, str]]
) -> tuple[str | None, int]:
    """Why a layout is refused, if it is; how many pages were read exactly that were left out
    of the learning."""
    if attempt.lacking:
        one = attempt.lacking[0]
        return f"{one.field} was not found: {one.why}", 0
    added = sum(why == _ADDED for _, why in off)
    if added:
        told = f"text that the archive does not have stands in {added} of {len(pages)} texts"
        return told, 0
    if off:
        page, why = off[0]
        told = f"{len(off)} of {len(pages)} pages are not read as the archive has them"
        return f"{told} ({why} of article {page.record.id})", 0
    if learner.disturbs(pages, attempt.layout):
        return "pages of before would be read by the new layout", 0
    exact, wrong = learner.folds(pages)
    if wrong:
        return f"of pages that were left out of the learning {wrong} were read wrong", exact
    if FOLDS * exact < len(pages):
        return f"of pages that were left out of the learning {exact} alone were read", exact
    return None, exact


def _are_told(pages: Sequence[KnownPage], released: Sequence[KnownPage]) -> bool:
    """Whether the kinds of lock of those that were released stand on other pages too: else
    it is likelier that the lock was not found."""
    kept = [locks.kinds(page) for page in pages if page not in released]
    lost = set().union(*(locks.kinds(page) for page in released))
    return lost <= set().union(*kept)


def _off(learner: Learner, layout: LearnedLayout | None, page: KnownPage) -> str | None:
    """In what the parser does not read a page as the archive has it."""
    article = learner.read(page.known.page, layout)
    if article is None:
        return "it is not read"
    differing = learner.differing(page.record, article)
    more = bool(differing) and is_more(page.record, article)
    if more and page.record.access.locked and not article.access.locked:
        return _RELEASED
    if more and set(differing) <= {"body", "images", "access"}:
        return _ADDED
    return ", ".join(differing) or None


def _unchanged(pages: list[KnownPage], aside: dict[int, str]) -> list[KnownPage]:
    """The pages that still show what the archive has of their optional fields; where most
    pages show a field no more, the site gave it up, and none was changed for that."""
    for name in _OPTIONAL:
        told = [
            (page, words)
            for page in pages
            if name in dict(page.record.sources) and (words := optional_words(page.record)[name])
        ]
        lost = [page for page, words in told if not all(word in page.whole for word in words)]
        if lost and 4 * len(lost) <= len(told):
            aside |= {page.record.id: f"its {name} changed" for page in lost}
            pages = [page for page in pages if page not in lost]
    return pages


def _unsuited(pages: Sequence[KnownPage]) -> str | None:
    count = len(pages)
    locked = sum(page.record.access.locked for page in pages)
    wanting = {
        f"{count} known articles could be laid beside their pages; {LEAST} are needed": (
            count < LEAST
        ),
        f"{locked or 'none'} of the known articles is locked; two must be": locked < 2,
        "all known articles but one are locked; two must be open": count - locked < 2,
    }
    return next((why for why, is_so in wanting.items() if is_so), None)


def _draft(
    learner: Learner,
    attempt: Draft,
    pages: Sequence[KnownPage],
    aside: Mapping[int, str],
    refused: str | None,
    exact: int,
    folds: int = 0,
) -> Draft:
    times = (
        (page.record.published_at, article.published_at)
        for page in pages
        if (article := learner.read(page.known.page, attempt.layout)) is not None
    )
    coarse = refused is None and any(
        kept.second and read == kept.replace(second=0, microsecond=0) for kept, read in times
    )
    return replace(
        attempt,
        refused=refused,
        aside=tuple(sorted(aside.items())),
        used=tuple(page.record.id for page in pages),
        exact=exact,
        folds=folds,
        coarse=coarse,
        doubted=(),
    )
