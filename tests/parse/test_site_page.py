"""What is said of the site's article pages, statement by statement, on pages of their own.

Each page is written out here from the description of the site alone; none of it comes
from the stand-in or from the benchmark's builder.
"""

# ruff: noqa: E501 - a page is easier to read where an element is a line.

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime

import pytest

from feedsvc import parse
from feedsvc.errors import LoginForm
from feedsvc.model import FetchedPage, ParsedArticle, Row, Scope, Status
from feedsvc.parse.sanitize import sanitised
from feedsvc.site import KST, Site
from feedsvc.text import visible

NOW = datetime(2026, 8, 3, 9, 30, tzinfo=KST)
SITE = Site.at(
    "https://dealsite.co.kr", ("www.dealsite.co.kr", "paxnetnews.com", "www.paxnetnews.com")
)
HEADLINE = "누리은행, 해외 대체투자 손실 2300억원 반영"
FIRST = "누리은행이 상반기 결산에서 해외 부동산 펀드 손실을 반영했다."
SECOND = "은행 측은 추가 손실 가능성이 낮다고 설명했다."
THIRD = "시장에서는 하반기 배당 여력을 주목하고 있다."
BODY = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
SOLD = "이 기사는 2026년 07월 31일 06시 40분 유료콘텐츠서비스 딜사이트 플러스에 표출된 기사입니다."
INVITE = (
    "딜사이트 회원에게만 제공되는 특별한 콘텐트입니다. 무료 회원 가입 후 바로 이용하실 수 있습니다."
)
# As they stand on every page, in three shapes.
WIDE = (
    f'<div class="wide w1"><p class="t"><span class="material-icons">lock_clock</span> 곧 무료로 풀릴 기사</p>'
    f'<p class="h"><span>help</span> {INVITE}</p><a href="/free">more</a><a href="/articles/171001/083000">잠긴 글 하나</a></div>'
    f'<div class="wide w2"><h2>딜사이트 회원전용</h2><p>help {INVITE}</p><a href="/join">회원가입</a><ul>'
    '<li><a href="/articles/171002">잠긴 글 둘</a></li><li><a href="/articles/171003">잠긴 글 셋</a></li></ul></div>'
)


def page(
    parts: str | tuple[str, ...] = BODY,
    *,
    headline: str = HEADLINE,
    when: str = "2026.08.02 17:40:09",
    byline: str = "문서연 기자",
    above: str = "",
    between: str = "",
    below: str = "",
    wide: str = WIDE,
    head: str = "",
) -> str:
    """A page of today's layout; ``parts`` are one to three pieces of the body."""
    pieces = (parts,) if isinstance(parts, str) else parts
    areas = between.join(
        f'<div class="rnmc-right rnmc-right{number} content-area">{piece}</div>'
        for number, piece in enumerate(pieces, 1)
    )
    return (
        f'<!DOCTYPE html><html lang="ko"><head><meta charset="UTF-8"><title>딜사이트</title>{head}</head>'
        '<body><header><ul class="gnb"><li><a href="/categories/083000">금융</a></li></ul></header><section class="view">'
        f'<div class="article-pack">은행의 계절</div><div class="read-news-title">{headline}</div>{above}'
        f'<div class="news-info-and-share"><div class="nis-r-info-wrap"><div class="nis-reporter-name">{byline}</div>'
        f'<div class="nis-time">{when}</div></div><div class="share-btns-wrap"><a href="#">공유하기</a></div></div>'
        f'<div class="read-news-main-contents"><div class="rnmc-left"><p>옆 칸의 글이다.</p></div>{areas}</div>{below}</section>'
        f"{wide}</body></html>"
    )


def fetched(html: str | bytes, url: str = "https://dealsite.co.kr/articles/171717", **headers: str) -> FetchedPage:  # fmt: skip
    body = html if isinstance(html, bytes) else html.encode("utf-8", "surrogatepass")
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return FetchedPage(url, url, 200, "OK", told, body, NOW)


def read(html: str | bytes, url: str = "https://dealsite.co.kr/articles/171717", row: Row | None = None, **headers: str) -> ParsedArticle:  # fmt: skip
    given = fetched(html, url, **headers)
    whole = parse.article(given, SITE, NOW, row=row, everywhere=True)
    alone = parse.article(given, SITE, NOW, row=row)
    # The rest of the page says nothing of the article.
    counted = tuple(marker for marker in whole.access.markers if marker.scope is Scope.ARTICLE)
    own = tuple(marker for marker in alone.access.markers if marker.scope is Scope.ARTICLE)
    assert own == counted
    access = replace(alone.access, markers=whole.access.markers)
    assert replace(alone, access=access) == whole
    return whole


def text(article: ParsedArticle) -> list[str]:
    return [visible(block) for block in article.body]


WHOLE = [FIRST, SECOND, THIRD]


# -- the parts of a page ---------------------------------------------------------------------


def test_a_body_of_three_parts_is_read_in_order_and_what_lies_between_is_not() -> None:
    related = (
        '<div class="rnmc-relative-news"><div class="relative-news-title-wrap"><div class="relative-news-title">관련기사</div>'
        '<div class="relative-news-more">more</div></div><a class="relative-news-one" href="/articles/170001/083000">'
        '<div>누리은행 다른 소식</div></a><a class="relative-news-one" href="/articles/170002">또 다른 소식</a> 外</div>'
    )
    found = read(page((f"<p>{FIRST}</p>", f"<p>{SECOND}</p>", f"<p>{THIRD}</p>"), between=related))
    assert text(found) == WHOLE
    assert [(one.title, one.url) for one in found.related] == [
        ("누리은행 다른 소식", "https://dealsite.co.kr/articles/170001/083000"),
        ("또 다른 소식", "https://dealsite.co.kr/articles/170002"),
    ]
    assert found.title == HEADLINE
    assert found.access.status is Status.OPEN


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize("tag", ["div", "h2", "p"])
@pytest.mark.parametrize("place", ["above", "between", "in the text", "in the info block"])
def test_the_sub_headline_wherever_it_stands(tag: str, place: str) -> None:
    line = f'<{tag} class="sub-title">펀드 4종 평가액 하향<br>"추가 손실은 제한적"</{tag}>'
    html = {
        "above": lambda: page(above=line),
        "between": lambda: page((f"<p>{FIRST}</p>", f"<p>{SECOND}</p><p>{THIRD}</p>"), between=line),
        "in the text": lambda: page(line + BODY),
        "in the info block": lambda: page().replace('<div class="nis-time">', line + '<div class="nis-time">'),
    }[place]()  # fmt: skip
    found = read(html)
    assert found.subtitle == '펀드 4종 평가액 하향 "추가 손실은 제한적"'
    assert text(found) == WHOLE


