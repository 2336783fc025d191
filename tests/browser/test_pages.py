"""The pages in Debian's chromium: on a phone and at a desk, light and dark, in Korean
and in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser

from feedsvc.demo import parse_blocks
from feedsvc.model import Status
from tests.browser.visit import (
    FOCUSABLE,
    FOCUSED,
    assert_accessible,
    assert_fits,
    dead,
    keep_screenshot,
    launched,
    links_of,
    visit,
)
from tests.needed import needed
from tests.readers.served import Served, served

pytestmark = pytest.mark.slow

NEWEST = 166287
PAGES = {
    "index": "",
    "article": f"articles/{NEWEST}",
    "archive": "archive/",
    "month": "archive/all/2026-03",
    "search": "search?q=매각",
    "nothing-found": "search?q=없는말이다",
    "status": "status",
}
PLACES = [
    pytest.param(width, scheme, language, id=f"{width}-{scheme}-{language}")
    for width, scheme, language in (
        ("phone", "light", "ko"),
        ("phone", "dark", "en"),
        ("desk", "light", "en"),
        ("desk", "dark", "ko"),
    )
]
FEEDS = ("all.rss", "all.atom", "all.json", "archive/all/2026-03.atom")

WIDE = parse_blocks(
    "| 구분 | " + " | ".join(f"{year}년 매출(억원)" for year in range(2010, 2026)) + " |\n"
    "| 엔진 | " + " | ".join(f"{year},000" for year in range(2010, 2026)) + " |"
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo, with an article that was revised, and holds a table wider than a phone and
    an address longer than a line; and with one that was released."""
    with served(tmp_path_factory.mktemp("browser")) as desk:
        article = desk.site.article(NEWEST)
        first = article.body[0].replace("친환경 선박 엔진", "새 선박용 엔진")
        long = (
            f'<p><a href="https://example.com/{"a" * 200}">https://example.com/{"a" * 200}</a></p>'
        )
        desk.site.edit(
            NEWEST, title=f"{article.title} 확정", body=(first, *article.body[1:-1], *WIDE, long)
        )
        locked = next(one for one in desk.site.articles if one.status is Status.SOON_FREE)
        desk.site.release(locked.id)
        desk.later(hours=2)
        desk.poll()
        yield desk


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched(needed("chromium")) as browser:
        yield browser


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme", "language"), PLACES)
def test_a_page_reads_well(
    browser: Browser, desk: Served, name: str, width: str, scheme: str, language: str
) -> None:
    with visit(browser, f"{desk.root}{PAGES[name]}", width, scheme, language) as found:
        keep_screenshot(found.page, f"{name}-{width}-{scheme}-{language}")
        assert found.complaints == []
        assert found.look("document.documentElement.lang") == language
        assert found.look("document.scripts.length") == 0
        background = found.look("getComputedStyle(document.body).backgroundColor")
        (red, *_) = map(int, re.findall(r"\d+", background))
        assert (red < 64) is (scheme == "dark")
        assert_fits(found)
        assert_accessible(found)


def test_the_wide_table_scrolls_by_itself(browser: Browser, desk: Served) -> None:
    with visit(browser, f"{desk.root}articles/{NEWEST}", "phone") as found:
        wide = found.page.locator(".scroll").filter(has_text="2025년 매출").first
        wide.focus()
        found.page.keyboard.press("ArrowRight")
        for _ in range(100):  # it scrolls smoothly
            if found.look("document.activeElement.scrollLeft > 0"):
                return
            found.page.wait_for_timeout(20)
        pytest.fail("the table does not scroll")


@pytest.mark.parametrize("name", PAGES)
def test_tab_reaches_everything_and_shows_where_it_is(
    browser: Browser, desk: Served, name: str
) -> None:
    with visit(browser, f"{desk.root}{PAGES[name]}", "phone") as found:
        count = found.look(FOCUSABLE)
        assert count > 4
        for _ in range(count):
            found.page.keyboard.press("Tab")
            focused = found.look(FOCUSED)
            assert focused is not None
            assert focused["seen"], focused
            assert focused["outline"] >= 2, focused
        assert found.look("document.querySelectorAll('[data-reached]').length") == count


