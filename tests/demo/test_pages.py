"""Each fact of the site page holds for the stand-in's pages."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode

from feedsvc.demo.listing import TimeForm
from feedsvc.model import Status
from feedsvc.site import KST
from tests.standin import OLDER, StandIn, StandInArticle, from_seed, sample_articles, sample_like

NOW = datetime(2026, 8, 3, 18, 0, tzinfo=KST)
SEED = Path(__file__).parents[3] / "shared" / "seed"
AJAX = (("X-Requested-With", "XMLHttpRequest"), ("Referer", "/categories/068000"))


@pytest.fixture(scope="module")
def articles() -> tuple[StandInArticle, ...]:
    return sample_articles(NOW)


@pytest.fixture
def site(articles: tuple[StandInArticle, ...]) -> StandIn:
    return StandIn(articles, now=lambda: NOW)


def tree(site: StandIn, target: str) -> HTMLParser:
    answer = site.respond("GET", target)
    assert answer.status == 200
    return HTMLParser(answer.body.decode())


def first(node: HTMLParser | LexborNode, selector: str) -> LexborNode:
    found = node.css_first(selector)
    assert found is not None, selector
    return found


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def visible(site: StandIn, target: str) -> str:
    """The page's text without white space, scripts and styles left out."""
    source = site.respond("GET", target).body.decode()
    body = source[source.index("<body") :]
    body = re.sub(r"<(script|style)\b.*?</\1>", "", body, flags=re.S)
    return squeezed(unescape(re.sub(r"<[^>]*>", "", body)))


def assert_lines_in_order(lines: list[str], text: str) -> None:
    at = 0
    for line in lines:
        found = text.find(squeezed(line), at)
        assert found >= 0, f"not on the page, or not in order: {line}"
        at = found + len(squeezed(line))


def test_the_sample_articles_are_many_and_of_every_kind(
    articles: tuple[StandInArticle, ...],
) -> None:
    assert len(articles) >= 60
    assert len({a.id for a in articles}) == len({a.title for a in articles}) == len(articles)
    assert {a.status for a in articles} == set(Status)
    codes = {code for a in articles for code in a.sections}
    assert codes == {"068000", "083000", "089000", "080000", "075000", "075033", "080057"}
    assert sum(len(a.sections) == 3 for a in articles) >= 3
    assert all(a.published_at <= NOW for a in articles)
    assert min(a.published_at for a in articles).year == 2019
    assert {a.id for a in articles} > OLDER
    # Two articles may share a frame, never a text.
    assert len({a.body for a in articles}) == len(articles)


def test_a_later_article_has_the_higher_id(articles: tuple[StandInArticle, ...]) -> None:
    new = [a for a in articles if a.id > 150_000]
    assert [a.id for a in new] == sorted((a.id for a in new), reverse=True)


def test_sections_list_newest_first_and_page_by_page(site: StandIn) -> None:
    ids: list[int] = []
    page = 1
    while True:
        found = tree(site, f"/categories?page={page}")
        rows = found.css("div.mnm-news-list > div.mnm-news")
        ids += [
            int((first(row, "a.ss-news-top-title").attributes["href"] or "").split("/")[2])
            for row in rows
        ]
        if not found.css("a.next.active"):
            break
        assert len(rows) == site.page_size
        page += 1
    assert ids == [a.id for a in site.articles]


def test_a_row_is_built_as_the_site_page_says(site: StandIn) -> None:
    rows = tree(site, "/categories/068000").css("div.mnm-news-list > div.mnm-news")
    assert len(rows) == 20
    for row in rows:
        link = first(row, "span.mnm-news-title-wrap > a.ss-news-top-title")
        matched = re.fullmatch(r"/articles/(\d+)/068000", link.attributes["href"] or "")
        assert matched
        article = site.article(int(matched[1]))
        assert first(link, "span.multi-line1").text() == article.title
        assert first(row, "a.mnm-news-txt").attributes["href"] == link.attributes["href"]
        byline, shown = (span.text() for span in row.css("div.mnm-news-info > span"))
        assert byline.startswith("딜사이트 ")
        assert re.match(r"(\d{4}[.-])?\d\d[.-]\d\d \d\d:\d\d", shown)
        thumb = first(row, "img.thumb-img").attributes
        assert thumb.get("src") or "background-image:url(" in (thumb.get("style") or "")
    assert any("…" in first(row, "a.mnm-news-txt").text() for row in rows)


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("seconds", "2026.03.10 17:00:28"),
        ("minutes", "2026.03.10 17:00"),
        ("iso", "2026-03-10 17:00:28"),
        ("short", "03-10 17:00"),
    ],
)
def test_time_forms(form: TimeForm, shown: str) -> None:
    at = datetime(2026, 3, 10, 17, 0, 28, tzinfo=KST)
    site = StandIn([StandInArticle(1, "제목", at, ("<p>글.</p>",))], now=lambda: NOW)
    site.time_form = form
    assert tree(site, "/categories").css(".mnm-news-info > span")[1].text() == shown


