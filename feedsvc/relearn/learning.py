"""A layout out of known articles and their pages: learned, proven, or refused.

In: known articles with their pages, section pages, the records of what they list.  Out: a
``Draft``.  Nothing is adopted here, and a draft that is not proven says why.

Source of the idea: wrapper re-induction (Lerman, Minton and Knoblock 2003; Raposo and Pan
2005).  What makes it safe: known articles of every aspect, a proof by the program's own
parser, and a refusal wherever something is in doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, Record
from feedsvc.parse import BUILT_IN, Given
from feedsvc.parse.layout import Layout
from feedsvc.relearn import locks, rows
from feedsvc.relearn.known import Known, Page, is_more, is_time, squashed
from feedsvc.relearn.layout import NOTHING_NEW, Draft
from feedsvc.relearn.learner import FOLDS, Attempt, Learner
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
    pages: list[Page] = []
    for one in known:
        try:
            pages.append(Page.of(one, site, now))
        except ParseError as error:
            aside[one.record.id] = error.message
    old = [page for page in pages if learner.is_exact(page, None)]
    listed = rows.still_read(learner, listings, records)
    if old and len(old) == len(pages):
        draft = Draft(None, None, used=tuple(page.record.id for page in old), exact=len(old))
    else:
        aside |= {page.record.id: "it is read as before" for page in old}
        draft = _articles(learner, [page for page in pages if page not in old], aside)
    if listed is None:
        return rows.with_rows(draft, learner, listings, records)
    if draft.layout is None and draft.refused is None:
        return replace(draft, refused=NOTHING_NEW)
    return replace(draft, listed=listed)


def _articles(learner: Learner, pages: list[Page], aside: dict[int, str]) -> Draft:
    doubts = 0
    pages = _unchanged(pages, aside)
    while True:
        refused = _unsuited(pages)
        attempt = learner.attempt(pages) if pages else None
        if attempt is None or refused:
            return _draft(learner, attempt, pages, aside, refused or _few(len(pages)))
        off = _off(learner, attempt, pages)
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
        draft = _judged(learner, attempt, pages, aside, off)
        return replace(draft, doubted=tuple(page.record.id for page in released))


def _judged(
    learner: Learner,
    attempt: Attempt,
    pages: list[Page],
    aside: dict[int, str],
    off: list[tuple[Page, str]],
) -> Draft:
    lacking = attempt.lacking
    if lacking:
        one = lacking[0]
        return _draft(learner, attempt, pages, aside, f"{one.field} was not found: {one.why}", off)
    if off:
        added = sum(why == _ADDED for _, why in off)
        told = (
            f"text that the archive does not have stands in {added} of {len(pages)} texts"
            if added
            else f"{len(off)} of {len(pages)} pages are not read as the archive has them "
            f"({off[0][1]} of article {off[0][0].record.id})"
        )
        return _draft(learner, attempt, pages, aside, told, off)
    if learner.disturbs(pages, attempt.layout):
        told = "pages of before would be read by the new layout"
        return _draft(learner, attempt, pages, aside, told)
    exact, wrong = learner.folds(pages)
    refused = None
    if wrong:
        refused = f"of pages that were left out of the learning {wrong} were read wrong"
    elif FOLDS * exact < len(pages):
        refused = f"of pages that were left out of the learning {exact} alone were read"
    return _draft(learner, attempt, pages, aside, refused, off, exact)


def _are_told(pages: Sequence[Page], released: Sequence[Page]) -> bool:
    """Whether the kinds of lock of those that were released stand on other pages too: else
    it is likelier that the lock was not found."""
    kept = [locks.kinds(page) for page in pages if page not in released]
    lost = set().union(*(locks.kinds(page) for page in released))
    return lost <= set().union(*kept)


def _off(learner: Learner, attempt: Attempt, pages: Sequence[Page]) -> list[tuple[Page, str]]:
    """The pages that the parser does not read as the archive has them, and in what."""
    off: list[tuple[Page, str]] = []
    for page in pages:
        article = learner.read(page.known.page, attempt.layout)
        if article is None:
            off.append((page, "it is not read"))
            continue
        differing = learner.differing(page.record, article)
        if not differing:
            continue
        more = is_more(page.record, article)
        if more and page.record.access.locked and not article.access.locked:
            off.append((page, _RELEASED))
        elif more and set(differing) <= {"body", "images", "access"}:
            off.append((page, _ADDED))
        else:
            off.append((page, ", ".join(differing)))
    return off


def _unchanged(pages: list[Page], aside: dict[int, str]) -> list[Page]:
    """The pages that still show what the archive has of their optional fields; where most
    pages show a field no more, the site gave it up, and none was changed for that."""
    for name in _OPTIONAL:
        lost = []
        having = []
        for page in pages:
            values = [squashed(each) for each in _words(page.record, name)]
            if not values or name not in dict(page.record.sources):
                continue
            having.append(page)
            if not all(value in page.whole for value in values):
                lost.append(page)
        if lost and 4 * len(lost) <= len(having):
            aside |= {page.record.id: f"its {name} changed" for page in lost}
            pages = [page for page in pages if page not in lost]
    return pages


def _words(record: Record, name: str) -> tuple[str, ...]:
    if name == "subtitle":
        return (record.subtitle,) if record.subtitle else ()
    if name == "related":
        return tuple(one.title for one in record.related)
    return record.keywords


def _unsuited(pages: Sequence[Page]) -> str | None:
    if len(pages) < LEAST:
        return _few(len(pages))
    locked = sum(page.record.access.locked for page in pages)
    if locked < 2:
        return f"{locked or 'none'} of the known articles is locked; two must be"
    if len(pages) - locked < 2:
        return "all known articles but one are locked; two must be open"
    return None


def _few(count: int) -> str:
    return f"{count} known articles could be laid beside their pages; {LEAST} are needed"


def _draft(
    learner: Learner,
    attempt: Attempt | None,
    pages: Sequence[Page],
    aside: Mapping[int, str],
    refused: str | None,
    off: Sequence[tuple[Page, str]] = (),
    folds: int = 0,
) -> Draft:
    layout = attempt.layout if attempt else None
    coarse = False
    for page in pages if refused is None else ():
        article = learner.read(page.known.page, layout)
        kept = page.record.published_at
        if article is not None and kept.second and is_time(kept, article.published_at):
            coarse = coarse or article.published_at != kept
    return Draft(
        layout,
        refused,
        tuple(attempt.fields) if attempt else (),
        tuple(sorted(aside.items())),
        tuple(page.record.id for page in pages),
        len(pages) - len(off) if attempt else 0,
        folds,
        coarse,
    )
