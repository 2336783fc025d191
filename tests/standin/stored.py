"""Blocks of a text as the newsroom's own system stores them (site page, "What the editor
makes"), made from the plainer ones of the demo's ``samples``.

In: a block as an editor is shown it.  Out: the block as it is stored, and what a reader
should get from it.
"""

from __future__ import annotations

import re
from hashlib import md5

_HEADING = re.compile(r"<h3>(.*?)</h3>", re.DOTALL)
_QUOTE = re.compile(r"<blockquote><p>(.*?)</p></blockquote>", re.DOTALL)
_TABLE = re.compile(r'<figure class="table"><table border="1">(.*?)</table></figure>', re.DOTALL)
_CELL = re.compile(r"<(t[hd])>(.*?)</\1>", re.DOTALL)
_FIGURE = re.compile(r'<figure class="image"><img ([^>]*?) alt="">')
_VIDEO = re.compile(r'<figure class="media"><div data-oembed-url="([^"]*)">.*?</figure>', re.DOTALL)
_TITLES = ("주요 실적", "차입금 현황", "지분 구조", "수주 현황")
_UNIT = "(단위: 억원)"


def stored(block: str) -> str:
    """The block as it is stored; what has no form of its own stays as it is."""
    block = _HEADING.sub(r'<p class="mid-title-input-box">\1</p>', block)
    block = _QUOTE.sub(r'<p class="quote">\1</p>', block)
    block = _TABLE.sub(_stored_table, block)
    block = _FIGURE.sub(_stored_figure, block)
    return _VIDEO.sub(r'<figure class="media"><oembed url="\1"></oembed></figure>', block)


def meant(block: str) -> str:
    """The block as a reader should get it: a table with its title and unit."""
    return _TABLE.sub(
        lambda found: (
            f'<figure class="table"><table><caption>{_title(found[1])} {_UNIT}</caption>'
            f"{found[1]}</table></figure>"
        ),
        block,
    )


def _stored_table(found: re.Match[str]) -> str:
    cells = _CELL.sub(r"<\1><p>\2</p></\1>", found[1])
    return (
        f'<p class="table-title">{_title(found[1])}</p><p class="table-txt">{_UNIT}</p>'
        f'<table class="table" role="presentation">{cells}</table>'
    )


def _title(cells: str) -> str:
    return _TITLES[len(cells) % len(_TITLES)]


def _stored_figure(found: re.Match[str]) -> str:
    name = md5(found[1].encode(), usedforsecurity=False).hexdigest()
    return (
        '<figure class="image image_resized obj_container align_left" style="width:60%" '
        f'data-id="{int(name[:6], 16)}" data-key="{name}"><img {found[1]} alt="IMG_{name[:4]}.jpg">'
    )
