"""Older pages into the archive: whole, resumable, a daemon first, feeds undisturbed."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.archive import ledger
from feedsvc.archive.lock import held
from feedsvc.errors import ArchiveLocked
from feedsvc.model import PollOutcome, Row
from feedsvc.poll import publish
from feedsvc.poll.backfill import GAPS_A_DAY, Backfill, BackfillOutcome, Estimate
from tests.poll.desk import NOW, Desk, by_name, piece
from tests.standin import Fault


def backfill(
    desk: Desk,
    *,
    gaps: bool = False,
    stop: Callable[[], bool] = lambda: False,
    rest: Callable[[], None] = lambda: None,
    names: tuple[str, ...] = ("industry",),
    progress: Callable[[int, int], None] | None = None,
    **asked: Any,
) -> BackfillOutcome:
    config = desk.config
    with desk.fetcher() as fetcher:
        archive = desk.archive()
        made = Backfill(
            config, archive, fetcher, desk.clock, rest=rest, progress=progress, stop=stop
        )
        sections = [one for one in config.sections if one.name in names]
        outcome = made.fill_gaps(**asked) if gaps else made.run(sections, **asked)
        with archive.writing(desk.now):
            publish(config, archive, desk.now, {})
        return outcome


@pytest.fixture
def old(desk: Desk) -> Desk:
    """A hundred articles, one a day, of which the first poll read the newest twenty."""
    for number in range(1, 101):
        desk.site.publish(piece(number, hours=24 * (101 - number)))
    desk.poll("industry")
    return desk


@pytest.mark.usefixtures("one_section")
def test_it_walks_to_the_end(desk: Desk) -> None:
    desk.site.page_size = 2
    for number in range(1, 9):
        desk.site.publish(piece(number, hours=24 * (9 - number)))
    desk.poll("industry")
    outcome = backfill(desk)
    assert outcome.added == 6
    assert outcome.known == 2
    assert outcome.stopped is None
    assert set(desk.archive().index.ids()) == set(range(1, 9))
    record = desk.archive().get(1)
    assert record is not None
    assert record.origin == "backfill"
    assert backfill(desk).added == 0


@pytest.mark.slow
def test_max_and_dates(old: Desk) -> None:
    assert backfill(old, most=7).added == 7
    since, until = (NOW - timedelta(days=60)).date(), (NOW - timedelta(days=51)).date()
    outcome = backfill(old, since=since, until=until)
    kept = {one for one in old.archive().index.ids() if one < 70}
    assert outcome.added == 10
    assert kept == set(range(41, 51))
    assert date(2026, 1, 9) == since


@pytest.mark.slow
def test_it_goes_on_where_it_was_stopped(old: Desk) -> None:
    left = [35]

    def stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    first = backfill(old, stop=stop)
    assert 0 < first.added < 80
    assert first.stopped
    old.site.forget_requests()
    second = backfill(old)
    assert first.added + second.added == 80
    assert old.site.count("/categories/*") <= 5


@pytest.mark.slow
def test_a_daemon_gets_the_lock_between_two_articles(old: Desk) -> None:
    polled: list[PollOutcome] = []

    def rest() -> None:
        if not polled:
            polled.append(old.poll("industry"))

    outcome = backfill(old, rest=rest, most=5)
    assert outcome.added == 5
    assert polled


@pytest.mark.slow
def test_backfilled_articles_never_push_newer_ones_out(old: Desk) -> None:
    old.feeds = {"entries": 20}
    old.later(days=30)
    old.poll("industry")
    before = [item["id"] for item in old.feed("all")]
    backfill(old)
    assert [item["id"] for item in old.feed("all")] == before


@pytest.mark.slow
def test_one_broken_article_does_not_stop_it_and_a_dead_site_does(old: Desk) -> None:
    old.site.fault(Fault.SERVER_ERROR, "/articles/50*")
    outcome = backfill(old)
    assert (outcome.added, outcome.failed) == (79, 1)
    old.site.clear_faults()
    old.later(hours=2)
    assert backfill(old).added == 1


@pytest.mark.usefixtures("one_section")
def test_gaps_are_asked_for_once(desk: Desk) -> None:
    for number in (1, 2, 5, 9):
        desk.site.publish(piece(number, hours=20 - number))
    desk.poll("industry")
    desk.site.publish(piece(7, hours=1000, sections=("090000",)))
    outcome = backfill(desk, gaps=True)
    assert (outcome.added, outcome.missing) == (1, 4)
    assert desk.archive().get(7) is not None
    desk.site.forget_requests()
    assert backfill(desk, gaps=True).requests == 0


@pytest.mark.slow
def test_gaps_are_so_many_a_day(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert GAPS_A_DAY == 500
    monkeypatch.setattr("feedsvc.poll.backfill.GAPS_A_DAY", 20)
    desk.site.publish(piece(1, hours=3))
    desk.site.publish(piece(100, hours=2))
    desk.poll("industry")
    desk.site.forget_requests()
    outcome = backfill(desk, gaps=True)
    assert outcome.missing == 20
    assert outcome.stopped
    assert desk.site.count("/articles/*") == 20
    assert backfill(desk, gaps=True).missing == 0
    desk.later(days=1)
    assert backfill(desk, gaps=True).missing == 20


@pytest.mark.slow
def test_a_first_poll_after_a_backfill_reads_one_page(desk: Desk) -> None:
    for number in range(1, 61):
        desk.site.publish(piece(number, hours=24 * (101 - number)))
    backfill(desk, most=3)
    desk.site.forget_requests()
    assert by_name(desk.poll("industry"))["industry"].new == 17
    assert desk.site.count("/categories/*") == 1


@pytest.mark.slow
def test_who_meets_a_backfill_waits_a_moment_for_the_lock(tmp_path: Path) -> None:
    path, taken, release = tmp_path / ".lock", threading.Event(), threading.Event()

    def hold(gives_way: bool) -> None:
        with held(path, 0, gives_way=gives_way):
            taken.set()
            release.wait(60)

    for gives_way in (True, False):
        taken.clear()
        release.clear()
        holder = threading.Thread(target=hold, args=(gives_way,))
        holder.start()
        taken.wait()
        if gives_way:
            threading.Timer(0.3, release.set).start()
            with held(path, 0):
                assert path.read_text() == f"{os.getpid()}\n"
        else:
            with pytest.raises(ArchiveLocked, match=f"with pid {os.getpid()};"), held(path, 0):
                pass
            release.set()
        holder.join()


@pytest.mark.slow
def test_a_held_archive_is_waited_for_and_then_named(
    old: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.poll.backfill.WAIT", 0.2)
    with desk_lock(old), pytest.raises(ArchiveLocked):
        backfill(old)


def desk_lock(desk: Desk) -> Any:
    return desk.archive().writing(desk.now)


@pytest.mark.slow
def test_progress_tells_about_how_many_there_are(desk: Desk) -> None:
    for number in range(1, 101):
        desk.site.publish(piece(2 * number, hours=24 * (101 - number)))
    desk.poll("industry")
    told: list[tuple[int, int]] = []
    backfill(desk, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, 81))
    assert all(70 < total < 130 for _, total in told)
    since = (NOW - timedelta(days=90)).date()
    ahead = Estimate(since)
    ahead.saw(Row(one, "", "", listed_at=NOW - timedelta(days=30 - one)) for one in range(30))
    assert 55 < ahead.left() < 65
    assert Estimate(None).left() == Estimate(since).left() == 0


@pytest.mark.usefixtures("one_section")
@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("odd", [999_999_999_999, 300_000, 117_001 + 200_000])
def test_an_id_beyond_all_reason_is_kept_named_and_left_out(
    desk: Desk, odd: int, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (117_001, 117_004, odd):
        desk.site.publish(piece(number, hours=5))
    desk.poll("industry")
    assert set(desk.archive().index.ids()) == {117_001, 117_004, odd}
    found = ledger.gaps(desk.archive())
    assert found.beyond == (odd,)
    assert (found.runs[0].first, found.runs[-1].last) == (117_001, 117_004)
    assert found.count(ledger.NEVER) == 2
    started = time.process_time()
    outcome = backfill(desk, gaps=True)
    assert time.process_time() - started < 20
    assert (outcome.missing, outcome.stopped) == (2, None)
    assert f"far above all others are left out: {odd}" in caplog.text


def test_years_between_two_ids_are_no_leap() -> None:
    """What the site page tells of ids and dates, and ten years more of the same."""
    seen = [(49_736, 2019), (93_885, 2022), (142_211, 2025), (169_832, 2026), (470_000, 2036)]
    dated = [(number, NOW.replace(year=year)) for number, year in seen]
    for lower, higher in itertools.combinations(dated, 2):
        assert not ledger.is_leap(lower, higher)
        assert not ledger.is_leap((lower[0], higher[1]), (lower[0] + 99_999, higher[1]))


@pytest.mark.slow
def test_a_section_that_fails_and_articles_that_do_cost_the_others_nothing(old: Desk) -> None:
    """Five articles for members side by side, and a section out of order."""
    for number in (101, 102, 103):
        old.site.publish(piece(number, hours=2000, sections=("080000",)))
    for number in range(70, 78):
        old.site.fault(Fault.LOGIN_REDIRECT, f"/articles/{number}")
    old.site.fault(Fault.NOT_FOUND, "/categories/083000*")
    outcome = backfill(old, names=("finance", "industry", "mna"))
    assert set(old.archive().index.ids()) == set(range(1, 104)) - set(range(70, 78))
    assert outcome.failed == 8 + 5
    assert outcome.stopped == "section finance: 5 pages in a row failed"


@pytest.mark.slow
def test_what_another_section_kept_is_noted_at_once_and_a_poll_changes_nothing_more(
    desk: Desk,
) -> None:
    for number in range(1, 31):
        both = ("068000", "083000") if number % 2 else ("083000",)
        desk.site.publish(piece(number, hours=24 * (31 - number), sections=both))
    desk.poll("industry")

    def told(number: int) -> tuple[tuple[str, ...], list[str]]:
        record = desk.archive().get(number)
        assert record is not None
        return record.sections, [event for event, one in desk.journal() if one == number]

    assert told(29) == (("068000",), ["added"])
    outcome = backfill(desk, names=("finance",))
    assert (outcome.known, outcome.added, outcome.failed) == (15, 15, 0)
    assert told(29) == (("068000", "083000"), ["added", "noted"])
    assert told(28) == (("083000",), ["added"])
    published = desk.poll("finance").published
    assert [path for path in published if "finance" in path] == []
    # Once noted, it is not noted again.
    backfill(desk, names=("finance",))
    assert told(29)[1] == ["added", "noted"]