def test_mixed_time_leaves_the_year_out_only_where_it_is_plain() -> None:
    old = NOW - timedelta(days=900)
    site = StandIn(
        [StandInArticle(n, f"제목 {n}", old, ("<p>글.</p>",)) for n in range(8)], now=lambda: NOW
    )
    shown = [row.css("span")[-1].text() for row in tree(site, "/categories").css(".mnm-news-info")]
    assert len({len(text) for text in shown}) > 1
    assert all(text.startswith(str(old.year)) for text in shown)


def test_a_parent_section_lists_its_sub_sections(site: StandIn) -> None:
    sub = next(a for a in site.articles if a.sections == ("075033",))
    for code, listed in (("075033", True), ("075000", True), ("068000", False)):
        assert sub.listed_in(code) is listed


def test_the_older_layout(site: StandIn) -> None:
    site.layout = "paxnet"
    found = tree(site, "/categories/083000")
    assert not found.css(".mnm-news")
    for row in found.css("div.list > div.list-article"):
        link = first(row, "div.content > a.dyn.std")
        assert re.fullmatch(r"/articles/\d+", link.attributes["href"] or "")
        assert first(row, "div.content > span.sneakpeek").text()
        assert re.search(r"\d\d:\d\d", first(row, "div.pubdate").text())
    article = site.article(71044)
    assert len(tree(site, "/articles/71044").css("article.article > p")) >= len(article.shown)


def test_the_json_listing_holds_the_rows_of_the_page(site: StandIn) -> None:
    target = "/api/articles/categoryNews?categoryCode=068000&page=0&size=20&pageBlockSize=10"
    assert site.respond("GET", target).status == 400
    rows = json.loads(site.respond("GET", target, AJAX).body)["articlesHtml"]
    assert rows in site.respond("GET", "/categories/068000").body.decode()
    second = target.replace("page=0", "page=1")
    other = json.loads(site.respond("GET", second, AJAX).body)["articlesHtml"]
    assert other in site.respond("GET", "/categories/068000?page=2").body.decode()
    assert other != rows
    site.rows_as = "json-only"
    assert not tree(site, "/categories/068000").css(".mnm-news")
    assert json.loads(site.respond("GET", target, AJAX).body)["articlesHtml"] == rows


def test_repeated_pages(site: StandIn) -> None:
    site.repeat_pages = True
    first, ninth = (tree(site, f"/categories?page={n}").css(".multi-line1") for n in (1, 9))
    assert [a.text() for a in first] == [a.text() for a in ninth]


def test_an_article_page_holds_its_blocks_in_the_content_areas(site: StandIn) -> None:
    for article in site.articles:
        if article.id in OLDER or article.status is Status.UNKNOWN:
            continue
        found = tree(site, f"/articles/{article.id}")
        assert first(found, "div.read-news-title").text() == article.title
        areas = found.css("div.read-news-main-contents > div.content-area")
        assert len(areas) == 1 + len([at for at in article.split if at < len(article.shown)])
        for number, area in enumerate(areas, 1):
            assert f"rnmc-right rnmc-right{number}" in (area.attributes["class"] or "")
        source = "".join(area.html or "" for area in areas)
        text = squeezed(HTMLParser(source).text())
        assert_lines_in_order([HTMLParser(block).text() for block in article.shown], text)
        for block in article.body[len(article.shown) :]:
            assert squeezed(HTMLParser(block).text()) not in text
        info = first(found, ".news-info-and-share div.nis-r-info-wrap")
        assert all(name in first(info, ".nis-reporter-name").text() for name in article.reporters)
        assert f"{article.published_at:%Y.%m.%d %H:%M:%S}" in info.text()
        if article.related:
            one = found.css(".rnmc-relative-news a.relative-news-one")
            assert len(one) == len(article.related)
            assert not found.css(".content-area .rnmc-relative-news")
        if article.keywords:
            chips = [chip.text() for chip in found.css(".rec-keywords a")]
            assert chips == list(article.keywords)


