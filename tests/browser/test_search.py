"""What people do with the search: in Debian's chromium, and with newsboat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from feedsvc import config as configuration
from feedsvc.config import Config
from feedsvc.feeds.definitions import belongs
from feedsvc.model import Record, Status
from tests.browser.visit import keep_screenshot, visit
from tests.poll.desk import NOW, piece
from tests.poll.members import COOKIE, open_to_members
from tests.readers.programs import Newsboat
from tests.readers.served import Served, served
from tests.serve.conftest import SECRET
from tests.standin import StandIn, StandInArticle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

COMPANY = "누리중공업"


def news(number: int, title: str, at: datetime = NOW, **changes: Any) -> StandInArticle:
    values: dict[str, Any] = {
        "title": title,
        "published_at": at,
        "sections": ("068000",),
        "body": (f"<p>{title}. 그 밖의 말이다.</p>", "<p>둘째 단락이다.</p>"),
    }
    return piece(number, **(values | changes))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Served]:
    """The demo after 36 days, with four articles on a company: of the last month two
    that can be read and one that is locked, and one that is older."""
    with served(tmp_path) as desk:
        for number, title, changes in (
            (170000, f"{COMPANY}이 문을 열다", {}),
            (170001, f"새 배를 지은 {COMPANY}", {}),
            (170002, f"{COMPANY}의 비밀", {"status": Status.MEMBERS_ONLY, "teaser": 1}),
            (170003, f"{COMPANY}은 공장을 판다", {}),
        ):
            desk.site.publish(news(number, title, at=desk.now, **changes))
            desk.later(days=9, minutes=1)
            desk.poll()
        yield desk


def kept(desk: Served) -> list[Record]:
    archive = desk.archive()
    return list(archive.whole(archive.index.ids()))


def headlines(page: Page) -> list[str]:
    return page.locator(".rows .headline a").all_inner_texts()


def test_find_what_can_be_read_on_a_company_and_subscribe_to_it(
    browser: Browser, desk: Served, tmp_path: Path
) -> None:
    with visit(browser, desk.root, "phone") as found:
        page = found.page
        page.get_by_placeholder("찾을 말").fill(f"{COMPANY}을")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=*")
        assert len(headlines(page)) == 4
        page.get_by_label("언제부터").fill("30d")
        page.get_by_label("공개 여부").select_option("readable")
        page.get_by_role("button", name="찾기").click()
        page.wait_for_url("**since=30d*")
        wanted = [f"{COMPANY}은 공장을 판다", f"새 배를 지은 {COMPANY}"]
        assert sorted(headlines(page)) == sorted(wanted)
        assert {*page.locator("mark").all_inner_texts()} == {COMPANY}
        assert page.get_by_label("공개 여부").input_value() == "readable"
        page.get_by_text("늘 있는 피드로 만들기").click()
        keep_screenshot(page, "search-narrowed-phone-light-ko")
        lines = page.locator("pre").inner_text()
        address = page.locator("input.address").input_value()
        assert found.complaints == []
    reader = Newsboat(tmp_path / "newsboat")
    reader.subscribe("search", address)
    assert reader.update() == 2
    assert reader.update() == 0
    for number, status in ((170010, Status.OPEN), (170011, Status.MEMBERS_ONLY)):
        title = f"{COMPANY}와 두레조선 {number}"
        article = news(number, title, at=desk.now, status=status, teaser=1)
        desk.site.publish(article)
    desk.later(minutes=20)
    desk.poll()
    assert reader.update() == 1
    shown = {one.title: one.text for one in reader.entries()}
    assert f"{COMPANY}와 두레조선 170010" in shown
    assert len(shown) == 3
    # The same for good, as a file: the lines go into the configuration as they are.
    path = tmp_path / "own.yaml"
    path.write_text(
        f"sections: [{{name: industry, title: 산업, code: '068000'}}]\n{lines}", "utf-8"
    )
    (own,) = configuration.load(path).feeds.custom
    held = [record for record in kept(desk) if belongs(record, own, desk.config.sections)]
    assert {record.title for record in held} >= {*wanted, f"{COMPANY}와 두레조선 170010"}


class Club(Served):
    """A desk whose reader is a member of the site; with tokens, or without."""

    tokens: tuple[str, ...] = (SECRET,)

    @property
    def config(self) -> Config:
        config = super().config
        http = config.http.model_copy(update={"cookie": COOKIE})
        server = config.server.model_copy(update={"tokens": self.tokens})
        return config.model_copy(update={"http": http, "server": server})


def test_a_members_text_leaves_search_snippet_and_feed_with_the_tokens(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = ("<p>첫 단락은 모두가 읽는다.</p>", "<p>비밀계약은 둘째 단락에 있다.</p>")
    with StandIn() as site:
        open_to_members(monkeypatch, site, lambda one: one.status is Status.MEMBERS_ONLY)
        desk = Club(site, tmp_path, NOW)
        site.now = desk.clock
        site.publish(
            news(170003, f"{COMPANY}의 속사정", status=Status.MEMBERS_ONLY, teaser=1, body=secret)
        )
        desk.later(minutes=1)
        with desk:
            root = desk.root
            with visit(browser, f"{root}search?q=비밀계약&token={SECRET}") as found:
                assert headlines(found.page) == [f"{COMPANY}의 속사정"]
                assert "비밀계약은 둘째" in found.page.locator(".snippet").inner_text()
                address = found.page.locator("input.address").input_value()
                assert address.endswith(f"token={SECRET}")
            reader = Newsboat(tmp_path / "newsboat")
            reader.subscribe("search", address)
            assert reader.update() == 1
            assert "비밀계약은 둘째" in reader.entries()[0].text
            desk.stop()
            desk.tokens = ()
            desk.start()
            for query in ("q=비밀계약", f"q={COMPANY}"):
                with visit(browser, f"{root}search?{query}") as found:
                    assert "둘째 단락" not in found.page.content()
                    assert len(headlines(found.page)) == (query != "q=비밀계약")
                late = Newsboat(tmp_path / query.partition("=")[2])
                late.subscribe("search", f"{root}search.atom?{quote(query, safe='=')}")
                assert late.update() == (query != "q=비밀계약")
                assert all("둘째 단락" not in one.text for one in late.entries())
