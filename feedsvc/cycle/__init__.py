"""A poll and its parts: the only place that knows every stage."""

from feedsvc.cycle.distribute import ready, tell
from feedsvc.cycle.guard import attempt
from feedsvc.cycle.layouts import Layouts, layouts_at_hand
from feedsvc.cycle.outcome import exit_code
from feedsvc.cycle.poll import Poll
from feedsvc.cycle.publishing import publish
from feedsvc.cycle.read import ArticleReader
from feedsvc.cycle.refresh import refresh
from feedsvc.cycle.reparse import reparse
from feedsvc.cycle.walk import SectionReader

__all__ = [
    "ArticleReader",
    "Layouts",
    "Poll",
    "SectionReader",
    "attempt",
    "backfill",
    "digests",
    "exit_code",
    "incidents",
    "layouts_at_hand",
    "learned_words",
    "publish",
    "ready",
    "redesign",
    "refresh",
    "relearning",
    "repair",
    "reparse",
    "tell",
    "undoing",
]
