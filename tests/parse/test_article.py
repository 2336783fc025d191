"""The fields of an article page other than its text, and pages that are none."""

from dataclasses import replace
from datetime import datetime

import pytest

from feedsvc import parse
from feedsvc.dedup import compare
from feedsvc.errors import AnotherArticle, FieldMissing, LayoutUnknown, NotAnArticle
from feedsvc.model import ParsedArticle, Related, Row, Status
from feedsvc.site import KST
from tests.parse.pages import NOW, SITE, boxes, fetched, page


def read(html: str, path: str = "/articles/7", **more: object) -> ParsedArticle:
    return parse.article(fetched(html, path), SITE, NOW, **more)  # type: ignore[arg-type]


def source(article: ParsedArticle, field: str) -> str:
    return dict(article.sources)[field]


def test_every_field_and_where_it_came_from() -> None:
    related = (
        '<div class="rnmc-relative-news"><div class="relative-news-title-wrap">관련기사 '
        '<a class="relative-news-more" href="/s">more</a></div>'
        '<a class="relative-news-one" href="/articles/5">앞선 글</a></div>'
    )
    chips = '<div class="rec-keywords"><a href="/s">#반도체</a><a href="/s"># HBM</a></div>'
    found = read(
        page(
            "<p>[딜사이트 이도윤 기자] 첫 문단이다.</p>",
            inside=f'<div class="sub-title">부제다</div>{related}',
            after=chips,
        ),
        "/articles/7/068000",
    )
    assert (found.id, found.url) == (7, "https://dealsite.co.kr/articles/7")
    assert (found.title, found.subtitle) == ("제목이다", "부제다")
    assert found.reporters == ("김가영", "이도윤")
    assert found.published_at == datetime(2026, 3, 10, 17, 0, 28, tzinfo=KST)
    assert found.sections == ("068000",)
    assert found.keywords == ("반도체", "HBM")
    assert found.related == (Related("앞선 글", "https://dealsite.co.kr/articles/5"),)
    assert found.body == ("<p>첫 문단이다.</p>",)
    assert source(found, "title") == ".read-news-title"
    assert source(found, "subtitle") == ".sub-title"
    assert source(found, "published_at") == ".nis-r-info-wrap"
    assert source(found, "body") == ".content-area"
    assert source(found, "sections") == "address"


def test_metadata_fill_what_the_page_does_not_show() -> None:
    head = (
        '<script type="application/ld+json">{"@graph":[{"@type":"WebSite"},'
        '{"@type":["NewsArticle"],'
        '"headline":"제목이다","alternativeHeadline":"부제다","datePublished":"2026-03-10T08:00:00Z",'
        '"author":[{"name":"김가영"},"이도윤"]}]}</script>'
        '<meta name="news_keywords" content="가, 나,,#다">'
    )
    found = read(page(head=head, title="", info=""))
    assert (found.title, found.subtitle) == ("제목이다", "부제다")
    assert found.reporters == ("김가영", "이도윤")
    assert found.keywords == ("가", "나", "다")
    assert found.published_at == datetime(2026, 3, 10, 17, 0, tzinfo=KST)
    assert source(found, "published_at") == "json-ld:datePublished"
    assert source(found, "title") == "json-ld:headline"


def test_open_graph_comes_after_json_ld() -> None:
    head = (
        '<script type="application/ld+json">{broken</script>'
        '<script type="application/ld+json">[[[]]]</script>'
        '<meta property="og:title" content="제목이다 - 딜사이트">'
        '<meta property="article:published_time" content="2026-03-10T17:00:00+09:00">'
        '<meta property="article:author" content="김가영 기자">'
    )
    found = read(page(head=head, title="", info=""))
    assert (found.title, source(found, "title")) == ("제목이다", "og:title")
    assert source(found, "published_at") == "article:published_time"
    assert found.reporters == ("김가영",)
    assert found.subtitle == ""


def test_a_time_ahead_of_the_clock_is_refused_and_the_row_asked() -> None:
    info = '<div class="nis-r-info-wrap">2027.03.10 17:00:28</div>'
    row = Row(7, "", "", listed_at=datetime(2026, 3, 9, tzinfo=KST), sections=("083000",))
    found = read(page(info=info), row=row)
    assert found.published_at == row.listed_at
    assert source(found, "published_at") == "listing"
    assert found.sections == ("083000",)
    with pytest.raises(FieldMissing, match="time of publication"):
        read(page(info=info))


def test_a_time_element_is_read_by_its_attribute() -> None:
    html = (
        "<h1>제목이다</h1><time datetime='2026-03-10T17:00:00+09:00'>방금</time>"
        "<article class='article'><p>본문이다.</p></article>"
    )
    assert read(html).published_at == datetime(2026, 3, 10, 17, 0, tzinfo=KST)


def test_the_id_of_a_saved_file_is_in_the_page() -> None:
    head = '<link rel="canonical" href="https://dealsite.co.kr/articles/70">'
    assert read(page(head=head), "file:///tmp/x.html").id == 70
    with pytest.raises(FieldMissing, match="id"):
        read(page(), "file:///tmp/x.html")