@pytest.mark.parametrize("place", ["in the headline", "in the text", "above the text"])
def test_the_series_label_is_neither_headline_nor_text(place: str) -> None:
    label = '<span class="article-pack">[은행의 계절]</span>'
    html = {
        "in the headline": page(headline=label + HEADLINE),
        "in the text": page(f"<p>{label}</p>{BODY}"),
        "above the text": page(above=label),
    }[place]
    found = read(html)
    assert found.title == HEADLINE
    assert text(found) == WHOLE


@pytest.mark.parametrize("filler", ["<p><br></p>", "<p>&nbsp;</p>", "<p></p>", "<p><br/>&nbsp;</p>", "<p> \u3000 </p>", "<p>\u200b</p>", "<div><br></div>", "<p><span></span></p>", "<p><strong><br></strong></p>", "<br>"])  # fmt: skip
def test_fillers_between_paragraphs_leave_nothing(filler: str) -> None:
    found = read(page(f"{filler}<p>{FIRST}</p>{filler}<p>{SECOND}</p>{filler}{filler}<p>{THIRD}</p>{filler}"))  # fmt: skip
    assert found.body == (f"<p>{FIRST}</p>", f"<p>{SECOND}</p>", f"<p>{THIRD}</p>")


NEVER = {
    ".rnmc-left": '<div class="rnmc-left">{}</div>',
    ".rnmc-relative-news": '<div class="rnmc-relative-news">{}</div>',
    ".rec-keywords": '<div class="rec-keywords"><a href="#">{}</a></div>',
    "[id*=dablewidget]": '<div id="dablewidget_7o2ZZ2">{}</div>',
    "ins.adsbygoogle": '<ins class="adsbygoogle">{}</ins>',
    ".share-btns-wrap": '<div class="share-btns-wrap">{}</div>',
    ".news-info-and-share": '<div class="news-info-and-share">{}</div>',
    ".news-info-top-3news-wrap": '<div class="news-info-top-3news-wrap">{}</div>',
    ".read-news-row1": '<div class="read-news-row1">{}</div>',
    ".empty-rnmc": '<div class="empty-rnmc">{}</div>',
    ".foot_notice": '<div class="foot_notice">{}</div>',
    ".bkn-list": '<ul class="bkn-list"><li>{}</li></ul>',
    "#dealsite_ci": '<div id="dealsite_ci">{}</div>',
    "script": "<script>var x = '{}';</script>",
    "style": "<style>.x:before {{ content: '{}' }}</style>",
}


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize("name", NEVER)
@pytest.mark.parametrize("place", ["between blocks", "in a wrapper", "in a paragraph", "in a table", "in a quotation", "in a figure", "in a list"])  # fmt: skip
def test_what_is_never_part_of_the_body_wherever_it_stands(name: str, place: str) -> None:
    noise = NEVER[name].format("곁다리 글귀")
    shape, lines = {
        "between blocks": (f"<p>{FIRST}</p>{noise}<p>{SECOND}</p>", [FIRST, SECOND]),
        "in a wrapper": (f"<p>{FIRST}</p><div><section>{noise}</section></div><p>{SECOND}</p>", [FIRST, SECOND]),
        # A browser ends a paragraph where a block begins in it; what is inline stays within.
        "in a paragraph": (f"<p>{FIRST} {noise}</p><p>{SECOND}</p>", [FIRST, SECOND]),
        "in a table": (f"<p>{FIRST}</p><table><tr><td>1</td><td>2{noise}</td></tr></table>", [FIRST, "1 2"]),
        "in a quotation": (f"<p>{FIRST}</p><blockquote><p>{SECOND}</p>{noise}</blockquote>", [FIRST, SECOND]),
        "in a figure": (f'<p>{FIRST}</p><figure><img src="/a.jpg">{noise}<figcaption>본점</figcaption></figure>', [FIRST, "본점"]),
        "in a list": (f"<p>{FIRST}</p><ul><li>하나</li><li>둘{noise}</li></ul>", [FIRST, "하나 둘"]),
    }[place]  # fmt: skip
    found = read(page(shape))
    assert text(found) == lines
    assert "곁다리" not in " ".join((*found.body, *(one.caption for one in found.images)))
    if name == ".rec-keywords":
        assert found.keywords == ("곁다리 글귀",)


def test_byline_and_time_inside_the_block_that_is_cut_away() -> None:
    found = read(page())
    assert found.reporters == ("문서연",)
    assert found.published_at == datetime(2026, 8, 2, 17, 40, 9, tzinfo=KST)
    assert text(found) == WHOLE


def test_keyword_chips() -> None:
    chips = '<div class="rec-keywords"><span class="k">#누리은행</span><span class="k">#대체투자</span><a href="/search/?LIKE=x">배당</a></div>'
    assert read(page(below=chips)).keywords == ("누리은행", "대체투자", "배당")
    assert read(page(BODY + chips)).keywords == ("누리은행", "대체투자", "배당")


# -- access ------------------------------------------------------------------------------------

