"""Archived pages (RFC 5005, section 4): whole, linked, split, and left alone."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from feedsvc import atomic
from feedsvc.config import CustomFeedConfig
from feedsvc.feeds import check
from feedsvc.model import Record, Status
from feedsvc.site import KST
from tests.feeds.conftest import NOW, Desk, access, make_record, revision

ATOM = "{http://www.w3.org/2005/Atom}"
FH = "{http://purl.org/syndication/history/1.0}"
BASE = "http://127.0.0.1:8080/"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Of the formats Atom alone has pages."""
    desk.settings["formats"] = ("atom",)
    return desk


def at(year: int, month: int, day: int = 1, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=KST)


def article(number: int, when: datetime, **more: object) -> Record:
    """An article published and first seen at that time."""
    made = make_record(number, published_at=when, updated_at=when, first_seen_at=when)
    return replace(made, **more)  # type: ignore[arg-type]  # by name, as in make_record


def link(root: ElementTree.Element, relation: str) -> str | None:
    found = [one.get("href") for one in root.iterfind(f"{ATOM}link") if one.get("rel") == relation]
    assert len(found) < 2
    return found[0] if found else None


def page(desk: Desk, address: str) -> ElementTree.Element:
    assert address.startswith(BASE)
    return ElementTree.fromstring(desk.read(address.removeprefix(BASE)))


def numbers(root: ElementTree.Element) -> list[int]:
    return [int(one.text.rpartition("/")[2]) for one in root.iterfind(f"{ATOM}entry/{ATOM}id")]  # type: ignore[union-attr]  # always there


def followed(desk: Desk, feed: str) -> list[list[int]]:
    """What a reader gets that follows ``prev-archive`` from the subscription document:
    the entries of each document.  Every link is checked on the way."""
    start = page(desk, f"{BASE}{feed}.atom")
    assert start.find(f"{FH}archive") is None
    found, later, address = [numbers(start)], None, link(start, "prev-archive")
    while address:
        root = page(desk, address)
        assert root.find(f"{FH}archive") is not None
        assert link(root, "self") == address
        assert link(root, "current") == f"{BASE}{feed}.atom"
        assert link(root, "next-archive") == later
        found.append(numbers(root))
        later, address = address, link(root, "prev-archive")
    return found


def pages(desk: Desk, feed: str) -> list[str]:
    return sorted(path.name for path in (desk.path / "archive" / feed).iterdir())


def state(desk: Desk) -> dict[str, bytes]:
    files = (path for path in desk.path.rglob("*") if path.is_file())
    return {str(path.relative_to(desk.path)): path.read_bytes() for path in files}


def test_following_the_links_gives_every_article_once(desk: Desk) -> None:
    desk.settings["entries"] = 2
    for n in range(1, 31):
        desk.shelf.put(article(n, at(2025, 11) + timedelta(days=4 * n)))
    desk.publish()
    current, *archived = followed(desk, "all")
    assert current == [30, 29]
    assert [one for held in archived for one in held] == list(range(30, 0, -1))
    assert pages(desk, "all") == [
        "2025-11.atom", "2025-12.atom", "2026-01.atom", "2026-02.atom", "2026-03.atom",
    ]  # fmt: skip
    assert set(pages(desk, "finance")) == set()
    assert followed(desk, "finance") == [[]]


def test_an_article_stands_in_the_month_of_its_korean_time(desk: Desk) -> None:
    utc = at(2026, 2, 1, 0)
    desk.shelf.put(article(1, utc), article(2, utc - timedelta(seconds=1)))
    desk.publish()
    assert numbers(page(desk, f"{BASE}archive/all/2026-02.atom")) == [1]
    assert numbers(page(desk, f"{BASE}archive/all/2026-01.atom")) == [2]


