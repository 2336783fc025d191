import json
from datetime import datetime

import pytest

from feedsvc import parse
from feedsvc.errors import LayoutUnknown, NotAnArticle, ParseError
from feedsvc.model import Row, Status
from feedsvc.site import KST
from tests.parse.pages import BOXES, NOW, SITE, boxes, fetched


def row(number: str = "1/068000", time: str = "2026.03.10 17:00:28", **other: str) -> str:
    title = other.get("title", "제목 하나")
    return (
        '<div class="mnm-news x"><img class="thumb-img" src="/t.jpg"><div class="mnm-news-right">'
        f'<span class="mnm-news-title-wrap"><a href="/articles/{number}" class="ss-news-top-title">'
        f'<span class="multi-line1">{title}</span></a></span>'
        f'<a class="mnm-news-txt" href="/articles/{number}">요약이다…</a>'
        '<div class="mnm-news-info">'
        f"<span>{other.get('by', '딜사이트 김가영 기자')}</span>"
        f"<span>{time}</span></div></div></div>"
    )


def today(*rows: str, following: str = '<a class="next active" href="?page=2">다음</a>') -> str:
    return (
        "<html><body><ul class='bkn-list'><li><a href='/articles/99'>속보</a></li></ul>"
        f'<div class="mnm-news-list">{"".join(rows)}</div>{following}{BOXES}</body></html>'
    )


def before(*rows: str, following: str = "") -> str:
    return f"<html><body><div class='list'>{''.join(rows)}</div>{following}</body></html>"


OLD_ROW = (
    '<div class="list-article"><div class="content">'
    '<a class="dyn std" href="/articles/9">옛 제목</a>'
    '<span class="sneakpeek">요약…</span></div><div class="pubdate">2021-03-10 17:00:28</div></div>'
)


def test_todays_rows() -> None:
    read = parse.section(fetched(today(row())), SITE, NOW)
    assert read.rows == (
        Row(
            id=1,
            url="https://dealsite.co.kr/articles/1",
            title="제목 하나",
            summary="요약이다…",
            byline="김가영",
            listed_at=datetime(2026, 3, 10, 17, 0, 28, tzinfo=KST),
            sections=("068000",),
        ),
    )
    assert (read.layout, read.has_next) == ("today", True)
    assert [(box.id, box.hint) for box in read.boxes] == [
        (501, Status.SOON_FREE),
        (502, Status.MEMBERS_ONLY),
        (503, Status.MEMBERS_ONLY),
    ]


def test_a_row_is_one_article_of_this_site() -> None:
    rows = (
        row("1/068000"),
        row("1/083000", title="두 번째로 나온 같은 글"),
        row("abc"),
        row("2").replace("/articles/2", "https://dealsiteplus.co.kr/articles/2"),
        row("3").replace('href="/articles/3"', 'href="https://paxnetnews.com/articles/3"'),
        row("4").replace("/articles/4", "http://["),
        row("5").replace("ss-news-top-title", "renamed").replace("mnm-news-title-wrap", "renamed"),
        row("6", title=""),
    )
    read = parse.section(fetched(today(*rows)), SITE, NOW).rows
    assert [one.id for one in read] == [1, 3, 5, 6]
    assert read[0].sections == ("068000", "083000")
    assert read[0].title == "제목 하나"
    assert read[2].title == "제목 하나"
    assert read[1].url == "https://dealsite.co.kr/articles/3"


@pytest.mark.parametrize("time", ["2026.03.12 18:01", "", "인기", "2026.02.31 10:00"])
def test_a_time_that_cannot_be_true_is_none(time: str) -> None:
    assert parse.section(fetched(today(row(time=time))), SITE, NOW).rows[0].listed_at is None


def test_the_last_page_and_a_page_without_rows() -> None:
    last = parse.section(fetched(today(row(), following='<a class="next">다음</a>')), SITE, NOW)
    assert not last.has_next
    assert parse.section(fetched(today()), SITE, NOW).rows == ()


def test_the_older_rows() -> None:
    read = parse.section(fetched(before(OLD_ROW)), SITE, NOW)
    assert read.layout == "before"
    assert read.rows == (
        Row(
            id=9,
            url="https://dealsite.co.kr/articles/9",
            title="옛 제목",
            summary="요약…",
            listed_at=datetime(2021, 3, 10, 17, 0, 28, tzinfo=KST),
        ),
    )


@pytest.mark.parametrize(
    ("link", "path", "more"),
    [
        ("", "/categories", False),
        ('<a href="/categories?page=2">2</a>', "/categories", True),
        ('<a href="/categories?page=2">2</a>', "/categories?page=2", False),
        ('<a href="/categories?page=2">2</a>', "/categories?page=x", True),
        ('<a class="next active" href="#">다음</a>', "/categories", True),
    ],
)
def test_whether_an_older_page_has_a_next_one(link: str, path: str, more: bool) -> None:
    html = before(OLD_ROW, following=link)
    assert parse.section(fetched(html, path), SITE, NOW).has_next is more


def test_what_is_no_section_page_is_named() -> None:
    with pytest.raises(NotAnArticle, match="empty"):
        parse.section(fetched(""), SITE, NOW)
    with pytest.raises(NotAnArticle, match="firewall"):
        parse.section(fetched("<h1>Access Denied</h1>"), SITE, NOW)
    with pytest.raises(LayoutUnknown, match="list of articles"):
        parse.section(fetched("<p>바뀐 목록이다.</p>" * 300), SITE, NOW)


