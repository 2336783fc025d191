"""The reading page of an article, ``/articles/{id}``.

In: a record.  Out: a page without script.  The body's blocks were sanitised when they
were parsed; the content security policy is the second wall.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from html import escape

from feedsvc.difference import block_difference, text_difference
from feedsvc.model import Record
from feedsvc.revisions import Change, changes
from feedsvc.serve.answer import Document
from feedsvc.serve.rendering import Frame, page
from feedsvc.serve.wording import FLAGS

_TABLE_EDGE = re.compile(r"(<table\b[^>]*>|</table>)")


def reading_page(record: Record, frame: Frame, *, protected: bool) -> Document:
    """The page.  What only members see is left out unless the server is ``protected``
    by tokens: it was read with one person's session."""
    withheld = record.access.seen_as == "member" and not protected
    history = () if withheld or (_member_once(record) and not protected) else changes(record)
    words = frame.words
    return page(
        "article.html",
        frame,
        up="../",
        title=record.title,
        record=record,
        withheld=withheld,
        blocks=() if withheld else _blocks(record, words),
        flag=FLAGS[words["language"]][record.access.status],
        changes=[
            {"at": one.seen_at, "html": _scrolling(_shown_change(one), words)}
            for one in reversed(history)
        ],
        times=tuple(
            {"label": words[label], "at": at.isoformat(), "text": f"{at:%Y.%m.%d %H:%M}"}
            for label, at in _times(record)
        ),
    )


def _times(record: Record) -> list[tuple[str, datetime]]:
    times = [("published", record.published_at)]
    if record.updated_at != record.published_at:
        times.append(("changed", record.updated_at))
    for label, at in (
        ("plus", record.access.plus_first_at),
        ("released", record.access.released_at),
        ("gone", record.gone_at),
    ):
        if at is not None:
            times.append((label, at))
    return times


def _shown_change(change: Change) -> str:
    """A change as HTML blocks: all text is escaped or was sanitised."""
    parts = []
    if change.before.title != change.after.title:
        parts.append(f"<h3>{text_difference(change.before.title, change.after.title)}</h3>")
    if change.before.subtitle != change.after.subtitle:
        parts.append(f"<p>{text_difference(change.before.subtitle, change.after.subtitle)}</p>")
    parts.append(block_difference(change.before.body, change.after.body))
    return "\n".join(parts)


def _member_once(record: Record) -> bool:
    """Whether an earlier state was read with a member's session."""
    old = (dict(revision.old).get("access") for revision in record.revisions)
    return any(isinstance(one, dict) and one.get("seen_as") == "member" for one in old)


def _blocks(record: Record, words: Mapping[str, str]) -> tuple[str, ...]:
    """The body, with kept images shown from their copies."""
    kept = [(image.url, image.file) for image in record.images if image.file]
    blocks = []
    for block in record.body:
        for url, file in kept:
            # As the sanitiser writes it, which leaves an apostrophe alone.
            shown = escape(url, quote=False)
            block = block.replace(f'src="{shown}"', f'src="../{file}"')
        blocks.append(_scrolling(block, words))
    return tuple(blocks)


def _scrolling(html: str, words: Mapping[str, str]) -> str:
    """Sanitised HTML in which a table wider than the page scrolls by itself, and can be
    scrolled with the keyboard."""
    label = escape(words["table"])
    shown, depth = [], 0
    for part in _TABLE_EDGE.split(html):
        if part.startswith("<table"):
            if depth == 0:
                shown.append('<div class="scroll" tabindex="0" role="region" ')
                shown.append(f'aria-label="{label}">')
            depth += 1
        shown.append(part)
        if part == "</table>":
            depth -= 1
            if depth == 0:
                shown.append("</div>")
    return "".join(shown)
