"""The page of an article, ``/articles/{id}``.

In: a record, the archive that it lies in.  Out: a page without script.  The body's blocks
were sanitised when they were parsed; the content security policy is the second wall.
"""

import re
from html import escape
from urllib.parse import quote

from feedsvc.archive import Archive
from feedsvc.catalogue.days import Listed
from feedsvc.config import Config
from feedsvc.model import Record, Status
from feedsvc.revisions import TextChange, block_difference, changed_blocks, changes, text_difference
from feedsvc.serve.rendering import Frame, Words, page
from feedsvc.serve.request import Asked, Wrong
from feedsvc.serve.response import Document
from feedsvc.serve.rows import Rows
from feedsvc.serve.subscribing import of_feeds
from feedsvc.site import KST

_TABLE_EDGE = re.compile(r"(<table\b[^>]*>|</table>)")
_CELL = re.compile(r"<td((?: [^<>]*)?)>((?:<p>)?([^<>]*)(?:</p>)?)</td>")
_NUMBER = re.compile(r"(?=.*\d)[-+−▲△▼(]?\s?[\d.,]+\s?(?:%p?|배|원|억|조|만|건|명|주)?\)?|-|–")

_GAP = '<p class="gap" aria-hidden="true">⋯</p>'


def reading_page(
    record: Record, config: Config, archive: Archive, asked: Asked, frame: Frame
) -> Document:
    """The page.  What only members see is left out unless tokens protect the server: it
    was read with one person's session.  ``compare`` is the number of a change that is shown
    in the whole text.  Raises ``Wrong``."""
    words, up = frame.words, "../"
    protected = bool(config.server.tokens)
    withheld = record.access.seen_as == "member" and not protected
    history = () if withheld or (_member_once(record) and not protected) else changes(record)
    rows = Rows(config, words["language"])
    sections = rows.sections(record.sections)
    feeds = {**{name: title for name, title in sections if name}, "all": config.feeds.title}
    compared, changed = _compared(asked, history), record.updated_at != record.published_at
    earlier, later, among = _beside(record, config, archive, words)
    return page(
        "article.html",
        frame,
        up=up,
        title=record.title,
        alternates=of_feeds(config.feeds, feeds, up=up, token=frame.token),
        record=record,
        sections=sections,
        withheld=withheld,
        blocks=() if withheld else _blocks(record, words),
        flag=rows.flag(record.access.status, locked=record.access.locked),
        said=_said(record, words),
        changes=[
            {
                "number": one.number,
                "at": one.seen_at.astimezone(KST),
                "what": _changed(one, words),
                "html": _scrolling(_shown_change(one, whole=one.number == compared), words),
                "whole": one.number == compared,
            }
            for one in reversed(history)
        ],
        times=[
            (words[label], at.astimezone(KST))
            for label, at in (
                ("published", record.published_at),
                ("changed", record.updated_at if changed else None),
                ("plus", record.access.plus_first_at),
                ("released", record.access.released_at),
                ("gone", record.gone_at),
                ("first_seen", record.first_seen_at),
            )
            if at is not None
        ],
        reporters=[(one, f"../search?reporter={quote(one, safe='')}") for one in record.reporters],
        keywords=[
            (one, f"../search?q={quote(phrase, safe='')}")
            for one in record.keywords
            # As a search takes it for one word.
            for phrase in [f'"{one}"' if " " in one else one]
        ],
        related=_related(record, config, archive),
        earlier=earlier,
        later=later,
        among=among,
        host=config.site_of().name,
    )


def _said(record: Record, words: Words) -> list[str]:
    """What the access means, and what the reader can do."""
    access = record.access
    said = (
        (access.status.value, access.locked or access.status is Status.PLUS_FIRST),
        ("released", access.released_at is not None and not access.locked),
        ("gone", record.gone_at is not None),
    )
    return [words[f"means_{name}"] for name, is_so in said if is_so]


