"""When to poll, and the daemon that does it.

In: clock, configuration, state.  Out: which sections are due (:func:`due`,
:func:`next_due`, both pure), and ``daemon.Daemon``, which polls them one poll at a time.
What a poll does is the poll's; signals and serving are the command line's.
"""

from feedsvc.schedule.auto import HOURS, Week, auto_intervals
from feedsvc.schedule.due import Turn, due, next_due, turns_of

__all__ = [
    "HOURS",
    "Turn",
    "Week",
    "arrivals",
    "auto_intervals",
    "daemon",
    "due",
    "next_due",
    "ticker",
    "turns_of",
]
