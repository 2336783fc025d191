"""When to poll, and the daemon that does it.

In: clock, configuration, state.  Out: which sections are due (:func:`due`,
:func:`next_due`, both pure), and ``daemon.Daemon``, which polls them one poll at a time.
What a poll does is the cycle's; signals and serving are the command line's.
"""

from feedsvc.schedule.auto import Week, auto_intervals
from feedsvc.schedule.due import Turn, due, next_due

__all__ = ["Turn", "Week", "auto_intervals", "due", "next_due"]
