"""Layouts as data, and the operator's selectors among them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given as given_pieces
from hypothesis import settings
from hypothesis import strategies as st

from feedsvc import parse
from feedsvc.errors import FieldMissing, LayoutUnknown, NotAnArticle, ParseError
from feedsvc.model import FetchedPage, ParsedArticle, SectionPage, Status
from feedsvc.parse import BUILT_IN, FIELDS, Given, Layout
from feedsvc.site import KST
from tests.parse.pages import NOW, SITE, fetched, page
from tests.parse.test_section import OLD_ROW, before, row, today
from tests.renaming import names_in, renamed, selectors_for
from tests.standin import OLDER, StandIn

ALL = names_in()
KEYS = selectors_for(ALL)
API = "/api/articles/categoryNews?categoryCode=068000&page=0&size=20&pageBlockSize=10"
OLD = (
    "<aside><h3 class='title'>많이 본 기사</h3><div class='text'>옆 글이다.</div>"
    "<span class='when'>2026.03.09 10:00</span><span class='writer'>박준우 기자</span></aside>"
    "<div class='head'><h1>옛 제목</h1><span class='pubdate'>2021.03.10 17:00</span></div>"
    "<article class='article'><p>옛 본문이다.</p><p>둘째 문단이다.</p></article>"
)
LIST = fetched("", "/categories/068000").url


@pytest.fixture(scope="module")
def site() -> StandIn:
    demo = StandIn.demo(NOW)
    demo.house = "mixed"
    return demo


def html_of(site: StandIn, path: str) -> str:
    return site.respond("GET", path, (("X-Requested-With", "XMLHttpRequest"),)).body.decode()


def read(html: str, given: Given | None = None, path: str = "/articles/7") -> ParsedArticle:
    layouts = parse.layouts(given or {})
    return parse.article(fetched(html, path), SITE, NOW, layouts=layouts)


def rows_of(html: str, given: Given | None = None) -> SectionPage:
    layouts = parse.layouts(given or {})
    return parse.section(fetched(html, "/categories/068000"), SITE, NOW, layouts)


def plain(found: ParsedArticle) -> ParsedArticle:
    """What was read, without where."""
    markers = tuple(replace(one, selector="") for one in found.access.markers)
    return replace(found, sources=(), access=replace(found.access, markers=markers))


def source(found: ParsedArticle, field: str) -> str:
    return dict(found.sources)[field]


# -- a renaming of all that is known -----------------------------------------------------------


@pytest.mark.slow
def test_after_a_whole_renaming_all_keys_give_every_article_as_before(site: StandIn) -> None:
    for truth in site.articles:
        html, path = html_of(site, f"/articles/{truth.id}"), f"/articles/{truth.id}"
        if truth.id not in OLDER:
            changed = renamed(html, ALL)
            assert not any(f'"{name}"' in changed for name in ALL)
            assert plain(read(changed, KEYS, path)) == plain(read(html, path=path))
        # Today's and the older ones are read as before by the same configuration.
        assert read(html, KEYS, path) == read(html, path=path)


def test_after_a_whole_renaming_all_keys_give_every_row_as_before(site: StandIn) -> None:
    for path in ("/categories/068000", "/categories/068000?page=2", "/categories/083000?page=9"):
        html = html_of(site, path)
        known = rows_of(html)
        assert rows_of(renamed(html, ALL), KEYS) == known
        assert rows_of(html, KEYS) == known
        assert all(one.title and one.listed_at for one in known.rows)
    found = rows_of(renamed(html_of(site, "/categories/068000"), ALL), KEYS)
    assert len(found.rows) == 20
    assert all(one.summary for one in found.rows)
    assert found.has_next


def test_without_keys_a_renaming_is_loud(site: StandIn) -> None:
    number = next(one.id for one in site.articles if one.id not in OLDER)
    with pytest.raises(LayoutUnknown):
        read(renamed(html_of(site, f"/articles/{number}"), ALL), path=f"/articles/{number}")
    with pytest.raises(LayoutUnknown):
        rows_of(renamed(html_of(site, "/categories/068000"), ALL))


def test_the_rows_of_the_json_listing_are_found_by_the_same_keys(site: StandIn) -> None:
    known = parse.listing(fetched(html_of(site, API), API), SITE, NOW)
    # Class names stand in JSON between escaped quotation marks.
    changed = renamed(html_of(site, API).replace('\\"', "'"), ALL)
    layouts = parse.layouts(KEYS)
    assert parse.listing(fetched(changed, API), SITE, NOW, layouts) == known
    assert len(known.rows) == 20


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("part", FIELDS)
def test_one_part_is_called_something_else(site: StandIn, part: str) -> None:
    """With the one key for it; a class that several parts share has the key of each."""
    names = names_in([part])
    keys = selectors_for(names)
    assert part in keys
    articles = [one for one in site.articles if one.id not in OLDER][:9]
    for path in (f"/articles/{one.id}" for one in articles):
        html = html_of(site, path)
        assert plain(read(renamed(html, names), keys, path)) == plain(read(html, path=path))
    html = html_of(site, "/categories/068000")
    assert rows_of(renamed(html, names), keys) == rows_of(html)


# -- what a selector must not do ---------------------------------------------------------------


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("part", FIELDS)
def test_a_selector_that_finds_nothing_changes_nothing(site: StandIn, part: str) -> None:
    given = {part: ".no-such-thing"}
    for one in (*site.articles[:6], *(one for one in site.articles if one.id in OLDER)):
        path = f"/articles/{one.id}"
        html = html_of(site, path)
        assert read(html, given, path) == read(html, path=path)
    html = html_of(site, "/categories/068000")
    assert rows_of(html, given) == rows_of(html)
    assert rows_of(before(OLD_ROW), given) == rows_of(before(OLD_ROW))


WRONG = {
    "title": ".title",
    "body": ".text",
    "published_at": ".when",
    "reporters": ".writer",
    "rows": ".item",
}
"""Right on the new pages, and there on the old ones for something else."""

SIDE = (
    "<aside><h3 class='title'>많이 본 기사</h3><div class='text'>옆 글이다.</div>"
    "<span class='when'>2026.03.09 10:00</span><span class='writer'>박준우 기자</span></aside>"
)


@pytest.mark.parametrize("given", [WRONG, *({key: one} for key, one in WRONG.items())])
def test_what_stands_in_the_side_column_of_an_old_page_is_not_taken(
    given: dict[str, str],
) -> None:
    for html in (OLD, page(around=SIDE), page(around=SIDE).replace("<nav>", f"<nav>{SIDE}")):
        found, known = read(html, given), read(html)
        assert (found.layout, plain(found)) == (known.layout, plain(known))
    # And on the new pages they are right.
    new = (
        "<div class='head'><h2 class='title'>새 제목</h2><i class='writer'>이도윤 기자</i>"
        "<i class='when'>2026.03.10 11:00</i></div><div class='text'><p>새 본문이다.</p></div>"
    )
    found = read(new, WRONG)
    assert (found.title, found.body) == ("새 제목", ("<p>새 본문이다.</p>",))
    assert (found.reporters, found.published_at.hour) == (("이도윤",), 11)


def test_a_headline_in_a_box_of_the_article_is_no_headline() -> None:
    related = "<div class='rnmc-relative-news'><b class='title'>다른 기사</b></div>"
    html = page(inside=related)
    assert read(html, {"title": ".title"}).title == "제목이다"
    assert read(html, {"title": ".title"}).body == read(html).body


def test_a_part_of_the_text_is_not_taken_for_all_of_it() -> None:
    html = page("<p class='text'>첫 문단이다.</p><p>둘째 문단이다.</p>")
    assert read(html, {"body": ".text"}).body == read(html).body
    # Nor does what feedsvc knows shut out a part that it does not.
    html = page(inside="<div class='more'><p>첫머리다.</p></div>")
    assert read(html, {"body": ".more"}).body == ("<p>첫머리다.</p>", *read(page()).body)


def test_an_old_name_for_something_else_does_not_shut_out_the_operators() -> None:
    """``.content-area`` around the whole page, ``article`` of the same class name."""
    new = (
        "<div class='content-area'><article class='article'><h1 class='head2'>새 제목</h1>"
        "<i class='when'>2026.03.10 11:00</i><div class='text'><p>새 본문이다.</p></div>"
        "<div class='vote'>투표하세요</div></article></div>"
    )
    found = read(new, {"title": ".head2", "body": ".text", "published_at": ".when"})
    assert (found.title, found.body) == ("새 제목", ("<p>새 본문이다.</p>",))
    found = read(new, {"title": ".head2", "excluded": ".vote", "published_at": ".when"})
    assert found.body == ("<p>새 본문이다.</p>",)


def test_rows_elsewhere_on_a_page_cost_none_of_the_list() -> None:
    side = "<ul><li class='item'><a href='/articles/77'>많이 본 기사</a></li></ul>"
    for html, ids in ((f"{side}{before(OLD_ROW)}", [77, 9]), (f"{side}{today(row())}", [77, 1])):
        found = rows_of(html, {"rows": ".item"})
        assert found.layout == rows_of(html).layout
        assert [one.id for one in found.rows] == ids
        assert found.rows[1] == rows_of(html).rows[0]


def test_a_page_that_is_none_does_not_become_an_article_by_a_selector() -> None:
    html = "<h1>페이지를 찾을 수 없습니다.</h1>"
    with pytest.raises(NotAnArticle, match="error page"):
        read(html, {"title": "h1"})
    html = "<h1>잠긴 제목</h1><i class='when'>2026.03.10 11:00</i><div class='lock'>회원전용</div>"
    found = read(html, {"title": "h1", "published_at": ".when", "markers": ".lock"})
    assert (found.title, found.access.status) == ("잠긴 제목", Status.MEMBERS_ONLY)
    with pytest.raises(FieldMissing, match="no text"):
        read("<h1>제목</h1><div class='text'></div>", {"title": "h1", "body": ".text"})


PIECES = (
    "<div class='read-news-title'>제목</div>", "<div class='read-news-main-contents'>", "</div>",
    "<div class='content-area'>", "<p class='text'>글이다.</p>", "<h3 class='title'>표제</h3>",
    "<div class='rnmc-left'>", "<aside>", "</aside>", "<article class='article'>", "</article>",
    "<span class='when'>2026.03.09 10:00</span>", "<b class='writer'>박준우 기자</b>",
    "<h1>옛</h1>", "<div class='nis-r-info-wrap'>2026.03.10 11:00</div>", "<div class='prime-msg'>",
    "<li class='item'><a href='/articles/5'>다른 글</a></li>", "<div hidden>", "<p>더 있다.</p>",
    "<div class='mnm-news'><a href='/articles/6'>또 하나</a></div>", "<div class='list'>",
)  # fmt: skip
RUNNING = ("글이다.", "더 있다.")


@pytest.mark.parametrize("examples", [30, pytest.param(200, marks=pytest.mark.slow)])
def test_whatever_stands_where_a_page_is_read_or_named(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given_pieces(
        st.lists(st.sampled_from(PIECES), max_size=12), st.sets(st.sampled_from([*WRONG]))
    )
    def is_read(pieces: list[str], keys: set[str]) -> None:
        html = "<body>" + "".join(pieces)
        given = {key: WRONG[key] for key in keys}
        for look in (read, rows_of):
            try:
                known = look(html)
            except ParseError:
                known = None
            try:
                found = look(html, given)
            except ParseError:
                # No selector makes a page unreadable that was read without it, where there is
                # more text than what a selector may name as something else.
                assert not isinstance(known, SectionPage)
                assert known is None or not any(one in "".join(known.body) for one in RUNNING)
                continue
            if isinstance(known, SectionPage):
                assert {one.id for one in known.rows} <= {one.id for one in found.rows}  # type: ignore[union-attr]

    is_read()


# -- for one layout ----------------------------------------------------------------------------


def test_what_is_given_for_one_layout_is_not_tried_in_the_other() -> None:
    mark = "<b class='mark'>새로 온 이름</b>"
    old = OLD.replace("<h1>", f"{mark}<h1>")
    new = page(before=mark)
    assert read(old, {"title": ".mark"}).title == "새로 온 이름"
    assert read(new, {"title": ".mark"}).title == "새로 온 이름"
    assert read(old, {"today": {"title": ".mark"}}).title == "옛 제목"
    assert read(new, {"today": {"title": ".mark"}}).title == "새로 온 이름"
    assert read(old, {"before": {"title": ".mark"}}).title == "새로 온 이름"
    assert read(new, {"before": {"title": ".mark"}}).title == "제목이다"


def test_both_forms_may_be_mixed_and_the_one_for_a_layout_comes_first() -> None:
    html = page(before="<b class='one'>하나</b><b class='two'>둘</b><b class='sub'>부제</b>")
    found = read(html, {"title": ".one", "subtitle": ".sub", "today": {"title": ".two"}})
    assert (found.title, found.subtitle) == ("둘", "부제")
    found = read(html, {"title": ".one", "today": {"title": ".none"}})
    assert (found.title, source(found, "title")) == ("하나", ".one")
    given = {"today": {"rows": ".item"}}
    list_of_todays = "<div class='list'><p class='item'><a href='/articles/5'>글</a></p></div>"
    assert [one.id for one in rows_of(list_of_todays, given).rows] == [5]


# -- where something stands --------------------------------------------------------------------


def test_the_last_page_of_renamed_rows_is_told_by_its_links() -> None:
    list_of = "<p class='item'><a href='/articles/5'>글</a></p>{}"
    more = '<a href="/categories/068000?page=2">2</a>'
    assert rows_of(list_of.format(more), {"rows": ".item"}).has_next
    assert not rows_of(list_of.format(""), {"rows": ".item"}).has_next
    button = "<button class='on'>더보기</button>"
    keys = {"rows": ".item", "next_page": "button.on"}
    assert rows_of(list_of.format(button), keys).has_next
    assert rows_of("<div class='all'></div>", {"listing": ".all"}).rows == ()


def test_the_main_block_alone_is_enough_for_the_text() -> None:
    html = (
        "<h2 class='t'>제목</h2><i class='d'>2026.03.10 11:00</i><div class='m'><p>글이다.</p>"
        "<div class='vote'>투표하세요</div><div><p>더 있다.</p></div></div>"
    )
    keys = {"title": ".t", "published_at": ".d", "main": ".m", "excluded": ".vote"}
    found = read(html, keys)
    assert (found.body, source(found, "body")) == (("<p>글이다.</p>", "<p>더 있다.</p>"), ".m")
    assert read(html, {**keys, "body": ".none"}).body == found.body
    locked = html.replace("<p>글이다.</p>", "<div class='b'></div><div class='l'>회원전용</div>")
    found = read(locked, {**keys, "body": ".b", "markers": ".l"})
    assert (found.body, found.access.status) == ((), Status.MEMBERS_ONLY)


def test_a_byline_after_the_text_is_found_where_the_operator_says() -> None:
    html = (
        "<main><div><h2 class='t'>제목</h2><div class='b'><p>글이다.</p></div></div>"
        "<p class='by'>김가영 기자</p><p class='d'>2026.03.10 11:00</p>"
        "<a class='see' href='/articles/5'>다른 글</a></main>"
    )
    keys = {"title": ".t", "main": ".b", "body": ".b", "published_at": ".d"}
    assert read(html, keys).reporters == ()
    found = read(html, {**keys, "reporters": ".by", "related": ".see"})
    assert (found.reporters, [one.title for one in found.related]) == (("김가영",), ["다른 글"])
    assert found.published_at == datetime(2026, 3, 10, 11, tzinfo=KST)


# -- as data -----------------------------------------------------------------------------------


def test_a_layout_is_made_of_plain_values_and_read_beside_the_built_in_ones() -> None:
    """As one that was learned will be: appended, and never in the place of the others."""
    learned = Layout.of(
        "0003",
        {"title": [".h-1", ".h-2"], "body": ".t-9", "published_at": ".d-4", "signs": [".t-9"]},
    )
    assert (learned.title, learned.body, learned.subtitle) == ((".h-1", ".h-2"), (".t-9",), ())
    layouts = parse.layouts({"title": ".none"}, (*BUILT_IN, learned))
    html = (
        "<h2 class='h-2'>제목</h2><i class='d-4'>2026.03.10 11:00</i>"
        "<div class='t-9'><p>글이다.</p></div>"
    )
    found = parse.article(fetched(html), SITE, NOW, layouts=layouts)
    assert (found.layout, found.title, source(found, "title")) == ("0003", "제목", ".h-2")
    assert parse.article(fetched(page()), SITE, NOW, layouts=layouts) == read(page())
    assert parse.article(fetched(OLD), SITE, NOW, layouts=layouts) == read(OLD)
    assert parse.section(fetched(today(row())), SITE, NOW, layouts) == rows_of(today(row()))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"headline": ".x"}, "headline: no such part"),
        ({"name": ".x"}, "name: no such part"),
        ({"title": 3}, "title: wanted a CSS selector"),
        ({"title": [".x", None]}, "title: wanted a CSS selector"),
        ({"body": [".x", "h1["]}, "body: 'h1\\[' is not"),
        ({"body": ""}, "body: '' is not"),
        ({"body": "a:has(b"}, "body: .* is not"),
        ({"body": "a /*"}, "body: .* is not"),
    ],
)
def test_plain_values_that_are_no_layout_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Layout.of("x", values)


def test_every_built_in_selector_is_one_and_no_operators_can_spoil_another() -> None:
    for layout in BUILT_IN:
        assert Layout.of(layout.name, {part: getattr(layout, part) for part in FIELDS})
    given: Given = {
        "title": "h1.x > b, [data-a='b']",
        "before": {"body": "p:nth-child(2)", "main": "a["},
    }
    assert list(parse.refused_selectors(given)) == [
        (("before", "main"), "'a[' is not a CSS selector")
    ]


def test_what_was_looked_for_is_counted() -> None:
    shown: FetchedPage = fetched(page(before="<b class='x'>1</b><b class='x'>2</b>"))
    looked = parse.tried(shown, parse.layouts({"title": ".x", "before": {"body": ".y"}}))
    told = {(one.layout, one.part, one.selector): (one.found, one.given) for one in looked}
    assert told["today", "title", ".x"] == (2, True)
    assert told["today", "title", ".read-news-title"] == (1, False)
    assert told["before", "body", ".y"] == (0, True)
    assert ("today", "body", ".y") not in told
    assert [one.selector for one in looked if (one.layout, one.part) == ("today", "title")] == [
        ".x",
        ".read-news-title",
    ]
    assert {one.part for one in parse.tried(shown, BUILT_IN, listing=True)} == set(FIELDS[10:])


# -- keywords ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "list_of",
    [
        "<ul class='rec-keywords'><li>SK하이닉스</li><li>HBM 수요</li></ul>",
        "<div class='rec-keywords'><ul><li>SK하이닉스</li>\n<li>HBM 수요</li></ul></div>",
        "<ul class='rec-keywords'><li><a>#SK하이닉스</a></li><li><a>#HBM 수요</a></li></ul>",
        "<ul class='rec-keywords'><li>#<b>SK</b>하이닉스</li><li><p>HBM 수요</p></li></ul>",
        "<div class='rec-keywords'>키워드: <span>SK하이닉스</span><span>HBM 수요</span></div>",
        "<div class='rec-keywords'><div>SK하이닉스</div><div>HBM 수요</div></div>",
        "<p class='rec-keywords'>SK하이닉스, HBM 수요</p>",
        "<p class='rec-keywords'>#SK하이닉스 #HBM 수요</p>",
        "<p class='rec-keywords'>SK하이닉스<br>HBM 수요</p>",
        "<dl class='rec-keywords'><dt>관련 키워드</dt><dd>SK하이닉스</dd><dd>HBM 수요</dd></dl>",
        "<span class='rec-keywords'><span><i>#</i>SK하이닉스</span><span>HBM 수요</span></span>",
        "<p><a class='rec-keywords'>SK<b>하이닉스</b></a> <a class='rec-keywords'>HBM 수요</a></p>",
        "<li class='rec-keywords'>SK<b>하이닉스</b></li><li class='rec-keywords'>HBM 수요</li>",
        "<div class='rec-keywords'><button>SK하이닉스</button><button>HBM 수요</button>"
        "<a href='/s'>more</a></div>",
    ],
)
def test_keywords_stay_apart_however_they_are_listed(list_of: str) -> None:
    assert read(page(after=list_of)).keywords == ("SK하이닉스", "HBM 수요")
    given = {"keywords": ".rec-keywords"}
    assert read(page(after=list_of), given).keywords == ("SK하이닉스", "HBM 수요")
