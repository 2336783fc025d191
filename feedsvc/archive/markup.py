"""A record's sanitised HTML blocks in the markup that exports need: XHTML, Markdown.

Strings in, strings out.  ``image`` gives the address that an image is shown by, or
``None`` where it is only named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from html.parser import HTMLParser

from feedsvc.text import begun, escaped

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
    return "\n\n".join(filter(None, (_read(_Markdown(image), block) for block in blocks)))


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
        told = "".join(
            f' {name}="{escape(values[name])}"'
            for name in _ATTRIBUTES.get(tag, ())
            if name in values and (name in ("href", "src", "alt") or values[name].isdigit())
        )
        self._out.append(f"<{tag}{told}/>" if tag in _VOID else f"<{tag}{told}>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        tag = "h2" if tag == "h1" else tag
        if tag in _VOID or tag not in self._open:
            return
        last = ""
        while last != tag:
            last = self._open.pop()
            self._out.append(f"</{last}>")

    def handle_data(self, data: str) -> None:
        self._out.append(escape(data, quote=False))

    def _link(self, address: str) -> None:
        if address:
            shown = escape(address)
            self._out.append(f'<a href="{shown}">{shown}</a>')

    def result(self) -> str:
        """What was read, its open elements closed, in a paragraph if it stood in none."""
        text = "".join([*self._out, *(f"</{tag}>" for tag in reversed(self._open))])
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
        if tag in _BLOCK or tag in ("ul", "ol"):
            self._end_line()
        match tag:
            case "ul" | "ol":
                self._lists.append(None if tag == "ul" else int(values.get("start") or 1))
            case "li" if self._lists:
                number, depth = self._lists[-1], len(self._lists) - 1
                self._prefix = "  " * depth + ("- " if number is None else f"{number}. ")
                self._lists[-1] = None if number is None else number + 1
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self._prefix = "#" * max(2, int(tag[1])) + " "
            case "blockquote":
                self._prefix = "> "
            case "figcaption":
                self._prefix = ""
                self._line += "*"
            case "tr":
                self._row = []
            case "td" | "th":
                self._line = ""
            case "pre":
                self._lines.append("```")
                self._verbatim = True
            case "a":
                self._links.append(values.get("href", ""))
                self._line += "["
            case "img":
                address = self._image(values.get("src", "")) or values.get("src", "")
                self._line += f"![{escaped(values.get('alt', ''))}]({_address(address)})"
            case "br":
                self._line += " " if self._row is not None else "\\\n"
            case "hr":
                self._lines.append("---")
            case _ if tag in _EMBEDDED and values.get("src"):
                self._line += f"<{_address(values['src'])}>"
            case _:
                self._line += _MARKS.get(tag, "")

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "a" if self._links:
                self._line += f"]({_address(self._links.pop())})"
            case "td" | "th" if self._row is not None:
                self._row.append(" ".join(self._line.split()))
                self._line = ""
            case "tr" if self._row is not None:
                self._lines.append(f"| {' | '.join(self._row)} |")
                if self._rows == 0:
                    self._lines.append("|" + " --- |" * len(self._row))
                self._rows += 1
                self._row = None
            case "figcaption":
                self._line = f"{self._line.rstrip()}*"
                self._end_line()
            case "ul" | "ol" if self._lists:
                self._end_line()
                self._lists.pop()
            case "pre":
                self._lines += [*self._line.split("\n"), "```"]
                self._line, self._verbatim = "", False
            case _ if tag in _BLOCK or tag == "figure":
                self._end_line()
            case _:
                self._line += _MARKS.get(tag, "")

    def handle_data(self, data: str) -> None:
        self._line += data if self._verbatim else escaped(re.sub(r"\s+", " ", data))

    def _end_line(self) -> None:
        if self._row is not None or not self._line.strip():
            return
        self._lines.append(self._prefix + begun(self._line.strip()))
        self._line = self._prefix = ""

    def result(self) -> str:
        """What was read; list items, table rows and what is verbatim stand close, paragraphs
        apart."""
        self._end_line()
        close = self._lines[:1] == ["```"] or all(
            re.match(r"\s*(?:[-|>]|\d+\.) ?", line) for line in self._lines
        )
        return ("\n" if close else "\n\n").join(self._lines)


def _address(address: str) -> str:
    return re.sub(r"[\s()<>]", lambda match: f"%{ord(match[0]):02X}", address)
