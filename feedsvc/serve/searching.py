"""The search page, ``/search``.

In: what the address asks, the archive.  Out: a page.
"""

from __future__ import annotations

from itertools import islice

from feedsvc import text
from feedsvc.archive import Archive
from feedsvc.archive.search import Found
from feedsvc.config import Config
from feedsvc.model import Status
from feedsvc.serve.answer import Document
from feedsvc.serve.asked import Asked
from feedsvc.serve.rendering import Frame, page
from feedsvc.serve.rows import Rows
from feedsvc.teaser import is_members, teaser
from feedsvc.words import holds

MOST_FOUND = 100
"""Articles that a search shows."""


def search_page(
    config: Config, archive: Archive, asked: Asked, frame: Frame, *, protected: bool
) -> Document:
    """What holds all the words of ``?q=``, newest first."""
    words = asked.text("q")
    ready = archive.can_find
    found = _found(archive, words, protected=protected) if ready and words else ()
    rows = Rows(config, frame.words["language"])
    return page(
        "search.html",
        frame,
        up="",
        title=frame.words["search"],
        query=words,
        ready=ready,
        more=len(found) > MOST_FOUND,
        found=[
            rows.row(
                one.id, one.title, "", one.published_at, one.status, one.sections, (),
                locked=one.status.locked,
            )
            for one in found[:MOST_FOUND]
        ],
    )  # fmt: skip


def _found(archive: Archive, words: str, *, protected: bool) -> tuple[Found, ...]:
    """What may be shown as found: an article must not tell by being found what it
    holds for members only."""
    if protected:
        return archive.find(words, limit=MOST_FOUND + 1)
    shown = (one for one in archive.finding(words) if _tells(archive, one, words))
    return tuple(islice(shown, MOST_FOUND + 1))


def _tells(archive: Archive, one: Found, words: str) -> bool:
    if one.status in (Status.OPEN, Status.PLUS_FIRST):
        return True
    record = archive.get(one.id)
    if record is None or not is_members(record):
        return record is not None
    shown = teaser(record)
    head = "\n".join((shown.title, shown.subtitle, *shown.keywords))
    return holds((head, "\n".join(map(text.visible, shown.body))), words)
