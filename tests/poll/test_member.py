"""With the reader's own session: asked for only where a guest meets a lock."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedsvc.archive import warc
from feedsvc.model import FetchedPage, Record, Status
from feedsvc.parse import generic
from feedsvc.poll import publish
from feedsvc.poll.repair import mend
from feedsvc.poll.reread import reparse
from feedsvc.revisions import teaser
from tests.poll.desk import SECTIONS, Begun, Desk, piece
from tests.poll.members import COOKIE, open_to_members
from tests.standin import Answer, Fault, StandIn

pytestmark = pytest.mark.usefixtures("one_section")

_PLAIN = StandIn.respond


@pytest.fixture
def member(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A site that shows members-only articles whole to those who bring the session."""
    open_to_members(monkeypatch, desk.site, lambda one: one.status is Status.MEMBERS_ONLY)
    desk.http = {"cookie": COOKIE}
    return desk


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    """One open article, one for members and one for sale, read by a member once."""
    site = StandIn()
    site.boxes = False
    with pytest.MonkeyPatch.context() as patch, site:
        open_to_members(patch, site, lambda one: one.status is Status.MEMBERS_ONLY)
        folder = tmp_path_factory.mktemp("member")
        made = Desk(site, folder, sections=SECTIONS[:1], http={"cookie": COOKIE})
        site.now = made.clock
        site.publish(piece(101))
        site.publish(piece(102, status=Status.MEMBERS_ONLY, teaser=1))
        site.publish(piece(103, status=Status.PLUS_ONLY, teaser=1))
        made.poll()
        patch.undo()
        yield Begun(made)


@pytest.fixture
def polled(begun: Begun, tmp_path: Path) -> Desk:
    return begun.in_folder(tmp_path)


def entry_of(desk: Desk, number: int) -> dict[str, Any]:
    (entry,) = (one for one in desk.feed("all") if one["id"].endswith(f"/{number}"))
    return entry


def test_a_locked_article_is_kept_whole_with_its_true_status(polled: Desk) -> None:
    found = {one: polled.archive().get(one) for one in (101, 102, 103)}
    assert [record.access.seen_as for record in found.values() if record] == [
        "guest",
        "member",
        "guest",
    ]
    assert [len(record.body) for record in found.values() if record] == [4, 4, 1]
    assert found[102] is not None
    assert found[102].access.status is Status.MEMBERS_ONLY


