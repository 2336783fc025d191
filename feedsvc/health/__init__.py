"""Whether feedsvc is well: one verdict for ``/healthz``, the pages, ``feedsvc status``,
the metrics and the status feed.

:func:`note` and its kin write down what polls and publishing meet, :func:`health` reads
it and judges.  The kinds of trouble stand in ``kinds.py``.
"""

from feedsvc.health.kinds import TITLES, Kind, title
from feedsvc.health.noted import (
    expect,
    health,
    nearly_full,
    note,
    note_all,
    polled,
    still_reading,
    succeeded,
)
from feedsvc.health.verdict import (
    AUTO,
    Health,
    HealthStatus,
    Reason,
    SectionHealth,
    apart,
    impossible,
    judge,
)

__all__ = [
    "AUTO",
    "TITLES",
    "Health",
    "HealthStatus",
    "Kind",
    "Reason",
    "SectionHealth",
    "apart",
    "expect",
    "health",
    "impossible",
    "judge",
    "nearly_full",
    "note",
    "note_all",
    "polled",
    "still_reading",
    "succeeded",
    "title",
]