def test_the_keyboard_alone_is_enough(browser: Browser, desk: Served) -> None:
    """From the index to an article, to its last change, and to another by searching."""
    with visit(browser, desk.root) as found:
        page, press = found.page, found.page.keyboard.press

        def tab_to(selector: str) -> None:
            for _ in range(200):
                press("Tab")
                if found.look(f"document.activeElement.matches({selector!r})"):
                    return
            pytest.fail(f"no Tab reached {selector}")

        tab_to("input.address")
        assert found.look("getSelection().toString()") == f"{desk.root}all.rss"
        tab_to(f'a[href="articles/{NEWEST}"]')
        press("Enter")
        page.wait_for_url(f"**/articles/{NEWEST}")
        press("Tab")
        press("Enter")  # to the text
        assert page.url.endswith("#main")
        tab_to("summary")
        assert page.locator("details[open] del").first.is_visible()
        press("Enter")
        assert not page.locator("details del").first.is_visible()
        page.reload()
        tab_to('a[href="../search"]')
        press("Enter")
        page.wait_for_url("**/search")
        tab_to("input[type=search]")
        page.keyboard.type("매각")
        press("Enter")
        page.wait_for_url("**/search?q=*")
        tab_to('a[href^="articles/"]')
        press("Enter")
        page.wait_for_url("**/articles/*")
        assert "매각" in page.inner_text("article")


def test_every_link_answers(browser: Browser, desk: Served) -> None:
    links: set[str] = set()
    for path in PAGES.values():
        with visit(browser, f"{desk.root}{path}") as found:
            links |= links_of(found.page)
    assert {f"{desk.root}{one}" for one in ("all.rss", "feeds.opml", "status")} <= links
    assert len(links) > 60
    assert dead(links) == []


def test_the_article_shows_what_it_has(browser: Browser, desk: Served) -> None:
    with visit(browser, f"{desk.root}articles/{NEWEST}") as found:
        page = found.page
        assert page.locator("article figure img").first.evaluate("one => one.naturalWidth") > 0
        assert page.locator("article table").count() >= 2
        assert "새" in page.locator("details ins").all_inner_texts()
        assert "친환경" in page.locator("details del").all_inner_texts()
        original = page.get_by_role("link", name="원문 보기")
        assert original.get_attribute("href") == f"{desk.site.base_url}/articles/{NEWEST}"
    released = next(
        one.id
        for one in (desk.archive().get(number) for number in desk.archive().ids())
        if one is not None and one.access.released_at
    )
    with visit(browser, f"{desk.root}articles/{released}") as found:
        assert "무료 공개 2026.03.10 20:01" in found.page.inner_text("article")


def test_the_index_announces_its_feeds(browser: Browser, desk: Served) -> None:
    with visit(browser, desk.root) as found:
        page = found.page
        announced = page.locator('link[rel="alternate"]')
        addresses = [one.get_attribute("href") for one in announced.all()]
        assert {"all.rss", "all.atom", "all.json", "industry.atom", "status.rss"} <= {*addresses}
        assert page.locator(".flag").count() > 0
        shown = page.locator("input.address").first
        assert shown.input_value() == f"{desk.root}all.rss"


@pytest.fixture
def any_server(desk: Served) -> Iterator[str]:
    """The published folder, served by a web server that knows nothing of feedsvc."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = partial(Quiet, directory=desk.config.feeds.path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("width", "scheme", "language"), PLACES)
def test_the_published_index_needs_no_feedsvc(
    browser: Browser, any_server: str, width: str, scheme: str, language: str
) -> None:
    with visit(browser, any_server, width, scheme, language) as found:
        keep_screenshot(found.page, f"published-{width}-{scheme}")
        assert found.complaints == []
        assert found.page.locator('link[rel="alternate"]').count() >= 21
        assert_fits(found)
        assert_accessible(found)
        links = links_of(found.page)
        assert any(link == f"{any_server}all.atom" for link in links)
        assert dead(links) == []
        count = found.look(FOCUSABLE)
        for _ in range(count):
            found.page.keyboard.press("Tab")
            assert found.look(FOCUSED)["outline"] >= 2
        assert found.look("document.querySelectorAll('[data-reached]').length") == count


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_file_names_the_page(browser: Browser, desk: Served, name: str) -> None:
    """Chromium shows its source: XSLT is no longer there to make a page of it."""
    with visit(browser, f"{desk.root}{name}") as found:
        keep_screenshot(found.page, name.replace("/", "-"), whole=False)
        shown = found.page.inner_text("body")
        assert f"사람이 읽는 페이지는 {desk.root} 입니다" in re.sub(r"\s+", " ", shown[:1000])
