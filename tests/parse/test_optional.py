"""What must not be refused: only a headline, a time and a text (or a lock) are required."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc import parse
from feedsvc.demo.articles import ROW_PARTS
from feedsvc.model import ParsedArticle, Row, Status
from tests.parse.pages import NOW, SITE, fetched, page
from tests.parse.test_standin import article, get
from tests.standin import Draw, RelatedLink, StandIn, StandInArticle
from tests.standin.draw import PARTS

WHOLE = StandInArticle(
    id=7,
    title="한빛전자 2호 공장 착공",
    published_at=NOW - timedelta(hours=1),
    body=(
        '<figure class="image"><img src="/upload/7/a.jpg"><figcaption>공장</figcaption></figure>',
        "<p>한빛전자가 공장을 짓기 시작했다.</p>",
        "<p>공사는 내년에 끝난다.</p>",
    ),
    subtitle="내년 완공",
    reporters=("김하나",),
    keywords=("반도체", "공장"),
    related=(RelatedLink(6, "1호 공장 준공"),),
    series="공장 이야기",
)
"""An article with every part."""

SENTENCE = "<p>끝.</p>"
PICTURE = '<figure class="image"><img src="/upload/7/a.jpg"></figure>'
TABLE = '<figure class="table"><table><tr><td>매출</td><td>3조</td></tr></table></figure>'


def read(body: str = SENTENCE, *, row: Row | None = None, **parts: str) -> ParsedArticle:
    return parse.article(fetched(page(body, **parts)), SITE, NOW, row=row)


@pytest.mark.parametrize("examples", [25, pytest.param(150, marks=pytest.mark.slow)])
def test_an_article_is_read_whatever_part_is_missing(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(
        missing=st.sets(st.sampled_from(PARTS)),
        older=st.booleans(),
        status=st.sampled_from(tuple(Status)),
        seed=st.integers(0, 9),
    )
    def is_read(missing: set[str], older: bool, status: Status, seed: int) -> None:
        truth = replace(WHOLE, status=status)
        site = StandIn([truth], now=lambda: NOW)
        site.older = {7} if older else ()
        site.draw = Draw(dict.fromkeys(missing, 0.0), seed)
        shown = site.shown(7)
        found = article(site, 7)
        assert (found.title, found.published_at) == (truth.title, truth.published_at)
        assert found.body
        assert found.subtitle == shown.subtitle
        assert found.access.status.locked == status.locked
        if not older:
            assert found.keywords == shown.keywords
            assert [one.title for one in found.related] == [one.title for one in shown.related]
        (row,) = parse.section(get(site, "/categories/068000"), SITE, NOW).rows
        assert (row.id, row.title) == (7, truth.title)
        assert bool(row.summary) == (f"row_{ROW_PARTS[0]}" not in missing)
        assert (row.listed_at is None) == ("row_time" in missing)

    is_read()


@pytest.mark.parametrize("body", [SENTENCE, PICTURE, TABLE, f"{PICTURE}{PICTURE}"])
def test_a_text_may_be_a_sentence_pictures_or_a_table(body: str) -> None:
    found = read(body)
    assert found.body
    assert found.access.status is Status.OPEN


@pytest.mark.parametrize(
    "page_without",
    [
        page().replace("read-news-main-contents", "main"),
        page()
        .replace("read-news-title", "head")
        .replace("<head>", "<head><title>제목이다</title>"),
        page().replace("news-info-and-share", "info"),
        page().replace("nis-reporter-name", "name"),
        page(around=""),
    ],
    ids=["main", "title", "info", "byline", "boxes"],
)
def test_no_single_wrapper_is_required(page_without: str) -> None:
    found = parse.article(fetched(page_without), SITE, NOW)
    assert found.title == "제목이다"
    assert found.body == ("<p>첫 문단이다.</p>", "<p>둘째 문단이다.</p>")
    assert found.access.status is Status.OPEN


def test_a_time_may_stand_in_the_list_alone() -> None:
    row = Row(7, "https://dealsite.co.kr/articles/7", "제목이다", listed_at=NOW)
    assert read(info="", row=row).published_at == NOW


@pytest.mark.parametrize("wrapper", ["mnm-news-list", "unheard-of"])
def test_a_row_needs_a_link_to_an_article_and_nothing_else(wrapper: str) -> None:
    bare = '<div class="mnm-news"><a href="/articles/7">제목</a></div>'
    html = f'<html><body><div class="{wrapper}">{bare}</div></body></html>'
    (row,) = parse.section(fetched(html, "/categories/068000"), SITE, NOW).rows
    assert (row.id, row.title, row.summary, row.byline, row.listed_at) == (7, "제목", "", "", None)
