"""Which known articles are asked for, so that each aspect of a page is among them.

In: records.  Out: ids, in the order in which they are to be asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from feedsvc.model import Record, Status
from feedsvc.parse import drift, generic
from feedsvc.relearn.learning import LEAST

TWICE = 2
"""Articles on which each aspect is to stand; its absence on one."""
_MOST = 500
"""Records that are looked at, the newest: the rest is of older layouts."""


def is_suitable(record: Record) -> bool:
    """Whether an article can teach where its parts stand: elements of its page gave headline,
    time and text, and the page shows today what the archive has."""
    own = drift.shown(record.sources)
    counted = any(one.counted for one in record.access.markers)
    return (
        all(name in own for name in ("title", "published_at", "body"))
        and record.gone_at is None
        and not record.is_flash
        and not generic.is_provisional(record)
        and record.access.seen_as == "guest"
        and (record.access.status is not Status.UNKNOWN or counted)
        and not any("body" in one.changed and record.access.locked for one in record.revisions)
    )


def unsuited(records: Iterable[Record]) -> str | None:
    """Why these records cannot teach a layout, in one sentence; ``None``: they can."""
    suitable = [one for one in records if is_suitable(one)]
    locked = sum(one.access.locked for one in suitable)
    if len(suitable) < LEAST:
        return f"{len(suitable)} suitable articles are kept; {LEAST} are needed to learn from"
    if locked < TWICE:
        return f"{locked or 'none'} of the suitable articles is locked; {TWICE} must be"
    if len(suitable) - locked < TWICE:
        return (
            f"{len(suitable) - locked or 'none'} of the suitable articles is open; {TWICE} must be"
        )
    return None


def choose(
    records: Iterable[Record], *, kept: Collection[int] = (), asked: Collection[int] = ()
) -> tuple[int, ...]:
    """The ids to be asked for next, in order.

    ``kept`` were asked for and could be laid beside their pages, ``asked`` are all that were
    asked for.  Those come first with whom each aspect stands on two articles and its absence
    on one; then the newest that were not changed since they were found.
    """
    suitable = [one for one in records if is_suitable(one)]
    suitable.sort(key=lambda one: (one.published_at, one.id), reverse=True)
    suitable = suitable[:_MOST]
    having = {one.id: aspects(one) for one in suitable}
    rest = [one for one in suitable if one.id not in asked]
    rest.sort(key=lambda one: len(one.revisions))
    needed = _needed(having.values())
    for number in kept:
        needed.subtract(having.get(number, ()))
    order: list[int] = []
    left = [one.id for one in rest]
    while left:
        best = max(left, key=lambda number: sum(needed[one] > 0 for one in having[number]))
        if not any(needed[one] > 0 for one in having[best]):
            break
        left.remove(best)
        order.append(best)
        needed.subtract(having[best])
    return (*order, *left)


def _needed(every: Collection[frozenset[str]]) -> Counter[str]:
    needed: Counter[str] = Counter()
    for name, count in Counter(one for aspect in every for one in aspect).items():
        absent = name.startswith("no ")
        needed[name] = 0 if name.startswith("no locked with ") else min(count, 2 - absent)
    return needed


def aspects(record: Record) -> frozenset[str]:
    """What a page of the article shows, and what it does not."""
    body = "".join(record.body)
    own = drift.shown(record.sources)
    shown = {
        "subtitle": bool(record.subtitle),
        "keywords": "keywords" in own,
        "related": "related" in own,
        # Of a name in the dateline it is not told where a byline stands.
        "reporters": not own.get("reporters", "dateline").endswith("dateline"),
        "two reporters": len(record.reporters) > 1,
        "table": "<table" in body,
        "list": "<ul" in body or "<ol" in body,
        "quotation": "<blockquote" in body,
        "heading": "<h" in body,
        "figure": "<figure" in body,
        "video": "youtube" in body or "vimeo" in body,
        "locked": record.access.locked,
    }
    if record.access.locked:
        # Locked articles may have a template of their own.
        shown |= {
            f"locked with {name}": shown[name]
            for name in ("subtitle", "keywords", "related", "reporters")
        }
    found = {name if there else f"no {name}" for name, there in shown.items()}
    found.add(f"status {record.access.status.value}")
    found.update(f"marker {one.kind.value}" for one in record.access.markers if one.counted)
    return frozenset(found)