@pytest.mark.usefixtures("every_format")
def test_the_session_is_never_kept_or_published(
    member: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    member.site.publish(piece(102, status=Status.MEMBERS_ONLY, teaser=1))
    member.site.publish(piece(103))
    member.site.fault(Fault.SERVER_ERROR, "/articles/103*")
    member.poll()
    for path in member.folder.rglob("*"):
        if path.is_file():
            assert b"secret-of-the-reader" not in contents(path), path
    assert "secret-of-the-reader" not in caplog.text


def test_without_tokens_the_teaser_is_published_and_one_line_says_why(
    member: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    member.site.publish(piece(102, status=Status.MEMBERS_ONLY, teaser=1))
    member.poll()
    (entry,) = member.feed("all")
    assert entry["title"].startswith("[회원전용] ")
    assert "첫째 단락" in entry["content_html"]
    assert "넷째 단락" not in entry["content_html"]
    assert sum("server.tokens" in line for line in caplog.messages) == 1


def test_with_tokens_the_whole_text_is(member: Desk) -> None:
    from feedsvc.config import ServerConfig

    member.parts = {"server": ServerConfig(tokens=("a-long-enough-token",))}
    member.site.publish(piece(102, status=Status.MEMBERS_ONLY, teaser=1))
    member.poll()
    (entry,) = member.feed("all")
    assert "넷째 단락" in entry["content_html"]


def test_read_again_from_its_page_it_is_a_members_still(polled: Desk) -> None:
    """The page that the session showed has no lock; guests meet one all the same."""
    before = polled.archive().get(102)
    archive = polled.archive()
    with archive.writing(polled.now):
        assert reparse(polled.config, archive, polled.now).mended == 0
        publish(polled.config, archive, polled.now, None)
    archive.close()
    assert polled.archive().get(102) == before
    entry = entry_of(polled, 102)
    assert entry["title"].startswith("[회원전용] ")
    assert "넷째 단락" not in entry["content_html"]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("answers", ["form", "redirect"])
@pytest.mark.parametrize("session", ["good", "expired", "none"])
def test_a_login_in_an_articles_place(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answers: str, session: str
) -> None:
    """[seen] ``/user/access/login`` with ``form#loginForm``, for guests or for all."""
    plain = StandIn.respond

    def respond(self: StandIn, method: str, target: str, headers: Any = ()) -> Answer:
        cookie = dict(headers).get("Cookie")
        if not target.startswith("/articles/102") or (cookie == COOKIE and session == "good"):
            return plain(self, method, target, headers)
        if answers == "form":
            return plain(self, method, "/user/access/login")
        location = ("Location", f"/user/access/login?returnUrl={target}")
        return Answer(302, "Found", (location, ("Content-Length", "0")), b"")

    desk.site.stop()
    monkeypatch.setattr(StandIn, "respond", respond)
    desk.site.start()
    desk.http = {"cookie": COOKIE} if session != "none" else {}
    desk.site.publish(piece(101))
    desk.site.publish(piece(102))
    outcome = desk.poll()
    kept = {one: desk.archive().get(one) for one in (101, 102)}
    assert kept[101] is not None
    if session == "good":
        assert kept[102] is not None
        assert kept[102].access.seen_as == "member"
        assert kept[102].access.status is Status.MEMBERS_ONLY
        assert sum(one.failed for one in outcome.sections) == 0
    else:
        assert kept[102] is None
        assert [one.id for one in desk.archive().pending.all()] == [102]
        assert sum(one.failed for one in outcome.sections) == 1


def test_a_session_that_ran_out_costs_no_article(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site sends who comes with an old session to its login, and guests not."""
    plain = StandIn.respond

    def respond(self: StandIn, method: str, target: str, headers: Any = ()) -> Answer:
        if "Cookie" not in dict(headers):
            return plain(self, method, target, headers)
        location = ("Location", "/user/access/login")
        return Answer(302, "Found", (location, ("Content-Length", "0")), b"")

    desk.site.stop()
    monkeypatch.setattr(StandIn, "respond", respond)
    desk.site.start()
    desk.http = {"cookie": COOKIE}
    desk.site.publish(piece(102, status=Status.MEMBERS_ONLY, teaser=1))
    desk.poll()
    record = desk.archive().get(102)
    assert record is not None
    assert (record.access.seen_as, len(record.body)) == ("guest", 1)


SECRET = "넷째 단락"  # guests are shown one paragraph


def unmarked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raw pages as an earlier feedsvc wrote them."""
    plain = warc.page

    def page(article_id: int, page: FetchedPage) -> bytes:
        return plain(article_id, replace(page, seen_as=None, guest_status=None))

    monkeypatch.setattr(warc, "page", page)


def lost(desk: Desk, number: int, *, file: bool = True, state: bool = True) -> None:
    """A record, and what would prove it to the byte."""
    if file:
        (desk.folder / "archive" / "articles" / "0000" / f"{number}.json").unlink()
    if state:
        shutil.rmtree(desk.folder / "archive" / ".state")


def mended(desk: Desk) -> tuple[str, ...]:
    archive = desk.archive()
    told = mend(desk.config, archive, desk.now)
    with archive.writing(desk.now):
        publish(desk.config, archive, desk.now, None)
    archive.close()
    return told


def record(desk: Desk, number: int) -> Record:
    found = desk.archive().get(number)
    assert found is not None
    return found


def shown(desk: Desk, number: int) -> set[str]:
    """The published files that hold an article's text to its end."""
    words = f"{number}호 공장의 {SECRET}".encode()
    return {
        path.name
        for path in (desk.folder / "public").rglob("*")
        if path.is_file() and words in contents(path)
    }


def contents(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def raw(desk: Desk) -> str:
    data = b"".join(map(gzip.decompress, (one.read_bytes() for one in raw_files(desk))))
    return data.decode("utf-8", "replace")


def raw_files(desk: Desk) -> list[Any]:
    return sorted((desk.folder / "archive" / "raw").iterdir())


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("cookie", [False, True], ids=["no cookie any more", "cookie"])
def test_a_lost_record_is_a_members_again(polled: Desk, cookie: bool) -> None:
    """Its page says who saw it, and what guests get."""
    assert "Feedsvc-Seen-As: member\r\n" in raw(polled)
    lost(polled, 102)
    if not cookie:
        polled.http = {}
    mended(polled)
    again = record(polled, 102)
    assert (again.access.status, again.access.seen_as) == (Status.MEMBERS_ONLY, "member")
    assert SECRET in str(again.body)
    assert entry_of(polled, 102)["title"].startswith("[회원전용] ")
    assert shown(polled, 101) >= {"all.json", "all.rss", "all.atom.gz"}
    assert shown(polled, 102) == set()


def test_what_guests_get_of_it_is_told_by_its_page(
    member: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_to_members(monkeypatch, member.site, lambda one: one.id == 102)
    member.site.publish(piece(102, status=Status.SOON_FREE, teaser=1))
    member.poll()
    assert record(member, 102).access.seen_as == "member"
    lost(member, 102)
    mended(member)
    assert record(member, 102).access.status is Status.SOON_FREE
    assert shown(member, 102) == set()


@pytest.mark.parametrize("cookie", [True, False], ids=["cookie", "no cookie any more"])
def test_a_page_that_does_not_tell_is_taken_for_a_members(
    member: Desk, monkeypatch: pytest.MonkeyPatch, cookie: bool
) -> None:
    """One of an earlier feedsvc, where the session was used: by the configuration, or by
    what other records say."""
    unmarked(monkeypatch)
    for number in (102, 103):
        member.site.publish(piece(number, status=Status.MEMBERS_ONLY, teaser=1))
    member.poll()
    assert "Feedsvc-Seen-As" not in raw(member)
    lost(member, 102)
    if not cookie:
        member.http = {}
    (told,) = [line for line in mended(member) if "102" in line]
    assert "taken for a member's: 'feedsvc refresh 102'" in told
    assert record(member, 102).access.seen_as == "member"
    assert shown(member, 102) == set()


def test_who_never_had_a_session_gets_an_open_article_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    unmarked(monkeypatch)
    desk.site.publish(piece(101))
    desk.poll()
    lost(desk, 101)
    (told,) = [line for line in mended(desk) if "101" in line]
    assert "member" not in told
    assert record(desk, 101).access.status is Status.OPEN
    assert SECRET in str(desk.feed("all"))


def test_a_guests_page_that_the_digest_proves_is_a_guests(
    member: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    unmarked(monkeypatch)
    member.site.publish(piece(101))
    member.poll()
    before = record(member, 101)
    lost(member, 101, state=False)
    (told,) = mended(member)
    assert "the same to the byte" in told
    assert record(member, 101) == before


def test_a_guests_marked_page_is_a_guests_though_the_session_was_used(polled: Desk) -> None:
    lost(polled, 101)
    mended(polled)
    assert record(polled, 101).access.status is Status.OPEN
    assert SECRET in str(entry_of(polled, 101))


def held(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page in a layout that nobody knows, which only the session gets to see."""

    def walled(self: StandIn, method: str, target: str, headers: Any = ()) -> Answer:
        if target.startswith("/articles/102") and dict(headers).get("Cookie") != COOKIE:
            return _PLAIN(self, method, "/user/access/login")
        return _PLAIN(self, method, target, headers)

    desk.site.stop()
    monkeypatch.setattr(StandIn, "respond", walled)
    desk.site.start()
    desk.site.publish(piece(101))
    desk.poll()
    desk.site.publish(piece(102))
    desk.site.fault(Fault.RENAMED, "/articles/102*")


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("marked", [False, True], ids=["unmarked", "marked"])
def test_a_held_members_page_becomes_a_members_record(
    member: Desk, monkeypatch: pytest.MonkeyPatch, marked: bool
) -> None:
    if not marked:
        unmarked(monkeypatch)
    monkeypatch.setattr(generic, "installed", lambda: False)
    held(member, monkeypatch)
    member.poll()
    assert member.archive().get(102) is None
    archive = member.archive()
    page = archive.raw.last(102)
    assert page is not None
    member.site.clear_faults()
    whole = member.site.respond("GET", "/articles/102", (("Cookie", COOKIE),)).body
    with archive.writing(member.now):
        archive.hold(102, replace(page, body=whole))  # as better rules would read it
        assert reparse(member.config, archive, member.now).added == 1
        publish(member.config, archive, member.now, None)
    archive.close()
    kept = record(member, 102)
    assert (kept.access.status, kept.access.seen_as) == (Status.MEMBERS_ONLY, "member")
    (entry,) = (one for one in member.feed("all") if one["id"] == kept.guid)
    assert SECRET in str(kept.body)
    assert SECRET not in str(entry)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_what_a_generic_extractor_makes_of_a_members_page_is_a_members(
    member: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generic, "installed", lambda: True)
    held(member, monkeypatch)
    member.poll()
    made = record(member, 102)
    assert generic.is_provisional(made)
    assert (made.access.status, made.access.seen_as) == (Status.MEMBERS_ONLY, "member")
    member.site.clear_faults()
    member.later(minutes=10)
    member.poll()
    read = record(member, 102)
    assert not generic.is_provisional(read)
    assert (read.access.status, read.access.seen_as) == (Status.MEMBERS_ONLY, "member")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_makeshift_of_a_guests_page_becomes_a_members_with_its_reading(
    member: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generic, "installed", lambda: True)
    member.site.publish(piece(101))
    member.poll()
    member.site.publish(piece(102))
    member.site.fault(Fault.RENAMED, "/articles/102*")
    member.poll()
    assert record(member, 102).access.seen_as == "guest"
    member.site.clear_faults()
    member.site.edit(102, status=Status.MEMBERS_ONLY, teaser=1)
    member.later(minutes=10)
    member.poll()
    read = record(member, 102)
    assert SECRET in str(read.body)
    assert read.access.seen_as == "member"
    (entry,) = (one for one in member.feed("all") if one["id"] == read.guid)
    assert SECRET not in str(entry)


def test_where_the_page_breaks_off_for_guests_it_is_a_members_still(polled: Desk) -> None:
    """``unknown`` is not locked, and shows guests no more than a lock does."""
    whole = record(polled, 102)
    told = replace(whole.access, status=Status.UNKNOWN, markers=())
    broken = replace(whole, access=told)
    assert not broken.access.locked
    assert SECRET in str(broken)
    assert SECRET not in str(teaser(broken))


def test_an_export_keeps_who_saw_a_page(polled: Desk) -> None:
    archive = polled.archive()
    parts = archive.raw.members([102], "some.warc.gz", polled.now, lambda line: None)
    assert b"Feedsvc-Seen-As: member" in b"".join(map(gzip.decompress, parts))
