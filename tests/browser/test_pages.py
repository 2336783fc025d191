"""The pages in Debian's chromium: on a phone and at a desk, light and dark, in Korean
and in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import requests

from feedsvc.config import Config, CustomFeedConfig
from feedsvc.model import Status
from tests.browser.visit import (
    FOCUSABLE,
    FOCUSED,
    assert_accessible,
    assert_fits,
    dead,
    keep_screenshot,
    links_of,
    visit,
)
from tests.readers.served import Served, served
from tests.serve.conftest import SECRET
from tests.standin import parse_blocks

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

NEWEST = 166287
PAGES = {
    "articles": "",
    "articles-locked": "?section=mna&access=locked",
    "articles-custom": "?feed=engines",
    "articles-released": "?feed=released",
    "article": f"articles/{NEWEST}",
    "article-compared": f"articles/{NEWEST}?compare=1",
    "archive": "archive/",
    "month": "archive/all/2026-03",
    "day": "archive/industry/2026-03?day=9",
    "search": "search?q=매각",
    "search-form": "search",
    "search-filtered": "search?q=매각&section=mna&access=locked",
    "search-long": f"search?q={'가' * 200}",
    "nothing-found": "search?q=없는말이다&since=3d&reporter=김",
    "feeds": "feeds",
    "status": "status",
}
ERRORS = {"not-found": ("nothing", 404), "bad-request": ("?section=nothing", 400)}
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


class Told(Served):
    """With a feed of the reader's own."""

    @property
    def config(self) -> Config:
        config = super().config
        own = CustomFeedConfig(name="engines", title="엔진", any=("엔진", "선박"))
        feeds = config.feeds.model_copy(update={"custom": (*config.feeds.custom, own)})
        return config.model_copy(update={"feeds": feeds})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo, with an article that was revised, and holds a table wider than a phone and
    an address longer than a line; and with one that was released."""
    with served(tmp_path_factory.mktemp("browser"), Told) as desk:
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


@pytest.mark.parametrize("name", [*PAGES, *ERRORS])
@pytest.mark.parametrize(("width", "scheme", "language"), PLACES)
def test_a_page_reads_well(
    browser: Browser, desk: Served, name: str, width: str, scheme: str, language: str
) -> None:
    path, status = ERRORS.get(name) or (PAGES[name], 200)
    with visit(browser, f"{desk.root}{path}", width, scheme, language, status=status) as found:
        keep_screenshot(found.page, f"{name}-{width}-{scheme}-{language}")
        assert found.complaints == []
        assert found.look("document.documentElement.lang") == language
        assert found.look("[...document.scripts].every(one => one.src)")
        assert found.look("document.querySelectorAll('h1').length") == 1
        background = found.look("getComputedStyle(document.body).backgroundColor")
        (red, *_) = map(int, re.findall(r"\d+", background))
        assert (red < 64) is (scheme == "dark")
        # axe cannot judge the contrast of the sign that stands for what did not change.
        found.look(
            "document.querySelectorAll('details:not(:has(.gap))').forEach(one => one.open = true)"
        )
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


@pytest.mark.parametrize("name", [*PAGES, *ERRORS])
@pytest.mark.parametrize("script", [True, False])
def test_tab_reaches_everything_and_shows_where_it_is(
    browser: Browser, desk: Served, name: str, script: bool
) -> None:
    path, status = ERRORS.get(name) or (PAGES[name], 200)
    with visit(browser, f"{desk.root}{path}", "phone", status=status, script=script) as found:
        count = found.look(FOCUSABLE)
        assert count > 4
        for _ in range(count):
            found.page.keyboard.press("Tab")
            focused = found.look(FOCUSED)
            assert focused is not None
            assert focused["seen"], focused
            assert focused["outline"] >= 2, focused
        assert found.look("document.querySelectorAll('[data-reached]').length") == count


@pytest.mark.parametrize("script", [True, False])
def test_the_keyboard_alone_is_enough(browser: Browser, desk: Served, script: bool) -> None:
    """From the articles to what an editor changed in one, to another by searching, and to
    the address of a feed."""
    with visit(browser, desk.root, script=script) as found:
        page, press = found.page, found.page.keyboard.press

        def tab_to(selector: str) -> None:
            for _ in range(200):
                press("Tab")
                if found.look(f"document.activeElement.matches({selector!r})"):
                    return
            pytest.fail(f"no Tab reached {selector}")

        tab_to(f'a[href="articles/{NEWEST}"]')
        press("Enter")
        page.wait_for_url(f"**/articles/{NEWEST}")
        press("Tab")
        press("Enter")  # to the text
        page.wait_for_url("**#main")
        tab_to("summary")
        assert not page.locator("details del").first.is_visible()
        press("Enter")
        assert page.locator("details[open] del").first.is_visible()
        tab_to("details a[href]")
        press("Enter")
        page.wait_for_url("**?compare=1*")
        assert page.locator("details[open] del").first.is_visible()
        tab_to('input[type="search"]')
        page.keyboard.type("매각")
        press("Enter")
        page.wait_for_url("**/search?q=*")
        tab_to('a[href^="articles/"]')
        press("Enter")
        page.wait_for_url("**/articles/*")
        assert "매각" in page.inner_text("article")
        tab_to('a[href="../feeds"]')
        press("Enter")
        page.wait_for_url("**/feeds")
        tab_to("input.address")
        assert found.look("getSelection().toString()") == f"{desk.root}all.atom"


def test_every_link_answers(browser: Browser, desk: Served) -> None:
    links: set[str] = set()
    for path in PAGES.values():
        with visit(browser, f"{desk.root}{path}") as found:
            links |= links_of(found.page)
    expected = ("all.atom", "all.rss", "feeds.opml", "status", "engines.atom", "style.css")
    assert {f"{desk.root}{one}" for one in expected} <= {link.partition("?")[0] for link in links}
    assert len(links) > 150
    assert dead(links) == []


def test_what_an_editor_changed_is_seen(browser: Browser, desk: Served) -> None:
    with visit(browser, f"{desk.root}?feed=revised") as found:
        page = found.page
        page.locator(".rows a", has_text="확정").first.click()
        page.wait_for_url(f"**/articles/{NEWEST}")
        changes = page.locator("details")
        assert changes.count() == 1
        changes.locator("summary").click()
        assert "새" in changes.locator("ins").all_inner_texts()
        assert "친환경" in changes.locator("del").all_inner_texts()
        # Of the text only what changed, and a little around it.
        assert changes.locator(".gap").count() == 1
        shown = changes.locator(".change").inner_text()
        changes.get_by_role("link", name="전체 비교").click()
        assert len(page.locator("details[open] .change").inner_text()) > len(shown)


def test_what_was_released_today_is_found(browser: Browser, desk: Served) -> None:
    with visit(browser, desk.root, "phone") as found:
        page = found.page
        page.get_by_role("link", name="무료 전환").click()
        first = page.locator("section").first
        assert "3월 10일 (화) 1건" in " ".join(first.locator("h2").inner_text().split())
        assert first.locator("time").nth(1).inner_text() == "20:01"
        first.locator(".headline a").click()
        assert "무료 공개 2026.03.10 20:01" in page.inner_text("article")
        assert "잠겨 있다가 무료로 풀린 기사입니다." in page.inner_text(".note")


def test_the_article_shows_what_it_has(browser: Browser, desk: Served) -> None:
    with visit(browser, f"{desk.root}articles/{NEWEST}") as found:
        page = found.page
        assert page.locator("article figure img").first.evaluate("one => one.naturalWidth") > 0
        assert page.locator("article table").count() >= 2
        numbers = page.locator("article td", has_text=re.compile(r"^[\d,.]+$"))
        assert numbers.count() > 5
        alignments = numbers.evaluate_all("all => all.map(one => getComputedStyle(one).textAlign)")
        assert {*alignments} == {"right"}
        original = page.get_by_role("link", name="원문 보기")
        assert original.get_attribute("href") == f"{desk.site.base_url}/articles/{NEWEST}"
        # Related articles that are kept are read here.
        kept = page.locator(".related li:not(:has(.away)) a")
        assert kept.count() > 0
        for link in kept.all():
            assert (link.get_attribute("href") or "").isdigit()
        page.get_by_role("link", name="김하늘").first.click()
        page.wait_for_url("**/search?reporter=*")
        assert page.locator(".rows li").count() > 0


def test_lists_are_narrowed_by_links(browser: Browser, desk: Served) -> None:
    with visit(browser, desk.root) as found:
        page = found.page
        page.get_by_role("link", name="인수합병", exact=True).first.click()
        assert page.locator(".subscribe a").first.get_attribute("href") == "mna.atom"
        page.get_by_role("link", name="잠김", exact=True).click()
        page.wait_for_url("**?section=mna&access=locked")
        rows = page.locator(".rows li")
        assert rows.count() > 0
        assert page.locator(".rows .flag.locked").count() == rows.count()
        feed = page.locator(".subscribe a").first.get_attribute("href")
        assert feed == "search.atom?section=mna&access=locked"
        entries = requests.get(f"{desk.root}{feed}", timeout=60).text.count("<entry>")
        assert entries == rows.count()
        page.get_by_role("link", name="엔진", exact=True).click()
        page.wait_for_url("**?feed=engines&access=locked")
        page.get_by_role("link", name="모두", exact=True).click()
        assert page.locator(".subscribe a").first.get_attribute("href") == "engines.atom"
        assert page.locator(".rows li").count() > 0


def test_the_pages_announce_their_feeds(browser: Browser, desk: Served) -> None:
    first = {
        "": "all.atom", "?section=mna": "mna.atom", "?feed=engines": "engines.atom",
        "?access=open": "search.atom?access=open", f"articles/{NEWEST}": "../industry.atom",
        "archive/": "../all.atom", "archive/mna/2026-03": "../../mna.atom",
        "search?q=매각": "search.atom?q=%EB%A7%A4%EA%B0%81", "status": "status.atom",
        "feeds": "all.atom",
    }  # fmt: skip
    for path, address in first.items():
        with visit(browser, f"{desk.root}{path}") as found:
            announced = found.page.locator('link[rel="alternate"]')
            assert announced.first.get_attribute("href") == address, path
    with visit(browser, f"{desk.root}feeds") as found:
        announced = found.page.locator('link[rel="alternate"]')
        addresses = [one.get_attribute("href") for one in announced.all()]
        assert {"all.rss", "all.atom", "all.json", "industry.atom", "status.rss"} <= {*addresses}
        shown = found.page.locator("input.address").first
        assert shown.input_value() == f"{desk.root}all.atom"


def test_the_script_copies_an_address_and_knows_the_keys_of_readers(
    browser: Browser, desk: Served
) -> None:
    with visit(browser, f"{desk.root}feeds") as found:
        page = found.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name=re.compile("복사")).first.click()
        page.wait_for_function(
            "async wanted => await navigator.clipboard.readText() === wanted",
            arg=f"{desk.root}all.atom",
        )
    with visit(browser, desk.root) as found:
        page, press = found.page, found.page.keyboard.press
        press("j")
        press("j")
        press("k")
        press("j")
        second = page.locator(".headline a").nth(1).get_attribute("href")
        press("o")
        page.wait_for_url(f"**/{second}")
        press("/")
        page.keyboard.type("jk")
        assert page.locator("input[type=search]").input_value() == "jk"


def test_paper_gets_the_text_alone(browser: Browser, desk: Served) -> None:
    with visit(browser, f"{desk.root}articles/{NEWEST}", scheme="dark") as found:
        page = found.page
        page.emulate_media(media="print")
        assert not page.locator("header").is_visible()
        assert not page.locator(".beside").is_visible()
        assert page.locator(".text p").first.is_visible()
        colour = found.look("getComputedStyle(document.body).color")
        assert colour == "rgb(0, 0, 0)"


def test_the_header_takes_two_rows_on_a_phone_even_with_its_mark(
    browser: Browser, tmp_path: Path
) -> None:
    with served(tmp_path) as desk:
        desk.later(hours=30)
        for language in ("ko", "en"):
            with visit(browser, f"{desk.root}status", "phone", language=language) as found:
                keep_screenshot(found.page, f"trouble-phone-light-{language}")
                assert found.page.locator("header .wrong").is_visible()
                assert found.look("document.querySelector('header').offsetHeight") < 110
                assert_fits(found)
                assert_accessible(found)


class Guarded(Told):
    """For those with a token."""

    @property
    def config(self) -> Config:
        config = super().config
        server = config.server.model_copy(update={"tokens": (SECRET,)})
        return config.model_copy(update={"server": server})


def test_one_signs_in_with_a_token_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    """Then every address answers; a stranger is asked for the token at each."""
    with served(tmp_path, Guarded) as desk:
        with visit(browser, f"{desk.root}?section=mna", "phone", status=401) as found:
            page = found.page
            keep_screenshot(page, "sign-in-phone-light-ko")
            assert found.complaints == []
            assert_fits(found)
            assert_accessible(found)
            page.get_by_label("토큰").fill(SECRET)
            page.get_by_role("button", name="열기").click()
            page.wait_for_url("**token=*")
            page.get_by_role("link", name="피드").click()
            page.wait_for_url("**/feeds")
            address = page.locator("input.address").first.input_value()
            assert address == f"{desk.root}all.atom?token={SECRET}"
            assert requests.get(address, timeout=60).status_code == 200
            cookies = {str(one["name"]): str(one["value"]) for one in page.context.cookies()}
            links: set[str] = set()
            for path in PAGES.values():
                page.goto(f"{desk.root}{path}".replace("compare=1", ""))
                links |= links_of(page)
            assert found.complaints == []
        assert len(links) > 150
        assert dead(links, cookies) == []
        feeds = {one for one in links if re.search(r"\.(atom|rss|json|opml)\b", one)}
        assert feeds
        assert all(f"token={SECRET}" in one for one in feeds)
        for link in sorted(links):
            if link.startswith(desk.root) and not link.endswith("/healthz"):
                bare = re.sub(r"[?&]token=[^&]*", "", link)
                answer = requests.get(bare, headers={"Accept": "text/html"}, timeout=60)
                assert answer.status_code == 401, bare
                assert 'name="token"' in answer.text


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
