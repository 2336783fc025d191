"""What people see in their readers, and that nothing is new to them that is not."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.demo.articles import plain
from feedsvc.model import Status
from feedsvc.site import guid
from tests.poll.desk import piece
from tests.readers.programs import PROGRAMS, Newsboat, Program, Rss2email, subscribed
from tests.readers.served import Served, proxy, served
from tests.standin import StandInArticle

pytestmark = pytest.mark.slow

FLAGS = {
    Status.MEMBERS_ONLY: "[회원전용] ",
    Status.SOON_FREE: "[곧 무료] ",
    Status.PLUS_ONLY: "[플러스] ",
}
NEWEST = 166287


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "desk").mkdir()
    with served(tmp_path / "desk") as desk:
        yield desk


@pytest.fixture(params=PROGRAMS.values(), ids=list(PROGRAMS))
def program(request: pytest.FixtureRequest) -> type[Program]:
    chosen: type[Program] = request.param
    return chosen


def letters(text: str) -> str:
    """Letters and digits alone: what is left of a text whatever it was turned into."""
    return re.sub(r"\W+", "", html.unescape(text))


def wanted(article: StandInArticle) -> list[tuple[str, str]]:
    """The blocks that the site shows, and the letters of each that must be found."""
    blocks = [(block, letters(plain([block]))) for block in article.shown]
    if article.status is Status.UNKNOWN:  # the site breaks off in the last of them
        blocks[-1] = (blocks[-1][0], blocks[-1][1][:20])
    return blocks


def is_whole(article: StandInArticle, text: str) -> bool:
    found = letters(plain([text]))
    return all(part in found for _, part in wanted(article))


def test_every_entry_is_whole(desk: Served, tmp_path: Path, program: type[Program]) -> None:
    kept = {guid(number) for number in desk.archive().index.ids()}
    assert len(kept) > 50
    for reader in subscribed(program, tmp_path, desk.root, "all"):
        assert reader.update() == len(kept)
        entries = {one.id: one for one in reader.entries()}
        assert set(entries) == kept
        for one in entries.values():
            article = desk.site.article(int(one.id.rpartition("/")[2]))
            assert one.title == FLAGS.get(article.status, "") + article.title
            assert one.at == article.published_at
            assert is_whole(article, one.text), (reader.folder.name, article.title)
            # Of several reporters most readers show one; where there is none, the publisher.
            authors = {name for name in one.author.split(", ") if name}
            assert authors <= set(article.reporters or ["딜사이트"]), reader.folder.name
            assert authors or not article.reporters, reader.folder.name


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_rss2email_mails_the_text_and_not_the_summary(
    desk: Served, tmp_path: Path, suffix: str
) -> None:
    """In plain mails, as it sends them unless told otherwise: links, tables and lists
    have marks in between then."""
    reader = Rss2email(tmp_path / "reader", html=False)
    reader.subscribe("all", f"{desk.root}all.{suffix}")
    assert reader.update() > 50
    for one in reader.entries():
        article = desk.site.article(int(one.id.rpartition("/")[2]))
        found = letters(one.text)
        for block, part in wanted(article):
            assert part in found or re.search("<(a|img|table|figure|ol)", block), article.title


def test_an_edit_is_not_new(desk: Served, tmp_path: Path, program: type[Program]) -> None:
    readers = subscribed(program, tmp_path, desk.root, "all", "released")
    for reader in readers:
        assert reader.update() > 50
    article = desk.site.article(NEWEST)
    body = ("<p>앞머리를 고쳐 썼다.</p>", *article.body[1:])
    desk.site.edit(NEWEST, body=body, subtitle="고친 부제")
    desk.later(hours=2)
    assert sum(one.revised for one in desk.poll().sections) == 1
    for reader in readers:
        assert reader.update() == 0, reader.folder.name
        texts = [one.text for one in reader.entries() if one.id == guid(NEWEST)]
        assert any("고쳐 썼다" in text for text in texts) is not reader.keeps_first_text

    desk.site.edit(NEWEST, title="고친 제목")
    desk.later(hours=5)
    assert sum(one.revised for one in desk.poll().sections) == 1
    for reader in readers:
        assert reader.update() == (1 if reader.keys_on_title else 0), reader.folder.name


def test_a_release_is_one_new_entry(desk: Served, tmp_path: Path, program: type[Program]) -> None:
    readers = subscribed(program, tmp_path, desk.root, "all", "released")
    for reader in readers:
        assert reader.update() > 50
    locked = next(one for one in desk.site.articles if one.status is Status.SOON_FREE)
    free = desk.site.release(locked.id)
    assert len(free.shown) > len(locked.shown)
    desk.later(hours=2)
    assert sum(one.released for one in desk.poll().sections) == 1
    for reader in readers:
        # The flag goes from the title in `all`.
        assert reader.update() == (2 if reader.keys_on_title else 1), reader.folder.name
        entries = reader.entries()
        released = [one for one in entries if one.id == f"{guid(free.id)}#released"]
        assert [one.title for one in released] == [free.title]
        assert is_whole(free, released[0].text)
        in_place = [one for one in entries if one.id == guid(free.id)]
        if not reader.keeps_first_text:
            assert [one.title for one in in_place] == [free.title]
            assert is_whole(free, in_place[0].text)


def test_moving_house_makes_nothing_new(
    desk: Served, tmp_path: Path, program: type[Program]
) -> None:
    readers = subscribed(program, tmp_path, desk.root, "all", "released")
    for reader in readers:
        assert reader.update() > 50
    count = len(readers[0].entries())

    def nothing_new() -> None:
        for reader in readers:
            for name in reader.subscriptions:
                reader.subscribe(name, f"{desk.root}{name}")
            assert reader.update() == 0, reader.folder.name
            assert len(reader.entries()) == count

    desk.stop()
    desk.start()
    nothing_new()
    desk.later(hours=1)
    desk.rebuild()
    nothing_new()
    before = desk.root
    desk.move()
    assert desk.root != before
    nothing_new()
    with proxy("news/feeds", desk.port) as desk.public_at:
        desk.stop()
        desk.start()
        desk.rebuild()
        assert f"{desk.public_at}all.rss" in (desk.folder / "public/all.rss").read_text("utf-8")
        nothing_new()
        # They were not deaf to it.
        desk.site.publish(piece(777, hours=-1, sections=("068000",)))
        desk.later(hours=1)
        desk.poll()
        for reader in readers:
            assert reader.update() == 1, reader.folder.name


def test_newsboat_shows_an_article_of_two_feeds_in_one(desk: Served, tmp_path: Path) -> None:
    """As docs/feeds.md says: it knows ids over all feeds."""
    (reader,) = subscribed(Newsboat, tmp_path, desk.root, "all", "industry")[:1]
    assert isinstance(reader, Newsboat)
    everything = reader.update()
    rows = reader.rows("guid, feedurl")
    assert len({row[0] for row in rows}) == len(rows) == everything
    assert {row[1] for row in rows} == set(reader.subscriptions.values())


def test_a_tag_in_a_headline_is_text(desk: Served, tmp_path: Path, program: type[Program]) -> None:
    """As docs/feeds.md says, rss2email takes such a headline for HTML in RSS: Atom is
    the format for it."""
    title = "<b>굵게</b> 쓴 R&D"
    desk.site.edit(NEWEST, title=title)
    desk.later(hours=2)
    desk.poll()
    for reader in subscribed(program, tmp_path, desk.root, "all"):
        reader.update()
        (shown,) = (one.title for one in reader.entries() if one.id == guid(NEWEST))
        if reader.folder.name == "rss2email-rss":
            assert "굵게" in shown
        else:
            assert shown == title, reader.folder.name
