"""The stand-in's wardrobe: the words stay, their places change, while it runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import pytest

from feedsvc import parse
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage
from feedsvc.site import KST, Site
from feedsvc.text import visible
from tests.standin import HOUSES, REDESIGNS, House, StandIn

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=KST)
SITE = Site.at("https://dealsite.co.kr")


def fetched(site: StandIn, path: str) -> FetchedPage:
    answer = site.respond("GET", path)
    url = f"https://dealsite.co.kr{path}"
    return FetchedPage(url, url, answer.status, "OK", answer.headers, answer.body, NOW)


@cache
def redesigned(name: str, house: House, number: int) -> dict[int, FetchedPage]:
    """The pages of some articles in new clothes."""
    site = StandIn.demo(NOW)
    site.house, site.redesign = house, name
    return {one.id: fetched(site, f"/articles/{one.id}") for one in site.articles[:number]}


def read(site: StandIn, number: int) -> object:
    return read_page(fetched(site, f"/articles/{number}"))


def read_page(page: FetchedPage) -> object:
    try:
        found = parse.article(page, SITE, NOW)
    except ParseError as error:
        return type(error)
    return found.title, found.body


FEW = 3
MANY = 8


@pytest.mark.parametrize(
    ("house", "number"),
    [(HOUSES[0], FEW), *(pytest.param(one, MANY, marks=pytest.mark.slow) for one in HOUSES)],
)
@pytest.mark.parametrize("name", REDESIGNS)
def test_the_words_of_an_article_stand_on_its_new_page(
    name: str, house: House, number: int
) -> None:
    pages = redesigned(name, house, number)
    articles = [one for one in StandIn.demo(NOW).articles if one.id in pages]
    assert len(articles) == number
    for article in articles:
        page = pages[article.id]
        text = visible(page.text.replace('\\"', '"').replace("<\\/", "</"))
        assert page.status == 200
        for block in (f"<p>{article.title}</p>", *article.shown[:-1]):
            words = visible(block).split()
            assert all(word in text for word in words[:3]), (article.id, block)


@pytest.fixture(scope="module")
def before() -> dict[int, object]:
    """What is read of today's pages."""
    site = StandIn.demo(NOW)
    return {one.id: read(site, one.id) for one in site.articles[:MANY]}


@pytest.mark.parametrize("number", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(REDESIGNS.keys() - {"sections", "turns", "partial"}))
def test_what_reads_the_site_today_does_not_read_the_new_pages(
    name: str, number: int, before: dict[int, object]
) -> None:
    pages = redesigned(name, HOUSES[0], number)
    assert not [one for one, page in pages.items() if read_page(page) == before[one]]
    site = StandIn.demo(NOW)
    first = site.articles[0].id
    site.redesign = name
    assert read(site, first) != before[first]
    site.redesign = None
    assert read(site, first) == before[first]


def test_section_pages_change_with_the_articles_or_alone() -> None:
    site = StandIn.demo(NOW)
    first = site.articles[0].id
    was = read(site, first)
    site.redesign = "sections"
    assert read(site, first) == was
    with pytest.raises(ParseError):
        parse.section(fetched(site, "/categories"), SITE, NOW)


def test_by_turns_old_and_new_pages_come() -> None:
    site = StandIn.demo(NOW)
    number = site.articles[0].id
    site.redesign = "turns"
    pages = {fetched(site, f"/articles/{number}").body for _ in range(6)}
    assert len(pages) == 2


def test_a_build_a_day_gives_other_classes() -> None:
    moment = [NOW]
    site = StandIn.demo(NOW)
    site.now = lambda: moment[0]
    site.redesign = "builds"
    path = f"/articles/{site.articles[0].id}"
    first = fetched(site, path).body
    assert fetched(site, path).body == first
    moment[0] += timedelta(days=1)
    assert fetched(site, path).body != first
