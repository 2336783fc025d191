"""Whether feedsvc is well: one verdict for ``/healthz``, the pages, ``feedsvc status``,
the metrics and the status feed.

:func:`note` and its kin write down what polls and publishing meet, :func:`health` reads
it and judges.  The kinds of trouble stand in ``kinds.py``.
"""

from feedsvc.health.kinds import TITLES, Kind, title
from feedsvc.health.noted import (
    as_time,
    configured,
    expect,
    health,
    last_poll,
    note,
    note_all,
    note_disk,
    polled,
    still_reading,
    succeeded,
    succeeded_key,
    tried_key,
)
from feedsvc.health.verdict import (
    AUTO,
    INTERVALS,
    RELEASED,
    Failure,
    Health,
    Reason,
    SectionHealth,
    Status,
    judge,
    wrong_clock,
)

__all__ = [
    "AUTO",
    "INTERVALS",
    "RELEASED",
    "TITLES",
    "Failure",
    "Health",
    "Kind",
    "Reason",
    "SectionHealth",
    "Status",
    "as_time",
    "configured",
    "expect",
    "health",
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
    "wrong_clock",
]