@pytest.mark.parametrize(
    "selector",
    [".rnmc-left", "[id*=dablewidget]", "ins.adsbygoogle", ".share-btns-wrap", ".foot_notice",
     ".news-info-and-share", ".news-info-top-3news-wrap", ".read-news-row1", ".empty-rnmc",
     ".bkn-list", "#dealsite_ci", "script", "style", "meta[property='og:title']"],
)  # fmt: skip
def test_what_is_never_body_stands_on_every_page(site: StandIn, selector: str) -> None:
    for article in site.articles[:12]:
        assert tree(site, f"/articles/{article.id}").css(selector)


def test_pages_weigh_what_a_news_page_weighs(site: StandIn) -> None:
    for article in site.articles:
        body = site.respond("GET", f"/articles/{article.id}").body
        assert 40_000 < len(body) < 120_000


def test_markers_stand_in_the_block_of_locked_articles_only(site: StandIn) -> None:
    phrases = {
        Status.SOON_FREE: "곧 무료로 풀릴 기사",
        Status.MEMBERS_ONLY: "딜사이트 회원전용",
        Status.PLUS_ONLY: "딜사이트 플러스에서",
    }
    for article in site.articles:
        if article.id in OLDER:
            continue
        found = tree(site, f"/articles/{article.id}")
        messages = " ".join(m.text() for m in found.css(".content-area .prime-msg"))
        if article.notice == "paragraph":
            messages = " ".join(area.text() for area in found.css(".content-area > p"))
        for status, phrase in phrases.items():
            assert (phrase in messages) is (article.status is status), article.title
        assert ("표출된 기사입니다" in messages) is (article.plus_first_at is not None)


def test_an_open_article_quotes_a_paywall_phrase(site: StandIn) -> None:
    assert any(
        a.status is Status.OPEN and "곧 무료로 풀릴 기사" in "".join(a.body) for a in site.articles
    )


def test_boxes_stand_on_every_page_and_link_the_locked(site: StandIn) -> None:
    soon = {a.id for a in site.articles if a.status is Status.SOON_FREE}
    members = {a.id for a in site.articles if a.status is Status.MEMBERS_ONLY}
    for target in (
        "/categories",
        "/categories/083000?page=2",
        "/articles/117013",
        "/articles/49736",
    ):
        found = tree(site, target)
        for box, wanted in ((".box-soon-free", soon), (".box-members", members)):
            links = found.css(f"{box} .box-list a")
            assert {int((a.attributes["href"] or "").split("/")[2]) for a in links} == wanted
        text = visible(site, target)
        assert "lock_clock곧무료로풀릴기사help딜사이트회원에게만" in text
    site.boxes = False
    assert "lock_clock곧" not in visible(site, "/categories")


def test_both_addresses_answer_the_same_article(site: StandIn) -> None:
    bare, coded = (site.respond("GET", f"/articles/117013{end}").body for end in ("", "/068000"))
    assert bare == coded


def test_unknown_addresses_are_404_pages(site: StandIn) -> None:
    for target in ("/articles/1", "/articles/abc", "/categories/12", "/nowhere", "/articles/1/2/3"):
        answer = site.respond("GET", target)
        assert answer.status == 404
        assert "찾을 수 없습니다" in answer.body.decode()


def test_robots_allow_all_but_the_members_area(site: StandIn) -> None:
    rules = RobotFileParser()
    rules.parse(site.respond("GET", "/robots.txt").body.decode().splitlines())
    assert rules.can_fetch("feedsvc", "/articles/1")
    assert rules.can_fetch("feedsvc", "/api/articles/categoryNews?page=0")
    assert not rules.can_fetch("feedsvc", "/member/login")
    site.robots = 503
    assert site.respond("GET", "/robots.txt").status == 503


