"""What is remembered from one process to the next, and may be forgotten at any time: then
an article or a page is asked for once more, or something told once more, and no harm done.

In: what runs SQL on the database of the moment (the archive's ``.state``), or nothing: then
it is forgotten with the process.  Out: the rows of four tables (``tables.py``).
"""

from feedsvc.memory.edition import Edition, files_in
from feedsvc.memory.tables import (
    INDEXES,
    SCHEMA,
    Memory,
    Note,
    Page,
    Section,
    Topic,
    Watch,
)

__all__ = [
    "INDEXES",
    "SCHEMA",
    "Edition",
    "Memory",
    "Note",
    "Page",
    "Section",
    "Topic",
    "Watch",
    "files_in",
    "takeover",
]