NOTICES = {
    SOLD: Status.PLUS_FIRST,
    "곧 무료로 풀릴 기사": Status.SOON_FREE,
    "<i>lock_clock</i>곧 무료로 풀릴 기사": Status.SOON_FREE,
    "딜사이트 회원전용": Status.MEMBERS_ONLY,
    INVITE: Status.MEMBERS_ONLY,
    f"<b>딜사이트 회원전용</b><span>help</span> {INVITE} <a href='/join'>회원가입</a>": Status.MEMBERS_ONLY,
}


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize("place", ["within the text", "within the main block", "between headline and text", "below the parts"])  # fmt: skip
def test_a_notice_element_inside_the_article_block(notice: str, place: str) -> None:
    prime = f'<div class="prime-msg">{notice}</div>'
    html = {
        "within the text": page(prime + BODY),
        "within the main block": page(between="").replace('<div class="rnmc-left">', prime + '<div class="rnmc-left">'),
        "between headline and text": page(above=prime),
        "below the parts": page((BODY, prime)),
    }[place]  # fmt: skip
    found = read(html)
    assert found.access.status is NOTICES[notice]
    assert text(found) == WHOLE


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize("place", ["after the article", "before the header", "in the side column"])
def test_the_same_element_outside_says_nothing(notice: str, place: str) -> None:
    prime = f'<div class="prime-msg">{notice}</div>'
    html = {
        "after the article": page(wide=WIDE + prime),
        "before the header": page().replace("<header>", prime + "<header>"),
        "in the side column": page().replace("<p>옆 칸의", prime + "<p>옆 칸의"),
    }[place]
    found = read(html)
    assert found.access.status is Status.OPEN
    assert text(found) == WHOLE
    assert any(marker.scope is Scope.PAGE for marker in found.access.markers)


@pytest.mark.parametrize(
    "ending",
    [
        "<p>이 기사의 전문은 딜사이트 플러스에서 확인하실 수 있습니다.</p>",
        "<p>전체 기사는 유료콘텐츠서비스 딜사이트 플러스에서 볼 수 있습니다.</p>",
        "<p>이후 내용은 <a href='https://dealsiteplus.co.kr/articles/88'>딜사이트 플러스</a>에서 이어집니다.</p>",
        "<div>나머지 내용은 딜사이트플러스에서 보실 수 있습니다</div>",
        "<p>※ 이 기사는 딜사이트 플러스 유료 회원만 보실 수 있습니다.</p>",
        "<p>딜사이트 플러스에서 계속 읽기</p>",
        "<p>딜사이트 플러스 구독자 전용 기사입니다.</p>",
        "<p><a href='https://dealsiteplus.co.kr/articles/88'>딜사이트 플러스에서 전문 보기</a></p>",
        "<p>▶ 기사 전문은 딜사이트 플러스(dealsiteplus.co.kr)에서 볼 수 있습니다.</p>",
    ],
)
def test_a_body_that_points_at_dealsite_plus_is_sold(ending: str) -> None:
    found = read(page(f"<p>{FIRST}</p><p>{SECOND}</p>{ending}"))
    assert found.access.status is Status.PLUS_ONLY
    assert text(found) == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("ending", "left"),
    [
        ("<p>은행 측은 추가 손실…</p>", "은행 측은 추가 손실…"),
        ("<p>은행 측은 추가 손실...</p><p><br></p>", "은행 측은 추가 손실..."),
        (f"<p>{SECOND}</p><div><a href='#'>더보기</a></div>", SECOND),
        (f"<p>{SECOND}</p><p><button>기사 전문 보기</button></p>", SECOND),
    ],
)
def test_a_body_that_breaks_off_is_unknown_not_open(ending: str, left: str) -> None:
    found = read(page(f"<p>{FIRST}</p>{ending}"))
    assert found.access.status is Status.UNKNOWN
    assert text(found) == [FIRST, left]


def test_a_listing_that_tells_more_than_the_body_tells_of_a_cut() -> None:
    row = Row(171717, SITE.article_url(171717), HEADLINE, summary=f"{FIRST} {SECOND}…")
    assert read(page(f"<p>{FIRST}</p>"), row=row).access.status is Status.UNKNOWN
    assert read(page(), row=row).access.status is Status.OPEN


QUOTED = (
    "화면에는 '곧 무료로 풀릴 기사'라는 상자가 늘 떠 있다.",
    f'가입 화면은 "{INVITE}"라고 알린다.',
    "딜사이트 회원전용 상자를 두고 독자들이 물어 왔다.",
    f'독자가 본 문구는 "{SOLD}" 하나였다고 한다.',
    "딜사이트 플러스에서 먼저 보도된 내용을 다시 정리했다고 회사는 전했다.",
)


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize("sentence", QUOTED)
@pytest.mark.parametrize("shape", ["<p>{}</p>", "<blockquote><p>{}</p></blockquote>", "<table><tr><td>문구</td><td>{}</td></tr></table>", "<ul><li>{}</li></ul>", "<h3>{}</h3>", "<div>{}</div>", "<p><strong>{}</strong></p>"])  # fmt: skip
def test_an_open_article_that_quotes_the_phrases_stays_open_and_whole(sentence: str, shape: str) -> None:  # fmt: skip
    found = read(page(f"<p>{FIRST}</p>{shape.format(sentence)}<p>{THIRD}</p>"))
    assert found.access.status is Status.OPEN
    assert sentence in " ".join(text(found))
    assert len(found.body) == 3


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize("shape", ["<blockquote>{}</blockquote>", "<table><tr><th>상자</th><td>{}</td></tr><tr><th>뜻</th><td>풀이</td></tr></table>", "<ul><li>{}</li><li>다른 문구</li></ul>"])  # fmt: skip
@pytest.mark.parametrize("phrase", ["곧 무료로 풀릴 기사", "딜사이트 회원전용", INVITE, SOLD])
def test_a_phrase_alone_in_a_quotation_table_or_list_of_an_open_article(phrase: str, shape: str) -> None:  # fmt: skip
    """An article about the paywall shows its phrases in such blocks; a notice of the
    site has none."""
    found = read(page(f"<p>{FIRST}</p>{shape.format(phrase)}<p>{THIRD}</p>"))
    assert found.access.status is Status.OPEN
    assert phrase in " ".join(text(found))