def test_another_article_than_asked_for_is_refused() -> None:
    head = '<link rel="canonical" href="https://dealsite.co.kr/articles/70">'
    with pytest.raises(NotAnArticle, match="70"):
        read(page(head=head))
    # A listed headline proves that the metadata are wrong; another one that they may be right.
    row = Row(7, SITE.article_url(7), "제목이…")
    assert parse.article(fetched(page(head=head)), SITE, NOW, row=row).id == 7
    for other in (replace(row, title="다른 제목"), replace(row, title=""), replace(row, id=8)):
        with pytest.raises(AnotherArticle) as caught:
            parse.article(fetched(page(head=head)), SITE, NOW, row=other)
        assert (caught.value.number, caught.value.title) == (70, "제목이다")
    # The sister site numbers its articles on its own: its number is no contradiction.
    head = '<link rel="canonical" href="https://dealsiteplus.co.kr/articles/70">'
    assert read(page(head=head)).id == 7


def test_a_locked_page_may_show_no_text() -> None:
    found = read(page('<div class="prime-msg">딜사이트 회원전용</div>'))
    assert (found.access.status, found.body) == (Status.MEMBERS_ONLY, ())
    with pytest.raises(FieldMissing, match="no text"):
        read(page(""))


def test_an_article_without_a_headline_is_refused() -> None:
    html = page(title="").replace("<title>제목이다 - 딜사이트</title>", "")
    with pytest.raises(FieldMissing, match="headline"):
        read(html)
    assert source(read(page(title="")), "title") == "title"


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("", "empty"),
        ("<html><body> </body></html>", "empty"),
        ("<title>로그인</title><form>아이디 <input type=password></form>", "login"),
        ("<title>로그인 - 딜사이트</title><p>회원만 볼 수 있다</p>", "login"),
        ("<title>Access Denied</title><h1>접근이 차단되었습니다</h1>", "firewall"),
        ("<title>Just a moment...</title><p>Checking your browser</p>", "firewall"),
        ("<h1>페이지를 찾을 수 없습니다.</h1>", "error page"),
        ("<p>서비스 점검 중입니다</p>", "error page"),
        ("<h1>404</h1>" + "<p>긴 안내문이 이어진다.</p>" * 200, "error page"),
        ("<p>안녕하세요</p>", "short"),
    ],
)
def test_what_is_no_article_is_named(html: str, said: str) -> None:
    with pytest.raises(NotAnArticle, match=said) as caught:
        read(html)
    assert caught.value.about == "https://dealsite.co.kr/articles/7"
    assert caught.value.advice


@pytest.mark.parametrize(
    "html",
    [
        '<meta property="og:type" content="article"><div class="v1"><p>본문이다.</p></div>',
        '<div class="v1">' + "<p>이름이 모두 바뀐 긴 글이다.</p>" * 200 + "</div>",
        # A form for the login in the frame of every page is no login page.
        '<form><input type="password"></form><div class="v1">'
        + "<p>이름이 모두 바뀐 긴 글이다.</p>" * 200
        + "</div>",
        '<meta property="og:type" content="article"><form id="loginForm"></form>'
        '<div class="v1"><p>본문이다.</p></div>',
    ],
)
def test_a_page_that_no_layout_fits_is_loud(html: str) -> None:
    with pytest.raises(LayoutUnknown, match="no known layout"):
        read(html)


def test_overrides_come_before_the_layout() -> None:
    html = page(title='<h2 class="head2">새 제목</h2>').replace("content-area", "text2")
    assert read(html).title == "제목이다"  # the metadata's, and the text of last resort
    assert source(read(html), "body") != ".text2"
    found = read(html, layouts=parse.layouts({"title": ".head2", "body": ".text2"}))
    assert found.title == "새 제목"
    assert found.body == ("<p>첫 문단이다.</p>", "<p>둘째 문단이다.</p>")
    assert source(found, "body").startswith(".text2")


def test_overrides_may_stand_where_nothing_else_is_known() -> None:
    html = (
        "<h2 class=t>제목</h2><div class=d>2026.03.10 17:00</div><div class=b><p>글이다.</p></div>"
    )
    found = read(html, layouts=parse.layouts({"title": ".t", "body": ".b", "published_at": ".d"}))
    assert (found.title, found.body) == ("제목", ("<p>글이다.</p>",))


def test_boxes_are_found_on_an_article_page_too() -> None:
    found = boxes(fetched(page()))
    assert [(row.id, row.hint, row.title) for row in found] == [
        (501, Status.SOON_FREE, "곧 풀릴 글"),
        (502, Status.MEMBERS_ONLY, "회원 글"),
        (503, Status.MEMBERS_ONLY, "또 다른 회원 글"),
    ]
    assert found[0].sections == ("068000",)
    assert found[0].listed_at == datetime(2026, 3, 9, 9, 0, tzinfo=KST)


def test_a_page_without_a_year_read_a_year_later_says_that_it_is_not_sure() -> None:
    info = '<div class="nis-r-info-wrap">김가영 기자 03-09 09:27</div>'
    given = fetched(page(info=info))
    first = parse.article(given, SITE, NOW)
    later = parse.article(given, SITE, NOW.replace(year=2027))
    assert (first.published_at.year, later.published_at.year) == (2026, 2027)
    assert not first.is_time_sure
    assert not later.is_time_sure
    kept = compare(None, first, now=NOW).record
    assert compare(kept, later, now=NOW.replace(year=2027)).record is kept
    said = '{"@type":"Article","datePublished":"2024-03-09T09:27"}'
    told = f'<script type="application/ld+json">{said}</script>'
    whole = parse.article(fetched(page(info=info, head=told)), SITE, NOW)
    assert (whole.published_at.year, whole.is_time_sure) == (2024, True)
