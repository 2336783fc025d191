"""Facts of the site page that are not certain: each read where it stands, and the page read
all the same where it does not.  The names in brackets are the site page's marks."""

# ruff: noqa: E501 - markup is easier to read on a line.

from __future__ import annotations

import pytest

from feedsvc import parse
from feedsvc.model import ParsedArticle, Status
from tests.parse.hard_pages import NOTICE
from tests.parse.pages import NOW, SITE, fetched, page

AT = "https://dealsite.co.kr"
BODY = ("<p>첫 문단이다.</p>", "<p>둘째 문단이다.</p>")
TEXT = "<p>첫 문단이다.</p><p>둘째 문단이다.</p>"


def read(html: str) -> ParsedArticle:
    return parse.article(fetched(html), SITE, NOW, everywhere=True)


def in_main(inside: str, before: str = "") -> str:
    """A page whose main block holds just this."""
    html = page("", inside=inside, before=before)
    return html.replace('<div class="rnmc-right content-area"></div>', "")


# -- the head ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "subtitle"),
    [
        ("", ""),
        ('<div class="sub-title">부제다</div>', "부제다"),
        ('<div class="news-info-top-3news-wrap"><div class="news-info-top-3news">부제다</div></div>', "부제다"),
        ('<div class="news-info-top-3news-wrap"><div class="news-info-top-3news"><p>부제</p><p>둘째 줄</p></div></div>', "부제 둘째 줄"),
        ('<div class="sub-title"></div><div class="news-info-top-3news">부제다</div>', "부제다"),
        ('<div class="sub-title">부제다</div><div class="news-info-top-3news">다른 것</div>', "부제다"),
        ('<div class="news-info-top-3news"><a href="/articles/5">다른 기사</a></div>', ""),
        ('<div class="news-info-top-3news"><a href="/articles/5">다른 기사</a></div><div class="sub-title">부제다</div>', "부제다"),
        ('<div class="news-info-top-3news">부제 <a href="/articles/7">이 기사</a></div>', "부제 이 기사"),
    ],
)  # fmt: skip
def test_once_the_sub_headline_in_both_places(before: str, subtitle: str) -> None:
    """[once] ``div.news-info-top-3news`` of the Plus site, ``.sub-title`` of the preview."""
    found = read(page(before=before))
    assert (found.subtitle, found.body) == (subtitle, BODY)


@pytest.mark.parametrize(
    "info",
    [
        '<div class="nis-r-info-wrap">김가영 기자 <div class="nis-time">2026.03.10 17:00:28</div></div>',
        '<div class="nis-time">2026.03.10 17:00:28</div>',
        '<div class="nis-r-info-wrap">김가영 기자</div><div class="nis-time">2026.03.10 17:00:28</div>',
        '<div class="nis-time">입력 2026.03.10 17:00:28</div><div class="nis-time">수정 2026.03.10 17:30:00</div>',
        '<div class="nis-r-info-wrap">2026.03.10 17:00:28</div>',
    ],
)
def test_once_the_time_in_nis_time(info: str) -> None:
    """[once] ``div.nis-time``, in the info block or without it."""
    assert read(page(info=info)).published_at.isoformat() == "2026-03-10T17:00:28+09:00"


def test_once_the_series_label_is_no_text() -> None:
    """[once] ``.article-pack``."""
    label = '<div class="article-pack">[넥써쓰 톺아보기]</div>'
    assert read(page(f"{label}{TEXT}", inside=label)).body == BODY
    title = f'<div class="read-news-title">{label}제목이다</div>'
    assert read(page(title=title)).title == "제목이다"