@pytest.mark.parametrize("phrase", NOTICES)
def test_an_article_of_one_sentence(phrase: str) -> None:
    assert text(read(page(f"<p>{FIRST}</p>"))) == [FIRST]
    found = read(page(f'<p>{FIRST}</p><div class="prime-msg">{phrase}</div>'))
    assert text(found) == [FIRST]
    assert found.access.status is NOTICES[phrase]


# -- what stands in the text -------------------------------------------------------------------

IMAGES = {
    '<img src="/upload/a.jpg">': "https://dealsite.co.kr/upload/a.jpg",
    '<img src="//cdn.dealsite.co.kr/a.jpg">': "https://cdn.dealsite.co.kr/a.jpg",
    '<img src="data:image/png;base64,iVBORw0KGgo=" data-src="/upload/a.jpg">': "https://dealsite.co.kr/upload/a.jpg",
    '<img class="lazy" src="/img/loading.gif" data-original="/upload/a.jpg">': "https://dealsite.co.kr/upload/a.jpg",
    '<img srcset="/upload/s.jpg 320w, /upload/a.jpg 1280w">': "https://dealsite.co.kr/upload/a.jpg",
    '<img data-srcset="/upload/s.jpg 1x, /upload/a.jpg 2x" src="data:,">': "https://dealsite.co.kr/upload/a.jpg",
    '<picture><source srcset="/upload/a.webp" type="image/webp"><img src="/upload/a.jpg"></picture>': "https://dealsite.co.kr/upload/a.jpg",
    '<span style="background-image: url(&quot;/upload/a.jpg&quot;)"></span>': "https://dealsite.co.kr/upload/a.jpg",
    '<a href="/upload/big.jpg"><img src="/upload/a.jpg"></a>': "https://dealsite.co.kr/upload/a.jpg",
    '<noscript><img src="/upload/a.jpg"></noscript>': "https://dealsite.co.kr/upload/a.jpg",
}
CAPTION = "누리은행 본점 (사진=누리은행)"
CAPTIONED = (
    "<figure class='image'>{}<figcaption>누리은행 본점 (사진=누리은행)</figcaption></figure>",
    "<figure class='image'><p>{}</p><figcaption><p>누리은행 본점 (사진=누리은행)</p></figcaption></figure>",
    "<p>{}</p><p>누리은행 본점 (사진=누리은행)</p>",
    "<p>{}<br>누리은행 본점 (사진=누리은행)</p>",
    "<p>{}</p><p>&nbsp;</p><p>누리은행 본점 (사진=누리은행)</p>",
    "<table><tbody><tr><td>{}</td></tr><tr><td>누리은행 본점 (사진=누리은행)</td></tr></tbody></table>",
    "<div>{}<p>누리은행 본점 (사진=누리은행)</p></div>",
    "<div class='photo'><div>{}</div><div>누리은행 본점 (사진=누리은행)</div></div>",
    "<figure class='table'><table><tr><td>{}</td></tr><tr><td>누리은행 본점 (사진=누리은행)</td></tr></table></figure>",
)


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("shape", CAPTIONED)
def test_every_image_with_every_kind_of_caption(image: str, shape: str) -> None:
    found = read(page(f"<p>{FIRST}</p>{shape.format(image)}<p>{SECOND}</p>"))
    assert [(one.url, one.caption) for one in found.images] == [(IMAGES[image], CAPTION)]
    assert text(found) == [FIRST, CAPTION, SECOND]
    assert found.body[1].startswith("<figure><img ")


def test_a_gallery_is_one_figure_of_several_images() -> None:
    found = read(page(f"<p>{FIRST}</p><figure><img src='/1.jpg'><img src='/2.jpg'><img src='/3.jpg'><figcaption>{CAPTION}</figcaption></figure>"))  # fmt: skip
    assert found.body[1].count("<img") == 3
    assert [one.url[-5:] for one in found.images] == ["1.jpg", "2.jpg", "3.jpg"]


