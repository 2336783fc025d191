"""The allow-list: what it keeps, what it drops, and that twice is once."""

# ruff: noqa: E501 - the lists of pieces are easier to read on a line.

import xml.etree.ElementTree as ElementTree
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.parse import sanitize
from feedsvc.parse.sanitize import ATTRIBUTES, TAGS, by_cleaner, sanitised
from feedsvc.text import clean
from tests.parse.hard_pages import data_address, png

_WORDS = """
<p> </p> <a_href="javascript:x"> <a_href='/x'> </a> <img_src=x_onerror=y> <script> </script> <svg>
<b > < & &lt; &#8203; &#0; " ' = \u0338 \u200b \x00 \ud800 <table> <td_rowspan=9e9> <style> <!--
--> 가 e\u0301 <math> </math> <mfrac> <mi> <mtext> <semantics> <annotation-xml> <iframe_src=//x>
<img_src="data:image/png;base64,iVBORw0KGgo="> <img_src="https://a_b.kr/"> <a_href="java&#9;script:x"> <a_href=https://a.kr>
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
        assert tag != "img" or "src" in held
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


def test_pictures_that_an_address_holds() -> None:
    good = data_address(png(40, 30))
    assert sanitised(f'<p><img src="{good}" alt="표"></p>') == f'<p><img src="{good}" alt="표"></p>'
    for bad in (
        data_address(png(1, 1)),
        data_address(png(2, 40)),
        data_address(png(40, 30)[:20]),
        data_address(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        data_address(b"<script>x()</script>", "text/html"),
        "data:image/png;base64,%%%",
        "data:,x",
        data_address(png(300, 300) + b"x" * 300_000),
    ):
        assert sanitised(f'<p>글<img src="{bad}" alt="x"></p>') == "<p>글</p>"
    assert sanitised(f'<p><a href="{good}">글</a></p>') == "<p><a>글</a></p>"


def test_formulas_stay() -> None:
    formula = "<math><mfrac><mi>a</mi><mn>2</mn></mfrac><mo>=</mo><msup><mi>b</mi><mn>2</mn></msup></math>"
    assert sanitised(f"<p>값은 {formula}이다.</p>") == f"<p>값은 {formula}이다.</p>"
    hostile = (
        "<p><math><mtext><table><mglyph><style><img src=x onerror=x()></style></table></math></p>"
    )
    assert "onerror" not in sanitised(hostile)


# -- the short way: a block that the cleaner gives back as it is ----------------------------------

_PHRASES = st.lists(
    st.sampled_from(["글", " ", "&amp;", "&lt;", "&gt;", "&quot;", "\u0338", '"', "'", "é", "e\u0301", "👍", "\n", "\u3000", "\xa0", "\u200b", "=", "/", "<", ">", "&"])
    | st.text(max_size=3),
    max_size=6,
).map("".join)  # fmt: skip
_LINKS = st.sampled_from(
    ["https://a.kr/x?y=1&amp;z=%20", "http://a-b.co.kr", "https://a.kr:99/", "https://1.2.3.999/", "https://xn--a.kr/", "/a", "javascript:x", "https://a.kr/(1)'", "https://a.kr/[1]", "https://a.k/", "https://a.b.1/", "https://A.kr/", "https://a.kr", "https://a.kr/x/../y", "https://a.kr/./", "https://a.kr/%2e%2E/x", "https://a.kr:443/", "https://a.kr/.x/a..b?c=/../"]
)  # fmt: skip
_EMPHASIS = st.sampled_from(["b", "strong", "em", "i", "u", "s", "sub", "sup", "mark", "small", "code", "a", "span", "script", "p", "br"])  # fmt: skip


@st.composite
def _flow(draw: st.DrawFn) -> str:
    parts = []
    for kind in draw(st.lists(st.integers(0, 3), max_size=4)):
        words = draw(_PHRASES)
        if kind == 1:
            tag, end = draw(_EMPHASIS), draw(_EMPHASIS)
            words = f"<{tag}>{words}</{tag if draw(st.booleans()) else end}>"
        elif kind == 2:
            words = f'<a href="{draw(_LINKS)}">{words}</a>'
        elif kind == 3:
            words = f"{words}<br>"
        parts.append(words)
    return "".join(parts)


@st.composite
def _shapes(draw: st.DrawFn) -> str:
    flow = draw(_flow())
    lines = draw(st.sampled_from(["{}", "<p>{}</p>", "<p>{}</p><p>x</p>", "<p>{}"])).format(flow)
    rows = f'<tr><td colspan="2" rowspan="3">{lines}</td><th>{flow}</th></tr><tr></tr>'
    link, words = draw(_LINKS), draw(_PHRASES)
    return draw(
        st.sampled_from(
            [
                f"<p>{flow}</p>",
                f"<h3>{flow}</h3>",
                f"<h1>{flow}</h2>",
                f"<ul><li>{lines}</li><li>{flow}</li></ul>",
                f"<ol><li>{lines}</li></ol>",
                f"<blockquote>{lines}</blockquote>",
                f"<dl><dt>{flow}</dt><dd>{flow}</dd></dl>",
                f"<table><tbody>{rows}</tbody></table>",
                f"<table><caption>{words}</caption><thead>{rows}</thead><tbody>{rows}</tbody></table>",
                f'<figure><img src="{link}" alt="{words}"><figcaption>{words}</figcaption></figure>',
                f'<figure><img src="{link}" alt="{words}"><img src="{link}" alt=""></figure>',
            ]
        )
    )


@pytest.mark.slow
@settings(deadline=None, max_examples=400)
@given(_shapes())
def test_the_short_way_gives_what_the_long_way_gives(block: str) -> None:
    assert sanitised(block) == by_cleaner(block)


def test_the_short_way_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sanitize, "by_cleaner", None)
    usual = (
        "<p>R&amp;D 비용은 <strong>3억원</strong>이다.<br>끝이다.</p>",
        '<figure><img src="https://a.kr/1.jpg" alt="본점"><figcaption>본점</figcaption></figure>',
        '<table><tbody><tr><td colspan="2">1</td><th><p>2</p></th></tr></tbody></table>',
        '<ul><li>하나</li><li><a href="https://dealsite.co.kr/articles/1">둘</a></li></ul>',
    )
    assert [sanitised(block) for block in usual] == list(usual)