# -- where the text stands -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "inside",
    [
        f'<div class="rnmc-full">{TEXT}</div>',
        f'<div class="rnmc-left">옆 글</div><div class="rnmc-right">{TEXT}</div>',
        f'<div class="rnmc-right content-area"></div><div class="rnmc-full">{TEXT}</div>',
        f'<div class="rnmc-right content-area">{TEXT}</div>',
        '<div class="rnmc-right1 content-area"><p>첫 문단이다.</p></div><div class="rnmc-relative-news">관련기사</div>'
        '<div class="rnmc-right2 content-area"></div><div class="rnmc-right3 content-area"><p>둘째 문단이다.</p></div>',
        f'<div class="rnmc-left">옆 글</div>{TEXT}<div class="rnmc-area">넓은 칸</div>',
        f"{TEXT}<div class='foot_notice'>제보</div><ins class='adsbygoogle'>광고</ins>",
    ],
)
def test_once_the_text_outside_of_content_area(inside: str) -> None:
    """[once] ``div.rnmc-full``, an unnumbered ``rnmc-right``, three parts, the main block less
    ``.rnmc-left`` and ``.rnmc-area``."""
    assert read(in_main(inside)).body == BODY


def test_a_lock_over_a_text_that_stands_in_the_main_block() -> None:
    """The teaser is text; where the place of the text is there and empty, nothing is."""
    found = read(in_main(f'{TEXT}<div class="prime-msg">{NOTICE}</div>'))
    assert (found.access.status, found.body) == (Status.MEMBERS_ONLY, BODY)
    inside = (
        f'<div class="content-area"></div><div class="prime-msg">{NOTICE}</div><p>구독 안내다.</p>'
    )
    found = read(in_main(inside))
    assert (found.access.status, found.body) == (Status.MEMBERS_ONLY, ())


# -- what is never body ---------------------------------------------------------------------------

WIDGETS = [
    '<div class="relative-stock-wrap"><p>삼성전자 71,200 ▲1.2%</p></div>',
    '<div class="rec-keywords-wrap2"><a>#말</a></div>',
    '<div class="preview-clip-wrap"><p>미리보기</p></div>',
    '<figure class="ck-related-news-marker"><img src="/images/related_article_sample.png"><figcaption>관련기사</figcaption></figure>',
    '<figure class="image"><img src="/images/related_article_sample.png"></figure>',
]  # fmt: skip


@pytest.mark.parametrize("widget", WIDGETS)
def test_cms_widgets_are_never_body(widget: str) -> None:
    """[cms] related stocks, the phone's chips, the clip's preview, the related marker."""
    for html in (
        page(f"<p>첫 문단이다.</p>{widget}<p>둘째 문단이다.</p>"),
        page(inside=widget),
        in_main(f"{widget}{TEXT}"),
    ):
        found = read(html)
        assert (found.body, found.images) == (BODY, ())
    assert read(page()).body == BODY


def test_cms_prices_that_move_are_no_change() -> None:
    """[cms] with live prices in the text every reading would be an edit."""
    bodies = [
        read(page(f"{TEXT}{WIDGETS[0].replace('71,200', price)}")).body
        for price in ("71,200", "70,900")
    ]
    assert bodies == [BODY, BODY]


@pytest.mark.parametrize(
    ("chips", "words"),
    [
        ('<div class="rec-keywords"><a>#반도체</a><a>#HBM</a></div>', ("반도체", "HBM")),
        ('<div class="rec-keywords-wrap2"><a>#반도체</a><a>#HBM</a></div>', ("반도체", "HBM")),
        ('<ul class="rec-keywords-wrap2"><li>반도체</li><li>HBM</li></ul>', ("반도체", "HBM")),
        ('<div class="rec-keywords"><ul><li>반도체</li><li>HBM</li></ul></div>', ("반도체", "HBM")),
        ('<div class="rec-keywords"><ul><li><a>반도체</a></li><li><a>HBM</a></li></ul></div>', ("반도체", "HBM")),
        ('<div class="rec-keywords"><ul><li><span>#</span>반도체</li><li>HBM</li></ul></div>', ("반도체", "HBM")),
        ('<div class="rec-keywords">#반도체 #HBM</div>', ("반도체", "HBM")),
        ('<div class="rec-keywords"><a>반도체</a></div><div class="rec-keywords-wrap2"><a>반도체</a></div>', ("반도체",)),
        ("", ()),
    ],
)  # fmt: skip
def test_cms_chips_in_every_form(chips: str, words: tuple[str, ...]) -> None:
    """[cms] ``.rec-keywords-wrap2``, and bare ``li``."""
    assert read(page(inside=chips)).keywords == words