def test_search_finds_by_words(site: StandIn) -> None:
    found = tree(
        site, "/search/?LIKE=%EC%83%88%EC%9B%80%ED%8C%8C%EC%9B%8C&SEARCHFIELD=TITLE_CONTENT"
    )
    assert [a.text() for a in found.css(".multi-line1")] == [
        a.title for a in site.articles if "새움파워" in "".join(a.body)
    ]


def test_pictures_are_pictures(site: StandIn) -> None:
    png, jpeg = (site.respond("GET", f"/upload/a/1.{end}").body for end in ("png", "jpg"))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"IEND\xaeB`\x82")
    assert jpeg.startswith(b"\xff\xd8\xff\xe0")
    assert jpeg.endswith(b"\xff\xd9")
    assert site.respond("GET", "/upload/b/2.jpg").body != jpeg


def lines_of_sample(paragraphs: list[str]) -> list[str]:
    """The lines of the sample page around an article of our own."""
    furniture = sample_like().furniture
    return [
        furniture.notice, " ".join(furniture.menu), " ".join(furniture.place), furniture.site_map,
        furniture.period, furniture.top_ad, "제목 한 줄", "김하늘 기자", "2024.01.12 17:41:09",
        "부제 한 줄",
        "이 기사는 2024년 01월 12일 17시 41분 유료콘텐츠서비스 딜사이트 플러스에 표출된 "
        "기사입니다.",
        "그림 (사진=가온)", f"[딜사이트 김하늘 기자] {paragraphs[0]}", *paragraphs[1:4],
        "관련기사 more", "하나 둘 셋 넷 外", *paragraphs[4:],
        "ⓒ새로운 눈으로 시장을 바라봅니다. 딜사이트 무단전재 배포금지", furniture.side_ad,
        "lock_clock곧 무료로 풀릴 기사", "help 딜사이트 회원에게만 제공되는 특별한 콘텐트입니다.",
        "무료 회원 가입 후 바로 이용하실 수 있습니다.", "more", "딜사이트 회원전용",
        "help 딜사이트 회원에게만 제공되는 특별한 콘텐트입니다. 무료 회원 가입 후 바로 이용하실 수 "
        "있습니다.",
        "회원가입", "Show moreexpand_more", f"에딧머니{furniture.money_line} more",
        furniture.recruiting, "Infographic News", furniture.infographic, "Issue Today more",
    ]  # fmt: skip


def test_the_sample_page_line_for_line() -> None:
    paragraphs = [f"{n}번째 문단이다." for n in range(1, 9)]
    lines = lines_of_sample(paragraphs)
    article = from_seed("\n\n".join(lines))
    assert article.body[1:] == tuple(f"<p>{text}</p>" for text in paragraphs)
    assert article.title == "제목 한 줄"
    assert article.reporters == ("김하늘",)
    assert article.plus_first_at == datetime(2024, 1, 12, 17, 41, tzinfo=KST)
    site = StandIn([*sample_articles(NOW)[:20], article])
    assert_lines_in_order(lines, visible(site, "/articles/117013"))
    parts = tree(site, "/articles/117013").css(".content-area")
    assert "4번째" in parts[0].text()
    assert "5번째" in parts[1].text()


def test_our_own_sample_has_eight_paragraphs_and_a_caption() -> None:
    article = sample_like()
    assert len(article.body) == 9
    assert "<figcaption>" in article.body[0]
    assert article.status is Status.PLUS_FIRST


@pytest.mark.parametrize("text", ["", "아무 글", "2024.01.26 18:32:51\n끝"])
def test_a_text_that_is_not_the_sample_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="sample page"):
        from_seed(text)


if SEED.is_dir():

    def test_the_seed_line_for_line() -> None:
        for file in SEED.glob("*.txt"):
            text = file.read_text(encoding="utf-8")
            site = StandIn([*sample_articles(NOW)[:20], from_seed(text)])
            lines = [line for line in text.splitlines() if line.strip()]
            assert_lines_in_order(lines, visible(site, "/articles/117013"))
            assert len(site.article(117013).body) == 9
