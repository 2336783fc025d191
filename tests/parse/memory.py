"""How much memory one page takes, in a process of its own.

    python -m tests.parse.memory KIND

``tracemalloc`` does not see the tree, which is C's: so the greatest size of the whole
process counts, less what it was before.  Prints the page's bytes and the growth.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

from feedsvc import parse
from feedsvc.errors import ParseError
from tests.parse.pages import NOW, SITE, fetched, page

# ruff: noqa: E501  (a kind a line)

SIZE = 5_000_000


def _filled(piece: str, before: str = "", after: str = "") -> str:
    return before + piece * (SIZE // len(piece.encode())) + after


SMALL = 20_000_000
"""Bytes that a small page may take whatever its size: one tag costs more than its bytes."""

_LONG = "한 문장으로 된 단락이다. 둘째 문장이 뒤따르고 셋째도 있다. 넷째는 짧다. " * 3
KINDS = {
    "one long text": lambda: _filled("가나다라 마바사 ", "<p>", "</p>"),
    "one long word": lambda: _filled("가", "<p>", "</p>"),
    "paragraphs": lambda: _filled("<p>" + "글이다. " * 60 + "</p>"),
    "short paragraphs": lambda: _filled("<p>글이다. 또 글이다.</p>"),
    "line breaks": lambda: _filled("글이다.<br>", "<p>", "</p>"),
    "bold words": lambda: _filled("<b>글</b> ", "<p>", "</p>"),
    "empty tags": lambda: _filled("<i></i>"),
    "nesting": lambda: _filled("<div>") + "<p>글이다.</p>",
    "nested formats": lambda: _filled("<b><p>") + "<p>글이다.</p>",
    "many attributes": lambda: "<p " + " ".join(f"a{n}=1" for n in range(SIZE // 10)) + ">글이다.</p>",
    "attributes of many": lambda: _filled('<span class="a b c" style="color:red" id="x">글이다. 한 문장이다.</span>'),
    "one long attribute": lambda: _filled("가", '<p>글이다.</p><img src="/a.jpg" alt="', '">'),
    "one long address": lambda: _filled("a", '<p>글이다.</p><img src="/', '">'),
    "entities": lambda: _filled("&amp;&lt;", "<p>", "</p>"),
    "numeric entities": lambda: _filled("&#44032;", "<p>", "</p>"),
    "surrogates": lambda: _filled("&#xD83D;&#xDE00;", "<p>", "</p>"),
    "table": lambda: _filled("<tr><td>글</td><td>2</td></tr>", "<table>", "</table>"),
    "images": lambda: _filled('<p><img src="/a/1.jpg"></p><p>사진 설명 (사진=누구)</p>'),
    "links": lambda: _filled('<p><a href="/articles/1">한 글이다</a></p>'),
    "comment": lambda: _filled("글", "<p>글이다.</p><!--", "-->"),
    "script": lambda: _filled("var a = 1;", "<p>글이다.</p><script>", "</script>"),
    "boxes": lambda: _filled("<div>곧 무료로 풀릴 기사 <a href=/articles/9>x</a></div>"),
    "notices": lambda: _filled("<div class=prime-msg>딜사이트 회원전용</div>"),
    "json": lambda: _filled('{"a":1},', '<p>글이다.</p><script type="application/ld+json">[', "{}]</script>"),
    # About as many tags as a page of this size may have.
    "paragraphs at the limit": lambda: _filled(f"<p>{_LONG}</p>"),
    "spans at the limit": lambda: _filled(f'<p><span class="a b" style="color:red">{_LONG * 3}</span></p>'),
    "images at the limit": lambda: _filled(f'<p><img src="/a/{"x" * 90}.jpg" alt="{_LONG * 3}"></p><p>(사진={_LONG[:40]})</p>'),
    "links at the limit": lambda: _filled(f'<p><a href="/articles/1">{_LONG * 3}</a></p>'),
    "notices at the limit": lambda: _filled(f'<div class="prime-msg">딜사이트 회원전용 {_LONG}</div>'),
    "boxes at the limit": lambda: _filled(f'<div>곧 무료로 풀릴 기사 <a href="/articles/9">{_LONG * 3}</a></div>'),
    "table at the limit": lambda: _filled(f"<tr><td>{_LONG * 3}</td><td>{_LONG * 3}</td></tr>", "<table>", "</table>"),
    "nesting of long texts": lambda: _filled(f"<div>{_LONG[:50]}"),
    "few bytes, many tags": lambda: "<b>글</b>" * 29_000,
    "few bytes, many attributes": lambda: '<i a=1 b=2 c=3 d="4">글</i>' * 9_900,
    # Found by the fuzzer: each of many parts has as many ancestors as there may be.
    "many parts, deep down": lambda: "<div>" * 350 + '<div class="read-news-main-contents">글</div>' * 900,
    "control characters": lambda: _filled("\x01가\u200b", "<p>", "</p>"),
    "decomposed": lambda: _filled("\u1100\u1161", "<p>", "</p>"),
}  # fmt: skip
"""Pages of about ``SIZE`` bytes, each bad in its own way."""


def main() -> None:
    # prctl(2), PR_SET_THP_DISABLE: huge pages, where a machine has them, round up.
    ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)
    given = page(KINDS[sys.argv[1]]())
    size = len(given.encode())
    with suppress(ParseError):
        parse.article(
            fetched(page()), SITE, NOW, everywhere=True
        )  # what is imported late is not the page's
    answer = fetched(given)
    del given
    # Not getrusage's figure: that one begins with the size of the process that started this.
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak()
    with suppress(ParseError):
        parse.article(answer, SITE, NOW)
    print(size, _peak() - before)


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    main()
