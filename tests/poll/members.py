"""A site that shows articles whole to the reader who brings the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.standin import Answer, StandIn, StandInArticle

COOKIE = "session=secret-of-the-reader"


def open_to_members(
    monkeypatch: pytest.MonkeyPatch, site: StandIn, which: Callable[[StandInArticle], bool]
) -> None:
    """From here on the articles that ``which`` takes are shown whole to who sends ``COOKIE``."""
    plain = StandIn.respond

    def respond(self: StandIn, method: str, target: str, headers: Any = ()) -> Answer:
        told = {name.lower(): value for name, value in headers}
        if not target.startswith("/articles/") or told.get("cookie") != COOKIE:
            return plain(self, method, target, headers)
        whole = StandIn(self.articles)
        whole.boxes = False
        for article in self.articles:
            if which(article):
                whole.release(article.id)
        return plain(whole, method, target, headers)

    site.stop()
    monkeypatch.setattr(StandIn, "respond", respond)
    site.start()
