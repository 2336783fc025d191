"""Whole pages of the stand-in: every article of it, in both layouts, and the sample."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from feedsvc import parse
from feedsvc.demo.articles import plain
from feedsvc.errors import LayoutUnknown, LoginForm, NotAnArticle
from feedsvc.model import FetchedPage, ParsedArticle, Scope, Status
from feedsvc.site import KST
from feedsvc.text import visible
from tests.parse.pages import NOW, SITE
from tests.standin import Fault, StandIn, from_seed, sample_like

SEED = Path(__file__).parents[3] / "shared" / "seed" / "dealsite-article-117013.txt"


def get(site: StandIn, path: str, *headers: tuple[str, str]) -> FetchedPage:
    answer = site.respond("GET", path, headers)
    url = f"https://dealsite.co.kr{path}"
    return FetchedPage(url, url, answer.status, answer.reason, answer.headers, answer.body, NOW)


def article(site: StandIn, number: int) -> ParsedArticle:
    return parse.article(get(site, f"/articles/{number}"), SITE, NOW, everywhere=True)


@pytest.fixture(scope="module")
def demo() -> StandIn:
    return StandIn.demo(NOW)


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("layout", ["dealsite", "paxnet"])
def test_every_article_is_read_as_it_was_written(demo: StandIn, layout: str) -> None:
    demo.layout = layout  # type: ignore[assignment]
    for truth in demo.articles:
        found = article(demo, truth.id)
        assert (found.title, found.subtitle) == (truth.title, truth.subtitle)
        assert set(found.reporters) == set(truth.reporters)
        assert found.published_at == truth.published_at
        assert found.access.status is truth.status
        plus = truth.plus_first_at
        assert found.access.plus_first_at == (plus and plus.replace(second=0))
        if layout == "dealsite":
            assert found.keywords == truth.keywords
        if truth.status is not Status.UNKNOWN:
            read = " ".join(map(visible, found.body)).replace("동영상 보기", "").split()
            assert "".join(read) == "".join(plain(truth.shown).split())
    demo.layout = "dealsite"


def test_section_pages_and_the_listing_give_the_same_rows(demo: StandIn) -> None:
    html = parse.section(get(demo, "/categories/068000"), SITE, NOW)
    api = "/api/articles/categoryNews?categoryCode=068000&page=0&size=20&pageBlockSize=10"
    listed = parse.listing(get(demo, api, ("X-Requested-With", "XMLHttpRequest")), SITE, NOW)
    assert html.rows == listed.rows
    assert len(html.rows) == 20
    assert html.has_next
    assert listed.has_next
    for row in html.rows:
        truth = demo.article(row.id)
        assert row.title == truth.title
        assert row.listed_at is not None
        assert abs((row.listed_at - truth.published_at).total_seconds()) < 60
    assert {row.id for row in html.boxes if row.hint is Status.SOON_FREE} == {
        one.id for one in demo.articles if one.status is Status.SOON_FREE
    }


def check_sample(found: ParsedArticle, caption: str, at: datetime) -> None:
    assert found.published_at == at
    assert found.access.status is Status.PLUS_FIRST
    assert not found.access.locked
    assert found.access.plus_first_at == at.replace(second=0)
    assert [image.caption for image in found.images] == [caption]
    assert found.body[0].startswith("<figure>")
    assert len(found.body) == 9
    assert all(block.startswith("<p>") for block in found.body[1:])
    kinds = {m.kind for m in found.access.markers if m.scope is Scope.PAGE}
    assert kinds == {Status.SOON_FREE, Status.MEMBERS_ONLY}
    assert not any(m.counted for m in found.access.markers if m.scope is Scope.PAGE)


def test_the_page_built_like_the_sample() -> None:
    truth = sample_like()
    found = article(StandIn([truth], now=lambda: NOW), truth.id)
    check_sample(found, "한빛중공업 창원공장 (사진=한빛중공업)", truth.published_at)
    assert len(found.related) == 3


@pytest.mark.skipif(not SEED.exists(), reason="the sample page's text is not in the repository")
def test_the_sample_page_itself() -> None:
    source = SEED.read_text(encoding="utf-8")
    truth = from_seed(source)
    found = article(StandIn([truth], now=lambda: NOW), truth.id)
    check_sample(
        found, "삼성전자 평택캠퍼스 (사진=삼성전자)", datetime(2024, 1, 26, 18, 32, 51, tzinfo=KST)
    )
    assert found.title in source
    assert found.subtitle.startswith("샘 올트먼")
    assert found.reporters == ("김가영",)
    paragraphs = [visible(block) for block in found.body[1:]]
    folded = " ".join(source.split())
    assert all(paragraph in folded for paragraph in paragraphs)
    assert paragraphs[0].startswith("생성형 인공지능(AI)인")
    assert paragraphs[-1].endswith("설명했다.")
    text = " ".join(paragraphs)
    for noise in (
        "관련기사",
        "속보창",
        "무단전재",
        "곧 무료로",
        "회원전용",
        "에딧머니",
        "늘봄학교",
    ):
        assert noise not in text


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.EMPTY, NotAnArticle),
        (Fault.ERROR_PAGE_OK, NotAnArticle),
        (Fault.FIREWALL_OK, NotAnArticle),
        (Fault.RENAMED, LayoutUnknown),
        (Fault.PDF, NotAnArticle),
    ],
)
def test_faulty_pages_are_named(fault: Fault, error: type[Exception]) -> None:
    site = StandIn([sample_like()], now=lambda: NOW)
    site.fault(fault)
    with pytest.raises(error):
        article(site, 117013)
    with pytest.raises(error):
        parse.section(get(site, "/categories"), SITE, NOW)


@pytest.mark.parametrize("path", ["/member/login", "/user/access/login"])
@pytest.mark.parametrize("asked", ["", "/articles/117013"])
def test_the_login_page_is_named(path: str, asked: str) -> None:
    """[seen] ``/user/access/login``, ``form#loginForm``: at its own address, and in the
    place of an article."""
    site = StandIn([sample_like()], now=lambda: NOW)
    page = get(site, f"{path}?returnUrl=/articles/117013")
    if asked:
        page = replace(page, url=f"{SITE.base_url}{asked}", final_url=f"{SITE.base_url}{asked}")
    with pytest.raises(LoginForm, match="login"):
        parse.article(page, SITE, NOW)
    with pytest.raises(LoginForm, match="login"):
        parse.section(page, SITE, NOW)