def _compared(asked: Asked, history: tuple[TextChange, ...]) -> int | None:
    """The change that is shown in the whole text, if one is."""
    numbers = [str(one.number) for one in history]
    if not numbers and asked.text("compare"):
        raise Wrong("compare", "이 기사에는 변화가 없습니다.", "this article has no changes")
    number = asked.one_of("compare", numbers)
    return int(number) if number else None


def _changed(change: TextChange, words: Words) -> str:
    """Which parts changed."""
    return ", ".join(
        words[f"part_{one}"]
        for one in ("title", "subtitle", "body")
        if getattr(change.before, one) != getattr(change.after, one)
    )


def _shown_change(change: TextChange, *, whole: bool) -> str:
    """A change as HTML blocks: all text is escaped or was sanitised."""
    parts = []
    if change.before.title != change.after.title:
        parts.append(f"<h3>{text_difference(change.before.title, change.after.title)}</h3>")
    if change.before.subtitle != change.after.subtitle:
        parts.append(f"<p>{text_difference(change.before.subtitle, change.after.subtitle)}</p>")
    before, after = change.before.body, change.after.body
    if whole:
        parts.append(block_difference(before, after))
    elif before != after:
        parts.append(changed_blocks(before, after, _GAP))
    return "\n".join(parts)


def _member_once(record: Record) -> bool:
    """Whether an earlier state was read with a member's session."""
    old = (dict(revision.old).get("access") for revision in record.revisions)
    return any(isinstance(one, dict) and one.get("seen_as") == "member" for one in old)


def _related(record: Record, config: Config, archive: Archive) -> list[dict[str, object]]:
    """The related articles; ``kept``: the address is that of a page of ours."""
    id_of = config.site_of().id_of_page
    ids = {one.url: id_of(one.url) for one in record.related}
    kept = archive.index.known(number for number in ids.values() if number is not None)
    return [
        {"title": one.title or kept[number].title, "address": str(number), "kept": True}
        if number is not None and number in kept
        else {"title": one.title or one.url, "address": one.url, "kept": False}
        for one in record.related
        for number in [ids[one.url]]
    ]


def _beside(
    record: Record, config: Config, archive: Archive, words: Words
) -> tuple[Listed | None, Listed | None, str]:
    """The earlier and the later article of the first section that is configured."""
    titles = {one.code: one.title for one in config.sections if one.code}
    code = next((one for one in record.sections if one in titles), "")
    days = archive.days
    earlier, later = days.beside(record.id, code)
    known = {one.id: one for one in days.of([one for one in (earlier, later) if one is not None])}
    return known.get(earlier or -1), known.get(later or -1), titles.get(code, words["everything"])


def _blocks(record: Record, words: Words) -> tuple[str, ...]:
    """The body, with kept images shown from their copies."""
    kept = [(image.url, image.file) for image in record.images if image.file]
    blocks = []
    for block in record.body:
        for url, file in kept:
            # As the sanitiser writes it, which leaves an apostrophe alone.
            block = block.replace(f'src="{escape(url, quote=False)}"', f'src="../{file}"')
        blocks.append(_scrolling(block, words))
    return tuple(blocks)


def _scrolling(html: str, words: Words) -> str:
    """Sanitised HTML in which a table wider than the page scrolls by itself, and can be
    scrolled with the keyboard; numbers in it stand to the right."""
    if "<table" not in html:
        return html
    shown, depth = [], 0
    for part in _TABLE_EDGE.split(html):
        if part.startswith("<table"):
            if depth == 0:
                shown.append(
                    '<div class="scroll" tabindex="0" role="region" '
                    f'aria-label="{escape(words["table"])}">'
                )
            depth += 1
        shown.append(_CELL.sub(_cell, part) if depth else part)
        if part == "</table>":
            depth -= 1
            if depth == 0:
                shown.append("</div>")
    return "".join(shown)


def _cell(match: re.Match[str]) -> str:
    number = _NUMBER.fullmatch(match[3].strip())
    return f'<td class="number"{match[1]}>{match[2]}</td>' if number else match[0]
