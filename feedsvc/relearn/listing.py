"""The section pages of a draft: whether their rows are read, learning them, proving it.

In: section pages, the records of what they list.  Out: a draft with the rows' parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from feedsvc import parse
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, Record, Row
from feedsvc.parse.layout import Layout
from feedsvc.relearn import rows
from feedsvc.relearn.draft import Draft, Evidence
from feedsvc.relearn.known import squashed
from feedsvc.relearn.layout import LearnedLayout
from feedsvc.relearn.learner import FOLDS, Learner

_MOST_EDITED = 5
"""Of so many known rows one may have another headline, edited since."""


def still_read(
    learner: Learner, listings: Sequence[FetchedPage], records: Mapping[int, Record]
) -> int | None:
    """How many known rows are read right by the layouts of today; ``None`` where the rows
    must be learned."""
    right = 0
    for page in listings:
        found, off = _known(_read(learner, page, learner.layouts), records)
        if not found or off * _MOST_EDITED > found:
            return None
        right += found - off
    return right


def with_rows(
    draft: Draft,
    learner: Learner,
    listings: Sequence[FetchedPage],
    records: Mapping[int, Record],
) -> Draft:
    """The draft with the rows of its section pages, or why they were not found."""
    pages, why = _pages(learner, listings)
    found = rows.learned(pages, records) if pages else rows.Rows({}, 0, why)
    evidence = [
        Evidence(name, selectors, found.known, found.known)
        for name, selectors in found.parts.items()
    ]
    if found.why:
        evidence.append(Evidence("rows", (), 0, found.known, (), found.why))
    base = draft.layout or LearnedLayout(
        learner.number, {}, from_data=any(page.outline.is_data for page in pages)
    )
    layout = replace(base, parts={**base.parts, **found.parts})
    draft = replace(draft, layout=layout, fields=(*draft.fields, *evidence))
    if found.why:
        told = f"the rows of section pages were not found: {found.why}"
        return replace(draft, refused=draft.refused or told)
    right, wrong = _proven(learner, listings, pages, records, layout)
    draft = replace(draft, listed=right)
    if wrong:
        told = f"{wrong} of {right + wrong} known rows are not read as the archive has them"
        return replace(draft, refused=draft.refused or told)
    return draft


def _pages(learner: Learner, listings: Sequence[FetchedPage]) -> tuple[list[rows.Listed], str]:
    try:
        return [rows.Listed.of(one, learner.site, learner.now) for one in listings], ""
    except ParseError as error:
        return [], error.message


def _proven(
    learner: Learner,
    listings: Sequence[FetchedPage],
    pages: Sequence[rows.Listed],
    records: Mapping[int, Record],
    layout: LearnedLayout,
) -> tuple[int, int]:
    """Known rows that the parser reads right, and wrong: with the layout, and each fourth of
    them with a layout that was learned from the others."""
    right = wrong = 0
    listed: dict[int, Record] = {}
    for page in listings:
        found = _read(learner, page, learner.beside(layout)) or ()
        listed.update((row.id, records[row.id]) for row in found if row.id in records)
        known, off = _known(found, records)
        allowed = known // _MOST_EDITED
        right += known - off
        wrong += max(0, off - allowed) if known else 1
    ids = sorted(listed)
    for fold in range(FOLDS):
        left = set(ids[fold::FOLDS])
        rest = {number: one for number, one in listed.items() if number not in left}
        if len(rest) < rows.LEAST:
            continue
        parts = rows.learned(pages, rest).parts
        other = replace(layout, parts={**layout.parts, **parts})
        for page in listings:
            found = _read(learner, page, learner.beside(other)) or ()
            known, off = _known(found, {number: listed[number] for number in left})
            wrong += max(0, off - max(1, known // _MOST_EDITED))
    return right, wrong


def _read(learner: Learner, page: FetchedPage, layouts: Sequence[Layout]) -> tuple[Row, ...] | None:
    try:
        return parse.section(page, learner.site, learner.now, layouts).rows
    except ParseError:
        return None


def _known(found: Sequence[Row] | None, records: Mapping[int, Record]) -> tuple[int, int]:
    """How many rows are of known articles, and how many of those are not as they should."""
    known = off = 0
    for row in found or ():
        record = records.get(row.id)
        if record is None:
            continue
        known += 1
        same = squashed(row.title) == squashed(record.title)
        at = row.listed_at
        off += not same or (at is not None and at.date() != record.published_at.date())
    return known, off
