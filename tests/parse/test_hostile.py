"""Pages that mean harm, or are broken: the parser answers, soon, with clean text."""

from __future__ import annotations

import random
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc import parse
from feedsvc.errors import LayoutUnknown, ParseError
from feedsvc.model import FetchedPage, ParsedArticle, SectionPage
from feedsvc.parse.document import MAX_TAGS, flattened, parsed, tree_of
from feedsvc.parse.sanitize import sanitised
from feedsvc.text import clean
from tests.parse.pages import NOW, SITE, boxes, fetched, page

_TAGS_WORDS = """<div class="content-area"> <div class="read-news-main-contents"> </div> <div
class="prime-msg"> <div class="read-news-title"> <p> </p> <br> <table> <tr> <td> </table>
<b> </b> <a href="/articles/1"> </a> <a href=javascript:x> <img src=/a.jpg> <img
data-src=//x> <figure> </figure> <figcaption> <ul> <li> <script> </script> <style> </style>
<!-- --> <noscript> <svg> <template> <select> <iframe src=x> <span style=background:url(x)>
<h1> <h3> <article class="article"> </article> <blockquote> <picture> <video> <form>
<button> <math> <plaintext> <div class="rnmc-left"> <div class="sub-title"> <div
class="nis-r-info-wrap"> 2026.03.10 &nbsp; &#0; &#xD800; <div class="rec-keywords">
[딜사이트 기자] (사진=가) ⓒ무단전재 곧_무료로_풀릴_기사 딜사이트_회원전용 … \x00 \x0b \ufeff
\u200b \u200d 👩 \u0338 \ud83d \udc00 < > & " ' 딜사이트_플러스 <p_hidden>
<div_style=display:none> <b_style=visibility:hidden> <i_style=visibility:visible> <audio_src=x>
<object_data=//x> <mfrac> <mi> <amp-img_src=\\x> <base_href=//x/> <img_src=http://[>
<img_srcset="x_1x,/y"> <img_src=data:image/gif;base64,R0lGOD>"""
TAGS = [word.replace("_", " ") for word in _TAGS_WORDS.split()]

_MARKUP = st.lists(st.sampled_from(TAGS) | st.text(max_size=6), max_size=40).map("".join)


def sound(article: ParsedArticle) -> None:
    """What comes out is clean everywhere and may stand in XML."""
    texts = [article.title, article.subtitle, *article.reporters, *article.keywords, *article.body]
    texts += [text for one in article.images for text in (one.url, one.caption)]
    texts += [text for one in article.related for text in (one.url, one.title)]
    texts += [text for one in article.access.markers for text in (one.text, one.selector)]
    for text in texts:
        assert clean(text) == text
        ElementTree.fromstring(f"<x>{escape(text)}</x>")
    for block in article.body:
        assert sanitised(block) == block
    shown = "".join(article.body)
    assert shown.count("<img") == shown.count("<img src=")
    for image in article.images:
        assert image.url.startswith("http")
        assert escape(image.url, quote=False) in shown


def answers(reader: Callable[..., object], given: FetchedPage) -> None:
    """A sound article, a section page, or an error that says what it is about."""
    try:
        found: object = reader(given, SITE, NOW)
    except ParseError as error:
        found = error
    if isinstance(found, ParsedArticle):
        sound(found)
    elif isinstance(found, ParseError):
        assert found.about
        assert found.advice
    else:
        assert isinstance(found, SectionPage)


@pytest.mark.slow
@settings(deadline=None)
@given(_MARKUP, _MARKUP, _MARKUP)
def test_any_markup_in_an_article(body: str, inside: str, around: str) -> None:
    answers(parse.article, fetched(page(body, inside=inside, around=around)))


