"""Nothing that the site says takes more than linear time: each field eight times as long
takes no more than some times eight as long."""

# ruff: noqa: E501 - the lists of pieces are easier to read on a line.

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc import parse
from feedsvc.dedup import compare
from feedsvc.dedup.similar import Story, same_story
from feedsvc.errors import ParseError
from feedsvc.parse.dates import read_time
from feedsvc.parse.reporters import cut_dateline, names
from feedsvc.revisions import block_difference, text_difference
from feedsvc.text import clean, sketch, visible
from feedsvc.words import excerpt, marked, terms, tokens
from tests.parse.pages import NOW, SITE, fetched, page

pytestmark = pytest.mark.slow

SHORT, LONG = 6_000, 48_000
"""Characters of a field; what is quadratic takes 64 times as long for the longer one."""
ENOUGH = 0.25
"""Seconds of processor time that tell nothing: a machine has other things to do."""

UNITS = [
    "a", "가", " ", "a ", "가 ", "a.", "a@", "a-", "a@a.", "1", "1.", "1.1 ", "2026.1.1 ", "2026 ", "2026.", "09:",
    "1분 전 ", "어제 ", "기자 ", "김가영", "김가영 ", "김가영,", "(", "[", "]", "[딜사이트 ", "(딜사이트 ", "[가=", "딜사이트(", "- 딜사이트 (",
    "딜사이트 플러스 ", "이 기사는 ", "회원 ", "무료로 ", "…", "...", "… ", "다.", "다. ", "다.'", '"', "'", "\"'", "사진=", "(사진=", "▲",
    "&", "&#", "&amp;", "#", ",", "/", "\\", "%", "%2e", "?", "=", ":", ";", "<", ">", "<>", "\u200d", "👩\u200d", "\u0301", "e\u0301",
    "\x00", "\n", "\u00a0", "url(", "background:", "/*", "display:none;", "http://", "/articles/", "/articles/5 ", "x 1w,", "x ", ",,",
    "data:", "data:image/png;base64,", ";base64", "<b>", "<br>", "<b></b>", "<i> <br></i>", "<span> </span>", "<a href=/articles/5>x</a>",
]  # fmt: skip

FIELDS: dict[str, Callable[[str], str]] = {
    "byline": lambda s: page(info=f'<div class="nis-r-info-wrap"><b class="nis-reporter-name">{s}</b>2026.03.10 17:00</div>'),
    "time": lambda s: page(info=f'<div class="nis-r-info-wrap">{s} 2026.03.10 17:00</div>'),
    "headline": lambda s: page(title=f'<div class="read-news-title">{s}제목</div>', head=f"<meta property='og:title' content='{_value(s)}'>"),
    "title": lambda s: page(title="").replace("<title>", f"<title>{s}"),
    "sub-headline": lambda s: page(before=f'<div class="sub-title">{s}</div>'),
    "keyword": lambda s: page(inside=f'<div class="rec-keywords"><a>#{s}</a></div>'),
    "keywords": lambda s: page(head=f"<meta name=keywords content='{_value(s)}'>"),
    "caption": lambda s: page(f"<figure><img src=/a.jpg><figcaption>{s}</figcaption></figure><p><img src=/b.jpg>{s}</p><p>글이다.</p>"),
    "related": lambda s: page(inside=f'<a class="relative-news-one" href="/articles/5?{_value(s)}">{s}</a>'),
    "paragraph": lambda s: page(f"<p>{s}</p><p>글이다.</p>"),
    "first paragraph": lambda s: page(f"<p>[{s}] 글이다.</p>"),
    "bare text": lambda s: page(f"{s}<br>글이다."),
    "list": lambda s: page(f"<ul><li>{s}</li></ul><table><tr><td>{s}</table><p>글이다.</p>"),
    "notice": lambda s: page(f"<div class=prime-msg>{s}</div><p>글이다.</p>", before=f"<p>{s}</p>"),
    "box": lambda s: page(around=f"<div><h3>딜사이트 회원전용</h3><a href=/articles/6>{s}</a> {s}</div>"),
    "attribute": lambda s: page(f"<p style='{_value(s)}'>글<img src=/a.jpg alt='{_value(s)}' style='{_value(s)}'></p><p title='{_value(s)}'>글</p>"),
    "address": lambda s: page(f"<p><a href='{_value(s)}'>글</a><img src='/{_value(s)}'><img srcset='{_value(s)}'><iframe src='/{_value(s)}'></iframe></p><p>글</p>", head=f"<base href='/{_value(s)}'>"),
    "json-ld": lambda s: page(head=f"<script type='application/ld+json'>{{\"@type\":\"Article\",\"author\":\"{s}\"}}</script>"),
    "comment": lambda s: page(f"<!--{s}--><p>글</p><script>{s}</script><style>{s}</style>"),
}  # fmt: skip


