"""What is new, what changed, what is the same: pure decisions.

No clock, no file, no network: rows, records and times come in, decisions go out.
"""

from feedsvc.dedup.change import (
    Change,
    compare,
    completed,
    flashed,
    gone,
    list_in,
    mended,
    optional_parts,
    shows_less,
)
from feedsvc.dedup.known import KnownArticle, Sifted, codes, mark_of, sift
from feedsvc.dedup.similar import WITHIN, duplicate
from feedsvc.dedup.topic import Headline, stories

__all__ = [
    "WITHIN",
    "Change",
    "Headline",
    "KnownArticle",
    "Sifted",
    "codes",
    "compare",
    "completed",
    "duplicate",
    "flashed",
    "gone",
    "list_in",
    "mark_of",
    "mended",
    "optional_parts",
    "shows_less",
    "sift",
    "stories",
]
