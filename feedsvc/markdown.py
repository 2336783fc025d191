"""Text of others as Markdown (CommonMark) shows it: as it is, whatever stands in it.

In: text on one line.  Out: the same with what would be a mark escaped.  Pure.
"""

from __future__ import annotations

import re

# A reference of HTML is read in Markdown too: ``&lt;`` would be shown as ``<``.
_MARK = re.compile(r"[\\`*_\[\]<>#|~]|&(?=#?\w+;)")
_BEGIN = re.compile(r"(\s*)(?:([+-])(?=\s|$)|(=+|-+)(?=\s*$)|(\d{1,9})([.)])(?=\s|$))")


def escaped(text: str) -> str:
    """Text within a line, or behind a mark."""
    return _MARK.sub(r"\\\g<0>", text)


def begun(line: str) -> str:
    """An escaped line that may stand first in a paragraph or below another line: what would
    make a list, a rule or a heading of it is escaped too."""
    match = _BEGIN.match(line)
    if match is None:
        return line
    space, item, rule, number, dot = match.groups()
    rest = line[match.end() :]
    return f"{space}{number}\\{dot}{rest}" if number else f"{space}\\{item or rule}{rest}"