def test_rows_by_an_override() -> None:
    html = f"<div>{row().replace('mnm-news x', 'v2')}</div>"
    assert len(parse.section(fetched(html), SITE, NOW, parse.layouts({"rows": ".v2"})).rows) == 1


def answer(**keys: object) -> str:
    return json.dumps(keys, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (answer(articlesHtml=row(), hasNext=True), True),
        (answer(articlesHtml=row(), last=True), False),
        (answer(articlesHtml=row()), False),
        (answer(articlesHtml="".join(row(str(n)) for n in range(1, 21))), True),
    ],
)
def test_the_json_listing(body: str, more: bool) -> None:
    """[once] an object whose ``articlesHtml`` holds the rows."""
    read = parse.listing(fetched(body, "/api?size=20"), SITE, NOW)
    assert read.rows[0].title == "제목 하나"
    assert (read.layout, read.has_next) == ("json", more)
    assert parse.listing(fetched(answer(articlesHtml=" "), "/api?size=x"), SITE, NOW).rows == ()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[]",
        "null",
        answer(html=row()),
        answer(articlesHtml=None),
        answer(articlesHtml='<div class="v2"><a href="/articles/1">글</a></div>'),
        "[" * 200_000,
    ],
)
def test_a_listing_that_is_none_is_refused(body: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse.listing(fetched(body, "/api"), SITE, NOW)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        # One wrapper for both boxes, headings that are no headings.
        (
            "<div class='w'><div class='t'>곧 무료로 풀릴 기사</div><a href='/articles/1'>하나</a>"
            "<div class='t'>딜사이트 회원전용</div><a href='/articles/2'>둘</a></div>",
            [(1, Status.SOON_FREE), (2, Status.MEMBERS_ONLY)],
        ),
        # An empty box must not take its neighbour's articles.
        (
            "<section class='b'><h3>곧 무료로 풀릴 기사</h3></section>"
            "<section class='b'><h3>Issue Today</h3><a href='/articles/3'>셋</a></section>",
            [],
        ),
        (
            "<div><h3>곧 무료로 풀릴 기사</h3></div>"
            "<div><h3>순위</h3><a href='/articles/3'>셋</a></div>",
            [],
        ),
        # Heading and list side by side.
        (
            "<h3>딜사이트 회원전용</h3><p>help</p>"
            "<ul><li><a href='/articles/4'><img alt='넷'></a></li></ul>",
            [(4, Status.MEMBERS_ONLY)],
        ),
        ("<p>곧 무료로 풀릴 기사</p><a href='/articles/5'>다섯</a>", []),
        ("<div>" + "회원전용 " * 30 + "</div><a href='/articles/5'>다섯</a>", []),
        (
            "<div><h3>곧 무료로 풀릴 기사</h3><a href='/articles/6'></a>"
            "<a href='/articles/6'>여섯</a>"
            "<a href='https://dealsiteplus.co.kr/articles/7'>일곱</a></div>",
            [(6, Status.SOON_FREE)],
        ),
    ],
)
def test_boxes_whatever_they_are_called(html: str, expected: list[tuple[int, Status]]) -> None:
    found = boxes(fetched(f"<html><body>{html}</body></html>"))
    assert [(one.id, one.hint) for one in found] == expected
    assert all(one.title for one in found)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp949"])
def test_a_nul_or_another_encoding_in_a_row_or_listing(encoding: str) -> None:
    rows = '<div class="mnm-news"><a href="/articles/5">제\0목\x01 가</a></div>'
    page = f'<!doctype html><html><body><div class="mnm-news-list">{rows}</div></body></html>'
    read = parse.section(fetched(page.encode(encoding), "/categories"), SITE, NOW)
    assert [(row.id, row.title) for row in read.rows] == [(5, "제목 가")]
    written = json.dumps({"articlesHtml": rows, "hasNext": False}, ensure_ascii=False)
    for told in (written, written.replace("\\u0000", "\0"), "\0" + written):
        kind = {"Content-Type": "application/json"}
        read = parse.listing(fetched(told.encode(encoding), "/api/x", **kind), SITE, NOW)
        assert [(row.id, row.title) for row in read.rows] == [(5, "제목 가")]
    lone = parse.listing(
        fetched(
            b'{"articlesHtml": "<div class=mnm-news><a href=/articles/5>'
            rb'\ud83d\ude00 \ud800x</a></div>"}',
            "/api/x",
        ),
        SITE,
        NOW,
    )
    assert lone.rows[0].title == "😀 x"


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("방금 전", "18:00"),
        ("5분 전", "17:55"),
        ("2시간 전", "16:00"),
        ("오늘 09:27", "09:27"),
        ("03-10", "00:00"),
        ("2026.03.10", "00:00"),
    ],
)
def test_row_times_that_are_told_from_now_are_no_names(time: str, expected: str) -> None:
    """[guess] usual in this trade."""
    found = parse.section(fetched(today(row(time=time), row("2", time, by=time))), SITE, NOW).rows
    assert [f"{one.listed_at:%m-%d %H:%M}" for one in found] == [f"03-10 {expected}"] * 2
    assert [one.byline for one in found] == ["김가영", ""]
