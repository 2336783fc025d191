"""What a page is known to say, and lines of text that can be compared.

In: HTML or text.  Out: lines, one a paragraph, list item, table row or caption, so
that extractors that answer HTML and those that answer text are held against the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.model import FetchedPage, Row, Status
from tests.standin import House

_LINES = frozenset(
    [
        "p",
        "div",
        "li",
        "tr",
        "dt",
        "dd",
        "figcaption",
        "caption",
        "blockquote",
        "pre",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "ul",
        "ol",
        "figure",
        "section",
        "article",
        "tbody",
        "thead",
    ]
)
_EMPTY_LINE = re.compile(r"\n\s*\n")
_POINTS = re.compile(r"^(?:[-*•>#]+|\d+\.)\s+|[|\s*]+")


@dataclass(frozen=True, slots=True)
class Case:
    """One page and its truth: ``lines`` are the body's, in order; ``noise`` stands on the
    page and never belongs to the body; ``kind`` says how the page was made, ``house`` after
    which reading of the site page (``tests.standin.houses``)."""

    page: FetchedPage
    title: str
    subtitle: str
    reporters: tuple[str, ...]
    published_at: datetime
    status: Status
    lines: tuple[str, ...]
    noise: tuple[str, ...]
    kind: str
    row: Row | None = None
    house: House = "today"
    captions: tuple[str, ...] = ()
    """Those of its lines that belong to an image or a table."""
    rows: tuple[str, ...] = ()
    """Those that are rows of a table."""


def lines_of(html: str) -> tuple[str, ...]:
    """The lines that a reader sees of HTML; a cell of a table does not begin a new one."""
    root = LexborHTMLParser(html).body
    found: list[str] = []
    run: list[str] = []

    def ended() -> None:
        parts = _EMPTY_LINE.split("".join(run))
        run.clear()
        found.extend(text for part in parts if (text := " ".join(part.split())))

    waiting: list[tuple[LexborNode | None, bool]] = [(root, False)]
    while waiting:
        node, in_cell = waiting.pop()
        if node is None:
            ended()
        elif node.is_text_node:
            run.append((node.text_content or "").replace("\n", " "))
        elif node.tag == "br":
            run.append("\n")
        elif node.tag not in ("script", "style"):
            if node.tag in _LINES and not in_cell:
                ended()
                waiting.append((None, False))
            elif node.tag in _LINES or node.tag in ("td", "th"):
                run.append(" ")
            in_cell = in_cell or node.tag in ("td", "th")
            below = list(node.iter(include_text=True))
            waiting += [(one, in_cell) for one in reversed(below)]
    ended()
    return tuple(found)


def captions_of(html: str) -> tuple[str, ...]:
    """What HTML shows as the captions of images and tables; a table around an image is none."""
    tree = LexborHTMLParser(html)
    around = [
        row for table in tree.css("table") if table.css_first("img") for row in table.css("tr")
    ]
    return _texts((*tree.css("figcaption, caption"), *around))


def rows_of(html: str) -> tuple[str, ...]:
    """The rows of the tables in HTML."""
    tables = LexborHTMLParser(html).css("table")
    return _texts(row for one in tables if not one.css_first("img") for row in one.css("tr"))


def _texts(nodes: Iterable[LexborNode]) -> tuple[str, ...]:
    texts = (" ".join(node.text(separator=" ").split()) for node in nodes)
    return tuple(text for text in texts if text)


def comparable(line: str) -> str:
    """A line less what extractors write as they like: white space, bars and bullets."""
    return _POINTS.sub("", line)
