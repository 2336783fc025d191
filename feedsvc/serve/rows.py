"""An article as lists show it: on the newspaper, in the archive, as found by a search.

In: a record, or what an index tells of it.  Out: an :class:`ArticleRow`, for the macro
``articles`` of ``rows.html``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from feedsvc import text
from feedsvc.archive.days import Listed
from feedsvc.config import Config
from feedsvc.model import Record, Status
from feedsvc.serve.wording import FLAGS, LOCKED
from feedsvc.site import KST

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """``sections`` are pairs of name (empty for one that is not configured) and title;
    ``flag`` says the access status in words, ``locked`` that it keeps the reader out; a
    ``snippet`` stands in place of the sub-headline."""

    id: int
    title: str
    subtitle: str
    at: datetime
    flag: str
    locked: bool
    sections: tuple[tuple[str, str], ...]
    reporters: tuple[str, ...]
    snippet: Markup | None = None


class Rows:
    """Makes rows, in one language's words for access."""

    def __init__(self, config: Config, language: str) -> None:
        self._flags, self._locked = FLAGS[language], LOCKED[language]
        named = {one.code: (one.name, one.title) for one in config.sections if one.code}
        known = config.site_of().section_names
        self._sections = {**{code: ("", title) for code, title in known.items()}, **named}

    def of(self, record: Record, snippet: Markup | None = None) -> ArticleRow:
        return self.row(
            record.id, record.title, record.subtitle, record.published_at, record.access.status,
            record.sections, record.reporters, locked=record.access.locked, snippet=snippet,
        )  # fmt: skip

    def listed(self, one: Listed) -> ArticleRow:
        return self.row(
            one.id, one.title, one.subtitle, one.at, one.status, one.sections, one.reporters,
            locked=one.locked,
        )  # fmt: skip

    def row(
        self, number: int, title: str, subtitle: str, at: datetime, status: Status,
        sections: Iterable[str], reporters: Iterable[str], *, locked: bool,
        snippet: Markup | None = None,
    ) -> ArticleRow:  # fmt: skip
        return ArticleRow(
            number, text.fold(title) or str(number), text.fold(subtitle), at.astimezone(KST),
            self.flag(status, locked=locked), locked, self.sections(sections), tuple(reporters),
            snippet,
        )  # fmt: skip

    def flag(self, status: Status, *, locked: bool) -> str:
        """Nothing of what is open, nor of what nobody knows to be locked."""
        if status is Status.UNKNOWN:
            return self._locked if locked else ""
        return self._flags[status]

    def sections(self, codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Of the codes whose title is known."""
        return tuple(self._sections[one] for one in codes if one in self._sections)
