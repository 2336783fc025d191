"""What is said of learned layouts and of drafts, in the status feed, ``status`` and the log:
a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from feedsvc.archive import KeptLayout

if TYPE_CHECKING:
    from feedsvc.poll.relearning import Attempt


def draft_text(made: Attempt) -> str:
    """What was learned and is not adopted: why, which fields were found, and the draft."""
    draft, parts = made.draft, []
    if made.refused is None:
        parts.append(
            f"the site's layout changed, and a new one was learned from {learned_from(made)}; "
            "'feedsvc relearn' adopts it, --dry-run shows it first"
        )
    else:
        parts.append(
            f"the site's layout changed, and the new one could not be learned: {made.refused}"
        )
    if draft is None:
        return parts[0]
    found = [one.field for one in draft.fields if not one.why]
    lacking = [f"{one.field} ({one.why})" for one in draft.fields if one.why]
    if found:
        parts.append(f"found: {', '.join(found)}")
    if lacking:
        parts.append(f"not found: {', '.join(lacking)}")
    if made.aside:
        parts.append(f"put aside: {len(made.aside)} {_articles(len(made.aside))}")
    selectors = "; ".join(
        f"{one.field}: {' , '.join(one.selectors)}" for one in draft.fields if one.selectors
    )
    if selectors:
        parts.append(f"the draft: {selectors}")
    return ". ".join(parts)


def learned_from(made: Attempt) -> str:
    """``16 articles: 16 of 16 exact``."""
    draft = made.draft
    assert draft is not None
    used = len(draft.used)
    coarse = "; times have fewer details than before" if draft.coarse else ""
    rows = f", {draft.listed} rows of section pages" if draft.listed else ""
    return f"{used} {_articles(used)}: {draft.exact} of {used} exact{rows}{coarse}"


def adopted_text(
    kept: KeptLayout, published: int, held: int, why: Sequence[str], probation: str
) -> str:
    """A layout on probation, and what became of the articles that waited for it."""
    used = sum(1 for _ in kept.pages())
    rows = kept.evidence.get("listed")
    what = f"{used} {_articles(used)}: {kept.evidence.get('exact')} of {used} exact"
    if not used:
        what = f"the rows of section pages: {rows} of {rows} exact"
    coarse = " Times have fewer details than before." if kept.evidence.get("coarse") else ""
    waited = ""
    if published or held:
        waited = f" {published} held {_articles(published)} published"
        waited += f", {held} still held" if held else ""
        waited += f" ({'; '.join(why)})." if why else "."
    return (
        f"{kept.learned_at:%H:%M} the site's layout changed. Learned from {what}."
        f"{coarse}{waited}{f' Probation {probation}.' if used else ''} "
        f"Undo: feedsvc relearn --undo {kept.number}."
    )


def suspended_text(kept: KeptLayout) -> str:
    """A layout that probation found wrong."""
    return (
        f"{kept.at:%H:%M} the layout {kept.name} is suspended: {kept.why}. What it published is "
        "read again as soon as a layout reads it; one is learned anew once a day. "
        f"feedsvc relearn learns now; feedsvc relearn --undo {kept.number} drops it."
    )


def _articles(number: int) -> str:
    return "article" if number == 1 else "articles"
