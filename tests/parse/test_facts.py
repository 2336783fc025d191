"""The facts of the site page that are not certain, each with the test that shows it: the page
read right with what the fact says on it, and read all the same without it.

The site page lies outside of the repository; its marks are in brackets: [once], one scraper
relies on it; [cms], the newsroom's own system stores it so; [guess], nobody has shown it.
"""

# ruff: noqa: E501 - a fact is easier to read on a line.

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from feedsvc import parse
from feedsvc.dedup import compare
from feedsvc.errors import LayoutUnknown
from feedsvc.model import Event, Image, ParsedArticle, Status
from tests.parse.pages import NOW, PLUS, SITE, fetched, page

TESTS = Path(__file__).parent.parent
AT = "https://dealsite.co.kr"
PHOTO = f"https://dtd31o1ybbmk8.cloudfront.net/photos/{'0a' * 16}/thumb.jpg"
TEXT = "<p>첫 문단이다.</p><p>둘째 문단이다.</p>"

HERE, EVIDENCE, LISTS = "parse/test_facts.py", "parse/test_evidence.py", "poll/test_lists.py"
PAGES = "parse/test_site_page.py"
FACTS = (
    # mark, what the site page says, where it is shown
    ("once", "no RSS or Atom feed is advertised", f"{HERE}::test_once_an_advertised_feed_is_nothing_to_us"),
    ("cms", "the cover stands in og:image and twitter:image alone", f"{HERE}::test_cms_a_cover_apart_from_the_body"),
    ("guess", "a stock picture may stand there too", f"{HERE}::test_guess_a_stock_picture_is_no_cover"),
    ("once", "the front end refuses Python's TLS handshake", "fetch/test_handshake.py::test_where_pythons_handshake_is_refused_curl_is_tried_and_remembered"),
    ("once", "a section as JSON, its articlesHtml", "parse/test_section.py::test_the_json_listing"),
    ("once", "/search/?LIKE=…&SEARCHFIELD=TITLE_CONTENT", f"{LISTS}::test_what_the_search_finds_is_read_and_kept_once"),
    ("guess", "a search lists rows like a section page's", f"{LISTS}::test_rows_that_are_not_a_sections_are_told_and_their_links_read"),
    ("guess", "flashes have the id space of the articles", f"{LISTS}::test_a_flash_with_the_number_of_another_article_is_held_and_told"),
    ("guess", "read /articles/{id}, else /newsflash/{id}", f"{LISTS}::test_flashes_are_read_once_among_the_articles_or_on_a_page_of_their_own"),
    ("once", "sections long ago: h1 > a and .desc", f"{HERE}::test_once_rows_of_long_ago_are_read_by_their_links"),
    ("once", "the Plus site's rows are like today's", f"{HERE}::test_once_the_rows_of_the_plus_site"),
    ("guess", "relative times in rows", "parse/test_section.py::test_row_times_that_are_told_from_now_are_no_names"),
    ("guess", "the same where a time belongs", "parse/test_dates.py::test_times_where_a_time_belongs"),
    ("once", "the time in div.nis-time", f"{EVIDENCE}::test_once_the_time_in_nis_time"),
    ("once", "the sub-headline in .news-info-top-3news, .sub-title", f"{EVIDENCE}::test_once_the_sub_headline_in_both_places"),
    ("once", "the series label in .article-pack", f"{EVIDENCE}::test_once_the_series_label_is_no_text"),
    ("once", "three parts, rnmc-full, rnmc-right alone, the main block", f"{EVIDENCE}::test_once_the_text_outside_of_content_area"),
    ("once", "byline and time inside .news-info-and-share", f"{HERE}::test_once_the_head_inside_and_outside_of_the_block_that_is_cut_away"),
    ("cms", "empty paragraphs, page breaks, to-do lists, mark", f"{EVIDENCE}::test_cms_empty_paragraphs_page_breaks_and_to_do_lists"),
    ("cms", "p.mid-title-input-box and p.quote", f"{EVIDENCE}::test_cms_sub_headings_and_quotations"),
    ("cms", "figures with data-id; alt is a file's name", f"{EVIDENCE}::test_cms_an_alternative_text_that_is_a_file_name"),
    ("cms", "figure.media > oembed; iframes of charts", f"{EVIDENCE}::test_cms_charts_are_no_videos_and_media_are"),
    ("cms", "p.table-title, p.table-txt, table", f"{EVIDENCE}::test_cms_title_and_unit_of_a_table_are_its_caption"),
    ("cms", "the editor's placeholder", f"{EVIDENCE}::test_cms_the_placeholder_is_no_text"),
    ("cms", "widgets that are never body", f"{EVIDENCE}::test_cms_widgets_are_never_body"),
    ("cms", "prices that move in .relative-stock-wrap", f"{EVIDENCE}::test_cms_prices_that_move_are_no_change"),
    ("cms", "the same, a week long", "poll/test_prices.py::test_a_week_of_prices_that_move_is_no_revision"),
    ("cms", "chips in .rec-keywords-wrap2", f"{EVIDENCE}::test_cms_chips_in_every_form"),
    ("cms", "bylines of several, of columns, of guests", "parse/test_reporters.py::test_every_form_of_byline"),
    ("cms", "datelines with a place", "parse/test_reporters.py::test_every_form_of_dateline"),
    ("cms", "three times of release: plus, members, all", f"{HERE}::test_cms_the_way_from_plus_to_members_to_all"),
    ("guess", "plus-only: a body that stops and points at Plus", f"{EVIDENCE}::test_guess_a_body_that_stops_and_points_at_plus"),
    ("once", "both sub-headlines, the one in the head first", f"{PAGES}::test_a_sub_heading_of_the_text_is_no_sub_headline"),
    ("once", "a third part by another class", f"{PAGES}::test_a_part_of_the_text_may_lack_the_class_of_the_others"),
    ("once", ".rnmc-area is left out, unless it holds the text", f"{PAGES}::test_the_text_may_stand_in_an_area_of_its_main_block"),
    ("cms", "the placeholder is no caption either", f"{PAGES}::test_glyphs_and_placeholders_are_neither_text_nor_caption"),
    ("cms", "alt is a file's name without its ending", f"{PAGES}::test_an_alternative_text_that_is_a_files_name_says_nothing"),
    ("cms", "the cover beside a stock picture", f"{PAGES}::test_a_cover_stands_beside_a_stock_picture"),
    ("once", "회원용; [guess] 유료콘텐츠 with 로그인 후", f"{EVIDENCE}::test_once_the_words_of_locks"),
)  # fmt: skip


