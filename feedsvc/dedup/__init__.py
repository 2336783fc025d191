"""What is new, what changed, what is the same: pure decisions.

No clock, no file, no network: rows, records and times come in, decisions go out.
"""

from feedsvc.dedup.change import Change, compare, completed, mended, optional_parts, shows_less
from feedsvc.dedup.known import KnownArticle, Sifted, mark_of, sift
from feedsvc.dedup.similar import WITHIN, duplicate
from feedsvc.dedup.topic import stories

__all__ = [
    "WITHIN",
    "Change",
    "KnownArticle",
    "Sifted",
    "compare",
    "completed",
    "duplicate",
    "mark_of",
    "mended",
    "optional_parts",
    "shows_less",
    "sift",
    "stories",
]
