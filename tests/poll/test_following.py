"""What is published follows the settings and the archive, whatever changed meanwhile: each
time the same bytes as in a folder that was empty before."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from feedsvc.config import CustomFeedConfig, ServerConfig
from feedsvc.model import Status
from feedsvc.poll import publish
from tests.poll.desk import SECTIONS, Begun, Desk, piece
from tests.poll.members import COOKIE, open_to_members
from tests.standin import StandIn

FACTORY = CustomFeedConfig(name="factory", title="공장", any=("공장",))
LOCKED = CustomFeedConfig(name="locked", title="잠김", access=("members-only",))
TOKENS = {"server": ServerConfig(tokens=("a-long-enough-token",))}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    site = StandIn()
    site.boxes = False
    with site:
        desk = Desk(site, tmp_path_factory.mktemp("following"))
        site.now = desk.clock
        yield Begun(fill(desk))


@pytest.fixture
def full(begun: Begun, tmp_path: Path) -> Desk:
    return begun.in_folder(tmp_path)


def fill(desk: Desk) -> Desk:
    """Articles of three months, one of them locked, polled; custom feeds."""
    desk.feeds = {"entries": 3, "custom": (FACTORY, LOCKED)}
    for number in range(101, 107):
        desk.site.publish(piece(number, hours=24 * 14 * (number - 100)))
    desk.site.publish(piece(110, hours=40, status=Status.MEMBERS_ONLY, teaser=1))
    desk.site.publish(piece(111, hours=41, sections=("083000",), title="금융 소식"))
    desk.poll()
    return desk


def published(folder: Path) -> dict[str, bytes]:
    """Every file but the status feed; compressed copies as what they hold."""
    return {
        path.relative_to(folder).as_posix(): (
            gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("status.")
    }


def feeds_of(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if not name.endswith(".gz")}


def anew(desk: Desk, folder: Path) -> dict[str, bytes]:
    """What the settings and the archive say, published into an empty folder."""
    shutil.copytree(desk.folder / "archive", folder / "archive")
    shutil.rmtree(folder / "archive" / ".state")
    other = replace(desk, folder=folder)
    archive = other.archive()
    with archive.writing(other.now):
        archive.reindex()
        assert publish(other.config, archive, other.now, None).problems == ()
    archive.close()
    return feeds_of(published(folder / "public"))


def settled(desk: Desk, tmp_path: Path) -> None:
    """A poll follows, and the next one has nothing to do."""
    desk.later(minutes=10)
    desk.poll()
    held = published(desk.folder / "public")
    assert feeds_of(held) == anew(desk, tmp_path / f"anew-{desk.now:%d%H%M}")
    for name, data in held.items():
        if name.endswith(".gz"):
            assert held[name.removesuffix(".gz")] == data
    before = desk.published()
    desk.later(minutes=10)
    assert desk.poll().published == ()
    assert desk.published() == before


def other(**feeds: Any) -> Callable[[Desk], None]:
    def change(desk: Desk) -> None:
        desk.feeds |= feeds

    return change


def without_a_section(desk: Desk) -> None:
    desk.sections = SECTIONS[:1]


def with_another_code(desk: Desk) -> None:
    desk.sections = (*SECTIONS[:2], SECTIONS[2].model_copy(update={"code": "089000"}))


def with_another_name(desk: Desk) -> None:
    desk.sections = (SECTIONS[0].model_copy(update={"title": "산업부"}), *SECTIONS[1:])


def with_tokens(desk: Desk) -> None:
    desk.parts = TOKENS


CHANGES: dict[str, Callable[[Desk], None]] = {
    "no custom feed": other(custom=()),
    "other words": other(custom=(FACTORY.model_copy(update={"none": ("103호",)}), LOCKED)),
    "no atom": other(formats=("rss", "json")),
    "hidden": other(locked="hide"),
    "another address": other(base_url="https://feeds.example.org/news/"),
    "another title": other(title="내 소식"),
    "smaller": other(max_size=9_000),
    "more entries": other(entries=50),
    "a section less": without_a_section,
    "a section of another code": with_another_code,
    "a section of another title": with_another_name,
    "tokens": with_tokens,
}


QUICK = ("no custom feed", "no atom", "hidden")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in CHANGES]
)
def test_a_setting_that_changes_and_changes_back_is_followed(
    full: Desk, tmp_path: Path, name: str
) -> None:
    before = dict(full.feeds), full.sections, dict(full.parts)
    CHANGES[name](full)
    full.site.publish(piece(201, hours=1))
    full.site.edit(105, title="한빛전자 공장, 고쳐 쓴 제목")
    settled(full, tmp_path)
    full.feeds, full.sections, full.parts = before
    full.site.publish(piece(202, hours=24 * 20))
    full.site.publish(piece(203, hours=0.5))
    settled(full, tmp_path)


@pytest.mark.slow
def test_a_folder_that_moves_away_and_back_is_followed(full: Desk, tmp_path: Path) -> None:
    (full.folder / "public").rename(full.folder / "first")
    full.site.publish(piece(201, hours=1))
    settled(full, tmp_path)
    shutil.rmtree(full.folder / "public")
    (full.folder / "first").rename(full.folder / "public")
    full.site.publish(piece(202, hours=0.5))
    settled(full, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("new", [True, False], ids=["with a new article", "with nothing new"])
def test_an_older_folder_put_back_is_brought_up(full: Desk, tmp_path: Path, new: bool) -> None:
    shutil.copytree(full.folder / "public", tmp_path / "older")
    full.site.publish(piece(201, hours=24 * 20))
    full.site.publish(piece(202, hours=1))
    full.later(minutes=10)
    full.poll()
    shutil.rmtree(full.folder / "public")
    shutil.copytree(tmp_path / "older", full.folder / "public")
    if new:
        full.site.publish(piece(203, hours=0.2))
    settled(full, tmp_path)


@pytest.mark.slow
def test_what_is_deleted_comes_back_with_the_next_poll(full: Desk, tmp_path: Path) -> None:
    before = published(full.folder / "public")
    (full.folder / "public/all.rss").unlink()
    shutil.rmtree(full.folder / "public/archive/industry")
    settled(full, tmp_path)
    assert published(full.folder / "public") == before


def test_what_is_published_no_more_goes_and_what_is_the_users_stays(full: Desk) -> None:
    public = full.folder / "public"
    gone = {
        *(public / f"factory.{suffix}{packed}" for suffix in ("rss", "atom", "json")
          for packed in ("", ".gz")),
        *public.glob("mna.*"), *public.glob("*.json"), *public.glob("*.json.gz"),
        *public.glob("archive/factory/*"),
    }  # fmt: skip
    own = {
        "factory.txt": b"mine",
        "copy.atom": (public / "factory.atom").read_bytes(),
        "mine.rss": b"<rss version='2.0'/>",
        "page.html": b"<p>mine",
        "page.html.gz": gzip.compress(b"<p>mine"),
        "data.json": b"{}",
        "backup.json.gz": gzip.compress(b"{}"),
        "archive/factory/notes.atom": b"mine",
        "archive/mine/2026-03.atom": b"<feed xmlns='http://www.w3.org/2005/Atom'/>",
    }
    for name, data in own.items():
        (public / name).parent.mkdir(exist_ok=True)
        (public / name).write_bytes(data)
    full.feeds |= {"custom": (LOCKED,), "formats": ("rss", "atom")}
    full.sections = SECTIONS[:2]
    full.later(minutes=10)
    full.poll()
    assert not [path for path in gone if path.exists()]
    assert (public / "archive/factory").is_dir()
    assert not (public / "archive/mna").exists()
    for name, data in own.items():
        assert (public / name).read_bytes() == data
    assert not (public / "page.html.gz.gz").exists()


def test_the_status_feed_follows_too(full: Desk) -> None:
    full.feeds |= {"base_url": "https://feeds.example.org/", "formats": ("atom",)}
    full.later(minutes=10)
    full.poll()
    public = full.folder / "public"
    assert b"https://feeds.example.org/status.atom" in (public / "status.atom").read_bytes()
    assert not list(public.glob("status.rss*"))


# Empty where the archive or the settings say so.


def held(desk: Desk, name: str) -> list[str]:
    return [one["id"].rpartition("/")[2] for one in desk.feed(name)]


@pytest.mark.slow
def test_the_last_locked_article_is_released_and_locked_again(full: Desk) -> None:
    assert held(full, "locked") == ["110"]
    full.site.release(110)
    full.later(hours=7)
    full.poll()
    assert (held(full, "locked"), held(full, "released")) == ([], ["110#released"])
    full.site.edit(110, status=Status.MEMBERS_ONLY, title="다시 잠긴 기사")
    full.later(hours=7)
    full.poll()
    assert (held(full, "locked"), held(full, "released")) == (["110"], [])


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    "change",
    [
        other(custom=(FACTORY.model_copy(update={"any": ("없는말",)}), LOCKED)),
        other(custom=(FACTORY.model_copy(update={"none": ("공장",)}), LOCKED)),
    ],
    ids=["other words", "none"],
)
def test_other_words_may_empty_a_custom_feed(full: Desk, change: Callable[[Desk], None]) -> None:
    change(full)
    full.later(minutes=10)
    full.poll()
    assert held(full, "factory") == []


def test_another_code_may_empty_a_section(full: Desk) -> None:
    assert held(full, "finance") == ["111"]
    full.sections = (SECTIONS[0], SECTIONS[1].model_copy(update={"code": "089000"}))
    full.later(minutes=10)
    full.poll()
    assert held(full, "finance") == []


def test_an_archive_that_says_nothing_empties_nothing(full: Desk) -> None:
    """Its records lost, or its index: what was published stays, and it is said why."""
    archive = full.archive()
    blind = Blind(archive)
    before = full.published()
    with archive.writing(full.now):
        found = publish(full.config, blind, full.now, None)  # type: ignore[arg-type]  # as blind
    archive.close()
    assert found.problems
    assert all("would be empty" in str(one) for one in found.problems)
    assert {name: data for name, (data, _) in full.published().items()} == {
        name: data for name, (data, _) in before.items()
    }


class Blind:
    """An archive whose index lost every row; its records are there."""

    def __init__(self, archive: Any) -> None:
        self._archive = archive

    def __getattr__(self, name: str) -> Any:
        if name == "newest_first":
            return lambda *_, **__: iter(())
        if name in ("index", "days"):
            return SimpleNamespace(**dict.fromkeys(("happened", "months", "month"), lambda *_: ()))
        return getattr(self._archive, name)


# Members' texts.

SECRET = "넷째 단락"


@pytest.fixture
def member(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The locked article read whole with the reader's own session, published under tokens."""
    full = fill(desk)
    open_to_members(monkeypatch, full.site, lambda one: one.id == 110)
    full.site.edit(110, body=(*full.site.article(110).body[:3], f"<p>{SECRET} 비밀이다.</p>"))
    full.http, full.parts = {"cookie": COOKIE}, dict(TOKENS)
    full.later(hours=7)
    full.poll()
    assert tells(full) >= {"all.atom", "all.atom.gz", "locked.json", "archive/all/2026-03.atom"}
    return full