@pytest.mark.parametrize("examples", [30, pytest.param(100, marks=pytest.mark.slow)])
def test_any_page_at_all(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(_MARKUP | st.binary(max_size=200))
    def answered(body: str | bytes) -> None:
        for reader in (parse.article, parse.section, parse.listing):
            answers(reader, fetched(body))
        boxes(fetched(body))

    answered()


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 20_000 + "<p>깊은 글이다.</p>",
        "<div>" * 20_000 + "<p>깊은 글이다.</p>" + "</div>" * 20_000,
        "<blockquote>" * 20_000 + "깊은 글이다.",
        "<b>" * 20_000 + "깊은 글이다.",
        "<b><p>" * 10_000 + "깊은 글이다.",
        "<a href=x><div>" * 10_000 + "깊은 글이다.",
        "<table><tr><td>" * 10_000 + "깊은 글이다.",
        "<ul><li>" * 10_000 + "깊은 글이다.",
        "<table><b>" * 10_000 + "깊은 글이다.",
        "".join(f"<font color=c{n}>" for n in range(1_000)) + "<p>깊은 글이다.</p>" * 1_000,
        "<figure>" * 10_000 + "<p>깊은 글이다.</p>",
        "<span>" * 3_000 + "<img src=/a.jpg>" + "<p>깊은 글이다.</p>",
        "<svg><p>" * 5_000 + "깊은 글이다.",
        "<br>" * 30_000 + "깊은 글이다." + "<br>" * 30_000,
        "<p>깊은 글이다." + " &nbsp;" * 30_000 + "</p>",
        "<p>깊은 글이다.</p>" + "<div class='prime-msg'>" * 2_000,
        "<p>깊은 글이다.</p>" + "<div>곧 무료로 풀릴 기사" * 1_500,
        "<p>깊은 글이다.</p>" + "<h3>딜사이트 회원전용</h3><a href=/articles/9>x</a>" * 1_500,
        "<p>깊은 글이다. " + "[딜사이트 " * 20_000 + "</p>",
        "<p>깊은 글이다.</p>" + "<b class=nis-reporter-name>김가영 기자 " * 1_200,
        "<p>깊은 글이다. " + "딜사이트 플러스 " * 20_000 + "</p>",
    ],
)
def test_nesting_without_end_costs_little(body: str) -> None:
    started = time.process_time()
    found = parse.article(fetched(page(body)), SITE, NOW, everywhere=True)
    assert time.process_time() - started < 10
    assert any("깊은 글이다." in block for block in found.body)
    sound(found)


def test_a_page_of_too_many_tags_is_refused_before_it_is_read() -> None:
    huge = fetched("<p>글</p>" * MAX_TAGS)
    with pytest.raises(LayoutUnknown, match="tags"):
        parse.article(huge, SITE, NOW)


def test_fifty_megabytes_of_text_are_read_or_refused() -> None:
    big = page("<p>" + "가나다라 " * 400_000 + "</p>")
    assert len(parse.article(fetched(big), SITE, NOW).body) == 1


def test_a_usual_page_is_not_flattened_into_another() -> None:
    html = page().encode()
    assert flattened(html) == html
    deep = b"<div>" * 500 + b"<i>x</i>" + b"</div>" * 500 + b"</p><br></i>"
    flat = flattened(deep)
    assert flat.count(b"<div>") == flat.count(b"</div>") == 400
    assert b"<br>" in flat


def test_bytes_that_are_no_utf8_are_decoded_first() -> None:
    korean = page().replace("<head>", '<head><meta charset="euc-kr">').encode("cp949")
    assert parse.article(fetched(korean), SITE, NOW).title == "제목이다"
    assert tree_of(fetched(b"<p>\xed\xa0\x80 \xff \x00</p>")).body is not None
    assert parsed(b"").body is not None


def test_nul_bytes_and_utf_16_are_no_reason_to_refuse_a_page() -> None:
    body = f"<p>첫\0 문단\x08이다.</p><p>&#{'9' * 6000};&#x{'f' * 6000};둘째다.</p>"
    for encoding in ("utf-8", "utf-16", "utf-16-be", "cp949"):
        found = parse.article(fetched(page(body).encode(encoding, "replace")), SITE, NOW)
        assert (found.title, found.body[0]) == ("제목이다", "<p>첫 문단이다.</p>")
        sound(found)


def test_a_page_cut_anywhere_is_an_article_or_an_error() -> None:
    whole = page("<p>[딜사이트 이도윤 기자] 글이다.</p><figure><img src=/a.jpg></figure>").encode()
    cuts = random.Random(1).sample(range(len(whole)), 150)
    for cut in cuts:
        answers(parse.article, fetched(whole[:cut]))