@pytest.mark.parametrize(
    ("video", "url"),
    [
        ('<figure class="media"><oembed url="https://youtu.be/dQw4w9WgXcQ"></oembed></figure>', "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ('<iframe src="//www.youtube.com/embed/dQw4w9WgXcQ?rel=0"></iframe>', "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ('<div data-oembed-url="https://www.youtube.com/watch?v=dQw4w9WgXcQ"><div><iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe></div></div>', "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ('<p><iframe data-src="https://player.vimeo.com/video/123456789"></iframe></p>', "https://vimeo.com/123456789"),
        ('<video controls><source src="/media/a.mp4" type="video/mp4"></video>', "https://dealsite.co.kr/media/a.mp4"),
    ],
)  # fmt: skip
def test_a_video_is_a_link(video: str, url: str) -> None:
    found = read(page(f"<p>{FIRST}</p>{video}<p>{SECOND}</p>"))
    assert len(found.body) == 3
    assert f'href="{url}"' in found.body[1]
    if "youtube" in url:
        assert "i.ytimg.com/vi/dQw4w9WgXcQ" in found.body[1]


def test_a_table_keeps_its_spans() -> None:
    table = "<table border=1 style='width:100%'><caption>단위: 억원</caption><colgroup><col span='2'></colgroup><thead><tr><th rowspan='2' scope='col'>펀드</th><th colspan='2'>평가액</th></tr><tr><th>전</th><th>후</th></tr></thead><tbody><tr><td>가</td><td>1,200</td><td><p>900</p></td></tr></tbody></table>"
    found = read(page(f"<p>{FIRST}</p>{table}"))
    assert 'rowspan="2"' in found.body[1]
    assert 'colspan="2"' in found.body[1]
    assert "style" not in found.body[1]
    assert text(found)[1] == "단위: 억원 펀드 평가액 전 후 가 1,200 900"


def test_footnotes_lists_quotations_and_headings_stay_in_order() -> None:
    parts = f"<h2>■ 손실의 뜻</h2><p>{FIRST}<sup><a href='#fn1'>1)</a></sup></p><ul><li>하나</li><li>둘<ol><li>안쪽</li></ol></li></ul><blockquote><p>{SECOND}</p></blockquote><hr><p id='fn1'>1) 대체투자란 주식과 채권 밖의 투자다.</p>"
    found = read(page(parts))
    assert [block[:3] for block in found.body] == ["<h2", "<p>", "<ul", "<bl", "<p>"]
    assert text(found)[1] == f"{FIRST}1)"


@pytest.mark.parametrize(
    "parts",
    [
        f"{FIRST}<br><br>{SECOND}<br><br>{THIRD}",
        f"<p>{FIRST}<br><br>{SECOND}<br/>&nbsp;<br/>{THIRD}</p>",
        f"<div>{FIRST}</div><div>{SECOND}</div><div>{THIRD}</div>",
        f"<div><div>{FIRST}</div><p>{SECOND}</p>{THIRD}</div>",
        f"<section><article><span>{FIRST}</span></article></section><p>{SECOND}</p><center>{THIRD}</center>",
        f"<p>&nbsp;{FIRST}</p>\n\n<p style='text-align:justify'><span style='font-size:16px'>{SECOND}</span></p><p>{THIRD}&nbsp;&nbsp;</p>",
        f"<font face='돋움'><p>{FIRST}</p><p>{SECOND}</p></font><p>{THIRD}</p>",
        f"<p>{FIRST}<p>{SECOND}<p>{THIRD}",
    ],
)
def test_paragraphs_of_every_make(parts: str) -> None:
    assert read(page(parts)).body == (f"<p>{FIRST}</p>", f"<p>{SECOND}</p>", f"<p>{THIRD}</p>")


# -- datelines, times, characters ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("[딜사이트 문서연 기자]", {"문서연"}),
        ("[딜사이트 문서연, 채도윤 기자]", {"문서연", "채도윤"}),
        ("[딜사이트 문서연·채도윤·한별 기자]", {"문서연", "채도윤", "한별"}),
        ("[딜사이트 문서연 기자, 채도윤 기자]", {"문서연", "채도윤"}),
        ("[딜사이트 공동취재=문서연, 채도윤 기자]", {"문서연", "채도윤"}),
        ("[딜사이트 채도윤 선임기자]", {"문서연", "채도윤"}),
        ("[딜사이트 채도윤 선임기자 dyc@dealsite.co.kr]", {"문서연", "채도윤"}),
        ("[딜사이트 채도윤 기자(dyc@dealsite.co.kr)]", {"문서연", "채도윤"}),
        ("[팍스넷뉴스 채도윤 기자]", {"문서연", "채도윤"}),
        ("[딜사이트경제TV 채도윤 기자]", {"문서연", "채도윤"}),
        ("[런던=딜사이트 채도윤 특파원]", {"문서연", "채도윤"}),
        ("[딜사이트=채도윤 기자]", {"문서연", "채도윤"}),
        ("【딜사이트 채도윤 기자】", {"문서연", "채도윤"}),
        ("［딜사이트 채도윤 기자］", {"문서연", "채도윤"}),
        ("(딜사이트 채도윤 기자)", {"문서연", "채도윤"}),
        ("〔딜사이트 채도윤 기자〕", {"문서연", "채도윤"}),
        ("<딜사이트 채도윤 기자>".replace("<", "&lt;").replace(">", "&gt;"), {"문서연", "채도윤"}),
        ("<strong>[딜사이트 채도윤 기자]</strong>", {"문서연", "채도윤"}),
        ("[<b>딜사이트</b> 채도윤 기자]&nbsp;", {"문서연", "채도윤"}),
        ("[딜사이트 남궁민수 기자]", {"문서연", "남궁민수"}),
        ("[딜사이트 채도윤·한별 수습기자]", {"문서연", "채도윤", "한별"}),
        ("[딜사이트]", {"문서연"}),
    ],
)
def test_the_dateline_is_cut_and_read(line: str, names: set[str]) -> None:
    for gap in (" ", "", "<br>", " = "):
        found = read(page(f"<p>{line}{gap}{FIRST}</p><p>{SECOND}</p>"))
        assert text(found) == [FIRST, SECOND]
        assert set(found.reporters) == names
    apart = read(page(f"<p>{line}</p><p>{FIRST}</p>"))
    assert text(apart) == [FIRST]


@pytest.mark.parametrize("opening", ["[단독]", "[사진=딜사이트]", "(서울)", "[편집자주]", "[2보]"])
def test_other_brackets_are_text(opening: str) -> None:
    assert text(read(page(f"<p>{opening} {FIRST}</p>"))) == [f"{opening} {FIRST}"]


@pytest.mark.parametrize(
    ("when", "at"),
    [
        ("2026.03.10 17:00:28", (2026, 3, 10, 17, 0, 28)),
        ("2026.03.09 17:49", (2026, 3, 9, 17, 49, 0)),
        ("2026-06-17 08:30:00", (2026, 6, 17, 8, 30, 0)),
        ("03-09 09:27", (2026, 3, 9, 9, 27, 0)),
        ("12-31 23:59", (2025, 12, 31, 23, 59, 0)),
        ("2024.01.26 18:32:51", (2024, 1, 26, 18, 32, 51)),
        ("입력 2026.03.10 17:00:28", (2026, 3, 10, 17, 0, 28)),
        ("입력: 2026.03.10 17:00 | 수정: 2026.03.11 09:00", (2026, 3, 10, 17, 0, 0)),
        ("2026년 3월 10일 17시 00분", (2026, 3, 10, 17, 0, 0)),
        ("2026년 03월 10일 오후 5:00", (2026, 3, 10, 17, 0, 0)),
        ("2026/03/10 17:00", (2026, 3, 10, 17, 0, 0)),
        ("2026. 3. 10. 17:00", (2026, 3, 10, 17, 0, 0)),
        ("2026.03.10&nbsp;(화) 17:00:28", (2026, 3, 10, 17, 0, 28)),
    ],
)
def test_times_in_every_form(when: str, at: tuple[int, ...]) -> None:
    year, month, day, hour, minute, second = at
    wanted = datetime(year, month, day, hour, minute, second, tzinfo=KST)
    assert read(page(when=when)).published_at == wanted


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("A&amp;B, 3Q &lt;흑자&gt;…&quot;전환&quot;", 'A&B, 3Q <흑자>…"전환"'),
        ("美 연준·中 인민은행 ‘엇박자’…“韓 영향”", "美 연준·中 인민은행 ‘엇박자’…“韓 영향”"),
        ("반도체 📈 실적 👩🏽‍💻 3㎚ 50㎡ ①②", None),
        ("<span>[단독]</span> 누리은행, <em>매각</em> 추진", "[단독] 누리은행, 매각 추진"),
        ("\n   누리은행,\n   매각   추진\t", "누리은행, 매각 추진"),
        ("누리은행\u200b, 매각\u00ad 추진\x07", "누리은행, 매각 추진"),
    ],
)
def test_headlines(written: str, shown: str | None) -> None:
    found = read(page(headline=written))
    assert found.title == (shown if shown is not None else written)


