"""Blocks as an editor makes them in CKEditor, and the small markup for writing them.

In: plain text.  Out: HTML blocks.  Not here: what a page sets around them.

The markup, one block a paragraph of lines (blocks are parted by empty lines)::

    A line of text                     p
    ### 소제목                         h3
    - one                              ul (one line an item); "1. one" gives ol
    | 구분 | 매출 |                    table, the first line its head
    > 인용                             blockquote
    !figure path | caption             figure.image > img + figcaption
    !caption path | caption            an image, then a caption paragraph
    !lazy path | caption               the same, loaded late (data-src)
    !table path | caption              a table that holds image and caption
    !video address                     an embedded video
    <…>                                HTML, as it is
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape

_TAG = re.compile(r"<[^>]*>")
_ORDERED = re.compile(r"^\d+\. ")


def plain(blocks: Iterable[str]) -> str:
    """The blocks' visible text, folded to one line."""
    return " ".join(unescape(_TAG.sub(" ", " ".join(blocks))).split())


def paragraph(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"


def parse_blocks(source: str) -> tuple[str, ...]:
    """The markup's blocks as HTML; an image in the caption form gives two blocks.

    Raises ``ValueError`` for a command that the markup does not have.
    """
    found: list[str] = []
    for chunk in re.split(r"\n[ \t]*\n", source.strip()):
        found.extend(_block(chunk.strip()))
    return tuple(found)


def _block(chunk: str) -> tuple[str, ...]:
    lines = [line.strip() for line in chunk.split("\n")]
    if chunk.startswith("!"):
        return _picture(chunk)
    if chunk.startswith("<"):
        return (chunk,)
    if chunk.startswith("### "):
        return (f"<h3>{escape(chunk[4:], quote=False)}</h3>",)
    if chunk.startswith("> "):
        return (f"<blockquote><p>{escape(chunk[2:], quote=False)}</p></blockquote>",)
    if chunk.startswith("|"):
        return (_table(lines),)
    if all(line.startswith("- ") for line in lines):
        return (_list("ul", [line[2:] for line in lines]),)
    if all(_ORDERED.match(line) for line in lines):
        return (_list("ol", [_ORDERED.sub("", line) for line in lines]),)
    return (paragraph(" ".join(lines)),)


def _list(tag: str, items: Iterable[str]) -> str:
    inner = "".join(f"<li>{escape(item, quote=False)}</li>" for item in items)
    return f"<{tag}>{inner}</{tag}>"


def _table(lines: list[str]) -> str:
    head, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)

    def row(tag: str, cells: Iterable[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(c, quote=False)}</{tag}>" for c in cells) + "</tr>"

    body = "".join(row("td", cells) for cells in rows)
    return (
        '<figure class="table"><table border="1"><thead>'
        f"{row('th', head)}</thead><tbody>{body}</tbody></table></figure>"
    )


def _picture(chunk: str) -> tuple[str, ...]:
    command, _, rest = chunk[1:].partition(" ")
    path, _, caption = (part.strip() for part in rest.partition("|"))
    caption = escape(caption, quote=False)
    image = f'<img src="/upload/{path}" alt="">'
    match command:
        case "figure":
            inner = f"{image}<figcaption>{caption}</figcaption>" if caption else image
            return (f'<figure class="image">{inner}</figure>',)
        case "lazy":
            image = f'<img src="/images/blank.png" data-src="/upload/{path}" class="lazy" alt="">'
            return (f'<figure class="image">{image}<figcaption>{caption}</figcaption></figure>',)
        case "caption":
            return (f"<p>{image}</p>", f"<p>{caption}</p>")
        case "table":
            return (
                f'<table class="img-table"><tbody><tr><td>{image}</td></tr>'
                f"<tr><td>{caption}</td></tr></tbody></table>",
            )
        case "video":
            return (
                f'<figure class="media"><div data-oembed-url="{escape(path)}">'
                f'<iframe src="{escape(path)}" allowfullscreen></iframe></div></figure>',
            )
    raise ValueError(f"unknown command in a story: !{command}")
