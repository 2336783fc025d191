"""When to poll, and the daemon that does it.

In: clock, configuration, state.  Out: which sections are due (:func:`due`,
:func:`next_due`, both pure), and ``daemon.Daemon``, which polls them one poll at a time.
What a poll does is the poll's; signals and serving are the command line's.
"""

from feedsvc.schedule.auto import HOURS, Week, articles_by_hour, auto_intervals, count_articles
from feedsvc.schedule.due import Turn, due, next_due, turns_of

__all__ = [
    "HOURS",
    "Turn",
    "Week",
    "articles_by_hour",
    "auto_intervals",
    "count_articles",
    "daemon",
    "due",
    "next_due",
    "ticker",
    "turns_of",
]
