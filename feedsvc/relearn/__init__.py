"""A redesigned site's layout, learned from articles that the archive has.

In: records, pages as fetched.  Out: which articles to ask for (``Asking``), a ``Draft`` with
a layout and its evidence (``learn``), why a page is held that a new layout read (``guard``,
``shared``).  Nothing here fetches, keeps, logs or reads a clock.
"""

from feedsvc.relearn.asking import MOST, Asking, aspects, choose, is_suitable, unsuited
from feedsvc.relearn.fields import OPTIONAL
from feedsvc.relearn.known import Known, differences, unaligned
from feedsvc.relearn.layout import Draft, Evidence, Guards, LearnedLayout
from feedsvc.relearn.learner import guard, shared
from feedsvc.relearn.learning import LEAST, learn

__all__ = [
    "LEAST",
    "MOST",
    "OPTIONAL",
    "Asking",
    "Draft",
    "Evidence",
    "Guards",
    "Known",
    "LearnedLayout",
    "aspects",
    "choose",
    "differences",
    "guard",
    "is_suitable",
    "learn",
    "shared",
    "unaligned",
    "unsuited",
]