def test_an_article_of_any_year_has_its_month(desk: Desk) -> None:
    """What the site's editor mistyped must not stop the others."""
    ends = (1, at(202, 3, 10)), (2, at(9999, 12, 31, 23)), (3, at(1899, 1)), (4, at(1, 1, 2))
    desk.shelf.put(*(article(number, when) for number, when in ends), article(5, NOW))
    assert not desk.publish().problems
    desk.shelf.put(article(6, at(202, 4)))
    assert not desk.publish(changed=[desk.shelf.records[6]]).problems
    assert {one for document in followed(desk, "all") for one in document} == {1, 2, 3, 4, 5, 6}
    assert {one.stem for one in (desk.path / "archive/all").glob("0*")} == {
        "0001-01", "0202-03", "0202-04",
    }  # fmt: skip


def test_one_article_writes_its_month_and_no_other(desk: Desk) -> None:
    desk.shelf.put(article(1, at(2026, 1)), article(2, at(2026, 2)), article(3, at(2026, 3)))
    desk.publish()
    new = article(4, at(2026, 3, 2))
    desk.shelf.put(new)
    desk.shelf.asked.clear()
    done = desk.publish(changed=[new])
    written = {str(path.relative_to(desk.path)) for path in done.paths}
    assert {one for one in written if one.startswith("archive/")} == {
        f"archive/{feed}/2026-03.atom" for feed in ("all", "industry", "everything")
    }
    # No month was read from the archive: what is published holds the rest.
    assert not any(one.startswith("month") for one in desk.shelf.asked)


def test_a_new_month_changes_of_the_old_one_its_link_alone(desk: Desk) -> None:
    desk.shelf.put(article(1, at(2026, 2)))
    desk.publish()
    before = desk.read("archive/all/2026-02.atom").decode()
    new = article(2, at(2026, 3))
    desk.shelf.put(new)
    desk.publish(changed=[new])
    after = desk.read("archive/all/2026-02.atom").decode()
    more = [line for line in after.splitlines() if line not in before.splitlines()]
    assert len(more) == 1
    assert "next-archive" in more[0]
    assert followed(desk, "all")[1:] == [[2], [1]]


def test_a_backfilled_article_goes_into_its_own_month_between_others(desk: Desk) -> None:
    desk.shelf.put(article(5, at(2025, 1)), article(6, at(2026, 3)))
    desk.publish()
    old = replace(article(7, at(2025, 6)), origin="backfill", first_seen_at=NOW)
    desk.shelf.put(old)
    desk.publish(changed=[old])
    assert followed(desk, "all")[1:] == [[6], [7], [5]]


def test_a_month_over_the_size_is_split_and_nothing_is_dropped(desk: Desk) -> None:
    desk.settings |= {"max_size": 12_000, "entries": 1}
    texts = {n: (f"<p>{'가' * 500}{n}</p>",) for n in range(1, 21)}
    desk.shelf.put(*(article(n, at(2026, 2, n), body=texts[n]) for n in texts))
    desk.publish()
    assert len(pages(desk, "all")) > 2
    assert "2026-02.atom" in pages(desk, "all")
    assert "2026-02-2.atom" in pages(desk, "all")
    found = followed(desk, "all")[1:]
    assert [one for held in found for one in held] == list(range(20, 0, -1))
    for name in pages(desk, "all"):
        assert len(desk.read(f"archive/all/{name}")) <= 12_000
    first = desk.read("archive/all/2026-02.atom")
    later = article(21, at(2026, 2, 25), body=texts[1])
    desk.shelf.put(later)
    desk.publish(changed=[later])
    assert desk.read("archive/all/2026-02.atom") == first


def test_an_article_larger_than_a_page_is_shown_short(desk: Desk) -> None:
    desk.settings["max_size"] = 12_000
    desk.shelf.put(article(1, at(2026, 2), body=(f"<p>{'가' * 9000}</p>",)))
    assert desk.publish().problems == ()
    assert followed(desk, "all")[1:] == [[1]]
    assert "원문 보기".encode() in desk.read("archive/all/2026-02.atom")


