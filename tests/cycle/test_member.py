"""With the reader's own session: asked for only where a guest meets a lock."""

from __future__ import annotations

from typing import Any

import pytest

from feedsvc.cycle import publish, reparse
from feedsvc.demo import Answer, Fault, StandIn
from feedsvc.model import Status
from tests.cycle.desk import Desk, piece

COOKIE = "session=secret-of-the-reader"


_PLAIN = StandIn.respond


def respond_to_members(self: StandIn, method: str, target: str, headers: Any = ()) -> Answer:
    told = {name.lower(): value for name, value in headers}
    if target.startswith("/articles/") and told.get("cookie") == COOKIE:
        whole = StandIn(self.articles)
        whole.boxes = False
        for article in self.articles:
            if article.status is Status.MEMBERS_ONLY:
                whole.release(article.id)
        return _PLAIN(whole, method, target, headers)
    return _PLAIN(self, method, target, headers)


@pytest.fixture
def member(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A site that shows members-only articles whole to those who bring the session."""
    desk.site.stop()
    monkeypatch.setattr(StandIn, "respond", respond_to_members)
    desk.site.start()
    desk.http = {"cookie": COOKIE}
    return desk


def test_a_locked_article_is_kept_whole_with_its_true_status(member: Desk) -> None:
    member.site.publish(piece(101))
    member.site.publish(piece(102, status=Status.MEMBERS_ONLY, teaser=1))
    member.site.publish(piece(103, status=Status.PLUS_ONLY, teaser=1))
    member.poll()
    found = {one: member.archive().get(one) for one in (101, 102, 103)}
    assert [record.access.seen_as for record in found.values() if record] == [
        "guest",
        "member",
        "guest",
    ]
    assert [len(record.body) for record in found.values() if record] == [4, 4, 1]
    assert found[102] is not None
    assert found[102].access.status is Status.MEMBERS_ONLY


def test_the_session_is_never_kept_or_published(
    member: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    member.site.publish(piece(102, status=Status.MEMBERS_ONLY, teaser=1))
    member.site.publish(piece(103))
    member.site.fault(Fault.SERVER_ERROR, "/articles/103*")
    member.poll()
    import gzip

    for path in member.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            data = gzip.decompress(data) if path.suffix == ".gz" else data
            assert b"secret-of-the-reader" not in data, path
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


def test_read_again_from_its_page_it_is_a_members_still(member: Desk) -> None:
    """The page that the session showed has no lock; guests meet one all the same."""
    member.site.publish(piece(102, status=Status.MEMBERS_ONLY, teaser=1))
    member.poll()
    before = member.archive().get(102)
    archive = member.archive()
    with archive.writing(member.now):
        assert reparse(member.config, archive, member.now).mended == 0
        publish(member.config, archive, member.now, None)
    archive.close()
    assert member.archive().get(102) == before
    (entry,) = member.feed("all")
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
        assert [one.id for one in desk.archive().pending()] == [102]
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