@cache
def functions(path: Path) -> dict[str, str]:
    """The tests of a file and what each says of itself: its name and docstring."""
    tree = ast.parse(path.read_text())
    return {
        one.name: f"[{one.name.split('_')[1]}] {ast.get_docstring(one) or ''}"
        for one in tree.body
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
    }


@pytest.mark.parametrize(("mark", "said", "shown"), FACTS)
def test_every_fact_that_is_not_certain_is_shown(mark: str, said: str, shown: str) -> None:
    """The test is there and bears the mark of the fact."""
    file, _, name = shown.partition("::")
    told = functions(TESTS / file)
    assert name in told, shown
    assert f"[{mark}]" in told[name], (said, shown)


def test_every_test_of_such_a_fact_is_in_the_list() -> None:
    listed = {shown for _, _, shown in FACTS}
    for path in TESTS.glob("*/test_*.py"):
        if re.search(r"\[(?:once|cms|guess)\]", path.read_text()):
            for name, told in functions(path).items():
                if re.search(r"\[(?:once|cms|guess)\]", told):
                    assert f"{path.relative_to(TESTS).as_posix()}::{name}" in listed


# -- what is shown nowhere else -------------------------------------------------------------------


def read(html: str) -> ParsedArticle:
    return parse.article(fetched(html), SITE, NOW, everywhere=True)


@pytest.mark.parametrize("address", ["", "/rss", "/articles/rss", "/rss/allArticle.xml"])
def test_once_an_advertised_feed_is_nothing_to_us(address: str) -> None:
    """[once] none is advertised, four are guessed at: were there one, nothing would change."""
    head = f'<link rel="alternate" type="application/rss+xml" href="{address}">' if address else ""
    assert read(page(head=head)) == read(page())


@pytest.mark.parametrize(
    ("head", "cover"),
    [
        ("", None),
        (f'<meta property="og:image" content="{PHOTO}">', PHOTO),
        (f'<meta name="twitter:image" content="{PHOTO}">', PHOTO),
        (f'<meta property="og:image" content=""><meta name="twitter:image" content="{PHOTO}">', PHOTO),
        ('<meta property="og:image" content="/upload/7/cover.png">', f"{AT}/upload/7/cover.png"),
    ],
)  # fmt: skip
def test_cms_a_cover_apart_from_the_body(head: str, cover: str | None) -> None:
    """[cms] it is the entry's image and never the body's; in the body too it comes once."""
    found = read(page(head=head))
    assert [one.url for one in found.images] == ([cover] if cover else [])
    assert found.body == read(page()).body
    if cover == PHOTO:
        shown = f'<figure><img src="{PHOTO.replace("thumb", "large")}"><figcaption>설명</figcaption></figure>'
        assert read(page(f"{shown}{TEXT}", head=head)).images == (
            Image(PHOTO.replace("thumb", "large"), "설명"),
        )


