"""Archived pages are what the settings and the archive say, always: a reader that follows
``prev-archive`` gets every article of the feed, once, as it is now, at the right address,
whatever was set, taken out or put back in between, and whatever happened meanwhile."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from feedsvc.config import CustomFeedConfig
from feedsvc.feeds import selection
from feedsvc.model import Status
from tests.poll.desk import NOW, SECTIONS, Begun, Desk, piece
from tests.standin import StandIn

ATOM = "{http://www.w3.org/2005/Atom}"
FACTORY = CustomFeedConfig(name="factory", title="공장", any=("공장",))
LOCKED = CustomFeedConfig(name="locked", title="잠김", access=("members-only",))
MONTH = 24 * 31


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    """Articles of five months, one of them locked; feeds that show the newest two."""
    site = StandIn()
    site.boxes = False
    with site:
        desk = Desk(site, tmp_path_factory.mktemp("begun"), NOW)
        site.now = desk.clock
        desk.feeds = {"entries": 2, "custom": (FACTORY, LOCKED)}
        for number in range(101, 107):
            site.publish(piece(number, hours=24 * 25 * (number - 100)))
        site.publish(piece(110, hours=MONTH, status=Status.MEMBERS_ONLY, teaser=1))
        site.publish(piece(111, hours=41, sections=("083000",), title="금융 소식"))
        desk.poll()
        yield Begun(desk)


@pytest.fixture
def full(begun: Begun, tmp_path: Path) -> Desk:
    return begun.in_folder(tmp_path / "desk")


def followed(desk: Desk, feed: str) -> dict[int, str]:
    """What the reader gets: the titles of the articles by their numbers.  Each page stands at
    the address by which it is linked, calls itself by it, and links back."""
    base = desk.config.feeds.base_url.rstrip("/") + "/"
    address: str | None = f"{base}{feed}.atom"
    later, found, first = None, dict[int, str](), True
    while address:
        path = desk.config.feeds.path / address.removeprefix(base)
        root = ElementTree.parse(path).getroot()
        links = {one.get("rel"): one.get("href") for one in root.iterfind(f"{ATOM}link")}
        assert links["self"] == address
        assert links.get("next-archive") == later
        own: dict[int, str] = {}
        for entry in root.iterfind(f"{ATOM}entry"):
            number = int(str(entry.findtext(f"{ATOM}id")).rpartition("/")[2])
            assert number not in own
            own[number] = str(entry.findtext(f"{ATOM}title"))
        if not first:
            assert links["current"] == f"{base}{feed}.atom"
            assert found.keys().isdisjoint(own), "an article stands in two pages"
            found |= own
            later = address
        first = False
        address = links.get("prev-archive")
    return found


def right(desk: Desk) -> None:
    """Every feed that there is, followed, gives the articles that the archive says."""
    config, archive = desk.config, desk.archive()
    names = ["all", *(one.name for one in config.sections)]
    names += [one.name for one in config.feeds.custom]
    with archive.writing(desk.now):
        for name in names:
            wanted = selection(
                name, archive.digests.newest_first, config.feeds, config.sections, config.site_of()
            )
            assert wanted is not None
            records = [one for one in archive.whole(archive.index.ids()) if wanted(one)]
            found = followed(desk, name)
            assert found.keys() == {one.id for one in records}, name
            for record in records:
                assert found[record.id].endswith(record.title)
    archive.close()


def meanwhile(desk: Desk) -> None:
    """A new article, one of an older month, an edit, a corrected time, a release."""
    desk.site.publish(piece(201, hours=1))
    desk.site.publish(piece(202, hours=MONTH * 2))
    desk.site.edit(105, title="한빛전자 공장, 고쳐 쓴 제목")
    desk.site.edit(104, title="다른 일", subtitle="없다", body=("<p>이제 딴 이야기다.</p>",))
    moved = NOW - timedelta(hours=MONTH * 6)
    desk.site.edit(103, title="한빛전자 103호 공장, 옛일", published_at=moved)
    desk.site.release(110)
    desk.later(hours=30)
    desk.poll()


def setting(**feeds: Any) -> Callable[[Desk], None]:
    def change(desk: Desk) -> None:
        desk.feeds |= feeds

    return change


def without_a_section(desk: Desk) -> None:
    desk.sections = SECTIONS[1:]


def moved_folder(desk: Desk) -> None:
    """``feeds.path`` leads elsewhere; the folder before stays as it is."""
    desk.folder.joinpath("public").rename(desk.folder / "before")


CHANGES: dict[str, Callable[[Desk], None]] = {
    "a custom feed out": setting(custom=(LOCKED,)),
    "a section out": without_a_section,
    "no atom": setting(formats=("rss", "json")),
    "hidden": setting(locked="hide"),
    "other words": setting(custom=(FACTORY.model_copy(update={"none": ("102호",)}), LOCKED)),
    "another address": setting(base_url="https://feeds.example.org/news/"),
    "another title": setting(title="내 소식"),
    "smaller pages": setting(max_size=9_000),
    "another folder": moved_folder,
}
QUICK = ("a custom feed out",)


@pytest.mark.parametrize(
    "name", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in CHANGES]
)
def test_a_setting_that_is_changed_and_changed_back(full: Desk, name: str) -> None:
    right(full)
    before, sections = dict(full.feeds), full.sections
    CHANGES[name](full)
    meanwhile(full)
    if "atom" in full.config.feeds.formats:
        right(full)
    full.feeds, full.sections = before, sections
    if name == "another folder":
        shutil.rmtree(full.folder / "public")
        (full.folder / "before").rename(full.folder / "public")
    full.later(minutes=10)
    full.poll()
    right(full)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["public", "archive/.state", "both"])
def test_an_older_folder_or_state_that_is_put_back(full: Desk, tmp_path: Path, what: str) -> None:
    names = ("public", "archive/.state") if what == "both" else (what,)
    for name in names:
        shutil.copytree(full.folder / name, tmp_path / "older" / name, copy_function=shutil.copy2)
    meanwhile(full)
    for name in names:
        shutil.rmtree(full.folder / name)
        shutil.copytree(tmp_path / "older" / name, full.folder / name, copy_function=shutil.copy2)
    full.later(minutes=10)
    full.poll()
    right(full)
    before = full.published()
    full.later(minutes=10)
    assert full.poll().published == ()
    assert full.published() == before


LOST = ("deleted", "of another version", "half made", "without rows", "older")


@pytest.mark.parametrize(
    "how", [one if one == LOST[0] else pytest.param(one, marks=pytest.mark.slow) for one in LOST]
)
def test_whatever_is_derived_is_lost_the_same_bytes_are_published(
    full: Desk, tmp_path: Path, how: str
) -> None:
    state = full.folder / "archive/.state"
    if how == "older":
        shutil.copytree(state, tmp_path / "older")
    meanwhile(full)
    right(full)
    before = {name: data for name, (data, _) in full.published().items()}
    if how == "deleted":
        shutil.rmtree(state)
    elif how == "older":
        shutil.rmtree(state)
        shutil.copytree(tmp_path / "older", state)
    else:
        with sqlite3.connect(state / "state.sqlite") as database:
            if how == "of another version":
                database.execute("PRAGMA user_version=6")
            else:
                database.execute("DELETE FROM standing WHERE article % 2")
                database.execute("UPDATE feed SET rule=''")
                database.execute("DELETE FROM piece" if how == "without rows" else "SELECT 1")
        database.close()
    full.later(minutes=10)
    outcome = full.poll()
    assert [one.new for one in outcome.sections] == [0, 0, 0], "no article is new"
    assert {name: data for name, (data, _) in full.published().items()} == before
    right(full)