def _value(text: str) -> str:
    return text.replace("'", "&#39;")


def _filled(unit: str, length: int) -> str:
    return unit * (length // len(unit))


def _spent(work: Callable[[], object]) -> float:
    # A collection looks at all that other tests left behind: that is not the work's.
    gc.disable()
    try:
        started = time.process_time()
        work()
        return time.process_time() - started
    finally:
        gc.enable()


def _is_linear(work: Callable[[str], object], unit: str) -> None:
    short, long = _filled(unit, SHORT), _filled(unit, LONG)
    took = _spent(lambda: work(long))
    if took < ENOUGH:
        return
    # A slow moment of the machine is no square.
    least = min(_spent(lambda: work(short)) for _ in range(2))
    took = min(took, _spent(lambda: work(long)))
    assert took < max(ENOUGH, 3 * LONG / SHORT * least), f"{unit!r}: {least:.3f} s, {took:.3f} s"


def _read(html: str) -> None:
    with contextlib.suppress(ParseError):
        parse.article(fetched(html), SITE, NOW, everywhere=True)


@pytest.mark.parametrize("name", FIELDS)
def test_no_field_of_an_article_page(name: str) -> None:
    for unit in UNITS:
        _is_linear(lambda text: _read(FIELDS[name](text)), unit)


def test_no_field_of_a_row() -> None:
    def read(text: str) -> None:
        row = (
            f"<div class=mnm-news><a class=ss-news-top-title href='/articles/5?{_value(text)}'>{text}</a>"
            f"<a class=mnm-news-txt>{text}</a><div class=mnm-news-info><span>{text}</span></div></div>"
        )
        given = fetched(f"<div class=mnm-news-list>{row}</div>", "/categories")
        with contextlib.suppress(ParseError):
            parse.section(given, SITE, NOW)

    for unit in UNITS:
        _is_linear(read, unit)


def test_no_summary_of_a_row() -> None:
    html = page("<p>가나다라.</p>" * 200)
    row = parse.section(
        fetched("<div class=mnm-news><a href=/articles/7>글</a></div>", "/categories"), SITE, NOW
    ).rows[0]
    for unit in UNITS:
        _is_linear(
            lambda text: parse.article(fetched(html), SITE, NOW, row=replace(row, summary=text)),
            unit,
        )


TEXTS: dict[str, Callable[[str], object]] = {
    "names": names,
    "dateline": cut_dateline,
    "time": lambda s: read_time(s, NOW, SITE.tz, alone=True),
    "clean": clean,
    "visible": visible,
    "sketch": lambda s: sketch([f"<p>{s}</p>"]),
    "tokens": tokens,
    "terms": terms,
    "marked": lambda s: marked(s, "인수 합병", "<", ">"),
    "excerpt": lambda s: excerpt(s, "인수 합병"),
    "text difference": lambda s: text_difference(s, s[::-1]),
    "block difference": lambda s: block_difference([f"<p>{s}</p>"], [f"<p>{s[::-1]}</p>"]),
    "block differences": lambda s: block_difference(
        [f"<p>{one}</p>" for one in s[:4000]], [f"<p>{one}x</p>" for one in s[:4000]]
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_that_is_done_with_a_text(name: str) -> None:
    for unit in UNITS:
        _is_linear(TEXTS[name], unit)


def test_no_comparison_of_two_articles() -> None:
    def alike(text: str) -> None:
        base = [f"가나다라마바사아자차카타파하 {n}이다." for n in range(40)]
        one, other = (
            Story("제목", tuple(all_), tuple(all_))
            for all_ in ([*base, text], [*base, f"{text[:-9]}x{text[-9:]}"])
        )
        same_story(one, other)

    def reread(text: str) -> None:
        found = parse.article(fetched(page(f"<p>{text}</p><p>글이다.</p>")), SITE, NOW)
        old = compare(None, found, now=NOW).record
        again = parse.article(fetched(page(f"<p>{text}x</p><p>글이다.</p>")), SITE, NOW)
        compare(old, again, now=NOW + timedelta(hours=1))

    for unit in UNITS:
        _is_linear(alike, unit)
        _is_linear(reread, unit)


def test_many_phrases_in_one_box_of_links() -> None:
    """As the fuzzer asked: the box around each phrase is looked at once."""

    def read(times: int) -> None:
        links = "<a href=/articles/5>가나다라 회원전용 기사입니다</a>" * times
        _read(page(f"<div><div><div><div>{links}</div></div></div></div><p>글이다.</p>"))

    least = min(_spent(lambda: read(40)) for _ in range(2))
    assert _spent(lambda: read(320)) < max(1.0, 24 * least)
