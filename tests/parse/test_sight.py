"""What a visitor does not see is neither text nor marker, nor anything else."""

from __future__ import annotations

import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from feedsvc import parse
from feedsvc.errors import FieldMissing
from feedsvc.model import ParsedArticle, Status
from feedsvc.parse.sight import declared, remove_unseen, seen, words
from tests.parse.hard_pages import NOTICE
from tests.parse.pages import NOW, SITE, boxes, fetched, page

HIDINGS = [
    '<{0} hidden>{1}</{0}>',
    '<{0} hidden="hidden">{1}</{0}>',
    '<{0} style="display:none">{1}</{0}>',
    '<{0} style="DISPLAY : NONE ! important ;color:red">{1}</{0}>',
    '<{0} style="color:red;display:/* x */none">{1}</{0}>',
    '<{0} style="d\\69splay:n\\6f ne">{1}</{0}>',
    '<{0} style="display:block;display:none">{1}</{0}>',
    '<{0} style="display:none!important;display:block">{1}</{0}>',
    '<{0} style="display:none;display:nonsense">{1}</{0}>',
    '<{0} style="background:url(data:x;y);display:none">{1}</{0}>',
    '<{0} style="content:\';\';display:none">{1}</{0}>',
    '<{0} style="visibility:hidden">{1}</{0}>',
    '<{0} style="visibility:\tCollapse">{1}</{0}>',
    '<{0} style="all:initial;display:none">{1}</{0}>',
    '<{0} style="display:none!important;all:initial">{1}</{0}>',
    '<{0} style="display:none ! IMPORTANT;display:block">{1}</{0}>',
    '<{0} style="display:none ! /**/ im\\70ortant;display:block">{1}</{0}>',
    '<{0} style="all:initial;visibility:hidden">{1}</{0}>',
    '<{0} style="display:none;display:none none">{1}</{0}>',
    '<{0} style="display:none;display:-ms-flexbox">{1}</{0}>',
    '<{0} style="display:none;display:block none">{1}</{0}>',
    '<{0} style="--d:none;display:var(--d)">{1}</{0}>',
    '<{0} style="display:block;display:var( --d , none )">{1}</{0}>',
    '<{0} style="display:none/**/;/* display:block">{1}</{0}>',
    '<{0} style="background:url(it\'s.jpg);display:none">{1}</{0}>',
    '<{0} style="background:url(//a.kr/*.jpg);display:none">{1}</{0}>',
    '<{0} style="content:\'x\n;display:none">{1}</{0}>',
    '<{0} hidden style="display:revert">{1}</{0}>',
    '<{0} hidden style="all:revert">{1}</{0}>',
    '<datalist><{0}>{1}</{0}></datalist>',
    '<div style="display:none"><{0} style="display:block;visibility:visible">{1}</{0}></div>',
    '<div style="visibility:hidden"><section><{0}>{1}</{0}></section></div>',
    '<div style="visibility:visible"><{0} style="visibility:hidden">{1}</{0}></div>',
    '<noscript><{0}>{1}</{0}></noscript>',
    '<template><{0}>{1}</{0}></template>',
    '<dialog><{0}>{1}</{0}></dialog>',
    '<{0} popover>{1}</{0}>',
]  # fmt: skip
SHOWN = [
    '<{0} style="display:block">{1}</{0}>',
    '<{0} style="display:none;display:block">{1}</{0}>',
    '<{0} style="display:inline flex">{1}</{0}>',
    '<{0} style="/*display:none*/">{1}</{0}>',
    '<{0} style="dis/**/play:none">{1}</{0}>',
    '<{0} style="content:\';display:none;\'">{1}</{0}>',
    '<{0} style="background:url(x;display:none)">{1}</{0}>',
    '<{0} style="x-display:none;overflow:hidden;backface-visibility:hidden">{1}</{0}>',
    '<{0} hidden style="display:block">{1}</{0}>',
    '<{0} hidden style="all:unset">{1}</{0}>',
    '<{0} style="display:none;all:initial">{1}</{0}>',
    '<{0} style="display:none;ALL:Inherit">{1}</{0}>',
    '<{0} style="visibility:hidden;all:initial">{1}</{0}>',
    '<{0} style="display:\u00a0none">{1}</{0}>',
    '<{0} style="display:none\u3000">{1}</{0}>',
    '<{0} style="\u00a0display:none">{1}</{0}>',
    '<{0} style="display:none\\20 ">{1}</{0}>',
    '<{0} style="display:no/**/ne">{1}</{0}>',
    '<{0} style="display:none\\">{1}</{0}>',
    '<{0} style="display:none;display:block!important;display:none">{1}</{0}>',
    '<{0} style="display:none;DISPLAY:-webkit-box;display:-ms-flexbox;display:FLEX">{1}</{0}>',
    '<{0} style="display:none!ie">{1}</{0}>',
    '<{0} style="*display:none;_display:none;display\\:none">{1}</{0}>',
    '<{0} style="--display:none;--all:none">{1}</{0}>',
    '<{0} style="--d:none;--D:block;display:var(--D)">{1}</{0}>',
    '<{0} style="display:none;display:var(--theirs)">{1}</{0}>',
    '<{0} style="display:\'none\'">{1}</{0}>',
    '<{0} style="color:(];display:none">{1}</{0}>',
    '<{0} display="none" visibility="hidden">{1}</{0}>',
    '<{0} hidden="until-found">{1}</{0}>',
    '<{0} class="hidden sr-only" aria-hidden="true" data-hidden>{1}</{0}>',
    '<{0} style="visibility:visible">{1}</{0}>',
    '<div style="visibility:hidden"><{0} style="visibility:visible">{1}</{0}></div>',
    '<details><summary></summary><{0}>{1}</{0}></details>',
    '<dialog open><{0}>{1}</{0}></dialog>',
]  # fmt: skip


