"""The fetcher against the stand-in site: every fault has a name, over either transport."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from feedsvc.config import HttpConfig
from feedsvc.errors import (
    Blocked,
    ConnectionBroken,
    ConnectionRefused,
    EmptyAnswer,
    EndlessRedirect,
    FetchError,
    LoginWanted,
    Malformed,
    NotHtml,
    OffSite,
    StatusRefused,
    TooLarge,
    Truncated,
)
from feedsvc.fetch import Fetcher, NotModified
from feedsvc.memory import Memory
from feedsvc.model import FetchedPage
from feedsvc.site import Site
from tests.fetch.scripted import NOW, Clock
from tests.standin import Fault, StandIn


@pytest.fixture
def site() -> Iterator[StandIn]:
    with StandIn.demo(NOW) as site:
        yield site


@pytest.fixture(params=["requests", "curl"])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "curl":
        pytest.importorskip("pycurl")
    return str(request.param)


def fetching(site: StandIn, kind: str = "requests") -> Fetcher:
    clock = Clock()
    http = HttpConfig.model_validate(
        {"transport": kind, "retries": 2, "timeout": timedelta(seconds=20)}
    )
    return Fetcher(
        Site.at(site.base_url),
        http,
        Memory(),
        clock=clock,
        sleep=clock.sleep,
        rng=random.Random(1),
    )


def article(site: StandIn) -> str:
    return f"{site.base_url}/articles/{site.articles[0].id}"


FAULTS: list[tuple[Fault, type[FetchError], int, str]] = [
    (Fault.RESET, FetchError, 3, "tries again by itself"),
    (Fault.TRUNCATED, Truncated, 3, "cut off"),
    (Fault.TOO_MANY_SECONDS, StatusRefused, 3, "http.delay"),
    (Fault.SERVER_ERROR, StatusRefused, 3, "500"),
    (Fault.BAD_GATEWAY, StatusRefused, 3, "502"),
    (Fault.UNAVAILABLE, StatusRefused, 3, "503"),
    (Fault.GATEWAY_TIMEOUT, StatusRefused, 3, "504"),
    (Fault.FIREWALL, Blocked, 1, "firewall"),
    (Fault.FIREWALL_OK, Blocked, 1, "firewall"),
    (Fault.LOGIN_REDIRECT, LoginWanted, 1, "http.cookie"),
    (Fault.ENDLESS_REDIRECT, EndlessRedirect, 6, "redirects"),
    (Fault.NOWHERE, Malformed, 1, "http://[zz/"),
    (Fault.NO_HTTP, Malformed, 3, "not HTTP"),
    (Fault.BAD_CHUNK, Malformed, 3, "not HTTP"),
    (Fault.OTHER_HOST, OffSite, 1, "elsewhere.example"),
    (Fault.PRIVATE_ADDRESS, OffSite, 1, "10.0.0.1"),
    (Fault.GZIP_BOMB, TooLarge, 1, "http.max_size"),
    (Fault.HUGE, TooLarge, 1, "http.max_size"),
    (Fault.EMPTY, EmptyAnswer, 1, "empty"),
    (Fault.NOT_FOUND, StatusRefused, 1, "404"),
    (Fault.GONE, StatusRefused, 1, "410"),
    (Fault.PDF, NotHtml, 1, "application/pdf"),
]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(("fault", "error", "requests", "says"), FAULTS)
def test_each_fault_has_a_name_and_the_next_page_is_served(
    site: StandIn, kind: str, fault: Fault, error: type[FetchError], requests: int, says: str
) -> None:
    url = article(site)
    other = f"{site.base_url}/articles/{site.articles[1].id}"
    site.fault(fault, path="/articles/*", times=requests)
    with fetching(site, kind) as fetcher:
        with pytest.raises(error) as caught:
            fetcher.get(url)
        assert site.count("/articles/*") == requests
        assert fetcher.requests == requests + 1, "and robots.txt"
        assert says in str(caught.value)
        assert url in str(caught.value)
        assert "\n" not in str(caught.value)
        if fault is Fault.RESET:
            assert isinstance(caught.value, (ConnectionBroken, Truncated))
        if not caught.value.site_down:
            assert isinstance(fetcher.get(other), FetchedPage)


@pytest.mark.parametrize(
    "fault", [Fault.RESET, Fault.TRUNCATED, Fault.SERVER_ERROR, Fault.TOO_MANY_SECONDS]
)
def test_trouble_of_the_moment_passes(site: StandIn, kind: str, fault: Fault) -> None:
    site.fault(fault, path="/articles/*", times=2)
    with fetching(site, kind) as fetcher:
        page = fetcher.get(article(site))
    assert isinstance(page, FetchedPage)
    assert site.articles[0].title in page.text


def test_refused_and_back(site: StandIn, kind: str) -> None:
    with fetching(site, kind) as fetcher:
        fetcher.get(f"{site.base_url}/categories")
        site.fault(Fault.REFUSED)
        with pytest.raises(FetchError) as caught:
            fetcher.get(article(site))
        assert isinstance(caught.value, ConnectionRefused)
        assert caught.value.site_down
        site.clear_faults()
    with fetching(site, kind) as fetcher:
        assert isinstance(fetcher.get(article(site)), FetchedPage)


@pytest.mark.parametrize("fault", [Fault.WRONG_CHARSET, Fault.CP949])
def test_text_is_read_by_its_bytes(site: StandIn, kind: str, fault: Fault) -> None:
    site.fault(fault, path="/articles/*")
    with fetching(site, kind) as fetcher:
        page = fetcher.get(article(site))
    assert isinstance(page, FetchedPage)
    assert site.articles[0].title in page.text


def test_every_page_of_the_site_passes(site: StandIn, kind: str) -> None:
    """No article, listing or section of the stand-in is taken for a firewall or a login."""
    with fetching(site, kind) as fetcher:
        assert len(site.articles) >= 60
        for one in site.articles if kind == "requests" else site.articles[:5]:
            page = fetcher.get(f"{site.base_url}/articles/{one.id}")
            assert isinstance(page, FetchedPage)
            assert page.header("set-cookie") is None
        address = Site.at(site.base_url)
        listing = fetcher.get(
            address.listing_url("068000"), ajax=True, referer=address.section_url("068000")
        )
        assert isinstance(listing, FetchedPage)
        assert b"articlesHtml" in listing.body


@pytest.mark.parametrize("validators", [True, False])
def test_an_unchanged_section_page_is_not_modified(
    site: StandIn, kind: str, validators: bool
) -> None:
    site.validators = validators
    url = f"{site.base_url}/categories/068000"
    with fetching(site, kind) as fetcher:
        page = fetcher.get(url, conditional=True)
        assert isinstance(page, FetchedPage)
        fetcher.dealt_with(page)
        again = fetcher.get(url, conditional=True)
        assert isinstance(again, NotModified)
        assert again.by == ("validators" if validators else "hash")
        newest = next(one for one in site.articles if b"/articles/%d" % one.id in page.body)
        site.edit(newest.id, title="아주 새로운 제목")
        assert isinstance(fetcher.get(url, conditional=True), FetchedPage)


def test_only_this_site(site: StandIn) -> None:
    with fetching(site) as fetcher:
        for url in (
            "https://elsewhere.example/articles/1",
            "file:///etc/passwd",
            "ftp://127.0.0.1/",
            site.base_url.replace("127.0.0.1", "127.0.0.2") + "/articles/1",
            site.base_url.replace("http://", "http://me:secret@"),
            site.base_url.replace("http://", "http://elsewhere.example\\@"),
            "/articles/1",
            "http://[::1/",
        ):
            with pytest.raises(OffSite):
                fetcher.get(url)
    assert site.count() == 0
