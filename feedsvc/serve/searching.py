"""The search page, ``/search``.

In: what the address asks, the archive.  Out: a page.
"""

from __future__ import annotations

from feedsvc import words
from feedsvc.archive import Archive
from feedsvc.archive.search import Filter, Found
from feedsvc.config import Config
from feedsvc.serve.answer import Document
from feedsvc.serve.asked import Asked
from feedsvc.serve.rendering import Frame, page
from feedsvc.serve.rows import Rows

MOST_FOUND = 100
"""Articles that a search shows."""


def search_page(
    config: Config, archive: Archive, asked: Asked, frame: Frame, *, protected: bool
) -> Document:
    """What holds all the words of ``?q=``, newest first."""
    asked_for = asked.text("q")
    ready = archive.can_find
    found = _found(archive, asked_for, protected=protected) if ready and asked_for else ()
    rows = Rows(config, frame.words["language"])
    return page(
        "search.html",
        frame,
        up="",
        title=frame.words["search"],
        query=asked_for,
        ready=ready,
        more=len(found) > MOST_FOUND,
        found=[
            rows.row(
                one.id, one.title, "", one.published_at, one.status, one.sections, (),
                locked=one.locked,
            )
            for one in found[:MOST_FOUND]
        ],
    )  # fmt: skip


def _found(archive: Archive, asked_for: str, *, protected: bool) -> tuple[Found, ...]:
    """What may be shown as found: an article must not tell by being found what it
    holds for members only."""
    if words.fault(asked_for):
        return ()
    return archive.find(asked_for, Filter(shown=not protected), limit=MOST_FOUND + 1)
