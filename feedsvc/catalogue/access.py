"""Articles by who may read them, and in which section: the words that lists are narrowed by.

In: a status, ``readable`` or ``locked``.  Out: the condition on rows of the table ``record``.
"""

from feedsvc.model import Status

READABLE, LOCKED = "readable", "locked"
ACCESS = (READABLE, LOCKED, *(one.value for one in Status))
_ROWS = {None: "1", READABLE: "+a.status IN ('open', 'plus-first')", LOCKED: "a.locked"}
IN_SECTION = "instr(' ' || a.sections || ' ', ?)"


def where_access(access: str | None) -> tuple[str, tuple[str, ...]]:
    """Which rows ``a`` of the table ``record`` an access takes, as SQL and its values."""
    return (_ROWS[access], ()) if access in _ROWS else ("a.status = ?", (access or "",))
