"""Each fact of the site page that stands in another house than today's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from feedsvc.demo import chrome
from feedsvc.model import Status
from feedsvc.site import KST
from tests.demo.test_pages import first, tree
from tests.standin import HOUSES, House, RelatedLink, StandIn, StandInArticle, parse_blocks
from tests.standin.houses import PLACEHOLDER, cover, shown_blocks

NOW = datetime(2026, 8, 3, 18, 0, tzinfo=KST)
BODY = parse_blocks("""
첫 문단이다.

### 작은 제목

> 한 말이다

| 구분 | 매출 |
| 2025 | 3 |

!figure a.jpg | 공장 (사진=한빛)

!video https://www.youtube.com/embed/abcdef12345

마지막 문단이다.
""")


def site(house: House, **values: object) -> StandIn:
    article = StandInArticle(
        id=8, title="제목", published_at=NOW - timedelta(hours=1), body=BODY, subtitle="부제",
        reporters=("김하나",), keywords=("반도체", "조선"), series="문패", dateline="none",
        related=(RelatedLink(1, "다른 글"),), status=Status.OPEN,
    )  # fmt: skip
    made = StandIn([replace(article, **values)], now=lambda: NOW)  # type: ignore[arg-type]
    made.house = house
    return made


def test_plus_has_the_sub_headline_in_the_summary_and_the_time_in_a_block_of_its_own() -> None:
    page = tree(site("plus"), "/articles/8")
    assert first(page, "div.news-info-top-3news").text() == "부제"
    assert first(page, "div.nis-time").text() == "2026.08.03 17:00:00"
    assert page.css_first(".nis-r-info-wrap") is None
    assert page.css_first(".sub-title") is None
    assert first(page, ".article-pack").text() == "문패"
    assert [chip.text() for chip in page.css(".rec-keywords li")] == ["반도체", "조선"]
    assert page.css_first(".nis-r-info-wrap") is None
    assert first(tree(site("plus", id=9), "/articles/9"), ".nis-r-info-wrap .nis-time")


def test_plus_without_a_sub_headline_lists_other_articles_there() -> None:
    page = tree(site("plus", subtitle=""), "/articles/8")
    assert first(page, "div.news-info-top-3news a").attributes["href"] == "/articles/8"


@pytest.mark.parametrize(("number", "kind"), [(8, ".rnmc-full"), (10, ".rnmc-right")])
def test_plus_has_its_text_in_one_unnumbered_part(number: int, kind: str) -> None:
    page = tree(site("plus", id=number), f"/articles/{number}")
    (area,) = page.css(f".read-news-main-contents {kind}")
    assert "첫 문단이다." in area.text()
    assert page.css_first(".rnmc-right1") is None


def test_the_newsroom_s_forms() -> None:
    page = tree(site("newsroom"), "/articles/8")
    main = first(page, ".read-news-main-contents")
    assert main.css_first(".content-area") is None
    assert first(main, "p.mid-title-input-box").text() == "작은 제목"
    assert first(main, "p.quote").text() == "한 말이다"
    title = first(main, "p.table-title")
    unit = title.next
    assert unit is not None
    assert unit.text() == "(단위: 억원)"
    table = unit.next
    assert table is not None
    assert table.attributes["role"] == "presentation"
    assert [cell.text() for cell in table.css("td > p")] == ["2025", "3"]
    figure = first(main, "figure.image.image_resized")
    assert figure.attributes["data-id"]
    alt = first(figure, "img").attributes["alt"]
    assert alt
    assert alt.startswith("IMG_")
    assert first(main, "figure.media > oembed").attributes["url"]
    assert first(main, "figure.ck-related-news-marker")
    assert first(main, ".preview-clip-wrap")
    assert [chip.text() for chip in page.css(".rec-keywords-wrap2 a")] == ["반도체", "조선"]


def test_the_editor_s_placeholder_stands_where_nothing_was_typed() -> None:
    page = tree(site("newsroom", subtitle=""), "/articles/8")
    assert first(page, ".sub-title").text() == PLACEHOLDER


def test_prices_move_with_every_reading() -> None:
    made = site("newsroom")
    before = first(tree(made, "/articles/8"), ".relative-stock-wrap").text()
    made.now = lambda: NOW + timedelta(minutes=10)
    assert first(tree(made, "/articles/8"), ".relative-stock-wrap").text() != before
    made = site("today")
    assert tree(made, "/articles/8").css_first(".relative-stock-wrap") is None


@pytest.mark.parametrize("house", ["plus", "newsroom"])
def test_the_cover_stands_apart_from_the_body(house: House) -> None:
    made = site(house)
    page = tree(made, "/articles/8")
    address = first(page, 'meta[property="og:image"]').attributes["content"]
    assert address == cover(made.article(8))
    assert address.startswith("https://dtd31o1ybbmk8.cloudfront.net/photos/")
    assert address not in first(page, ".read-news-main-contents").html  # type: ignore[operator]


@pytest.mark.parametrize("house", HOUSES)
@pytest.mark.parametrize("status", [Status.PLUS_FIRST, Status.MEMBERS_ONLY])
def test_the_notice_stands_in_every_house(house: House, status: Status) -> None:
    made = site(house, status=status, plus_first_at=NOW - timedelta(days=1))
    assert "딜사이트 플러스에 표출된 기사" in first(tree(made, "/articles/8"), ".prime-msg").text()
    members = chrome.MEMBERS_TEXT in first(tree(made, "/articles/8"), ".read-news").text()
    assert members == (status is Status.MEMBERS_ONLY)


def test_the_houses_are_mixed_where_that_is_wanted() -> None:
    made = StandIn.demo(NOW)
    assert made.house == "today"
    made.house = "mixed"
    pages = [made.respond("GET", f"/articles/{one.id}").body for one in made.articles]
    stocks = sum(b"relative-stock-wrap" in page for page in pages)
    summaries = sum(b'<div class="news-info-top-3news">' in page for page in pages)
    assert stocks > 10
    assert summaries > 10
    assert len(pages) - stocks - summaries > 10


def test_what_a_table_means_is_told_with_its_title_and_unit() -> None:
    article = site("newsroom").article(8)
    assert "<caption>" in "".join(shown_blocks(article, "newsroom"))
    assert "<caption>" not in "".join(shown_blocks(article, "today"))