def read(body: str, **parts: str) -> ParsedArticle:
    return parse.article(fetched(page(body, **parts)), SITE, NOW, everywhere=True)


@pytest.mark.parametrize("hiding", HIDINGS)
def test_hidden_text_is_no_text(hiding: str) -> None:
    for tag in ("p", "div", "h3", "blockquote"):
        assert read(f"<p>앞이다.</p>{hiding.format(tag, '숨긴 글')}<p>뒤다.</p>").body == (
            "<p>앞이다.</p>",
            "<p>뒤다.</p>",
        )
    within = hiding.format("span", "복사방지").replace("<div", "<b").replace("</div>", "</b>")
    within = within.replace("section>", "i>").replace("dialog>", "i hidden>")
    assert read(f"<p>보이는 글 {within}끝.</p>").body == ("<p>보이는 글 끝.</p>",)


@pytest.mark.parametrize("showing", SHOWN)
def test_shown_text_is_text(showing: str) -> None:
    found = read(f"<p>앞이다.</p>{showing.format('p', '보이는 글이다.')}<p>뒤다.</p>")
    assert found.body == ("<p>앞이다.</p>", "<p>보이는 글이다.</p>", "<p>뒤다.</p>")


@pytest.mark.parametrize("hiding", HIDINGS)
def test_hidden_parts_say_nothing(hiding: str) -> None:
    """Notices, keywords, related articles, boxes, byline, time, sub-headline, headline."""
    notice = hiding.format("div", f'<div class="prime-msg">{NOTICE}</div>')
    chips = hiding.format("div", '<div class="rec-keywords"><a>#숨김</a></div>')
    related = hiding.format("div", '<a class="relative-news-one" href="/articles/5">숨김</a>')
    box = hiding.format("div", '<h3>딜사이트 회원전용</h3><a href="/articles/6">숨김</a>')
    info = (
        '<div class="nis-r-info-wrap"><span class="nis-reporter-name">김가영 기자</span>'
        + hiding.format("span", "2020.01.01 00:00:00")
        + hiding.format("span", '<span class="nis-reporter-name">숨김 기자</span>')
        + "<span>2026.03.10 17:00:28</span></div>"
    )
    title = hiding.format("div", '<div class="read-news-title">숨긴 제목</div>')
    title += f'<div class="read-news-title">제목이다{hiding.format("span", "숨김")}</div>'
    html = page(
        f"<p>끝까지 있는 글이다.</p>{notice}<figure><img src=/a.jpg><figcaption>설명"
        f"{hiding.format('span', '숨김')}</figcaption></figure>{hiding.format('p', NOTICE)}",
        title=title, info=info, inside=chips + related, around=box,
        before=hiding.format("div", '<div class="sub-title">숨김</div>') + notice,
    )  # fmt: skip
    found = parse.article(fetched(html), SITE, NOW, everywhere=True)
    assert found.access.status is Status.OPEN
    assert not any(marker.counted for marker in found.access.markers)
    assert found.title == "제목이다"
    assert found.reporters == ("김가영",)
    assert found.published_at.isoformat() == "2026-03-10T17:00:28+09:00"
    assert (found.subtitle, found.keywords, found.related, boxes(fetched(html))) == ("", (), (), ())
    assert "숨김" not in repr(found)
    assert found.images[0].caption == "설명"