@pytest.mark.parametrize(
    "address",
    ["/images/og-image.png", "https://dtd31o1ybbmk8.cloudfront.net/common/logo.png", "/upload/8/cover.png", "#", ""],
)  # fmt: skip
def test_guess_a_stock_picture_is_no_cover(address: str) -> None:
    """[guess] an address without an article's own ``photos/{md5}`` or number."""
    head = f'<meta property="og:image" content="{address}">'
    assert read(page(head=head)).images == read(page()).images == ()


@pytest.mark.parametrize("summary", ['<p class="desc">요약이다</p>', ""])
def test_once_rows_of_long_ago_are_read_by_their_links(summary: str) -> None:
    """[once] ``/categories/35?page=``, rows ``h1 > a`` and ``.desc``: no such section can be
    configured (six digits); a page that lists so is named, and its links can be read."""
    row = '<div class="row"><h1><a href="/articles/{0}">제목 {0}</a></h1>{1}</div>'
    html = "".join(row.format(number, summary) for number in (5, 6)) + "<p>긴 목록이다.</p>" * 200
    listing = fetched(f"<html><body>{html}</body></html>", "/categories/35?page=2")
    with pytest.raises(LayoutUnknown, match="no list of articles"):
        parse.section(listing, SITE, NOW)
    rows = parse.linked(listing, SITE, NOW).rows
    assert [(one.id, one.title) for one in rows] == [(5, "제목 5"), (6, "제목 6")]


@pytest.mark.parametrize("base", [AT, "https://dealsiteplus.co.kr"])
def test_once_the_rows_of_the_plus_site(base: str) -> None:
    """[once] like today's: the same rows, of whichever site is polled; the other's are none."""
    site = replace(SITE) if base == AT else type(SITE).at(base)
    html = "".join(
        f'<div class="mnm-news"><span class="mnm-news-title-wrap"><a class="ss-news-top-title" href="{host}/articles/5/002062">'
        f'<span class="multi-line1">제목</span></a></span><a class="mnm-news-txt">요약</a>'
        f'<div class="mnm-news-info"><span>딜사이트 김가영 기자</span><span>2026.03.10 17:00:28</span></div></div>'
        for host in ("", "https://elsewhere.example")
    )
    listing = fetched(f'<div class="mnm-news-list">{html}</div>', f"{base}/categories/002062")
    (row,) = parse.section(listing, site, NOW).rows
    assert (row.id, row.url, row.title, row.summary, row.byline) == (5, f"{base}/articles/5", "제목", "요약", "김가영")  # fmt: skip


def test_once_the_head_inside_and_outside_of_the_block_that_is_cut_away() -> None:
    """[once] the byline and time block lies inside ``.news-info-and-share``."""
    html = page()
    assert '<div class="news-info-and-share"><div class="nis-r-info-wrap">' in html
    for one in (html, html.replace("news-info-and-share", "head")):
        found = read(one)
        assert found.reporters == ("김가영",)
        assert found.published_at.isoformat() == "2026-03-10T17:00:28+09:00"
        assert found.body == read(html).body


@pytest.mark.parametrize(
    "way", [("plus", "members", "open"), ("plus", "open"), ("members", "open"), ("open",)]
)
def test_cms_the_way_from_plus_to_members_to_all(way: tuple[str, ...]) -> None:
    """[cms] three times of release, each of which may be missing: released once, at the last,
    for good, and no step of it is an edit."""
    teaser = "<p>첫 문단이다.</p>"
    pages = {
        "plus": page(f"{teaser}<p>전문은 유료콘텐츠서비스 딜사이트 플러스에서 보실 수 있습니다.</p>"),
        "members": page(f'{teaser}<div class="prime-msg">딜사이트 회원전용</div>'),
        "open": page(f'<div class="prime-msg">{PLUS}</div>{TEXT}'),
    }  # fmt: skip
    expected = {"plus": Status.PLUS_ONLY, "members": Status.MEMBERS_ONLY, "open": Status.PLUS_FIRST}
    record, events = None, []
    for hours, step in enumerate(way):
        article = read(pages[step])
        change = compare(record, article, now=NOW + timedelta(hours=hours))
        record = change.record
        events.append(change.event)
        assert record.access.status is expected[step]
        assert all(one.changed == ("access",) for one in record.revisions)  # no text of it
    assert record is not None
    assert events.count(Event.RELEASED) == (len(way) > 1)
    assert events[-1] is (Event.RELEASED if len(way) > 1 else Event.ADDED)
    at = record.access.plus_first_at
    assert at is not None
    assert record.access.released_at is None or at <= record.access.released_at
