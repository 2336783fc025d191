"""Articles as lists show them: on the newspaper, in the archive, as found by a search.

In: what an index tells of an article.  Out: an :class:`ArticleRow`, for the macro ``articles``
of ``rows.html``, and days of them.  A page has fifty of them: words are escaped here, where
that takes a fifth of the time that a template needs for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from itertools import groupby

from feedsvc import text
from feedsvc.catalogue.days import Listed
from feedsvc.config import Config
from feedsvc.model import Status
from feedsvc.serve.translations import FLAGS, LOCKED, day_name
from feedsvc.site import KST


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


@dataclass(frozen=True, slots=True)
class Day:
    """A day's articles, as far as they stand on the page; ``count`` is of all."""

    name: str
    day: str
    count: int
    articles: list[ArticleRow]


def headline(number: int, title: str) -> str:
    """In one line; the number where it is empty."""
    return text.fold(title) or str(number)


class Rows:
    """Makes rows, in one language's words for access."""

    def __init__(self, config: Config, language: str) -> None:
        self._language = language
        self._sections = {
            **{code: ("", title) for code, title in config.site_of().section_names.items()},
            **{one.code: (one.name, one.title) for one in config.sections if one.code},
        }
        self._escaped = {
            code: (name, escape(title)) for code, (name, title) in self._sections.items()
        }

    def row(self, one: Listed, *, title: str = "", snippet: str = "") -> ArticleRow:
        """``title``, in place of the article's own, and ``snippet`` are HTML."""
        known = self._escaped
        return ArticleRow(
            one.id, title or escape(headline(one.id, one.title)), escape(text.fold(one.subtitle)),
            one.at.astimezone(KST).isoformat(), escape(self.flag(one.status, locked=one.locked)),
            one.locked, tuple(known[code] for code in one.sections if code in known),
            escape(", ".join(one.reporters)), snippet,
        )  # fmt: skip

    def days(self, listed: Iterable[Listed], counts: Mapping[str, int], now: datetime) -> list[Day]:
        """What is listed, by day; ``counts`` are of all that there are on each of the days."""
        today = now.astimezone(KST).date()
        return [
            Day(
                day_name(date.fromisoformat(day), today, self._language), day, counts[day],
                [self.row(one) for one in some],
            )
            for day, some in groupby(listed, key=lambda one: one.day)
        ]  # fmt: skip

    def flag(self, status: Status, *, locked: bool) -> str:
        """Nothing of what is open, nor of what nobody knows to be locked."""
        if status is Status.UNKNOWN:
            return LOCKED[self._language] if locked else ""
        return FLAGS[self._language][status]

    def sections(self, codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Of the codes whose title is known."""
        return tuple(self._sections[one] for one in codes if one in self._sections)
