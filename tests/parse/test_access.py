"""Every rule of the access status, and the scope of markers."""

from datetime import datetime

import pytest

from feedsvc import parse
from feedsvc.model import Access, Row, Scope, Status
from feedsvc.site import KST
from tests.parse.pages import HELP, NOW, PLUS, SITE, fetched, page

SOON = "곧 무료로 풀릴 기사"
MEMBERS = f"<strong>딜사이트 회원전용</strong><br>{HELP} <a href='/join'>회원가입</a>"
READ_ON = "이 기사의 전문은 유료콘텐츠서비스 딜사이트 플러스에서 보실 수 있습니다."


def access(html: str, row: Row | None = None) -> Access:
    return parse.article(fetched(html), SITE, NOW, row=row, everywhere=True).access


def test_the_boxes_of_every_page_say_nothing_of_the_article() -> None:
    found = access(page())
    assert found.status is Status.OPEN
    assert {marker.kind for marker in found.markers} == {Status.SOON_FREE, Status.MEMBERS_ONLY}
    assert all(m.scope is Scope.PAGE and not m.counted and m.selector for m in found.markers)


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize(
    ("notice", "status"),
    [
        (PLUS, Status.PLUS_FIRST),
        (f"<i>lock_clock</i> {SOON}", Status.SOON_FREE),
        (f"{SOON} <i>help</i> {HELP}", Status.SOON_FREE),
        (MEMBERS, Status.MEMBERS_ONLY),
        ("딜사이트&nbsp;회원전용", Status.MEMBERS_ONLY),
        (HELP, Status.MEMBERS_ONLY),
        (READ_ON, Status.PLUS_ONLY),
        (f"{PLUS} {SOON}", Status.SOON_FREE),
        (f"{PLUS}<br>딜사이트 회원전용", Status.MEMBERS_ONLY),
        (f"{PLUS}<br>{READ_ON}", Status.PLUS_ONLY),
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        "prime-first",
        "prime-last",
        "prime-wrapped",
        "prime-inside",
        "prime-before",
        "prime-after",
        "prime-in-byline",
        "paragraph-first",
        "paragraph-last",
        "div-inside",
        "span-inside",
    ],
)
def test_a_notice_in_the_article_block_counts(place: str, notice: str, status: Status) -> None:
    text = "<p>첫 문단이다.</p><p>둘째 문단이다.</p>"
    prime = f'<div class="x prime-msg">{notice}</div>'
    html = {
        "prime-first": lambda: page(prime + text),
        "prime-last": lambda: page(text + prime),
        "prime-wrapped": lambda: page(f"<div><div>{prime}</div></div>{text}"),
        "prime-inside": lambda: page(text, inside=prime),
        "prime-before": lambda: page(text, before=prime),
        "prime-after": lambda: page(text, after=prime),
        "prime-in-byline": lambda: page(text).replace("</div></div>", f"</div>{prime}</div>", 1),
        "paragraph-first": lambda: page(f"<p>{notice}</p>{text}"),
        "paragraph-last": lambda: page(f"{text}<p>{notice}</p>"),
        "div-inside": lambda: page(text, inside=f"<div>{notice}</div>"),
        "span-inside": lambda: page(text, inside=f"<section><span>{notice}</span></section>"),
    }[place]()  # fmt: skip
    article = parse.article(fetched(html), SITE, NOW)
    assert article.access.status is status
    assert article.body == ("<p>첫 문단이다.</p>", "<p>둘째 문단이다.</p>")
    counted = [marker for marker in article.access.markers if marker.counted]
    assert {m.scope for m in counted} == {Scope.ARTICLE}
    if PLUS in notice:
        assert article.access.plus_first_at == datetime(2026, 3, 9, 8, 5, tzinfo=KST)


def test_a_standalone_notice_between_headline_and_text_counts() -> None:
    assert access(page(before=f"<div><b>{SOON}</b></div>")).status is Status.SOON_FREE