def tells(desk: Desk) -> set[str]:
    """The published files that hold the member's text of the locked article."""
    files = published(desk.folder / "public")
    return {name for name, data in files.items() if "비밀이다".encode() in data}


@pytest.mark.slow
@pytest.mark.parametrize("how", ["poll", "rebuild"])
def test_without_tokens_nothing_published_tells_what_members_see(
    member: Desk, tmp_path: Path, how: str
) -> None:
    member.parts = {}
    member.later(minutes=10)
    if how == "poll":
        member.poll()
    else:
        archive = member.archive()
        with archive.writing(member.now):
            publish(member.config, archive, member.now, None)
        archive.close()
        member.poll()  # the copies
    assert tells(member) == set()
    settled(member, tmp_path)


@pytest.mark.slow
def test_what_cannot_be_replaced_is_taken_away(
    member: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full: rather none than one that tells."""
    from feedsvc import atomic

    whole = atomic.beside

    def full(path: Path, data: bytes) -> Path:
        if path.name == "locked.json" or path.parent.name == "all":
            raise OSError(28, "No space left on device")
        return whole(path, data)

    member.parts = {}
    member.later(minutes=10)
    with monkeypatch.context() as patch:
        patch.setattr(atomic, "beside", full)
        member.poll()
    assert tells(member) == set()
    assert not (member.folder / "public/locked.json").exists()
    member.later(minutes=10)
    member.poll()
    assert held(member, "locked") == ["110"]


@pytest.mark.slow
def test_a_lost_record_does_not_leave_a_members_text_behind(member: Desk) -> None:
    (member.folder / "archive/articles/0000/110.json").unlink()
    shutil.rmtree(member.folder / "archive/.state")
    member.parts = {}
    archive = member.archive()
    with archive.writing(member.now):
        archive.reindex()
        publish(member.config, archive, member.now, None)
    archive.close()
    assert {name for name in tells(member) if not name.endswith(".gz")} == set()


def test_hidden_articles_leave_every_page(full: Desk) -> None:
    full.feeds |= {"locked": "hide"}
    full.later(minutes=10)
    full.poll()
    files = published(full.folder / "public").items()
    assert not [name for name, data in files if b"/articles/110" in data]


def test_many_polls_without_news_read_no_record(full: Desk, monkeypatch: Any) -> None:
    """Following costs nothing where nothing changed."""
    from feedsvc import feeds

    full.later(minutes=10)
    full.poll()
    monkeypatch.setattr(feeds, "publish", lambda *_, **__: pytest.fail("published"))
    for _ in range(3):
        full.now += timedelta(minutes=10)
        assert full.poll().published == ()


def test_a_damaged_record_of_long_ago_stops_nothing_that_is_followed(full: Desk) -> None:
    page = full.folder / "public/archive/all/2025-12.atom"
    match = re.search(rb"<id>[^<]*:articles/(\d+)</id>", page.read_bytes())
    assert match is not None
    path = full.folder / f"archive/articles/0000/{match[1].decode()}.json"
    path.write_bytes(b"{")
    full.feeds |= {"title": "내 소식"}
    full.site.publish(piece(201, hours=0.5))
    full.later(minutes=10)
    full.poll()
    assert held(full, "all")[0] == "201"
    # Its entry stays as it was published, in a page that follows.
    assert match[0] in page.read_bytes()
    assert "내 소식".encode() in page.read_bytes()
