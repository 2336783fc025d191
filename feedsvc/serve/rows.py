"""An article as lists show it: on the newspaper, in the archive, as found by a search.

In: a record, or what an index tells of it.  Out: an :class:`ArticleRow`, for the macro
``articles`` of ``rows.html``.  A page has fifty of them: words are escaped here, where that
takes a fifth of the time that a template needs for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from feedsvc import text
from feedsvc.catalogue.days import Listed
from feedsvc.config import Config
from feedsvc.model import Record, Status
from feedsvc.serve.translations import FLAGS, LOCKED
from feedsvc.site import KST


def headline(number: int, title: str) -> str:
    """In one line; the number where it is empty."""
    return text.fold(title) or str(number)


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """All of it is HTML, but for ``id`` and ``locked``: whether the access, which ``flag``
    says in words, keeps the reader out.  ``at`` is the Korean time in ISO 8601; ``sections``
    are pairs of name (empty for one that is not configured) and title, ``reporters`` their
    names in one line; a ``snippet`` stands in place of the sub-headline."""

    id: int
    title: str
    subtitle: str
    at: str
    flag: str
    locked: bool
    sections: tuple[tuple[str, str], ...]
    reporters: str
    snippet: str = ""

    @property
    def day(self) -> str:
        return self.at[:10].replace("-", ".")

    @property
    def clock(self) -> str:
        return self.at[11:16]


class Rows:
    """Makes rows, in one language's words for access."""

    def __init__(self, config: Config, language: str) -> None:
        self._flags, self._locked = FLAGS[language], LOCKED[language]
        named = {one.code: (one.name, one.title) for one in config.sections if one.code}
        known = config.site_of().section_names
        self._sections = {**{code: ("", title) for code, title in known.items()}, **named}
        self._escaped = {
            code: (name, escape(title)) for code, (name, title) in self._sections.items()
        }

    def of(self, record: Record, *, title: str = "", snippet: str = "") -> ArticleRow:
        """``title`` and ``snippet`` are HTML."""
        return self.row(
            record.id, record.title, record.subtitle, record.published_at, record.access.status,
            record.sections, record.reporters, locked=record.access.locked,
            title_html=title, snippet=snippet,
        )  # fmt: skip

    def listed(self, one: Listed) -> ArticleRow:
        return self.row(
            one.id, one.title, one.subtitle, one.at, one.status, one.sections, one.reporters,
            locked=one.locked,
        )  # fmt: skip

    def row(
        self, number: int, title: str, subtitle: str, at: datetime, status: Status,
        sections: Iterable[str], reporters: Iterable[str], *, locked: bool,
        title_html: str = "", snippet: str = "",
    ) -> ArticleRow:  # fmt: skip
        known = self._escaped
        return ArticleRow(
            number, title_html or escape(headline(number, title)), escape(text.fold(subtitle)),
            at.astimezone(KST).isoformat(), escape(self.flag(status, locked=locked)), locked,
            tuple(known[one] for one in sections if one in known), escape(", ".join(reporters)),
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
