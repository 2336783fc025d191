import xml.etree.ElementTree as ElementTree
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.parse.sanitize import ATTRIBUTES, TAGS, address, sanitised
from feedsvc.text import clean

_WORDS = """
<p> </p> <a_href="javascript:x"> <a_href='/x'> </a> <img_src=x_onerror=y> <script> </script> <svg>
<b > < & &lt; &#8203; &#0; " ' = \u0338 \u200b \x00 \ud800 <table> <td_rowspan=9e9> <style> <!--
--> 가 e\u0301 <math> <iframe_src=//x> <a_href="java&#9;script:x"> <a_href=https://a.kr>
<p_style=x> <blockquote_cite=x:y>
"""
_PIECES = st.sampled_from([word.replace("_", " ") for word in _WORDS.split()])


@given(st.lists(_PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_twice_is_once_and_nothing_forbidden_is_left(html: str) -> None:
    once = sanitised(html)
    assert sanitised(once) == once
    assert clean(once) == once
    reader = _Reader()
    reader.feed(once)
    reader.close()
    for tag, held in reader.seen:
        assert tag in TAGS
        assert set(held) <= ATTRIBUTES.get(tag, set())
        for name in ("href", "src", "cite"):
            assert (held.get(name) or "http:").startswith(("http:", "https:", "mailto:"))
    ElementTree.fromstring(f"<x>{escape(once)}</x>")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "html",
    [
        "<script>x()</script>",
        "<style>p{}</style>",
        '<a href="javascript:x()">글</a>',
        '<a href="java\tscript:x()">글</a>',
        '<a href="&#106;avascript:x()">글</a>',
        '<a href=" \x01javascript:x()">글</a>',
        '<a href="java\u200bscript:x()">글</a>',
        '<a href="data:text/html,x">글</a>',
        '<img src="https://a.kr/x" onerror="x()">',
        '<p style="x" onclick="x()" id="a" class="b">글</p>',
        '<a href="https://a.kr" target="_blank" rel="opener">글</a>',
        "<svg><script>x()</script></svg>",
        "<form action=x><input></form>",
    ],
)
def test_nothing_runs(html: str) -> None:
    done = sanitised(html)
    for part in (
        "script",
        "style",
        "onerror",
        "onclick",
        "data:",
        "target",
        "rel=",
        "<svg",
        "form",
    ):
        assert part not in done


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/a/b.jpg", "https://dealsite.co.kr/a/b.jpg"),
        ("b.jpg", "https://dealsite.co.kr/articles/b.jpg"),
        ("//cdn.kr/b.jpg", "https://cdn.kr/b.jpg"),
        ("/a/../b.jpg?x=1&y=2", "https://dealsite.co.kr/b.jpg?x=1&y=2"),
        ("/사진 1.jpg", "https://dealsite.co.kr/%EC%82%AC%EC%A7%84%201.jpg"),
        ("HTTPS://A.kr/%7Ex", "HTTPS://A.kr/%7Ex"),
        ("mailto:a@b.kr", "mailto:a@b.kr"),
        ("mailto:", None),
        ("javascript:x", None),
        (" java\nscript:x", None),
        ("tel:1", None),
        ("http://[", None),
        ("https://", None),
    ],
)
def test_addresses(value: str, expected: str | None) -> None:
    found = address(value, "https://dealsite.co.kr/articles/7")
    assert (found or "").lower() == (expected or "").lower()


def test_a_path_that_would_backtrack_is_quick() -> None:
    assert address("/" + "a" * 100_000 + "!", "https://a.kr/") is not None
    assert sanitised("<p>" + "가" * 100_000 + "<") == "<p>" + "가" * 100_000 + "&lt;</p>"
