"""Lists of the site's that are no section pages: its search, and the news flashes
(site page, "URLs")."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import Any

import pytest

from feedsvc.config import SectionConfig
from feedsvc.model import Record
from feedsvc.poll import publish
from feedsvc.poll.backfill import Backfill
from tests.poll.desk import NOW, SECTIONS, Desk, by_name, piece
from tests.standin import Fault, StandIn

pytestmark = pytest.mark.usefixtures("one_section")

SEARCH = SectionConfig(name="nexon", title="넥슨", search="넥슨 게임")
FLASHES = SectionConfig(name="flash", title="속보", newsflash=True)


def about(number: int, word: str = "넥슨의 게임", **values: Any) -> Any:
    return piece(number, title=f"{word} {number}호 출시", **values)


def kept(desk: Desk, number: int) -> Record:
    record = desk.archive().get(number)
    assert record is not None
    return record


def asked(desk: Desk) -> list[str]:
    """What was asked for since the last look, without robots.txt."""
    found = [one.target for one in desk.site.requests if one.target != "/robots.txt"]
    desk.site.forget_requests()
    return found


def urls(desk: Desk, name: str) -> set[str]:
    return {item["url"].removeprefix(desk.base_url) for item in desk.feed(name)}


# The site's own search


@pytest.fixture
def searching(desk: Desk) -> Desk:
    desk.sections = (SEARCH, SECTIONS[0])
    for number in (101, 103):
        desk.site.publish(about(number, sections=("083000",)))
    desk.site.publish(piece(102))
    return desk


def test_what_the_search_finds_is_read_and_kept_once(searching: Desk) -> None:
    """[once] the address of a search; [guess] its rows are those of a section page."""
    outcome = by_name(searching.poll())
    assert asked(searching)[0] == (
        "/search/?LIKE=%EB%84%A5%EC%8A%A8+%EA%B2%8C%EC%9E%84&SEARCHFIELD=TITLE_CONTENT"
    )
    assert outcome["nexon"].rows == 2
    assert outcome["nexon"].error is None
    assert set(searching.archive().index.ids()) == {101, 102, 103}
    # Codes only: a search has none, and its rows' addresses none here.
    assert kept(searching, 101).sections == ()
    assert kept(searching, 102).sections == ("068000",)
    # Its feed has what holds the words, whoever listed it.
    assert urls(searching, "nexon") == {"/articles/101", "/articles/103"}
    assert urls(searching, "all") == {"/articles/101", "/articles/102", "/articles/103"}
    assert searching.feed("nexon")[0]["url"].startswith(searching.base_url)
    channel = json.loads((searching.folder / "public/nexon.json").read_text())
    assert channel["home_page_url"].endswith("SEARCHFIELD=TITLE_CONTENT")
    # A second poll reads nothing again, and a new hit alone.
    asked(searching)
    before = searching.published()
    searching.poll()
    assert len(asked(searching)) == 2  # the two lists
    assert searching.published() == before
    searching.site.publish(about(104, hours=0.5, sections=("083000",)))
    searching.poll()
    assert "/articles/104" in asked(searching)
    assert "/articles/104" in urls(searching, "nexon")


@pytest.mark.slow
def test_a_walk_of_a_search_ends_on_known_ground(searching: Desk) -> None:
    searching.site.page_size = 5
    for number in range(110, 130):
        searching.site.publish(about(number, hours=200 - number, sections=("083000",)))
    # A new section is read one page deep, whatever the archive holds.
    searching.poll()
    assert len([one for one in asked(searching) if one.startswith("/search")]) == 1
    for number in range(130, 142):
        searching.site.publish(about(number, hours=150 - number, sections=("083000",)))
    searching.poll()
    pages = [one for one in asked(searching) if one.startswith("/search")]
    assert len(pages) == 3
    assert pages[1].endswith("&page=2")
    assert set(range(130, 142)) <= set(searching.archive().index.ids())


def test_a_search_without_hits_is_no_error(searching: Desk) -> None:
    searching.sections = (SectionConfig(name="none", title="없음", search="없는말"),)
    outcome = searching.poll().sections[0]
    assert (outcome.rows, outcome.error) == (0, None)
    assert asked(searching) == [
        "/search/?LIKE=%EC%97%86%EB%8A%94%EB%A7%90&SEARCHFIELD=TITLE_CONTENT"
    ]


@pytest.mark.parametrize("boxes", [True, False])
def test_rows_that_are_not_a_sections_are_told_and_their_links_read(
    searching: Desk, caplog: pytest.LogCaptureFixture, boxes: bool
) -> None:
    """[guess] "lists rows like a section page's"; if they are not, links to articles do."""
    searching.site.search_as = "links"
    searching.site.boxes = boxes
    for number in range(201, 215):  # what every page links in its frame
        searching.site.publish(piece(number, hours=number / 1000, sections=("080000",)))
    caplog.set_level("WARNING", "feedsvc")
    searching.sections = (SEARCH,)
    outcome = searching.poll().sections[0]
    assert (outcome.rows, outcome.error) == (2, None)
    assert {101, 103} <= set(searching.archive().index.ids())
    assert urls(searching, "nexon") == {"/articles/101", "/articles/103"}
    told = [line for line in caplog.messages if "section nexon" in line]
    assert len(told) == 1
    assert "not those of a section page" in told[0]
    # Once a day, and not again while nothing is new.
    searching.later(minutes=10)
    searching.poll()
    assert len([line for line in caplog.messages if "section nexon" in line]) == 1
    assert not [one for one in asked(searching)[3:] if one.startswith("/articles/")]


@pytest.mark.parametrize(
    ("hits", "rows"),
    [
        ('<li><a href="/articles/101/083000">넥슨의 게임 101호 출시</a></li>', 1),
        ("<li>검색 결과가 없습니다.</li>", 0),
    ],
)
def test_a_short_page_of_hits_is_read_by_its_links_too(
    searching: Desk, hits: str, rows: int
) -> None:
    """A search may have few hits, or none, and its page little around them."""
    html = f"<html><head><meta charset=utf-8></head><body><ul>{hits}</ul></body></html>"
    searching.site.search_as = html
    searching.sections = (SEARCH,)
    outcome = searching.poll().sections[0]
    assert (outcome.rows, outcome.error) == (rows, None)
    assert set(searching.archive().index.ids()) == ({101} if rows else set())


def test_a_short_page_that_says_something_else_is_no_list_of_hits(searching: Desk) -> None:
    html = "<html><body>서비스 점검 중입니다. <a href='/articles/101'>넥슨의 게임</a></body></html>"
    searching.site.search_as = html
    searching.sections = (SEARCH,)
    assert "error page" in (searching.poll().sections[0].error or "")


def test_robots_txt_holds_for_a_search(searching: Desk) -> None:
    searching.site.robots = "User-agent: *\nDisallow: /search\n"
    outcome = by_name(searching.poll())
    assert "robots.txt" in (outcome["nexon"].error or "")
    assert outcome["industry"].new == 1
    assert not [one for one in asked(searching) if one.startswith("/search")]


@pytest.mark.slow
def test_a_backfill_walks_a_search(searching: Desk) -> None:
    searching.site.page_size = 5
    for number in range(110, 130):
        searching.site.publish(about(number, hours=200 - number, sections=("083000",)))
    archive = searching.archive()
    with searching.fetcher(archive) as fetcher:
        backfill = Backfill(searching.config, archive, fetcher, searching.clock, rest=lambda: None)
        outcome = backfill.run([SEARCH])
    assert outcome.added == 22
    assert outcome.stopped is None


# News flashes


@pytest.fixture
def flashing(desk: Desk) -> Desk:
    """101 stands among the articles, 102 has a page of its own alone."""
    desk.sections = (SECTIONS[0], FLASHES)
    desk.site.flash(piece(101, sections=("083000",), published_at=NOW - timedelta(days=2)))
    desk.site.flash(piece(102, published_at=NOW - timedelta(days=1, hours=3)), alone=True)
    desk.site.publish(piece(103))
    return desk


def test_flashes_are_read_once_among_the_articles_or_on_a_page_of_their_own(flashing: Desk) -> None:
    """[guess] ``/articles/{id}``, else ``/newsflash/{id}``."""
    outcome = by_name(flashing.poll())
    assert (outcome["flash"].rows, outcome["flash"].error) == (2, None)
    # Each is counted where it was listed, whatever its address tells of a section.
    assert (outcome[SECTIONS[0].name].new, outcome["flash"].new) == (1, 2)
    assert sum(one.failed for one in outcome.values()) == 0
    targets = asked(flashing)
    assert targets[:2] == ["/categories/068000", "/newsflash/"]
    assert sorted(targets[2:]) == [
        "/articles/101",
        "/articles/102",
        "/articles/103",
        "/newsflash/102",
    ]
    first, second = kept(flashing, 101), kept(flashing, 102)
    # The clock time of the list gets its day from the article.
    assert first.published_at == NOW - timedelta(days=2)
    assert second.published_at == NOW - timedelta(days=1, hours=3)
    assert (first.sections, second.sections) == ((), ())
    assert first.guid.endswith(":articles/101")
    assert first.url == f"{flashing.base_url}/articles/101"
    assert second.url == f"{flashing.base_url}/newsflash/102"
    assert urls(flashing, "flash") == {"/articles/101", "/newsflash/102"}
    assert "/articles/103" in urls(flashing, "all")
    # A second poll reads nothing again, and a new one alone.
    flashing.poll()
    assert asked(flashing) == ["/categories/068000", "/newsflash/"]
    flashing.site.flash(piece(104, hours=0.1, sections=("083000",)))
    flashing.poll()
    assert "/articles/104" in asked(flashing)
    assert "/articles/104" in urls(flashing, "flash")


def test_what_is_a_flash_is_told_by_the_records(flashing: Desk) -> None:
    flashing.poll()
    for days in (1, 2):  # the looks that are due, an edit among them
        flashing.later(hours=2 * days)
        flashing.site.edit(101, subtitle=f"고친 부제 {days}")
        flashing.poll()
    assert kept(flashing, 101).subtitle == "고친 부제 2"
    before = urls(flashing, "flash")
    assert before == {"/articles/101", "/newsflash/102"}
    shutil.rmtree(flashing.folder / "archive/.state")
    archive = flashing.archive()
    with archive.writing(flashing.now):
        publish(flashing.config, archive, flashing.now, None)
    archive.close()
    assert urls(flashing, "flash") == before
    flashing.poll()
    assert urls(flashing, "flash") == before


@pytest.mark.parametrize(
    "first",
    ["the flashes", "a section, days before", pytest.param("a section", marks=pytest.mark.slow)],
)
def test_an_article_that_a_section_lists_too_is_a_flash_all_the_same(
    desk: Desk, first: str
) -> None:
    desk.sections = (FLASHES, SECTIONS[0]) if first == "the flashes" else (SECTIONS[0], FLASHES)
    article = piece(101)
    if first == "a section, days before":
        desk.site.publish(article)
        desk.site.flash(piece(90), alone=True)
        desk.poll()
        desk.later(days=2)
        asked(desk)
    desk.site.flash(article)
    desk.poll()
    if first == "a section, days before":
        assert "/newsflash/101" not in asked(desk)
    assert kept(desk, 101).sections == ("068000",)
    assert kept(desk, 101).revisions == ()
    assert "/articles/101" in urls(desk, "flash")
    assert urls(desk, "industry") == {"/articles/101"}
    # Read again for its row in the section, it is one still.
    desk.site.edit(101, title="고쳐 쓴 제목이 여기에 선다")
    desk.later(minutes=20)
    desk.poll()
    assert kept(desk, 101).title == "고쳐 쓴 제목이 여기에 선다"
    assert "/articles/101" in urls(desk, "flash")


def test_a_flash_whose_headline_is_edited_is_the_same(flashing: Desk) -> None:
    flashing.poll()
    edited = flashing.site.edit(101, title="고쳐 쓴 제목이 여기에 선다")
    flashing.site.flash(edited)
    flashing.later(minutes=20)
    outcome = flashing.poll()
    assert sum(one.failed for one in outcome.sections) == 0
    assert kept(flashing, 101).title == "고쳐 쓴 제목이 여기에 선다"
    # Among the flashes it is old still: the article's page counts.
    flashing.site.edit(101, title="또 고쳐 쓴 제목이 여기에 선다")
    flashing.later(hours=8)
    outcome = flashing.poll()
    assert sum(one.failed for one in outcome.sections) == 0
    assert kept(flashing, 101).title == "또 고쳐 쓴 제목이 여기에 선다"


def test_a_headline_that_is_edited_before_a_flash_is_read_is_no_proof_that_it_is_another(
    desk: Desk,
) -> None:
    desk.sections = (FLASHES,)
    desk.site.flash(piece(101, title="속보 한 줄"), alone=True)
    desk.site.publish(piece(101, title="살을 붙인 기사"))
    listed = desk.site.respond("GET", "/newsflash/").body.decode()
    assert "속보 한 줄" in listed
    desk.site.fault(Fault.NOT_FOUND, "/newsflash/101")  # it has no page of its own
    assert sum(one.failed for one in desk.poll().sections) == 0
    assert kept(desk, 101).title == "살을 붙인 기사"
    assert urls(desk, "flash") == {"/articles/101"}


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("known", [True, False])
def test_a_flash_with_the_number_of_another_article_is_held_and_told(
    desk: Desk, caplog: pytest.LogCaptureFixture, known: bool
) -> None:
    """[guess] "the same id space as articles": where it is not, nothing is mixed up."""
    desk.sections = (SECTIONS[0], FLASHES)
    desk.site.publish(piece(101, title="오래 전의 다른 기사"))
    desk.site.flash(piece(99), alone=True)
    if known:
        desk.poll()
    before = {one: data for one, (data, _) in desk.published().items()}
    desk.site.flash(piece(101, title="속보: 전혀 다른 소식"), alone=True)
    if not known:
        desk.sections = (FLASHES,)
    desk.later(minutes=20)
    caplog.set_level("WARNING", "feedsvc")
    outcome = by_name(desk.poll())
    assert sum(one.failed for one in outcome.values()) == 1
    (told,) = [line for line in caplog.messages if "article 101" in line]
    assert "속보: 전혀 다른 소식" in told
    assert "오래 전의 다른 기사" in told
    assert "held" in told
    assert [one.id for one in desk.archive().pending.all()] == [101]
    if known:
        assert kept(desk, 101).title == "오래 전의 다른 기사"
        assert kept(desk, 101).revisions == ()
        assert not kept(desk, 101).is_flash
        assert {one: data for one, (data, _) in desk.published().items()} == before
    else:
        assert desk.archive().get(101) is None
    # Once the flash is gone, or its number free, it goes on.
    desk.site.flash(piece(101, title="오래 전의 다른 기사"), alone=True)
    desk.later(minutes=20)
    assert sum(one.failed for one in desk.poll().sections) == 0


def test_a_list_of_flashes_that_is_none_is_told(desk: Desk) -> None:
    desk.sections = (SECTIONS[0], FLASHES)
    desk.site.publish(piece(101))
    outcome = by_name(desk.poll())
    assert "news flashes" in (outcome["flash"].error or "")
    assert outcome["industry"].new == 1


@pytest.mark.slow
def test_the_flashes_are_walked_to_known_ground(desk: Desk) -> None:
    desk.sections = (FLASHES,)
    desk.site.page_size = 5
    for number in range(100, 104):
        desk.site.flash(piece(number, hours=300 - number), alone=True)
    desk.poll()
    for number in range(104, 116):
        desk.site.flash(piece(number, hours=300 - number), alone=True)
    asked(desk)
    desk.poll()
    pages = [one for one in asked(desk) if one.startswith("/newsflash/") and one[-1] in "/23"]
    assert [one for one in pages if "page" in one or one == "/newsflash/"] == [
        "/newsflash/",
        "/newsflash/?page=2",
        "/newsflash/?page=3",
    ]
    assert set(range(104, 116)) <= set(desk.archive().index.ids())


def test_the_stand_in_has_both_lists() -> None:
    site = StandIn([about(101)])
    site.flash(piece(102, published_at=NOW), alone=True)
    assert 'id="article_102"' in site.respond("GET", "/newsflash/").body.decode()
    assert "18:00</span>" in site.respond("GET", "/newsflash/").body.decode()
    assert site.respond("GET", "/newsflash/102").status == 200
    assert site.respond("GET", "/articles/102").status == 404
    assert site.respond("GET", "/newsflash/101").status == 404
