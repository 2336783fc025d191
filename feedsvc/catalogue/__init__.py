"""The catalogue: one SQLite file in ``.state`` of all that is derived or may be forgotten.

In: rows that ``archive`` and ``feeds`` make of records.  Out: the same rows, by whatever is
asked.  It knows of no record, no file of the archive and no document: who makes a row says
what it means.
"""

__all__ = ["database", "standing", "state"]