def test_decomposed_hangul_is_composed() -> None:
    found = read(unicodedata.normalize("NFD", page(f"<p>[딜사이트 채도윤 기자] {FIRST}</p>")))
    assert found.title == HEADLINE
    assert text(found) == [FIRST]
    assert found.reporters == ("문서연", "채도윤")


def test_control_characters_are_gone_and_words_stay() -> None:
    found = read(page(f"<p>\x01{FIRST}\x7f</p><p>은행\x0b측은\u2028추가 손실이\ufeff 없다&#x9;고 했다.\x85</p><p>&#0;{THIRD}&#xFFFF;&#128;</p>"))  # fmt: skip
    assert text(found) == [FIRST, "은행 측은 추가 손실이 없다 고 했다.", f"{THIRD}€"]


# -- addresses, layouts, encodings ---------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://dealsite.co.kr/articles/171717",
        "https://dealsite.co.kr/articles/171717/083000",
        "https://www.dealsite.co.kr/articles/171717/",
        "http://paxnetnews.com/articles/171717",
        "https://www.paxnetnews.com/articles/171717/083000?utm_source=x#top",
    ],
)
def test_one_article_under_all_its_addresses(url: str) -> None:
    found = read(page(), url)
    assert (found.id, found.url) == (171717, "https://dealsite.co.kr/articles/171717")
    assert found.sections == (("083000",) if "083000" in url else ())


@pytest.mark.parametrize("head", ["<h1>{}</h1>", "<div class='article-head'><h2 class='title'>{}</h2></div>", "<h1 class='title'>{}</h1>"])  # fmt: skip
def test_the_older_layout(head: str) -> None:
    html = (
        "<html><head><title>누리은행 소식 - 팍스넷뉴스</title></head><body><div class='gnb'>메뉴</div>"
        f"{head.format(HEADLINE)}<div class='info'><span class='reporter'>문서연 기자</span><span class='date pubdate'>2019.05.20 08:00</span></div>"
        f"<article class='article'><p>[팍스넷뉴스 문서연 기자] {FIRST}</p><p><br></p><p>{SECOND}</p><p>&lt;ⓒ팍스넷뉴스 무단전재 배포금지&gt;</p></article>"
        f"{WIDE}</body></html>"
    )
    found = read(html, "https://paxnetnews.com/articles/49736")
    assert (found.title, found.layout, found.id) == (HEADLINE, "before", 49736)
    assert text(found) == [FIRST, SECOND]
    assert found.reporters == ("문서연",)
    assert found.published_at == datetime(2019, 5, 20, 8, 0, tzinfo=KST)
    assert found.access.status is Status.OPEN


def test_bytes_and_headers_that_disagree() -> None:
    whole = page(headline="뷁 누리은행")
    korean = whole.replace('charset="UTF-8"', 'charset="euc-kr"')
    for body, said in (
        (korean.encode("cp949", "xmlcharrefreplace"), "text/html; charset=utf-8"),
        (korean.encode("cp949", "xmlcharrefreplace"), "text/html"),
        (whole.encode("utf-8"), "text/html; charset=euc-kr"),
        (b"\xef\xbb\xbf" + whole.encode("utf-8"), "text/html; charset=iso-8859-1"),
    ):
        found = read(body, content_type=said)
        assert found.title == "뷁 누리은행"
        assert text(found) == WHOLE


def test_the_copyright_line_and_the_signature_are_no_text() -> None:
    ends = "<p>문서연 기자 syu@dealsite.co.kr</p><p>ⓒ새로운 눈으로 시장을 바라봅니다. 딜사이트 무단전재 배포금지</p>"
    assert text(read(page(BODY + ends))) == WHOLE


def test_metadata_fill_what_the_page_s_own_elements_leave_out() -> None:
    head = (
        '<meta property="og:title" content="누리은행 og 제목 - 딜사이트"><meta name="author" content="채도윤 기자">'
        '<meta property="article:published_time" content="2026-08-01T01:02:03Z"><meta name="keywords" content="은행, 펀드">'
    )
    html = page(head=head, headline="", when="", byline="")
    found = read(html)
    assert found.title == "누리은행 og 제목"
    assert found.reporters == ("채도윤",)
    assert found.published_at == datetime(2026, 8, 1, 10, 2, 3, tzinfo=KST)
    assert found.keywords == ("은행", "펀드")
    sources = dict(found.sources)
    assert sources["title"] == "og:title"
    assert sources["published_at"] == "article:published_time"


def test_everything_that_comes_out_is_sanitised_already() -> None:
    for one in (*CAPTIONED, *NEVER.values()):
        found = read(page(f"<p>{FIRST}</p>{one.format('<img src=/a.jpg>')}"))
        assert all(sanitised(block) == block for block in found.body)