@pytest.mark.parametrize(
    "sentence",
    [
        f'회사는 "{SOON}"라는 문구를 썼다.',
        f"사이트에는 '{PLUS}'라는 안내가 붙었다.",
        "딜사이트 회원전용 서비스를 다룬 이 글은 누구나 읽을 수 있다고 회사는 설명했다.",
        f"{HELP} 이런 문구를 본 독자가 많다.",
        "이 회사는 전체 매출의 절반을 딜사이트 플러스에서 거뒀다고 밝혔다. 나머지는 광고다.",
    ],
)
def test_a_phrase_quoted_in_a_sentence_does_not_count(sentence: str) -> None:
    article = parse.article(fetched(page(f"<p>{sentence}</p><p>끝이다.</p>")), SITE, NOW)
    assert article.access.status is Status.OPEN
    assert article.body[0].startswith("<p>")
    assert len(article.body) == 2
    own = [m for m in article.access.markers if m.scope is Scope.ARTICLE]
    assert not any(marker.counted for marker in own)


BOX = (
    f'<div class="b"><div>{SOON}</div><p>{HELP}</p><ul><li><a href="/articles/900">'
    "다른 글</a></li></ul></div>"
)


@pytest.mark.parametrize(
    "html",
    [
        page(inside=BOX),
        page(before=BOX),
        page(after=BOX),
        page(f"<p>첫 문단이다.</p>{BOX}<p>둘째 문단이다.</p>"),
        page(inside=f'<div class="rnmc-left"><p>{SOON}</p></div>'),
        page(before=f"<div><h4>안내</h4><p>{SOON}</p></div>"),
        page(before="<div><p>딜사이트 회원전용</p><a href='/join'>회원가입</a></div>"),
        page(after=f"<div><p>{SOON}</p><a>more</a></div>"),
        page(after=f"<div>{SOON}</div>"),
        page(inside=f"<div><h4>{SOON}</h4></div>"),
        page(around=f"<footer><p>딜사이트 회원전용</p></footer><div>{SOON}</div>"),
        page(around=f'<div class="prime-msg">{SOON}</div>'),
        page(before=f'<div class="prime-msg">{SOON}<a href="/articles/900">다른 글</a></div>'),
        page(before=f'<nav><div class="prime-msg">{SOON}</div></nav>'),
        page(inside=f"<script>var a='{SOON}'</script><style>/*{SOON}*/</style>"),
    ],
)
def test_boxes_and_furniture_never_count(html: str) -> None:
    article = parse.article(fetched(html), SITE, NOW)
    assert article.access.status is Status.OPEN
    assert article.body == ("<p>첫 문단이다.</p>", "<p>둘째 문단이다.</p>")


def test_a_notice_in_words_never_seen_is_unknown() -> None:
    assert access(page(inside='<p class="prime-msg">특별한 글입니다</p>')).status is Status.UNKNOWN
    assert access(page(inside='<p class="prime-msg"> </p>')).status is Status.OPEN


@pytest.mark.parametrize(
    ("notice", "status"),
    [
        ("딜사이트 플러스에 먼저 실린 뒤 공개된 기사입니다", Status.PLUS_FIRST),
        ("이 기사는 잠시 후 무료로 공개됩니다", Status.SOON_FREE),
        ("로그인 후 이용해 주세요", Status.MEMBERS_ONLY),
        ("유료 구독자를 위한 글입니다", Status.PLUS_ONLY),
    ],
)
def test_the_notice_element_is_believed_in_other_words(notice: str, status: Status) -> None:
    assert access(page(inside=f'<div class="prime-msg">{notice}</div>')).status is status


