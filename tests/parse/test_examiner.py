"""Pages that follow the site page and are not the stand-in's: what once went wrong."""

from dataclasses import replace

import pytest

from benchmarks.extraction.builder import built
from benchmarks.extraction.ours import feedsvc
from benchmarks.extraction.scores import Score
from benchmarks.extraction.standin import standin_cases
from feedsvc import parse
from feedsvc.model import ParsedArticle, Row, Status
from feedsvc.parse.sanitize import sanitised
from tests.parse.pages import HELP, NOW, PLUS, SITE, fetched, page
from tests.standin import HOUSES, House

STORY = "누리정밀은 창원 공장을 팔았다."
OWN_LINK = '<p>앞서 본지는 <a href="/articles/901">그 사실</a>을 다뤘다.</p>'


def read(body: str, row: Row | None = None, **parts: str) -> ParsedArticle:
    return parse.article(fetched(page(body, **parts)), SITE, NOW, row=row)


@pytest.mark.slow
@pytest.mark.parametrize("house", HOUSES)
@pytest.mark.parametrize("first", [0, 300])
def test_pages_of_the_second_builder(first: int, house: House) -> None:
    """Text, captions, tables, sub-headline, byline, time and access, in every house."""
    score = Score()
    for seed in range(first, first + 60):
        case = built(seed, house=house)
        score.add(case, feedsvc(case))
    assert not score.flaws, score.flaws[0]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("house", HOUSES)
def test_variations_of_the_stand_in(house: House) -> None:
    score = Score()
    for case in standin_cases(80, house):
        score.add(case, feedsvc(case))
    assert not score.flaws, score.flaws[0]
    assert score.pages == score.captions == score.tables == 80


@pytest.mark.slow
@pytest.mark.parametrize("house", HOUSES)
def test_as_many_pages_as_the_benchmark_has(house: House) -> None:
    score = Score()
    for case in (*(built(seed, house=house) for seed in range(600)), *standin_cases(300, house)):
        score.add(case, feedsvc(case))
    assert not score.flaws, score.flaws[0]


def test_the_examiner_sees_what_is_wrong() -> None:
    case = next(one for one in map(built, range(100)) if one.rows and one.captions)
    right = feedsvc(case)
    for wrong in (
        replace(right, rows=right.rows[1:] if right.rows else None),
        replace(right, captions=()),
        replace(right, lines=(*right.lines, case.noise[0])),
        replace(right, subtitle="x"),
        replace(right, status=None),
    ):
        score = Score()
        score.add(case, wrong)
        assert score.flaws


@pytest.mark.parametrize("heading", ["", "<h3>새 공장</h3>"])
@pytest.mark.parametrize("kind", ["p", 'div class="prime-msg"'])
def test_a_text_that_links_another_article_is_no_box(kind: str, heading: str) -> None:
    notice = f"<{kind}>{PLUS}</{kind.split()[0]}>"
    found = read(f'<div class="view">{heading}<p>{STORY}</p>{OWN_LINK}{notice}</div>')
    assert found.access.status is Status.PLUS_FIRST
    assert f"<p>{STORY}</p>" in found.body
    assert len(found.body) == 2 + bool(heading)


def test_a_box_within_the_wrapper_of_a_text_is_still_a_box() -> None:
    box = f'<div><h4>곧 무료로 풀릴 기사</h4><p class="prime-msg">{HELP}</p>'
    box += '<ul><li><a href="/articles/900">다른 글</a></li></ul></div>'
    found = read(f'<div class="view"><p>{STORY}</p>{box}<p>{STORY}</p></div>')
    assert found.access.status is Status.OPEN
    assert found.body == (f"<p>{STORY}</p>",) * 2


def test_a_wrapper_of_image_caption_and_sentence_is_no_figure() -> None:
    found = read(
        f'<div class="view"><p><img src="/a.jpg"></p><p>전경 (사진=누리)</p>'
        f"<p>[딜사이트 서린 기자] {STORY}</p><p>곧 무료로 풀릴 기사</p></div>"
    )
    assert found.access.status is Status.SOON_FREE
    assert found.images[0].caption == "전경 (사진=누리)"
    assert found.body[1:] == (f"<p>{STORY}</p>",)


@pytest.mark.parametrize(
    "link", ["바로가기", "딜사이트 플러스 바로가기", "구독하기", "자세히 보기"]
)
def test_a_notice_may_end_in_a_button_of_any_name(link: str) -> None:
    words = "나머지 내용은 유료콘텐츠서비스 딜사이트 플러스에서 확인하실 수 있습니다."
    found = read(f'<p>{STORY}</p><p>{words} <a href="https://dealsiteplus.co.kr/1">{link}</a></p>')
    assert found.access.status is Status.PLUS_ONLY
    assert found.body == (f"<p>{STORY}</p>",)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("&#xD800;", ""),
        ("&#55357;", ""),
        ("&#0;", ""),
        ("\x00", ""),
        ("&#xDEADBEEF;", ""),
        ("&#xD83D;&#xDE00;", "😀"),
        ("&#55357;&#56832;&#44032;", "😀가"),
        ("&#44032;&amp;", "가&amp;"),
    ],
)
def test_references_to_no_character_leave_nothing(written: str, seen: str) -> None:
    found = read(
        f"<p>앞{written}뒤</p>",
        title=f'<div class="read-news-title">앞{written}뒤</div>',
    )
    assert found.body == (f"<p>앞{seen}뒤</p>",)
    assert found.title == f"앞{seen}뒤".replace("&amp;", "&")


@pytest.mark.parametrize(
    "summary",
    [
        f"전경 (사진=누리) [딜사이트 서린 기자] {STORY}",
        f"{STORY} 전경 (사진=누리)…",
        f"{STORY} 전경 (사진…",
    ],
)
def test_a_summary_may_hold_caption_and_dateline(summary: str) -> None:
    row = Row(7, SITE.article_url(7), "제목이다", summary=summary)
    image = '<figure><img src="/a.jpg"><figcaption>전경 (사진=누리)</figcaption></figure>'
    assert read(f"{image}<p>{STORY}</p>", row).access.status is Status.OPEN


def test_preformatted_text_keeps_its_lines() -> None:
    found = read("<pre>\n가  1\n나  &lt;2\n</pre><blockquote><p>다\n라</p></blockquote>")
    assert found.body == (
        "<pre>가  1\n나  &lt;2</pre>",
        "<blockquote><p>다 라</p></blockquote>",
    )
    assert sanitised(found.body[0]) == found.body[0]


def test_links_within_links_are_stable() -> None:
    once = sanitised('<a href="javascript:x"><table><a href="javascript:x">')
    assert sanitised(once) == once
