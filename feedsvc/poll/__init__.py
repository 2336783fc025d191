"""A poll and its parts: the only place that knows every stage.

A poll: ``poll`` (the order), ``listed`` and ``walk`` (sections), ``pending``, ``read``,
``keeping``, ``readings`` (articles), ``recheck`` (when again), ``incidents``; ``stage`` and
``guard`` are every part's.  Publishing: ``publishing``, ``source``, ``digests``; behind it
``distribute``, ``notices`` with ``news``, ``status``.  A redesign of the site: ``layouts``,
``redesign``, ``relearning``.  On command: ``backfill``, ``reread``, ``repair``.
"""

from feedsvc.poll.distribute import ready, tell
from feedsvc.poll.guard import attempt
from feedsvc.poll.layouts import Layouts, layouts_at_hand
from feedsvc.poll.poll import Poll
from feedsvc.poll.publishing import publish
from feedsvc.poll.read import ArticleReader
from feedsvc.poll.stage import exit_code
from feedsvc.poll.walk import SectionReader

__all__ = [
    "ArticleReader",
    "Layouts",
    "Poll",
    "SectionReader",
    "attempt",
    "backfill",
    "digests",
    "exit_code",
    "layouts",
    "layouts_at_hand",
    "publish",
    "ready",
    "redesign",
    "relearning",
    "repair",
    "reread",
    "status",
    "tell",
]