# -- two readings of one page ----------------------------------------------------------------------


def test_a_sub_heading_of_the_text_is_no_sub_headline() -> None:
    """[once] ``.sub-title``: the one inside the head first, and nothing of the text is lost."""
    inside = f'<p>{FIRST}</p><p class="sub-title">둘째 대목</p><p>{SECOND}</p>'
    above = '<div class="news-info-top-3news-wrap"><div class="news-info-top-3news">머리의 부제</div></div>'
    found = read(page(inside, above=above))
    assert found.subtitle == "머리의 부제"
    assert text(found) == [FIRST, "둘째 대목", SECOND]
    assert read(page(inside)).subtitle == ""
    opening = f'<p class="sub-title">첫 대목</p><p>{FIRST}</p>'
    assert text(read(page(opening, above=above))) == ["첫 대목", FIRST]


def test_the_lines_of_a_sub_headline_are_read_together() -> None:
    line = '<div class="news-info-top-3news">{}</div>'
    above = f'<div class="news-info-top-3news-wrap">{line.format("첫 줄")}{line.format("둘째 줄")}</div>'
    assert read(page(above=above)).subtitle == "첫 줄 둘째 줄"


@pytest.mark.parametrize("third", ["rnmc-right rnmc-right3", "rnmc-full", "rnmc-right"])
def test_a_part_of_the_text_may_lack_the_class_of_the_others(third: str) -> None:
    """[once] ``.rnmc-right3``, ``.rnmc-full``: the whole text, in order."""
    html = page((f"<p>{FIRST}</p>", f"<p>{SECOND}</p>"))
    first = html.index(f"<p>{SECOND}</p>")
    more = f'<div class="{third}"><p>{THIRD}</p></div>'
    end = html.index("</div>", first) + len("</div>")
    assert text(read(html[:end] + more + html[end:])) == WHOLE


@pytest.mark.parametrize("holder", ["rnmc-full", "rnmc-right"])
def test_the_text_may_stand_in_an_area_of_its_main_block(holder: str) -> None:
    """[once] ``.rnmc-area`` is left out, unless it holds the text."""
    main = (
        '<div class="read-news-main-contents"><div class="rnmc-area"><div class="rnmc-left">옆</div>'
        f'<div class="{holder}">{BODY}</div></div></div>'
    )
    html = f'<div class="read-news-title">{HEADLINE}</div><div class="nis-time">2026.03.10 17:00</div>{main}'
    assert text(read(html)) == WHOLE


@pytest.mark.parametrize("line", ["딜사이트 김가영, 박준우 기자 | 2026.03.10 17:00:28", "<p>김가영 기자</p><p>박준우 기자</p><p>2026.03.10 17:00:28</p>"])  # fmt: skip
def test_the_info_block_tells_the_byline_without_its_element(line: str) -> None:
    html = f'<div class="read-news-title">{HEADLINE}</div><div class="nis-r-info-wrap">{line}</div>'
    html += f'<div class="read-news-main-contents"><div class="content-area">{BODY}</div></div>'
    assert read(html).reporters == ("김가영", "박준우")
    assert read(html.replace("기자", "")).reporters == ()


@pytest.mark.parametrize(
    ("block", "status"),
    [
        ('<p class="quote">딜사이트 회원전용</p>', Status.OPEN),
        ("<p>자세한 내용은 딜사이트 플러스에서 확인할 수 있다고 회사는 설명했다.</p>", Status.OPEN),
        ('<p>회사는 "유료콘텐츠입니다. 로그인 후 이용하세요."라고 적었다.</p>', Status.OPEN),
        ("<p>유료콘텐츠를 로그인 후 읽는 독자가 늘었다.</p>", Status.OPEN),
        ("<p>회원용 기사를 늘린다.</p>", Status.OPEN),
        ("<p>유료콘텐츠입니다. 로그인 후 이용하실 수 있습니다.</p>", Status.PLUS_ONLY),
        ("<p>회원용 기사입니다.</p>", Status.MEMBERS_ONLY),
        ('<div class="prime-msg"><i>lock_clock</i></div>', Status.SOON_FREE),
    ],
)
def test_words_of_locks_count_where_they_are_told_to_the_reader(block: str, status: Status) -> None:
    found = read(page(BODY + block))
    assert found.access.status is status
    assert len(found.body) == 3 + (status is Status.OPEN)


def test_glyphs_and_placeholders_are_neither_text_nor_caption() -> None:
    """[seed] glyphs of an icon font; [cms] the editor's placeholder."""
    photo = "https://dtd31o1ybbmk8.cloudfront.net/photos/0123456789abcdef0123456789abcdef/thumb.jpg"
    figure = f'<figure class="image"><img src="{photo}"><figcaption>{{}}</figcaption></figure>'
    told = '<i class="material-icons">expand_more</i><p>more</p>'
    found = read(page(told + figure.format("제목을 입력해주세요.") + BODY))
    assert [one.caption for one in found.images] == [""]
    assert text(found)[1:] == WHOLE
    found = read(page(figure.format("평택캠퍼스<br>전경") + BODY))
    assert [one.caption for one in found.images] == ["평택캠퍼스 전경"]


@pytest.mark.parametrize(
    ("alt", "kept"),
    [
        ("20240126_183251", ""), ("KakaoTalk_20240126_183251", ""), ("0123456789abcdef0123456789abcdef", ""),
        ("스크린샷 2024-01-26 183251", ""), ("image.png (1)", ""), ("HBM3E", "HBM3E"), ("2024 실적", "2024 실적"),
    ],
)  # fmt: skip
def test_an_alternative_text_that_is_a_files_name_says_nothing(alt: str, kept: str) -> None:
    """[cms]"""
    photo = "https://dtd31o1ybbmk8.cloudfront.net/photos/0123456789abcdef0123456789abcdef/thumb.jpg"
    found = read(page(f'<figure class="image"><img src="{photo}" alt="{alt}"></figure>{BODY}'))
    assert f'alt="{kept}"' in found.body[0]


