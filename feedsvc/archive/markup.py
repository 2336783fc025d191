"""A record's sanitised HTML blocks in the markup that exports need: XHTML, Markdown.

Strings in, strings out.  ``image`` gives the address that an image is shown by, or
``None`` where it is only named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from html.parser import HTMLParser

from feedsvc.markdown import begun, escaped

Shown = Callable[[str], str | None]

_VOID = frozenset({"br", "hr", "img"})
# What EPUB 3's XHTML and the sanitiser's allow-list have in common.
_KEPT_WORDS = (
    "p h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre figure figcaption table caption thead"
    " tbody tfoot tr td th a b strong i em u s sub sup small code mark del ins"
)
_KEPT = _VOID | frozenset(_KEPT_WORDS.split())
_ATTRIBUTES = {
    "a": ("href",),
    "img": ("src", "alt"),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
    "ol": ("start",),
}
_BLOCK = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "blockquote",
        "figcaption",
        "tr",
        "dt",
        "dd",
        "pre",
        "table",
    ]
)
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "del": "~~", "code": "`"}
_EMBEDDED = frozenset({"iframe", "video", "audio", "embed", "source"})


def xhtml(blocks: Sequence[str], image: Shown) -> str:
    """The blocks as well-formed XHTML, one a line."""
    return "\n".join(_read(_Xhtml(image), block) for block in blocks)


def markdown(blocks: Sequence[str], image: Shown) -> str:
    """The blocks as Markdown (CommonMark, with tables)."""
    found = (_read(_Markdown(image), block) for block in blocks)
    return "\n\n".join(block for block in found if block)


def _read(reader: _Xhtml | _Markdown, block: str) -> str:
    reader.feed(block)
    reader.close()
    return reader.result()


class _Xhtml(HTMLParser):
    def __init__(self, image: Shown) -> None:
        super().__init__(convert_charrefs=True)
        self._image = image
        self._out: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        tag = "h2" if tag == "h1" else tag
        if tag in _EMBEDDED and values.get("src"):
            self._link(values["src"])
        if tag not in _KEPT:
            return
        if tag == "img":
            source = values.get("src", "")
            shown = self._image(source)
            if shown is None and source.startswith("data:image/"):
                shown = source  # it holds the picture itself
            if shown is None:
                self._link(source)
                return
            values = {"src": shown, "alt": values.get("alt", "")}
        wanted = _ATTRIBUTES.get(tag, ())
        told = "".join(
            f' {name}="{escape(values[name])}"'
            for name in wanted
            if name in values and (name in ("href", "src", "alt") or values[name].isdigit())
        )
        if tag in _VOID:
            self._out.append(f"<{tag}{told}/>")
        else:
            self._out.append(f"<{tag}{told}>")
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        tag = "h2" if tag == "h1" else tag
        if tag in _VOID or tag not in self._open:
            return
        while self._open:
            last = self._open.pop()
            self._out.append(f"</{last}>")
            if last == tag:
                return

    def handle_data(self, data: str) -> None:
        self._out.append(escape(data, quote=False))

    def _link(self, address: str) -> None:
        if address:
            shown = escape(address)
            self._out.append(f'<a href="{shown}">{shown}</a>')

    def result(self) -> str:
        """What was read, its open elements closed, in a paragraph if it stood in none."""
        closed = "".join(f"</{tag}>" for tag in reversed(self._open))
        text = "".join(self._out) + closed
        inline = not re.match(r"\s*<(?:p|h\d|ul|ol|dl|blockquote|pre|figure|table|hr)\b", text)
        return f"<p>{text}</p>" if inline and text.strip() else text


class _Markdown(HTMLParser):
    def __init__(self, image: Shown) -> None:
        super().__init__(convert_charrefs=True)
        self._image = image
        self._lines: list[str] = []
        self._line = ""
        self._prefix = ""
        self._lists: list[int | None] = []
        self._links: list[str] = []
        self._row: list[str] | None = None
        self._rows = 0
        self._verbatim = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _BLOCK:
            self._end_line()
        if tag in ("ul", "ol"):
            self._end_line()
            self._lists.append(None if tag == "ul" else int(values.get("start") or 1))
        elif tag == "li" and self._lists:
            number = self._lists[-1]
            self._prefix = "  " * (len(self._lists) - 1) + (
                "- " if number is None else f"{number}. "
            )
            if number is not None:
                self._lists[-1] = number + 1
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._prefix = "#" * max(2, int(tag[1])) + " "
        elif tag in ("blockquote", "figcaption"):
            self._prefix = "> " if tag == "blockquote" else ""
            self._line += "*" if tag == "figcaption" else ""
        elif tag == "tr":
            self._row = []
        elif tag in ("td", "th"):
            self._line = ""
        elif tag == "pre":
            self._lines.append("```")
            self._verbatim = True
        elif tag == "a":
            self._links.append(values.get("href", ""))
            self._line += "["
        elif tag == "img":
            address = self._image(values.get("src", "")) or values.get("src", "")
            self._line += f"![{escaped(values.get('alt', ''))}]({_address(address)})"
        elif tag in _EMBEDDED and values.get("src"):
            self._line += f"<{_address(values['src'])}>"
        elif tag == "br":
            self._line += " " if self._row is not None else "\\\n"
        elif tag == "hr":
            self._lines.append("---")
        elif tag in _MARKS:
            self._line += _MARKS[tag]

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            self._line += f"]({_address(self._links.pop())})"
        elif tag in _MARKS:
            self._line += _MARKS[tag]
        elif tag in ("td", "th") and self._row is not None:
            self._row.append(" ".join(self._line.split()))
            self._line = ""
        elif tag == "tr" and self._row is not None:
            self._lines.append(f"| {' | '.join(self._row)} |")
            if self._rows == 0:
                self._lines.append("|" + " --- |" * len(self._row))
            self._rows += 1
            self._row = None
        elif tag == "figcaption":
            self._line = f"{self._line.rstrip()}*"
            self._end_line()
        elif tag in ("ul", "ol") and self._lists:
            self._end_line()
            self._lists.pop()
        elif tag == "pre":
            self._lines += [*self._line.split("\n"), "```"]
            self._line, self._verbatim = "", False
        elif tag in _BLOCK or tag == "figure":
            self._end_line()

    def handle_data(self, data: str) -> None:
        if self._verbatim:
            self._line += data
        else:
            self._line += escaped(re.sub(r"\s+", " ", data))

    def _end_line(self) -> None:
        if self._row is not None or not self._line.strip():
            return
        self._lines.append(self._prefix + begun(self._line.strip()))
        self._line = self._prefix = ""

    def result(self) -> str:
        """What was read; list items and table rows stand close, paragraphs apart."""
        self._end_line()
        close = all(re.match(r"\s*(?:[-|>]|\d+\.) ?", line) for line in self._lines)
        verbatim = self._lines[:1] == ["```"]
        return ("\n" if close or verbatim else "\n\n").join(self._lines)


def _address(address: str) -> str:
    return re.sub(r"[\s()<>]", lambda match: f"%{ord(match[0]):02X}", address)