def test_a_month_that_shrinks_leaves_no_page_behind(desk: Desk) -> None:
    desk.settings["max_size"] = 12_000
    long, short = (f"<p>{'가' * 2000}</p>",), ("<p>짧다</p>",)
    desk.shelf.put(*(article(n, at(2026, 2, n), body=long) for n in range(1, 4)))
    desk.publish()
    assert len(pages(desk, "all")) == 3
    edited = [article(n, at(2026, 2, n), body=short) for n in range(1, 4)]
    desk.shelf.put(*edited)
    desk.publish(changed=edited)
    assert pages(desk, "all") == ["2026-02.atom"]
    assert followed(desk, "all")[1:] == [[3, 2, 1]]


def test_a_revision_changes_the_page_of_its_month(desk: Desk) -> None:
    one = article(1, at(2025, 5))
    desk.shelf.put(one, article(2, at(2026, 3)))
    desk.publish()
    edited = replace(one, title="고친 제목", updated_at=NOW)
    desk.shelf.put(edited)
    desk.publish(changed=[edited])
    root = page(desk, f"{BASE}archive/all/2025-05.atom")
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == "고친 제목"
    assert root.findtext(f"{ATOM}updated") == "2026-03-10T18:00:00+09:00"


def test_an_article_whose_time_is_corrected_moves(desk: Desk) -> None:
    one = article(1, at(2026, 2, 28))
    desk.shelf.put(one, article(2, at(2026, 3)))
    desk.publish()
    old = revision(NOW, published_at=one.published_at.isoformat())
    moved = replace(one, published_at=at(2026, 3, 2), revisions=(old,))
    desk.shelf.put(moved)
    done = desk.publish(changed=[moved])
    assert done.problems == ()
    assert followed(desk, "all")[1:] == [[1, 2]]


def test_hidden_and_duplicate_articles_follow_the_feeds(desk: Desk) -> None:
    desk.settings["locked"] = "hide"
    locked = article(1, at(2026, 2, 1), access=access(Status.SOON_FREE))
    first, second = article(2, at(2026, 2, 2)), article(3, at(2026, 2, 3), duplicate_of=2)
    desk.shelf.put(locked, first, second)
    desk.publish()
    assert followed(desk, "all")[1:] == [[2]]
    free = replace(locked, access=access(Status.OPEN, released_at=NOW))
    late = replace(first, duplicate_of=1)
    desk.shelf.put(free, late)
    desk.publish(changed=[free, late])
    assert followed(desk, "all")[1:] == [[2, 1]]
    desk.publish()
    assert followed(desk, "all")[1:] == [[2, 1]]


def test_a_custom_feed_has_its_own_pages(desk: Desk) -> None:
    desk.settings["custom"] = (CustomFeedConfig(name="chips", title="칩", any=("하이닉스",)),)
    first, second = article(1, at(2026, 1), title="하이닉스가"), article(2, at(2026, 2))
    desk.shelf.put(first, second)
    desk.publish()
    assert followed(desk, "chips")[1:] == [[1]]
    edited = replace(first, title="조선이")
    joined = replace(second, title="하이닉스를")
    desk.shelf.put(edited, joined)
    desk.publish(changed=[edited, joined])
    assert followed(desk, "chips")[1:] == [[2]]


@pytest.mark.slow
def test_step_by_step_gives_the_same_bytes_as_at_once(desk: Desk, tmp_path: Path) -> None:
    desk.settings |= {"max_size": 9_000, "entries": 3}
    dice = random.Random(5005)
    records = [
        article(
            n,
            at(2025, 12) + timedelta(hours=dice.randrange(2000)),
            body=(f"<p>{'나' * dice.randrange(900)} &amp; &lt;entry&gt;</p>",),
            sections=(dice.choice(("068000", "083000")),),
        )
        for n in range(1, 60)
    ]
    desk.publish()
    while records:
        some = [records.pop() for _ in range(min(len(records), dice.randrange(1, 6)))]
        desk.shelf.put(*some)
        assert desk.publish(changed=some).problems == ()
        edited = replace(dice.choice(some), title="고침", updated_at=NOW)
        desk.shelf.put(edited)
        desk.publish(changed=[edited])
        assert sorted(n for held in followed(desk, "all")[1:] for n in held) == sorted(
            desk.shelf.records
        )
    once = Desk(tmp_path / "once", desk.shelf, settings=desk.settings)
    once.publish()
    assert state(once) == state(desk)