# -- what the editor makes -------------------------------------------------------------------------


def test_cms_sub_headings_and_quotations() -> None:
    """[cms] ``p.mid-title-input-box`` and ``p.quote``; a heading keeps its level."""
    html = (
        '<p class="mid-title-input-box"><b>소제목</b></p><p>첫 문단이다.</p><p class="quote">“인용이다.”</p>'
        "<h2>큰 제목</h2><h4>작은 제목</h4><p class='x quoted'>둘째 문단이다.</p>"
    )
    assert read(page(html)).body == (
        "<h3><b>소제목</b></h3>",
        "<p>첫 문단이다.</p>",
        "<blockquote>“인용이다.”</blockquote>",
        "<h2>큰 제목</h2>",
        "<h4>작은 제목</h4>",
        "<p>둘째 문단이다.</p>",
    )


@pytest.mark.parametrize(
    ("title", "unit", "caption"),
    [
        ('<p class="table-title">주요 실적</p>', '<p class="table-txt">(단위: 억원)</p>', "<caption>주요 실적 (단위: 억원)</caption>"),
        ('<p class="table-title">주요 실적</p>', "", "<caption>주요 실적</caption>"),
        ("", '<p class="table-txt">(단위: 억원)</p>', "<caption>(단위: 억원)</caption>"),
        ('<p class="table-title">제목을 입력해주세요.</p>', '<p class="table-txt">(단위: 억원)</p>', "<caption>(단위: 억원)</caption>"),
        ('<p class="table-title"><br></p>', '<p class="table-txt">&nbsp;</p>', ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_cms_title_and_unit_of_a_table_are_its_caption(title: str, unit: str, caption: str) -> None:
    """[cms] three neighbours; cells with ``p``, ``role="presentation"``."""
    rows = "<tbody><tr><td><p>매출</p></td><td><p>1,200</p></td></tr></tbody></table>"
    for before, after in (("", ""), ('<figure class="table">', "</figure>")):
        table = f'{before}<table class="table stock_table" role="presentation">{rows}{after}'
        found = read(page(f"{TEXT}{title}{unit}{table}<p>끝이다.</p>"))
        assert found.body == (*BODY, f"<table>{caption}{rows}", "<p>끝이다.</p>")


def test_a_title_without_its_table_is_a_paragraph() -> None:
    html = f'{TEXT}<p class="table-title">주요 실적</p><p>글이다.</p><p class="table-txt">(단위: 원)</p>'
    assert read(page(html)).body == (
        *BODY,
        "<p>주요 실적</p>",
        "<p>글이다.</p>",
        "<p>(단위: 원)</p>",
    )


def test_a_table_with_a_caption_of_its_own_keeps_it() -> None:
    html = f'{TEXT}<p class="table-title">제목</p><table><caption>설명</caption><tr><td>1</td></tr></table>'
    assert "<caption>제목 설명</caption>" in read(page(html)).body[-1]


def test_cms_the_placeholder_is_no_text() -> None:
    """[cms] ``제목을 입력해주세요.``"""
    for html in (
        "<p>{}</p>",
        '<p class="mid-title-input-box">{}</p>',
        "<h3>{}</h3>",
        "<div>{}</div>",
    ):
        assert read(page(f"{html.format('제목을 입력해주세요.')}{TEXT}")).body == BODY
    kept = "<p>그는 “제목을 입력해주세요.”라고 했다.</p>"
    assert read(page(TEXT + kept)).body == (*BODY, kept)


@pytest.mark.parametrize(
    ("alt", "kept"),
    [("20260310_사진 (1).jpg", ""), ("IMG_0001.JPEG", ""), ("image.png", ""), ("삼성전자 평택캠퍼스", "삼성전자 평택캠퍼스"), ("A.I. 전략", "A.I. 전략"), ("", "")],
)  # fmt: skip
def test_cms_an_alternative_text_that_is_a_file_name(alt: str, kept: str) -> None:
    """[cms] ``alt`` may be a file's name."""
    figure = f'<figure class="image image_resized obj_container align_left" data-id="1" data-key="x"><img src="/a.jpg" alt="{alt}"><figcaption>설명</figcaption></figure>'
    assert read(page(f"{figure}{TEXT}")).body[0] == (
        f'<figure><img src="{AT}/a.jpg" alt="{kept}"><figcaption>설명</figcaption></figure>'
    )


def test_cms_charts_are_no_videos_and_media_are() -> None:
    """[cms] ``figure[data-chart-id]``, iframes of charts, ``figure.media > oembed[url]``."""
    chart = '<figure data-chart-id="7"><iframe src="https://dealsite.co.kr/embed/7"></iframe><figcaption>추이</figcaption></figure>'
    found = read(page(f"{chart}{TEXT}")).body[0]
    assert "차트 보기" in found
    assert "동영상" not in found
    assert "<figcaption>추이</figcaption>" in found
    image = '<figure class="image" data-chart-id="7"><img src="/c.png"></figure>'
    assert read(page(f"{image}{TEXT}")).images[0].url == f"{AT}/c.png"
    media = '<figure class="media"><oembed url="https://youtu.be/abcdefghijk"></oembed></figure>'
    assert "watch?v=abcdefghijk" in read(page(f"{media}{TEXT}")).body[0]


def test_cms_empty_paragraphs_page_breaks_and_to_do_lists() -> None:
    """[cms] ``<p><br></p>`` and ``<p>&nbsp;</p>``, a page break, to-do lists, ``mark``."""
    html = (
        '<p>첫 문단이다.</p><p><br></p><p>&nbsp;</p><div class="page-break" style="page-break-after:always">'
        '<span style="display:none">&nbsp;</span></div><ul class="todo-list"><li><label class="todo-list__label">'
        '<input type="checkbox" disabled><span>할 일</span></label></li></ul><p><mark class="x">표시</mark>한 글이다.</p>'
    )
    assert read(page(html)).body == (
        "<p>첫 문단이다.</p>",
        "<ul><li>할 일</li></ul>",
        "<p><mark>표시</mark>한 글이다.</p>",
    )


# -- locks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status", "locked"),
    [
        ("회원용 기사", Status.MEMBERS_ONLY, True),
        ("유료콘텐츠입니다. 로그인 후 이용해 주세요.", Status.PLUS_ONLY, True),
        ("로그인 후 볼 수 있는 유료 콘텐츠", Status.PLUS_ONLY, True),
        ("로그인 후 이용하실 수 있습니다.", Status.MEMBERS_ONLY, True),
        ("아무도 모르는 말", Status.UNKNOWN, True),
        ("이 기사는 2026년 03월 09일 08시 05분 유료콘텐츠서비스 딜사이트 플러스에 표출된 기사입니다.", Status.PLUS_FIRST, False),
        ("", Status.OPEN, False),
    ],
)  # fmt: skip
def test_once_the_words_of_locks(words: str, status: Status, locked: bool) -> None:
    """[once] ``회원용``; [guess] ``유료콘텐츠`` with ``로그인 후``; words that nobody knows."""
    notice = f'<div class="prime-msg">{words}</div>' if words else ""
    access = read(page(f"{TEXT}{notice}")).access
    assert (access.status, access.locked) == (status, locked)


def test_unknown_without_a_notice_is_no_lock() -> None:
    access = read(page("<p>첫 문단이다.</p><p>둘째 문단이…</p>")).access
    assert (access.status, access.locked) == (Status.UNKNOWN, False)


def test_guess_a_body_that_stops_and_points_at_plus() -> None:
    """[guess] plus-only."""
    teaser = "<p>첫 문단이다.</p><p>전문은 딜사이트 플러스에서 보실 수 있습니다.</p>"
    assert read(page(teaser)).access.status is Status.PLUS_ONLY
    assert read(page()).access.status is Status.OPEN
