"""When a redesign is learned: what counts as one, and how often it is tried."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from feedsvc.errors import FieldMissing, LayoutUnknown, LoginForm, NotAnArticle, StatusRefused
from feedsvc.memory import Memory, Topic
from feedsvc.poll import ArticleReader
from feedsvc.poll.redesign import AGAIN, LEAST, Redesign, RedesignState, signs_of
from feedsvc.poll.stage import Tally
from tests.poll.desk import NOW
from tests.poll.redesigned import Redesigned
from tests.standin import StandIn

UNKNOWN = "no known layout of the site fits the page: no article found"


def met(*errors: Exception, unread: frozenset[str] = frozenset()) -> set[str]:
    return signs_of(unread, errors)


def test_three_articles_that_fail_alike_are_a_sign() -> None:
    unknown = [LayoutUnknown(UNKNOWN, about=f"/articles/{one}") for one in range(LEAST)]
    missing = [FieldMissing("the article has no headline", about=f"/{one}") for one in range(LEAST)]
    assert met(*unknown) == {f"article {UNKNOWN}"}
    assert met(*missing) == {"article the article has no headline"}
    assert met(*unknown[1:]) == set()
    assert met(*unknown[1:], *missing[1:]) == set()
    assert met(unread=frozenset({"industry"})) == {"section industry"}


def test_old_and_new_pages_by_turns_are_a_sign_too(tmp_path: Path) -> None:
    """However many others were read well in the same poll."""
    unknown = [LayoutUnknown(UNKNOWN, about=f"/articles/{one}") for one in range(LEAST)]
    sign = f"article {UNKNOWN}"
    with ExitStack() as stack:
        desk = Redesigned(stack.enter_context(StandIn()), tmp_path, relearn="off")
        archive = stack.enter_context(closing(desk.archive()))
        fetcher = stack.enter_context(desk.fetcher(archive))
        articles = ArticleReader(desk.config, archive, fetcher, desk.clock)
        watch = Redesign(desk.config, archive, fetcher, desk.clock, articles)
        for read, errors, signs in (
            (20, unknown, (sign,)),
            (20, unknown, (sign,)),  # it stays one
            (20, [], ()),  # as these tell that it is over
            (0, unknown, (sign,)),
            (0, [], (sign,)),  # none was tried: nothing is known
        ):
            tally = Tally("everything", read=read, failed=len(errors))
            with archive.writing(desk.now):
                assert watch.attend((), [tally], errors) is None
                assert RedesignState.of(archive.memory).signs == signs, (read, errors)


def test_what_no_layout_is_to_blame_for_is_none() -> None:
    """Error pages, logins, firewalls, a site that is down, however many there are."""
    for error in (
        NotAnArticle("the page is a firewall's or a bot check"),
        LoginForm("the page is a login form"),
        StatusRefused("503", status=503),
    ):
        assert met(*[error] * 9) == set()


def test_it_is_tried_once_a_day() -> None:
    at = NOW.isoformat()
    for watch, mode, after, allowed in (
        (RedesignState(), "adopt", 0, True),
        (RedesignState(), "propose", 0, True),
        (RedesignState(), "off", 0, False),
        (RedesignState(tried_at=at, mode="adopt"), "adopt", 23, False),
        (RedesignState(tried_at=at, mode="adopt"), "adopt", 24, True),
        (RedesignState(tried_at=at, mode="adopt"), "adopt", -3, True),  # the clock was set back
        # Killed, or the site was down: soon again, and not for ever.
        (RedesignState(tried_at=at, mode="adopt", begun=1), "adopt", 0, True),
        (RedesignState(tried_at=at, mode="adopt", begun=AGAIN), "adopt", 1, False),
        (RedesignState(tried_at=at, mode="adopt", begun=AGAIN), "adopt", 24, True),
        # A draft that is proven waits for the operator; who changes his mind need not wait.
        (RedesignState(tried_at=at, mode="propose", proven=True), "propose", 48, False),
        (RedesignState(tried_at=at, mode="propose", proven=True), "adopt", 0, True),
    ):
        assert watch.allows(mode, NOW + timedelta(hours=after)) is allowed, (watch, mode, after)


@pytest.mark.parametrize("wait", [timedelta(minutes=10), timedelta(hours=1), timedelta(hours=2)])
def test_what_is_held_is_tried_twice_within_a_day(wait: timedelta) -> None:
    """Published right behind a poll, met by the next one, tried at the one after that, and
    again before it is a day old; from then on once a day."""
    published, now, tried = NOW, NOW + wait, []
    watch = RedesignState(signs=("article",), since=now.isoformat())
    while now < published + timedelta(days=5):
        now += wait
        if watch.allows("adopt", now):
            tried.append(now)
            watch = replace(watch, tried_at=now.isoformat(), mode="adopt")
    assert tried[0] == published + 2 * wait
    assert tried[1] <= published + timedelta(days=1)
    assert all(later - one >= timedelta(days=1) for one, later in pairwise(tried[1:]))
    assert len(tried) == 6 if wait < timedelta(hours=2) else 5 <= len(tried) <= 6


def test_a_second_redesign_after_a_failed_attempt_is_not_tried_twice_at_once() -> None:
    tried = NOW + timedelta(days=1)
    watch = RedesignState(
        signs=("article",), since=(NOW + timedelta(hours=5)).isoformat(),
        tried_at=tried.isoformat(), mode="adopt",
    )  # fmt: skip
    assert not watch.allows("adopt", tried + timedelta(hours=2))
    assert watch.allows("adopt", tried + timedelta(days=1))


@pytest.mark.parametrize("kept", ["", "{", "[]", "null", '{"signs": 3}', '{"tried_at": "x"}'])
def test_what_is_forgotten_or_damaged_begins_anew(kept: str) -> None:
    memory = Memory()
    memory.note.set(Topic.REDESIGN, "", text=kept)
    assert RedesignState.of(memory) == RedesignState()
    watch = RedesignState(("section a",), NOW.isoformat(), NOW.isoformat(), "adopt", 2)
    watch.keep(memory)
    assert RedesignState.of(memory) == watch
