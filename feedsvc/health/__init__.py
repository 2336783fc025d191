"""Whether feedsvc is well: one verdict for ``/healthz``, the pages, ``feedsvc status``,
the metrics and the status feed.

:func:`note` and its kin write down what polls and publishing meet, :func:`health` reads
it and judges.  The kinds of trouble stand in ``kinds.py``.
"""

from feedsvc.health.kinds import TITLES, Kind, title
from feedsvc.health.memory import Memory, as_time, succeeded_key, tried_key
from feedsvc.health.noted import health, last_poll, note, note_all, note_disk, polled
from feedsvc.health.rhythm import expect, still_reading, succeeded
from feedsvc.health.verdict import (
    AUTO,
    Health,
    Reason,
    SectionHealth,
    Status,
    apart,
    impossible,
    judge,
)

__all__ = [
    "AUTO",
    "TITLES",
    "Health",
    "Kind",
    "Memory",
    "Reason",
    "SectionHealth",
    "Status",
    "apart",
    "as_time",
    "expect",
    "health",
    "impossible",
    "judge",
    "last_poll",
    "note",
    "note_all",
    "note_disk",
    "polled",
    "still_reading",
    "succeeded",
    "succeeded_key",
    "title",
    "tried_key",
]