@pytest.mark.parametrize(
    "body",
    [
        "<p>첫 문단은 여기서 끝나지 않고…</p>",
        "<p>첫 문단은 여기서 끝나지 않고...</p><p><br></p>",
        "<p>첫 문단이다.</p><p><a href='/x'>기사 더보기</a></p>",
        "<p>첫 문단이다.</p><button>더보기</button>",
        "<p>첫 문단이다. (이하 생략)</p>",
    ],
)
def test_a_body_that_breaks_off_is_unknown(body: str) -> None:
    found = parse.article(fetched(page(body)), SITE, NOW)
    assert found.access.status is Status.UNKNOWN
    assert "더보기" not in "".join(found.body)


def row(summary: str) -> Row:
    return Row(7, SITE.article_url(7), "제목이다", summary=summary)


def test_a_summary_that_goes_on_after_the_body_tells_a_cut() -> None:
    text = "회사는 새 공장을 짓기로 했다고 밝혔다."
    more = f"{text} 투자액은 삼천억원이며 완공은 내년 말이다…"
    assert access(page(f"<p>{text}</p>"), row(more)).status is Status.UNKNOWN
    assert access(page(f"<p>{text}</p>"), row(text)).status is Status.OPEN
    other = "편집자가 따로 쓴 요약이라 본문에는 없는 말이다 " * 2
    assert access(page(f"<p>{text}</p>"), row(other)).status is Status.OPEN
    assert access(page(f"<p>{text}</p><p>{more[:-1]}.</p>"), row(more)).status is Status.OPEN


def test_an_ellipsis_within_the_last_quotation_is_no_cut() -> None:
    assert access(page('<p>그는 "글쎄…"라고 말했다.</p>')).status is Status.OPEN


def test_the_notice_may_be_the_first_line_of_the_first_paragraph() -> None:
    found = parse.article(
        fetched(page(f"<p><b>{PLUS}</b><br>[딜사이트 이도윤 기자] 첫 문단이다.</p>")), SITE, NOW
    )
    assert found.access.status is Status.PLUS_FIRST
    assert found.body == ("<p>첫 문단이다.</p>",)
    assert found.reporters == ("김가영", "이도윤")


def test_the_evidence_reads_as_the_notice_does() -> None:
    marked = PLUS.replace("딜사이트 플러스", "<b>딜사이트 플러스</b>")
    found = parse.article(
        fetched(page(inside=f'<div class="prime-msg"><span>{marked}</span></div>')), SITE, NOW
    )
    assert [one.text for one in found.access.markers if one.counted] == [PLUS]


def test_a_headline_of_today_over_a_text_of_before() -> None:
    html = (
        "<html><body><h1 class='read-news-title'>제목이다</h1>"
        "<div class='nis-r-info-wrap'><span class='nis-reporter-name'>김가영 기자</span> "
        "<span>2021.03.10 17:00</span></div>"
        "<article class='article'><p>본문이다.</p><p>둘째 문단이다.</p></article></body></html>"
    )
    found = parse.article(fetched(html), SITE, NOW)
    assert (found.layout, found.title) == ("before", "제목이다")
    assert found.body == ("<p>본문이다.</p>", "<p>둘째 문단이다.</p>")
    assert found.reporters == ("김가영",)
    assert found.published_at.isoformat() == "2021-03-10T17:00:00+09:00"


def test_the_older_layout_has_scopes_too() -> None:
    html = (
        "<html><body><h1>제목이다</h1><div class='date pubdate'>2021.03.10 17:00</div>"
        f"<article class='article'><p>{PLUS.replace('2026', '2021')}</p>"
        "<p>[팍스넷뉴스 김가영 기자] 본문이다.</p>"
        f"<p>ⓒ팍스넷뉴스 무단전재 배포금지</p></article><div><h3>{SOON}</h3>"
        "<a href='/articles/9'>글</a></div></body></html>"
    )
    found = parse.article(fetched(html), SITE, NOW)
    assert (found.layout, found.access.status) == ("before", Status.PLUS_FIRST)
    assert found.body == ("<p>본문이다.</p>",)
    assert found.reporters == ("김가영",)