def test_a_whole_build_touches_nothing_that_is_right(desk: Desk) -> None:
    desk.shelf.put(*(article(n, at(2026, n)) for n in range(1, 4)))
    desk.publish()
    for path in desk.path.rglob("*.atom"):
        os.utime(path, ns=(1, 1))
    assert desk.publish().paths == ()
    assert {path.stat().st_mtime_ns for path in desk.path.rglob("*.atom")} == {1}


@pytest.mark.parametrize("name", ["2026-02.atom", "2026-02-2.atom"])
def test_a_page_taken_away_is_built_again_with_its_month(desk: Desk, name: str) -> None:
    desk.settings["max_size"] = 12_000
    long = (f"<p>{'가' * 2000}</p>",)
    desk.shelf.put(*(article(n, at(2026, 2, n), body=long) for n in range(1, 4)))
    desk.publish()
    (desk.path / "archive" / "all" / name).unlink()
    new = article(4, at(2026, 2, 5))
    desk.shelf.put(new)
    desk.publish(changed=[new])
    assert [n for held in followed(desk, "all")[1:] for n in held] == [4, 3, 2, 1]


def test_a_new_feed_gets_its_pages_though_nothing_of_it_changed(desk: Desk) -> None:
    desk.shelf.put(article(1, at(2026, 1)))
    desk.publish()
    desk.settings["custom"] = (CustomFeedConfig(name="more", title="더", any=("제목",)),)
    new = article(2, at(2026, 3), title="다른", subtitle="것", body=("<p>것</p>",))
    desk.shelf.put(new)
    desk.publish(changed=[new])
    assert followed(desk, "more") == [[1], [1]]


def test_articles_that_the_archive_lost_stay(desk: Desk) -> None:
    desk.shelf.put(article(1, at(2026, 1)), article(2, at(2026, 2, 1)), article(3, at(2026, 2, 2)))
    desk.publish()
    desk.shelf.records.pop(1)
    desk.shelf.records.pop(2)
    desk.publish()
    assert followed(desk, "all")[1:] == [[3, 2], [1]]


def test_a_disk_that_is_full_leaves_pages_that_link_each_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.shelf.put(article(1, at(2026, 2)))
    desk.publish()
    before = state(desk)
    new = article(2, at(2026, 3))
    desk.shelf.put(new)
    whole = atomic.beside

    def full(path: Path, data: bytes) -> Path:
        if "archive" in path.parts:
            raise OSError(28, "No space left on device")
        return whole(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "beside", full)
        done = desk.publish(changed=[new])
    assert any("No space left" in str(problem) for problem in done.problems)
    assert followed(desk, "all")[1:] == [[1]]
    assert {n for n in before if n.startswith("archive")} == {
        n for n in state(desk) if n.startswith("archive")
    }
    assert desk.publish(changed=[new]).problems == ()
    assert followed(desk, "all") == [[2, 1], [2], [1]]


def test_a_page_of_somebody_else_is_replaced(desk: Desk) -> None:
    desk.shelf.put(article(1, at(2026, 2)))
    desk.publish()
    (desk.path / "archive" / "all" / "2026-02.atom").write_bytes(b"\xff half a page")
    desk.publish()
    assert check.ids(desk.read("archive/all/2026-02.atom"), "atom")
    assert followed(desk, "all")[1:] == [[1]]