@pytest.mark.parametrize("showing", SHOWN)
def test_shown_parts_speak(showing: str) -> None:
    notice = showing.format("div", f'<div class="prime-msg">{NOTICE}</div>')
    chips = showing.format("div", '<div class="rec-keywords"><a>#말</a></div>')
    found = read(f"<p>글이다.</p>{notice}", inside=chips)
    assert (found.access.status, found.keywords) == (Status.MEMBERS_ONLY, ("말",))


@pytest.mark.parametrize("hiding", HIDINGS)
def test_hidden_rows_and_what_is_hidden_in_a_row(hiding: str) -> None:
    def row(number: int, inner: str = "") -> str:
        return (
            f'<div class="mnm-news"><a class="ss-news-top-title" href="/articles/{number}">'
            f'<span class="multi-line1">제목{inner}</span></a><div class="mnm-news-info">'
            f"<span>딜사이트 김가영 기자</span>{inner}<span>2026.03.10 17:00</span></div></div>"
        )

    inner = hiding.format("span", "2020.01.01 00:00 딜사이트 숨김 기자")
    html = f'<div class="mnm-news-list">{row(5, inner)}{hiding.format("div", row(6))}</div>'
    read = parse.section(fetched(f"<html><body>{html}</body></html>", "/categories"), SITE, NOW)
    assert [(one.id, one.title, one.byline) for one in read.rows] == [(5, "제목", "김가영")]
    assert str(read.rows[0].listed_at) == "2026-03-10 17:00:00+09:00"


def test_a_page_that_a_script_reveals_is_read() -> None:
    for style in ("display:none", "visibility:hidden"):
        for place in ('<div id="wrap"', "<body", '<div class="news"'):
            html = page().replace(place, f'{place} style="{style}"')
            assert read_html(html).body == ("<p>첫 문단이다.</p>", "<p>둘째 문단이다.</p>")


def test_a_hidden_text_under_a_notice_stays_hidden() -> None:
    """What the site withholds is not published; without a notice there is no article."""
    html = page().replace('content-area"', 'content-area" style="display:none"')
    with pytest.raises(FieldMissing, match="the article's block is hidden"):
        read_html(html)
    for style in ("display:none", "visibility:hidden"):
        main = page().replace('main-contents"', f'main-contents" style="{style}"')
        with pytest.raises(FieldMissing, match="the article's block is hidden"):
            read_html(main)
    with pytest.raises(FieldMissing, match="a headline and no text"):
        read_html(page(""))
    found = read_html(
        html.replace('<div class="rnmc', f'<div class="prime-msg">{NOTICE}</div><div class="rnmc')
    )
    assert (found.access.status, found.body) == (Status.MEMBERS_ONLY, ())


def read_html(html: str) -> ParsedArticle:
    return parse.article(fetched(html), SITE, NOW, everywhere=True)


@pytest.mark.slow
def test_declarations() -> None:
    style = 'A : b ; c:d!important;C:e; x; :y; z:; f:url(a;b:c) /**/;g:"h;i" \\;j'
    held = {name: declared(style, name) for name in "acfgxz"}
    assert held == {
        "a": ("b",),
        "c": ("d", "e"),
        "f": ("url(a;b:c)",),
        "g": ('"h;i" \\;j',),
        "x": (),
        "z": (),
    }
    assert declared("--A:1;--a:2;all:unset;b:3", "--a") == ("2",)
    assert declared("b:1;all:unset;b:2!important", "b") == ("2", "unset", "1")
    assert words("n\\6f ne!im\\/articles/504") == ("none!im/articles/504",)
    assert words("none\\") == ("none\ufffd",)
    assert words("NO\\6e E x\\20 y") == ("none", "x y")
    for piece in (
        "!a",
        "!\\!",
        "!important",
        "url(a",
        "\\20",
        "(]",
        "/*",
        "'",
        '"',
        "(",
        "\\",
        "url(",
        "display:none;",
        ";",
        ":",
    ):
        started = time.process_time()
        declared(f"display:{piece * (200_000 // len(piece))}", "display")
        assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "unit",
    [
        "<div style='visibility:hidden'>",
        "<div style='visibility:hidden'><b style='visibility:visible'>",
        "<div hidden>",
        "<noscript><p>",
        "<noscript><p><img>",
        "<p style='visibility:hidden'>x</p>",
    ],
)
def test_hiding_in_hiding_is_soon_undone(unit: str) -> None:
    tree = LexborHTMLParser(unit * 2000)
    started = time.process_time()
    remove_unseen(tree.root)
    assert time.process_time() - started < 5
    assert "x" not in (tree.body.text() if tree.body else "")


def test_seen() -> None:
    tree = LexborHTMLParser("<div hidden><p>가</p></div><p id=b>나</p>")
    one, other = tree.css("p")
    assert not seen(one)
    assert seen(one, keeper="p")
    assert seen(other)
