"""Whether the site still looks as it did: fields that stay empty of late.

In: each article as it is parsed.  Out: the fields that have fallen far below what
was usual, and a refusal of the articles that lack one of them: they are held in
``pending.jsonl`` and read again at each poll, rather than kept half empty.  How a
field's share is judged is ``parse.drift``'s.
"""

from __future__ import annotations

import json

from feedsvc.errors import FieldMissing
from feedsvc.fetch import Memory
from feedsvc.model import ParsedArticle
from feedsvc.parse import Tally, fallen, selector_of
from feedsvc.parse.drift import WATCHED, shown_by

_KEY = "drift"
WINDOW = 6
"""The latest articles that are judged."""

USUAL = 400
"""Articles behind what is usual; older ones weigh less and less."""


class Drift:
    """Watches the articles of the polls; remembered from one to the next."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._saved = memory.get(_KEY)
        self._usual = Tally()
        self._latest: list[list[str]] = []
        self._layout = "dealsite"
        if self._saved:
            told = json.loads(self._saved)
            number, *filled = told["usual"]
            self._usual = Tally(number, tuple(filled))
            self._latest, self._layout = told["latest"], told["layout"]

    @property
    def fallen(self) -> tuple[str, ...]:
        """The fields that have fallen."""
        counts = tuple(sum(name in shown for shown in self._latest) for name in WATCHED)
        return fallen(self._usual, Tally(len(self._latest), counts))

    @property
    def told(self) -> str | None:
        """One line on what has changed and what to do; ``None`` where nothing has."""
        if not (names := self.fallen):
            return None
        where = ", ".join(f"{name} ({selector_of(name, self._layout)})" for name in names)
        return (
            f"the site has changed: {where} no longer found on article pages; the articles are "
            "held; mend site.selectors or take a new release, then run 'feedsvc rebuild --reparse'"
        )

    def watch(self, article: ParsedArticle) -> None:
        """Take note of an article.  Raises ``FieldMissing`` where it lacks a field that
        has fallen: it is then to be held."""
        shown = shown_by(article)
        self._layout = article.layout
        self._latest = [*self._latest, sorted(shown)][-WINDOW:]
        names = self.fallen
        if not names:
            self._count(article)
        lost = [name for name in names if name not in shown]
        if lost:
            where = ", ".join(f"{name} ({selector_of(name, article.layout)})" for name in lost)
            raise FieldMissing(
                f"{where} not found, as on the last pages; the site has probably changed",
                about=article.url,
                advice="the article is held and read again at each poll",
            )

    def save(self) -> None:
        told = {
            "usual": [self._usual.articles, *self._usual.filled],
            "latest": self._latest,
            "layout": self._layout,
        }
        text = json.dumps(told)
        if text != self._saved:
            self._memory.put(_KEY, text)
            self._saved = text

    def _count(self, article: ParsedArticle) -> None:
        self._usual = self._usual.plus([article])
        if self._usual.articles >= USUAL:
            halves = tuple(count // 2 for count in self._usual.filled)
            self._usual = Tally(self._usual.articles // 2, halves)
