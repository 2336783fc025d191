"""The reading page of an article, ``/articles/{id}``.

In: a record.  Out: a page without script, every link relative so that it works
under any path prefix.  The body's blocks were sanitised when they were parsed; the
content security policy is the second wall.  Search and the archive's other pages
belong here too.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from feedsvc import __version__
from feedsvc.model import Record, Status
from feedsvc.serve.answer import Document, document
from feedsvc.site import COPYRIGHT

if TYPE_CHECKING:
    from jinja2 import Template

STATUS_NAMES = {
    Status.OPEN: "",
    Status.PLUS_FIRST: "플러스 선공개",
    Status.SOON_FREE: "곧 무료",
    Status.MEMBERS_ONLY: "회원전용",
    Status.PLUS_ONLY: "플러스 전용",
    Status.UNKNOWN: "공개 여부 확인 안 됨",
}


def reading_page(record: Record, *, protected: bool, cache_control: str) -> Document:
    """The page.  What only members see is left out unless the server is ``protected``
    by tokens: it was read with one person's session."""
    withheld = record.access.seen_as == "member" and not protected
    html = _template().render(
        record=record,
        withheld=withheld,
        blocks=() if withheld else _blocks(record),
        flag=STATUS_NAMES[record.access.status],
        times=tuple(
            {"label": label, "at": at.isoformat(), "text": _shown(at)}
            for label, at in _times(record)
        ),
        rights=COPYRIGHT,
        version=__version__,
    )
    return document(html.encode(), "text/html; charset=utf-8", cache_control=cache_control)


def _times(record: Record) -> list[tuple[str, datetime]]:
    times = [("게재", record.published_at)]
    if record.updated_at != record.published_at:
        times.append(("변경", record.updated_at))
    for label, at in (
        ("플러스", record.access.plus_first_at),
        ("무료 공개", record.access.released_at),
        ("삭제", record.gone_at),
    ):
        if at is not None:
            times.append((label, at))
    return times


def _shown(at: datetime) -> str:
    return f"{at:%Y.%m.%d %H:%M}"


def _blocks(record: Record) -> tuple[str, ...]:
    """The body, with kept images shown from their copies."""
    kept = [(image.url, image.file) for image in record.images if image.file]
    blocks = []
    for block in record.body:
        for url, file in kept:
            block = block.replace(f'src="{escape(url)}"', f'src="../{file}"')
        blocks.append(block)
    return tuple(blocks)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("feedsvc.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("article.html")
