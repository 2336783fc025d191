"""The catalogue: one SQLite file in ``.state`` of all that is derived or may be forgotten.

In: records, as the rows that they come to, and rows that ``feeds`` makes of them.  Out: rows,
by whatever is asked: ids, words, days, feeds.  It knows of no file of the archive and of no
document: who calls it reads those.
"""

__all__ = [
    "access",
    "database",
    "days",
    "index",
    "question",
    "record",
    "search",
    "standing",
    "state",
]
