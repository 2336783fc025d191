"""Which rows of a section page need their article read.

In: rows, what the archive knows of their ids, and the marks: for each id and
section a digest of headline and summary as last listed.  Out: rows to read, in
the page's order.  Not its job: the article itself (see ``change``).
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from feedsvc.model import Row
from feedsvc.text import fold, same_headline


class KnownArticle(Protocol):
    """What a decision needs to know of a record, without opening its file."""

    @property
    def title(self) -> str: ...
    @property
    def sections(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Sifted:
    """Rows by what is to be done; ``listed`` are kept articles that this section
    had not listed before and that need no reading.  ``marks`` are today's, by id,
    where they are not the ones remembered."""

    new: tuple[Row, ...]
    changed: tuple[Row, ...]
    listed: tuple[Row, ...]
    marks: tuple[tuple[int, str], ...] = ()


def mark_of(row: Row, by: str = "") -> str:
    """A short digest of headline and summary: equal while the row reads the same.  ``by`` is
    the learned layout that read it, for another one may show more or less of a summary."""
    told = f"{fold(row.title)}\n{fold(row.summary)}"
    return f"{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}{by and f' {by}'}"


def sift(
    rows: Sequence[Row],
    *,
    code: str | None,
    known: Mapping[int, KnownArticle],
    waiting: Collection[int],
    marks: Mapping[int, str],
    by: str = "",
) -> Sifted:
    """Sort the rows of one section's walk.

    ``code`` is the section's (``None``: the page of all), ``waiting`` the ids that
    already stand in ``pending.jsonl``, ``marks`` this section's marks by id, ``by`` the
    learned layout that read them, if one did.
    Without a mark (a new section, or ``.state`` was deleted) the listed headline
    is held against the record's, so that a lost mark costs no request.
    """
    new: list[Row] = []
    changed: list[Row] = []
    listed: list[Row] = []
    moved: list[tuple[int, str]] = []
    for row in rows:
        before, today = marks.get(row.id), mark_of(row, by)
        if before != today:
            moved.append((row.id, today))
        record = known.get(row.id)
        if record is None:
            if row.id not in waiting:
                new.append(row)
            continue
        # A box shows no summary, another layout another one: the mark of the row as a section
        # listed it would never fit.
        mark = None if row.hint or (before or "").partition(" ")[2] != by else before
        reads_the_same = same_headline(row.title, record.title) if mark is None else mark == today
        if not reads_the_same and row.id not in waiting:
            changed.append(row)
        elif not set(codes(row, code)) <= set(record.sections):
            listed.append(row)
    return Sifted(tuple(new), tuple(changed), tuple(listed), tuple(moved))


def codes(row: Row, code: str | None) -> tuple[str, ...]:
    """The section codes that a row speaks for: its page's and its address's."""
    return tuple(dict.fromkeys((*([code] if code else []), *row.sections)))