@pytest.mark.parametrize("name", ["twitter:image", "og:image:secure_url", "og:image"])
def test_a_cover_stands_beside_a_stock_picture(name: str) -> None:
    """[cms] og:image and twitter:image; [guess] a stock picture is none."""
    photo = "https://dtd31o1ybbmk8.cloudfront.net/photos/0123456789abcdef0123456789abcdef/thumb.jpg"
    stock = '<meta property="og:image" content="https://dealsite.co.kr/images/og_default.png">'
    html = page().replace("</title>", f'</title>{stock}<meta property="{name}" content="{photo}">')
    assert [one.url for one in read(html).images] == [photo]


def test_related_articles_without_an_element_of_their_own_each() -> None:
    between = '<div class="rnmc-relative-news"><p>관련기사</p><ul><li><a href="/articles/170001">하나</a></li></ul></div>'
    found = read(page((f"<p>{FIRST}</p>", f"<p>{SECOND}</p>"), between=between))
    assert [one.title for one in found.related] == ["하나"]
    assert text(found) == [FIRST, SECOND]


@pytest.mark.parametrize("between", [" ", "<br>", "</p><p>"])
def test_notice_dateline_and_text_in_one_paragraph(between: str) -> None:
    """[seed] each of them is what it is, whatever parts them."""
    opening = f"<p>{SOLD}{between}<strong>[딜사이트 김가영 기자]</strong>{between}{FIRST}</p>"
    found = read(page(f"{opening}<p>{SECOND}</p><p>{THIRD}</p>", byline=""))
    assert found.access.status is Status.PLUS_FIRST
    assert found.reporters == ("김가영",)
    assert found.body == (f"<p>{FIRST}</p>", f"<p>{SECOND}</p>", f"<p>{THIRD}</p>")
    # A sentence that only quotes the notice is text.
    quoted = read(page(f"<p>{SOLD} 그 문구가 사라졌다.</p><p>{SECOND}</p>"))
    assert (quoted.access.status, len(quoted.body)) == (Status.OPEN, 2)


def test_an_address_alone_at_the_end_is_a_signature() -> None:
    found = read(page(f"{BODY}<p>kim@dealsite.co.kr</p>"))
    assert text(found) == WHOLE
    assert text(read(page(f"<p>kim@dealsite.co.kr</p>{BODY}")))[1:] == WHOLE


def test_a_login_form_without_a_word_is_one() -> None:
    """[seen] ``form#loginForm``."""
    html = '<html><body><form id="loginForm"><input type="password" placeholder="비밀번호"></form></body></html>'
    with pytest.raises(LoginForm):
        read(html)


def test_an_icon_is_no_word_of_a_headline_a_keyword_or_a_link() -> None:
    """[seed] ``lock_clock``, ``help`` and ``expand_more`` are glyphs of an icon font."""
    lock = '<i class="material-icons">lock_clock</i>'
    between = f'<div class="rnmc-relative-news"><a class="relative-news-one" href="/articles/170001">{lock}하나</a></div>'
    below = '<div class="rec-keywords"><a>은행 <span class="icon">expand_more</span></a></div>'
    found = read(
        page(
            (f"<p>{FIRST}</p>", f"<p>{SECOND}</p>"),
            headline=f"{lock}{HEADLINE}",
            between=between,
            below=below,
        )
    )
    assert found.title == HEADLINE
    assert found.keywords == ("은행",)
    assert [one.title for one in found.related] == ["하나"]
    english = "help 데스크의 <span>lock</span> 전략"
    assert read(page(headline=english)).title == "help 데스크의 lock 전략"


def test_byline_and_time_in_their_block_without_elements_of_their_own() -> None:
    """[seen] they lie inside ``.news-info-and-share``."""
    html = (
        f'<div class="read-news-title">{HEADLINE}</div><div class="news-info-and-share"><span>딜사이트 김가영 기자</span>'
        '<span>2026.08.02 17:40:09</span><div class="share-btns-wrap">공유</div></div>'
        f'<div class="read-news-main-contents"><div class="content-area">{BODY}</div></div>'
    )
    found = read(html)
    assert found.published_at == datetime(2026, 8, 2, 17, 40, 9, tzinfo=KST)
    assert found.reporters == ("김가영",)
    assert text(found) == WHOLE


def test_a_byline_within_the_older_layouts_text_is_no_text() -> None:
    """[seen] ``article.article`` alone: headline, time and byline may stand in it."""
    html = (
        '<article class="article"><h1>옛 제목</h1><div class="info"><span class="date">2019.05.01 10:00</span>'
        f'<span class="reporter">김가영 기자</span></div>{BODY}<p>글을 쓴 <b class="writer">김가영 기자</b>가 물었다.</p></article>'
    )
    found = read(html)
    assert found.reporters == ("김가영",)
    assert text(found) == [*WHOLE, "글을 쓴 김가영 기자가 물었다."]


def test_the_next_article_of_a_page_that_goes_on_is_another() -> None:
    one = (
        '<div class="read-news-title">{}</div><div class="nis-time">{}</div><div class="read-news-main-contents">'
        '<div class="content-area">{}</div></div>'
    )
    first = one.format(HEADLINE, "2026.08.02 17:40:09", BODY)
    notice = '<div class="prime-msg">회원용 기사</div>'
    after = one.format("다음 기사", "2026.08.01 09:00", f"<p>다음 글이다.</p>{notice}")
    for html in (first + after, f"<div>{first}</div><div>{after}</div>"):
        found = read(html)
        assert (found.title, found.access.status) == (HEADLINE, Status.OPEN)
        assert text(found) == WHOLE
    # The same headline once more, for phones, and a text in two blocks are one article.
    again = f'<div class="read-news-title">{HEADLINE}</div>{first}'
    assert text(read(again)) == WHOLE
    second = '<div class="read-news-main-contents"><div class="content-area"><p>넷째 문단이다.</p></div></div>'
    assert text(read(first + second)) == [*WHOLE, "넷째 문단이다."]
